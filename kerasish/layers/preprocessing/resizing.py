"""Images brought to a given size."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops, random
from kerasish.backend.dtypes import is_float
from kerasish.backend.ops.convolution_padding import standardize_data_format
from kerasish.layers.arguments import positive_int
from kerasish.layers.preprocessing.base_image import BaseImagePreprocessingLayer
from kerasish.layers.preprocessing.bounding_boxes import crop


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

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Return the height and the width of the images."""
        return self.sizes(data)

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

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the boxes in the resized images; boxes of 0 or -1 become 0."""
        boxes = bounding_boxes["boxes"]
        none = ops.logical_or(boxes == -1, boxes == 0)
        moved = self.moved_boxes(
            bounding_boxes,
            lambda corners: self._resized_boxes(corners, transformation),
            transformation,
            (self.height, self.width),
        )
        kept = ops.logical_not(ops.all(none, axis=-1, keepdims=True))
        return {**moved, "boxes": ops.where(kept, moved["boxes"], 0.0)}

    def _resized_boxes(self, corners: Any, sizes: tuple) -> Any:
        rows, columns = (ops.cast(size, "float32") for size in sizes)
        down, across = self.height / rows, self.width / columns
        top = left = ops.zeros_like(rows)
        if self.pad_to_aspect_ratio or self.crop_to_aspect_ratio:
            choose = ops.minimum if self.pad_to_aspect_ratio else ops.maximum
            down = across = choose(down, across)
            top = ops.floor_divide(ops.abs(rows * down - self.height), 2)
            left = ops.floor_divide(ops.abs(columns * across - self.width), 2)
            if not self.pad_to_aspect_ratio:
                top, left = -top, -left
        scaled = corners * ops.stack([across, down, across, down])
        return scaled + ops.stack([left, top, left, top])

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

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Return the height and the width of the images."""
        return self.known_sizes(data)

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the boxes in the middle of the images."""
        rows, columns = transformation
        height, width = self.height, self.width
        if rows < height or columns < width:
            height = max(min(rows, columns * self.height // self.width), 1)
            width = max(min(columns, rows * self.width // self.height), 1)
        top, left = (rows - height) // 2, (columns - width) // 2
        factors = (self.width / width, self.height / height) * 2
        return self.moved_boxes(
            bounding_boxes,
            lambda boxes: crop(boxes, top, left, height, width) * list(factors),
            transformation,
            (self.height, self.width),
        )

    def transform_segmentation_masks(
        self, masks: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the middle of the masks."""
        return self.transform_images(masks, transformation, training)

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


class RandomCrop(BaseImagePreprocessingLayer):
    """Cuts a part of a given size out of images, at a random place while training.

    When testing, images are cut around the middle to the ratio and resized.

    Args:
        height: Height of the output.
        width: Width of the output.
        seed: `None` or an integer.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: as for `RandomFlip`; rows and columns must be known.

    Output shape: the same rank, of the given size.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomCrop(3, 2, seed=1)
    >>> layer(keras.ops.ones((2, 5, 6, 3)), training=True).shape
    (2, 3, 2, 3)
    """

    def __init__(
        self,
        height: int,
        width: int,
        seed: Any = None,
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, seed=seed, name=name, **kwargs)
        self.height = positive_int(height, "height")
        self.width = positive_int(width, "width")

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw the upper left corner, one for the whole batch."""
        rows, columns = self.known_sizes(data)
        if rows <= self.height or columns <= self.width:
            return None
        generator = self.generator if seed is None else seed
        corner = [
            random.randint((), 0, size - own + 1, seed=generator)
            for size, own in ((rows, self.height), (columns, self.width))
        ]
        return {"corner": corner, "sizes": (rows, columns)}

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the parts of the images."""
        images = ops.cast(images, self.compute_dtype)
        if transformation is not None:
            top, left = transformation["corner"]
            rows = ops.arange(self.height, dtype="int32") + top
            columns = ops.arange(self.width, dtype="int32") + left
            images = ops.take(images, rows, axis=self.height_axis)
            return ops.take(images, columns, axis=self.width_axis)
        resized = ops.resize(
            images,
            (self.height, self.width),
            crop_to_aspect_ratio=True,
            data_format=self.data_format,
        )
        return ops.cast(resized, self.compute_dtype)

    def transform_segmentation_masks(
        self, masks: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the parts of the masks that belong to the images."""
        return self.transform_images(masks, transformation, training)

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the boxes in the parts of the images."""
        if transformation is None:
            return bounding_boxes
        top, left = transformation["corner"]
        return self.moved_boxes(
            bounding_boxes,
            lambda boxes: crop(boxes, top, left, self.height, self.width),
            transformation["sizes"],
            (self.height, self.width),
        )
