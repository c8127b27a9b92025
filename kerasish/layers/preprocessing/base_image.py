"""What the layers that change images share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish import tree
from kerasish.backend import ops, random
from kerasish.backend.ops.convolution_padding import standardize_data_format
from kerasish.errors import ShapeError
from kerasish.layers.layer import Layer
from kerasish.layers.preprocessing.bounding_boxes import (
    clip_to_image_size,
    convert_format,
    dense_boxes,
)


class BaseImagePreprocessingLayer(Layer):
    """Base of the layers that change images.

    The input is a batch of images, one image, or a dictionary with `"images"` and
    perhaps `"labels"`, `"segmentation_masks"` and `"bounding_boxes"`, which are changed
    along. Bounding boxes are a dictionary of `"boxes"` and `"labels"`.

    A subclass has `transform_images`, and `get_random_transformation` if it draws.

    Args:
        data_format: `"channels_last"`, `"channels_first"`, or `None`.
        seed: `None` or an integer.
        bounding_box_format: Format of the boxes, as for
            `kerasish.utils.bounding_boxes.convert_format`; needed if there are any.
        **kwargs: Arguments of `Layer`.
    """

    _seeded = True

    def __init__(
        self,
        data_format: str | None = None,
        seed: Any = None,
        bounding_box_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.pop("rng_type", None)  # Stored by Keras 2.
        super().__init__(**kwargs)
        self._allow_non_tensor_positional_args = True
        self.bounding_box_format = bounding_box_format
        self.data_format = standardize_data_format(data_format)
        if self._seeded:
            self.seed = seed
            self.generator = random.SeedGenerator(seed)

    def get_random_transformation(
        self, data: Any, training: Any = True, seed: Any = None
    ) -> Any:
        """Draw what to do to each image.

        Args:
            data: Images of shape `(batch, ...)`.
            training: Whether anything is to be done.
            seed: A generator in place of the layer's own.
        """
        return None

    def transform_images(
        self, images: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the changed images; to be overridden.

        Args:
            images: Tensor of shape `(batch, ...)`.
            transformation: What `get_random_transformation` drew.
            training: Whether anything is to be done.
        """
        raise NotImplementedError(
            f"{type(self).__name__} has no `transform_images()` method."
        )

    def transform_labels(
        self, labels: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the labels of the changed images, by default the same."""
        return labels

    def transform_segmentation_masks(
        self, masks: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the masks of the changed images, by default the same."""
        return masks

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return the boxes of the changed images, by default the same."""
        return bounding_boxes

    def call(self, data: Any, training: bool | None = True) -> Any:
        """Return the changed images, or the dictionary with its parts changed."""
        return ops.in_train_phase(
            lambda: self._transformed(data, True),
            lambda: self._transformed(data, False),
            training,
        )

    def _transformed(self, data: Any, training: bool) -> Any:
        images = data["images"] if isinstance(data, dict) else data
        if len(images.shape) not in (3, 4):
            raise ShapeError(
                f'layer "{self.name}": images have three or four axes.\n'
                f"  got: {tuple(images.shape)}"
            )
        single = len(images.shape) == 3
        batch = ops.expand_dims(images, 0) if single else images
        drawn = None
        if training or not self._seeded:
            drawn = self.get_random_transformation(batch, training)

        def changed(function: Any, value: Any) -> Any:
            if not single:
                return function(value, drawn, training)
            value = tree.map_structure(lambda part: ops.expand_dims(part, 0), value)
            value = function(value, drawn, training)
            return tree.map_structure(lambda part: ops.squeeze(part, 0), value)

        if not isinstance(data, dict):
            return changed(self.transform_images, images)
        result = {**data, "images": changed(self.transform_images, images)}
        for name in ("bounding_boxes", "labels", "segmentation_masks"):
            if name in data:
                value = data[name]
                if name == "bounding_boxes":
                    value = self._checked_boxes(value)
                result[name] = changed(getattr(self, f"transform_{name}"), value)
        return result

    def _checked_boxes(self, bounding_boxes: Any) -> Any:
        if not self.bounding_box_format:
            raise ValueError(
                f'layer "{self.name}": there are bounding boxes, but no '
                "`bounding_box_format` was given to the layer, such as 'xyxy'.\n"
                "Received: bounding_box_format=None"
            )
        return dense_boxes(bounding_boxes)

    def moved_boxes(
        self,
        bounding_boxes: Any,
        mapped: Callable[[Any], Any],
        size: tuple[Any, Any],
        new_size: tuple[Any, Any] | None = None,
    ) -> Any:
        """Return boxes that a function moves, cut to the image.

        Args:
            bounding_boxes: The dictionary of boxes, in the layer's format.
            mapped: A function of boxes given as left, top, right, bottom in pixels.
            size: Height and width of the images.
            new_size: The same of the changed images; `size` by default.
        """
        form = self.bounding_box_format
        new_size = size if new_size is None else new_size
        moved = convert_format(bounding_boxes, form, "xyxy", *size)
        moved = {**moved, "boxes": mapped(moved["boxes"])}
        moved = clip_to_image_size(moved, *new_size)
        return convert_format(moved, "xyxy", form, *new_size)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        if config.get("bounding_box_format") is None:
            config.pop("bounding_box_format", None)
        return config

    @property
    def height_axis(self) -> int:
        """The axis of the rows."""
        return -3 if self.data_format == "channels_last" else -2

    @property
    def width_axis(self) -> int:
        """The axis of the columns."""
        return self.height_axis + 1

    @property
    def channel_axis(self) -> int:
        """The axis of the channels."""
        return -1 if self.data_format == "channels_last" else -3

    def sizes(self, images: Any) -> tuple[Any, Any]:
        """Return rows and columns, as integers or symbolic scalars."""
        shape = ops.shape(images)
        return shape[self.height_axis], shape[self.width_axis]

    def known_sizes(self, images: Any) -> tuple[int, int]:
        """Return rows and columns, which must be known."""
        rows, columns = images.shape[self.height_axis], images.shape[self.width_axis]
        if rows is None or columns is None:
            raise ShapeError(
                f'layer "{self.name}": rows and columns must be known.\n'
                f"  got: {tuple(images.shape)}"
            )
        return rows, columns

    def cut(self, images: Any, top: Any, left: Any, height: int, width: int) -> Any:
        """Return a part of images of four axes."""
        rows, columns = slice(top, top + height), slice(left, left + width)
        if self.data_format == "channels_last":
            return images[:, rows, columns, :]
        return images[:, :, rows, columns]

    def draw(
        self, images: Any, low: float, high: float, shape: tuple = (), seed: Any = None
    ) -> Any:
        """Draw uniform numbers for each image.

        Args:
            images: Tensor of shape `(batch, ...)`.
            low: Smallest number.
            high: Bound above the numbers.
            shape: Shape of the numbers of one image.
            seed: A generator in place of the layer's own.

        Returns:
            Tensor of shape `(batch, *shape)`, of float32.
        """
        batch = images.shape[0]
        batch = ops.shape(images)[0] if batch is None else batch
        generator = self.generator if seed is None else seed
        return random.uniform(
            (batch, *shape), low, high, dtype="float32", seed=generator
        )

    def chosen(self, images: Any, factor: tuple, seed: Any = None) -> Any:
        """Draw which images are changed.

        Args:
            images: Tensor of shape `(batch, ...)`.
            factor: Range of the probability, which is drawn for each image.
            seed: A generator in place of the layer's own.

        Returns:
            Booleans of shape `(batch,)`.
        """
        threshold = self.draw(images, 0.0, 1.0, (), seed)
        return threshold < self.draw(images, *factor, (), seed)


def per_image(values: Any) -> Any:
    """Return numbers of shape `(batch,)` with three more axes of size one.

    Example:

    >>> per_image(ops.ones(2)).shape
    (2, 1, 1, 1)
    """
    return ops.reshape(values, (-1, 1, 1, 1))


def rescaled(images: Any, source: tuple, target: tuple) -> Any:
    """Return pixel values of one range in another.

    Args:
        images: A tensor.
        source: Least and largest value of the given pixels.
        target: The same of the result.

    Example:

    >>> rescaled(ops.ones(1), (0, 2), (0, 255)).numpy()
    array([127.5], dtype=float32)
    """
    if tuple(source) == tuple(target):
        return images
    unit = (images - source[0]) / (source[1] - source[0])
    return unit * (target[1] - target[0]) + target[0]


def factor_range(
    value: Any, name: str, lowest: float, highest: float
) -> tuple[float, float]:
    """Return the two ends of a factor: `(-value, value)` for one number.

    Args:
        value: A number or a pair.
        name: The argument's name.
        lowest: Least end allowed; ends of one number are cut to it.
        highest: Largest end allowed.

    Raises:
        ValueError: If it is something else or out of bounds.

    Example:

    >>> factor_range(0.2, "factor", -1.0, 1.0)
    (-0.2, 0.2)
    """
    pair = isinstance(value, (tuple, list))
    numbers = list(value) if pair else [value]
    good = all(isinstance(number, (int, float)) for number in numbers)
    if not good or len(numbers) != (2 if pair else 1):
        good = False
    elif any(not lowest <= number <= highest for number in numbers):
        good = False
    if not good:
        raise ValueError(
            f"`{name}` must be a number or a pair of numbers in "
            f"[{lowest}, {highest}].\nReceived: {name}={value!r}"
        )
    if pair:
        low, high = sorted(numbers)
        return low, high
    size = abs(numbers[0])
    return max(-size, lowest), size


def value_pair(value: Any) -> tuple[float, float]:
    """Return the least and the largest value that pixels may have.

    Raises:
        ValueError: If it is no pair of numbers.

    Example:

    >>> value_pair([0, 255])
    (0, 255)
    """
    if not isinstance(value, (tuple, list)) or len(value) != 2:
        raise ValueError(
            f"`value_range` must be a pair of numbers.\nReceived: value_range={value!r}"
        )
    low, high = sorted(value)
    return low, high
