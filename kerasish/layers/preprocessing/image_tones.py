"""Changes of the pixel values of images: contrast, solarisation, bits, inversion."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops, random
from kerasish.layers.preprocessing.base_image import (
    BaseImagePreprocessingLayer,
    factor_range,
    per_image,
    rescaled,
    value_pair,
)

_FULL = (0, 255)


class AutoContrast(BaseImagePreprocessingLayer):
    """Stretches each channel of each image over the whole range of values.

    It does so while training and testing. A channel of one value stays as it is.

    Args:
        value_range: Least and largest pixel value.

    Input shape: as for `RandomFlip`.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> x = keras.ops.reshape(keras.ops.array([3.0, 4.0, 5.0]), (1, 1, 3, 1))
    >>> keras.layers.AutoContrast()(x).numpy().ravel()
    array([  0. , 127.5, 255. ], dtype=float32)
    """

    _seeded = False

    def __init__(self, value_range: Any = (0, 255), **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.value_range = value_pair(value_range)

    def transform_images(
        self, images: Any, transformation: Any = None, training: Any = True
    ) -> Any:
        """Return the images, stretched."""
        images = ops.cast(images, self.compute_dtype)
        axes = (self.height_axis, self.width_axis)
        low = ops.min(images, axis=axes, keepdims=True)
        span = ops.max(images, axis=axes, keepdims=True) - low
        flat = span == 0
        unit = (images - low) / ops.where(flat, 1.0, span)
        return ops.where(flat, images, rescaled(unit, (0, 1), self.value_range))


class Solarization(BaseImagePreprocessingLayer):
    """Inverts the pixels above a random threshold, while training.

    On the scale from 0 to 255, a random number is added to all pixels of an image;
    those that are not below the threshold become 255 minus their value.

    Args:
        addition_factor: Bounds of what is added, as part of the range of values; one
            number is the upper bound.
        threshold_factor: Bounds of the threshold; one number is the upper bound.
        value_range: Least and largest pixel value.
        seed: `None` or an integer.

    Input shape: as for `RandomFlip`.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Solarization()
    >>> float(layer(keras.ops.ones((1, 1, 1, 1)), training=True).numpy().max())
    254.0
    """

    def __init__(
        self,
        addition_factor: Any = 0.0,
        threshold_factor: Any = 0.0,
        value_range: Any = (0, 255),
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed=seed, **kwargs)
        self.addition_factor = factor_range(
            addition_factor, "addition_factor", 0.0, 1.0
        )
        self.threshold_factor = factor_range(
            threshold_factor, "threshold_factor", 0.0, 1.0
        )
        self.value_range = value_pair(value_range)

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw the additions and the thresholds."""
        names = {"additions": self.addition_factor, "thresholds": self.threshold_factor}
        return {
            name: self.draw(data, low, high * 255, (1, 1, 1), seed)
            for name, (low, high) in names.items()
        }

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the images with their bright pixels inverted."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        additions, thresholds = (
            ops.cast(transformation[name], self.compute_dtype)
            for name in ("additions", "thresholds")
        )
        pixels = rescaled(images, self.value_range, _FULL)
        pixels = ops.clip(pixels + additions, 0.0, 255.0)
        pixels = ops.where(pixels < thresholds, pixels, 255.0 - pixels)
        return rescaled(pixels, _FULL, self.value_range)


class RandomPosterization(BaseImagePreprocessingLayer):
    """Keeps only the highest bits of pixel values, while training.

    Args:
        factor: How many of eight bits are kept: the lower and the upper bound, which
            is left out, or one number for the upper bound. Equal bounds are exact.
        value_range: Least and largest pixel value.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        seed: `None` or an integer.

    Input shape: as for `RandomFlip`.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomPosterization((2, 2))
    >>> layer(keras.ops.full((1, 1, 1, 1), 200.0), training=True).numpy().ravel()
    array([192.], dtype=float32)
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, seed=seed, **kwargs)
        self.factor = factor_range(factor, "factor", 1, 8)
        self.value_range = value_pair(value_range)

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw how many bits are lost."""
        low, high = self.factor
        if low == high:
            kept = ops.full_like(self.per_batch(data), low)
        else:
            generator = self.generator if seed is None else seed
            shape = ops.shape(self.per_batch(data))
            kept = random.randint(shape, low, high, dtype="int32", seed=generator)
        return {"shift_factor": 8 - kept}

    @staticmethod
    def per_batch(images: Any) -> Any:
        """Return a zero for each image: integers of shape `(batch,)`."""
        return ops.zeros((ops.shape(images)[0],), "int32")

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the images with fewer values."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        lost = per_image(ops.cast(transformation["shift_factor"], "int32"))
        pixels = ops.cast(rescaled(images, self.value_range, _FULL), "int32")
        kept = ops.left_shift(ops.right_shift(pixels, lost), lost)
        kept = ops.cast(kept, self.compute_dtype)
        return rescaled(kept, _FULL, self.value_range)


class RandomInvert(BaseImagePreprocessingLayer):
    """Inverts the colours of some of the images, while training.

    Args:
        factor: Range of the probability that an image is inverted; one number is the
            upper bound.
        value_range: Least and largest pixel value.
        seed: `None` or an integer.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: as for `RandomFlip`.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomInvert((1.0, 1.0))
    >>> float(layer(keras.ops.zeros((1, 2, 2, 3)), training=True).numpy().min())
    255.0
    """

    def __init__(
        self,
        factor: Any = 1.0,
        value_range: Any = (0, 255),
        seed: Any = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, seed=seed, **kwargs)
        self.factor = factor_range(factor, "factor", 0.0, 1.0)
        self.value_range = value_pair(value_range)

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw which images are inverted."""
        return {"apply_inversion": self.chosen(data, self.factor, seed)}

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the images, some inverted."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        chosen = per_image(transformation["apply_inversion"])
        return ops.where(chosen, self.value_range[1] - images, images)
