"""Maximum and average pooling in one to three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend.dtypes import float_type
from kerasish.backend.graph import Op, Tensor, as_tensor
from kerasish.backend.ops import pooling_ops
from kerasish.backend.ops.convolution import from_channels_last, to_channels_last
from kerasish.backend.ops.convolution_padding import (
    check_padding,
    spatial_tuple,
    standardize_data_format,
    static_pads,
)
from kerasish.errors import ShapeError


def max_pool(
    inputs: Any,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Return the largest element of each window.

    The gradient goes to the first of several equal maxima.

    Args:
        inputs: `(batch, *spatial, channels)`, or `(batch, channels, *spatial)` with
            `data_format='channels_first'`, with one to three spatial axes.
        pool_size: The size of the window, one or one an axis.
        strides: The step from window to window; `None` for `pool_size`.
        padding: `'valid'` for whole windows only, `'same'` for `ceil(size / stride)`
            windows.
        data_format: `None` for the configured one.

    Returns:
        `(batch, *windows, channels)`, with the channels where the inputs have theirs.

    Raises:
        ShapeError: If the window is larger than the input.

    Example:

    >>> from kerasish.backend import ops
    >>> ops.max_pool([[[1.0], [5.0], [2.0], [3.0]]], 2).numpy().ravel()
    array([5., 3.], dtype=float32)
    """
    x = as_tensor(inputs)
    return _pool(pooling_ops.max_pool, x, pool_size, strides, padding, data_format)


def average_pool(
    inputs: Any,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Return the mean of the elements of each window, padding left out.

    Args:
        inputs: `(batch, *spatial, channels)`, or channels first, with one to three
            spatial axes. Integers become the default float type.
        pool_size: The size of the window, one or one an axis.
        strides: The step from window to window; `None` for `pool_size`.
        padding: `'valid'` for whole windows only, `'same'` for `ceil(size / stride)`
            windows.
        data_format: `None` for the configured one.

    Returns:
        `(batch, *windows, channels)`, with the channels where the inputs have theirs.

    Raises:
        ShapeError: If the window is larger than the input.

    Example:

    >>> from kerasish.backend import ops
    >>> ops.average_pool([[[1.0], [5.0], [2.0]]], 2, padding="same").numpy().ravel()
    array([3., 2.], dtype=float32)
    """
    x = as_tensor(inputs)
    x = as_tensor(x, float_type(x.dtype))
    return _pool(pooling_ops.average_pool, x, pool_size, strides, padding, data_format)


def _pool(
    op: Op,
    x: Tensor,
    pool_size: int | Sequence[int],
    strides: int | Sequence[int] | None,
    padding: str,
    data_format: str | None,
) -> Tensor:
    data_format = standardize_data_format(data_format)
    rank = x.ndim - 2
    if rank not in (1, 2, 3):
        raise ShapeError(
            f"{op.name}: the input must have 3, 4 or 5 axes for 1, 2 or 3 spatial "
            f"ones.\n  got: {x.spec}"
        )
    x = to_channels_last(x, data_format)
    window = spatial_tuple(pool_size, rank, "pool_size")
    steps = window if strides is None else spatial_tuple(strides, rank, "strides")
    mode = check_padding(padding)
    pads = static_pads(mode, x.shape[1:-1], window, steps, (1,) * rank)
    y = op(x, pool_size=window, strides=steps, pads=pads)
    return from_channels_last(y, data_format)
