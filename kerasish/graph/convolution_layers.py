"""The convolutions of `tf.layers`, and what all layers with kernels share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish.graph import convolutions, neural
from kerasish.graph.arrays import shape
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.documentation import example
from kerasish.graph.graphs import GraphKeys
from kerasish.graph.initializers import Zeros
from kerasish.graph.scopes import get_variable, variable_scope
from kerasish.graph.state import get_default_graph
from kerasish.graph.tensors import Tensor


def several(value: Any, rank: int) -> list[int]:
    """Return a number for each axis."""
    return [int(value)] * rank if isinstance(value, int) else [int(v) for v in value]


def biased(
    y: Tensor, initializer: Any, regularizer: Any, trainable: bool, constraint: Any,
    layout: str | None = None, name: str = "bias",
) -> Tensor:  # fmt: skip
    """Add a bias of a variable of its own."""
    count = y.shape[1 if layout == "NCHW" else -1].value
    bias = get_variable(
        name, [count], y.dtype, initializer or Zeros(), regularizer, trainable,
        constraint=constraint,
    )  # fmt: skip
    return neural.bias_add(y, bias, layout)


def finished(y: Tensor, activation: Any, activity_regularizer: Any) -> Tensor:
    """Apply the activation; what its regularizer says joins the losses."""
    y = y if activation is None else activation(y)
    if activity_regularizer is not None:
        get_default_graph().add_to_collection(
            GraphKeys.REGULARIZATION_LOSSES, activity_regularizer(y)
        )
    return y


def _convolution(rank: int) -> Callable:
    def operation(
        inputs: Any, filters: int, kernel_size: Any, strides: Any = 1,
        padding: str = "valid", data_format: str = "channels_last",
        dilation_rate: Any = 1, activation: Any = None, use_bias: bool = True,
        kernel_initializer: Any = None, bias_initializer: Any = None,
        kernel_regularizer: Any = None, bias_regularizer: Any = None,
        activity_regularizer: Any = None, kernel_constraint: Any = None,
        bias_constraint: Any = None, trainable: bool = True, name: str | None = None,
        reuse: Any = None,
    ) -> Tensor:  # fmt: skip
        x = convert_to_tensor(inputs)
        is_first = data_format == "channels_first"
        channels = x.shape[1 if is_first else -1].value
        layout = "NCHW" if is_first else None
        window = several(kernel_size, rank)
        with variable_scope(name, default_name=f"conv{rank}d", reuse=reuse):
            kernel = get_variable(
                "kernel", [*window, channels, filters], x.dtype, kernel_initializer,
                kernel_regularizer, trainable, constraint=kernel_constraint,
            )  # fmt: skip
            y = convolutions.convolution(
                x, kernel, padding.upper(), several(strides, rank),
                several(dilation_rate, rank), data_format=layout,
            )  # fmt: skip
            if use_bias:
                y = biased(y, bias_initializer, bias_regularizer, trainable,
                            bias_constraint, layout)  # fmt: skip
            return finished(y, activation, activity_regularizer)

    operation.__doc__ = f"""Convolve along {rank} axes; arguments as of `dense`, and:

    Args:
        inputs: `(batch, ..., channels)`, or channels first.
        filters: The number of filters.
        kernel_size: The size of the window.
        strides: The steps.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"` or `"channels_first"`.
        dilation_rate: The distance between elements of the window.
    """
    shape, printed = [1, *[5] * rank, 3], [1, *[3] * rank, 4]
    call = f"tf.layers.conv{rank}d(tf.ones({shape}), 4, kernel_size=3)"
    return example(f"{call}.shape.as_list()", str(printed), run=False)(operation)


conv1d, conv2d, conv3d = (_convolution(rank) for rank in (1, 2, 3))


def conv2d_transpose(
    inputs: Any, filters: int, kernel_size: Any, strides: Any = (1, 1),
    padding: str = "valid", data_format: str = "channels_last", activation: Any = None,
    use_bias: bool = True, kernel_initializer: Any = None, bias_initializer: Any = None,
    kernel_regularizer: Any = None, bias_regularizer: Any = None,
    activity_regularizer: Any = None, kernel_constraint: Any = None,
    bias_constraint: Any = None, trainable: bool = True, name: str | None = None,
    reuse: Any = None,
) -> Tensor:  # fmt: skip
    """Apply a transposed convolution; arguments as of `conv2d`.

    Example:

    >>> import kerasish.graph as tf
    >>> tf.layers.conv2d_transpose(tf.ones((1, 4, 4, 2)), 3, 2, 2).shape.as_list()
    [1, 8, 8, 3]
    """
    x = convert_to_tensor(inputs)
    is_first = data_format == "channels_first"
    layout = "NCHW" if is_first else "NHWC"
    window, steps = several(kernel_size, 2), several(strides, 2)
    places = (2, 3) if is_first else (1, 2)
    sizes = [x.shape[place].value for place in places]
    if padding.lower() == "same":
        longer = [size * step for size, step in zip(sizes, steps)]
    else:
        longer = [n * s + max(w - s, 0) for n, s, w in zip(sizes, steps, window)]
    known = x.shape[0].value
    batch = shape(x)[0] if known is None else known
    output = [batch, filters, *longer] if is_first else [batch, *longer, filters]
    channels = x.shape[1 if is_first else -1].value
    with variable_scope(name, default_name="conv2d_transpose", reuse=reuse):
        kernel = get_variable(
            "kernel", [*window, filters, channels], x.dtype, kernel_initializer,
            kernel_regularizer, trainable, constraint=kernel_constraint,
        )  # fmt: skip
        moves = [1, 1, *steps] if is_first else [1, *steps, 1]
        y = convolutions.conv2d_transpose(
            x, kernel, output, moves, padding.upper(), layout
        )
        if use_bias:
            y = biased(y, bias_initializer, bias_regularizer, trainable,
                        bias_constraint, layout)  # fmt: skip
        return finished(y, activation, activity_regularizer)


def separable_conv2d(
    inputs: Any, filters: int, kernel_size: Any, strides: Any = 1,
    padding: str = "valid", data_format: str = "channels_last",
    dilation_rate: Any = 1, depth_multiplier: int = 1, activation: Any = None,
    use_bias: bool = True, depthwise_initializer: Any = None,
    pointwise_initializer: Any = None, bias_initializer: Any = None,
    depthwise_regularizer: Any = None, pointwise_regularizer: Any = None,
    bias_regularizer: Any = None, activity_regularizer: Any = None,
    depthwise_constraint: Any = None, pointwise_constraint: Any = None,
    bias_constraint: Any = None, trainable: bool = True, name: str | None = None,
    reuse: Any = None,
) -> Tensor:  # fmt: skip
    """Convolve each channel, then mix them; arguments as of `conv2d`, and:

    Args:
        depth_multiplier: The number of filters of each channel.

    Example:

    >>> import kerasish.graph as tf
    >>> tf.layers.separable_conv2d(tf.ones((1, 5, 5, 2)), 4, 3).shape.as_list()
    [1, 3, 3, 4]
    """
    x = convert_to_tensor(inputs)
    is_first = data_format == "channels_first"
    layout, steps = ("NCHW" if is_first else "NHWC"), several(strides, 2)
    channels = x.shape[1 if is_first else -1].value
    with variable_scope(name, default_name="separable_conv2d", reuse=reuse):
        each = get_variable(
            "depthwise_kernel", [*several(kernel_size, 2), channels, depth_multiplier],
            x.dtype, depthwise_initializer, depthwise_regularizer, trainable,
            constraint=depthwise_constraint,
        )  # fmt: skip
        mixing = get_variable(
            "pointwise_kernel", [1, 1, channels * depth_multiplier, filters], x.dtype,
            pointwise_initializer, pointwise_regularizer, trainable,
            constraint=pointwise_constraint,
        )  # fmt: skip
        y = convolutions.separable_conv2d(
            x, each, mixing, [1, 1, *steps] if is_first else [1, *steps, 1],
            padding.upper(), several(dilation_rate, 2), data_format=layout,
        )  # fmt: skip
        if use_bias:
            y = biased(y, bias_initializer, bias_regularizer, trainable,
                        bias_constraint, layout)  # fmt: skip
        return finished(y, activation, activity_regularizer)
