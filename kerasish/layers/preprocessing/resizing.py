"""Images brought to a given size."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import is_float
from kerasish.backend.ops.convolution_padding import standardize_data_format
from kerasish.layers.arguments import positive_int
from kerasish.layers.preprocessing.base_image import BaseImagePreprocessingLayer


class Resizing(BaseImagePreprocessingLayer):
    """Resizes images.

    Args:
        height: Height of the output.
        width: Width of the output.
        interpolation: `"bilinear"`, `"nearest"`, `"bicubic"`, `"lanczos3"` or
            `"lanczos5"`.
        crop_to_aspect_ratio: Whether images are cropped to the new ratio first.
        pad_to_aspect_ratio: Whether images are padded to the new ratio first.
        fill_mode: `"constant"`, how to pad.
        fill_value: The number to pad with.
        antialias: Whether to average over what becomes one pixel.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: `(batch, rows, columns, channels)` or one image, or with the channels
    first; or a dictionary with the key `"images"`.

    Output shape: the same rank, of the given size.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.Resizing(4, 6)(keras.ops.ones((2, 8, 8, 3))).shape
    (2, 4, 6, 3)
    """

    _seeded = False

    def __init__(
        self,
        height: int,
        width: int,
        interpolation: str = "bilinear",
        crop_to_aspect_ratio: bool = False,
        pad_to_aspect_ratio: bool = False,
        fill_mode: str = "constant",
        fill_value: float = 0.0,
        antialias: bool = False,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self.height = positive_int(height, "height")
        self.width = positive_int(width, "width")
        self.interpolation = interpolation
        self.crop_to_aspect_ratio = crop_to_aspect_ratio
        self.pad_to_aspect_ratio = pad_to_aspect_ratio
        self.fill_mode = fill_mode
        self.fill_value = fill_value
        self.antialias = antialias

    def transform_images(
        self, images: Any, transformation: Any = None, training: Any = True
    ) -> Any:
        """Return the resized images, of the type of the given ones."""
        return self._resized(images, self.interpolation)

    def transform_segmentation_masks(
        self, masks: Any, transformation: Any = None, training: Any = True
    ) -> Any:
        """Return the resized masks, which keep their values."""
        return self._resized(masks, "nearest")

    def _resized(self, images: Any, interpolation: str) -> Any:
        resized = ops.resize(
            images,
            (self.height, self.width),
            interpolation=interpolation,
            antialias=self.antialias,
            crop_to_aspect_ratio=self.crop_to_aspect_ratio,
            pad_to_aspect_ratio=self.pad_to_aspect_ratio,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )
        if resized.dtype == images.dtype:
            return resized
        if not is_float(images.dtype):
            resized = ops.round(resized)
        return ops.saturate_cast(resized, images.dtype)


class CenterCrop(BaseImagePreprocessingLayer):
    """Cuts out the centre of images.

    Images that are too small are resized to the size instead, keeping their ratio.

    Args:
        height: Height of the output.
        width: Width of the output.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: `(batch, rows, columns, channels)` or one image, or with the channels
    first; rows and columns must be known.

    Output shape: the same rank, of the given size.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.CenterCrop(4, 6)(keras.ops.ones((2, 8, 8, 3))).shape
    (2, 4, 6, 3)
    """

    _seeded = False

    def __init__(
        self, height: int, width: int, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self.height = positive_int(height, "height")
        self.width = positive_int(width, "width")
        self.data_format = standardize_data_format(data_format)

    def transform_images(
        self, images: Any, transformation: Any = None, training: Any = True
    ) -> Any:
        """Return the middle of the images."""
        images = ops.cast(images, self.compute_dtype)
        rows, columns = self.known_sizes(images)
        if rows < self.height or columns < self.width:
            resized = ops.resize(
                images,
                (self.height, self.width),
                crop_to_aspect_ratio=True,
                data_format=self.data_format,
            )
            return ops.cast(resized, self.compute_dtype)
        top, left = (rows - self.height) // 2, (columns - self.width) // 2
        return self.cut(images, top, left, self.height, self.width)
