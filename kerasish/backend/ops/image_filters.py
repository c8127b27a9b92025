"""Filters of images, and how alike two images are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import result_type
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.ops.convolution_padding import same_pads, spatial_tuple
from kerasish.backend.ops.image_layout import images_and_axes
from kerasish.errors import ShapeError


def _bell(size: int, sigma: Any, dtype: str) -> Tensor:
    """Return `size` weights of a normal distribution, which add up to 1."""
    places = ops.arange(size, dtype=dtype) - (size - 1) / 2
    weights = ops.exp(-0.5 * ops.square(places / sigma))
    return weights / ops.sum(weights)


def _filtered(x: Tensor, weights: Tensor, axis: int) -> Tensor:
    """Correlate one axis with a vector of known length, without padding."""
    (count,) = weights.shape
    size = ops.shape(x)[axis] - count + 1
    moved = [slice(None)] * x.ndim
    total = None
    for place in range(count):
        moved[axis] = slice(place, place + size)
        part = x[tuple(moved)] * weights[place]
        total = part if total is None else total + part
    return total


def gaussian_blur(
    images: Any,
    kernel_size: Sequence[int] = (3, 3),
    sigma: float | Sequence[float] = (1.0, 1.0),
    data_format: str | None = None,
) -> Tensor:
    """Blur images with the weights of a normal distribution.

    Args:
        images: One image of shape `(height, width, channels)`, or a batch of them, or
            with the channels first.
        kernel_size: The height and the width of the window. Zeros surround the image.
        sigma: The standard deviation along a row and along a column, in pixels: a pair,
            or one number for both.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Returns:
        Images of the same shape and data type.

    Raises:
        ShapeError: If there are not three or four axes.

    Example:

    >>> blurred = gaussian_blur(ops.ones((1, 3, 1)), (1, 3))
    >>> blurred.numpy().round(3).ravel()
    array([0.726, 1.   , 0.726], dtype=float32)
    """
    x, axes = images_and_axes("gaussian_blur", images, data_format)
    sizes = spatial_tuple(kernel_size, 2, "kernel_size")
    pair = (sigma, sigma) if isinstance(sigma, (int, float)) else sigma
    along_row, along_column = pair
    for axis, size, width in zip(axes, sizes, (along_column, along_row)):
        widths = [(0, 0)] * x.ndim
        widths[axis] = same_pads(size, size, 1)
        x = _filtered(ops.pad(x, widths), _bell(size, width, x.dtype), axis)
    return x


def sobel_edges(images: Any, data_format: str | None = None) -> Tensor:
    """Return how fast images change downwards and to the right.

    Args:
        images: One image of shape `(height, width, channels)`, or a batch of them, or
            with the channels first; mirrored at the borders.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Returns:
        A tensor with one more axis at the end, of size 2: the change downwards, and
        to the right.

    Raises:
        ShapeError: If there are not three or four axes.

    Reference:
        Sobel and Feldman, 1968.

    Example:

    >>> slope = ops.reshape(ops.arange(9.0), (3, 3, 1))
    >>> sobel_edges(slope)[1, 1, 0].numpy()
    array([24.,  8.], dtype=float32)
    """
    x, axes = images_and_axes("sobel_edges", images, data_format)
    widths = [(0, 0)] * x.ndim
    widths[axes.height] = widths[axes.width] = (1, 1)
    x = ops.pad(x, widths, mode="reflect")
    change = ops.cast(as_tensor([-1, 0, 1]), x.dtype)
    smooth = ops.cast(as_tensor([1, 2, 1]), x.dtype)
    down = _filtered(_filtered(x, change, axes.height), smooth, axes.width)
    right = _filtered(_filtered(x, smooth, axes.height), change, axes.width)
    return ops.stack([down, right], axis=-1)


def ssim(
    image1: Any,
    image2: Any,
    max_val: float = 1.0,
    filter_size: int = 11,
    filter_sigma: float = 1.5,
    k1: float = 0.01,
    k2: float = 0.03,
    data_format: str | None = None,
) -> Tensor:
    """Return the structural similarity of images.

    Args:
        image1: One image of shape `(height, width, channels)`, or a batch of them, or
            with the channels first.
        image2: Images of the same shape.
        max_val: The distance of the largest and the smallest value that pixels have.
        filter_size: The width of the window in which pixels are compared.
        filter_sigma: The standard deviation of its weights.
        k1: Keeps the comparison of means from dividing by zero.
        k2: Keeps the comparison of variances from it.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Returns:
        A number for each image, 1 for equal ones, of the data type of `image1`.

    Raises:
        ShapeError: If there are not three or four axes, or the shapes differ in their
            number.

    Reference:
        Wang et al., 2004, "Image quality assessment: from error visibility to
        structural similarity".

    Example:

    >>> image = ops.reshape(ops.arange(16.0) / 16, (4, 4, 1))
    >>> round(float(ssim(image, image, filter_size=3)), 4)
    1.0
    """
    x, axes = images_and_axes("ssim", image1, data_format)
    y, _ = images_and_axes("ssim", image2, data_format)
    if x.ndim != y.ndim:
        raise ShapeError(
            f"ssim: both images must have the same shape.\n  got: {x.spec} and {y.spec}"
        )
    original, dtype = x.dtype, result_type(x.dtype, float)
    x, y = ops.cast(x, dtype), ops.cast(y, dtype)
    weights = _bell(filter_size, filter_sigma, dtype)

    def local_mean(image: Tensor) -> Tensor:
        return _filtered(_filtered(image, weights, axes.height), weights, axes.width)

    means = local_mean(x), local_mean(y)
    product = means[0] * means[1]
    squares = ops.square(means[0]) + ops.square(means[1])
    variances = local_mean(ops.square(x) + ops.square(y)) - squares
    covariance = local_mean(x * y) - product
    c1, c2 = (k1 * max_val) ** 2, (k2 * max_val) ** 2
    likeness = (2.0 * product + c1) * (2.0 * covariance + c2)
    likeness = likeness / ((squares + c1) * (variances + c2))
    return ops.cast(ops.mean(likeness, axis=tuple(axes)), original)
