"""Gated recurrent unit, over whole sequences."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.arguments import passed
from kerasish.layers.recurrent.cell_rnn import CellRNN
from kerasish.layers.recurrent.gru_cell import GRUCell
from kerasish.layers.recurrent.loop import loop_name


class GRU(CellRNN):
    """Gated recurrent unit.

    See Cho et al., 2014, https://arxiv.org/abs/1406.1078.

    Args:
        units: Size of the output and of each state.
        activation: Activation of the output.
        recurrent_activation: Activation of the gates.
        use_bias: Whether a bias is added.
        kernel_initializer: Initializer of the kernel of the inputs.
        recurrent_initializer: Initializer of the kernel of the state.
        bias_initializer: Initializer of the bias.
        kernel_regularizer: Penalty on the kernel of the inputs.
        recurrent_regularizer: Penalty on the kernel of the state.
        bias_regularizer: Penalty on the bias.
        activity_regularizer: Penalty on the output.
        kernel_constraint: Projection of the kernel of the inputs.
        recurrent_constraint: Projection of the kernel of the state.
        bias_constraint: Projection of the bias.
        dropout: Rate at which features of the inputs are dropped while
            training.
        recurrent_dropout: Rate at which features of the state are dropped while
            training.
        seed: `None` or an integer.
        return_sequences: Whether the output has all time steps, or the last.
        return_state: Whether the last states are returned too.
        go_backwards: Whether time runs from the end; outputs come in that order.
        stateful: Whether the states of a batch go on in the next one.
        unroll: Whether the loop is written out, which fixes the number of
            steps.
        reset_after: Whether the reset gate acts after the product with the
            state's kernel, as cuDNN has it, or on the state before it.
        use_cudnn: Of no effect.

    Call arguments:
        sequences: Tensor of shape `(batch, time, features)`.
        initial_state: List of the state, zeros by default.
        mask: Boolean tensor of shape `(batch, time)`: where it is false the states are
            kept and the last output is repeated.
        training: Whether features are dropped.

    Output shape: `(batch, units)`, or with `return_sequences` `(batch, time, units)`;
    with `return_state` a tuple of it and one state of shape `(batch, units)`.

    Weights: those of `GRUCell`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.GRU(4, return_sequences=True)
    >>> layer(keras.ops.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

    cell_class = GRUCell

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
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
        unroll: bool = False,
        reset_after: bool = True,
        use_cudnn: Any = "auto",
        **kwargs: Any,
    ) -> None:
        super().__init__(**passed(locals()))

    def has_fast_form(self) -> bool:
        """Tell whether the arguments allow the form that computes all steps at once."""
        cell = self.cell
        functions = (cell.activation, cell.recurrent_activation)
        return None not in map(loop_name, functions)

    def run_fast(self, sequences: Any, states: Any, mask: Any) -> tuple:
        """Run over all steps; return the last output, all outputs and the state."""
        cell = self.cell
        return ops.gru_sequence(
            sequences,
            states[0],
            cell.kernel,
            cell.recurrent_kernel,
            cell.bias,
            mask=mask,
            go_backwards=self.go_backwards,
            zero_output_for_mask=self.zero_output_for_mask,
            activation=loop_name(cell.activation),
            recurrent_activation=loop_name(cell.recurrent_activation),
            reset_after=cell.reset_after,
        )
