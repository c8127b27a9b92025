"""LSTM whose products are convolutions, over sequences of rows."""

from __future__ import annotations

from typing import Any

from kerasish.layers.arguments import passed
from kerasish.layers.recurrent.conv_lstm import BaseConvLSTM, BaseConvLSTMCell


class ConvLSTM1DCell(BaseConvLSTMCell):
    """One step of `ConvLSTM1D`: an LSTM cell whose products are convolutions.

    Args:
        filters: Number of channels of the output and of each state.
        kernel_size: Size of the window, one integer or one an axis.
        strides: Step of the window over the inputs.
        padding: `"valid"` (inside only) or `"same"` (zeros around), for the inputs.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        dilation_rate: Distance between the entries of the window over the inputs.
        activation: Activation of the candidate and of the output.
        recurrent_activation: Activation of the gates.
        use_bias: Whether a bias is added.
        kernel_initializer: Initializer of the kernel of the inputs.
        recurrent_initializer: Initializer of the kernel of the state.
        bias_initializer: Initializer of the bias.
        unit_forget_bias: Whether the bias of the forget gate begins at 1.
        kernel_regularizer: Penalty on the kernel of the inputs.
        recurrent_regularizer: Penalty on the kernel of the state.
        bias_regularizer: Penalty on the bias.
        kernel_constraint: Projection of the kernel of the inputs.
        recurrent_constraint: Projection of the kernel of the state.
        bias_constraint: Projection of the bias.
        dropout: Rate at which entries of the inputs are dropped while training.
        recurrent_dropout: Rate at which entries of the state are dropped while
            training.
        seed: `None` or an integer.

    Call arguments:
        inputs: Tensor of shape `(batch, length, channels)`, or with the
            channels after the batch; the sizes of space must be known.
        states: List of two tensors, of the shape of the output.
        training: Whether entries are dropped.

    Output shape: that of a convolution of the inputs, and a list of states of it.

    Weights: `kernel` `(*kernel_size, channels, 4 * filters)`, `recurrent_kernel`
    `(*kernel_size, filters, 4 * filters)` and `bias` `(4 * filters,)`.

    Example:

    >>> import kerasish as keras
    >>> cell = keras.layers.ConvLSTM1DCell(4, 2)
    >>> cell.build((2, 6, 3))
    >>> states = cell.get_initial_state(2)
    >>> output, states = cell(keras.ops.ones((2, 6, 3)), states)
    >>> output.shape
    (2, 5, 4)
    """

    rank = 1

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**passed(locals()))


class ConvLSTM1D(BaseConvLSTM):
    """LSTM over sequences of rows, whose products are convolutions.

    See Shi et al., 2015, https://arxiv.org/abs/1506.04214 (without the peepholes).

    Args:
        filters: Number of channels of the output and of each state.
        kernel_size: Size of the window, one integer or one an axis.
        strides: Step of the window over the inputs.
        padding: `"valid"` (inside only) or `"same"` (zeros around), for the inputs.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        dilation_rate: Distance between the entries of the window over the inputs.
        activation: Activation of the candidate and of the output.
        recurrent_activation: Activation of the gates.
        use_bias: Whether a bias is added.
        kernel_initializer: Initializer of the kernel of the inputs.
        recurrent_initializer: Initializer of the kernel of the state.
        bias_initializer: Initializer of the bias.
        unit_forget_bias: Whether the bias of the forget gate begins at 1.
        kernel_regularizer: Penalty on the kernel of the inputs.
        recurrent_regularizer: Penalty on the kernel of the state.
        bias_regularizer: Penalty on the bias.
        activity_regularizer: Penalty on the output.
        kernel_constraint: Projection of the kernel of the inputs.
        recurrent_constraint: Projection of the kernel of the state.
        bias_constraint: Projection of the bias.
        dropout: Rate at which entries of the inputs are dropped while training.
        recurrent_dropout: Rate at which entries of the state are dropped while
            training.
        seed: `None` or an integer.
        return_sequences: Whether the output has all time steps, or the last.
        return_state: Whether the last states are returned too.
        go_backwards: Whether time runs from the end; outputs come in that order.
        stateful: Whether the states of a batch go on in the next one.

    Call arguments:
        sequences: Tensor of shape `(batch, time, length, channels)`, or with
            the channels after the time; the sizes of space must be known.
        initial_state: List of the two states, zeros by default.
        mask: Boolean tensor of shape `(batch, time)`: where it is false the states are
            kept and the last output is repeated.
        training: Whether entries are dropped.

    Output shape: that of a convolution of one time step, with `return_sequences`
    after `(batch, time)`; with `return_state` a tuple of it and two states.

    Weights: those of `ConvLSTM1DCell`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.ConvLSTM1D(4, 2)
    >>> layer(keras.ops.ones((2, 4, 6, 3))).shape
    (2, 5, 4)
    """

    rank = 1
    cell_class = ConvLSTM1DCell

    def __init__(
        self,
        filters: int,
        kernel_size: Any,
        strides: Any = 1,
        padding: str = "valid",
        data_format: str | None = None,
        dilation_rate: Any = 1,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: Any = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**passed(locals()))
