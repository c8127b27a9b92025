"""Random changes of the hue and the saturation of images."""

from __future__ import annotations

from typing import Any

from kerasish.backend import config, ops
from kerasish.layers.preprocessing.base_image import (
    BaseImagePreprocessingLayer,
    factor_range,
    per_image,
    rescaled,
    value_pair,
)
from kerasish.layers.preprocessing.image_colors import RandomBrightness, RandomContrast


class RandomHue(BaseImagePreprocessingLayer):
    """Turns the hue of images at random, while training.

    Args:
        factor: How far around the circle of colours, in half turns: a number for the
            upper bound, or a pair, in [0, 1]. The direction is random.
        value_range: Least and largest pixel value.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        seed: `None` or an integer.

    Input shape: as for `RandomFlip`, with three channels.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> red = keras.ops.array([[[[255.0, 0.0, 0.0]]]])
    >>> keras.layers.RandomHue((1.0, 1.0))(red, training=True).numpy().ravel()
    array([  0., 255., 255.], dtype=float32)
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
        self.factor = factor_range(factor, "factor", 0.0, 1.0)
        self.value_range = value_pair(value_range)

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw the parts of a turn."""
        side = ops.where(self.draw(data, 0.0, 1.0, (), seed) > 0.5, -1.0, 1.0)
        return {"factor": side * self.draw(data, *self.factor, (), seed) * 0.5}

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the images in other hues."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        turn = per_image(ops.cast(transformation["factor"], self.compute_dtype))
        unit = rescaled(images, self.value_range, (0, 1))
        colors = ops.rgb_to_hsv(unit, data_format=self.data_format)
        hue, rest = ops.split(colors, [1], axis=self.channel_axis)
        hue = hue + turn
        hue = ops.where(hue > 1.0, hue - 1.0, hue)
        hue = ops.where(hue < 0.0, hue + 1.0, hue)
        colors = ops.concatenate([hue, rest], axis=self.channel_axis)
        unit = ops.hsv_to_rgb(colors, data_format=self.data_format)
        return rescaled(ops.clip(unit, 0.0, 1.0), (0, 1), self.value_range)


class RandomSaturation(BaseImagePreprocessingLayer):
    """Makes colours stronger or weaker at random, while training.

    The saturation is multiplied by `factor / (1 - factor)`.

    Args:
        factor: 0 for grey, 0.5 for no change, towards 1 for full colours: a number for
            both ends, or a pair, in [-1, 1].
        value_range: The bounds that the saturation is cut to.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        seed: `None` or an integer.

    Input shape: as for `RandomFlip`, with three channels.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> red = keras.ops.array([[[[255.0, 0.0, 0.0]]]])
    >>> keras.layers.RandomSaturation((0.0, 0.0))(red, training=True).numpy().ravel()
    array([255., 255., 255.], dtype=float32)
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
        self.factor = factor_range(factor, "factor", -1.0, 1.0)
        self.value_range = value_pair(value_range)

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw what the saturations are multiplied by."""
        factor = self.draw(data, *self.factor, (), seed)
        return {"factor": factor / (1.0 - factor + config.epsilon())}

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the images in other saturations."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        factor = per_image(ops.cast(transformation["factor"], self.compute_dtype))
        colors = ops.rgb_to_hsv(images, data_format=self.data_format)
        hue, strength, value = ops.split(colors, 3, axis=self.channel_axis)
        strength = ops.clip(strength * factor, *self.value_range)
        colors = ops.concatenate([hue, strength, value], axis=self.channel_axis)
        return ops.hsv_to_rgb(colors, data_format=self.data_format)


class RandomColorJitter(BaseImagePreprocessingLayer):
    """Changes brightness, contrast, saturation and hue at random, while training.

    The changes are those of `RandomBrightness`, `RandomContrast`, `RandomSaturation`
    and `RandomHue`, in this order.

    Args:
        value_range: Least and largest pixel value.
        brightness_factor: Factor of the brightness; `None` for no change, as for all.
        contrast_factor: Factor of the contrast.
        saturation_factor: Factor of the saturation.
        hue_factor: Factor of the hue.
        seed: `None` or an integer.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: as for `RandomFlip`.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomColorJitter((0, 1), brightness_factor=(0.5, 0.5))
    >>> float(layer(keras.ops.zeros((1, 2, 2, 3)), training=True).numpy().max())
    0.5
    """

    def __init__(
        self,
        value_range: Any = (0, 255),
        brightness_factor: Any = None,
        contrast_factor: Any = None,
        saturation_factor: Any = None,
        hue_factor: Any = None,
        seed: Any = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, seed=seed, **kwargs)
        self.value_range = value_pair(value_range)
        self.brightness_factor = brightness_factor
        self.contrast_factor = contrast_factor
        self.saturation_factor = saturation_factor
        self.hue_factor = hue_factor
        self._steps = [
            cls(
                factor,
                value_range=self.value_range,
                data_format=self.data_format,
                seed=seed,
                dtype=self.dtype_policy,
            )
            for cls, factor in (
                (RandomBrightness, brightness_factor),
                (RandomContrast, contrast_factor),
                (RandomSaturation, saturation_factor),
                (RandomHue, hue_factor),
            )
            if factor is not None
        ]

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw what each of the changes does."""
        seed = self.generator if seed is None else seed
        return [
            step.get_random_transformation(data, training, seed) for step in self._steps
        ]

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the images in other colours."""
        images = ops.cast(images, self.compute_dtype)
        if training:
            for step, drawn in zip(self._steps, transformation):
                images = step.transform_images(images, drawn)
        return images
