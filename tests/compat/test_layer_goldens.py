"""Layers against stored results of real Keras (see `generate_layers.py`)."""

from __future__ import annotations

from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kerasish import layers, tree
from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import Trace, placeholder
from kerasish.backend.plan import Function
from kerasish.layers.table import LAYERS
from tests.compat.augmentation_cases import CASES as AUGMENTATIONS
from tests.compat.data_cases import CASES as DATA
from tests.compat.layer_case import RATE, STEPS, Case, projection
from tests.compat.layer_cases import CASES

_FILE = Path(__file__).parent / "goldens" / "layers.npz"
TOLERANCE = 1e-5


@cache
def _goldens() -> dict[str, dict[str, np.ndarray]]:
    found: dict[str, dict[str, np.ndarray]] = {}
    with np.load(_FILE) as stored:
        for key in stored.files:
            name, _, part = key.partition("/")
            found.setdefault(name, {})[part] = stored[key]
    return found


def _numbered(golden: dict[str, np.ndarray], prefix: str) -> list[np.ndarray]:
    count = sum(key.startswith(prefix) for key in golden)
    return [golden[f"{prefix}{i}"] for i in range(count)]


def _largest(array: np.ndarray) -> float:
    return float(np.abs(array).max(initial=0.0))


def _assert_close(
    got: Any, expected: np.ndarray, what: str, least_scale: float = 1e-3
) -> None:
    got = np.asarray(got)
    assert got.shape == expected.shape, what
    scale = max(_largest(expected), least_scale)
    error = float(np.abs(got - expected).max(initial=0.0)) / scale
    assert error <= TOLERANCE, f"{what}: relative error {error:.2e}"


def _call(layer: Any, case: Case, tensors: list, arguments: dict) -> list:
    return tree.flatten(layer(*case.positional(tensors), **arguments))


def _built(name: str) -> tuple[Any, Case, dict[str, np.ndarray], dict]:
    case, golden = CASES[name], _goldens()[name]
    layer = case.make(layers)
    arguments = case.arguments(name)
    _call(layer, case, _numbered(golden, "input"), arguments)
    layer.set_weights(_numbered(golden, "weight"))
    return layer, case, golden, arguments


@pytest.mark.parametrize("name", CASES)
def test_values(name: str) -> None:
    layer, case, golden, arguments = _built(name)
    outputs = _call(layer, case, _numbered(golden, "input"), arguments)
    expected = _numbered(golden, "output")
    assert len(outputs) == len(expected)
    for i, (output, wanted) in enumerate(zip(outputs, expected)):
        _assert_close(output.numpy(), wanted, f"output {i}")
    for i, weight in enumerate(layer.weights):
        if not weight.trainable:
            _assert_close(weight.numpy(), golden[f"later{i}"], weight.name)


@pytest.mark.parametrize("name", [n for n in CASES if not CASES[n].approximate])
def test_gradients(name: str) -> None:
    layer, case, golden, arguments = _built(name)
    arrays = _numbered(golden, "input")
    with Trace() as trace:
        inputs = [
            placeholder((None, *array.shape[1:]), array.dtype.name) for array in arrays
        ]
        outputs = _call(layer, case, inputs, arguments)
        expected = _numbered(golden, "output")
        loss = sum(
            ops.sum(output * projection(wanted.shape))
            for output, wanted in zip(outputs, expected)
        )
        floating = [x for x in inputs if x.dtype == "float32"]
        wrt = [*floating, *layer.trainable_weights]
        found = gradients(loss, wrt, unconnected="zero")
    step = Function(inputs, [*outputs, *found], updates=trace.updates)
    values = step(*arrays)
    for i, wanted in enumerate(expected):
        _assert_close(values[i], wanted, f"output {i}")
    # Some gradients are zero but for rounding, such as that of a bias on all keys.
    wanted_gradients = [v for key, v in golden.items() if key.startswith("gradient")]
    least = 0.1 * max(map(_largest, wanted_gradients), default=0.0) + 1e-3
    for i, value in enumerate(values[len(outputs) :]):
        wanted = golden.get(f"gradient{i}", np.zeros(value.shape, "float32"))
        what = ["input", *(w.path for w in layer.trainable_weights)]
        _assert_close(value, wanted, f"gradient {i} of {what}", least)
    for i, weight in enumerate(layer.weights):
        if not weight.trainable:
            _assert_close(weight.numpy(), golden[f"later{i}"], weight.name)


@pytest.mark.parametrize("name", CASES)
def test_training(name: str) -> None:
    layer, case, golden, arguments = _built(name)
    wanted = _numbered(golden, "trained")
    assert len(wanted) == len(layer.trainable_weights)
    if not wanted:
        return
    arrays = _numbered(golden, "input")
    with Trace() as trace:
        inputs = [placeholder(array.shape, array.dtype.name) for array in arrays]
        outputs = _call(layer, case, inputs, arguments)
        loss = sum(
            ops.mean(ops.square(output - projection(tuple(output.shape))))
            for output in outputs
        )
        weights = layer.trainable_weights
        found = gradients(loss, weights, unconnected="zero")
        for weight, gradient in zip(weights, found):
            weight.assign(weight.value - RATE * gradient)
    step = Function(inputs, [loss], updates=trace.updates)
    for _ in range(STEPS):
        step(*arrays)
    for weight, expected in zip(weights, wanted):
        _assert_close(weight.numpy(), expected, weight.path, 0.1)


# What they draw cannot be fixed, or they are of no class that Keras has.
_NOT_COMPARED = {
    "AbstractRNNCell",
    "AugMix",
    "ConvLSTM1DCell",
    "ConvLSTM2DCell",
    "ConvLSTM3DCell",
    "ConvRNN2D",
    "ConvRecurrent2D",
    "CuDNNGRU",
    "CuDNNLSTM",
    "Highway",
    "MaxoutDense",
    "RandAugment",
    "RandomElasticTransform",
    "Recurrent",
    "Wrapper",
}


def test_each_layer_has_four_cases() -> None:
    counts: Counter[str] = Counter()
    for table in (CASES, DATA, AUGMENTATIONS):
        counts.update(type(case.make(layers)).__name__ for case in table.values())
    names = {home.rpartition(":")[2] for home in LAYERS.values()}
    classes = {
        name
        for name in names - _NOT_COMPARED
        if name[0].isupper() and not _is_refused(name)
    }
    assert {name: counts[name] for name in classes if counts[name] < 4} == {}


def _is_refused(name: str) -> bool:
    return LAYERS[name].startswith("kerasish.layers.foreign:")
