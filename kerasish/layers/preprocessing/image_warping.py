"""Random distortions of images: perspective and elastic."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops, random
from kerasish.backend.ops.image_sampling import homography
from kerasish.errors import did_you_mean
from kerasish.layers.preprocessing.base_image import (
    BaseImagePreprocessingLayer,
    factor_range,
    per_image,
    value_pair,
)
from kerasish.layers.preprocessing.bounding_boxes import around
from kerasish.ops.distortion import draw_shifts, shifted_pixels


class BaseWarp(BaseImagePreprocessingLayer):
    """Base of the layers that distort some of the images.

    Args:
        factor: Range of the probability that an image is distorted.
        interpolation: `"bilinear"` or `"nearest"`.
        data_format: `"channels_last"`, `"channels_first"`, or `None`.
        seed: `None` or an integer.
        **kwargs: Arguments of `Layer`.
    """

    def __init__(
        self,
        factor: Any,
        interpolation: str,
        data_format: Any,
        seed: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, seed=seed, **kwargs)
        self.factor = factor_range(factor, "factor", 0.0, 1.0)
        choices = ("nearest", "bilinear")
        if interpolation not in choices:
            raise NotImplementedError(
                f"`interpolation` must be one of {choices}."
                f"{did_you_mean(str(interpolation), choices)}\n"
                f"Received: interpolation={interpolation!r}"
            )
        self.interpolation = interpolation

    def warped(self, images: Any, drawn: Any, interpolation: str) -> Any:
        """Return all images distorted; to be overridden.

        Args:
            images: Tensor of shape `(batch, ...)`.
            drawn: What `get_random_transformation` drew.
            interpolation: `"bilinear"` or `"nearest"`.
        """
        raise NotImplementedError(f"{type(self).__name__} has no `warped()`.")

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the images, some distorted."""
        return self._some(images, transformation, training, self.interpolation)

    def transform_segmentation_masks(
        self, masks: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the masks, distorted as the images; they keep their values."""
        return self._some(masks, transformation, training, "nearest")

    def _some(self, images: Any, drawn: Any, training: Any, interpolation: str) -> Any:
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        warped = self.warped(images, drawn, interpolation)
        warped = ops.cast(warped, self.compute_dtype)
        return ops.where(per_image(drawn["chosen"]), warped, images)


class RandomPerspective(BaseWarp):
    """Shows some of the images from another point of view, while training.

    The corners of an image are moved by random parts of their coordinates, so that the
    upper left one stays.

    Args:
        factor: Range of the probability that an image is distorted; one number is the
            upper bound.
        scale: How far corners move, in [0, 1].
        interpolation: `"bilinear"` or `"nearest"`.
        fill_value: The value of what lies outside of the image.
        seed: `None` or an integer.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: as for `RandomFlip`.

    Output shape: the same.

    Raises:
        ValueError: If a number is out of bounds.
        NotImplementedError: If there is no such interpolation.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomPerspective(1.0, 0.3, seed=1)
    >>> layer(keras.ops.ones((2, 4, 4, 3)), training=True).shape
    (2, 4, 4, 3)
    """

    def __init__(
        self,
        factor: Any = 1.0,
        scale: float = 1.0,
        interpolation: str = "bilinear",
        fill_value: float = 0.0,
        seed: Any = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, interpolation, data_format, seed, **kwargs)
        factor_range((0.0, scale), "scale", 0.0, 1.0)
        self.scale = scale
        self.fill_value = fill_value

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw which images are distorted, and where their corners go."""
        height, width = (ops.cast(size, "float32") - 1.0 for size in self.sizes(data))
        zero = ops.zeros_like(height)
        corners = [(zero, zero), (width, zero), (zero, height), (width, height)]
        start = ops.stack([ops.stack(corner) for corner in corners])
        half = 0.5 * self.scale
        moved = start * self.draw(data, -half, half, (4, 2), seed)
        return {
            "chosen": self.chosen(data, self.factor, seed),
            "start_points": start + ops.zeros_like(moved),
            "end_points": start + moved,
            "sizes": self.sizes(data),
        }

    def warped(self, images: Any, drawn: Any, interpolation: str) -> Any:
        """Return all images from other points of view."""
        return ops.perspective_transform(
            images,
            drawn["start_points"],
            drawn["end_points"],
            interpolation=interpolation,
            fill_value=self.fill_value,
            data_format=self.data_format,
        )

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the boxes around the distorted boxes."""
        if not training:
            return bounding_boxes
        points = transformation["end_points"], transformation["start_points"]
        numbers = homography(*points)
        a, b, c, d, e, f, g, h = (numbers[:, i, None, None] for i in range(8))
        chosen = ops.reshape(transformation["chosen"], (-1, 1, 1))

        def mapped(x: Any, y: Any) -> tuple[Any, Any]:
            depth = g * x + h * y + 1.0
            return (a * x + b * y + c) / depth, (d * x + e * y + f) / depth

        return self.moved_boxes(
            bounding_boxes,
            lambda boxes: ops.where(chosen, around(boxes, mapped), boxes),
            transformation["sizes"],
        )


class RandomElasticTransform(BaseWarp):
    """Distorts some of the images as if they were drawn on rubber, while training.

    Args:
        factor: Range of the probability that an image is distorted; one number is the
            upper bound.
        scale: Range of the strength, in [0, 1], which is drawn once for the batch:
            pixels move by about its square times `0.005 height width`.
        interpolation: `"bilinear"` or `"nearest"`.
        fill_mode: `"reflect"`, `"wrap"`, `"constant"` or `"nearest"`: what lies
            outside of an image.
        fill_value: The value outside for `"constant"`.
        value_range: Least and largest pixel value.
        seed: `None` or an integer.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: as for `RandomFlip`; rows and columns must be known.

    Output shape: the same.

    Raises:
        NotImplementedError: If there is no such interpolation or fill mode.

    Reference:
        Simard et al., 2003, "Best practices for convolutional neural networks applied
        to visual document analysis".

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomElasticTransform(1.0, 0.3, seed=1)
    >>> layer(keras.ops.ones((2, 8, 8, 3)), training=True).shape
    (2, 8, 8, 3)
    """

    def __init__(
        self,
        factor: Any = 1.0,
        scale: Any = 1.0,
        interpolation: str = "bilinear",
        fill_mode: str = "reflect",
        fill_value: float = 0.0,
        value_range: Any = (0, 255),
        seed: Any = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(factor, interpolation, data_format, seed, **kwargs)
        self.scale = factor_range(scale, "scale", 0.0, 1.0)
        choices = ("constant", "nearest", "wrap", "reflect")
        if fill_mode not in choices:
            raise NotImplementedError(
                f"`fill_mode` must be one of {choices}."
                f"{did_you_mean(str(fill_mode), choices)}\n"
                f"Received: fill_mode={fill_mode!r}"
            )
        self.fill_mode = fill_mode
        self.fill_value = fill_value
        self.value_range = value_pair(value_range)

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw which images are distorted, and how far each pixel moves."""
        generator = self.generator if seed is None else seed
        sizes = self.known_sizes(data)
        scale = random.uniform((), *self.scale, dtype="float32", seed=generator)
        # The window of the blur must be known before the strength is.
        window = 6 * int(0.05 * min(sizes) * self.scale[1]) | 1
        sigma = ops.maximum(0.05 * min(sizes) * scale, 1e-6)
        shape = (ops.shape(data)[0], *sizes)
        alpha = 0.1 * max(sizes) * scale
        return {
            "chosen": self.chosen(data, self.factor, seed),
            "shifts": draw_shifts(shape, alpha, sigma, window, seed=generator),
        }

    def warped(self, images: Any, drawn: Any, interpolation: str) -> Any:
        """Return all images distorted."""
        warped = shifted_pixels(
            images,
            drawn["shifts"],
            interpolation,
            self.fill_mode,
            self.fill_value,
            self.data_format,
        )
        return ops.clip(warped, *self.value_range)

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Refuse boxes: their sides would not stay straight."""
        raise NotImplementedError(
            f'layer "{self.name}": RandomElasticTransform takes no bounding boxes.'
        )
