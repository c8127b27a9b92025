"""Padding and resizing of images and volumes."""

from __future__ import annotations

from typing import Any

from kerasish.backend import config, ops
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.keras_functions.scopes import follows_arguments
from kerasish.backend.ops import image_resizing
from kerasish.errors import ShapeError


@follows_arguments
def temporal_padding(x: Any, padding: tuple[int, int] = (1, 1)) -> Tensor:
    """Add zeros before and after the time steps.

    Args:
        x: `(batch, time, features)`.
        padding: How many before and after.

    Example:

    >>> import numpy as np
    >>> temporal_padding(np.zeros((2, 3, 4))).shape
    (2, 5, 4)
    """
    return ops.pad(x, ((0, 0), tuple(padding), (0, 0)))


@follows_arguments
def spatial_2d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1)), data_format: str | None = None
) -> Tensor:
    """Add zeros around images.

    Args:
        x: Images of four axes.
        padding: A pair (before, after) for each spatial axis.
        data_format: `None` for the configured one.

    Example:

    >>> import numpy as np
    >>> spatial_2d_padding(np.zeros((1, 2, 3, 4))).shape
    (1, 4, 5, 4)
    """
    return _padded(x, padding, data_format)


@follows_arguments
def spatial_3d_padding(
    x: Any, padding: Any = ((1, 1), (1, 1), (1, 1)), data_format: str | None = None
) -> Tensor:
    """Add zeros around volumes.

    Args:
        x: Volumes of five axes.
        padding: A pair (before, after) for each spatial axis.
        data_format: `None` for the configured one.

    Example:

    >>> import numpy as np
    >>> spatial_3d_padding(np.zeros((1, 2, 2, 2, 1))).shape
    (1, 4, 4, 4, 1)
    """
    return _padded(x, padding, data_format)


def _padded(x: Any, padding: Any, data_format: str | None) -> Tensor:
    pairs = tuple(tuple(pair) for pair in padding)
    none = ((0, 0),)
    if config.standardize_data_format(data_format) == "channels_first":
        return ops.pad(x, none * 2 + pairs)
    return ops.pad(x, none + pairs + none)


def _repeated(x: Any, factors: tuple[int, ...], data_format: str | None) -> Tensor:
    first = config.standardize_data_format(data_format) == "channels_first"
    for axis, factor in enumerate(factors, 2 if first else 1):
        if factor != 1:
            x = ops.repeat(x, factor, axis=axis)
    return as_tensor(x)


@follows_arguments
def resize_images(
    x: Any,
    height_factor: int,
    width_factor: int,
    data_format: str | None,
    interpolation: str = "nearest",
) -> Tensor:
    """Enlarge images by whole factors.

    Args:
        x: Images.
        height_factor: How many times as many rows.
        width_factor: How many times as many columns.
        data_format: `'channels_last'` or `'channels_first'`.
        interpolation: `'nearest'`, or any that `ops.image.resize` has.

    Raises:
        ShapeError: If the size is not known, but for `'nearest'`.

    Example:

    >>> import numpy as np
    >>> resize_images(np.ones((1, 2, 3, 1)), 2, 2, "channels_last").shape
    (1, 4, 6, 1)
    """
    if interpolation == "nearest":
        return _repeated(x, (height_factor, width_factor), data_format)
    x = as_tensor(x)
    data_format = config.standardize_data_format(data_format)
    axis = 2 if data_format == "channels_first" else 1
    rows, columns = x.shape[axis : axis + 2]
    if rows is None or columns is None:
        raise ShapeError(
            f"resize_images: {interpolation!r} needs images of a known size.\n"
            f"  got: {x.shape}"
        )
    size = (rows * height_factor, columns * width_factor)
    return image_resizing.resize(x, size, interpolation, data_format=data_format)


@follows_arguments
def resize_volumes(
    x: Any,
    depth_factor: int,
    height_factor: int,
    width_factor: int,
    data_format: str | None,
) -> Tensor:
    """Enlarge volumes by whole factors, by repetition.

    Args:
        x: Volumes.
        depth_factor: How many times as deep.
        height_factor: How many times as many rows.
        width_factor: How many times as many columns.
        data_format: `'channels_last'` or `'channels_first'`.

    Example:

    >>> import numpy as np
    >>> resize_volumes(np.ones((1, 1, 2, 3, 1)), 2, 2, 2, "channels_last").shape
    (1, 2, 4, 6, 1)
    """
    return _repeated(x, (depth_factor, height_factor, width_factor), data_format)
