"""Maximum pooling goes before what keeps the order of numbers."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import placeholder, symbolic_scope, topological
from kerasish.backend.plan import Function

RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(2, 6, 6, 3)).astype("float32")
IMAGES[0, :2, :2] = -3.0
BIAS = np.array([0.1, -0.2, 0.3], "float32")


def names(tensor):
    return [node.op.name for node in topological([tensor]) if node.inputs]


def pooled(x, **options):
    with symbolic_scope():
        return ops.max_pool(x, 2, **options)


def test_relu_and_bias_come_after_pooling():
    x, bias = placeholder((None, 6, 6, 3)), placeholder((3,))
    assert names(pooled(ops.relu(x + bias))) == ["max_pool", "add", "relu"]
    assert names(pooled(ops.relu(1.0 + x))) == ["max_pool", "add", "relu"]
    wide = ops.reshape(bias, (1, 1, 1, 3))
    assert names(pooled(x + wide)) == ["reshape", "max_pool", "add"]


@pytest.mark.parametrize(
    "build",
    [
        lambda x, y: x + y,
        lambda x, y: x * ops.ones((3,)),
        lambda x, y: ops.tanh(x),
        lambda x, y: x + y[:1, :1],
        lambda x, y: x + y[0, :, :, :1],
    ],
)
def test_what_stays_before_pooling(build):
    x, y = placeholder((2, 6, 6, 3)), placeholder((2, 6, 6, 3))
    with symbolic_scope():
        inner = build(x, y)
    assert names(pooled(inner)) == [*names(inner), "max_pool"]


def test_integers_and_windows_that_overlap_everywhere_stay():
    numbers, x = placeholder((2, 6, 6, 3), "int32"), placeholder((2, 6, 6, 3))
    assert names(pooled(numbers + numbers[0, 0, 0]))[-1] == "max_pool"
    assert names(pooled(ops.relu(x), strides=1)) == ["relu", "max_pool"]


@pytest.mark.parametrize("padding", ["valid", "same"])
def test_values_and_gradients_are_the_same(padding):
    x, bias, y = placeholder((2, 6, 6, 3)), placeholder((3,)), placeholder((2, 6, 6, 3))
    with symbolic_scope():
        plain = ops.max_pool(y, 3, 2, padding)
        (inner,) = gradients(ops.sum(plain * plain), [y])
        moved = ops.max_pool(ops.relu(x + bias), 3, 2, padding)
        slopes = gradients(ops.sum(moved * moved), [x, bias])
    reference = np.maximum(IMAGES + BIAS, 0)
    value, slope = Function([y], [plain, inner])(reference)
    slope = np.where(reference > 0, slope, 0)
    got, by_x, by_bias = Function([x, bias], [moved, *slopes])(IMAGES, BIAS)
    np.testing.assert_array_equal(got, value)
    np.testing.assert_array_equal(by_x, slope)
    np.testing.assert_allclose(by_bias, slope.sum((0, 1, 2)), rtol=1e-6)
