"""Changing how images say colours."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import is_float, result_type
from kerasish.backend.graph import Tensor
from kerasish.backend.ops.image_layout import Axes, images_and_axes
from kerasish.errors import DTypeError, ShapeError

# How bright red, green and blue look (ITU-R BT.601).
_BRIGHTNESS = (0.2989, 0.5870, 0.1140)


def _colors(name: str, images: Any, data_format: str | None) -> tuple[list, Axes, Any]:
    """Return the three channels, which stay axes of size 1."""
    x, axes = images_and_axes(name, images, data_format)
    if x.shape[axes.channels] not in (3, None):
        raise ShapeError(f"{name}: three channels are needed.\n  got: {x.spec}")
    parts = [ops.slice_axis(x, axes.channels, i, i + 1) for i in range(3)]
    return parts, axes, x


def rgb_to_grayscale(images: Any, data_format: str | None = None) -> Tensor:
    """Return the brightness of colours, `0.2989 r + 0.587 g + 0.114 b`.

    Args:
        images: One image of shape `(height, width, 3)`, or a batch of them, or with
            the channels first. With a single channel it is returned as it is.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Returns:
        Images with one channel, of the same data type.

    Raises:
        ShapeError: If there are not three or four axes, or not one or three channels.

    Example:

    >>> rgb_to_grayscale([[[1.0, 0.0, 1.0]]]).numpy().round(4)
    array([[[0.4129]]], dtype=float32)
    """
    x, axes = images_and_axes("rgb_to_grayscale", images, data_format)
    if x.shape[axes.channels] == 1:
        return x
    parts, _, _ = _colors("rgb_to_grayscale", x, data_format)
    dtype = result_type(x.dtype, float)
    weighted = [w * ops.cast(part, dtype) for w, part in zip(_BRIGHTNESS, parts)]
    return ops.cast(weighted[0] + weighted[1] + weighted[2], x.dtype)


def rgb_to_hsv(images: Any, data_format: str | None = None) -> Tensor:
    """Turn red, green and blue into hue, saturation and value.

    Args:
        images: One image of shape `(height, width, 3)`, or a batch of them, or with
            the channels first; floats from 0 to 1.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Returns:
        Images of the same shape, from 0 to 1; the hue is a part of the whole circle.

    Raises:
        DTypeError: If the images are no floats.
        ShapeError: If there are not three or four axes, or not three channels.

    Reference:
        Smith, 1978, "Color gamut transform pairs".

    Example:

    >>> rgb_to_hsv([[[0.0, 0.5, 0.0]]]).numpy().round(3).ravel()
    array([0.333, 1.   , 0.5  ], dtype=float32)
    """
    (red, green, blue), axes, x = _colors("rgb_to_hsv", images, data_format)
    _check_float("rgb_to_hsv", x)
    value = ops.maximum(red, ops.maximum(green, blue))
    span = value - ops.minimum(red, ops.minimum(green, blue))
    saturation = ops.divide_no_nan(span, value)
    sixth = ops.divide_no_nan(1.0 / 6.0, span)
    hue = ops.where(
        ops.equal(red, value),
        sixth * (green - blue),
        ops.where(
            ops.equal(green, value),
            sixth * (blue - red) + 2 / 6,
            sixth * (red - green) + 4 / 6,
        ),
    )
    hue = ops.where(ops.greater(span, 0), hue, 0.0)
    hue = ops.where(ops.less(hue, 0), hue + 1, hue)
    parts = [ops.cast(part, x.dtype) for part in (hue, saturation, value)]
    return ops.concatenate(parts, axis=axes.channels)


def _check_float(name: str, x: Tensor) -> None:
    if not is_float(x.dtype):
        raise DTypeError(f"{name}: images must be floats from 0 to 1.\n  got: {x.spec}")


def hsv_to_rgb(images: Any, data_format: str | None = None) -> Tensor:
    """Turn hue, saturation and value into red, green and blue.

    Args:
        images: One image of shape `(height, width, 3)`, or a batch of them, or with
            the channels first; floats from 0 to 1.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Returns:
        Images of the same shape, from 0 to 1.

    Raises:
        DTypeError: If the images are no floats.
        ShapeError: If there are not three or four axes, or not three channels.

    Example:

    >>> hsv_to_rgb([[[0.5, 1.0, 0.8]]]).numpy().round(3).ravel()
    array([0. , 0.8, 0.8], dtype=float32)
    """
    (hue, saturation, value), axes, x = _colors("hsv_to_rgb", images, data_format)
    _check_float("hsv_to_rgb", x)
    angle = hue * 6.0
    shares = (
        ops.abs(angle - 3.0) - 1.0,
        2.0 - ops.abs(angle - 2.0),
        2.0 - ops.abs(angle - 4.0),
    )
    parts = [
        (1.0 - saturation + saturation * ops.clip(share, 0.0, 1.0)) * value
        for share in shares
    ]
    return ops.concatenate(parts, axis=axes.channels)
