"""Activations, losses, normalisation and loops against stored results of Keras."""

from __future__ import annotations

import json
import pathlib

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import as_tensor, placeholder, symbolic_scope
from kerasish.backend.plan import Function
from tests.backend.goldens.neural_cases import CASES, INPUTS

GOLDENS = json.loads(
    (pathlib.Path(__file__).parent / "goldens" / "neural.json").read_text()
)


def weights(shape):
    return np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape).astype("float32")


def evaluate(expression, inputs):
    result = eval(expression, {"ops": ops, **inputs})
    return list(result) if isinstance(result, (tuple, list)) else [result]


def close(got, expected, tolerance):
    expected = np.asarray(expected, "float64").reshape(got.shape)
    scale = max(1.0, float(np.abs(expected).max()))
    np.testing.assert_allclose(
        got.astype("float64"), expected, rtol=tolerance, atol=tolerance * scale
    )


@pytest.mark.parametrize("compiled", [False, True], ids=["eager", "compiled"])
@pytest.mark.parametrize("expression", CASES)
def test_values(expression, compiled):
    if compiled:
        inputs = {n: placeholder(v.shape, v.dtype.name) for n, v in INPUTS.items()}
        with symbolic_scope():
            outputs = evaluate(expression, inputs)
        results = Function(list(inputs.values()), outputs)(*INPUTS.values())
    else:
        tensors = {name: as_tensor(value) for name, value in INPUTS.items()}
        results = [t.numpy() for t in evaluate(expression, tensors)]
    goldens = GOLDENS[expression]["results"]
    for result, (dtype, shape, values) in zip(results, goldens, strict=True):
        assert (result.dtype.name, list(result.shape)) == (dtype, shape)
        close(result, values, 2e-3 if dtype == "float16" else 2e-6)


@pytest.mark.parametrize(
    "expression", [case for case in CASES if GOLDENS[case].get("gradients")]
)
def test_gradients(expression):
    expected = GOLDENS[expression]["gradients"]
    inputs = {n: placeholder(v.shape, v.dtype.name) for n, v in INPUTS.items()}
    with symbolic_scope():
        results = evaluate(expression, inputs)
        loss = sum(
            ops.sum(result * weights(result.shape))
            for result in results
            if result.dtype == "float32"
        )
        sources = [inputs[name] for name in expected]
        found = gradients(loss, sources, unconnected="zero")
    values = Function(list(inputs.values()), found)(*INPUTS.values())
    for value, name in zip(values, expected, strict=True):
        close(value, expected[name], 1e-5)
