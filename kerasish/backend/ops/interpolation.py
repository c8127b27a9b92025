"""Resampling along one axis, as a product with a matrix of weights."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from kerasish.backend.graph import Node, Op, Spec, Tensor, register

Array = Any
# An average over so many elements is a product of matrices rather than a few lookups.
_ELEMENTS_OF_A_LOOKUP = 64
# Weights that add up to less than this come from outside.
_NOTHING = 1000 * float(np.finfo("float32").eps)


def _triangle(xp: Any, x: Any) -> Any:
    return xp.maximum(1 - x, 0)


def _cubic(xp: Any, x: Any) -> Any:
    near = (1.5 * x - 2.5) * x * x + 1
    far = ((-0.5 * x + 2.5) * x - 4) * x + 2
    return xp.where(x >= 2, 0.0, xp.where(x >= 1, far, near))


def _mitchell(xp: Any, x: Any) -> Any:
    """The cubic of Mitchell and Netravali, https://doi.org/10.1145/54852.378514."""
    near = (7 / 6 * x - 2) * x * x + 8 / 9
    far = ((-7 / 18 * x + 2) * x - 10 / 3) * x + 16 / 9
    return xp.where(x >= 2, 0.0, xp.where(x >= 1, far, near))


def _gaussian(xp: Any, x: Any) -> Any:
    return xp.where(x >= 1.5, 0.0, xp.exp(-2 * x * x))


def _lanczos(radius: int) -> Callable[[Any, Any], Any]:
    def weights(xp: Any, x: Any) -> Any:
        angle = math.pi * xp.where(x > 1e-3, x, 1.0)
        waves = radius * xp.sin(angle) * xp.sin(angle / radius) / (angle * angle)
        return xp.where(x > radius, 0.0, xp.where(x > 1e-3, waves, 1.0))

    return weights


# Weights by distance from the place that is wanted, in sizes of an element.
KERNELS: dict[str, Callable[[Any, Any], Any]] = {
    "bilinear": _triangle,
    "bicubic": _cubic,
    "gaussian": _gaussian,
    "lanczos3": _lanczos(3),
    "lanczos5": _lanczos(5),
    "mitchellcubic": _mitchell,
}


def weights_at(xp: Any, places: Any, elements: Any, reach: Any, method: str) -> Any:
    """Return the weight of each element at each place.

    Args:
        xp: What has the functions: NumPy, or the operations of this package.
        places: A vector of places, in the numbering of the elements.
        elements: The vector `0, 1, ..., n - 1`.
        reach: By how much the kernel is stretched, which smooths.
        method: The kernel, a key of `KERNELS`.

    Returns:
        A matrix with a row for each place that adds up to 1, or is 0 for a place that
        is outside.

    Example:

    >>> weights_at(np, np.array([0.5]), np.arange(3.0), 1.0, "bilinear")
    array([[0.5, 0.5, 0. ]])
    """
    distance = xp.abs(places[:, None] - elements[None, :]) / reach
    weights = KERNELS[method](xp, distance)
    total = xp.sum(weights, axis=1, keepdims=True)
    inside = xp.logical_and(places >= -0.5, places <= elements[-1] + 0.5)[:, None]
    used = xp.logical_and(inside, xp.abs(total) > _NOTHING)
    return xp.where(used, weights / xp.where(total == 0, 1.0, total), 0.0)


@lru_cache(maxsize=64)
def resizing_matrix(size: int, target: int, method: str, antialias: bool) -> np.ndarray:
    """Return the matrix that resizes an axis.

    Args:
        size: The number of elements.
        target: The number wanted.
        method: A key of `KERNELS`, or `"area"` for averages of what falls together.
        antialias: Whether the kernel is stretched where the size shrinks.

    Returns:
        A matrix of shape `(target, size)`, which must not be written.

    Example:

    >>> resizing_matrix(4, 2, "bilinear", False).tolist()
    [[0.5, 0.5, 0.0, 0.0], [0.0, 0.0, 0.5, 0.5]]
    """
    scale = size / target
    elements, numbers = np.arange(size), np.arange(target)
    if method == "area":
        low = np.maximum(numbers[:, None] * scale, elements)
        high = np.minimum((numbers[:, None] + 1) * scale, elements + 1)
        return np.maximum(high - low, 0) / scale
    reach = max(scale, 1.0) if antialias else 1.0
    return weights_at(np, (numbers + 0.5) * scale - 0.5, elements, reach, method)


def _table(xp: Any, weights: np.ndarray, dtype: Any) -> tuple[Array | None, Array]:
    """Bring a matrix to the device: where its rows are not zero and what they hold.

    Where most is not zero there are no places, and all of it is held.
    """
    used = np.count_nonzero(weights, axis=1).max(initial=0)
    if not 0 < used * _ELEMENTS_OF_A_LOOKUP < weights.shape[1]:
        return None, xp.asarray(weights.astype(dtype))
    # The places of the largest weights, with zeros where a row has fewer.
    places = np.argsort(-np.abs(weights), axis=1, kind="stable")[:, :used]
    factors = np.take_along_axis(weights, places, axis=1).astype(dtype)
    return xp.asarray(places), xp.asarray(factors)


def _weighted(xp: Any, x: Array, table: tuple, axis: int) -> Array:
    """Multiply a matrix, as `_table` gives it, with the vectors along an axis."""
    places, factors = table
    before, after = math.prod(x.shape[:axis]), math.prod(x.shape[axis + 1 :])
    shape = (*x.shape[:axis], len(factors), *x.shape[axis + 1 :])
    lines = x.reshape(before, x.shape[axis], after)
    if places is not None:
        total = 0
        for k in range(places.shape[1]):
            total = total + xp.take(lines, places[:, k], axis=1) * factors[:, k, None]
        return total.reshape(shape)
    if after >= len(factors):
        return xp.matmul(factors, lines).reshape(shape)
    rows = xp.ascontiguousarray(xp.swapaxes(lines, 1, 2))
    result = xp.matmul(rows.reshape(before * after, -1), factors.T)
    result = result.reshape(before, after, len(factors))
    return xp.swapaxes(result, 1, 2).reshape(shape)


class _Resizing(Op):
    """A product with a matrix that shapes and attributes decide."""

    linear = True

    def _weights(self, arrays: tuple, attrs: dict) -> np.ndarray:
        raise NotImplementedError

    def kernel(self, xp: Any, *arrays: Array, out: Array = None, **attrs: Any) -> Array:
        table = _table(xp, self._weights(arrays, attrs), arrays[0].dtype)
        return _weighted(xp, arrays[0], table, attrs["axis"])

    def bind(
        self, kernel: Callable, xp: Any, arrays: tuple, out: Any, attrs: dict
    ) -> Callable[[], Any]:
        """Return a call for which the matrix is on the device already."""
        table = _table(xp, self._weights(arrays, attrs), arrays[0].dtype)
        x, axis = arrays[0], attrs["axis"]
        return lambda: xp.copyto(out, _weighted(xp, x, table, axis))


class ResizeAxis(_Resizing):
    """One axis resized to a number of elements."""

    name = "resize_axis"

    def infer(self, x: Spec, *, axis: int, size: int, **attrs: Any) -> Spec:
        return Spec((*x.shape[:axis], size, *x.shape[axis + 1 :]), x.dtype)

    def _weights(self, arrays: tuple, attrs: dict) -> np.ndarray:
        before = arrays[0].shape[attrs["axis"]]
        size, method, antialias = (attrs[n] for n in ("size", "method", "antialias"))
        return resizing_matrix(before, size, method, antialias)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (resize_axis_adjoint_op(g, node.inputs[0], **node.attrs),)

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        (x,), attrs = inputs, node.attrs
        return x if x.shape[attrs["axis"]] == attrs["size"] else None


class ResizeAxisAdjoint(_Resizing):
    """Going back through `resize_axis`; the last input is shape-only."""

    name = "resize_axis_adjoint"
    shape_only = (1,)

    def infer(self, g: Spec, like: Spec, **attrs: Any) -> Spec:
        return Spec(like.shape, g.dtype)

    def _weights(self, arrays: tuple, attrs: dict) -> np.ndarray:
        return resize_axis_op._weights(arrays[1:], attrs).T

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, None]:
        return resize_axis_op(g, **node.attrs), None

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        g, like = inputs
        axis, size = node.attrs["axis"], node.attrs["size"]
        return g if like.shape[axis] == size else None


resize_axis_op = register(ResizeAxis)
resize_axis_adjoint_op = register(ResizeAxisAdjoint)
