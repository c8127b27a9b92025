"""What functions of images share: where the axes are, and borders around them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from kerasish.backend import ops
from kerasish.backend.config import standardize_data_format
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.errors import ShapeError, did_you_mean


class Axes(NamedTuple):
    """The axes of images, counted from the front.

    Attributes:
        height: The axis of the rows.
        width: The axis of the columns.
        channels: The axis of the channels.
    """

    height: int
    width: int
    channels: int


def check_choice(name: str, argument: str, value: Any, choices: Sequence) -> None:
    """Raise for the value of an argument that is not among some choices.

    Args:
        name: The function that the error names.
        argument: The argument.
        value: Its value.
        choices: What it may be.

    Raises:
        ValueError: If it is something else.

    Example:

    >>> check_choice("resize", "interpolation", "nearest", ("nearest", "bilinear"))
    """
    if value not in choices:
        raise ValueError(
            f"{name}: {argument} must be one of {tuple(choices)}."
            f"{did_you_mean(str(value), choices)}\nReceived: {argument}={value!r}"
        )


def images_and_axes(
    name: str, images: Any, data_format: str | None
) -> tuple[Tensor, Axes]:
    """Return images as a tensor, and where their axes are.

    Args:
        name: The function that the error names.
        images: One image, or a batch of them.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Returns:
        The tensor with three or four axes, and `Axes`.

    Raises:
        ShapeError: If there are not three or four axes.

    Example:

    >>> images_and_axes("resize", [[[1.0]]], "channels_last")[1]
    Axes(height=0, width=1, channels=2)
    """
    images = as_tensor(images)
    last = standardize_data_format(data_format) == "channels_last"
    if images.ndim not in (3, 4):
        raise ShapeError(
            f"{name}: one image with three axes is needed, or a batch of them with "
            f"four.\n  got: {images.spec}"
        )
    first = images.ndim - 3
    order = (0, 1, 2) if last else (1, 2, 0)
    return images, Axes(*(first + axis for axis in order))


def in_last_axis(images: Tensor, axes: Axes) -> Tensor:
    """Return a batch of images with the channels last.

    Args:
        images: One image, or a batch of them.
        axes: Where its axes are.

    Returns:
        A tensor of shape `(batch, height, width, channels)`.

    Example:

    >>> images, axes = images_and_axes("resize", [[[1.0, 2.0]]], "channels_first")
    >>> in_last_axis(images, axes).shape
    (1, 1, 2, 1)
    """
    images = ops.moveaxis(images, axes.channels, -1)
    return images if images.ndim == 4 else ops.expand_dims(images, 0)


def from_last_axis(result: Tensor, images: Tensor, axes: Axes) -> Tensor:
    """Undo `in_last_axis`.

    Args:
        result: A tensor of shape `(batch, height, width, channels)`.
        images: What `in_last_axis` was called with.
        axes: Where its axes are.

    Returns:
        A tensor with as many axes as `images`, in their order.

    Example:

    >>> images, axes = images_and_axes("resize", [[[1.0, 2.0]]], "channels_first")
    >>> from_last_axis(in_last_axis(images, axes), images, axes).shape
    (1, 1, 2)
    """
    if images.ndim == 3:
        result = ops.squeeze(result, 0)
    return ops.moveaxis(result, -1, axes.channels)


def with_border(x: Tensor, axis: int, before: Any, after: Any, value: Any) -> Tensor:
    """Add a border to one axis, also one whose width a run decides.

    Args:
        x: A tensor.
        axis: The axis.
        before: How many elements to add in front, an integer or a symbolic scalar.
        after: How many to add at the end.
        value: The elements of the border.

    Returns:
        The larger tensor.

    Example:

    >>> with_border(as_tensor([1.0, 2.0]), 0, 1, 0, 5.0).numpy()
    array([5., 1., 2.], dtype=float32)
    """
    if isinstance(before, int) and isinstance(after, int):
        widths = [(0, 0)] * x.ndim
        widths[axis] = (before, after)
        return ops.pad(x, widths, constant_values=value)
    shape = list(ops.shape(x))
    parts = [x]
    for size, place in ((before, 0), (after, 2)):
        shape[axis] = size
        parts.insert(place, ops.full(shape, value, x.dtype))
    return ops.concatenate(parts, axis=axis)
