"""Maximum and average pooling in one to three dimensions."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerasish.backend.dtypes import float_type, is_float
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
    return _pool(_max_pool, x, pool_size, strides, padding, data_format)


def _max_pool(x: Tensor, **attrs: Any) -> Tensor:
    """Pool before a ReLU and a bias: the maxima are the same, and fewer are left.

    Both keep the order of numbers, so that the first of several equal maxima stays
    one, save where a bias rounds two numbers to one; a window without a positive number
    passes no gradient through the ReLU either way.
    """
    later: list[tuple[Op, Tensor | None]] = []
    while max(attrs["strides"]) > 1 and (found := _ordered_source(x)) is not None:
        x, *applied = found
        later.append(applied)
    y = pooling_ops.max_pool(x, **attrs)
    for op, bias in reversed(later):
        y = op(y) if bias is None else op(y, bias)
    return y


def _ordered_source(x: Tensor) -> tuple[Tensor, Op, Tensor | None] | None:
    """What a ReLU or the sum with a bias was applied to, with the op and the bias."""
    if not x.is_symbolic or not is_float(x.dtype):
        return None
    if x.node.op.name == "relu":
        return x.node.inputs[0], x.node.op, None
    if x.node.op.name == "add":
        for source, bias in (x.node.inputs, x.node.inputs[::-1]):
            if source.shape == x.shape and _is_per_channel(bias, x.shape[-1]):
                return source, x.node.op, bias
    return None


def _is_per_channel(bias: Tensor, channels: int | None) -> bool:
    size = bias.spec.size
    return size == 1 or size == channels and bias.shape[-1] == size


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
    op: Callable,
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
            "Pooling takes an input of 3, 4 or 5 axes, for 1, 2 or 3 spatial ones.\n"
            f"  got: {x.spec}"
        )
    x = to_channels_last(x, data_format)
    window = spatial_tuple(pool_size, rank, "pool_size")
    steps = window if strides is None else spatial_tuple(strides, rank, "strides")
    mode = check_padding(padding)
    pads = static_pads(mode, x.shape[1:-1], window, steps, (1,) * rank)
    y = op(x, pool_size=window, strides=steps, pads=pads)
    return from_channels_last(y, data_format)
