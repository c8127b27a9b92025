"""Boxes around objects in images: their formats and how they move."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.errors import ShapeError, did_you_mean

FORMATS = (
    "xyxy",
    "yxyx",
    "xywh",
    "center_xywh",
    "center_yxhw",
    "rel_xyxy",
    "rel_yxyx",
    "rel_xywh",
    "rel_center_xywh",
)


def _parts(boxes: Any) -> list[Tensor]:
    return ops.split(boxes, 4, axis=-1)


def _joined(*parts: Any) -> Tensor:
    return ops.concatenate(parts, axis=-1)


def _rows_first(form: str) -> bool:
    return form.removeprefix("center_").startswith("y")


def _to_corners(boxes: Tensor, form: str) -> Tensor:
    """Return boxes of an absolute or a relative format as left, top, right, bottom."""
    a, b, c, d = _parts(boxes)
    if _rows_first(form):
        a, b, c, d = b, a, d, c
    if form.startswith("center"):
        return _joined(a - c / 2.0, b - d / 2.0, a + c / 2.0, b + d / 2.0)
    return _joined(a, b, a + c, b + d) if form == "xywh" else _joined(a, b, c, d)


def _from_corners(boxes: Tensor, form: str) -> Tensor:
    """Return boxes given as left, top, right, bottom in another format."""
    a, b, c, d = _parts(boxes)
    if form.startswith("center"):
        a, b, c, d = a + (c - a) / 2.0, b + (d - b) / 2.0, c - a, d - b
    elif form == "xywh":
        c, d = c - a, d - b
    return _joined(b, a, d, c) if _rows_first(form) else _joined(a, b, c, d)


def convert_format(
    boxes: Any,
    source: str,
    target: str,
    height: Any = None,
    width: Any = None,
    dtype: str = "float32",
) -> Any:
    """Return boxes in another format.

    The formats are `"xyxy"` (left, top, right, bottom), `"yxyx"`, `"xywh"` (left, top,
    width, height), `"center_xywh"`, `"center_yxhw"`, and `"rel_xyxy"`, `"rel_yxyx"`,
    `"rel_xywh"` and `"rel_center_xywh"`, whose numbers are parts of the image's size.

    Args:
        boxes: Numbers of shape `(..., 4)`, or a dictionary with them under `"boxes"`.
        source: The format that they have.
        target: The format that they shall have.
        height: Height of the image, for the relative formats.
        width: Width of the image, for the relative formats.
        dtype: Data type of the result.

    Returns:
        A tensor of the same shape, or a copy of the dictionary with it.

    Raises:
        ValueError: If a format is unknown, or a size is missing.
        ShapeError: If the last axis has not four entries.

    Example:

    >>> convert_format([[1.0, 2.0, 3.0, 5.0]], "xyxy", "xywh").numpy().tolist()
    [[1.0, 2.0, 2.0, 3.0]]
    """
    if isinstance(boxes, dict):
        moved = convert_format(boxes["boxes"], source, target, height, width, dtype)
        return {**boxes, "boxes": moved}
    boxes = ops.cast(as_tensor(boxes), dtype)
    if boxes.shape[-1] != 4:
        raise ShapeError(
            "convert_format: the last axis of boxes has four entries.\n"
            f"  got: {tuple(boxes.shape)}"
        )
    source, target = source.lower(), target.lower()
    for name, form in (("source", source), ("target", target)):
        if form not in FORMATS:
            raise ValueError(
                f"`{name}` must be one of {FORMATS}.{did_you_mean(form, FORMATS)}\n"
                f"Received: {name}={form!r}"
            )
    relative = (source.startswith("rel_"), target.startswith("rel_"))
    if any(relative) and (height is None or width is None):
        raise ValueError(
            "`height` and `width` of the image are needed for relative formats.\n"
            f"Received: source={source!r}, target={target!r}, height={height}, "
            f"width={width}"
        )
    if source == target:
        return boxes
    corners = _to_corners(boxes, source.removeprefix("rel_"))
    if relative[0] != relative[1]:
        rows, columns = (ops.cast(as_tensor(x), dtype) for x in (height, width))
        factors = (columns, rows, columns, rows)
        change = ops.multiply if relative[0] else ops.divide
        corners = _joined(*map(change, _parts(corners), factors))
    return _from_corners(corners, target.removeprefix("rel_"))


def clip_to_image_size(
    bounding_boxes: dict[str, Any],
    height: Any = None,
    width: Any = None,
    bounding_box_format: str = "xyxy",
) -> dict[str, Any]:
    """Cut boxes to the image; what has no area left gets the label -1.

    Args:
        bounding_boxes: A dictionary with `"boxes"` of shape `(..., 4)` and perhaps
            `"labels"` of shape `(...)`.
        height: Height of the image.
        width: Width of the image.
        bounding_box_format: `"xyxy"` or `"rel_xyxy"`.

    Returns:
        A copy of the dictionary with the new boxes and labels.

    Raises:
        ValueError: If a size is missing.
        NotImplementedError: If it is another format.

    Example:

    >>> clip_to_image_size({"boxes": [[-1.0, 2.0, 3.0, 9.0]]}, 4, 4)["boxes"].numpy()
    array([[0., 2., 3., 4.]], dtype=float32)
    """
    _only_corners(bounding_box_format, ("xyxy", "rel_xyxy"))
    if bounding_box_format == "rel_xyxy":
        height = width = 1.0
    elif height is None or width is None:
        raise ValueError(
            "`height` and `width` of the image are needed for the format 'xyxy'.\n"
            f"Received: height={height}, width={width}"
        )
    left, top, right, bottom = _within(bounding_boxes["boxes"], height, width)
    result = {**bounding_boxes, "boxes": _joined(left, top, right, bottom)}
    if bounding_boxes.get("labels") is not None:
        area = ops.squeeze((right - left) * (bottom - top), -1)
        labels = as_tensor(bounding_boxes["labels"])
        outside = ops.cast(-1, labels.dtype)
        result["labels"] = ops.where(area > 0, labels, outside)
    return result


def _only_corners(form: str, allowed: tuple[str, ...] = ("xyxy",)) -> None:
    if form not in allowed:
        raise NotImplementedError(
            f"The boxes must be in one of the formats {allowed}; use convert_format.\n"
            f"Received: bounding_box_format={form!r}"
        )


def _within(boxes: Any, height: Any, width: Any) -> list[Tensor]:
    boxes = as_tensor(boxes)
    rows, columns = (ops.cast(as_tensor(x), boxes.dtype) for x in (height, width))
    ends = (columns, rows, columns, rows)
    return [ops.clip(part, 0.0, end) for part, end in zip(_parts(boxes), ends)]


def crop(
    boxes: Any,
    top: Any,
    left: Any,
    height: Any,
    width: Any,
    bounding_box_format: str = "xyxy",
) -> Tensor:
    """Return boxes as they are after a part is cut out of the image.

    Args:
        boxes: Numbers of shape `(..., 4)`.
        top: First row that is kept.
        left: First column that is kept.
        height: Height of the part.
        width: Width of the part.
        bounding_box_format: `"xyxy"`.

    Returns:
        Boxes of the same shape, cut to the part.

    Raises:
        NotImplementedError: If it is another format.

    Example:

    >>> crop([[10.0, 20.0, 50.0, 60.0]], 10, 20, 40, 30).numpy().tolist()
    [[0.0, 10.0, 30.0, 40.0]]
    """
    moved = pad(boxes, -top, -left, bounding_box_format=bounding_box_format)
    return _joined(*_within(moved, height, width))


def pad(
    boxes: Any,
    top: Any,
    left: Any,
    height: Any = None,
    width: Any = None,
    bounding_box_format: str = "xyxy",
) -> Tensor:
    """Return boxes as they are after the image is padded.

    Args:
        boxes: Numbers of shape `(..., 4)`.
        top: Rows added above.
        left: Columns added on the left.
        height: Height of the image; of no meaning.
        width: Width of the image; of no meaning.
        bounding_box_format: `"xyxy"`.

    Returns:
        Boxes of the same shape.

    Raises:
        NotImplementedError: If it is another format.

    Example:

    >>> pad([[1.0, 2.0, 3.0, 4.0]], top=10, left=20).numpy().tolist()
    [[21.0, 12.0, 23.0, 14.0]]
    """
    _only_corners(bounding_box_format)
    a, b, c, d = _parts(as_tensor(boxes))
    return _joined(a + left, b + top, c + left, d + top)


def around(boxes: Any, mapped: Any) -> Tensor:
    """Return the smallest boxes around the mapped corners of boxes.

    Args:
        boxes: Left, top, right, bottom, of shape `(..., 4)`.
        mapped: A function of the coordinates `(x, y)` of places, of shape `(..., 1)`,
            that returns where they go.

    Returns:
        Boxes of the same shape.
    """
    left, top, right, bottom = _parts(boxes)
    corners = [mapped(x, y) for x in (left, right) for y in (top, bottom)]
    x, y = (_joined(*places) for places in zip(*corners))
    least = [ops.min(places, axis=-1, keepdims=True) for places in (x, y)]
    most = [ops.max(places, axis=-1, keepdims=True) for places in (x, y)]
    return _joined(*least, *most)


def affine_transform(
    boxes: Any,
    angle: Any,
    translate_x: Any,
    translate_y: Any,
    scale: Any,
    shear_x: Any,
    shear_y: Any,
    height: Any,
    width: Any,
    center_x: Any = None,
    center_y: Any = None,
    bounding_box_format: str = "xyxy",
) -> Tensor:
    """Return the boxes around boxes that are turned, moved, scaled and sheared.

    A point `p` goes to `c + scale R (p - c - t)`, where `c` is the centre, `t` the
    shift and `R` the inverse of a turn after a shear.

    Args:
        boxes: Numbers of shape `(batch, boxes, 4)`.
        angle: Angles in degrees, of shape `(batch,)`; as the next five.
        translate_x: Shifts to the right, as parts of the width.
        translate_y: Shifts downwards, as parts of the height.
        scale: Factors.
        shear_x: Angles of the shear along rows, in degrees.
        shear_y: Angles of the shear along columns, in degrees.
        height: Height of the image.
        width: Width of the image.
        center_x: The place that stays, as part of the width; the middle by default.
        center_y: The place that stays, as part of the height; the middle by default.
        bounding_box_format: `"xyxy"`.

    Returns:
        Boxes of the same shape.

    Raises:
        NotImplementedError: If it is another format.

    Example:

    >>> none = [0.0]
    >>> boxes = [[[1.0, 2.0, 3.0, 4.0]]]
    >>> turned = affine_transform(boxes, [90.0], none, none, [1.0], none, none, 11, 11)
    >>> turned.numpy().round(3).tolist()
    [[[2.0, 7.0, 4.0, 9.0]]]
    """
    _only_corners(bounding_box_format)
    radian = math.pi / 180.0
    per_image = [ops.cast(as_tensor(x), "float32")[:, None, None] for x in (
        angle, translate_x, translate_y, scale, shear_x, shear_y
    )]  # fmt: skip
    turn, right, down, scale, slope_x, slope_y = per_image
    turn, slope_x, slope_y = (-radian * x for x in (turn, slope_x, slope_y))
    columns, rows = (ops.cast(as_tensor(x), "float32") - 1.0 for x in (width, height))
    x0 = (0.5 if center_x is None else center_x) * columns
    y0 = (0.5 if center_y is None else center_y) * rows
    a = ops.cos(turn - slope_y) / ops.cos(slope_y)
    b = a * ops.tan(slope_x) + ops.sin(turn)
    c = -ops.sin(turn - slope_y) / ops.cos(slope_y)
    d = ops.cos(turn) - c * ops.tan(slope_x)

    def mapped(x: Any, y: Any) -> tuple[Any, Any]:
        x, y = x - x0 + right * columns, y - y0 + down * rows
        return x0 + scale * (d * x - b * y), y0 + scale * (a * y - c * x)

    return around(ops.cast(as_tensor(boxes), "float32"), mapped)


def dense_boxes(bounding_boxes: Any) -> dict[str, Any]:
    """Return boxes and labels as tensors; lists of several lengths are filled up.

    Args:
        bounding_boxes: A dictionary with `"boxes"` and `"labels"`.

    Returns:
        The dictionary with tensors; boxes that fill up are 0 and their labels -1.

    Raises:
        ValueError: If there are no boxes or no labels.

    Example:

    >>> ragged = {"boxes": [[[0, 0, 1, 1]], []], "labels": [[5], []]}
    >>> dense_boxes(ragged)["labels"].numpy().tolist()
    [[5], [-1]]
    """
    parts = bounding_boxes if isinstance(bounding_boxes, dict) else {}
    if not {"boxes", "labels"} <= set(parts):
        raise ValueError(
            "`bounding_boxes` must be a dictionary with 'boxes' and 'labels'.\n"
            f"Received: bounding_boxes={bounding_boxes!r}"
        )
    boxes, labels = parts["boxes"], parts["labels"]
    if isinstance(boxes, list) and boxes and isinstance(labels[0], list):
        most = max(map(len, boxes))
        boxes = [list(row) + [[0] * 4] * (most - len(row)) for row in boxes]
        labels = [list(row) + [-1] * (most - len(row)) for row in labels]
    boxes, labels = as_tensor(boxes), as_tensor(labels)
    if boxes.ndim not in (2, 3) or labels.ndim not in (boxes.ndim - 1, boxes.ndim):
        raise ShapeError(
            "boxes have the shape (boxes, 4) or (batch, boxes, 4), labels (boxes,) or "
            f"(batch, boxes).\n  got: {tuple(boxes.shape)} and {tuple(labels.shape)}"
        )
    return {**parts, "boxes": ops.cast(boxes, "float32"), "labels": labels}
