"""Changing images, under the names of `keras.ops.image`."""

from kerasish.lazy import attach

_NAMES = """
    affine_transform crop_images extract_patches extract_patches_3d gaussian_blur
    hsv_to_rgb map_coordinates pad_images perspective_transform resize
    rgb_to_grayscale rgb_to_hsv scale_and_translate sobel_edges ssim
""".split()
__getattr__, __dir__, __all__ = attach(
    __name__,
    {
        **{name: f"kerasish.backend.ops:{name}" for name in _NAMES},
        "elastic_transform": "kerasish.ops.distortion",
    },
)
