"""Boxes and masks drawn into images."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import config
from kerasish.utils.pictures import import_pillow

_LETTER_SIZE = 12


def channels_last(images: Any, data_format: str | None, name: str) -> np.ndarray:
    """Return a batch of images as an array with the channels last.

    Args:
        images: Array of four axes.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the default.
        name: The argument, for messages.

    Raises:
        ValueError: If there are not four axes.

    Example:

    >>> channels_last(np.zeros((1, 3, 4, 5)), "channels_first", "images").shape
    (1, 4, 5, 3)
    """
    array = np.asarray(images)
    if array.ndim != 4:
        raise ValueError(
            f"{name} must be a batch with four axes.\nReceived: shape {array.shape}"
        )
    first = (data_format or config.image_data_format()) == "channels_first"
    return array.transpose(0, 2, 3, 1) if first else array


def as_bytes(images: np.ndarray) -> np.ndarray:
    """Return images as bytes; floats up to 1 are taken as shares of 255.

    Example:

    >>> as_bytes(np.array([0.0, 1.0])), as_bytes(np.array([3.0, 300.0]))
    (array([  0, 255], dtype=uint8), array([  3, 255], dtype=uint8))
    """
    if images.dtype.kind == "f" and images.size and images.max() <= 1.0:
        images = images * 255
    return np.clip(images, 0, 255).astype("uint8")


def draw_bounding_boxes(
    images: Any,
    bounding_boxes: dict,
    bounding_box_format: str,
    class_mapping: dict | None = None,
    color: tuple[int, ...] = (128, 128, 128),
    line_thickness: int = 2,
    text_thickness: int = 1,
    font_scale: float = 1.0,
    data_format: str | None = None,
) -> np.ndarray:
    """Draw boxes, and the names of their classes, into images.

    Args:
        images: Array `(batch, height, width, channels)`.
        bounding_boxes: Dict with `"boxes"` `(batch, count, 4)`, `"labels"` `(batch,
            count)`, of which -1 stands for no box, and optionally `"confidences"`.
        bounding_box_format: `"xyxy"`, `"xywh"`, `"rel_xyxy"` and so on; see
            `kerasish.utils.bounding_boxes.convert_format`.
        class_mapping: Dict from a label to a name.
        color: Red, green and blue from 0 to 255.
        line_thickness: Width of lines in pixels.
        text_thickness: Width of the border of letters.
        font_scale: Size of letters, of which 1 is 12 pixels.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the default.

    Returns:
        Images of bytes, the channels last.

    Raises:
        TypeError: If `bounding_boxes` is no dict.
        ValueError: If it lacks boxes or labels, or `images` is no batch.

    Example:

    >>> boxes = {"boxes": np.array([[[1, 1, 3, 3]]]), "labels": np.array([[0]])}
    >>> drawn = draw_bounding_boxes(
    ...     np.zeros((1, 5, 5, 3)), boxes, "xyxy", color=(9, 9, 9), line_thickness=1
    ... )
    >>> drawn[0, :, 1, 0].tolist()
    [0, 9, 9, 9, 0]
    """
    from PIL import ImageDraw, ImageFont

    from kerasish.utils.bounding_boxes import convert_format

    if not isinstance(bounding_boxes, dict):
        raise TypeError(
            f"bounding_boxes must be a dict.\nReceived: {type(bounding_boxes).__name__}"
        )
    if not {"boxes", "labels"} <= set(bounding_boxes):
        raise ValueError(
            "bounding_boxes must have 'boxes' and 'labels'.\n"
            f"Received: {sorted(bounding_boxes)}"
        )
    pillow = import_pillow()
    pictures = as_bytes(channels_last(images, data_format, "images"))
    given = np.asarray(bounding_boxes["boxes"], "float32")
    corners = convert_format(given, bounding_box_format, "xyxy", *pictures.shape[1:3])
    boxes = np.asarray(corners).astype(int)
    labels = np.asarray(bounding_boxes["labels"]).astype(int)
    shares = bounding_boxes.get("confidences")
    names = class_mapping or {}
    font = ImageFont.load_default(_LETTER_SIZE * font_scale)
    drawn = []
    for number, picture in enumerate(pictures):
        image = pillow.fromarray(picture)
        draw = ImageDraw.Draw(image)
        for place, (x1, y1, x2, y2) in enumerate(boxes[number].tolist()):
            label = labels[number][place]
            if label == -1:
                continue
            edges = [min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2)]
            draw.rectangle(edges, outline=tuple(color), width=line_thickness)
            if label in names:
                text = str(names[label])
                if shares is not None:
                    text += f" | {float(np.asarray(shares)[number][place]):.2f}"
                above = y1 - _LETTER_SIZE * font_scale - 4
                corner = (x1, above) if above >= 0 else (x1 + 3, y1 + line_thickness)
                draw.text(
                    corner, text, tuple(color), font, stroke_width=text_thickness - 1
                )
        drawn.append(np.asarray(image))
    return np.stack(drawn)


def class_colors(count: int) -> list[tuple[int, ...]]:
    """Return a colour for each class number from 0.

    Example:

    >>> class_colors(2)
    [(0, 0, 0), (1, 127, 31)]
    """
    steps = np.array([2**25 - 1, 2**15 - 1, 2**21 - 1])
    return [tuple((number * steps % 255).tolist()) for number in range(count)]


def draw_segmentation_masks(
    images: Any,
    segmentation_masks: Any,
    num_classes: int | None = None,
    color_mapping: Any = None,
    alpha: float = 0.8,
    blend: bool = True,
    ignore_index: int = -1,
    data_format: str | None = None,
) -> np.ndarray:
    """Colour the pixels of images by their classes.

    Args:
        images: Array `(batch, height, width, channels)`.
        segmentation_masks: Integers `(batch, height, width, 1)`.
        num_classes: Number of classes; one more than the largest by default.
        color_mapping: Dict from a class number to a colour.
        alpha: Share of the colours.
        blend: Whether the image shows through.
        ignore_index: The number of pixels that are left as they are.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the default.

    Returns:
        Images, the channels last: bytes if `blend`, else floats.

    Raises:
        TypeError: If the masks are not integers.
        ValueError: If `images` or the masks are no batch.

    Example:

    >>> masks = np.array([0, 1]).reshape(1, 1, 2, 1)
    >>> draw_segmentation_masks(
    ...     np.full((1, 1, 2, 3), 100.0), masks, 2, {0: (0, 0, 0), 1: (200, 0, 0)}, 0.5
    ... )[0, 0].tolist()
    [[50, 50, 50], [150, 50, 50]]
    """
    pictures = channels_last(images, data_format, "images").astype("float32")
    masks = channels_last(segmentation_masks, data_format, "segmentation_masks")[..., 0]
    if masks.dtype.kind not in "iu":
        raise TypeError(
            f"segmentation_masks must be integers.\nReceived: {masks.dtype}"
        )
    count = int(masks.max()) + 1 if num_classes is None else num_classes
    colors = class_colors(count)
    if color_mapping is not None:
        colors = [color_mapping[number] for number in range(count)]
    table = np.asarray(colors, "float32").reshape(count, -1)
    known = (masks >= 0) & (masks < count) & (masks != ignore_index)
    painted = pictures.copy()
    painted[known] = table[masks[known]]
    if not blend:
        return painted
    mixed = pictures * (1 - alpha) + painted * alpha
    return np.where((masks != ignore_index)[..., None], mixed, pictures).astype("uint8")
