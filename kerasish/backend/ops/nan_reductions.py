"""Reductions that leave out NaN."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import is_float
from kerasish.backend.graph import Op, Tensor, as_tensor, composite
from kerasish.backend.ops.promotion import as_float
from kerasish.backend.ops.shape_arguments import normalise_axes
from kerasish.backend.ops.statistics import ordered_quantile


def _filled(x: Any, value: float) -> Tensor:
    """Replace NaN by a value; other types than floats have none."""
    x = as_tensor(x)
    return ops.where(ops.isnan(x), value, x) if is_float(x.dtype) else x


def _or_nan(result: Tensor, x: Tensor, axis: Any, keepdims: bool) -> Tensor:
    """Give NaN where nothing was left."""
    if not is_float(x.dtype):
        return result
    return ops.where(ops.all(ops.isnan(x), axis, keepdims), math.nan, result)


def _present(x: Tensor, axis: Any, keepdims: bool) -> Tensor:
    """Count the elements that are not NaN."""
    return ops.sum(ops.cast(ops.logical_not(ops.isnan(x)), x.dtype), axis, keepdims)


@composite("nanmax")
def nanmax_op(x: Tensor, *, axis: tuple[int, ...], keepdims: bool) -> Tensor:
    """The largest elements of floats that are not NaN."""
    return _or_nan(ops.max(_filled(x, -math.inf), axis, keepdims), x, axis, keepdims)


@composite("nanmin")
def nanmin_op(x: Tensor, *, axis: tuple[int, ...], keepdims: bool) -> Tensor:
    """The smallest elements of floats that are not NaN."""
    return _or_nan(ops.min(_filled(x, math.inf), axis, keepdims), x, axis, keepdims)


def _extreme(plain: Callable, op: Op, x: Any, axis: Any, keepdims: bool) -> Tensor:
    x = as_tensor(x)
    if not is_float(x.dtype):
        return plain(x, axis, keepdims)
    axes = tuple(sorted(normalise_axes(axis, x.ndim, op.name)))
    return op(x, axis=axes, keepdims=bool(keepdims))


def nansum(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Add up elements, NaN counting as 0.

    Args:
        x: A tensor.
        axis: The axis or axes to reduce; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A tensor without the reduced axes.

    Example:

    >>> float(nansum([1.0, float("nan"), 2.0]))
    3.0
    """
    return ops.sum(_filled(x, 0), axis, keepdims)


def nanprod(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Multiply elements, NaN counting as 1.

    Args:
        x: A tensor.
        axis: The axis or axes to reduce; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A tensor without the reduced axes.

    Example:

    >>> float(nanprod([3.0, float("nan"), 2.0]))
    6.0
    """
    return ops.prod(_filled(x, 1), axis, keepdims)


def nanmax(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the largest elements that are not NaN.

    Args:
        x: A tensor.
        axis: The axis or axes to reduce; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A tensor without the reduced axes. NaN where all are NaN.

    Example:

    >>> float(nanmax([1.0, float("nan"), 2.0]))
    2.0
    """
    return _extreme(ops.max, nanmax_op, x, axis, keepdims)


def nanmin(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the smallest elements that are not NaN.

    Args:
        x: A tensor.
        axis: The axis or axes to reduce; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A tensor without the reduced axes. NaN where all are NaN.

    Example:

    >>> float(nanmin([1.0, float("nan"), 2.0]))
    1.0
    """
    return _extreme(ops.min, nanmin_op, x, axis, keepdims)


def nanmean(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return means of the elements that are not NaN.

    Args:
        x: A tensor.
        axis: The axis or axes to reduce; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A float tensor without the reduced axes. NaN where all are NaN.

    Example:

    >>> float(nanmean([1.0, float("nan"), 2.0]))
    1.5
    """
    x = as_float(x)
    return ops.sum(_filled(x, 0), axis, keepdims) / _present(x, axis, keepdims)


def nanvar(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return variances of the elements that are not NaN.

    Args:
        x: A tensor.
        axis: The axis or axes to reduce; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A float tensor without the reduced axes. NaN where all are NaN.

    Example:

    >>> float(nanvar([1.0, float("nan"), 3.0]))
    1.0
    """
    x = as_float(x)
    distance = x - nanmean(x, axis, keepdims=True)
    distance = ops.where(ops.isnan(x), 0, distance)
    total = ops.sum(distance * distance, axis, keepdims)
    return total / _present(x, axis, keepdims)


def nanstd(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return standard deviations of the elements that are not NaN.

    Args:
        x: A tensor.
        axis: The axis or axes to reduce; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A float tensor without the reduced axes. NaN where all are NaN.

    Example:

    >>> float(nanstd([1.0, float("nan"), 3.0]))
    1.0
    """
    return ops.sqrt(nanvar(x, axis, keepdims))


def nanargmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Return the positions of the largest elements that are not NaN.

    Args:
        x: A tensor.
        axis: The axis to search; `None` for the position in the flattened tensor.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        An int32 tensor without the reduced axis; -1 where all are NaN.

    Example:

    >>> int(nanargmax([float("nan"), 1.0, 2.0]))
    2
    """
    x = as_tensor(x)
    found = ops.argmax(_filled(x, -math.inf), axis, keepdims)
    if not is_float(x.dtype):
        return found
    return ops.where(ops.all(ops.isnan(x), axis, keepdims), -1, found)


def nanargmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Return the positions of the smallest elements that are not NaN.

    Args:
        x: A tensor.
        axis: The axis to search; `None` for the position in the flattened tensor.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        An int32 tensor without the reduced axis; -1 where all are NaN.

    Example:

    >>> int(nanargmin([float("nan"), 1.0, 2.0]))
    1
    """
    x = as_tensor(x)
    found = ops.argmin(_filled(x, math.inf), axis, keepdims)
    if not is_float(x.dtype):
        return found
    return ops.where(ops.all(ops.isnan(x), axis, keepdims), -1, found)


def nancumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Return running sums, NaN counting as 0.

    Args:
        x: A tensor.
        axis: The axis to run along; `None` for the flattened tensor.
        dtype: The data type to compute in; `None` for that of `x`.

    Returns:
        A tensor of the shape of `x`, or a vector without an axis.

    Example:

    >>> nancumsum([1.0, float("nan"), 2.0]).numpy()
    array([1., 1., 3.], dtype=float32)
    """
    return ops.cumsum(_filled(x, 0), axis, dtype)


def nancumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Return running products, NaN counting as 1.

    Args:
        x: A tensor.
        axis: The axis to run along; `None` for the flattened tensor.
        dtype: The data type to compute in; `None` for that of `x`.

    Returns:
        A tensor of the shape of `x`, or a vector without an axis.

    Example:

    >>> nancumprod([1.0, float("nan"), 2.0]).numpy()
    array([1., 1., 2.], dtype=float32)
    """
    return ops.cumprod(_filled(x, 1), axis, dtype)


def nanquantile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """Return quantiles of the elements that are not NaN.

    Args:
        x: A tensor.
        q: Fractions in [0, 1], a scalar or a vector.
        axis: The axis or axes to reduce; `None` for all.
        method: As for `quantile`.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A float tensor without the reduced axes, with a first axis for a vector `q`.

    Example:

    >>> float(nanquantile([1.0, float("nan"), 2.0], 0.5))
    1.5
    """
    return ordered_quantile(as_float(x), q, axis, method, keepdims, skip_nan=True)


def nanpercentile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """Return percentiles of the elements that are not NaN.

    Args:
        x: A tensor.
        q: Percentages in [0, 100], a scalar or a vector.
        axis: The axis or axes to reduce; `None` for all.
        method: As for `quantile`.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A float tensor without the reduced axes, with a first axis for a vector `q`.

    Example:

    >>> float(nanpercentile([1.0, float("nan"), 2.0], 50))
    1.5
    """
    return nanquantile(x, ops.divide(q, 100), axis, method, keepdims)


def nanmedian(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return medians of the elements that are not NaN.

    Args:
        x: A tensor.
        axis: The axis or axes to reduce; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A float tensor without the reduced axes.

    Example:

    >>> float(nanmedian([1.0, float("nan"), 2.0]))
    1.5
    """
    return nanquantile(x, 0.5, axis, keepdims=keepdims)
