"""Ops whose result is as long as the values decide: nonzero, unique, bincount."""

from __future__ import annotations

import itertools
import math
from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import is_integer
from kerasish.backend.graph import Node, Op, Spec, Tensor, as_tensor, register
from kerasish.backend.ops.gathering import add_at
from kerasish.backend.ops.shape_arguments import normalise_axis
from kerasish.errors import DTypeError, ShapeError

_NEGATIVE = "bincount: the numbers must not be negative."


class Nonzero(Op):
    """The positions of the elements that are not zero, one vector for each axis."""

    name = "nonzero"
    differentiable = False
    multiple = True
    value_shape = True

    def infer(self, x: Spec) -> tuple[Spec, ...]:
        return (Spec((None,), "int32"),) * x.rank

    def kernel(self, xp: Any, x: Any, *, out: Any = None) -> tuple:
        return tuple(index.astype("int32") for index in xp.nonzero(x))


class Unique(Op):
    """The distinct elements in order; where they are and how often if `details`."""

    name = "unique"
    differentiable = False
    multiple = True
    value_shape = True

    def infer(
        self, x: Spec, *, axis: int | None, details: bool = True
    ) -> tuple[Spec, ...]:
        shape = list(x.shape) if axis is not None else [None]
        shape[axis or 0] = None
        if not details:
            return (Spec(tuple(shape), x.dtype),)
        inverse = x.shape if axis is None else (x.shape[axis],)
        first = Spec((None,), "int32")
        return Spec(tuple(shape), x.dtype), first, Spec(inverse, "int32"), first

    def kernel(
        self,
        xp: Any,
        x: Any,
        *,
        out: Any = None,
        axis: int | None,
        details: bool = True,
    ) -> tuple:
        if not details:
            return (xp.unique(x, axis=axis),)
        values, first, inverse, counts = xp.unique(
            x, return_index=True, return_inverse=True, return_counts=True, axis=axis
        )
        inverse = inverse.reshape(x.shape if axis is None else (x.shape[axis],))
        positions = (part.astype("int32") for part in (first, inverse, counts))
        return (values, *positions)


def _counts(xp: Any, x: Any, minlength: int) -> Any:
    try:
        return xp.bincount(x.astype("int64"), minlength=minlength)
    except ValueError:
        raise ValueError(_NEGATIVE) from None


class BinCount(Op):
    """The sum of the weights of each number, for each row of numbers."""

    name = "bincount"
    value_shape = True

    def infer(self, x: Spec, weights: Spec, *, minlength: int) -> Spec:
        if x.shape[-1] is not None and weights.rank and weights.rank != x.rank:
            raise ShapeError(
                "bincount: weights must have the shape of x.\n"
                f"  got: x {x}, weights {weights}"
            )
        return Spec((*x.shape[:-1], None), weights.dtype)

    def kernel(
        self, xp: Any, x: Any, weights: Any, *, out: Any = None, minlength: int
    ) -> Any:
        if x.ndim == 1 and not weights.ndim:
            return _counts(xp, x, minlength).astype(weights.dtype) * weights
        length = minlength
        if x.size:
            if xp.min(x).tolist() < 0:
                raise ValueError(_NEGATIVE)
            length = max(minlength, xp.max(x).tolist() + 1)
        rows = math.prod(x.shape[:-1])
        starts = xp.arange(rows).reshape(-1, 1) * length
        places = x.reshape(rows, x.shape[-1]).astype("int64") + starts
        shape = (*x.shape[:-1], length)
        return add_at(xp, shape, places, xp.broadcast_to(weights, x.shape))

    def vjp(self, node: Node, g: Tensor) -> tuple[None, Tensor]:
        x, weights = node.inputs
        spread = ops.take_along_axis(g, x, x.ndim - 1)
        return None, ops.unbroadcast(spread, weights)


nonzero_op = register(Nonzero())
unique_op = register(Unique())
bincount_op = register(BinCount())


def nonzero(x: Any) -> tuple[Tensor, ...]:
    """Return the positions of the elements that are not zero.

    Args:
        x: A tensor with at least one axis.

    Returns:
        A tuple with an int32 vector for each axis of `x`. Their length depends on the
        values and is unknown while building.

    Example:

    >>> [index.tolist() for index in nonzero([[0, 5], [7, 0]])]
    [[0, 1], [1, 0]]
    """
    x = as_tensor(x)
    if x.ndim == 0:
        x = ops.expand_dims(x, 0)
    return nonzero_op(x)


def unique(
    x: Any,
    sorted: bool = True,
    return_index: bool = False,
    return_inverse: bool = False,
    return_counts: bool = False,
    axis: int | None = None,
    size: int | None = None,
    fill_value: Any = None,
) -> Tensor | tuple[Tensor, ...]:
    """Return the distinct elements of a tensor.

    Args:
        x: A tensor.
        sorted: Accepted for compatibility; the elements are always in order.
        return_index: Whether to return where each is found first.
        return_inverse: Whether to return which of them each element of `x` is.
        return_counts: Whether to return how often each is found.
        axis: Compare the slices along this axis; `None` compares elements.
        size: A fixed length of the result: it is cut, or filled with `fill_value`.
        fill_value: What fills it, 0 by default.

    Returns:
        The distinct elements, and those of first positions, inverse and counts (int32)
        that were asked for. Without `size` their number is unknown while building.

    Example:

    >>> unique([3, 1, 3]).numpy()
    array([1, 3], dtype=int32)
    """
    x = as_tensor(x)
    axis = None if axis is None else normalise_axis(axis, x.ndim, "unique")
    wanted = (return_index, return_inverse, return_counts)
    values, *extra = unique_op(x, axis=axis, details=any(wanted))
    if size is not None:
        filler = 0 if fill_value is None else fill_value
        values = _with_length(values, size, axis or 0, filler)
        # The inverse is as long as the axis.
        extra = [
            t if i == 1 else _with_length(t, size, 0, 0) for i, t in enumerate(extra)
        ]
    return (values, *itertools.compress(extra, wanted)) if extra else values


def _with_length(x: Tensor, size: int, axis: int, filler: Any) -> Tensor:
    """Cut or fill an axis to a length."""
    widths = [(0, 0)] * x.ndim
    widths[axis] = (0, size)
    padded = ops.pad(x, widths, constant_values=filler)
    sizes = [size if i == axis else -1 for i in range(x.ndim)]
    return ops.slice(padded, (0,) * x.ndim, sizes)


def bincount(
    x: Any, weights: Any = None, minlength: int = 0, sparse: bool = False
) -> Tensor:
    """Count how often each number occurs.

    Args:
        x: Integers that are not negative, a vector or a batch of vectors.
        weights: What each occurrence counts, of the shape of `x`; 1 by default.
        minlength: The least length of the result.
        sparse: Accepted for compatibility; the result is always dense.

    Returns:
        For each number from 0 to the largest one its count (int32), or the sum of its
        weights. The length is unknown while building.

    Raises:
        DTypeError: If `x` does not hold integers.
        ValueError: At run time, for a negative number.

    Example:

    >>> bincount([1, 2, 2]).numpy()
    array([0, 1, 2], dtype=int32)
    """
    x = as_tensor(x)
    if not is_integer(x.dtype) or x.ndim < 1:
        raise DTypeError(f"bincount: x must hold integers in rows.\n  got: {x.spec}")
    weights = as_tensor(1, "int32") if weights is None else as_tensor(weights)
    return bincount_op(x, weights, minlength=int(minlength))
