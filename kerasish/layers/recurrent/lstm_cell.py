"""The cell of LSTM: one time step."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.arguments import positive_int, rate_argument, set_arguments
from kerasish.layers.recurrent.cells import RecurrentCell, affine


class LSTMCell(RecurrentCell):
    """One step of a long short-term memory.

    See Hochreiter and Schmidhuber, 1997, "Long Short-Term Memory".

    Args:
        units: Size of the output and of each state.
        activation: Activation of the output.
        recurrent_activation: Activation of the gates.
        use_bias: Whether a bias is added.
        kernel_initializer: Initializer of the kernel of the inputs.
        recurrent_initializer: Initializer of the kernel of the state.
        bias_initializer: Initializer of the bias.
        unit_forget_bias: Whether the bias of the forget gate begins with ones.
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
        states: List of the hidden and the cell state, each `(batch, units)`.
        training: Whether features are dropped.

    Output shape: `(batch, units)`, and a list of states of that shape.

    Weights: `kernel` `(features, 4 * units)`, `recurrent_kernel` `(units, 4 * units)`
    and `bias` `(4 * units,)`; the gates in the order input, forget, candidate, output.

    Example:

    >>> import kerasish as keras
    >>> cell = keras.layers.LSTMCell(4)
    >>> x, h = keras.ops.ones((2, 3)), keras.ops.zeros((2, 4))
    >>> output, states = cell(x, [h, h])
    >>> output.shape
    (2, 4)
    """

    state_count = 2
    gate_count = 4

    def __init__(
        self,
        units: int,
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
            unit_forget_bias=unit_forget_bias,
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

    def make_bias(self, columns: int) -> Any:
        """Make the bias, with ones for the forget gate if wanted."""
        return forget_bias(self, self.units)

    def call(self, inputs: Any, states: Any, training: bool | None = None) -> Any:
        """Return the output `(batch, units)` and the states of a step."""
        h, c = states
        inputs, dropped_h = self.dropped(inputs, h, training)
        z = affine(inputs, self.kernel, self.bias)
        z = z + ops.matmul(dropped_h, self.recurrent_kernel)
        i, f, candidate, o = ops.split(z, 4, axis=-1)
        gate = self.recurrent_activation
        c = gate(f) * c + gate(i) * self.activation(candidate)
        h = gate(o) * self.activation(c)
        return h, [h, c]


def forget_bias(cell: Any, size: int) -> Any:
    """Make the bias of the four gates, with ones for the forget gate if wanted.

    Args:
        cell: The cell; its `bias_initializer` and `unit_forget_bias` are used.
        size: The size of a gate.
    """

    def initializer(shape: Any, dtype: Any = None) -> Any:
        parts = [
            cell.bias_initializer((size,), dtype=dtype),
            ops.ones((size,), dtype=dtype),
            cell.bias_initializer((2 * size,), dtype=dtype),
        ]
        return ops.concatenate(parts, axis=0)

    return cell.add_weight(
        name="bias",
        shape=(4 * size,),
        initializer=initializer if cell.unit_forget_bias else cell.bias_initializer,
        regularizer=cell.bias_regularizer,
        constraint=cell.bias_constraint,
    )
