"""The cell of SimpleRNN: one time step."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.arguments import positive_int, rate_argument, set_arguments
from kerasish.layers.recurrent.cells import RecurrentCell, affine


class SimpleRNNCell(RecurrentCell):
    """One step of a simple recurrent layer.

    The output, which is also the next state, is
    `activation(inputs @ kernel + state @ recurrent_kernel + bias)`.

    Args:
        units: Size of the output and of each state.
        activation: Activation of the output.
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
        seed: `None` or an integer.

    Call arguments:
        inputs: Tensor of shape `(batch, features)`.
        states: List of one tensor `(batch, units)`.
        training: Whether features are dropped.

    Output shape: `(batch, units)`, and a list of states of that shape.

    Weights: `kernel` `(features, units)`, `recurrent_kernel` `(units, units)` and
    `bias` `(units,)`.

    Example:

    >>> import kerasish as keras
    >>> cell = keras.layers.SimpleRNNCell(4)
    >>> x, h = keras.ops.ones((2, 3)), keras.ops.zeros((2, 4))
    >>> output, states = cell(x, [h])
    >>> output.shape
    (2, 4)
    """

    state_count = 1
    gate_count = 1

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
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
        seed: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        set_arguments(
            self,
            units=positive_int(units, "units"),
            activation=activation,
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
            seed=seed,
        )
        self.make_seed_generator()

    def call(self, inputs: Any, states: Any, training: bool | None = None) -> Any:
        """Return the output `(batch, units)` and the state of a step."""
        listed = isinstance(states, (list, tuple))
        h = states[0] if listed else states
        inputs, h = self.dropped(inputs, h, training)
        z = affine(inputs, self.kernel, self.bias)
        h = self.activation(z + ops.matmul(h, self.recurrent_kernel))
        return h, [h] if listed else h
