"""Matrices, spectra, images and patches against results of Keras on TensorFlow."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest

from kerasish import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import as_tensor, placeholder, symbolic_scope
from kerasish.backend.plan import Function
from tests.backend.goldens import image_cases, linalg_cases
from tests.backend.goldens.linalg_cases import INPUTS

GOLDENS = json.loads(
    (pathlib.Path(__file__).parent / "goldens" / "linalg.json").read_text()
)
CASES = linalg_cases.CASES + image_cases.CASES
ACCEPTED = [case for case in CASES if GOLDENS[case] is not None]


# TensorFlow looks the weights of cubic interpolation up in a coarse table.
VALUES = {"bicubic')": 1e-3}


def tolerance(expression):
    return next((t for part, t in VALUES.items() if part in expression), 2e-5)


def weights(shape):
    return np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape).astype("float32")


def flat(result):
    if isinstance(result, (tuple, list)):
        return [leaf for part in result for leaf in flat(part)]
    return [as_tensor(result)]


def evaluate(expression, inputs):
    return flat(eval(expression, {"ops": ops, "np": np, **inputs}))


def compare(got, expected, tolerance):
    expected = np.asarray(expected).reshape(got.shape)
    if got.dtype.kind in "iub":
        # A rounded half may fall to either side.
        assert np.abs(got.astype("int64") - expected).max(initial=0) <= (
            1 if got.dtype == "uint8" else 0
        )
        return
    scale = max(1.0, float(np.abs(expected).max(initial=0.0)))
    np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance * scale)


@pytest.mark.parametrize("expression", ACCEPTED)
def test_values(expression):
    results = evaluate(expression, {n: as_tensor(v) for n, v in INPUTS.items()})
    goldens = GOLDENS[expression]["results"]
    for result, (dtype, shape, values) in zip(results, goldens, strict=True):
        assert (result.dtype, list(result.shape)) == (dtype, shape)
        compare(result.numpy(), values, tolerance(expression))


@pytest.mark.parametrize("expression", ACCEPTED)
def test_gradients_of_a_graph(expression):
    names = [n for n in compile(expression, "case", "eval").co_names if n in INPUTS]
    golden = GOLDENS[expression]
    inputs = {n: placeholder(INPUTS[n].shape, INPUTS[n].dtype.name) for n in names}
    wanted = golden.get("gradients", {})
    with symbolic_scope():
        results = evaluate(expression, inputs)
        loss = sum(
            ops.sum(result * weights(shape))
            for result, (dtype, shape, _) in zip(results, golden["results"])
            if dtype == "float32"
        )
        slopes = []
        if wanted:
            sources = [inputs[n] for n in wanted]
            slopes = gradients(loss, sources, unconnected="zero")
    values = Function(list(inputs.values()), [*results, *slopes])(
        *(INPUTS[n] for n in names)
    )
    for value, (_, _, expected) in zip(values, golden["results"]):
        compare(value, expected, tolerance(expression))
    for value, name in zip(values[len(results) :], wanted, strict=True):
        compare(value, wanted[name], 10 * tolerance(expression))


@pytest.mark.parametrize("expression", [c for c in CASES if GOLDENS[c] is None])
def test_what_keras_refuses(expression):
    with pytest.raises((ValueError, NotImplementedError)) as raised:
        evaluate(expression, {n: as_tensor(v) for n, v in INPUTS.items()})
    assert str(raised.value)
