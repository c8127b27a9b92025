"""The fully connected layer."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.arguments import (
    add_parameter,
    check_width,
    known_size,
    positive_int,
    set_arguments,
)
from kerasish.layers.input_spec import InputSpec
from kerasish.layers.low_rank import LowRankKernel


class Dense(LowRankKernel):
    """A fully connected layer: `activation(inputs @ kernel + bias)`.

    Args:
        units: Size of the output's last axis.
        activation: Activation function or its name; `None` for none.
        use_bias: Whether a bias is added.
        kernel_initializer: Initializer of the kernel.
        bias_initializer: Initializer of the bias.
        kernel_regularizer: Penalty on the kernel.
        bias_regularizer: Penalty on the bias.
        activity_regularizer: Penalty on the output.
        kernel_constraint: Projection of the kernel after each update.
        bias_constraint: Projection of the bias after each update.
        lora_rank: Rank of low-rank adaptation, which is then trained in place of
            the kernel; see `enable_lora`.
        lora_alpha: The factor of its correction times the rank; the rank by default.

    Input shape: `(batch, ..., features)`.

    Output shape: `(batch, ..., units)`.

    Weights: `kernel` of shape `(features, units)`, `bias` of shape `(units,)`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Dense(3, activation="relu")
    >>> layer(keras.ops.ones((2, 5))).shape
    (2, 3)
    """

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **kwargs)
        set_arguments(
            self,
            units=positive_int(units, "units"),
            activation=activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            bias_constraint=bias_constraint,
        )
        self.input_spec = InputSpec(min_ndim=2)
        self.supports_masking = True

    def build(self, input_shape: tuple) -> None:
        """Make the kernel and the bias for inputs of this shape."""
        width = known_size(self, input_shape, -1, "features")
        self.kernel = add_parameter(self, "kernel", (width, self.units))
        self.bias = None
        if self.use_bias:
            self.bias = add_parameter(self, "bias", (self.units,))

    def call(self, inputs: Any, training: bool | None = None) -> Any:
        """Return the output for inputs of shape `(batch, ..., features)`."""
        kernel = self.kernel
        check_width(self, inputs, -1, kernel.shape[0], kernel, "features")
        outputs = ops.matmul(inputs, kernel)
        if self.bias is not None:
            outputs = ops.add(outputs, self.bias)
        return self.activation(outputs)
