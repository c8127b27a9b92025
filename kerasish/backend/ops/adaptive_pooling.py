"""Pooling to a given number of windows, whatever the size of the input."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.dtypes import float_type
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.ops.convolution_padding import (
    spatial_tuple,
    standardize_data_format,
)
from kerasish.errors import ShapeError


def adaptive_average_pool(
    inputs: Any, output_size: int | Sequence[int], data_format: str | None = None
) -> Tensor:
    """Return the mean of each of a given number of windows.

    Window `i` of `n` spans the elements from `floor(i * size / n)` up to
    `ceil((i + 1) * size / n)`, so that neighbours may share one.

    Args:
        inputs: `(batch, *spatial, channels)`, or channels first, with one to three
            spatial axes of known sizes. Integers become the default float type.
        output_size: The number of windows, one or one an axis.
        data_format: `None` for the configured one.

    Returns:
        `(batch, *output_size, channels)`, with the channels where the inputs have
        theirs.

    Raises:
        ShapeError: If a spatial size is unknown.

    Example:

    >>> from kerasish.backend import ops
    >>> ops.adaptive_average_pool([[[1.0], [2.0], [6.0]]], 2).numpy().ravel()
    array([1.5, 4. ], dtype=float32)
    """
    x = as_tensor(inputs)
    x = as_tensor(x, float_type(x.dtype))
    return _along_axes(_mean, x, output_size, data_format, "adaptive_average_pool")


def adaptive_max_pool(
    inputs: Any, output_size: int | Sequence[int], data_format: str | None = None
) -> Tensor:
    """Return the largest element of each of a given number of windows.

    Args:
        inputs: `(batch, *spatial, channels)`, or channels first, with one to three
            spatial axes of known sizes.
        output_size: The number of windows, one or one an axis; see
            `adaptive_average_pool` for where they lie.
        data_format: `None` for the configured one.

    Returns:
        `(batch, *output_size, channels)`, with the channels where the inputs have
        theirs.

    Raises:
        ShapeError: If a spatial size is unknown.

    Example:

    >>> from kerasish.backend import ops
    >>> ops.adaptive_max_pool([[[1.0], [2.0], [6.0]]], 2).numpy().ravel()
    array([2., 6.], dtype=float32)
    """
    x = as_tensor(inputs)
    return _along_axes(_maximum, x, output_size, data_format, "adaptive_max_pool")


def _along_axes(
    reduce: Callable,
    x: Tensor,
    output_size: int | Sequence[int],
    data_format: str | None,
    name: str,
) -> Tensor:
    """Pool one spatial axis after the other; windows are boxes, so that this is all."""
    rank = x.ndim - 2
    if rank not in (1, 2, 3):
        raise ShapeError(
            f"{name}: the input must have 3, 4 or 5 axes for 1, 2 or 3 spatial ones.\n"
            f"  got: {x.spec}"
        )
    first = 1 if standardize_data_format(data_format) == "channels_last" else 2
    counts = spatial_tuple(output_size, rank, "output_size")
    for axis, count in enumerate(counts, first):
        size = x.shape[axis]
        if not size:
            raise ShapeError(
                f"{name}: the spatial axes need known sizes above 0.\n  got: {x.spec}"
            )
        if size != count:
            starts = np.arange(count) * size // count
            stops = -(-np.arange(1, count + 1) * size // count)
            x = reduce(x, axis, starts, stops)
    return x


def _mean(x: Tensor, axis: int, starts: np.ndarray, stops: np.ndarray) -> Tensor:
    places = np.arange(x.shape[axis])[:, None]
    weights = ((places >= starts) & (places < stops)) / (stops - starts)
    y = ops.tensordot(x, as_tensor(weights, x.dtype), [[axis], [0]])
    return ops.moveaxis(y, -1, axis)


def _maximum(x: Tensor, axis: int, starts: np.ndarray, stops: np.ndarray) -> Tensor:
    # Shorter windows repeat their last element.
    reach = np.arange((stops - starts).max())
    places = np.minimum(starts[:, None] + reach, stops[:, None] - 1)
    return ops.max(ops.take(x, places.astype("int32"), axis=axis), axis=axis + 1)
