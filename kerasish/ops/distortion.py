"""Distorting images at random."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import is_float
from kerasish.backend.graph import Tensor
from kerasish.backend.ops.image_layout import (
    check_choice,
    from_last_axis,
    images_and_axes,
    in_last_axis,
)
from kerasish.backend.ops.image_sampling import sample_pixels
from kerasish.backend.random import normal


def elastic_transform(
    images: Any,
    alpha: float = 20.0,
    sigma: float = 5.0,
    interpolation: str = "bilinear",
    fill_mode: str = "reflect",
    fill_value: float = 0.0,
    seed: Any = None,
    data_format: str | None = None,
) -> Tensor:
    """Distort images as if they were drawn on rubber.

    Each pixel is taken from a place nearby; the displacements are normal random
    numbers, blurred so that neighbours move alike.

    Args:
        images: One image of shape `(height, width, channels)`, or a batch of them, or
            with the channels first.
        alpha: How far pixels move.
        sigma: The standard deviation of the displacements, and, in pixels, of their
            blur.
        interpolation: `"bilinear"` or `"nearest"`.
        fill_mode: What is outside the image: `"constant"`, `"nearest"` for the
            outermost pixel, `"wrap"` for the other end, `"reflect"` for the mirror
            image.
        fill_value: The value outside for `"constant"`.
        seed: An integer, a `SeedGenerator`, or `None`.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Returns:
        Images of the same shape and data type.

    Raises:
        ValueError: If an argument has no such value.
        ShapeError: If there are not three or four axes.

    Reference:
        Simard et al., 2003, "Best practices for convolutional neural networks applied
        to visual document analysis".

    Example:

    >>> elastic_transform(ops.ones((8, 8, 3)), sigma=1.0, seed=1).shape
    (8, 8, 3)
    """
    name = "elastic_transform"
    images, axes = images_and_axes(name, images, data_format)
    check_choice(name, "interpolation", interpolation, ("nearest", "bilinear"))
    modes = ("constant", "nearest", "wrap", "reflect")
    check_choice(name, "fill_mode", fill_mode, modes)
    shape = ops.shape(in_last_axis(images, axes))[:3]
    dtype = "float64" if images.dtype == "float64" else "float32"
    shifts = draw_shifts(shape, alpha, sigma, 6 * int(sigma) | 1, dtype, seed)
    return shifted_pixels(
        images, shifts, interpolation, fill_mode, fill_value, data_format
    )


def draw_shifts(
    shape: Any,
    alpha: Any,
    sigma: Any,
    window: int,
    dtype: str = "float32",
    seed: Any = None,
) -> Tensor:
    """Draw how far each pixel moves, so that neighbours move alike.

    Args:
        shape: `(batch, height, width)`.
        alpha: How far pixels move.
        sigma: The standard deviation of the numbers and of their blur.
        window: Height and width of the blur's window, odd.
        dtype: A float type.
        seed: An integer, a `SeedGenerator`, or `None`.

    Returns:
        Shifts to the right and downwards, of shape `(batch, height, width, 2)`.

    Example:

    >>> draw_shifts((1, 4, 5), 2.0, 1.0, 3, seed=1).shape
    (1, 4, 5, 2)
    """
    shifts = normal((*shape, 2), stddev=sigma, dtype=dtype, seed=seed)
    blurred = ops.gaussian_blur(
        shifts, (window, window), (sigma, sigma), data_format="channels_last"
    )
    return alpha * blurred


def shifted_pixels(
    images: Any,
    shifts: Any,
    interpolation: str,
    fill_mode: str,
    fill_value: float,
    data_format: str | None,
) -> Tensor:
    """Return images whose pixels are taken from places nearby.

    Args:
        images: As for `elastic_transform`, and so are the last four.
        shifts: How far each place is to the right and below, of shape
            `(batch, height, width, 2)`.
        interpolation: `"bilinear"` or `"nearest"`.
        fill_mode: What is outside the image.
        fill_value: The value outside for `"constant"`.
        data_format: `"channels_last"`, `"channels_first"`, or `None`.

    Returns:
        Images of the same shape and data type.

    Example:

    >>> right = ops.stack([ops.ones((1, 1, 3)), ops.zeros((1, 1, 3))], -1)
    >>> line = [[[1.0], [2.0], [3.0]]]
    >>> moved = shifted_pixels(line, right, "nearest", "nearest", 0.0, None)
    >>> moved.numpy().ravel()
    array([2., 3., 3.], dtype=float32)
    """
    images, axes = images_and_axes("elastic_transform", images, data_format)
    x = in_last_axis(images, axes)
    _, height, width, _ = ops.shape(x)
    down = ops.arange(height, dtype=shifts.dtype)[:, None] + shifts[..., 1]
    across = ops.arange(width, dtype=shifts.dtype) + shifts[..., 0]
    order = int(interpolation == "bilinear")
    result = sample_pixels(x, down, across, order, fill_mode, fill_value)
    if not is_float(x.dtype):
        result = ops.round(result)
    return from_last_axis(ops.cast(result, x.dtype), images, axes)
