"""Lengths of vectors, norms of matrices, and distances."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops
from kerasish.backend.config import floatx
from kerasish.backend.dtypes import is_float, result_type
from kerasish.backend.graph import (
    Node,
    Op,
    Spec,
    Tensor,
    as_tensor,
    broadcast_shapes,
    register,
)
from kerasish.backend.ops.blocking import widened
from kerasish.backend.ops.promotion import promote
from kerasish.backend.ops.shape_arguments import normalise_axes
from kerasish.errors import ShapeError


class SquareDistances(Op):
    """The squared distance of each vector to each other one.

    It is summed up difference by difference, since `|x|^2 + |y|^2 - 2 x y` loses the
    digits of small distances.
    """

    name = "square_distances"

    def infer(self, x: Spec, y: Spec) -> Spec:
        batch = broadcast_shapes(x.shape[:-2], y.shape[:-2])
        sizes = {x.shape[-1], y.shape[-1]} - {None}
        if batch is None or len(sizes) > 1:
            raise ShapeError(
                "Vectors whose distance is taken must have the same length, and the "
                f"axes before them must broadcast.\n  got: {x} and {y}"
            )
        return Spec((*batch, x.shape[-2], y.shape[-2]), x.dtype)

    def kernel(self, xp: Any, x: Any, y: Any, *, out: Any = None) -> Any:
        wide_x, wide_y = widened(xp, x, y)
        columns = xp.ascontiguousarray(xp.swapaxes(wide_y, -1, -2))
        batch = broadcast_shapes(x.shape[:-2], y.shape[:-2])
        total = xp.zeros((*batch, x.shape[-2], y.shape[-2]), wide_x.dtype)
        difference = xp.empty_like(total)
        for k in range(x.shape[-1]):
            xp.subtract(wide_x[..., k, None], columns[..., None, k, :], out=difference)
            xp.multiply(difference, difference, out=difference)
            total += difference
        return total.astype(x.dtype, copy=False)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, Tensor]:
        x, y = node.inputs
        back = ops.swapaxes(g, -1, -2)
        of_x = x * ops.sum(g, axis=-1)[..., None] - ops.matmul(g, y)
        of_y = y * ops.sum(back, axis=-1)[..., None] - ops.matmul(back, x)
        return ops.unbroadcast(2.0 * of_x, x), ops.unbroadcast(2.0 * of_y, y)


square_distances_op = register(SquareDistances)


def norm(
    x: Any,
    ord: int | float | str | None = None,
    axis: Any = None,
    keepdims: bool = False,
) -> Tensor:
    """Return norms of vectors or matrices.

    Args:
        x: A tensor.
        ord: Of vectors: `None` or 2 for the length, infinity for the largest and minus
            infinity for the smallest absolute value, 0 for the number of elements that
            are not 0, another number p for `sum(abs(x)^p)^(1/p)`. Of matrices: `None`
            or `"fro"` for the root of the sum of squares, `"nuc"` for the sum of the
            singular values, 2 and -2 for the largest and the smallest of them, 1 and -1
            for the largest and smallest sum of absolute values of a column, infinity
            and minus infinity for those of a row.
        axis: The axis of the vectors, the two axes of the matrices, or `None` for all
            axes of `x`; with `ord=None` these may be of any number.
        keepdims: Whether the axes stay, with size 1.

    Returns:
        A float tensor without the axes.

    Raises:
        ValueError: If there is no such `ord`.
        ShapeError: If there are not one or two axes.

    Example:

    >>> float(norm([[3.0, 4.0]]))
    5.0
    >>> norm([[3.0, -4.0], [0.0, 1.0]], ord=1, axis=-1).numpy()
    array([7., 1.], dtype=float32)
    """
    x = as_tensor(x)
    dtype = floatx() if x.dtype == "int64" else result_type(x.dtype, float)
    x = ops.cast(x, dtype)
    axes = normalise_axes(axis, x.ndim, "norm")
    if axis is None and ord is None and not keepdims and is_float(dtype):
        flat = ops.reshape(x, (-1,))
        return ops.sqrt(ops.dot(flat, flat))
    if axis is None and ord is None or len(axes) == 2 and ord in (None, "fro"):
        return ops.sqrt(ops.sum(ops.square(ops.abs(x)), axis=axes, keepdims=keepdims))
    if len(axes) == 1:
        return _vector_norm(x, ord, axes[0], keepdims)
    if len(axes) == 2:
        return _matrix_norm(x, ord, axes, keepdims)
    raise ShapeError(
        "norm: it takes one axis for vectors, two axes for matrices.\n"
        f"  got: x {x.spec}, axis={axis}"
    )


def _vector_norm(x: Tensor, order: Any, axis: int, keepdims: bool) -> Tensor:
    size, where = ops.abs(x), {"axis": axis, "keepdims": keepdims}
    if order is None or order == 2:
        return ops.sqrt(ops.sum(ops.square(size), **where))
    if isinstance(order, str):
        raise ValueError(f"norm: no such norm of vectors.\nReceived: ord={order!r}")
    if order == math.inf:
        return ops.max(size, **where)
    if order == -math.inf:
        return ops.min(size, **where)
    if order == 0:
        return ops.sum(ops.cast(ops.not_equal(x, 0), size.dtype), **where)
    return ops.power(ops.sum(ops.power(size, order), **where), 1.0 / order)


def _matrix_norm(x: Tensor, order: Any, axes: tuple, keepdims: bool) -> Tensor:
    rows, columns = axes
    if order in ("nuc", 2, -2):
        values = ops.svd(ops.moveaxis(x, axes, (-2, -1)), compute_uv=False)
        reduce = {"nuc": ops.sum, 2: ops.max, -2: ops.min}[order]
        result = reduce(values, axis=-1)
    elif order in (1, -1, math.inf, -math.inf):
        summed, other = (rows, columns) if abs(order) == 1 else (columns, rows)
        sums = ops.sum(ops.abs(x), axis=summed, keepdims=True)
        reduce = ops.max if order > 0 else ops.min
        result = ops.squeeze(reduce(sums, axis=other, keepdims=True), axes)
    else:
        raise ValueError(f"norm: no such norm of matrices.\nReceived: ord={order!r}")
    return ops.expand_dims(result, sorted(axes)) if keepdims else result


def cdist(x: Any, y: Any) -> Tensor:
    """Return the Euclidean distance of each vector to each other one.

    Args:
        x: Vectors of shape `(..., m, d)`.
        y: Vectors of shape `(..., n, d)`.

    Returns:
        A float tensor of shape `(..., m, n)`.

    Raises:
        ShapeError: If there are fewer than two axes, or `d` differs.

    Example:

    >>> cdist([[0.0, 0.0], [3.0, 0.0]], [[0.0, 4.0]]).numpy().tolist()
    [[4.0], [5.0]]
    """
    x, y = promote(x, y, to_float=True)
    sizes = (x.shape[-1:], y.shape[-1:])
    known = None not in (*sizes[0], *sizes[1])
    if x.ndim < 2 or y.ndim < 2 or (known and sizes[0] != sizes[1]):
        raise ShapeError(
            "cdist: both need two axes or more, of which the last one is as long in "
            f"both.\n  got: x {x.spec}, y {y.spec}"
        )
    return ops.sqrt(square_distances_op(x, y))
