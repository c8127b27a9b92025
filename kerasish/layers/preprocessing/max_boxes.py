"""A fixed number of boxes for each image."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.arguments import positive_int
from kerasish.layers.preprocessing.base_image import BaseImagePreprocessingLayer


class MaxNumBoundingBoxes(BaseImagePreprocessingLayer):
    """Leaves out boxes above a number, and fills up images that have fewer.

    Args:
        max_number: Number of boxes for each image.
        fill_value: The numbers and the label of boxes that fill up.

    Input shape: a dictionary with `"images"` and `"bounding_boxes"`.

    Output shape: the same; boxes `(batch, max_number, 4)`, labels
    `(batch, max_number)`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.MaxNumBoundingBoxes(2, bounding_box_format="xyxy")
    >>> boxes = {"boxes": [[[0, 0, 1, 1]]], "labels": [[3]]}
    >>> images = keras.ops.ones((1, 4, 4, 3))
    >>> data = layer({"images": images, "bounding_boxes": boxes})
    >>> data["bounding_boxes"]["labels"].numpy().tolist()
    [[3, -1]]
    """

    _seeded = False

    def __init__(self, max_number: int, fill_value: int = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.max_number = positive_int(max_number, "max_number")
        self.fill_value = int(fill_value)

    def transform_images(
        self, images: Any, transformation: Any = None, training: Any = True
    ) -> Any:
        """Return the images as they are."""
        return images

    def transform_bounding_boxes(
        self, bounding_boxes: Any, transformation: Any, training: Any = True
    ) -> Any:
        """Return as many boxes for each image."""
        return {
            **bounding_boxes,
            "boxes": self._sized(bounding_boxes["boxes"]),
            "labels": self._sized(bounding_boxes["labels"]),
        }

    def _sized(self, value: Any) -> Any:
        value = value[:, : self.max_number]
        size = value.shape[1]
        size = ops.shape(value)[1] if size is None else size
        pads = [(0, 0)] * len(value.shape)
        pads[1] = (0, self.max_number - size)
        filled = ops.pad(value, pads, constant_values=self.fill_value)
        return ops.reshape(filled, (-1, self.max_number, *value.shape[2:]))
