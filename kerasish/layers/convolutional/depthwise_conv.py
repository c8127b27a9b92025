"""Convolutions that keep the channels apart."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.arguments import add_parameter, passed, positive_int, set_arguments
from kerasish.layers.convolutional.base_conv import WindowLayer, drop_inherited


class BaseDepthwiseConv(WindowLayer):
    """Base of DepthwiseConv1D and DepthwiseConv2D.

    Args:
        depth_multiplier: Number of output channels for each input channel.
        **kwargs: Arguments of `WindowLayer` and `Layer`.
    """

    def __init__(
        self,
        kernel_size: Any,
        strides: Any,
        padding: str,
        depth_multiplier: int,
        data_format: str | None,
        dilation_rate: Any,
        activation: Any,
        use_bias: bool,
        depthwise_initializer: Any,
        bias_initializer: Any,
        depthwise_regularizer: Any,
        bias_regularizer: Any,
        activity_regularizer: Any,
        depthwise_constraint: Any,
        bias_constraint: Any,
        **kwargs: Any,
    ) -> None:
        drop_inherited(kwargs)
        super().__init__(
            kernel_size,
            strides,
            padding,
            data_format,
            dilation_rate,
            activity_regularizer,
            **kwargs,
        )
        set_arguments(
            self,
            depth_multiplier=positive_int(depth_multiplier, "depth_multiplier"),
            activation=activation,
            use_bias=use_bias,
            depthwise_initializer=depthwise_initializer,
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            bias_regularizer=bias_regularizer,
            depthwise_constraint=depthwise_constraint,
            bias_constraint=bias_constraint,
        )

    def build(self, input_shape: tuple) -> None:
        """Make the kernel and the bias for inputs of this shape."""
        channels = self.channels(input_shape)
        shape = (*self.kernel_size, channels, self.depth_multiplier)
        self.kernel = add_parameter(self, "kernel", shape, "depthwise")
        self.add_bias(channels * self.depth_multiplier)

    def call(self, inputs: Any) -> Any:
        """Return the convolution of each channel of the inputs."""
        kernel = self.kernel
        self.check_channels(inputs, kernel.shape[-2], kernel)
        outputs = ops.depthwise_conv(
            inputs,
            kernel,
            strides=self.strides,
            padding=self.padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )
        return self.finish(outputs)


class DepthwiseConv1D(BaseDepthwiseConv):
    """Convolution in one dimension that keeps the channels apart.

    Args:
        kernel_size: Size of the window.
        strides: Step of the window.
        padding: `"valid"` or `"same"`.
        depth_multiplier: Number of output channels for each input channel.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        dilation_rate: Distance between the entries of the window.
        activation: Activation function or its name; `None` for none.
        use_bias: Whether a bias is added.
        depthwise_initializer: Initializer of the kernel.
        bias_initializer: Initializer of the bias.
        depthwise_regularizer: Penalty on the kernel.
        bias_regularizer: Penalty on the bias.
        activity_regularizer: Penalty on the output.
        depthwise_constraint: Projection of the kernel after each update.
        bias_constraint: Projection of the bias after each update.

    Input shape: `(batch, length, channels)`, or with the channels after the
    batch.

    Output shape: the same, with `channels * depth_multiplier` channels.

    Weights: `kernel` of shape `(*kernel_size, channels, depth_multiplier)`, `bias` of
    shape `(channels * depth_multiplier,)`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.DepthwiseConv1D(3, depth_multiplier=2)
    >>> layer(keras.ops.ones((4, 8, 3))).shape
    (4, 6, 6)
    """

    rank = 1

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**passed(locals()))


class DepthwiseConv2D(BaseDepthwiseConv):
    """Convolution in two dimensions that keeps the channels apart.

    Args:
        kernel_size: Size of the window, one integer or one an axis.
        strides: Step of the window, one integer or one an axis.
        padding: `"valid"` or `"same"`.
        depth_multiplier: Number of output channels for each input channel.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        dilation_rate: Distance between the entries of the window.
        activation: Activation function or its name; `None` for none.
        use_bias: Whether a bias is added.
        depthwise_initializer: Initializer of the kernel.
        bias_initializer: Initializer of the bias.
        depthwise_regularizer: Penalty on the kernel.
        bias_regularizer: Penalty on the bias.
        activity_regularizer: Penalty on the output.
        depthwise_constraint: Projection of the kernel after each update.
        bias_constraint: Projection of the bias after each update.

    Input shape: `(batch, rows, columns, channels)`, or with the channels after the
    batch.

    Output shape: the same, with `channels * depth_multiplier` channels.

    Weights: `kernel` of shape `(*kernel_size, channels, depth_multiplier)`, `bias` of
    shape `(channels * depth_multiplier,)`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.DepthwiseConv2D(3, depth_multiplier=2)
    >>> layer(keras.ops.ones((2, 8, 8, 3))).shape
    (2, 6, 6, 6)
    """

    rank = 2

    def __init__(
        self,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        depth_multiplier: int = 1,
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**passed(locals()))
