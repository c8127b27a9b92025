"""What all transposed convolution layers share."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.arguments import (
    add_parameter,
    drop_old,
    positive_int,
    set_arguments,
)
from kerasish.layers.convolutional.base_conv import WindowLayer


class BaseConvTranspose(WindowLayer):
    """Base of Conv1DTranspose, Conv2DTranspose and Conv3DTranspose.

    Args:
        filters: Number of output channels.
        output_padding: Surplus size of the output; `None` lets the padding decide.
        **kwargs: Arguments of `WindowLayer` and `Layer`.
    """

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any,
        padding: str,
        output_padding: Any,
        data_format: str | None,
        dilation_rate: Any,
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
        drop_old(kwargs, groups=(1,))
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
            output_padding=self._surplus(output_padding),
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )

    def _surplus(self, value: Any) -> tuple[int, ...] | None:
        if value is None:
            return None
        entries = (value,) * self.rank if isinstance(value, int) else tuple(value)
        if len(entries) != self.rank or min(entries) < 0:
            raise ValueError(
                f"`output_padding` must be an integer of at least 0 or {self.rank} of "
                f"these.\nReceived: output_padding={value!r}"
            )
        return entries

    def build(self, input_shape: tuple) -> None:
        """Make the kernel and the bias for inputs of this shape."""
        shape = (*self.kernel_size, self.filters, self.channels(input_shape))
        self.kernel = add_parameter(self, "kernel", shape)
        self.add_bias(self.filters)

    def call(self, inputs: Any) -> Any:
        """Return the transposed convolution of the inputs."""
        kernel = self.kernel
        self.check_channels(inputs, kernel.shape[-1], kernel)
        outputs = ops.conv_transpose(
            inputs,
            kernel,
            strides=self.strides,
            padding=self.padding,
            output_padding=self.output_padding,
            data_format=self.data_format,
            dilation_rate=self.dilation_rate,
        )
        return self.finish(outputs)
