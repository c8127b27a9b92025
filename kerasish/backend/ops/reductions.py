"""Reductions over axes: sums, products, extremes, logic, positions."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import result_type, standardize_dtype
from kerasish.backend.graph import Op, Tensor, as_tensor
from kerasish.backend.ops.promotion import as_float, with_dtype
from kerasish.backend.ops.reduction_ops import (
    all_op,
    any_op,
    argmax_op,
    argmin_op,
    axis_size_op,
    max_op,
    mean_op,
    min_op,
    prod_op,
    sum_dtype,
    sum_op,
)
from kerasish.backend.ops.shape_arguments import normalise_axes, normalise_axis


def axis_size(x: Any, axis: Any = None, dtype: str = "int32") -> Tensor:
    """Return the number of elements along some axes, also where a run decides it.

    Args:
        x: A tensor.
        axis: An axis or several; `None` for all.
        dtype: The data type of the result.

    Returns:
        A scalar; only the shape of `x` matters.

    Example:

    >>> int(axis_size([[1, 2, 3]], axis=1))
    3
    """
    x = as_tensor(x)
    axes = normalise_axes(axis, x.ndim, "axis_size")
    return axis_size_op(x, axis=tuple(sorted(axes)), dtype=dtype)


def _reduce(op: Op, x: Tensor, axis: Any, keepdims: bool) -> Tensor:
    axes = tuple(sorted(normalise_axes(axis, x.ndim, op.name)))
    return op(x, axis=axes, keepdims=bool(keepdims))


def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Add up elements.

    Args:
        x: A tensor.
        axis: The axis or axes to sum over; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A tensor without the reduced axes. Bools and narrow integers are widened to 32
        bits; float16 is added up in float32.

    Example:

    >>> sum([[1, 2], [3, 4]], axis=0).numpy()
    array([4, 6], dtype=int32)
    """
    return _reduce(sum_op, as_tensor(x), axis, keepdims)


def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return arithmetic means.

    Args:
        x: A tensor; integers become floats.
        axis: The axis or axes to average over; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A float tensor without the reduced axes.

    Example:

    >>> mean([[1.0, 2.0], [3.0, 4.0]], axis=1).numpy()
    array([1.5, 3.5], dtype=float32)
    """
    return _reduce(mean_op, as_float(x), axis, keepdims)


def prod(
    x: Any, axis: Any = None, keepdims: bool = False, dtype: str | None = None
) -> Tensor:
    """Multiply elements.

    Args:
        x: A tensor.
        axis: The axis or axes to multiply over; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.
        dtype: The data type of the result; `None` for that of `x`, bools and narrow
            integers widened to 32 bits.

    Returns:
        A tensor without the reduced axes.

    Example:

    >>> prod([[1, 2], [3, 4]], axis=0).numpy()
    array([3, 8], dtype=int32)
    """
    x = as_tensor(x)
    wide = result_type(sum_dtype(x.dtype))
    result = with_dtype(x, standardize_dtype(dtype) if dtype else wide)
    axes = normalise_axes(axis, x.ndim, "prod")
    if len(axes) == x.ndim > 1 and not keepdims:
        # One step instead of one an axis.
        result, axes = ops.ravel(result), (0,)
    for reduced in sorted(axes, reverse=True):
        result = prod_op(result, axis=reduced, keepdims=bool(keepdims))
    return result


def _extreme(op: Op, x: Any, axis: Any, keepdims: bool, initial: Any) -> Tensor:
    x = as_tensor(x)
    if x.dtype == "bool":
        op = any_op if op is max_op else all_op
    result = _reduce(op, x, axis, keepdims)
    if initial is None:
        return result
    bound = with_dtype(initial, x.dtype)
    if x.dtype == "bool":
        combine = ops.logical_or if op is any_op else ops.logical_and
    else:
        combine = ops.maximum if op is max_op else ops.minimum
    return combine(result, bound)


def max(
    x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None
) -> Tensor:
    """Return the largest elements.

    Args:
        x: A tensor.
        axis: The axis or axes to search; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.
        initial: A lower bound of the result.

    Returns:
        A tensor without the reduced axes. Equal largest elements share the gradient.

    Example:

    >>> max([[1, 5], [3, 4]], axis=1).numpy()
    array([5, 4], dtype=int32)
    """
    return _extreme(max_op, x, axis, keepdims, initial)


def min(
    x: Any, axis: Any = None, keepdims: bool = False, initial: Any = None
) -> Tensor:
    """Return the smallest elements.

    Args:
        x: A tensor.
        axis: The axis or axes to search; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.
        initial: An upper bound of the result.

    Returns:
        A tensor without the reduced axes. Equal smallest elements share the gradient.

    Example:

    >>> min([[1, 5], [3, 4]], axis=1).numpy()
    array([1, 3], dtype=int32)
    """
    return _extreme(min_op, x, axis, keepdims, initial)


def amax(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the largest elements; the same as `max`.

    Args:
        x: A tensor.
        axis: The axis or axes to search; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A tensor without the reduced axes.

    Example:

    >>> int(amax([1, 5, 3]))
    5
    """
    return max(x, axis, keepdims)


def amin(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the smallest elements; the same as `min`.

    Args:
        x: A tensor.
        axis: The axis or axes to search; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A tensor without the reduced axes.

    Example:

    >>> int(amin([1, 5, 3]))
    1
    """
    return min(x, axis, keepdims)


def any(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Tell whether any element is true.

    Args:
        x: A tensor; numbers count as true unless they are 0.
        axis: The axis or axes to test; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A bool tensor without the reduced axes.

    Example:

    >>> any([[True, False], [False, False]], axis=1).numpy()
    array([ True, False])
    """
    return _reduce(any_op, with_dtype(x, "bool"), axis, keepdims)


def all(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Tell whether all elements are true.

    Args:
        x: A tensor; numbers count as true unless they are 0.
        axis: The axis or axes to test; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A bool tensor without the reduced axes.

    Example:

    >>> all([[True, True], [True, False]], axis=1).numpy()
    array([ True, False])
    """
    return _reduce(all_op, with_dtype(x, "bool"), axis, keepdims)


def _position(op: Op, x: Any, axis: int | None, keepdims: bool) -> Tensor:
    x = as_tensor(x)
    if axis is not None:
        return op(
            x, axis=normalise_axis(axis, x.ndim, op.name), keepdims=bool(keepdims)
        )
    found = op(ops.ravel(x), axis=0, keepdims=False)
    if keepdims and x.ndim:
        return ops.expand_dims(found, tuple(range(x.ndim)))
    return found


def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Return the positions of the largest elements, the first where several are equal.

    Args:
        x: A tensor.
        axis: The axis to search; `None` for the position in the flattened tensor.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        An int32 tensor without the reduced axis.

    Example:

    >>> argmax([[1, 5], [4, 3]], axis=1).numpy()
    array([1, 0], dtype=int32)
    """
    return _position(argmax_op, x, axis, keepdims)


def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Return the positions of the smallest elements, the first where several are equal.

    Args:
        x: A tensor.
        axis: The axis to search; `None` for the position in the flattened tensor.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        An int32 tensor without the reduced axis.

    Example:

    >>> argmin([[1, 5], [4, 3]], axis=1).numpy()
    array([0, 1], dtype=int32)
    """
    return _position(argmin_op, x, axis, keepdims)
