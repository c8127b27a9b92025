"""Random blur and sharpness of images."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.preprocessing.base_image import (
    BaseImagePreprocessingLayer,
    factor_range,
    per_image,
    value_pair,
)


class RandomSharpness(BaseImagePreprocessingLayer):
    """Makes images sharper or softer at random, while training.

    The images are moved towards or away from a smoothed version: the mean over each
    pixel and its neighbours, in which the pixel itself counts five times.

    Args:
        factor: 0 for smooth, 0.5 for no change, 1 for sharp: a number for the upper
            bound, or a pair, in [0, 1].
        value_range: Least and largest pixel value.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        seed: `None` or an integer.

    Input shape: as for `RandomFlip`; the number of channels must be known.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomSharpness((0.0, 0.0))
    >>> x = keras.ops.full((1, 1, 1, 1), 13.0)
    >>> float(layer(x, training=True).numpy().round(3).max())
    5.0
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
        """Draw the factors."""
        return {"factor": self.draw(data, *self.factor, (), seed)}

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the images, softer or sharper."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        channels = images.shape[self.channel_axis]
        window = ops.array([[1.0, 1.0, 1.0], [1.0, 5.0, 1.0], [1.0, 1.0, 1.0]]) / 13.0
        kernel = ops.tile(window[:, :, None, None], (1, 1, channels, 1))
        smooth = ops.depthwise_conv(
            images,
            ops.cast(kernel, self.compute_dtype),
            padding="same",
            data_format=self.data_format,
        )
        factor = per_image(ops.cast(transformation["factor"] * 2, self.compute_dtype))
        changed = images + (1.0 - factor) * (smooth - images)
        return ops.clip(changed, *self.value_range)


class RandomGaussianBlur(BaseImagePreprocessingLayer):
    """Blurs some of the images, while training.

    Args:
        factor: Range of the probability that an image is blurred; one number is the
            upper bound.
        kernel_size: Height and width of the window, odd, or one number for both.
        sigma: Range of the standard deviation of the blur in pixels, in [0, 1]; one
            number is the upper bound. It is drawn for rows and columns, once for the
            batch.
        value_range: Least and largest pixel value.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        seed: `None` or an integer.

    Input shape: as for `RandomFlip`.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomGaussianBlur((1.0, 1.0), sigma=(0.5, 0.5))
    >>> layer(keras.ops.ones((2, 4, 4, 3)), training=True).shape
    (2, 4, 4, 3)
    """

    def __init__(
        self,
        factor: Any = 1.0,
        kernel_size: Any = 3,
        sigma: Any = 1.0,
        value_range: Any = (0, 255),
        data_format: str | None = None,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, seed=seed, **kwargs)
        self.factor = factor_range(factor, "factor", 0.0, 1.0)
        pair = isinstance(kernel_size, (tuple, list))
        sizes = tuple(kernel_size) if pair else (kernel_size, kernel_size)
        if len(sizes) != 2 or any(size % 2 != 1 for size in sizes):
            raise ValueError(
                "`kernel_size` must be one or two odd numbers.\n"
                f"Received: kernel_size={kernel_size!r}"
            )
        self.kernel_size = sizes
        self.sigma = factor_range(sigma, "sigma", 0.0, 1.0)
        self.value_range = value_pair(value_range)

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw which images are blurred, and how much."""
        chosen = self.chosen(data, self.factor, seed)
        width = self.draw(data[:1], *self.sigma, (2,), seed)[0] + 1e-6
        return {"should_apply_blur": chosen, "blur_factor": width}

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the images, some blurred."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        width = transformation["blur_factor"]
        blurred = ops.gaussian_blur(
            images, self.kernel_size, (width[0], width[1]), self.data_format
        )
        blurred = ops.cast(blurred, self.compute_dtype)
        chosen = per_image(transformation["should_apply_blur"])
        return ops.clip(ops.where(chosen, blurred, images), *self.value_range)
