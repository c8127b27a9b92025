"""Random changes of the geometry of images: flips, turns, zooms, shifts, shears."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops, random
from kerasish.errors import did_you_mean
from kerasish.layers.arguments import positive_int
from kerasish.layers.preprocessing.base_image import (
    BaseImagePreprocessingLayer,
    factor_range,
)

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
        return self.draw(data, 0.0, 1.0, (1, 1, 1), seed) <= 0.5

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the images, some mirrored."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        for part, axis in (
            ("horizontal", self.width_axis),
            ("vertical", self.height_axis),
        ):
            if part in self.mode:
                images = ops.where(transformation, ops.flip(images, axis), images)
        return images

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

    def _moved(self, images: Any, maps: Any, training: Any, interpolation: str) -> Any:
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        moved = ops.affine_transform(
            images,
            maps,
            interpolation=interpolation,
            fill_mode=self.fill_mode,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )
        return ops.cast(moved, self.compute_dtype)

    def centre(self, images: Any) -> tuple[Any, Any]:
        """Return the place of the middle: column and row."""
        rows, columns = (ops.cast(size, "float32") for size in self.sizes(images))
        return (columns - 1.0) / 2.0, (rows - 1.0) / 2.0


def affine_rows(*entries: Any) -> Any:
    """Return the eight numbers of the maps of images.

    Args:
        *entries: `a0, a1, a2, b0, b1, b2` of the map from a place `(x, y)` of the
            output to `(a0 x + a1 y + a2, b0 x + b1 y + b2)`: tensors of shape
            `(batch, 1)`.

    Returns:
        A tensor of shape `(batch, 8)`.
    """
    zero = ops.zeros_like(entries[0])
    return ops.concatenate([*entries, zero, zero], axis=1)


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
        return affine_rows(
            cos, -sin, x - x * cos + y * sin, sin, cos, y - x * sin - y * cos
        )


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
        return affine_rows(
            columns, none, x * (1.0 - columns), none, rows, y * (1.0 - rows)
        )


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
        return affine_rows(one, none, -right, none, one, -down)


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
        return affine_rows(one, x, none, y, one, none)


def _both_ways(value: Any, name: str) -> tuple[float, float]:
    pair = isinstance(value, (tuple, list))
    low, high = factor_range(value, name, -1.0 if pair else 0.0, 1.0)
    return (low, high) if pair else (-high, high)


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
        return tuple(
            random.randint((), 0, size - own + 1, seed=generator)
            for size, own in ((rows, self.height), (columns, self.width))
        )

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the parts of the images."""
        images = ops.cast(images, self.compute_dtype)
        if transformation is not None:
            top, left = transformation
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
