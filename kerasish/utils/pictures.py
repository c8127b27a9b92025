"""Images as arrays, through Pillow."""

from __future__ import annotations

import io
import os
from typing import Any

import numpy as np

from kerasish.backend import config

_MODES = {"grayscale": "L", "rgb": "RGB", "rgba": "RGBA"}
_FILTERS = ("nearest", "bilinear", "bicubic", "hamming", "box", "lanczos")


def import_pillow() -> Any:
    """Return the module `PIL.Image`.

    Raises:
        ImportError: If it is not installed; the message says how to install it.
    """
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError("Images need Pillow: `pip install pillow`.") from error
    return Image


def _layout(data_format: str | None) -> str:
    found = data_format or config.image_data_format()
    if found not in ("channels_first", "channels_last"):
        raise ValueError(
            "data_format must be 'channels_last' or 'channels_first'.\n"
            f"Received: data_format={data_format!r}"
        )
    return found


def load_img(
    path: Any,
    color_mode: str = "rgb",
    target_size: Any = None,
    interpolation: str = "nearest",
    keep_aspect_ratio: bool = False,
) -> Any:
    """Load an image file.

    Args:
        path: A path, or a binary file object.
        color_mode: `"grayscale"`, `"rgb"` or `"rgba"`.
        target_size: `(height, width)` to resize to, or `None`.
        interpolation: `"nearest"`, `"bilinear"`, `"bicubic"`, `"hamming"`, `"box"` or
            `"lanczos"`.
        keep_aspect_ratio: Whether to cut off margins instead of distorting.

    Returns:
        A Pillow image.

    Raises:
        ValueError: If an argument is something else.

    Example:

    >>> save_img("dot.png", np.zeros((2, 3, 3)))
    >>> load_img("dot.png", target_size=(4, 5)).size
    (5, 4)
    """
    image_module = import_pillow()
    if color_mode not in _MODES:
        raise ValueError(
            f"color_mode must be one of {sorted(_MODES)}.\nReceived: {color_mode!r}"
        )
    if interpolation not in _FILTERS:
        raise ValueError(
            f"interpolation must be one of {_FILTERS}.\nReceived: {interpolation!r}"
        )
    if not hasattr(path, "read"):
        with open(os.fspath(path), "rb") as file:
            path = io.BytesIO(file.read())
    image = image_module.open(path)
    deep = image.mode in ("I;16", "I", "F") and color_mode == "grayscale"
    if image.mode != _MODES[color_mode] and not deep:
        image = image.convert(_MODES[color_mode])
    if target_size is None:
        return image
    height, width = target_size
    box = None
    if keep_aspect_ratio:
        shown_width = min(image.width, image.height * width / height)
        shown_height = min(image.height, image.width * height / width)
        left, top = (image.width - shown_width) / 2, (image.height - shown_height) / 2
        box = tuple(
            int(edge) for edge in (left, top, left + shown_width, top + shown_height)
        )
    kind = getattr(image_module.Resampling, interpolation.upper())
    return image.resize((width, height), kind, box=box)


def img_to_array(img: Any, data_format: str | None = None, dtype: Any = None) -> Any:
    """Convert a Pillow image to an array.

    Args:
        img: The image.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the default.
        dtype: The dtype; `floatx()` by default.

    Returns:
        Array of three axes.

    Example:

    >>> img_to_array(array_to_img(np.ones((2, 3, 1)))).shape
    (2, 3, 1)
    """
    layout = _layout(data_format)
    array = np.asarray(img, dtype=dtype or config.floatx())
    if array.ndim == 2:
        array = array[:, :, None]
    if array.ndim != 3:
        raise ValueError(f"An image has 2 or 3 axes.\nReceived: shape {array.shape}")
    return array.transpose(2, 0, 1) if layout == "channels_first" else array


def array_to_img(
    x: Any, data_format: str | None = None, scale: bool = True, dtype: Any = None
) -> Any:
    """Convert an array to a Pillow image.

    Args:
        x: Array of three axes with 1, 3 or 4 channels.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the default.
        scale: Whether to stretch the values to the range from 0 to 255.
        dtype: The dtype in which that is computed; `floatx()` by default.

    Returns:
        A Pillow image.

    Raises:
        ValueError: If it has another shape.

    Example:

    >>> array_to_img(np.ones((2, 3, 3))).size
    (3, 2)
    """
    image_module = import_pillow()
    array = np.array(x, dtype=dtype or config.floatx())
    if array.ndim != 3:
        raise ValueError(f"An image has 3 axes.\nReceived: shape {array.shape}")
    if _layout(data_format) == "channels_first":
        array = array.transpose(1, 2, 0)
    if scale:
        array = array - array.min()
        if array.max() > 0:
            array = array / array.max() * 255
    channels = array.shape[2]
    if channels == 1 and array.max() > 255:
        return image_module.fromarray(array[:, :, 0].astype("int32"))
    if channels == 1:
        return image_module.fromarray(array[:, :, 0].astype("uint8"))
    if channels in (3, 4):
        return image_module.fromarray(array.astype("uint8"))
    raise ValueError(f"An image has 1, 3 or 4 channels.\nReceived: {channels}")


def save_img(
    path: Any,
    x: Any,
    data_format: str | None = None,
    file_format: str | None = None,
    scale: bool = True,
    **kwargs: Any,
) -> None:
    """Write an array into an image file.

    Args:
        path: The path, or a binary file object.
        x: Array of three axes.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the default.
        file_format: The format; that of the path's ending by default.
        scale: Whether to stretch the values to the range from 0 to 255.
        **kwargs: Options of Pillow's `save`.

    Example:

    >>> save_img("white.png", np.ones((2, 2, 3)))
    """
    image = array_to_img(x, data_format=data_format, scale=scale)
    ending = os.fspath(path).lower() if not hasattr(path, "write") else ""
    if image.mode == "RGBA" and (
        ending.endswith((".jpg", ".jpeg")) or file_format in ("jpg", "jpeg")
    ):
        # These files have no transparency.
        image = image.convert("RGB")
    image.save(path, format="jpeg" if file_format == "jpg" else file_format, **kwargs)
