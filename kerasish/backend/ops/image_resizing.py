"""Images in other sizes: resized, and scaled and moved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import is_integer
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.ops.image_layout import (
    Axes,
    check_choice,
    images_and_axes,
    with_border,
)
from kerasish.backend.ops.interpolation import KERNELS, resize_axis_op, weights_at
from kerasish.backend.ops.promotion import promote
from kerasish.backend.ops.shape_arguments import (
    merge_shape,
    normalise_axis,
    shape_argument,
)

_INTERPOLATIONS = ("nearest", *KERNELS, "area")
_METHODS = {
    "linear": "bilinear",
    "bilinear": "bilinear",
    "trilinear": "bilinear",
    "triangle": "bilinear",
    "cubic": "bicubic",
    "bicubic": "bicubic",
    "tricubic": "bicubic",
    "lanczos3": "lanczos3",
    "lanczos5": "lanczos5",
}


def resize(
    images: Any,
    size: Sequence[int],
    interpolation: str = "bilinear",
    antialias: bool = False,
    crop_to_aspect_ratio: bool = False,
    pad_to_aspect_ratio: bool = False,
    fill_mode: str = "constant",
    fill_value: float = 0.0,
    data_format: str | None = None,
) -> Tensor:
    """Resize images.

    Pixels are squares: the new ones cover the same area as the old ones.

    Args:
        images: One image of shape `(height, width, channels)`, or a batch of them, or
            with the channels first.
        size: Height and width of the result.
        interpolation: `"nearest"`, `"bilinear"`, `"bicubic"`, `"lanczos3"`,
            `"lanczos5"`, or `"area"` for the mean of the pixels that fall together.
        antialias: Whether shrinking averages over all pixels, in place of those next
            to the new ones alone.
        crop_to_aspect_ratio: Whether the image is first cut to the wanted ratio of
            height and width, in its middle, so that nothing is distorted.
        pad_to_aspect_ratio: Whether it is given a border instead.
        fill_mode: What the border holds: `"constant"`.
        fill_value: The value of the border.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Returns:
        Images of the same data type. Integers are rounded.

    Raises:
        ValueError: If an argument has no such value, or both ways to keep the ratio
            are wanted.
        ShapeError: If there are not three or four axes.

    Example:

    >>> resize([[[0.0], [4.0]]], (1, 4), data_format="channels_last").numpy().ravel()
    array([0., 1., 3., 4.], dtype=float32)
    """
    images, axes = images_and_axes("resize", images, data_format)
    check_choice("resize", "interpolation", interpolation, _INTERPOLATIONS)
    check_choice("resize", "fill_mode", fill_mode, ("constant",))
    size, vector = shape_argument(size, "resize")
    size = merge_shape(size, None if vector is None else vector.spec.known)
    if len(size) != 2 or None in size or min(size) <= 0:
        raise ValueError(
            "resize: a size is a positive height and a positive width.\n"
            f"Received: size={size}"
        )
    if crop_to_aspect_ratio and pad_to_aspect_ratio:
        raise ValueError(
            "resize: images are either cropped or padded to the ratio.\nReceived: "
            "crop_to_aspect_ratio=True, pad_to_aspect_ratio=True"
        )
    x = images
    if crop_to_aspect_ratio:
        x = _cropped_to_ratio(x, axes, size)
    elif pad_to_aspect_ratio:
        x = _padded_to_ratio(x, axes, size, fill_value)
    if interpolation == "nearest":
        return _nearest(x, axes, size)
    if x.dtype not in ("float32", "float64"):
        x = ops.cast(x, "float32")
    for axis, target in zip(axes, size):
        if x.shape[axis] != target:
            x = resize_axis_op(
                x, axis=axis, size=target, method=interpolation, antialias=antialias
            )
    if x.dtype == images.dtype:
        return x
    return ops.saturate_cast(
        ops.round(x) if is_integer(images.dtype) else x, images.dtype
    )


def _nearest(x: Tensor, axes: Axes, size: tuple[int, ...]) -> Tensor:
    for axis, target in zip(axes, size):
        scale = _ratio(ops.shape(x)[axis], 1, target)
        places = ops.floor((ops.arange(target, dtype="float32") + 0.5) * scale)
        x = ops.take(x, ops.cast(places, "int32"), axis=axis)
    return x


def _ratio(size: Any, factor: int, divisor: int) -> Any:
    """Return `size * factor / divisor`, of a number or a symbolic scalar."""
    if isinstance(size, int):
        return size * factor / divisor
    return ops.cast(size * factor, "float32") / divisor


def _whole(x: Any) -> Any:
    return int(x) if isinstance(x, float) else ops.cast(x, "int32")


def _smaller(x: Any, y: Any) -> Any:
    both = isinstance(x, int) and isinstance(y, int)
    return min(x, y) if both else ops.minimum(x, y)


def _larger(x: Any, y: Any) -> Any:
    both = isinstance(x, int) and isinstance(y, int)
    return max(x, y) if both else ops.maximum(x, y)


def _of_ratio(x: Tensor, axes: Axes, size: tuple[int, ...]) -> tuple:
    """Return both sizes, and those that would fit to the other one of each."""
    shape = ops.shape(x)
    height, width = shape[axes.height], shape[axes.width]
    fitting_height = _whole(_ratio(width, size[0], size[1]))
    fitting_width = _whole(_ratio(height, size[1], size[0]))
    return (height, fitting_height), (width, fitting_width)


def _cropped_to_ratio(x: Tensor, axes: Axes, size: tuple[int, ...]) -> Tensor:
    pairs = _of_ratio(x, axes, size)
    for axis, (own, fitting) in zip(axes, pairs):
        wanted = _larger(_smaller(own, fitting), 1)
        start = (own - wanted) // 2
        key = [slice(None)] * x.ndim
        key[axis] = slice(start, start + wanted)
        x = x[tuple(key)]
    return x


def _padded_to_ratio(
    x: Tensor, axes: Axes, size: tuple[int, ...], value: float
) -> Tensor:
    pairs = _of_ratio(x, axes, size)
    for axis, (own, fitting) in zip(axes, pairs):
        border = (_larger(own, fitting) - own) // 2
        x = with_border(x, axis, border, border, value)
    return x


def scale_and_translate(
    images: Any,
    output_shape: Sequence[int],
    scale: Any,
    translation: Any,
    spatial_dims: Sequence[int],
    method: str,
    antialias: bool = True,
) -> Tensor:
    """Scale and move images.

    What is at place `p` (pixels have their centres at halves) is then at
    `p * scale + translation`.

    Args:
        images: A tensor.
        output_shape: The shape of the result, which differs on the scaled axes only.
        scale: A factor for each of these axes.
        translation: A distance for each of them.
        spatial_dims: These axes.
        method: `"linear"`, `"cubic"`, `"lanczos3"` or `"lanczos5"`; the first two also
            with the prefixes bi- and tri-.
        antialias: Whether shrinking averages over all elements.

    Returns:
        A tensor of the data type of `images`; integers are rounded. There are
        gradients with respect to `scale` and `translation` too.

    Raises:
        ValueError: If there is no such method.

    Example:

    >>> line = [1.0, 2.0, 3.0]
    >>> scale_and_translate(line, (3,), [1.0], [1.0], (0,), "linear").numpy()
    array([0., 1., 2.], dtype=float32)
    """
    check_choice("scale_and_translate", "method", method, tuple(_METHODS))
    images = as_tensor(images)
    scale, translation = promote(scale, translation, to_float=True)
    x = images
    if not x.dtype.startswith("float"):
        x = ops.cast(x, "float32")
    for position, axis in enumerate(spatial_dims):
        axis = normalise_axis(axis, x.ndim, "scale_and_translate")
        back = 1.0 / scale[position]
        reach = ops.maximum(back, 1.0) if antialias else 1.0
        places = (ops.arange(output_shape[axis], dtype=scale.dtype) + 0.5) * back
        places = places - translation[position] * back - 0.5
        elements = ops.arange(ops.shape(x)[axis], dtype=scale.dtype)
        weights = weights_at(ops, places, elements, reach, _METHODS[method])
        x = ops.tensordot(x, ops.cast(weights, x.dtype), axes=((axis,), (1,)))
        x = ops.moveaxis(x, -1, axis)
    if is_integer(images.dtype):
        x = ops.clip(ops.round(x), ops.min(images), ops.max(images))
    return ops.cast(x, images.dtype)
