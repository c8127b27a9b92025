"""Cutting borders off images, and adding them."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Tensor
from kerasish.backend.ops.image_layout import images_and_axes, with_border


def _check(name: str, **given: Any) -> None:
    if sum(value is None for value in given.values()) != 1:
        raise ValueError(
            f"{name}: exactly two of {', '.join(given)} are needed.\nReceived: "
            f"{', '.join(f'{key}={value}' for key, value in given.items())}"
        )
    _refuse_negative(name, **given)


def _refuse_negative(name: str, **given: Any) -> None:
    for key, value in given.items():
        if isinstance(value, int) and value < 0:
            raise ValueError(
                f"{name}: {key} must not be negative.\nReceived: {key}={value}"
            )


def crop_images(
    images: Any,
    top_cropping: int | None = None,
    left_cropping: int | None = None,
    bottom_cropping: int | None = None,
    right_cropping: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:
    """Cut borders off images.

    Exactly two of the three numbers of each axis are given.

    Args:
        images: One image of shape `(height, width, channels)`, or a batch of them, or
            with the channels first.
        top_cropping: How many rows to cut off at the top.
        left_cropping: How many columns to cut off on the left.
        bottom_cropping: How many rows to cut off at the bottom.
        right_cropping: How many columns to cut off on the right.
        target_height: The height of the result.
        target_width: The width of the result.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Returns:
        The inner part.

    Raises:
        ValueError: If the numbers are too few, too many, or do not fit the image.
        ShapeError: If there are not three or four axes.

    Example:

    >>> crop_images(ops.ones((5, 6, 1)), 1, 1, target_height=2, target_width=3).shape
    (2, 3, 1)
    """
    x, axes = images_and_axes("crop_images", images, data_format)
    margins = (
        ("top_cropping", top_cropping, "bottom_cropping", bottom_cropping),
        ("left_cropping", left_cropping, "right_cropping", right_cropping),
    )
    targets = (("target_height", target_height), ("target_width", target_width))
    key = [slice(None)] * x.ndim
    for axis, margin, (name, target) in zip(axes, margins, targets):
        first, before, last, after = margin
        _check("crop_images", **{first: before, last: after, name: target})
        size = ops.shape(x)[axis]
        if before is None:
            before = size - target - after
        if target is None:
            target = size - before - after
        after = size - target - before
        _refuse_negative("crop_images", **{first: before, last: after, name: target})
        key[axis] = slice(before, before + target)
    cropped = ops.get_item(x, tuple(key))
    sizes = list(ops.shape(cropped))
    for axis, (_, target) in zip(axes, targets):
        sizes[axis] = sizes[axis] if target is None else target
    return ops.reshape(cropped, sizes)


def pad_images(
    images: Any,
    top_padding: int | None = None,
    left_padding: int | None = None,
    bottom_padding: int | None = None,
    right_padding: int | None = None,
    target_height: int | None = None,
    target_width: int | None = None,
    data_format: str | None = None,
) -> Tensor:
    """Add borders of zeros to images.

    Exactly two of the three numbers of each axis are given.

    Args:
        images: One image of shape `(height, width, channels)`, or a batch of them, or
            with the channels first.
        top_padding: How many rows to add at the top.
        left_padding: How many columns to add on the left.
        bottom_padding: How many rows to add at the bottom.
        right_padding: How many columns to add on the right.
        target_height: The height of the result.
        target_width: The width of the result.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Returns:
        The larger images.

    Raises:
        ValueError: If the numbers are too few, too many, or do not fit the image.
        ShapeError: If there are not three or four axes.

    Example:

    >>> pad_images(ops.ones((2, 2, 1)), 1, 1, target_height=5, target_width=4).shape
    (5, 4, 1)
    """
    x, axes = images_and_axes("pad_images", images, data_format)
    margins = (
        ("top_padding", top_padding, "bottom_padding", bottom_padding),
        ("left_padding", left_padding, "right_padding", right_padding),
    )
    targets = (("target_height", target_height), ("target_width", target_width))
    for axis, margin, (name, target) in zip(axes, margins, targets):
        first, before, last, after = margin
        _check("pad_images", **{first: before, last: after, name: target})
        size = ops.shape(x)[axis]
        if before is None:
            before = target - after - size
        if after is None:
            after = target - before - size
        _refuse_negative("pad_images", **{first: before, last: after})
        x = with_border(x, axis, before, after, 0)
    return x
