"""Functions on elements and axes against stored results of Keras on TensorFlow."""

import json
import pathlib

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import as_tensor, placeholder, symbolic_scope
from kerasish.backend.plan import Function
from tests.backend.goldens.elementwise_cases import CASES, INPUTS

GOLDEN = json.loads(
    (pathlib.Path(__file__).parent / "goldens" / "elementwise.json").read_text()
)
# Where the stored gradient is wrong: NaN for a base below zero, and twice the true
# value where both arguments are equal.
OTHER_GRADIENT = {
    "ops.power(f, p)",
    "ops.hypot(f, p)",
    "ops.hypot(f, r)",
    "ops.logaddexp(f, p)",
    "ops.logaddexp2(f, p)",
}


def weights(shape):
    return np.linspace(0.5, 1.5, int(np.prod(shape))).reshape(shape).astype("float32")


def close(got, expected):
    expected = np.asarray(expected, "float64").reshape(np.shape(got))
    got = np.asarray(got).astype("float64")
    finite = np.abs(expected[np.isfinite(expected)])
    scale = max(1.0, float(finite.max())) if finite.size else 1.0
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6 * scale)


@pytest.mark.parametrize("expression", GOLDEN)
def test_value(expression):
    golden = GOLDEN[expression]
    inputs = {name: as_tensor(value) for name, value in INPUTS.items()}
    result = eval(expression, {"ops": ops, **inputs})
    assert list(result.shape) == golden["shape"]
    assert result.dtype == golden["dtype"]
    if result.dtype == "float16":
        np.testing.assert_allclose(
            result.numpy().ravel(), golden["values"], rtol=2e-3, atol=1e-3
        )
    else:
        close(result.numpy(), golden["values"])


@pytest.mark.parametrize(
    "expression",
    [e for e in GOLDEN if GOLDEN[e].get("gradients") and e not in OTHER_GRADIENT],
)
def test_gradient(expression):
    expected = GOLDEN[expression]["gradients"]
    inputs = {
        n: placeholder((None, *v.shape[1:]), v.dtype.name) for n, v in INPUTS.items()
    }
    with symbolic_scope():
        result = eval(expression, {"ops": ops, **inputs})
        loss = ops.sum(result * weights(tuple(GOLDEN[expression]["shape"])))
    sources = [inputs[name] for name in expected]
    found = gradients(loss, sources, unconnected="zero")
    function = Function(list(inputs.values()), found)
    for got, name in zip(function(*INPUTS.values()), expected, strict=True):
        close(got, expected[name])


def test_cases_are_stored():
    assert len(GOLDEN) > 0.95 * len(CASES)
