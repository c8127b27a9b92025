"""Images mixed with other images of the batch, or with parts erased."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops, random
from kerasish.layers.preprocessing.base_image import (
    BaseImagePreprocessingLayer,
    factor_range,
    per_image,
    value_pair,
)


class BaseMixing(BaseImagePreprocessingLayer):
    """Base of the layers that take something from other images of the batch."""

    def order(self, images: Any, seed: Any = None) -> Any:
        """Draw the place of the other image for each image: `(batch,)`."""
        places = ops.arange(ops.shape(images)[0], dtype="int32")
        return random.shuffle(places, seed=self.generator if seed is None else seed)

    def transform_labels(
        self, labels: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the labels, mixed as the images are; they are rows of numbers."""
        if not training:
            return labels
        others = ops.take(labels, transformation["permutation_order"], axis=0)
        weight = ops.reshape(transformation["mix_weight"], (-1, 1))
        return weight * labels + (1.0 - weight) * others

    def transform_segmentation_masks(
        self, masks: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the masks, mixed as the images are."""
        return self.transform_images(masks, transformation, training)


class MixUp(BaseMixing):
    """Mixes each image and its label with those of another image, while training.

    Boxes of the other image are added to those of the image.

    Args:
        alpha: Both parameters of the beta distribution of the image's weight.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        seed: `None` or an integer.

    Input shape: as for `RandomFlip`; labels are rows of numbers, such as one-hot.

    Output shape: the same.

    Reference:
        Zhang et al., 2017, "mixup: beyond empirical risk minimization".

    Example:

    >>> import kerasish as keras
    >>> data = {"images": keras.ops.ones((4, 2, 2, 3)), "labels": keras.ops.eye(4)}
    >>> mixed = keras.layers.MixUp(seed=1)(data, training=True)
    >>> mixed["labels"].numpy().sum(axis=1).round(3).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """

    def __init__(
        self,
        alpha: float = 0.2,
        data_format: str | None = None,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, seed=seed, **kwargs)
        self.alpha = alpha

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw the other images and the weights."""
        generator = self.generator if seed is None else seed
        shape = (ops.shape(data)[0],)
        weight = random.beta(shape, self.alpha, self.alpha, "float32", generator)
        return {"permutation_order": self.order(data, seed), "mix_weight": weight}

    def transform_images(
        self, images: Any, transformation: Any = None, training: Any = True
    ) -> Any:
        """Return the images, mixed with others."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        weight = per_image(ops.cast(transformation["mix_weight"], self.compute_dtype))
        others = ops.take(images, transformation["permutation_order"], axis=0)
        return weight * images + (1.0 - weight) * others

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the boxes, with those of the other image after them."""
        if not training:
            return bounding_boxes
        order = transformation["permutation_order"]
        return {
            name: ops.concatenate([part, ops.take(part, order, axis=0)], axis=1)
            for name, part in bounding_boxes.items()
        }


class BasePatch(BaseImagePreprocessingLayer):
    """Base of the layers that change a rectangle in each image."""

    def bounds(self, images: Any, size: Any, part: Any, seed: Any) -> tuple[Any, Any]:
        """Draw where a part of an axis begins and ends, each of shape `(batch,)`.

        Args:
            images: Tensor of shape `(batch, ...)`.
            size: Size of the axis.
            part: Which part of it is taken, of shape `(batch,)`.
            seed: A generator in place of the layer's own.
        """
        size = ops.cast(size, "float32")
        length = part * size
        start = self.draw(images, 0.0, 1.0, (), seed) * (size - length)
        return start, start + length

    def inside(self, images: Any, rows: tuple, columns: tuple) -> Any:
        """Return which pixels lie in rectangles: booleans that broadcast to images.

        Args:
            images: Tensor of shape `(batch, ...)`.
            rows: First row and the row after the last one, each of shape `(batch,)`.
            columns: The same for the columns.
        """
        result = True
        axes = (self.height_axis, self.width_axis)
        for size, axis, (start, end) in zip(self.sizes(images), axes, (rows, columns)):
            shape = [1, 1, 1, 1]
            shape[axis] = -1
            places = ops.reshape(ops.arange(size, dtype="float32"), shape)
            between = ops.logical_and(
                places >= per_image(start), places < per_image(end)
            )
            result = ops.logical_and(result, between)
        return result


class CutMix(BaseMixing, BasePatch):
    """Replaces a rectangle of each image by that of another image, while training.

    Labels are mixed by the areas.

    Args:
        factor: Range of the parameter of the beta distribution of the part that
            stays; one number is the upper bound.
        seed: `None` or an integer.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: as for `RandomFlip`; labels are rows of numbers, such as one-hot.

    Output shape: the same.

    Reference:
        Yun et al., 2019, "CutMix: regularization strategy to train strong classifiers
        with localizable features".

    Example:

    >>> import kerasish as keras
    >>> data = {"images": keras.ops.ones((4, 2, 2, 3)), "labels": keras.ops.eye(4)}
    >>> mixed = keras.layers.CutMix(seed=1)(data, training=True)
    >>> mixed["labels"].numpy().sum(axis=1).round(3).tolist()
    [1.0, 1.0, 1.0, 1.0]
    """

    def __init__(
        self,
        factor: Any = 1.0,
        seed: Any = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, seed=seed, **kwargs)
        self.factor = factor_range(factor, "factor", 0.0, 1.0)

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw the other images and the rectangles."""
        generator = self.generator if seed is None else seed
        alpha = random.uniform((), *self.factor, dtype="float32", seed=generator) + 1e-6
        shape = (ops.shape(data)[0],)
        kept = random.beta(shape, alpha, alpha, dtype="float32", seed=generator)
        part = ops.sqrt(1.0 - kept)
        rows, columns = (
            self.bounds(data, size, part, seed) for size in self.sizes(data)
        )
        height, width = (ops.cast(size, "float32") for size in self.sizes(data))
        area = (rows[1] - rows[0]) * (columns[1] - columns[0]) / (height * width)
        return {
            "permutation_order": self.order(data, seed),
            "batch_masks": self.inside(data, rows, columns),
            "mix_weight": 1.0 - area,
        }

    def transform_images(
        self, images: Any, transformation: Any = None, training: Any = True
    ) -> Any:
        """Return the images, with parts of others."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        others = ops.take(images, transformation["permutation_order"], axis=0)
        return ops.where(transformation["batch_masks"], others, images)

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Refuse boxes: what they hold may be replaced."""
        raise NotImplementedError(
            f'layer "{self.name}": CutMix takes no bounding boxes; use MixUp.'
        )


class RandomErasing(BasePatch):
    """Erases a rectangle in some of the images, while training.

    Args:
        factor: Range of the probability that an image is changed; one number is the
            upper bound.
        scale: Range of the squares of the rectangle's sides, as parts of the image's.
        fill_value: A number, one for each of three channels, or `None` for noise.
        value_range: Least and largest pixel value.
        seed: `None` or an integer.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: as for `RandomFlip`.

    Output shape: the same.

    Reference:
        Zhong et al., 2017, "Random erasing data augmentation".

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RandomErasing((1.0, 1.0), (1.0, 1.0), fill_value=7)
    >>> float(layer(keras.ops.ones((1, 2, 2, 3)), training=True).numpy().min())
    7.0
    """

    def __init__(
        self,
        factor: Any = 1.0,
        scale: Any = (0.02, 0.33),
        fill_value: Any = None,
        value_range: Any = (0, 255),
        seed: Any = None,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, seed=seed, **kwargs)
        self.factor = factor_range(factor, "factor", 0.0, 1.0)
        self.scale = factor_range(scale, "scale", 0.0, 1.0)
        if isinstance(fill_value, (tuple, list)) and len(fill_value) != 3:
            raise ValueError(
                "`fill_value` must be a number or three numbers.\n"
                f"Received: fill_value={fill_value!r}"
            )
        self.fill_value = fill_value
        self.value_range = value_pair(value_range)

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw which images are changed, the rectangles and what fills them."""
        parts = ops.sqrt(self.draw(data, *self.scale, (2,), seed))
        height, width = self.sizes(data)
        columns = self.bounds(data, width, parts[:, 0], seed)
        rows = self.bounds(data, height, parts[:, 1], seed)
        return {
            "apply_erasing": self.chosen(data, self.factor, seed),
            "batch_masks": self.inside(data, rows, columns),
            "fill_value": self._filling(data, seed),
        }

    def _filling(self, images: Any, seed: Any) -> Any:
        if self.fill_value is None:
            generator = self.generator if seed is None else seed
            shape = ops.shape(images)
            value = random.normal(shape, dtype="float32", seed=generator)
            value = value * self.value_range[1]
        else:
            value = ops.array(self.fill_value, dtype="float32")
            if value.ndim:
                shape = [1, 1, 1, 1]
                shape[self.channel_axis] = 3
                value = ops.reshape(value, shape)
        return ops.clip(value, *self.value_range)

    def transform_images(
        self, images: Any, transformation: Any = None, training: Any = True
    ) -> Any:
        """Return the images, some with a part erased."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        filling = ops.cast(transformation["fill_value"], self.compute_dtype)
        chosen = per_image(transformation["apply_erasing"])
        erased = ops.logical_and(transformation["batch_masks"], chosen)
        return ops.where(erased, filling, images)
