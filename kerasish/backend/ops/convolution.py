"""Convolution, also depthwise and separable, in one to three dimensions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import result_type
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.ops import convolution_ops
from kerasish.backend.ops.convolution_padding import (
    check_padding,
    spatial_tuple,
    standardize_data_format,
    static_pads,
)
from kerasish.errors import ShapeError

_MODES = ("valid", "same", "causal")


def conv(
    inputs: Any,
    kernel: Any,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Tensor:
    """Convolve in one, two or three dimensions.

    As in all of deep learning the kernel is not flipped:
    `y[n, p, o] = sum over t, c of x[n, p * stride + t * dilation, c] * w[t, c, o]`.

    Args:
        inputs: `(batch, *spatial, channels)`, or `(batch, channels, *spatial)` with
            `data_format='channels_first'`.
        kernel: `(*window, channels / groups, filters)`. Where its channels are fewer
            than those of the inputs, the convolution is grouped.
        strides: The step from window to window, one or one an axis.
        padding: `'valid'` for none; `'same'` for `ceil(size / stride)` outputs;
            `'causal'` to pad in front only, so that no output sees what follows it.
        data_format: `None` for the configured one.
        dilation_rate: The step between the elements of a window.

    Returns:
        `(batch, *positions, filters)`, with the channels where the inputs have theirs.

    Raises:
        ShapeError: If channels do not match, or a window is larger than the input.

    Example:

    >>> from kerasish.backend import ops
    >>> ops.conv(ops.ones((1, 5, 5, 2)), ops.ones((3, 3, 2, 4)), strides=2).shape
    (1, 2, 2, 4)
    """
    data_format = standardize_data_format(data_format)
    x, w = convolution_arguments("conv", inputs, kernel)
    x = to_channels_last(x, data_format)
    attrs = _geometry(x, w, strides, padding, dilation_rate)
    channels, expected = x.shape[-1], w.shape[-2]
    groups = 1
    if channels is not None and expected:
        groups = channels // expected
        if channels % expected or not groups or (w.shape[-1] or 0) % groups:
            raise ShapeError(
                f"conv: the input has {channels} channels, but the kernel of shape "
                f"{w.shape} expects {expected}.\n"
                f"  got: input {as_tensor(inputs).spec}, data_format={data_format!r}"
            )
    y = convolution_ops.conv(x, w, **attrs, groups=groups)
    return from_channels_last(y, data_format)


def depthwise_conv(
    inputs: Any,
    kernel: Any,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Tensor:
    """Convolve each channel with filters of its own.

    Args:
        inputs: `(batch, *spatial, channels)`, or channels first.
        kernel: `(*window, channels, multiplier)`: `multiplier` filters a channel.
        strides: The step from window to window, one or one an axis.
        padding: `'valid'`, `'same'` or `'causal'`, see `conv`.
        data_format: `None` for the configured one.
        dilation_rate: The step between the elements of a window.

    Returns:
        `(batch, *positions, channels * multiplier)`; filter `m` of channel `c` is at
        `c * multiplier + m`.

    Raises:
        ShapeError: If channels do not match, or a window is larger than the input.

    Example:

    >>> from kerasish.backend import ops
    >>> ops.depthwise_conv(ops.ones((1, 5, 2)), ops.ones((3, 2, 2))).shape
    (1, 3, 4)
    """
    data_format = standardize_data_format(data_format)
    x, w = convolution_arguments("depthwise_conv", inputs, kernel)
    x = to_channels_last(x, data_format)
    attrs = _geometry(x, w, strides, padding, dilation_rate)
    channels, multiplier = w.shape[-2:]
    if None in w.shape:
        raise ShapeError(f"depthwise_conv: the kernel's shape must be known: {w.shape}")
    if x.shape[-1] not in (None, channels):
        raise ShapeError(
            f"depthwise_conv: the input has {x.shape[-1]} channels, but the kernel of "
            f"shape {w.shape} expects {channels}.\n"
            f"  got: input {as_tensor(inputs).spec}, data_format={data_format!r}"
        )
    w = ops.reshape(w, (*w.shape[:-2], 1, channels * multiplier))
    y = convolution_ops.conv(x, w, **attrs, groups=channels)
    return from_channels_last(y, data_format)


def separable_conv(
    inputs: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: int | Sequence[int] = 1,
) -> Tensor:
    """Convolve each channel by itself, then mix the channels point by point.

    Args:
        inputs: `(batch, *spatial, channels)`, or channels first.
        depthwise_kernel: `(*window, channels, multiplier)`.
        pointwise_kernel: `(1, ..., channels * multiplier, filters)`.
        strides: The step from window to window, one or one an axis.
        padding: `'valid'`, `'same'` or `'causal'`, see `conv`.
        data_format: `None` for the configured one.
        dilation_rate: The step between the elements of a window.

    Returns:
        `(batch, *positions, filters)`, with the channels where the inputs have theirs.

    Raises:
        ShapeError: If channels do not match, or a window is larger than the input.

    Example:

    >>> from kerasish.backend import ops
    >>> depthwise, pointwise = ops.ones((3, 2, 2)), ops.ones((1, 4, 6))
    >>> ops.separable_conv(ops.ones((1, 5, 2)), depthwise, pointwise).shape
    (1, 3, 6)
    """
    spread = depthwise_conv(
        inputs, depthwise_kernel, strides, padding, data_format, dilation_rate
    )
    return conv(spread, pointwise_kernel, 1, "valid", data_format)


def convolution_arguments(name: str, inputs: Any, kernel: Any) -> tuple[Tensor, Tensor]:
    """Return inputs and kernel as tensors of one data type, with ranks that fit."""
    x, w = as_tensor(inputs), as_tensor(kernel)
    if x.ndim not in (3, 4, 5) or w.ndim != x.ndim:
        raise ShapeError(
            f"{name}: the input must have 3, 4 or 5 axes for 1, 2 or 3 spatial ones, "
            f"and the kernel as many.\n  got: input {x.spec}, kernel {w.spec}"
        )
    dtype = result_type(x.dtype, w.dtype)
    return as_tensor(x, dtype), as_tensor(w, dtype)


def _geometry(
    x: Tensor,
    w: Tensor,
    strides: int | Sequence[int],
    padding: str,
    dilation_rate: int | Sequence[int],
) -> dict[str, Any]:
    rank = x.ndim - 2
    steps = spatial_tuple(strides, rank, "strides")
    dilation = spatial_tuple(dilation_rate, rank, "dilation_rate")
    mode = check_padding(padding, _MODES)
    pads = static_pads(mode, x.shape[1:-1], w.shape[:-2], steps, dilation)
    return {"strides": steps, "pads": pads, "dilation": dilation}


def to_channels_last(x: Tensor, data_format: str) -> Tensor:
    """Move the channels behind the spatial axes, if they are not there."""
    if data_format == "channels_last":
        return x
    return ops.transpose(x, (0, *range(2, x.ndim), 1))


def from_channels_last(x: Tensor, data_format: str) -> Tensor:
    """Move the channels to where the data format has them."""
    if data_format == "channels_last":
        return x
    return ops.transpose(x, (0, x.ndim - 1, *range(1, x.ndim - 1)))
