"""Boxes around objects in images: their formats, how they move and overlap."""

from kerasish.lazy import attach

_HOMES = {
    "bounding_boxes": (
        "affine_transform",
        "clip_to_image_size",
        "convert_format",
        "crop",
        "pad",
    ),
    "box_overlaps": (
        "compute_ciou",
        "compute_iou",
        "decode_deltas_to_boxes",
        "encode_box_to_deltas",
    ),
}

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        name: f"kerasish.layers.preprocessing.{module}"
        for module, names in _HOMES.items()
        for name in names
    },
)
