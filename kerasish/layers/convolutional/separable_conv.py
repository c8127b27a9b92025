"""Convolutions first along space, then across channels."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.arguments import add_parameter, passed, positive_int, set_arguments
from kerasish.layers.convolutional.base_conv import WindowLayer, drop_inherited


class BaseSeparableConv(WindowLayer):
    """Base of SeparableConv1D and SeparableConv2D.

    Args:
        filters: Number of output channels.
        depth_multiplier: Number of channels between the two steps, for each input
            channel.
        **kwargs: Arguments of `WindowLayer` and `Layer`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any,
        padding: str,
        data_format: str | None,
        dilation_rate: Any,
        depth_multiplier: int,
        activation: Any,
        use_bias: bool,
        depthwise_initializer: Any,
        pointwise_initializer: Any,
        bias_initializer: Any,
        depthwise_regularizer: Any,
        pointwise_regularizer: Any,
        bias_regularizer: Any,
        activity_regularizer: Any,
        depthwise_constraint: Any,
        pointwise_constraint: Any,
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
            filters=positive_int(filters, "filters"),
            depth_multiplier=positive_int(depth_multiplier, "depth_multiplier"),
            activation=activation,
            use_bias=use_bias,
            depthwise_initializer=depthwise_initializer,
            pointwise_initializer=pointwise_initializer,
            bias_initializer=bias_initializer,
            depthwise_regularizer=depthwise_regularizer,
            pointwise_regularizer=pointwise_regularizer,
            bias_regularizer=bias_regularizer,
            depthwise_constraint=depthwise_constraint,
            pointwise_constraint=pointwise_constraint,
            bias_constraint=bias_constraint,
        )

    def build(self, input_shape: tuple) -> None:
        """Make the two kernels and the bias for inputs of this shape."""
        channels = self.channels(input_shape)
        depth = self.depth_multiplier
        first = (*self.kernel_size, channels, depth)
        second = (1,) * self.rank + (channels * depth, self.filters)
        self.depthwise_kernel = add_parameter(
            self, "depthwise_kernel", first, "depthwise"
        )
        self.pointwise_kernel = add_parameter(
            self, "pointwise_kernel", second, "pointwise"
        )
        self.add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """Return the separable convolution of the inputs."""
        kernel = self.depthwise_kernel
        self.check_channels(inputs, kernel.shape[-2], kernel)
        outputs = ops.separable_conv(
            inputs,
            kernel,
            self.pointwise_kernel,
            strides=self.strides,
            padding=self.padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )
        return self.finish(outputs)


class SeparableConv1D(BaseSeparableConv):
    """Convolution of each channel apart, then a product across the channels.

    See Chollet, 2016, https://arxiv.org/abs/1610.02357.

    Args:
        filters: Number of output channels.
        kernel_size: Size of the window.
        strides: Step of the window.
        padding: `"valid"`, `"same"` or `"causal"` (no output sees a later input).
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        dilation_rate: Distance between the entries of the window.
        depth_multiplier: Number of channels between the two steps, for each input
            channel.
        activation: Activation function or its name; `None` for none.
        use_bias: Whether a bias is added.
        depthwise_initializer: Initializer of the first kernel.
        pointwise_initializer: Initializer of the second kernel.
        bias_initializer: Initializer of the bias.
        depthwise_regularizer: Penalty on the first kernel.
        pointwise_regularizer: Penalty on the second kernel.
        bias_regularizer: Penalty on the bias.
        activity_regularizer: Penalty on the output.
        depthwise_constraint: Projection of the first kernel after each update.
        pointwise_constraint: Projection of the second kernel after each update.
        bias_constraint: Projection of the bias after each update.

    Input shape: `(batch, length, channels)`, or with the channels after the
    batch.

    Output shape: the same, with `filters` channels.

    Weights: `depthwise_kernel`, `pointwise_kernel` and `bias`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.SeparableConv1D(5, 3)
    >>> layer(keras.ops.ones((4, 8, 3))).shape
    (4, 6, 5)
    """

    rank = 1
    paddings = ("valid", "same", "causal")

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**passed(locals()))


class SeparableConv2D(BaseSeparableConv):
    """Convolution of each channel apart, then a product across the channels.

    See Chollet, 2016, https://arxiv.org/abs/1610.02357.

    Args:
        filters: Number of output channels.
        kernel_size: Size of the window, one integer or one an axis.
        strides: Step of the window, one integer or one an axis.
        padding: `"valid"` or `"same"`.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        dilation_rate: Distance between the entries of the window.
        depth_multiplier: Number of channels between the two steps, for each input
            channel.
        activation: Activation function or its name; `None` for none.
        use_bias: Whether a bias is added.
        depthwise_initializer: Initializer of the first kernel.
        pointwise_initializer: Initializer of the second kernel.
        bias_initializer: Initializer of the bias.
        depthwise_regularizer: Penalty on the first kernel.
        pointwise_regularizer: Penalty on the second kernel.
        bias_regularizer: Penalty on the bias.
        activity_regularizer: Penalty on the output.
        depthwise_constraint: Projection of the first kernel after each update.
        pointwise_constraint: Projection of the second kernel after each update.
        bias_constraint: Projection of the bias after each update.

    Input shape: `(batch, rows, columns, channels)`, or with the channels after the
    batch.

    Output shape: the same, with `filters` channels.

    Weights: `depthwise_kernel`, `pointwise_kernel` and `bias`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.SeparableConv2D(5, 3)
    >>> layer(keras.ops.ones((2, 8, 8, 3))).shape
    (2, 6, 6, 5)
    """

    rank = 2

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = (1, 1),
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = (1, 1),
        depth_multiplier: int = 1,
        activation: Any = None,
        use_bias: bool = True,
        depthwise_initializer: Any = "glorot_uniform",
        pointwise_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        depthwise_regularizer: Any = None,
        pointwise_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        depthwise_constraint: Any = None,
        pointwise_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**passed(locals()))
