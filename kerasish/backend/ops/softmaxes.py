"""Softmax, its logarithm and sparsemax, over one axis or several."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Node, Op, Spec, Tensor, composite, register
from kerasish.backend.ops.promotion import as_float
from kerasish.backend.ops.shape_arguments import normalise_axes, normalise_axis

Axis = int | Sequence[int] | None


def sorted_axes(axis: Axis, rank: int, name: str) -> tuple[int, ...]:
    """Turn an axis argument into distinct non-negative axes in rising order.

    Args:
        axis: One axis, several, or `None` for all; negative ones count from the end.
        rank: The number of axes of the tensor.
        name: The function that the error names.

    Returns:
        The axes.

    Raises:
        ShapeError: If an axis is outside the range or named twice.

    Example:


    >>> sorted_axes((-1, 0), 3, "softmax")
    (0, 2)
    """
    return tuple(sorted(normalise_axes(axis, rank, name)))


class _Positions(Op):
    """Indices along one axis of a tensor, with size 1 on all other axes."""

    name = "positions"
    shape_only = (0,)
    differentiable = False

    def infer(self, x: Spec, *, axis: int) -> Spec:
        shape = [1] * x.rank
        shape[axis] = x.shape[axis]
        return Spec(tuple(shape), "int32")

    def kernel(self, xp: Any, x: Any, *, out: Any = None, axis: int) -> Any:
        shape = [1] * x.ndim
        shape[axis] = x.shape[axis]
        return xp.arange(x.shape[axis], dtype="int32").reshape(shape)

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        shape = node.specs[0].shape
        if not node.specs[0].is_exact:
            return None
        return ops.reshape(ops.arange(math.prod(shape), dtype="int32"), shape)

    def vjp(self, node: Node, g: Tensor) -> tuple[None]:
        return (None,)


positions_op = register(_Positions())


def positions(x: Tensor, axis: int) -> Tensor:
    """Indices 0, 1, ... along `axis`, of shape 1 on every other axis.

    Args:
        x: tensor whose size along `axis` counts; its values do not matter.
        axis: non-negative axis.

    Returns:
        An int32 tensor that broadcasts against `x`.

    Example:

    >>> from kerasish.backend.graph import as_tensor
    >>> from kerasish.backend.ops.softmaxes import positions
    >>> positions(as_tensor([[5.0, 6.0, 7.0]]), 1).numpy()
    array([[0, 1, 2]], dtype=int32)
    """
    return positions_op(x, axis=axis)


def _same(x: Spec, *others: Spec, **attrs: Any) -> Spec:
    return Spec(x.shape, x.dtype)


def _shifted(xp: Any, x: Any, axis: tuple[int, ...], out: Any) -> Any:
    # Where the extreme is infinite the difference, and with it all of the row, is NaN.
    return xp.subtract(x, xp.max(x, axis=axis, keepdims=True) if x.size else x, out=out)


def _softmax_kernel(xp: Any, x: Any, *, out: Any = None, axis: tuple[int, ...]) -> Any:
    y = _shifted(xp, x, axis, out)
    xp.exp(y, out=y)
    y /= xp.sum(y, axis=axis, keepdims=True)
    return y


@composite("softmax_gradient", infer=_same)
def softmax_gradient_op(g: Tensor, y: Tensor, *, axis: tuple[int, ...]) -> Tensor:
    """The gradient of `x`, from that of `y = softmax(x)`."""
    weighted = g * y
    return weighted - y * ops.sum(weighted, axis=axis, keepdims=True)


def _softmax_gradient(node: Node, g: Tensor) -> tuple[Tensor]:
    return (softmax_gradient_op(g, node.outputs[0], **node.attrs),)


@composite("softmax", vjp=_softmax_gradient, kernel=_softmax_kernel, infer=_same)
def softmax_op(x: Tensor, *, axis: tuple[int, ...]) -> Tensor:
    """Exponentials that sum to one along the axes."""
    e = ops.exp(x - ops.max(x, axis=axis, keepdims=True))
    return e / ops.sum(e, axis=axis, keepdims=True)


def _log_softmax_kernel(
    xp: Any, x: Any, *, out: Any = None, axis: tuple[int, ...]
) -> Any:
    y = _shifted(xp, x, axis, out)
    y -= xp.log(xp.sum(xp.exp(y), axis=axis, keepdims=True))
    return y


@composite("log_softmax_gradient", infer=_same)
def log_softmax_gradient_op(g: Tensor, y: Tensor, *, axis: tuple[int, ...]) -> Tensor:
    """The gradient of `x`, from that of `y = log_softmax(x)`."""
    return g - ops.exp(y) * ops.sum(g, axis=axis, keepdims=True)


def _log_softmax_gradient(node: Node, g: Tensor) -> tuple[Tensor]:
    return (log_softmax_gradient_op(g, node.outputs[0], **node.attrs),)


@composite(
    "log_softmax",
    vjp=_log_softmax_gradient,
    kernel=_log_softmax_kernel,
    infer=_same,
)
def log_softmax_op(x: Tensor, *, axis: tuple[int, ...]) -> Tensor:
    """The logarithm of the softmax."""
    y = x - ops.max(x, axis=axis, keepdims=True)
    return y - ops.log(ops.sum(ops.exp(y), axis=axis, keepdims=True))


def _sparsemax_gradient(node: Node, g: Tensor) -> tuple[Tensor]:
    axis = node.attrs["axis"]
    support = ops.cast(node.outputs[0] > 0, g.dtype)
    total = ops.sum(support * g, axis=axis, keepdims=True)
    return (support * (g - total / ops.sum(support, axis=axis, keepdims=True)),)


@composite("sparsemax", vjp=_sparsemax_gradient, infer=_same)
def sparsemax_op(x: Tensor, *, axis: int) -> Tensor:
    """The projection onto the probability simplex."""
    ordered = ops.flip(ops.sort(x, axis=axis), axis=axis)
    rank = ops.cast(positions(x, axis) + 1, x.dtype)
    sums = ops.cumsum(ordered, axis=axis)
    inside = 1.0 + rank * ordered > sums
    count = ops.sum(ops.cast(inside, x.dtype), axis=axis, keepdims=True)
    kept = ops.where(inside, ordered, ops.zeros_like(ordered))
    shift = (ops.sum(kept, axis=axis, keepdims=True) - 1.0) / count
    return ops.maximum(x - shift, 0.0)


def softmax(x: Any, axis: Axis = -1) -> Tensor:
    """Exponentials that are normalised to sum to one.

    `exp(x) / sum(exp(x))`, computed after subtracting the maximum.

    Args:
        x: tensor of any shape.
        axis: axis or axes along which the result sums to one; None for all.

    Returns:
        A float tensor of the shape of `x`.

    Example:

    >>> softmax([1000.0, 1000.0]).numpy()
    array([0.5, 0.5], dtype=float32)
    """
    x = as_float(x)
    return softmax_op(x, axis=sorted_axes(axis, x.ndim, "softmax"))


def log_softmax(x: Any, axis: Axis = -1) -> Tensor:
    """Logarithm of the softmax: `x - log(sum(exp(x)))`.

    Args:
        x: tensor of any shape.
        axis: axis or axes along which probabilities sum to one; None for all.

    Returns:
        A float tensor of the shape of `x`.

    Example:

    >>> log_softmax([0.0, -1000.0]).numpy()
    array([    0., -1000.], dtype=float32)
    """
    x = as_float(x)
    return log_softmax_op(x, axis=sorted_axes(axis, x.ndim, "log_softmax"))


def sparsemax(x: Any, axis: int = -1) -> Tensor:
    """Projection onto the probability simplex: like softmax, but with zeros.

    Args:
        x: tensor of any shape.
        axis: axis along which the result sums to one.

    Returns:
        A float tensor of the shape of `x`.

    Reference:
        Martins and Astudillo, 2016, "From Softmax to Sparsemax".

    Example:

    >>> sparsemax([0.0, 0.5, 3.0]).numpy()
    array([0., 0., 1.], dtype=float32)
    """
    x = as_float(x)
    return sparsemax_op(x, axis=normalise_axis(axis, x.ndim, "sparsemax"))
