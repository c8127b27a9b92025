"""Random changes of the brightness and the colours of images."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.preprocessing.base_image import (
    BaseImagePreprocessingLayer,
    factor_range,
    value_pair,
)


class BaseColor(BaseImagePreprocessingLayer):
    """Base of the layers that change pixel values by a random factor.

    Args:
        factor: A number or a pair.
        value_range: Least and largest pixel value.
        bounds: Least and largest factor.
        data_format: `"channels_last"`, `"channels_first"`, or `None`.
        seed: `None` or an integer.
        **kwargs: Arguments of `Layer`.
    """

    bounds = (0.0, 1.0)

    def __init__(
        self, factor: Any, value_range: Any, data_format: Any, seed: Any, **kwargs: Any
    ) -> None:
        super().__init__(data_format=data_format, seed=seed, **kwargs)
        self.factor = factor_range(factor, "factor", *self.bounds)
        self.value_range = value_pair(value_range)

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw the factor of each image."""
        return self.draw(data, *self.factor, (1, 1, 1), seed)

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the images, with their values changed."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        factor = ops.cast(transformation, self.compute_dtype)
        return ops.clip(self.colored(images, factor), *self.value_range)

    def colored(self, images: Any, factor: Any) -> Any:
        """Return images changed by a factor of each; to be overridden."""
        raise NotImplementedError(f"{type(self).__name__} has no `colored()`.")


class RandomBrightness(BaseColor):
    """Makes images brighter or darker at random while training.

    Args:
        factor: Largest change in both directions, or its two ends, in [-1, 1], as part
            of the range of values.
        value_range: Least and largest pixel value.
        seed: `None` or an integer.

    Input shape: as for `RandomFlip`.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomBrightness((0.5, 0.5), value_range=(0, 1))
    >>> float(layer(keras.ops.zeros((1, 1, 1, 1)), training=True).numpy().max())
    0.5
    """

    bounds = (-1.0, 1.0)

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        seed: Any = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, value_range, data_format, seed, **kwargs)

    def colored(self, images: Any, factor: Any) -> Any:
        """Return images with a part of the range of values added."""
        low, high = self.value_range
        return images + factor * (high - low)


class RandomContrast(BaseColor):
    """Raises or lowers the contrast of images at random while training.

    Each channel's distance from its mean is multiplied by a factor.

    Args:
        factor: How far the multiplier may lie below and above 1; a number or a pair.
        value_range: Least and largest pixel value.
        seed: `None` or an integer.

    Input shape: as for `RandomFlip`.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomContrast(0.5, seed=1)
    >>> float(layer(keras.ops.ones((1, 2, 2, 1)), training=True).numpy().max())
    1.0
    """

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        seed: Any = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, value_range, data_format, seed, **kwargs)

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw the multiplier of each image."""
        low, high = self.factor
        return self.draw(data, 1.0 - low, 1.0 + high, (1, 1, 1), seed)

    def colored(self, images: Any, factor: Any) -> Any:
        """Return images with the distances from the mean multiplied."""
        axes = (self.height_axis, self.width_axis)
        mean = ops.mean(images, axis=axes, keepdims=True)
        return (images - mean) * factor + mean


class RandomColorDegeneration(BaseColor):
    """Takes colour out of images at random while training.

    Args:
        factor: Part of the way to grey, and below 0 away from it: a pair in [-1, 1],
            or a number for both ends.
        value_range: Least and largest pixel value.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        seed: `None` or an integer.

    Input shape: as for `RandomFlip`, with three channels.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomColorDegeneration((1.0, 1.0))
    >>> layer(keras.ops.ones((1, 2, 2, 3)), training=True).shape
    (1, 2, 2, 3)
    """

    bounds = (-1.0, 1.0)

    def __init__(
        self,
        factor: Any,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, value_range, data_format, seed, **kwargs)

    def colored(self, images: Any, factor: Any) -> Any:
        """Return images a part of the way to grey."""
        grey = ops.rgb_to_grayscale(images, data_format=self.data_format)
        return images + factor * (grey - images)


class RandomGrayscale(BaseImagePreprocessingLayer):
    """Makes some of the images grey while training.

    Args:
        factor: Probability that an image becomes grey.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        seed: `None` or an integer.

    Input shape: as for `RandomFlip`, with three channels.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomGrayscale(1.0)
    >>> layer(keras.ops.ones((1, 2, 2, 3)), training=True).shape
    (1, 2, 2, 3)
    """

    def __init__(
        self,
        factor: float = 0.5,
        data_format: str | None = None,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, seed=seed, **kwargs)
        factor_range(factor, "factor", 0.0, 1.0)
        self.factor = factor

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw which images become grey."""
        return self.draw(data, 0.0, 1.0, (1, 1, 1), seed) < self.factor

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the images, some grey."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        grey = ops.rgb_to_grayscale(images, data_format=self.data_format)
        return ops.where(transformation, grey, images)
