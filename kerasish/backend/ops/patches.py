"""Cutting tensors into patches that may overlap, and adding them up again."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend import ops
from kerasish.backend.config import standardize_data_format
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.ops.convolution_padding import same_pads, spatial_tuple
from kerasish.backend.ops.gathering import take_adjoint_op
from kerasish.backend.ops.image_layout import check_choice, with_border
from kerasish.errors import ShapeError


def _places(size: Any, window: int, step: int, dilation: int) -> Tensor:
    """Return the elements of each window on an axis, `(windows, window)` int32."""
    span = (window - 1) * dilation + 1
    if isinstance(size, int) and size < span:
        raise ShapeError(
            "A patch must not be larger than what it is cut from.\n"
            f"  got: a size of {size}, a patch of {span}"
        )
    count = (size - span) // step + 1
    starts = ops.expand_dims(ops.arange(count, dtype="int32") * step, 1)
    return starts + ops.arange(window, dtype="int32") * dilation


def _borders(padding: int | Sequence[int]) -> tuple[int, int]:
    """Return how many zeros to add at both sides of the rows, and of the columns."""
    both = (padding, padding) if isinstance(padding, int) else tuple(padding)
    if len(both) != 2 or min(both) < 0:
        raise ValueError(
            "The padding is a number that is not negative, or one for the rows and one "
            f"for the columns.\nReceived: padding={padding}"
        )
    return both


def _cut(
    x: Tensor, first: int, windows: Sequence, steps: Sequence, dilations: Sequence
) -> Tensor:
    """Replace each of some neighbouring axes by two: windows, and places in them."""
    for number, options in enumerate(zip(windows, steps, dilations)):
        axis = first + 2 * number
        x = ops.take(x, _places(ops.shape(x)[axis], *options), axis=axis)
    return x


def _extract(
    name: str,
    images: Any,
    size: Any,
    strides: Any,
    dilation_rate: Any,
    padding: str,
    data_format: str | None,
    count: int,
) -> Tensor:
    windows = spatial_tuple(size, count, "size")
    steps = windows if not strides else spatial_tuple(strides, count, "strides")
    dilations = spatial_tuple(dilation_rate, count, "dilation_rate")
    check_choice(name, "padding", str(padding).lower(), ("valid", "same"))
    last = standardize_data_format(data_format) == "channels_last"
    images = as_tensor(images)
    if images.ndim not in (count + 1, count + 2):
        raise ShapeError(
            f"{name}: {count + 1} axes are needed, or one more for a batch.\n"
            f"  got: {images.spec}"
        )
    x = images if last else ops.moveaxis(images, -count - 1, -1)
    x = ops.expand_dims(x, 0) if images.ndim == count + 1 else x
    if str(padding).lower() == "same":
        x = _padded(x, windows, steps, dilations)
    x = _cut(x, 1, windows, steps, dilations)
    batch, *sizes, channels = ops.shape(x)
    # In front the windows, then the places in them.
    order = (0, *range(1, 2 * count, 2), *range(2, 2 * count + 1, 2), 2 * count + 1)
    x = ops.transpose(x, order)
    inner = channels
    for window in windows:
        inner = inner * window
    x = ops.reshape(x, (batch, *sizes[::2], inner))
    x = ops.squeeze(x, 0) if images.ndim == count + 1 else x
    return x if last else ops.moveaxis(x, -1, -count - 1)


def _padded(
    x: Tensor, windows: Sequence, steps: Sequence, dilations: Sequence
) -> Tensor:
    sizes = ops.shape(x)[1:]
    for axis, options in enumerate(zip(sizes, windows, steps, dilations), 1):
        size, window, step, dilation = options
        span = (window - 1) * dilation + 1
        if isinstance(size, int):
            pads = same_pads(size, span, step)
        else:
            steps_before_last = (size + step - 1) // step - 1
            total = ops.maximum(steps_before_last * step + span - size, 0)
            pads = (total // 2, total - total // 2)
        x = with_border(x, axis, *pads, 0)
    return x


def extract_patches(
    images: Any,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Cut images, or volumes, into patches.

    Args:
        images: One image of shape `(height, width, channels)`, or a batch of them, or
            with the channels first. For a `size` of three numbers volumes, which have
            a depth in front of the height.
        size: Height and width of a patch, or depth, height and width.
        strides: How far one patch begins after the other; by default its size.
        dilation_rate: The distance of neighbours in a patch.
        padding: `"valid"`, or `"same"` for as many patches as strides fit, with zeros
            around the images.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Returns:
        A tensor with the rows and columns of patches in the place of those of pixels,
        and the pixels of a patch, row by row, in the place of the channels.

    Raises:
        ValueError: If there is no such padding.
        ShapeError: If the shapes do not fit.

    Example:

    >>> extract_patches(ops.ones((4, 6, 3)), 2).shape
    (2, 3, 12)
    """
    count = 3 if not isinstance(size, int) and len(size) == 3 else 2
    return _extract(
        "extract_patches", images, size, strides, dilation_rate, padding, data_format,
        count,
    )  # fmt: skip


def extract_patches_3d(
    volumes: Any,
    size: int | Sequence[int],
    strides: int | Sequence[int] | None = None,
    dilation_rate: int | Sequence[int] = 1,
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Cut volumes into patches.

    Args:
        volumes: One volume of shape `(depth, height, width, channels)`, or a batch of
            them, or with the channels first.
        size: Depth, height and width of a patch.
        strides: How far one patch begins after the other; by default its size.
        dilation_rate: The distance of neighbours in a patch.
        padding: `"valid"`, or `"same"` for as many patches as strides fit, with zeros
            around the volumes.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Returns:
        A tensor with the patches in the place of the voxels, and the voxels of a patch
        in the place of the channels.

    Raises:
        ValueError: If there is no such padding.
        ShapeError: If the shapes do not fit.

    Example:

    >>> extract_patches_3d(ops.ones((4, 4, 6, 1)), 2).shape
    (2, 2, 3, 8)
    """
    return _extract(
        "extract_patches_3d", volumes, size, strides, dilation_rate, padding,
        data_format, 3,
    )  # fmt: skip


def unfold(
    x: Any,
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Tensor:
    """Lay out the windows that slide over images as columns.

    Args:
        x: Images of shape `(batch, channels, height, width)`.
        kernel_size: Height and width of a window.
        dilation: The distance of neighbours in a window.
        padding: How many zeros to add at each side.
        stride: How far one window begins after the other.

    Returns:
        A tensor of shape `(batch, channels * kernel height * kernel width, windows)`.

    Raises:
        ShapeError: If the shapes do not fit.

    Example:

    >>> unfold([[[[1.0, 2.0, 3.0]]]], (1, 2)).numpy().tolist()
    [[[1.0, 2.0], [2.0, 3.0]]]
    """
    x = as_tensor(x)
    if x.ndim != 4:
        raise ShapeError(
            "unfold: images of shape (batch, channels, height, width) are needed.\n"
            f"  got: {x.spec}"
        )
    windows = spatial_tuple(kernel_size, 2, "kernel_size")
    dilations = spatial_tuple(dilation, 2, "dilation")
    steps, borders = spatial_tuple(stride, 2, "stride"), _borders(padding)
    x = ops.pad(x, [(0, 0), (0, 0), *((border, border) for border in borders)])
    x = _cut(x, 2, windows, steps, dilations)
    batch, channels, rows, _, columns, _ = ops.shape(x)
    x = ops.transpose(x, (0, 1, 3, 5, 2, 4))
    return ops.reshape(x, (batch, channels * windows[0] * windows[1], rows * columns))


def fold(
    x: Any,
    output_size: int | Sequence[int],
    kernel_size: int | Sequence[int],
    dilation: int | Sequence[int] = 1,
    padding: int | Sequence[int] = 0,
    stride: int | Sequence[int] = 1,
) -> Tensor:
    """Add up windows that are laid out as columns where they came from.

    It is the gradient of `unfold`, not its inverse: where windows overlap, they are
    added.

    Args:
        x: A tensor of shape
            `(batch, channels * kernel height * kernel width, windows)`.
        output_size: Height and width of the images.
        kernel_size: As for `unfold`.
        dilation: As for `unfold`.
        padding: As for `unfold`.
        stride: As for `unfold`.

    Returns:
        Images of shape `(batch, channels, height, width)`.

    Raises:
        ShapeError: If the shapes do not fit.

    Example:

    >>> fold([[[1.0, 2.0], [2.0, 3.0]]], (1, 3), (1, 2)).numpy().tolist()
    [[[[1.0, 4.0, 3.0]]]]
    """
    x = as_tensor(x)
    sizes = spatial_tuple(output_size, 2, "output_size")
    windows = spatial_tuple(kernel_size, 2, "kernel_size")
    dilations = spatial_tuple(dilation, 2, "dilation")
    steps, borders = spatial_tuple(stride, 2, "stride"), _borders(padding)
    padded = [size + 2 * border for size, border in zip(sizes, borders)]
    places = [_places(*part) for part in zip(padded, windows, steps, dilations)]
    counts = [place.shape[0] for place in places]
    area = windows[0] * windows[1]
    fits = x.ndim == 3 and x.shape[2] in (counts[0] * counts[1], None)
    if not fits or (x.shape[1] or 0) % area:
        raise ShapeError(
            f"fold: {counts[0]} x {counts[1]} windows of {area} elements a channel are "
            f"needed on the last two axes.\n  got: {x.spec}"
        )
    batch, rows, _ = ops.shape(x)
    x = ops.reshape(x, (batch, rows // area, *windows, *counts))
    x = ops.transpose(x, (0, 1, 4, 2, 5, 3))
    for axis in (1, 0):
        shape = (*ops.shape(x)[: 2 + 2 * axis], padded[axis])
        like = ops.zeros(shape if axis else (*shape, padded[1]), x.dtype)
        x = take_adjoint_op(x, like, places[axis], axis=2 + 2 * axis)
    inner = (slice(border, border + size) for border, size in zip(borders, sizes))
    return x[(slice(None), slice(None), *inner)]
