"""Expressions on images and patches, in the inputs of `linalg_cases`."""

_METHODS = ("nearest", "bilinear", "bicubic", "lanczos3", "lanczos5", "area")
_SIZES = ("(3, 9)", "(8, 4)")
_FILLS = ("constant", "nearest", "wrap", "reflect")

CASES = [
    *(
        f"ops.image.resize(i, {size}, '{method}'{options})"
        for method in _METHODS
        for size in _SIZES
        for options in ("", ", antialias=True")
    ),
    "ops.image.resize(j, (3, 2), data_format='channels_last')",
    "ops.image.resize(i, (2, 7), data_format='channels_first')",
    "ops.image.resize(o, (3, 9))",
    "ops.image.resize(o, (6, 3), 'nearest')",
    "ops.image.resize(o, (7, 3), 'bicubic', antialias=True)",
    "ops.image.resize(i, (4, 4), crop_to_aspect_ratio=True)",
    "ops.image.resize(i, (3, 2), crop_to_aspect_ratio=True)",
    "ops.image.resize(i, (4, 4), pad_to_aspect_ratio=True, fill_value=0.5)",
    "ops.image.resize(i, (6, 8), pad_to_aspect_ratio=True)",
    "ops.image.resize(o, (6, 6), pad_to_aspect_ratio=True)",
    "ops.image.resize(i, (3, 2), 'nosuch')",
    "ops.image.resize(i, (0, 2))",
    "ops.image.resize(b, (3, 2))",
    *(
        f"ops.image.affine_transform(i, q, '{method}', '{mode}', 0.5)"
        for method in ("bilinear", "nearest")
        for mode in _FILLS
    ),
    "ops.image.affine_transform(j, q)",
    "ops.image.affine_transform(o, q, 'nearest')",
    "ops.image.affine_transform(i, q + 2.0, fill_mode='reflect')",
    "ops.image.affine_transform(g, q, data_format='channels_first')",
    "ops.image.affine_transform(i, q, fill_mode='nosuch')",
    "ops.image.perspective_transform(i, e, f)",
    "ops.image.perspective_transform(i, f, e, 'nearest', 0.5)",
    "ops.image.perspective_transform(g, e, f, data_format='channels_first')",
    "ops.image.perspective_transform(j, e[None], f[None])",
    "ops.image.map_coordinates(s[0], ops.stack([p[0], p[0]]), 1)",
    "ops.image.map_coordinates(a, p, 1, 'constant', 2.0)",
    "ops.image.map_coordinates(a, p, 1, 'nearest')",
    "ops.image.map_coordinates(a, p, 0, 'nearest')",
    "ops.image.map_coordinates(a, p - 2.0, 1, 'wrap')",
    "ops.image.map_coordinates(a, p, 1, 'nosuch')",
    "ops.image.map_coordinates(a, p, 2)",
    "ops.image.gaussian_blur(i)",
    "ops.image.gaussian_blur(j, (5, 5), (0.5, 2.0), data_format='channels_last')",
    "ops.image.gaussian_blur(g, (3, 3), (2.0, 1.0), data_format='channels_first')",
    "ops.image.sobel_edges(i)",
    "ops.image.sobel_edges(j[None])",
    "ops.image.sobel_edges(g, data_format='channels_first')",
    "ops.image.ssim(i, i * 0.5, filter_size=3)",
    "ops.image.ssim(j, j + 0.1, max_val=2.0, filter_size=4, filter_sigma=1.0)",
    "ops.image.ssim(g, -g, filter_size=3, k1=0.1, data_format='channels_first')",
    "ops.image.rgb_to_grayscale(i)",
    "ops.image.rgb_to_grayscale(o)",
    "ops.image.rgb_to_grayscale(j)",
    "ops.image.rgb_to_grayscale(i[:, :3], data_format='channels_first')",
    "ops.image.rgb_to_grayscale(g)",
    "ops.image.rgb_to_hsv(i)",
    "ops.image.rgb_to_hsv(i[0])",
    "ops.image.rgb_to_hsv(i[:, :3], data_format='channels_first')",
    "ops.image.rgb_to_hsv(o)",
    "ops.image.hsv_to_rgb(i)",
    "ops.image.hsv_to_rgb(i[0])",
    "ops.image.hsv_to_rgb(i[:, :3], data_format='channels_first')",
    "ops.image.crop_images(i, 1, 2, 1, 1)",
    "ops.image.crop_images(i, top_cropping=1, left_cropping=0, target_height=2,"
    " target_width=3)",
    "ops.image.crop_images(o, bottom_cropping=1, right_cropping=1, target_height=2,"
    " target_width=3)",
    "ops.image.crop_images(i, 1, 1)",
    "ops.image.crop_images(i, 1, 1, target_height=9, target_width=9)",
    "ops.image.pad_images(i, 1, 2, 1, 1)",
    "ops.image.pad_images(i, top_padding=1, left_padding=0, target_height=8,"
    " target_width=7)",
    "ops.image.pad_images(o, bottom_padding=1, right_padding=1, target_height=6,"
    " target_width=6)",
    "ops.image.pad_images(i, 1, 2)",
    "ops.image.pad_images(i, 1, 1, target_height=2, target_width=2)",
    "ops.image.extract_patches(i, 2)",
    "ops.image.extract_patches(i, (2, 3), strides=1)",
    "ops.image.extract_patches(i, 3, strides=2, padding='same')",
    "ops.image.extract_patches(i, 2, strides=1, dilation_rate=2)",
    "ops.image.extract_patches(j, 2)",
    "ops.image.extract_patches_3d(g, (1, 2, 3))",
    "ops.image.extract_patches_3d(i[..., None], (2, 3, 1))",
    "ops.image.extract_patches_3d(i[..., None], 2, strides=1)",
    "ops.image.extract_patches(i[..., None], (2, 2, 2), strides=(2, 2, 1),"
    " padding='same')",
    "ops.image.scale_and_translate(j, (7, 4, 1), [1.5, 0.5], [0.5, -1.0], (0, 1),"
    " 'linear')",
    "ops.image.scale_and_translate(j, (7, 4, 1), v[:2] + 2.0, v[2:4], (0, 1), 'cubic')",
    "ops.image.scale_and_translate(j, (7, 4, 1), v[:2] + 2.0, v[2:4], (0, 1),"
    " 'lanczos3', antialias=False)",
    "ops.unfold(g, 2)",
    "ops.unfold(g, (2, 3), dilation=(2, 1), padding=1, stride=2)",
    "ops.unfold(g, (1, 2), padding=(0, 1), stride=(2, 3))",
    "ops.fold(ops.unfold(g, 2), (4, 5), 2)",
    "ops.fold(ops.unfold(g, (2, 3), padding=1, stride=2), (4, 5), (2, 3), padding=1,"
    " stride=2)",
    "ops.fold(ops.unfold(g, 2, dilation=2), (4, 5), 2, dilation=2)",
    "ops.ctc_loss(n, l, [2, 2], [5, 5])",
    "ops.ctc_loss(n, l, [1, 2], [4, 5])",
    "ops.ctc_loss(n - 1, l, [2, 1], [5, 5], mask_index=3)",
    "ops.ctc_decode(l, [5, 4])",
    "ops.ctc_decode(l, [5, 4], merge_repeated=False, mask_index=2)",
    "ops.ctc_decode(l * 0.1, [5, 3], mask_index=3)",
    "ops.ctc_decode(l, [5, 4], 'beam_search', beam_width=4)",
    "ops.ctc_decode(l, [5, 2], 'beam_search', beam_width=20, top_paths=3)",
    "ops.ctc_decode(l, [3, 4], 'beam_search', top_paths=2, mask_index=3)",
    "ops.ctc_decode(l, [3, 4], 'nosuch')",
]
