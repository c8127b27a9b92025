"""Cross and Kronecker products, and pooling to a given number of windows."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import placeholder, symbolic_scope
from kerasish.backend.plan import Function
from kerasish.errors import ShapeError


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def with_depth(x):
    return np.concatenate([x, np.zeros_like(x[..., :1])], -1) if x.shape[-1] == 2 else x


@pytest.mark.parametrize(
    "left, right", [((3,), (3,)), ((2,), (3,)), ((4, 3), (2,)), ((5, 1, 3), (4, 3))]
)
def test_cross_agrees_with_numpy(left, right):
    a, b = normal(*left), normal(*right, seed=1)
    expected = np.cross(with_depth(a), with_depth(b))
    np.testing.assert_allclose(ops.cross(a, b).numpy(), expected, atol=1e-6)


def test_cross_of_plane_vectors_is_a_number():
    assert float(ops.cross([1.0, 2.0], [3.0, 4.0])) == -2.0


def test_cross_along_other_axes():
    a, b = normal(3, 4), normal(4, 3, seed=1)
    np.testing.assert_allclose(
        ops.cross(a, b, axisa=0, axisc=0).numpy(),
        np.cross(a, b, axisa=0, axisc=0),
        atol=1e-6,
    )


@pytest.mark.parametrize(
    "left, right", [((3,), (2,)), ((2, 3), (4, 5)), ((2,), (3, 4)), ((), (2,))]
)
def test_kron_agrees_with_numpy(left, right):
    a, b = normal(*left), normal(*right, seed=1)
    np.testing.assert_array_equal(ops.kron(a, b).numpy(), np.kron(a, b))


def pooled(x, counts, combine):
    """Take windows as they are defined, one position after the other."""
    y = np.empty((len(x), *counts, x.shape[-1]), x.dtype)
    for position in np.ndindex(*counts):
        window = tuple(
            slice(i * size // n, -(-(i + 1) * size // n))
            for i, size, n in zip(position, x.shape[1:-1], counts)
        )
        axes = tuple(range(1, x.ndim - 1))
        y[(slice(None), *position)] = combine(x[(slice(None), *window)], axis=axes)
    return y


@pytest.mark.parametrize(
    "shape, counts",
    [((2, 7, 3), (3,)), ((2, 6, 5, 3), (2, 7)), ((1, 4, 5, 6, 2), (2, 3, 6))],
)
@pytest.mark.parametrize("name", ["average", "max"])
def test_adaptive_pooling(name, shape, counts):
    x, function = normal(*shape), getattr(ops, f"adaptive_{name}_pool")
    expected = pooled(x, counts, np.mean if name == "average" else np.max)
    np.testing.assert_allclose(function(x, counts).numpy(), expected, atol=1e-6)
    first = function(np.moveaxis(x, -1, 1), counts, data_format="channels_first")
    np.testing.assert_allclose(first.numpy(), np.moveaxis(expected, -1, 1), atol=1e-6)


def test_gradient_of_adaptive_pooling():
    x = placeholder((None, 5, 1), "float32")
    with symbolic_scope():
        mean = gradients(ops.sum(ops.adaptive_average_pool(x, 2)), [x])
        largest = gradients(ops.sum(ops.adaptive_max_pool(x, 2)), [x])
    value = np.array([[[1], [5], [2], [4], [3]]], "float32")
    average, maximum = Function([x], [*mean, *largest])(value)
    np.testing.assert_allclose(average.ravel(), np.array([1, 1, 2, 1, 1]) / 3)
    np.testing.assert_array_equal(maximum.ravel(), [0, 1, 0, 1, 0])


@pytest.mark.parametrize(
    "call",
    [
        lambda: ops.cross(normal(4), normal(3)),
        lambda: ops.adaptive_max_pool(placeholder((None, None, 2), "float32"), 2),
        lambda: ops.adaptive_average_pool(normal(2, 3), 2),
    ],
)
def test_shapes_that_do_not_fit(call):
    with pytest.raises(ShapeError, match="got: "):
        call()


def test_sums_over_axes_that_a_run_decides():
    x = placeholder((None, 3))
    with symbolic_scope():
        (chosen,) = ops.nonzero(x[:, 0] > 0)
        rows = ops.take(x, chosen, axis=0)
        y = ops.einsum("ni,nj->ij", rows, rows)
    value = np.random.default_rng(0).normal(size=(8, 3)).astype("float32")
    (got,) = Function([x], [y])(value)
    kept = value[value[:, 0] > 0]
    np.testing.assert_allclose(got, kept.T @ kept, rtol=1e-5)
