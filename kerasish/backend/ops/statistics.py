"""Statistics over axes: variance, log-sum-exp, averages, quantiles, counts."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Node, Tensor, as_tensor, composite
from kerasish.backend.ops.promotion import as_float, promote, refuse_bool
from kerasish.backend.ops.reduction_ops import mean_op, spread, sum_op
from kerasish.backend.ops.reductions import axis_size
from kerasish.backend.ops.shape_arguments import normalise_axes, normalise_axis
from kerasish.errors import ShapeError

_METHODS = ("linear", "lower", "higher", "midpoint", "nearest")


def _var_vjp(node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
    (x,), axis = node.inputs, node.attrs["axis"]
    share = grads[0] * 2 / axis_size(x, axis, grads[0].dtype)
    return (spread(share, node) * (x - mean_op(x, axis=axis, keepdims=True)),)


@composite("var", vjp=_var_vjp)
def var_op(x: Tensor, *, axis: tuple[int, ...], keepdims: bool) -> Tensor:
    """The mean squared distance from the mean; 16 bit floats count in float32."""
    wide = ops.cast(x, "float32") if x.dtype in ("float16", "bfloat16") else x
    centred = wide - mean_op(wide, axis=axis, keepdims=True)
    result = mean_op(centred * centred, axis=axis, keepdims=keepdims)
    return ops.cast(result, x.dtype)


def _logsumexp_vjp(node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
    x = node.inputs[0]
    return (spread(grads[0], node) * ops.exp(x - spread(node.outputs[0], node)),)


@composite("logsumexp", vjp=_logsumexp_vjp)
def logsumexp_op(x: Tensor, *, axis: tuple[int, ...], keepdims: bool) -> Tensor:
    """The logarithm of the sum of exponentials, safe from overflow."""
    largest = ops.stop_gradient(ops.max(x, axis=axis, keepdims=True))
    largest = ops.where(ops.isfinite(largest), largest, 0)
    total = sum_op(ops.exp(x - largest), axis=axis, keepdims=True)
    result = ops.log(total) + largest
    return result if keepdims or not axis else ops.squeeze(result, axis)


@composite("count_nonzero")
def count_nonzero_op(x: Tensor, *, axis: tuple[int, ...]) -> Tensor:
    """How many elements along the axes are not 0."""
    return sum_op(ops.cast(x, "bool"), axis=axis, keepdims=False)


def var(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return variances: the mean squared distances from the mean.

    Args:
        x: A tensor; integers become floats.
        axis: The axis or axes to reduce; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A float tensor without the reduced axes.

    Example:

    >>> var([[1.0, 3.0], [2.0, 2.0]], axis=1).numpy()
    array([1., 0.], dtype=float32)
    """
    x = as_float(x)
    axes = tuple(sorted(normalise_axes(axis, x.ndim, "var")))
    return var_op(x, axis=axes, keepdims=bool(keepdims))


def std(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return standard deviations, the roots of the variances.

    Args:
        x: A tensor; integers become floats.
        axis: The axis or axes to reduce; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A float tensor without the reduced axes.

    Example:

    >>> std([[1.0, 3.0], [2.0, 2.0]], axis=1).numpy()
    array([1., 0.], dtype=float32)
    """
    return ops.sqrt(var(x, axis, keepdims))


def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return `log(sum(exp(x)))` without overflow.

    Args:
        x: A tensor; integers become floats.
        axis: The axis or axes to reduce; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A float tensor without the reduced axes.

    Example:

    >>> logsumexp([[1000.0, 1000.0]], axis=1).numpy().round(1)
    array([1000.7], dtype=float32)
    """
    x = as_float(x)
    axes = tuple(sorted(normalise_axes(axis, x.ndim, "logsumexp")))
    return logsumexp_op(x, axis=axes, keepdims=bool(keepdims))


def ptp(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return ranges, the largest minus the smallest elements.

    Args:
        x: A tensor.
        axis: The axis or axes to reduce; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A tensor without the reduced axes.

    Raises:
        DTypeError: For bools.

    Example:

    >>> int(ptp([1, 5, 3]))
    4
    """
    x = as_tensor(x)
    refuse_bool("ptp", x)
    return ops.max(x, axis, keepdims) - ops.min(x, axis, keepdims)


def count_nonzero(x: Any, axis: Any = None) -> Tensor:
    """Count the elements that are not 0.

    Args:
        x: A tensor.
        axis: The axis or axes to count over; `None` for all.

    Returns:
        An int32 tensor without the reduced axes.

    Example:

    >>> int(count_nonzero([0, 1, 2]))
    2
    """
    x = as_tensor(x)
    axes = tuple(sorted(normalise_axes(axis, x.ndim, "count_nonzero")))
    return count_nonzero_op(x, axis=axes)


def average(x: Any, axis: Any = None, weights: Any = None) -> Tensor:
    """Return weighted means.

    Args:
        x: A tensor; integers become floats.
        axis: The axis or axes to average over; `None` for all.
        weights: Weights of the shape of `x`, or a vector along the one `axis`.

    Returns:
        A float tensor without the reduced axes.

    Raises:
        ShapeError: If a vector of weights comes without a single axis.

    Example:

    >>> float(average([1.0, 3.0], weights=[3, 1]))
    1.5
    """
    if weights is None:
        return ops.mean(x, axis)
    x, weights = promote(x, weights, to_float=True)
    if weights.ndim != x.ndim:
        if weights.ndim != 1 or axis is None or isinstance(axis, (tuple, list)):
            raise ShapeError(
                "average: weights must have the shape of `x`, or be a vector along "
                f"one `axis`.\n  got: x {x.spec}, weights {weights.spec}, axis={axis}"
            )
        place = normalise_axis(axis, x.ndim, "average")
        weights = ops.expand_dims(weights, [i for i in range(x.ndim) if i != place])
    weights = ops.broadcast_like(weights, x)
    return ops.sum(x * weights, axis) / ops.sum(weights, axis)


def _last_axis(x: Tensor, axis: Any, name: str) -> tuple[Tensor, tuple[int, ...]]:
    """Merge the reduced axes into one at the end."""
    axes = tuple(sorted(normalise_axes(axis, x.ndim, name)))
    if not axes:
        return ops.expand_dims(x, -1), axes
    if len(axes) == x.ndim:
        return ops.ravel(x), axes
    kept = tuple(i for i in range(x.ndim) if i not in axes)
    moved = ops.transpose(x, kept + axes)
    if len(axes) == 1:
        return moved, axes
    sizes = ops.shape(moved)[: len(kept)]
    return ops.reshape(moved, (*sizes, -1)), axes


def ordered_quantile(
    x: Tensor, q: Any, axis: Any, method: str, keepdims: bool, skip_nan: bool
) -> Tensor:
    """Return quantiles of floats; see `quantile` and `nanquantile`."""
    if method not in _METHODS:
        raise ValueError(
            f"The method must be one of {_METHODS}.\nReceived: method={method!r}"
        )
    merged, axes = _last_axis(x, axis, "quantile")
    q = ops.cast(q, x.dtype)
    missing = ops.isnan(merged)
    ordered = ops.sort(merged, axis=-1)
    if skip_nan:
        count = ops.sum(ops.cast(ops.logical_not(missing), x.dtype), -1, keepdims=True)
    else:
        count = axis_size(merged, -1, x.dtype)
    rank = ops.ravel(q) * ops.maximum(count - 1, 0)
    result = _interpolate(ordered, rank, method)
    if skip_nan:
        hole = ops.all(missing, axis=-1, keepdims=True)
    else:
        hole = ops.any(missing, axis=-1, keepdims=True)
    result = ops.where(hole, math.nan, result)
    result = ops.moveaxis(result, -1, 0)
    if keepdims:
        result = ops.expand_dims(result, [axis + 1 for axis in axes])
    return result if q.ndim else ops.squeeze(result, 0)


def _interpolate(ordered: Tensor, rank: Tensor, method: str) -> Tensor:
    """Read a sorted last axis at fractional positions."""
    below, above = ops.floor(rank), ops.ceil(rank)
    if method == "nearest":
        below = above = ops.round(rank)
    elif method == "lower":
        above = below
    elif method == "higher":
        below = above
    low = _read(ordered, below)
    if below is above:
        return low
    high = _read(ordered, above)
    if method == "midpoint":
        return low * 0.5 + high * 0.5
    part = rank - below
    # An infinite neighbour must not meet a weight of 0.
    return ops.where(ops.equal(part, 0), low, low * (1 - part) + high * part)


def _read(ordered: Tensor, position: Tensor) -> Tensor:
    position = ops.cast(position, "int32")
    if position.ndim == 1:
        return ops.take(ordered, position, axis=-1)
    return ops.take_along_axis(ordered, position, axis=-1)


def quantile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """Return quantiles; NaN where there is one among the elements.

    Args:
        x: A tensor; integers become floats.
        q: Fractions in [0, 1], a scalar or a vector.
        axis: The axis or axes to reduce; `None` for all.
        method: Between two elements, `'linear'` interpolates; `'lower'`, `'higher'`,
            `'nearest'` and `'midpoint'` choose.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A float tensor without the reduced axes, with a first axis for a vector `q`.

    Raises:
        ValueError: For an unknown method.

    Example:

    >>> quantile([1.0, 2.0, 4.0], [0.5, 0.75]).numpy()
    array([2., 3.], dtype=float32)
    """
    return ordered_quantile(as_float(x), q, axis, method, keepdims, skip_nan=False)


def percentile(
    x: Any, q: Any, axis: Any = None, method: str = "linear", keepdims: bool = False
) -> Tensor:
    """Return percentiles: quantiles with fractions in percent.

    Args:
        x: A tensor; integers become floats.
        q: Percentages in [0, 100], a scalar or a vector.
        axis: The axis or axes to reduce; `None` for all.
        method: As for `quantile`.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A float tensor without the reduced axes, with a first axis for a vector `q`.

    Raises:
        ValueError: For an unknown method.

    Example:

    >>> float(percentile([1.0, 2.0, 4.0], 75))
    3.0
    """
    return quantile(x, ops.divide(q, 100), axis, method, keepdims)


def median(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return medians, the values in the middle.

    Args:
        x: A tensor; integers become floats.
        axis: The axis or axes to reduce; `None` for all.
        keepdims: Whether the reduced axes stay with size 1.

    Returns:
        A float tensor without the reduced axes.

    Example:

    >>> float(median([1, 9, 2, 4]))
    3.0
    """
    return quantile(x, 0.5, axis, keepdims=keepdims)
