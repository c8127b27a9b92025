"""Convolutions and pooling under the arguments of TensorFlow 1."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from kerasish.backend import autodiff, ops
from kerasish.graph.applying import apply
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.creation import listed
from kerasish.graph.documentation import example
from kerasish.graph.mathematics import operands
from kerasish.graph.tensors import Tensor

_FILTER = "`(sizes of the window..., channels, filters)`."
_VALUE = "`(batch, sizes..., channels)`, or as `data_format` says."
_images = functools.partial(
    example, input=_VALUE, value=_VALUE, filter=_FILTER, filters=_FILTER,
    depthwise_filter="`(height, width, channels, multiplier)`.",
    pointwise_filter="`(1, 1, channels * multiplier, filters)`.",
    output_shape="The shape of the result, in which there may be tensors.",
    strides="Steps, a number for each axis; of `convolution` only for the sizes.",
    stride="The step.", padding='`"SAME"` or `"VALID"`.',
    data_format='The order of the axes, such as `"NHWC"` or `"NCHW"`.',
    dilations="Distances within the window, a number for each axis.",
    dilation_rate="Distances within the window, a number for each size.",
    rate="The distance within the window, or two of them.",
)  # fmt: skip


def _layout(data_format: str | None) -> str:
    if data_format is None or not data_format.startswith("NC"):
        return "channels_last"
    return "channels_first"


def _spatial(values: Any, data_format: str | None, argument: str) -> tuple[int, ...]:
    """The numbers for the spatial axes out of those for all axes."""
    if isinstance(values, int):
        return (values,)
    numbers = [int(value) for value in values]
    if len(numbers) < 3:
        return tuple(numbers)
    is_last = _layout(data_format) == "channels_last"
    rest = [numbers[0], numbers[-1] if is_last else numbers[1]]
    if rest != [1, 1]:
        raise ValueError(
            f"{argument} in the batch and depth dimensions must be 1.\n"
            f"Received: {argument}={values}"
        )
    return tuple(numbers[1:-1] if is_last else numbers[2:])


def _padding(padding: str) -> str:
    if padding not in ("SAME", "VALID"):
        raise ValueError(f'padding must be "SAME" or "VALID".\nReceived: {padding!r}')
    return padding.lower()


def _convolved(
    kind: str, function: Callable, x: Any, w: Any, strides: Any, padding: str,
    data_format: str | None, dilations: Any, name: str | None,
) -> Tensor:  # fmt: skip
    x, w = operands(kind, x, w)
    steps = _spatial(strides, data_format, "strides")
    rates = _spatial(dilations or 1, data_format, "dilations")
    settings = {
        "strides": steps if len(steps) > 1 else steps[0],
        "padding": _padding(padding),
        "data_format": _layout(data_format),
        "dilation_rate": rates if len(rates) > 1 else rates[0],
    }
    return apply(kind, lambda a, b: function(a, b, **settings), x, w, name=name)


@_images(
    "tf.shape(y)", "[2 4 4 4]", "x, w = tf.ones([2, 8, 8, 3]), tf.ones([3, 3, 3, 4])",
    'y = tf.nn.conv2d(x, w, [1, 2, 2, 1], "SAME")',
)  # fmt: skip
def conv2d(
    input: Any,
    filter: Any,
    strides: Any,
    padding: str,
    use_cudnn_on_gpu: bool = True,
    data_format: str = "NHWC",
    dilations: Any = (1, 1, 1, 1),
    name: str | None = None,
) -> Tensor:
    """Convolve images.

    Raises:
        ValueError: If shapes do not fit, or a stride of batch or channels is not 1.
    """
    return _convolved(
        "Conv2D", ops.conv, input, filter, strides, padding, data_format, dilations,
        name,
    )  # fmt: skip


@_images(
    'tf.nn.conv1d([[[1.0], [2.0], [3.0]]], [[[1.0]], [[1.0]]], 1, "VALID")',
    "[[[3.]\n  [5.]]]",
)
def conv1d(
    value: Any, filters: Any, stride: Any, padding: str, use_cudnn_on_gpu: Any = None,
    data_format: str | None = None, name: str | None = None,
) -> Tensor:  # fmt: skip
    """Convolve sequences `(batch, width, channels)`."""
    layout = "NCW" if data_format in ("NCHW", "NCW") else "NWC"
    return _convolved(
        "conv1d", ops.conv, value, filters, stride, padding, layout, None, name
    )


@_images(
    "tf.shape(y)", "[1 3 3 3 3]",
    "x, w = tf.ones([1, 4, 4, 4, 2]), tf.ones([2, 2, 2, 2, 3])",
    'y = tf.nn.conv3d(x, w, [1] * 5, "VALID")',
)  # fmt: skip
def conv3d(
    input: Any, filter: Any, strides: Any, padding: str, data_format: str = "NDHWC",
    dilations: Any = (1, 1, 1, 1, 1), name: str | None = None,
) -> Tensor:  # fmt: skip
    """Convolve volumes `(batch, depth, height, width, channels)`."""
    return _convolved(
        "Conv3D", ops.conv, input, filter, strides, padding, data_format, dilations,
        name,
    )  # fmt: skip


@_images(
    "tf.shape(y)", "[2 4 4]", "x, w = tf.ones([2, 8, 3]), tf.ones([3, 3, 4])",
    'y = tf.nn.convolution(x, w, "SAME", [2])',
)  # fmt: skip
def convolution(
    input: Any, filter: Any, padding: str, strides: Any = None,
    dilation_rate: Any = None, name: str | None = None, data_format: Any = None,
) -> Tensor:  # fmt: skip
    """Convolve along one to three axes, with a stride for each of them."""
    rank = len(convert_to_tensor(filter).shape) - 2
    steps = [1, *(strides or [1] * rank), 1]
    rates = [1, *(dilation_rate or [1] * rank), 1]
    if _layout(data_format) == "channels_first":
        steps, rates = [1, *steps[:-1]], [1, *rates[:-1]]
    return _convolved(
        "convolution", ops.conv, input, filter, steps, padding, data_format, rates, name
    )


@_images(
    "tf.shape(y)", "[1 4 4 4]", "x, w = tf.ones([1, 8, 8, 3]), tf.ones([3, 3, 3, 4])",
    'y = tf.nn.atrous_conv2d(x, w, 2, "VALID")',
)  # fmt: skip
def atrous_conv2d(
    value: Any, filters: Any, rate: int, padding: str, name: str | None = None
) -> Tensor:
    """Convolve with holes of `rate - 1` between the elements of the filter."""
    return conv2d(value, filters, [1] * 4, padding, dilations=[1, rate, rate, 1],
                  name=name)  # fmt: skip


@_images(
    "tf.shape(y)", "[1 8 8 6]", "x, w = tf.ones([1, 8, 8, 3]), tf.ones([3, 3, 3, 2])",
    'y = tf.nn.depthwise_conv2d(x, w, [1] * 4, "SAME")',
)  # fmt: skip
def depthwise_conv2d(
    input: Any, filter: Any, strides: Any, padding: str, rate: Any = None,
    name: str | None = None, data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Convolve each channel with filters of its own."""
    return _convolved(
        "depthwise", ops.depthwise_conv, input, filter, strides, padding, data_format,
        rate, name,
    )  # fmt: skip


@_images(
    "tf.shape(y)", "[1 8 8 4]", "x, w = tf.ones([1, 8, 8, 3]), tf.ones([3, 3, 3, 2])",
    'y = tf.nn.separable_conv2d(x, w, tf.ones([1, 1, 6, 4]), [1] * 4, "SAME")',
)  # fmt: skip
def separable_conv2d(
    input: Any, depthwise_filter: Any, pointwise_filter: Any, strides: Any,
    padding: str, rate: Any = None, name: str | None = None,
    data_format: str | None = None,
) -> Tensor:  # fmt: skip
    """Convolve each channel, then mix them by a filter of one pixel."""
    depthwise = depthwise_conv2d(
        input, depthwise_filter, strides, padding, rate, None, data_format
    )
    layout = "NHWC" if data_format is None else data_format
    return conv2d(depthwise, pointwise_filter, [1] * 4, "VALID", data_format=layout,
                  name=name)  # fmt: skip


@_images(
    "tf.shape(y)", "[1 8 8 2]", "x, w = tf.ones([1, 4, 4, 3]), tf.ones([3, 3, 2, 3])",
    "y = tf.nn.conv2d_transpose(x, w, [1, 8, 8, 2], [1, 2, 2, 1])",
)  # fmt: skip
def conv2d_transpose(
    value: Any,
    filter: Any,
    output_shape: Any,
    strides: Any,
    padding: str = "SAME",
    data_format: str = "NHWC",
    name: str | None = None,
) -> Tensor:
    """Return what `conv2d` hands back as the gradient of its input.

    Raises:
        ValueError: If the shapes do not fit.
    """
    return _transposed("conv2d_transpose", value, filter, output_shape, strides,
                       padding, data_format, name)  # fmt: skip


@_images(
    "tf.shape(y)", "[1 4 4 4 1]",
    "x, w = tf.ones([1, 2, 2, 2, 3]), tf.ones([2, 2, 2, 1, 3])",
    "y = tf.nn.conv3d_transpose(x, w, [1, 4, 4, 4, 1], [1, 2, 2, 2, 1])",
)  # fmt: skip
def conv3d_transpose(
    value: Any, filter: Any, output_shape: Any, strides: Any, padding: str = "SAME",
    data_format: str = "NDHWC", name: str | None = None,
) -> Tensor:  # fmt: skip
    """Return the gradient of the input of `conv3d`."""
    return _transposed("conv3d_transpose", value, filter, output_shape, strides,
                       padding, data_format, name)  # fmt: skip


def _transposed(
    kind: str, value: Any, filter: Any, output_shape: Any, strides: Any, padding: str,
    data_format: str, name: str | None,
) -> Tensor:  # fmt: skip
    x, w = operands(kind, value, filter)
    steps = _spatial(strides, data_format, "strides")
    mode, layout = _padding(padding), _layout(data_format)

    def function(y: Any, kernel: Any, sizes: Any) -> Any:
        start = ops.zeros(sizes, y.dtype)
        result = ops.conv(start, kernel, steps, mode, layout)
        fits = result.ndim == y.ndim and all(
            None in (a, b) or a == b for a, b in zip(result.shape, y.shape)
        )
        if not fits:
            raise ValueError(
                f"{kind}: `output_shape` does not fit: a convolution of it has shape "
                f"{result.shape}, the value has shape {y.shape}.\nReceived: {sizes}"
            )
        return autodiff.gradients(result, [start], [y])[0]

    return apply(kind, function, x, w, listed(output_shape), name=name)


def _pooling(name: str, function: str, kind: str) -> Callable:
    def operation(
        value: Any,
        ksize: Any,
        strides: Any,
        padding: str,
        data_format: str | None = None,
        name: str | None = None,
        input: Any = None,
    ) -> Tensor:
        window = _spatial(ksize, data_format, "ksize")
        steps = _spatial(strides, data_format, "strides")
        pool, mode, layout = getattr(ops, function), _padding(padding), data_format
        return apply(
            kind,
            lambda x: pool(x, window, steps, mode, _layout(layout)),
            convert_to_tensor(input if value is None else value),
            name=name,
        )

    operation.__doc__ = f"""Pool windows ({function.replace("_", " ")}).

    Args:
        value: `(batch, ..., channels)`, or channels first.
        ksize: The sizes of the window, a number for each axis of `value`.
        strides: The steps, likewise.
        padding: `"SAME"` or `"VALID"`.
        data_format: The order of the axes, such as `"NHWC"` or `"NCHW"`.
        name: A name.
        input: The newer name of `value`.
    """
    rank = 5 if kind.endswith("3D") else 4
    shape = [1, *[4] * (rank - 2), 3]
    window, printed = [1, *[2] * (rank - 2), 1], [1, *[2] * (rank - 2), 3]
    call = f"tf.nn.{name}(tf.ones({shape}), {window}, {window}, 'SAME')"
    return example(f"tf.shape({call})", str(printed).replace(",", ""))(operation)


max_pool = _pooling("max_pool", "max_pool", "MaxPool")
avg_pool = _pooling("avg_pool", "average_pool", "AvgPool")
max_pool3d = _pooling("max_pool3d", "max_pool", "MaxPool3D")
avg_pool3d = _pooling("avg_pool3d", "average_pool", "AvgPool3D")
