"""Pictures of images with boxes, masks and labels, through Pillow."""

from kerasish.lazy import attach

__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        "draw_bounding_boxes": "kerasish.visualization.drawing",
        "draw_segmentation_masks": "kerasish.visualization.drawing",
        "plot_bounding_box_gallery": "kerasish.visualization.galleries",
        "plot_image_gallery": "kerasish.visualization.galleries",
        "plot_segmentation_mask_gallery": "kerasish.visualization.galleries",
    },
)
