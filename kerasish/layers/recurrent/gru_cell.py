"""The cell of GRU: one time step."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.arguments import (
    add_parameter,
    positive_int,
    rate_argument,
    set_arguments,
)
from kerasish.layers.recurrent.cells import RecurrentCell, affine


class GRUCell(RecurrentCell):
    """One step of a gated recurrent unit.

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
        kernel_constraint: Projection of the kernel of the inputs.
        recurrent_constraint: Projection of the kernel of the state.
        bias_constraint: Projection of the bias.
        dropout: Rate at which features of the inputs are dropped while
            training.
        recurrent_dropout: Rate at which features of the state are dropped while
            training.
        reset_after: Whether the reset gate acts after the product with the
            state's kernel, as cuDNN has it, or on the state before it.
        seed: `None` or an integer.

    Call arguments:
        inputs: Tensor of shape `(batch, features)`.
        states: List of one tensor `(batch, units)`.
        training: Whether features are dropped.

    Output shape: `(batch, units)`, and a list of states of that shape.

    Weights: `kernel` `(features, 3 * units)`, `recurrent_kernel` `(units, 3 * units)`
    and `bias`, `(2, 3 * units)` with `reset_after`, else `(3 * units,)`; the gates in
    the order update, reset, candidate.

    Example:

    >>> import kerasish as keras
    >>> cell = keras.layers.GRUCell(4)
    >>> x, h = keras.ops.ones((2, 3)), keras.ops.zeros((2, 4))
    >>> output, states = cell(x, [h])
    >>> output.shape
    (2, 4)
    """

    state_count = 1
    gate_count = 3

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
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        set_arguments(
            self,
            units=positive_int(units, "units"),
            activation=activation,
            recurrent_activation=recurrent_activation,
            use_bias=use_bias,
            kernel_initializer=kernel_initializer,
            recurrent_initializer=recurrent_initializer,
            bias_initializer=bias_initializer,
            kernel_regularizer=kernel_regularizer,
            recurrent_regularizer=recurrent_regularizer,
            bias_regularizer=bias_regularizer,
            kernel_constraint=kernel_constraint,
            recurrent_constraint=recurrent_constraint,
            bias_constraint=bias_constraint,
            dropout=rate_argument(dropout, "dropout"),
            recurrent_dropout=rate_argument(recurrent_dropout, "recurrent_dropout"),
            reset_after=reset_after,
            seed=seed,
        )
        self.make_seed_generator()

    def make_bias(self, columns: int) -> Any:
        """Make the bias, of two rows with `reset_after`."""
        shape = (2, columns) if self.reset_after else (columns,)
        return add_parameter(self, "bias", shape)

    def call(self, inputs: Any, states: Any, training: bool | None = None) -> Any:
        """Return the output `(batch, units)` and the state of a step."""
        listed = isinstance(states, (list, tuple))
        h = states[0] if listed else states
        inputs, h = self.dropped(inputs, h, training)
        bias = self.bias
        input_bias = state_bias = None
        if bias is not None:
            bias = ops.convert_to_tensor(bias)
            input_bias, state_bias = (
                (bias[0], bias[1]) if self.reset_after else (bias, None)
            )
        x = ops.split(affine(inputs, self.kernel, input_bias), 3, axis=-1)
        gate = self.recurrent_activation
        if self.reset_after:
            inner = ops.split(affine(h, self.recurrent_kernel, state_bias), 3, axis=-1)
            update, reset = gate(x[0] + inner[0]), gate(x[1] + inner[1])
            candidate = self.activation(x[2] + reset * inner[2])
        else:
            kernel = ops.convert_to_tensor(self.recurrent_kernel)
            gates, last = kernel[:, : 2 * self.units], kernel[:, 2 * self.units :]
            inner = ops.split(ops.matmul(h, gates), 2, axis=-1)
            update, reset = gate(x[0] + inner[0]), gate(x[1] + inner[1])
            candidate = self.activation(x[2] + ops.matmul(reset * h, last))
        h = update * h + (1.0 - update) * candidate
        return h, [h] if listed else h
