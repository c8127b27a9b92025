"""Convolution in one dimension."""

from __future__ import annotations

from typing import Any

from kerasish.layers.arguments import passed
from kerasish.layers.convolutional.base_conv import BaseConv


class Conv1D(BaseConv):
    """Convolution in one dimension: `activation(conv(inputs, kernel) + bias)`.

    Args:
        filters: Number of output channels.
        kernel_size: Size of the window.
        strides: Step of the window.
        padding: `"valid"`, `"same"` or `"causal"` (no output sees a later input).
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        dilation_rate: Distance between the entries of the window.
        groups: Number of groups of channels that are convolved apart.
        activation: Activation function or its name; `None` for none.
        use_bias: Whether a bias is added.
        kernel_initializer: Initializer of the kernel.
        bias_initializer: Initializer of the bias.
        kernel_regularizer: Penalty on the kernel.
        bias_regularizer: Penalty on the bias.
        activity_regularizer: Penalty on the output.
        kernel_constraint: Projection of the kernel after each update.
        bias_constraint: Projection of the bias after each update.

    Input shape: `(batch, length, channels)`, or with the channels after the
    batch.

    Output shape: the same, with `filters` channels.

    Weights: `kernel` of shape `(*kernel_size, channels // groups, filters)`, `bias` of
    shape `(filters,)`.

    Raises:
        ValueError: If strides and dilation are both above 1, or `filters` is no
            multiple of `groups`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Conv1D(5, 3)
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
        groups: int = 1,
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
        super().__init__(**passed(locals()))
