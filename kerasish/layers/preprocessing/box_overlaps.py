"""How much boxes overlap, and boxes as differences from anchors."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import config, ops
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.errors import ShapeError
from kerasish.layers.preprocessing.bounding_boxes import convert_format


def _sizes(image_shape: Any) -> tuple[Any, Any]:
    return (None, None) if image_shape is None else tuple(image_shape[:2])


def _two_corners(first: Any, second: Any, form: str, image_shape: Any) -> list[Tensor]:
    if form.startswith("rel") and image_shape is None:
        raise ValueError(
            "`image_shape` is needed for relative formats.\n"
            f"Received: bounding_box_format={form!r}, image_shape=None"
        )
    sizes = _sizes(image_shape)
    return [convert_format(boxes, form, "xyxy", *sizes) for boxes in (first, second)]


def _overlap(first: list, second: list) -> Any:
    """Return the areas that boxes have in common, from their four numbers."""
    width = ops.minimum(first[2], second[2]) - ops.maximum(first[0], second[0])
    height = ops.minimum(first[3], second[3]) - ops.maximum(first[1], second[1])
    return ops.maximum(width, 0.0) * ops.maximum(height, 0.0)


def compute_iou(
    boxes1: Any,
    boxes2: Any,
    bounding_box_format: str,
    use_masking: bool = False,
    mask_val: float = -1,
    image_shape: Any = None,
) -> Tensor:
    """Return the overlap of each box with each other box, as part of their union.

    Args:
        boxes1: Numbers of shape `(n, 4)` or `(batch, n, 4)`.
        boxes2: Numbers of shape `(m, 4)` or `(batch, m, 4)`.
        bounding_box_format: Their format, as for `convert_format`.
        use_masking: Whether boxes of negative numbers count as no boxes.
        mask_val: What the result is for those.
        image_shape: `(height, width, channels)`, for relative formats.

    Returns:
        A tensor of shape `(n, m)` or `(batch, n, m)`.

    Raises:
        ShapeError: If there are not two or three axes.
        ValueError: If the image's shape is needed.

    Example:

    >>> boxes = [[0.0, 0.0, 2.0, 2.0]]
    >>> compute_iou(boxes, [[1.0, 0.0, 3.0, 2.0]], "xyxy").numpy().round(3).tolist()
    [[0.3330000042915344]]
    """
    pair = _two_corners(boxes1, boxes2, bounding_box_format, image_shape)
    if any(boxes.ndim not in (2, 3) for boxes in pair):
        raise ShapeError(
            "compute_iou: boxes have two or three axes.\n"
            f"  got: {[tuple(boxes.shape) for boxes in pair]}"
        )
    first = [pair[0][..., i][..., :, None] for i in range(4)]
    second = [pair[1][..., i][..., None, :] for i in range(4)]
    common = _overlap(first, second)
    areas = [(box[2] - box[0]) * (box[3] - box[1]) for box in (first, second)]
    result = common / (areas[0] + areas[1] - common + config.epsilon())
    if not use_masking:
        return result
    none = [ops.max(boxes, axis=-1) < 0.0 for boxes in pair]
    empty = ops.logical_or(none[0][..., :, None], none[1][..., None, :])
    return ops.where(empty, ops.cast(mask_val, result.dtype), result)


def compute_ciou(
    boxes1: Any, boxes2: Any, bounding_box_format: str, image_shape: Any = None
) -> Tensor:
    """Return the complete IoU of pairs of boxes.

    It is the overlap as part of the union, less the squared distance of the centres in
    parts of the enclosing box's diagonal, less a term for the ratios of the sides.

    Args:
        boxes1: Numbers of shape `(..., 4)`.
        boxes2: Numbers of the same shape.
        bounding_box_format: Their format, as for `convert_format`.
        image_shape: `(height, width, channels)`, for relative formats.

    Returns:
        A tensor of shape `(...)`.

    Raises:
        ValueError: If the image's shape is needed.

    Reference:
        Zheng et al., 2020, "Distance-IoU loss: faster and better learning for bounding
        box regression".

    Example:

    >>> box = [[0.0, 0.0, 2.0, 2.0]]
    >>> compute_ciou(box, box, "xyxy").numpy().round(3).tolist()
    [1.0]
    """
    small = config.epsilon()
    pair = _two_corners(boxes1, boxes2, bounding_box_format, image_shape)
    first, second = ([boxes[..., i] for i in range(4)] for boxes in pair)
    widths = [box[2] - box[0] for box in (first, second)]
    heights = [box[3] - box[1] + small for box in (first, second)]
    common = _overlap(first, second)
    union = widths[0] * heights[0] + widths[1] * heights[1] - common + small
    iou = common / (union + small)
    enclosing = [
        ops.maximum(first[i + 2], second[i + 2]) - ops.minimum(first[i], second[i])
        for i in range(2)
    ]
    apart = [
        (first[i] + first[i + 2]) / 2 - (second[i] + second[i + 2]) / 2
        for i in range(2)
    ]
    diagonal = ops.square(enclosing[0]) + ops.square(enclosing[1]) + small
    distance = ops.square(apart[0]) + ops.square(apart[1])
    slopes = [ops.arctan(w / h) for w, h in zip(widths, heights)]
    ratio = 4 / math.pi**2 * ops.square(slopes[1] - slopes[0])
    weight = ratio / (ratio - iou + (1 + small))
    return iou - (distance / diagonal + ratio * weight)


def _checked(form: str, name: str, variance: Any) -> Tensor | None:
    if form not in ("center_xywh", "center_yxhw"):
        raise ValueError(
            f"`{name}` must be 'center_xywh' or 'center_yxhw'.\n"
            f"Received: {name}={form!r}"
        )
    if variance is None:
        return None
    variance = as_tensor(variance, "float32")
    if variance.shape[-1] != 4:
        raise ValueError(
            f"`variance` must have four numbers.\nReceived: shape {variance.shape}"
        )
    return variance


def encode_box_to_deltas(
    anchors: Any,
    boxes: Any,
    anchor_format: str,
    box_format: str,
    encoding_format: str = "center_yxhw",
    variance: Any = None,
    image_shape: Any = None,
) -> Tensor:
    """Return boxes as differences from anchors.

    They are the distances of the centres in parts of the anchor's size, and the
    logarithms of the ratios of the sizes.

    Args:
        anchors: Numbers of shape `(n, 4)`.
        boxes: Numbers of shape `(n, 4)` or `(batch, n, 4)`.
        anchor_format: Format of the anchors, as for `convert_format`.
        box_format: Format of the boxes.
        encoding_format: `"center_yxhw"` or `"center_xywh"`: order of the differences.
        variance: Four numbers by which the differences are divided.
        image_shape: `(height, width, channels)`, for relative formats.

    Returns:
        A tensor of the shape of the boxes.

    Raises:
        ValueError: If the format or the variance is none.

    Example:

    >>> anchors, boxes = [[0.0, 0.0, 2.0, 2.0]], [[1.0, 0.0, 3.0, 2.0]]
    >>> encode_box_to_deltas(anchors, boxes, "xyxy", "xyxy").numpy().tolist()
    [[0.0, 0.5, 0.0, 0.0]]
    """
    variance = _checked(encoding_format, "encoding_format", variance)
    sizes = _sizes(image_shape)
    anchors = convert_format(anchors, anchor_format, encoding_format, *sizes)
    boxes = convert_format(boxes, box_format, encoding_format, *sizes)
    spans = [ops.maximum(x[..., 2:], config.epsilon()) for x in (anchors, boxes)]
    distance = (boxes[..., :2] - anchors[..., :2]) / spans[0]
    deltas = ops.concatenate([distance, ops.log(spans[1] / spans[0])], axis=-1)
    return deltas if variance is None else deltas / variance


def decode_deltas_to_boxes(
    anchors: Any,
    boxes_delta: Any,
    anchor_format: str,
    box_format: str,
    encoded_format: str = "center_yxhw",
    variance: Any = None,
    image_shape: Any = None,
) -> Any:
    """Return the boxes that `encode_box_to_deltas` turned into differences.

    Args:
        anchors: Numbers of shape `(n, 4)`, or a dictionary of them.
        boxes_delta: Differences of shape `(n, 4)` or `(batch, n, 4)`, or a dictionary.
        anchor_format: Format of the anchors, as for `convert_format`.
        box_format: Format of the boxes.
        encoded_format: `"center_yxhw"` or `"center_xywh"`: order of the differences.
        variance: Four numbers by which the differences were divided.
        image_shape: `(height, width, channels)`, for relative formats.

    Returns:
        A tensor of the shape of the differences, or a dictionary of them.

    Raises:
        ValueError: If the format or the variance is none.

    Example:

    >>> anchors, deltas = [[0.0, 0.0, 2.0, 2.0]], [[0.0, 0.5, 0.0, 0.0]]
    >>> decode_deltas_to_boxes(anchors, deltas, "xyxy", "xyxy").numpy().tolist()
    [[1.0, 0.0, 3.0, 2.0]]
    """
    if isinstance(anchors, dict) and isinstance(boxes_delta, dict):
        forms = (anchor_format, box_format, encoded_format, variance, image_shape)
        return {
            level: decode_deltas_to_boxes(anchor, boxes_delta[level], *forms)
            for level, anchor in anchors.items()
        }
    variance = _checked(encoded_format, "encoded_format", variance)
    sizes = _sizes(image_shape)
    anchors = convert_format(anchors, anchor_format, encoded_format, *sizes)
    deltas = as_tensor(boxes_delta, "float32")
    if variance is not None:
        deltas = deltas * variance
    centres = deltas[..., :2] * anchors[..., 2:] + anchors[..., :2]
    spans = ops.exp(deltas[..., 2:]) * anchors[..., 2:]
    # Differences of a batch have more axes than the anchors.
    boxes = ops.concatenate([centres, spans], axis=-1)
    return convert_format(boxes, encoded_format, box_format, *sizes)
