"""The recurrent layers that Keras 2 had for NVIDIA's library, as plain ones."""

from __future__ import annotations

from typing import Any

from kerasish.layers.arguments import passed
from kerasish.layers.recurrent.gru import GRU
from kerasish.layers.recurrent.lstm import LSTM

_FIXED = (
    "activation",
    "recurrent_activation",
    "use_bias",
    "dropout",
    "recurrent_dropout",
    "seed",
    "unroll",
    "reset_after",
)


class CuDNNLSTM(LSTM):
    """`LSTM` with the options fixed that NVIDIA's library once needed.

    It computes the same as `LSTM(units)` on every device.

    Args:
        units: Size of the output and of each state.
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
        return_sequences: Whether the output has all time steps, or the last.
        return_state: Whether the last states are returned too.
        stateful: Whether the states of a batch go on in the next one.

    Input shape: `(batch, time, features)`.

    Output shape: `(batch, units)`, or with `return_sequences` `(batch, time, units)`.

    Weights: those of `LSTMCell`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.CuDNNLSTM(4, return_sequences=True)
    >>> layer(keras.ops.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

    def __init__(
        self,
        units: int,
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
        return_sequences: bool = False,
        return_state: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**passed(locals()))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return _without_fixed(super().get_config())


class CuDNNGRU(GRU):
    """`GRU` with the options fixed that NVIDIA's library once needed.

    It computes the same as `GRU(units, reset_after=True)` on every device.

    Args:
        units: Size of the output and of each state.
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
        return_sequences: Whether the output has all time steps, or the last.
        return_state: Whether the last states are returned too.
        stateful: Whether the states of a batch go on in the next one.

    Input shape: `(batch, time, features)`.

    Output shape: `(batch, units)`, or with `return_sequences` `(batch, time, units)`.

    Weights: those of `GRUCell`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.CuDNNGRU(4, return_sequences=True)
    >>> layer(keras.ops.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

    def __init__(
        self,
        units: int,
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
        return_sequences: bool = False,
        return_state: bool = False,
        stateful: bool = False,
        **kwargs: Any,
    ) -> None:
        super().__init__(**passed(locals()))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return _without_fixed(super().get_config())


def _without_fixed(config: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in config.items() if name not in _FIXED}
