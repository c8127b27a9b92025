"""How values go together: correlations, and counts of values."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.config import floatx
from kerasish.backend.dtypes import is_float, result_type
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.ops.image_layout import check_choice
from kerasish.backend.ops.promotion import as_float
from kerasish.errors import ShapeError


def corrcoef(x: Any) -> Tensor:
    """Return the correlation coefficients of Pearson between all variables.

    Args:
        x: Observations of shape `(variables, observations)`, or of a single variable.

    Returns:
        A float tensor of shape `(variables, variables)`, from -1 to 1; a scalar for a
        single variable.

    Raises:
        ShapeError: If there are more than two axes.

    Example:

    >>> corrcoef([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0]]).numpy().round(3).tolist()
    [[1.0, -1.0], [-1.0, 1.0]]
    """
    x = as_float(x)
    if x.ndim > 2:
        raise ShapeError(f"corrcoef: at most two axes are possible.\n  got: {x.spec}")
    if x.ndim == 0:
        return ops.cast(as_tensor(float("nan")), floatx())
    centred = x - ops.mean(x, axis=-1, keepdims=True)
    if x.ndim == 1:
        products = ops.sum(centred * centred)
        return ops.clip(products / products, -1.0, 1.0)
    products = ops.matmul(centred, ops.transpose(centred))
    lengths = ops.sqrt(ops.diagonal(products))
    correlation = products / (lengths[:, None] * lengths[None, :])
    return ops.clip(correlation, -1.0, 1.0)


def correlate(x1: Any, x2: Any, mode: str = "valid") -> Tensor:
    """Slide a vector along another one, and return the sums of products.

    `sum over n of x1[n + k] * x2[n]`, for each shift `k`.

    Args:
        x1: A vector.
        x2: A vector.
        mode: `"valid"` where the shorter one lies within the longer one, `"same"` for
            as many shifts as the longer one is long, `"full"` wherever both overlap.

    Returns:
        A float vector.

    Raises:
        ValueError: If there is no such mode.
        ShapeError: If one is no vector.

    Example:

    >>> correlate([1.0, 2.0, 3.0], [0.0, 1.0, 0.5]).numpy()
    array([3.5], dtype=float32)
    """
    x1, x2 = as_tensor(x1), as_tensor(x2)
    check_choice("correlate", "mode", mode, ("valid", "same", "full"))
    if x1.ndim != 1 or x2.ndim != 1 or None in (*x1.shape, *x2.shape):
        raise ShapeError(
            "correlate: two vectors of known lengths are needed.\n"
            f"  got: {x1.spec} and {x2.spec}"
        )
    dtype = result_type(x1.dtype, x2.dtype)
    if not is_float(dtype):
        dtype = "float64" if dtype == "int64" else "float32"
    x1, x2 = ops.cast(x1, dtype), ops.cast(x2, dtype)
    longer, shorter = max(x1.shape + x2.shape), min(x1.shape + x2.shape)
    width = x2.shape[0] - 1
    sliding = ops.pad(x1, ((width, width),))[None, :, None]
    full = ops.conv(sliding, x2[:, None, None], data_format="channels_last")[0, :, 0]
    if mode == "full":
        return full
    if mode == "valid":
        return full[shorter - 1 : longer]
    # With an even number too many, the first one goes where `x2` is the longer one.
    extra = shorter - 1
    start = extra // 2 if x1.shape[0] >= x2.shape[0] else extra - extra // 2
    return full[start : start + longer]


def histogram(
    x: Any, bins: int = 10, range: tuple[float, float] | None = None
) -> tuple[Tensor, Tensor]:
    """Count the elements that fall into bins of equal widths.

    Args:
        x: A vector.
        bins: The number of bins.
        range: The lower end of the first and the upper end of the last bin; by default
            the smallest and the largest element. What is outside is not counted.

    Returns:
        `(counts, edges)` of the data type of `x`: vectors of `bins` and `bins + 1`
        elements. An element on an edge is counted in the upper bin, on the last edge
        in the last bin.

    Raises:
        TypeError: If `bins` is no integer.
        ValueError: If it is negative, or the range is the wrong way round.
        ShapeError: If `x` is no vector.

    Example:

    >>> counts, edges = histogram([0.0, 1.0, 1.5, 4.0], bins=2)
    >>> counts.numpy().tolist(), edges.numpy().tolist()
    ([3.0, 1.0], [0.0, 2.0, 4.0])
    """
    if not isinstance(bins, int):
        raise TypeError(
            f"histogram: the number of bins must be an integer.\nReceived: bins={bins}"
        )
    if bins < 0 or (range is not None and range[0] > range[1]):
        raise ValueError(
            "histogram: the number of bins must not be negative, and a range goes from "
            f"below to above.\nReceived: bins={bins}, range={range}"
        )
    x = as_tensor(x)
    if x.ndim != 1:
        raise ShapeError(f"histogram: a vector is needed.\n  got: {x.spec}")
    low, high = (ops.min(x), ops.max(x)) if range is None else range
    edges = ops.cast(ops.linspace(low, high, bins + 1), x.dtype)
    inside = ops.logical_and(ops.greater_equal(x, low), ops.less_equal(x, high))
    if is_float(x.dtype) and bins:
        number = _bins_of_floats(x, edges, bins)
    else:
        number = ops.searchsorted(edges[1:-1], x, side="right")
    number = ops.where(inside, number, -1)
    counts = ops.segment_sum(ops.ones_like(number), number, bins)
    return ops.cast(counts, x.dtype), edges


def _bins_of_floats(x: Tensor, edges: Tensor, bins: int) -> Tensor:
    """The number of the bin of each element, by a division and a look at its edges."""
    low, high = edges[0], edges[-1]
    place = (x - low) * (bins / (high - low))
    number = ops.clip(
        ops.cast(ops.where(high > low, place, bins), "int32"), 0, bins - 1
    )
    below = ops.cast(x < ops.take(edges, number), "int32")
    beyond = x >= ops.take(edges, number + 1)
    beyond = ops.cast(ops.logical_and(beyond, number < bins - 1), "int32")
    return number - below + beyond
