"""Random sizes of images."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.errors import did_you_mean
from kerasish.layers.preprocessing.base_image import (
    BaseImagePreprocessingLayer,
    factor_range,
)

_INTERPOLATIONS = ("bilinear", "nearest")


class BaseSize(BaseImagePreprocessingLayer):
    """Base of the layers that resize images along one axis, at random.

    Args:
        factor: Range of the change, as part of the size; a number is both ends.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: `None` or an integer.
        **kwargs: Arguments of `Layer`.
    """

    def __init__(
        self,
        factor: Any,
        interpolation: str = "bilinear",
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(seed=seed, **kwargs)
        factor_range(factor, "factor", -1.0, float("inf"))
        self.factor = factor
        if interpolation not in _INTERPOLATIONS:
            raise ValueError(
                f"`interpolation` must be one of {_INTERPOLATIONS}."
                f"{did_you_mean(str(interpolation), _INTERPOLATIONS)}\n"
                f"Received: interpolation={interpolation!r}"
            )
        self.interpolation = interpolation

    @property
    def axis(self) -> int:
        """The axis that is resized; to be overridden."""
        raise NotImplementedError(f"{type(self).__name__} has no `axis`.")

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw the new size, one for the whole batch."""
        low, high = factor_range(self.factor, "factor", -1.0, float("inf"))
        factor = self.draw(data[:1], 1.0 + low, 1.0 + high, (), seed)[0]
        size = ops.shape(data)[self.axis]
        # A hair more, so that an exact product is not cut to the number below.
        new = ops.floor(factor * ops.cast(size, "float32") + 1e-4)
        return ops.maximum(ops.cast(new, "int32"), 1)

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the images in their new size."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        return self._resized(images, transformation, self.interpolation)

    def transform_segmentation_masks(
        self, masks: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the masks in their new size; they keep their values."""
        masks = ops.cast(masks, self.compute_dtype)
        if not training:
            return masks
        return self._resized(masks, transformation, "nearest")

    def _resized(self, images: Any, new: Any, interpolation: str) -> Any:
        old = ops.cast(ops.shape(images)[self.axis], "int32")
        # Its size is known when it runs, which one index of each place gives.
        places = ops.cast(ops.nonzero(ops.ones((new,), "int32"))[0], "float32")
        factor = ops.cast(old, "float32") / ops.cast(new, "float32")
        places = (places + 0.5) * factor
        if interpolation == "nearest":
            index = ops.minimum(ops.cast(ops.floor(places), "int32"), old - 1)
            return ops.take(images, index, axis=self.axis)
        places = places - 0.5
        before = ops.floor(places)
        shape = [1] * images.ndim
        shape[self.axis] = -1
        share = ops.cast(ops.reshape(places - before, shape), self.compute_dtype)
        index = ops.cast(before, "int32")
        first, second = (
            ops.take(images, ops.clip(i, 0, old - 1), axis=self.axis)
            for i in (index, index + 1)
        )
        return first * (1.0 - share) + second * share


class RandomHeight(BaseSize):
    """Makes images higher or lower at random while training, as tf.keras 2 has it.

    The new height is one for the whole batch, and unknown to later layers.

    Args:
        factor: Largest change in both directions, or its two ends, as part of the
            height.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: `None` or an integer.

    Input shape: as for `RandomFlip`.

    Output shape: the same with another number of rows.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomHeight((0.5, 0.5))
    >>> layer(keras.ops.ones((2, 4, 4, 3)), training=True).shape
    (2, 6, 4, 3)
    """

    @property
    def axis(self) -> int:
        """The axis of the rows."""
        return self.height_axis


class RandomWidth(BaseSize):
    """Makes images wider or narrower at random while training, as tf.keras 2 has it.

    The new width is one for the whole batch, and unknown to later layers.

    Args:
        factor: Largest change in both directions, or its two ends, as part of the
            width.
        interpolation: `"bilinear"` or `"nearest"`.
        seed: `None` or an integer.

    Input shape: as for `RandomFlip`.

    Output shape: the same with another number of columns.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomWidth((-0.5, -0.5))
    >>> layer(keras.ops.ones((2, 4, 4, 3)), training=True).shape
    (2, 4, 2, 3)
    """

    @property
    def axis(self) -> int:
        """The axis of the columns."""
        return self.width_axis
