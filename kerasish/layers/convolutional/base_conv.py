"""What all convolution layers share."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.ops.convolution_padding import (
    check_padding,
    spatial_tuple,
    standardize_data_format,
)
from kerasish.layers.arguments import (
    add_parameter,
    check_width,
    drop_old,
    known_size,
    positive_int,
    set_arguments,
)
from kerasish.layers.input_spec import InputSpec
from kerasish.layers.layer import Layer
from kerasish.layers.low_rank import LowRankKernel


class WindowLayer(Layer):
    """Base of the layers that slide a trainable window over space.

    Args:
        kernel_size: Sizes of the window.
        strides: Steps of the window.
        padding: `"valid"`, `"same"`, or `"causal"` where the layer allows it.
        data_format: `"channels_last"`, `"channels_first"`, or `None`.
        dilation_rate: Distances between the entries of the window.
        activity_regularizer: Penalty on the output.
        **kwargs: Arguments of `Layer`.
    """

    rank = 2
    paddings = ("valid", "same")

    def __init__(
        self,
        kernel_size: Any,
        strides: Any,
        padding: str,
        data_format: str | None,
        dilation_rate: Any,
        activity_regularizer: Any,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        rank = self.rank
        self.kernel_size = spatial_tuple(kernel_size, rank, "kernel_size")
        self.strides = spatial_tuple(strides, rank, "strides")
        self.padding = check_padding(padding, self.paddings)
        self.data_format = standardize_data_format(data_format)
        self.dilation_rate = spatial_tuple(dilation_rate, rank, "dilation_rate")
        if max(self.strides) > 1 and max(self.dilation_rate) > 1:
            raise ValueError(
                f"{type(self).__name__}: either the strides or the dilation rate must "
                f"be 1.\n  Received: strides={self.strides}, "
                f"dilation_rate={self.dilation_rate}"
            )
        self.input_spec = InputSpec(ndim=rank + 2)

    @property
    def channel_axis(self) -> int:
        """The axis of the channels."""
        return -1 if self.data_format == "channels_last" else 1

    def channels(self, input_shape: tuple) -> int:
        """Return the number of channels of an input shape."""
        return known_size(self, input_shape, self.channel_axis, "channels")

    def add_bias(self, count: int) -> None:
        """Make the bias, or none where `use_bias` is false."""
        self.bias = add_parameter(self, "bias", (count,)) if self.use_bias else None

    def check_channels(self, inputs: Any, expected: int, kernel: Any) -> None:
        """Check the number of channels of an input."""
        check_width(self, inputs, self.channel_axis, expected, kernel, "channels")

    def finish(self, outputs: Any) -> Any:
        """Add the bias and apply the activation."""
        if self.bias is not None:
            bias = self.bias
            if self.data_format == "channels_first":
                bias = ops.reshape(bias, (1, bias.shape[0]) + (1,) * self.rank)
            outputs = ops.add(outputs, bias)
        return self.activation(outputs)


def drop_inherited(kwargs: dict[str, Any]) -> None:
    """Take out arguments that Keras 2 stored for these layers without using them.

    Args:
        kwargs: Further arguments, changed in place.

    Raises:
        ValueError: If there are several groups.

    Example:

    >>> drop_inherited({"groups": 1, "kernel_regularizer": None})
    """
    drop_old(kwargs, groups=(1,))
    for name in ("kernel_initializer", "kernel_regularizer", "kernel_constraint"):
        kwargs.pop(name, None)


class BaseConv(WindowLayer, LowRankKernel):
    """Base of Conv1D, Conv2D and Conv3D.

    Args:
        filters: Number of output channels.
        groups: Number of groups the channels are split into.
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
        groups: int,
        activation: Any,
        use_bias: bool,
        kernel_initializer: Any,
        bias_initializer: Any,
        kernel_regularizer: Any,
        bias_regularizer: Any,
        activity_regularizer: Any,
        kernel_constraint: Any,
        bias_constraint: Any,
        **kwargs: Any,
    ) -> None:
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
            groups=positive_int(groups, "groups"),
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )
        if filters % groups:
            raise ValueError(
                f"{type(self).__name__}: `filters` must be a multiple of `groups`.\n"
                f"  Received: filters={filters}, groups={groups}"
            )

    def build(self, input_shape: tuple) -> None:
        """Make the kernel and the bias for inputs of this shape."""
        channels = self.channels(input_shape)
        if channels % self.groups:
            raise ValueError(
                f'layer "{self.name}": the number of input channels must be a multiple '
                f"of `groups`.\n  got: input {tuple(input_shape)}, "
                f"groups={self.groups}"
            )
        shape = (*self.kernel_size, channels // self.groups, self.filters)
        self.kernel = add_parameter(self, "kernel", shape)
        self.add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """Return the convolution of the inputs."""
        kernel = self.kernel
        self.check_channels(inputs, kernel.shape[-2] * self.groups, kernel)
        outputs = ops.conv(
            inputs,
            kernel,
            strides=self.strides,
            padding=self.padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )
        return self.finish(outputs)
