"""Many images in one picture."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasish.utils.pictures import import_pillow
from kerasish.visualization.drawing import (
    channels_last,
    draw_bounding_boxes,
    draw_segmentation_masks,
)

_TITLE = 14


def _shown(images: Any, data_format: str | None, value_range: Any) -> np.ndarray:
    """Returns images with the channels last and values from 0 to 255."""
    low, high = value_range
    batch = channels_last(images, data_format, "images").astype("float32")
    return np.clip((batch - low) * (255.0 / (high - low)), 0, 255)


def _titles(count: int, y_true: Any, y_pred: Any, label_map: Any) -> list[str]:
    if (y_true is not None or y_pred is not None) and label_map is None:
        raise ValueError("With y_true or y_pred a label_map must be given.")
    titles = [""] * count
    for word, labels in (("Label", y_true), ("Pred", y_pred)):
        for number, label in enumerate([] if labels is None else np.asarray(labels)):
            if number < count:
                name = label_map.get(label.item(), "Unknown")
                titles[number] += f"{word}: {name}  "
    return [title.rstrip() for title in titles]


def _legend(handles: Any) -> list[tuple[str, tuple[int, ...]]]:
    """Returns labels and colours of pairs, or of objects like those of matplotlib."""
    found = []
    for handle in handles or ():
        if hasattr(handle, "get_label"):
            shares = handle.get_facecolor()[:3]
            handle = (handle.get_label(), [round(255 * share) for share in shares])
        found.append((str(handle[0]), tuple(handle[1])))
    return found


def plot_image_gallery(
    images: Any,
    y_true: Any = None,
    y_pred: Any = None,
    label_map: dict | None = None,
    rows: int | None = None,
    cols: int | None = None,
    value_range: tuple[float, float] = (0, 255),
    scale: float = 2,
    path: Any = None,
    show: bool | None = None,
    transparent: bool = True,
    dpi: int = 60,
    legend_handles: Any = None,
    data_format: str | None = None,
) -> Any:
    """Put images into the rows and columns of one picture.

    Args:
        images: Array `(batch, height, width, channels)`.
        y_true: Label of each image.
        y_pred: Predicted label of each image.
        label_map: Dict from a label to a name.
        rows: Number of rows.
        cols: Number of columns.
        value_range: The least and the largest value of the images.
        scale: Size of an image in inches.
        path: File to write the picture into.
        show: Whether to open it in the viewer of the system.
        transparent: Whether the space between images is transparent.
        dpi: Pixels in an inch.
        legend_handles: Pairs of a text and a colour, or patches of matplotlib.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the default.

    Returns:
        A Pillow image, which notebooks show.

    Raises:
        ValueError: If both `path` and `show` are given, labels have no names, or
            `images` is no batch.

    Example:

    >>> plot_image_gallery(np.zeros((4, 8, 8, 3)), rows=2, cols=2, scale=1).size
    (120, 120)
    """
    if path is not None and show:
        raise ValueError("Only one of path and show can be given.")
    pillow = import_pillow()
    from PIL import ImageDraw, ImageFont

    batch = _shown(images, data_format, value_range).astype("uint8")
    rows = rows or math.ceil(math.sqrt(len(batch) / cols if cols else len(batch)))
    cols = cols or math.ceil(len(batch) / rows)
    batch = batch[: rows * cols]
    titles = _titles(len(batch), y_true, y_pred, label_map)
    if batch.shape[-1] == 1:
        batch = np.repeat(batch, 3, axis=-1)
    legend = _legend(legend_handles)
    head = _TITLE if any(titles) else 0
    side = max(round(scale * dpi), 1)
    size = (cols * side, rows * (side + head) + _TITLE * len(legend))
    sheet = pillow.new("RGBA", size, (255, 255, 255, 0 if transparent else 255))
    draw = ImageDraw.Draw(sheet)
    font = ImageFont.load_default(_TITLE - 4)
    for number, (array, title) in enumerate(zip(batch, titles)):
        left, top = number % cols * side, number // cols * (side + head)
        share = side / max(array.shape[:2])
        shape = [max(round(edge * share), 1) for edge in (array.shape[1::-1])]
        image = pillow.fromarray(array).resize(shape, pillow.Resampling.NEAREST)
        sheet.paste(image, (left + (side - shape[0]) // 2, top + head))
        draw.text((left + side / 2, top + 1), title, "black", font, anchor="ma")
    for number, (text, color) in enumerate(reversed(legend), start=1):
        top = size[1] - number * _TITLE
        draw.rectangle([2, top + 2, _TITLE - 2, top + _TITLE - 2], tuple(color))
        draw.text((_TITLE + 2, top + 1), text, "black", font)
    if path is not None:
        sheet.save(path)
    elif show:
        sheet.show()
    return sheet


def plot_bounding_box_gallery(
    images: Any,
    bounding_box_format: str,
    y_true: dict | None = None,
    y_pred: dict | None = None,
    value_range: tuple[float, float] = (0, 255),
    true_color: tuple[int, ...] = (0, 188, 212),
    pred_color: tuple[int, ...] = (255, 235, 59),
    line_thickness: int = 2,
    font_scale: float = 1.0,
    text_thickness: int | None = None,
    class_mapping: dict | None = None,
    ground_truth_mapping: dict | None = None,
    prediction_mapping: dict | None = None,
    legend: bool = False,
    legend_handles: Any = None,
    rows: int | None = None,
    cols: int | None = None,
    data_format: str | None = None,
    **kwargs: Any,
) -> Any:
    """Put images with true and predicted boxes into one picture.

    Args:
        images: Array `(batch, height, width, channels)`.
        bounding_box_format: See `draw_bounding_boxes`.
        y_true: The true boxes, as `draw_bounding_boxes` takes them.
        y_pred: The predicted ones.
        value_range: The least and the largest value of the images.
        true_color: Colour of the true boxes.
        pred_color: Colour of the predicted ones.
        line_thickness: Width of lines in pixels.
        font_scale: Size of letters.
        text_thickness: Width of letters; `line_thickness` by default.
        class_mapping: Dict from a label to a name.
        ground_truth_mapping: The same for true boxes alone.
        prediction_mapping: The same for predicted ones.
        legend: Whether to tell what the colours mean.
        legend_handles: Another legend; see `plot_image_gallery`.
        rows: Number of rows.
        cols: Number of columns.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the default.
        **kwargs: Further arguments of `plot_image_gallery`.

    Returns:
        A Pillow image, which notebooks show.

    Raises:
        ValueError: If two legends are given, or `images` is no batch.

    Example:

    >>> boxes = {"boxes": np.array([[[1, 1, 5, 5]]]), "labels": np.array([[0]])}
    >>> picture = plot_bounding_box_gallery(np.zeros((1, 8, 8, 3)), "xyxy", boxes)
    """
    if legend and legend_handles:
        raise ValueError("Only one of legend and legend_handles can be given.")
    pictures = _shown(images, data_format, value_range).astype("uint8")
    for boxes, color, names in (
        (y_true, true_color, ground_truth_mapping or class_mapping),
        (y_pred, pred_color, prediction_mapping or class_mapping),
    ):
        if boxes is not None:
            pictures = draw_bounding_boxes(
                pictures,
                boxes,
                bounding_box_format,
                names,
                color,
                line_thickness,
                text_thickness or line_thickness,
                font_scale,
                "channels_last",
            )
    if legend:
        legend_handles = [("Ground Truth", true_color), ("Prediction", pred_color)]
    return plot_image_gallery(
        pictures,
        legend_handles=legend_handles,
        rows=rows,
        cols=cols,
        data_format="channels_last",
        **kwargs,
    )


def plot_segmentation_mask_gallery(
    images: Any,
    num_classes: int,
    value_range: tuple[float, float] = (0, 255),
    y_true: Any = None,
    y_pred: Any = None,
    color_mapping: dict | None = None,
    blend: bool = True,
    alpha: float = 0.8,
    ignore_index: int = -1,
    data_format: str | None = None,
    **kwargs: Any,
) -> Any:
    """Put images beside their true and predicted masks, one image a row.

    Args:
        images: Array `(batch, height, width, channels)`.
        num_classes: Number of classes.
        value_range: The least and the largest value of the images.
        y_true: The true classes `(batch, height, width, 1)`.
        y_pred: The predicted ones.
        color_mapping: Dict from a class number to a colour.
        blend: Whether the images show through the masks.
        alpha: Share of the colours.
        ignore_index: The number of pixels that are left as they are.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the default.
        **kwargs: Further arguments of `plot_image_gallery`.

    Returns:
        A Pillow image, which notebooks show.

    Raises:
        ValueError: If `images` or masks are no batch.

    Example:

    >>> masks = np.zeros((2, 8, 8, 1), int)
    >>> images = np.zeros((2, 8, 8, 3))
    >>> plot_segmentation_mask_gallery(images, 3, y_true=masks, scale=1).size
    (120, 120)
    """
    pictures = _shown(images, data_format, value_range)
    columns = [pictures]
    for masks in (y_true, y_pred):
        if masks is not None:
            drawn = draw_segmentation_masks(
                pictures,
                channels_last(masks, data_format, "masks").astype("int32"),
                num_classes,
                color_mapping,
                alpha,
                blend,
                ignore_index,
                "channels_last",
            )
            columns.append(drawn.astype("float32"))
    together = np.stack(columns, axis=1).reshape(-1, *pictures.shape[1:])
    return plot_image_gallery(
        together,
        rows=len(pictures),
        cols=len(columns),
        data_format="channels_last",
        **kwargs,
    )
