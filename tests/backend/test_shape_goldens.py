"""Shaping, indexing, scattering and sorting against results of Keras on TensorFlow."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import Tensor, as_tensor, placeholder, symbolic_scope
from kerasish.backend.plan import Function
from tests.backend.goldens.shape_cases import CASES, INPUTS, STATIC

GOLDENS = json.loads(
    pathlib.Path(__file__).with_name("goldens").joinpath("shape.json").read_text()
)
ACCEPTED = [case for case in CASES if GOLDENS[case] is not None]


def flat(result):
    if isinstance(result, (tuple, list)):
        return [leaf for part in result for leaf in flat(part)]
    return [as_tensor(result)]


def evaluate(expression, inputs):
    return flat(eval(expression, {"ops": ops, "np": np, **inputs}))


def check(got, golden):
    dtype, shape, values = golden
    expected = np.array(values, dtype).reshape(shape)
    assert got.dtype.name == dtype
    assert got.shape == expected.shape
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("expression", ACCEPTED)
def test_values(expression):
    results = evaluate(expression, {n: as_tensor(v) for n, v in INPUTS.items()})
    goldens = GOLDENS[expression]["results"]
    for result, golden in zip(results, goldens, strict=True):
        check(result.numpy(), golden)


@pytest.mark.parametrize("unknown", [False, True], ids=["batch", "all"])
@pytest.mark.parametrize("expression", ACCEPTED)
def test_compiled_with_unknown_sizes(expression, unknown):
    golden = GOLDENS[expression]
    names = [n for n in compile(expression, "case", "eval").co_names if n in INPUTS]
    inputs = {
        name: placeholder(_shape(name, expression, unknown), INPUTS[name].dtype.name)
        for name in names
    }
    with symbolic_scope():
        results = evaluate(expression, inputs)
        slopes = _slopes(results, inputs, golden)
    function = Function(list(inputs.values()), [*results, *slopes.values()])
    values = function(*(INPUTS[name] for name in names))
    for got, tensor, wanted in zip(values, results, golden["results"]):
        check(got, wanted)
        assert isinstance(tensor, Tensor) and tensor.spec.matches(got.shape)
    for got, name in zip(values[len(results) :], slopes):
        wanted = np.reshape(golden["gradients"][name], INPUTS[name].shape)
        np.testing.assert_allclose(got, wanted, rtol=1e-4, atol=1e-4)


def _shape(name, expression, unknown):
    shape = INPUTS[name].shape
    if expression in STATIC:
        return shape
    return (None,) * len(shape) if unknown else (None, *shape[1:])


def _slopes(results, inputs, golden):
    """Gradients of the weighted sum of the float results, as the goldens have them."""
    loss = 0.0
    for tensor, (dtype, shape, _) in zip(results, golden["results"], strict=True):
        if dtype == "float32":
            weights = np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape)
            loss = loss + ops.sum(tensor * weights.astype("float32"))
    wanted = golden.get("gradients", {})
    found = gradients(loss, [inputs[n] for n in wanted], unconnected="zero")
    return dict(zip(wanted, found))


@pytest.mark.parametrize("expression", [c for c in CASES if GOLDENS[c] is None])
def test_what_keras_refuses(expression):
    with pytest.raises((ValueError, IndexError, TypeError)) as raised:
        evaluate(expression, {n: as_tensor(v) for n, v in INPUTS.items()})
    assert str(raised.value)
