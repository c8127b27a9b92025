"""TensorFlow's functions of images and of neural networks, with its arguments."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from kerasish import ops

_FORMATS = {"NHWC": "channels_last", "NCHW": "channels_first", "NWC": "channels_last",
            "NCW": "channels_first", "NDHWC": "channels_last"}  # fmt: skip


_METHODS = {0: "bilinear", 1: "nearest", 2: "bicubic", 3: "area"}


def _format(data_format: Any) -> str:
    return _FORMATS.get(data_format, "channels_last")


def _spatial(values: Any, rank: int, data_format: Any) -> Any:
    """Return the part for spatial axes of strides or sizes, which may have all axes."""
    if not isinstance(values, (list, tuple)):
        return values
    if len(values) == rank + 2:
        first = _format(data_format) == "channels_first"
        values = values[2:] if first else values[1:-1]
    return tuple(values) if len(values) > 1 else values[0]


def conv(
    input: Any,
    filters: Any = None,
    strides: Any = 1,
    padding: str = "VALID",
    data_format: Any = None,
    dilations: Any = None,
    filter: Any = None,
    stride: Any = None,
    dilation_rate: Any = None,
    **_: Any,
) -> Any:
    """Convolve, by the arguments of any of TensorFlow's functions that do."""
    kernel = ops.convert_to_tensor(filter if filters is None else filters)
    rank = len(kernel.shape) - 2
    rate = dilations if dilation_rate is None else dilation_rate
    strides = (strides if stride is None else stride) or 1
    geometry = _geometry(strides, padding, data_format, rate, rank)
    return ops.conv(input, kernel, *geometry)


def _geometry(
    strides: Any, padding: str, data_format: Any, rate: Any, rank: int = 2
) -> tuple:
    """Returns strides, padding, data format and dilation as the ops take them."""
    return (
        _spatial(strides, rank, data_format),
        padding.lower(),
        _format(data_format),
        _spatial(rate or 1, rank, data_format),
    )


def _depthwise(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    data_format: Any = None,
    dilations: Any = None,
    rate: Any = None,
) -> Any:
    return ops.depthwise_conv(
        input,
        ops.convert_to_tensor(filter),
        *_geometry(strides, padding, data_format, dilations or rate),
    )


def _separable(
    input: Any,
    depthwise_filter: Any,
    pointwise_filter: Any,
    strides: Any,
    padding: str,
    data_format: Any = None,
    dilations: Any = None,
    rate: Any = None,
) -> Any:
    return ops.separable_conv(
        input,
        ops.convert_to_tensor(depthwise_filter),
        ops.convert_to_tensor(pointwise_filter),
        *_geometry(strides, padding, data_format, dilations or rate),
    )


def _conv_transpose(
    input: Any,
    filters: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: Any = None,
    **_: Any,
) -> Any:
    kernel = ops.convert_to_tensor(filters)
    strides = _spatial(strides, len(kernel.shape) - 2, data_format)
    result = ops.conv_transpose(
        input, kernel, strides, padding.lower(), None, _format(data_format)
    )
    wanted = [size for size in output_shape][1:] if output_shape is not None else []
    for got, size in zip(result.shape[1:], wanted):
        if isinstance(size, int) and isinstance(got, int) and got != size:
            raise ValueError(
                "tf.nn.conv2d_transpose gives another shape here.\n"
                f"Received: output_shape={output_shape}, expected {result.shape}"
            )
    return result


def _pool_of_kind(
    input: Any,
    window_shape: Any,
    pooling_type: str,
    strides: Any = None,
    padding: str = "VALID",
    data_format: Any = None,
    **_: Any,
) -> Any:
    function = ops.max_pool if pooling_type == "MAX" else ops.average_pool
    pool = _pool(function, len(window_shape))
    return pool(input, window_shape, strides or 1, padding, data_format)


def _fused_batch_norm(
    x: Any,
    scale: Any,
    offset: Any,
    mean: Any = None,
    variance: Any = None,
    epsilon: float = 0.001,
    data_format: Any = "NHWC",
    is_training: bool = True,
    **_: Any,
) -> Any:
    axis = 1 if _format(data_format) == "channels_first" else len(x.shape) - 1
    if is_training:
        axes = tuple(n for n in range(len(x.shape)) if n != axis)
        mean, variance = ops.moments(x, axes)
    result = ops.batch_normalization(x, mean, variance, axis, offset, scale, epsilon)
    return result, mean, variance


def _local_response(
    input: Any,
    depth_radius: int = 5,
    bias: float = 1.0,
    alpha: float = 1.0,
    beta: float = 0.5,
) -> Any:
    channels = input.shape[-1]
    margins = [*[(0, 0)] * (len(input.shape) - 1), (depth_radius, depth_radius)]
    squares = ops.pad(ops.square(input), margins)
    parts = [squares[..., n : n + channels] for n in range(2 * depth_radius + 1)]
    return input / (bias + alpha * sum(parts[1:], parts[0])) ** beta


def _hue(image: Any, delta: Any, *_: Any) -> Any:
    hue, saturation, value = ops.unstack(ops.image.rgb_to_hsv(image), axis=-1)
    turned = ops.stack([ops.mod(hue + delta, 1.0), saturation, value], axis=-1)
    return ops.image.hsv_to_rgb(turned)


def _saturation(image: Any, saturation_factor: Any, *_: Any) -> Any:
    hue, saturation, value = ops.unstack(ops.image.rgb_to_hsv(image), axis=-1)
    saturation = ops.clip(saturation * saturation_factor, 0.0, 1.0)
    return ops.image.hsv_to_rgb(ops.stack([hue, saturation, value], axis=-1))


def _psnr(a: Any, b: Any, max_val: Any) -> Any:
    error = ops.mean(ops.square(a - b), axis=(-3, -2, -1))
    return 20 * ops.log10(max_val) - 10 * ops.log10(error)


def _image_dtype(image: Any, dtype: Any, saturate: bool = False) -> Any:
    image = ops.convert_to_tensor(image)
    whole = "int" in image.dtype
    if "int" in str(dtype):
        raise ValueError("tf.image.convert_image_dtype gives only floats here.")
    result = ops.cast(image, dtype)
    if not whole:
        return result
    bits = int(image.dtype.strip("uint"))
    return result / float(2 ** (bits - ("u" not in image.dtype)) - 1)


def _pool(function: Callable, rank: int) -> Callable:
    def call(
        input: Any = None,
        ksize: Any = None,
        strides: Any = None,
        padding: str = "VALID",
        data_format: Any = None,
        value: Any = None,
    ) -> Any:
        return function(
            value if input is None else input,
            _spatial(ksize, rank, data_format),
            _spatial(strides, rank, data_format),
            padding.lower(),
            _format(data_format),
        )

    return call


def _bias_add(value: Any, bias: Any, data_format: Any = None) -> Any:
    bias = ops.convert_to_tensor(bias)
    if _format(data_format) == "channels_first":
        bias = ops.reshape(bias, (-1, *[1] * (len(value.shape) - 2)))
    return ops.add(value, bias)


def _batch_normalization(
    x: Any,
    mean: Any,
    variance: Any,
    offset: Any,
    scale: Any,
    variance_epsilon: float,
) -> Any:
    factor = ops.rsqrt(ops.add(variance, variance_epsilon))
    factor = factor if scale is None else ops.multiply(factor, scale)
    result = ops.multiply(ops.subtract(x, mean), factor)
    return result if offset is None else ops.add(result, offset)


def _softmax_crossentropy(labels: Any, logits: Any, axis: int = -1, **_: Any) -> Any:
    return ops.categorical_crossentropy(labels, logits, from_logits=True, axis=axis)


def _sparse_crossentropy(labels: Any, logits: Any, **_: Any) -> Any:
    return ops.sparse_categorical_crossentropy(labels, logits, from_logits=True)


def _sigmoid_crossentropy(labels: Any, logits: Any, **_: Any) -> Any:
    return ops.binary_crossentropy(labels, logits, from_logits=True)


def _moments(x: Any, axes: Sequence[int], keepdims: bool = False, **kwargs: Any) -> Any:
    keep = bool(keepdims or kwargs.get("keep_dims"))
    return ops.moments(x, axes=tuple(axes), keepdims=keep)


def _space_to_batch(input: Any, block_shape: Any, paddings: Any, **_: Any) -> Any:
    count = len(block_shape)
    rest = len(input.shape) - 1 - count
    x = ops.pad(input, [(0, 0), *map(tuple, paddings), *[(0, 0)] * rest])
    parts: list[int] = []
    for size, block in zip(x.shape[1:], block_shape):
        parts += [size // block, block]
    x = ops.reshape(x, (-1, *parts, *x.shape[1 + count :]))
    blocks = [2 + 2 * number for number in range(count)]
    inner = [1 + 2 * number for number in range(count)]
    tail = range(1 + 2 * count, len(x.shape))
    x = ops.transpose(x, (*blocks, 0, *inner, *tail))
    return ops.reshape(x, (-1, *parts[::2], *x.shape[1 + 2 * count :]))


def _batch_to_space(input: Any, block_shape: Any, crops: Any, **_: Any) -> Any:
    count, x = len(block_shape), input
    sizes = list(x.shape[1 : 1 + count])
    tail = list(x.shape[1 + count :])
    x = ops.reshape(x, (*block_shape, -1, *sizes, *tail))
    order = [count]
    for number in range(count):
        order += [count + 1 + number, number]
    order += range(2 * count + 1, 2 * count + 1 + len(tail))
    sizes = [size * block for size, block in zip(sizes, block_shape)]
    x = ops.reshape(ops.transpose(x, order), (-1, *sizes, *tail))
    kept = [slice(b, n - e) for n, (b, e) in zip(sizes, crops)]
    return x[(slice(None), *kept)]


def _resize(
    images: Any,
    size: Any,
    method: Any = "bilinear",
    preserve_aspect_ratio: bool = False,
    antialias: bool = False,
    **_: Any,
) -> Any:
    if preserve_aspect_ratio:
        raise ValueError("tf.image.resize keeps no aspect ratio here.")
    method = _METHODS.get(method, method)
    result = ops.image.resize(images, size, method, antialias=antialias)
    return result if method == "nearest" else ops.cast(result, "float32")


def _old_resize_images(
    images: Any, size: Any, method: Any = 0, align_corners: bool = False, **_: Any
) -> Any:
    method = _METHODS.get(method, method)
    if method == "bicubic":
        raise ValueError("tf.compat.v1.image.resize_images has no bicubic method here.")
    if method == "area":
        return ops.image.resize(images, size, method)
    return old_resize(images, size, align_corners, nearest=method == "nearest")


def old_resize(
    images: Any,
    size: Any,
    align_corners: bool = False,
    half_pixel_centers: bool = False,
    nearest: bool = False,
) -> Any:
    """Resize as TensorFlow 1 did, where pixels were points at their corners.

    Args:
        images: Images, channels last.
        size: Height and width of the result.
        align_corners: Whether the outermost points stay where they are.
        half_pixel_centers: Whether points are in the middle of pixels, as today.
        nearest: Whether to take the nearest point in place of a mean.
    """
    if half_pixel_centers:
        method = "nearest" if nearest else "bilinear"
        return ops.image.resize(images, tuple(size), method)
    for axis, length in zip((1, 2), size):
        images = _resized_axis(images, axis, int(length), align_corners, nearest)
    return images


def _resized_axis(
    images: Any, axis: int, length: int, align: bool, nearest: bool
) -> Any:
    import numpy as np

    old = images.shape[axis]
    scale = (old - 1) / (length - 1) if align and length > 1 else old / length
    places = np.arange(length) * scale
    if nearest:
        index = np.floor(places + 0.5) if align else np.floor(places)
        return ops.take(images, np.minimum(index, old - 1).astype("int32"), axis=axis)
    low = np.minimum(np.floor(places), old - 1).astype("int32")
    high = np.minimum(low + 1, old - 1)
    shape = [1] * len(images.shape)
    shape[axis] = length
    weight = (places - low).astype("float32").reshape(shape)
    first = ops.cast(ops.take(images, low, axis=axis), "float32")
    second = ops.cast(ops.take(images, high, axis=axis), "float32")
    return first + (second - first) * weight


def _standardized(image: Any) -> Any:
    image = ops.cast(image, "float32")
    count = 1
    for size in image.shape[-3:]:
        count *= size
    mean = ops.mean(image, axis=(-3, -2, -1), keepdims=True)
    std = ops.std(image, axis=(-3, -2, -1), keepdims=True)
    return (image - mean) / ops.maximum(std, 1.0 / count**0.5)


def _contrast(images: Any, contrast_factor: Any) -> Any:
    mean = ops.mean(images, axis=(-3, -2), keepdims=True)
    return (images - mean) * contrast_factor + mean


def _crop(
    image: Any,
    offset_height: int,
    offset_width: int,
    target_height: int,
    target_width: int,
) -> Any:
    rows = slice(offset_height, offset_height + target_height)
    return image[..., rows, offset_width : offset_width + target_width, :]


def _pad_to(
    image: Any,
    offset_height: int,
    offset_width: int,
    target_height: int,
    target_width: int,
) -> Any:
    height, width = image.shape[-3:-1]
    margins = [(0, 0)] * (len(image.shape) - 3)
    margins.append((offset_height, target_height - offset_height - height))
    margins.append((offset_width, target_width - offset_width - width))
    return ops.pad(image, [*margins, (0, 0)])


def _central_crop(image: Any, central_fraction: float) -> Any:
    height, width = image.shape[-3:-1]
    top = int((height - height * central_fraction) / 2)
    left = int((width - width * central_fraction) / 2)
    return _crop(image, top, left, height - 2 * top, width - 2 * left)


def _crop_or_pad(image: Any, target_height: int, target_width: int) -> Any:
    height, width = image.shape[-3:-1]
    rows, columns = min(height, target_height), min(width, target_width)
    top, left = (height - rows) // 2, (width - columns) // 2
    image = _crop(image, top, left, rows, columns)
    top, left = (target_height - rows) // 2, (target_width - columns) // 2
    return _pad_to(image, top, left, target_height, target_width)


def _patches(images: Any, sizes: Any, strides: Any, rates: Any, padding: str) -> Any:
    return ops.image.extract_patches(
        images, tuple(sizes[1:3]), tuple(strides[1:3]), rates[1], padding.lower()
    )


def _rot90(image: Any, k: int = 1) -> Any:
    return ops.rot90(image, k=k, axes=(-3, -2))


def _crelu(features: Any, axis: int = -1) -> Any:
    return ops.relu(ops.concatenate([features, -features], axis=axis))


def _swapped(image: Any) -> Any:
    return ops.swapaxes(image, -3, -2)


FUNCTIONS: dict[str, Callable] = {
    "adjust_brightness": lambda image, delta: ops.add(image, delta),
    "adjust_contrast": _contrast,
    "adjust_gamma": lambda image, gamma=1, gain=1: gain * ops.power(image, gamma),
    "adjust_hue": _hue,
    "adjust_saturation": _saturation,
    "avg_pool": _pool(ops.average_pool, 2),
    "avg_pool1d": _pool(ops.average_pool, 1),
    "avg_pool2d": _pool(ops.average_pool, 2),
    "avg_pool3d": _pool(ops.average_pool, 3),
    "batch_normalization": _batch_normalization,
    "batch_to_space": _batch_to_space,
    "batch_to_space_nd": _batch_to_space,
    "bias_add": _bias_add,
    "central_crop": _central_crop,
    "conv1d": conv,
    "conv2d": conv,
    "conv1d_transpose": _conv_transpose,
    "conv2d_transpose": _conv_transpose,
    "conv3d": conv,
    "conv_transpose": _conv_transpose,
    "convert_image_dtype": _image_dtype,
    "convolution": conv,
    "crelu": _crelu,
    "crop_to_bounding_box": _crop,
    "depth_to_space": lambda input, block_size, data_format="NHWC": ops.depth_to_space(
        input, block_size, _format(data_format)
    ),
    "depthwise_conv2d": _depthwise,
    "depthwise_conv2d_native": _depthwise,
    "embedding_lookup": lambda params, ids, **_: ops.take(params, ids, axis=0),
    "extract_patches": _patches,
    "flip_left_right": lambda image: ops.flip(image, axis=-2),
    "flip_up_down": lambda image: ops.flip(image, axis=-3),
    "fused_batch_norm": _fused_batch_norm,
    "gelu": lambda features, approximate=False: ops.gelu(features, approximate),
    "grayscale_to_rgb": lambda images: ops.repeat(images, 3, axis=-1),
    "hsv_to_rgb": lambda images: ops.image.hsv_to_rgb(images),
    "l2_loss": lambda t: ops.sum(ops.square(t)) / 2,
    "leaky_relu": lambda features, alpha=0.2: ops.leaky_relu(features, alpha),
    "local_response_normalization": _local_response,
    "log_softmax": lambda logits, axis=None, dim=None: ops.log_softmax(
        logits, -1 if axis is None else axis
    ),
    "max_pool": _pool(ops.max_pool, 2),
    "max_pool1d": _pool(ops.max_pool, 1),
    "max_pool2d": _pool(ops.max_pool, 2),
    "max_pool3d": _pool(ops.max_pool, 3),
    "moments": _moments,
    "pad_to_bounding_box": _pad_to,
    "per_image_standardization": _standardized,
    "pool": _pool_of_kind,
    "psnr": _psnr,
    "resize": _resize,
    "resize_bilinear": old_resize,
    "resize_area": lambda images, size, **_: ops.image.resize(images, size, "area"),
    "resize_images": _old_resize_images,
    "resize_nearest_neighbor": lambda images, size, **options: old_resize(
        images, size, nearest=True, **options
    ),
    "resize_with_crop_or_pad": _crop_or_pad,
    "rgb_to_grayscale": lambda images: ops.image.rgb_to_grayscale(images),
    "rgb_to_hsv": lambda images: ops.image.rgb_to_hsv(images),
    "rot90": _rot90,
    "separable_conv2d": _separable,
    "sigmoid_cross_entropy_with_logits": _sigmoid_crossentropy,
    "softmax": lambda logits, axis=None, dim=None: ops.softmax(
        logits, -1 if axis is None else axis
    ),
    "softmax_cross_entropy_with_logits": _softmax_crossentropy,
    "softmax_cross_entropy_with_logits_v2": _softmax_crossentropy,
    "space_to_batch": _space_to_batch,
    "space_to_batch_nd": _space_to_batch,
    "space_to_depth": lambda input, block_size, data_format="NHWC": ops.space_to_depth(
        input, block_size, _format(data_format)
    ),
    "sparse_softmax_cross_entropy_with_logits": _sparse_crossentropy,
    "ssim": lambda img1, img2, max_val, *sizes: ops.image.ssim(
        img1, img2, max_val, *sizes
    ),
    "transpose": _swapped,
}
