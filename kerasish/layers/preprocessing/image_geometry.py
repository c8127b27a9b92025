"""Random changes of the geometry of images: flips, turns, zooms, shifts, shears."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops
from kerasish.errors import did_you_mean
from kerasish.layers.preprocessing.base_image import (
    BaseImagePreprocessingLayer,
    factor_range,
)
from kerasish.layers.preprocessing.bounding_boxes import around

_MODES = ("horizontal", "vertical", "horizontal_and_vertical")


class RandomFlip(BaseImagePreprocessingLayer):
    """Mirrors images at random while training.

    Args:
        mode: `"horizontal"`, `"vertical"` or `"horizontal_and_vertical"`.
        seed: `None` or an integer.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: `(batch, rows, columns, channels)` or one image, or with the channels
    first; or a dictionary with `"images"`, `"labels"`, `"segmentation_masks"`.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomFlip("horizontal", seed=1)
    >>> layer(keras.ops.ones((2, 4, 4, 3)), training=True).shape
    (2, 4, 4, 3)
    """

    def __init__(
        self,
        mode: str = "horizontal_and_vertical",
        seed: Any = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, seed=seed, **kwargs)
        if mode not in _MODES:
            raise ValueError(
                f"`mode` must be one of {_MODES}.{did_you_mean(str(mode), _MODES)}\n"
                f"Received: mode={mode!r}"
            )
        self.mode = mode

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw which images are mirrored."""
        flips = self.draw(data, 0.0, 1.0, (1, 1, 1), seed) <= 0.5
        return {"flips": flips, "sizes": self.sizes(data)}

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the images, some mirrored."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        flips = transformation["flips"]
        for part, axis in (
            ("horizontal", self.width_axis),
            ("vertical", self.height_axis),
        ):
            if part in self.mode:
                images = ops.where(flips, ops.flip(images, axis), images)
        return images

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the boxes, mirrored as the images."""
        if not training:
            return bounding_boxes
        height, width = transformation["sizes"]
        flips = ops.squeeze(transformation["flips"], -1)

        def mirrored(boxes: Any) -> Any:
            left, top, right, bottom = ops.split(boxes, 4, axis=-1)
            if "horizontal" in self.mode:
                left, right = width - right, width - left
            if "vertical" in self.mode:
                top, bottom = height - bottom, height - top
            changed = ops.concatenate([left, top, right, bottom], axis=-1)
            return ops.where(flips, changed, boxes)

        return self.moved_boxes(bounding_boxes, mirrored, (height, width))

    def transform_segmentation_masks(
        self, masks: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the masks, mirrored as the images."""
        return self.transform_images(masks, transformation, training)


class BaseAffine(BaseImagePreprocessingLayer):
    """Base of the layers that move each pixel by an affine map.

    Args:
        fill_mode: `"reflect"`, `"wrap"`, `"constant"` or `"nearest"`: what lies
            outside of an image.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: `None` or an integer.
        fill_value: The value outside for `"constant"`.
        data_format: `"channels_last"`, `"channels_first"`, or `None`.
        **kwargs: Arguments of `Layer`.
    """

    def __init__(
        self,
        fill_mode: str,
        interpolation: str,
        seed: Any,
        fill_value: float,
        data_format: str | None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, seed=seed, **kwargs)
        for name, value, choices in (
            ("fill_mode", fill_mode, ("reflect", "wrap", "constant", "nearest")),
            ("interpolation", interpolation, ("bilinear", "nearest")),
        ):
            if value not in choices:
                raise ValueError(
                    f"`{name}` must be one of {choices}."
                    f"{did_you_mean(str(value), choices)}\nReceived: {name}={value!r}"
                )
        self.fill_mode = fill_mode
        self.interpolation = interpolation
        self.fill_value = fill_value

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the images, moved by the map of each."""
        return self._moved(images, transformation, training, self.interpolation)

    def transform_segmentation_masks(
        self, masks: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the masks, moved as the images; they keep their values."""
        return self._moved(masks, transformation, training, "nearest")

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the boxes around the boxes that are moved as the images."""
        if not training:
            return bounding_boxes
        maps = transformation["maps"]
        a0, a1, a2, b0, b1, b2 = (maps[:, i, None, None] for i in range(6))
        area = a0 * b1 - a1 * b0

        def inverse(x: Any, y: Any) -> tuple[Any, Any]:
            x, y = x - a2, y - b2
            return (b1 * x - a1 * y) / area, (a0 * y - b0 * x) / area

        return self.moved_boxes(
            bounding_boxes,
            lambda boxes: around(boxes, inverse),
            transformation["sizes"],
        )

    def _moved(self, images: Any, drawn: Any, training: Any, interpolation: str) -> Any:
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        moved = ops.affine_transform(
            images,
            drawn["maps"],
            interpolation=interpolation,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )
        return ops.cast(moved, self.compute_dtype)

    def map_of(self, images: Any, *entries: Any) -> dict[str, Any]:
        """Return what is done to images.

        Args:
            images: Tensor of shape `(batch, ...)`.
            *entries: `a0, a1, a2, b0, b1, b2` of the map from a place `(x, y)` of the
                output to `(a0 x + a1 y + a2, b0 x + b1 y + b2)`: tensors of shape
                `(batch, 1)`.
        """
        zero = ops.zeros_like(entries[0])
        maps = ops.concatenate([*entries, zero, zero], axis=1)
        return {"maps": maps, "sizes": self.sizes(images)}

    def centre(self, images: Any) -> tuple[Any, Any]:
        """Return the place of the middle: column and row."""
        rows, columns = (ops.cast(size, "float32") for size in self.sizes(images))
        return (columns - 1.0) / 2.0, (rows - 1.0) / 2.0


class RandomRotation(BaseAffine):
    """Turns images at random while training.

    Args:
        factor: Largest angle in both directions, or the two ends, as parts of a whole
            turn; positive is counter-clockwise.
        fill_mode: `"reflect"`, `"wrap"`, `"constant"` or `"nearest"`: what lies
            outside of an image.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: `None` or an integer.
        fill_value: The value outside for `"constant"`.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: as for `RandomFlip`.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomRotation(0.1, seed=1)
    >>> layer(keras.ops.ones((2, 4, 4, 3)), training=True).shape
    (2, 4, 4, 3)
    """

    def __init__(
        self,
        factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: Any = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            fill_mode, interpolation, seed, fill_value, data_format, **kwargs
        )
        self.factor = factor_range(factor, "factor", -1.0, 1.0)

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw the angles, as maps of places."""
        low, high = (2.0 * math.pi * end for end in self.factor)
        angle = self.draw(data, low, high, (1,), seed)
        cos, sin = ops.cos(angle), ops.sin(angle)
        x, y = self.centre(data)
        turned = cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos
        return self.map_of(data, *turned)


class RandomZoom(BaseAffine):
    """Enlarges or shrinks images at random while training.

    Args:
        height_factor: Largest change of the height in both directions, or its two
            ends; positive shrinks: at 0.2 the image shows 120 % of the rows.
        width_factor: The same for the width; `None` to keep the ratio.
        fill_mode: `"reflect"`, `"wrap"`, `"constant"` or `"nearest"`: what lies
            outside of an image.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: `None` or an integer.
        fill_value: The value outside for `"constant"`.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: as for `RandomFlip`.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomZoom(0.2, seed=1)
    >>> layer(keras.ops.ones((2, 4, 4, 3)), training=True).shape
    (2, 4, 4, 3)
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any = None,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: Any = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            fill_mode, interpolation, seed, fill_value, data_format, **kwargs
        )
        self.height_factor = height_factor
        self.width_factor = width_factor
        self._rows = factor_range(height_factor, "height_factor", -1.0, 1.0)
        self._columns = None
        if width_factor is not None:
            self._columns = factor_range(width_factor, "width_factor", -1.0, 1.0)

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw the factors, as maps of places."""
        low, high = self._rows
        rows = columns = self.draw(data, 1.0 + low, 1.0 + high, (1,), seed)
        if self._columns is not None:
            low, high = self._columns
            columns = self.draw(data, 1.0 + low, 1.0 + high, (1,), seed)
        x, y = self.centre(data)
        none = ops.zeros_like(rows)
        zoomed = columns, none, x * (1.0 - columns), none, rows, y * (1.0 - rows)
        return self.map_of(data, *zoomed)


class RandomTranslation(BaseAffine):
    """Shifts images at random while training.

    Args:
        height_factor: Largest shift downwards and upwards, or the two ends, as part
            of the height; positive is downwards.
        width_factor: The same for the width; positive is to the right.
        fill_mode: `"reflect"`, `"wrap"`, `"constant"` or `"nearest"`: what lies
            outside of an image.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: `None` or an integer.
        fill_value: The value outside for `"constant"`.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: as for `RandomFlip`.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomTranslation(0.2, 0.1, seed=1)
    >>> layer(keras.ops.ones((2, 4, 4, 3)), training=True).shape
    (2, 4, 4, 3)
    """

    def __init__(
        self,
        height_factor: Any,
        width_factor: Any,
        fill_mode: str = "reflect",
        interpolation: str = "bilinear",
        seed: Any = None,
        fill_value: float = 0.0,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            fill_mode, interpolation, seed, fill_value, data_format, **kwargs
        )
        self.height_factor = height_factor
        self.width_factor = width_factor
        self._rows = factor_range(height_factor, "height_factor", -1.0, 1.0)
        self._columns = factor_range(width_factor, "width_factor", -1.0, 1.0)

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw the shifts, as maps of places."""
        height, width = (ops.cast(size, "float32") for size in self.sizes(data))
        down = self.draw(data, *self._rows, (1,), seed) * height
        right = self.draw(data, *self._columns, (1,), seed) * width
        one, none = ops.ones_like(down), ops.zeros_like(down)
        return self.map_of(data, one, none, -right, none, one, -down)


class RandomShear(BaseAffine):
    """Shears images at random while training.

    Args:
        x_factor: Largest shear along the rows, or its two ends, in [0, 1]; the
            direction is random.
        y_factor: The same along the columns.
        interpolation: `"bilinear"` or `"nearest"`.
        fill_mode: `"reflect"`, `"wrap"`, `"constant"` or `"nearest"`: what lies
            outside of an image.
        fill_value: The value outside for `"constant"`.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        seed: `None` or an integer.

    Input shape: as for `RandomFlip`.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomShear(0.2, 0.1, seed=1)
    >>> layer(keras.ops.ones((2, 4, 4, 3)), training=True).shape
    (2, 4, 4, 3)
    """

    def __init__(
        self,
        x_factor: Any = 0.0,
        y_factor: Any = 0.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        data_format: str | None = None,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(
            fill_mode, interpolation, seed, fill_value, data_format, **kwargs
        )
        self.x_factor = _both_ways(x_factor, "x_factor")
        self.y_factor = _both_ways(y_factor, "y_factor")

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw the shears, as maps of places."""
        side = ops.where(self.draw(data, 0.0, 1.0, (1,), seed) > 0.5, -1.0, 1.0)
        y = self.draw(data, *self.y_factor, (1,), seed) * side
        x = self.draw(data, *self.x_factor, (1,), seed) * side
        one, none = ops.ones_like(x), ops.zeros_like(x)
        return self.map_of(data, one, x, none, y, one, none)


def _both_ways(value: Any, name: str) -> tuple[float, float]:
    pair = isinstance(value, (tuple, list))
    low, high = factor_range(value, name, -1.0 if pair else 0.0, 1.0)
    return (low, high) if pair else (-high, high)
