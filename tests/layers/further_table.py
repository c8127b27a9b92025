"""Cases of the automatic suite: layers of Keras 2 and the rarer ones of Keras 3."""

from __future__ import annotations

from typing import Any

from kerasish import layers as L
from kerasish import ops
from tests.layers.layer_case import (
    IMAGE,
    MASK,
    SEQUENCE,
    VECTOR,
    VOLUME,
    Case,
    each,
    with_states,
)
from tests.layers.layer_case import make_case as _case


class _Sum(L.AbstractRNNCell):
    state_size = output_size = 4

    def call(self, inputs: Any, states: Any) -> Any:
        total = inputs + 0.5 * states[0]
        return total, [total]


class _Total(L.Recurrent):
    def build(self, input_shape: Any) -> None:
        self.units = input_shape[-1]
        self.kernel = self.add_weight(name="kernel", shape=(self.units, self.units))

    def step(self, inputs: Any, states: Any) -> Any:
        total = inputs + ops.matmul(states[0], self.kernel)
        return total, [total]


class _ImageTotal(L.ConvRecurrent2D):
    def get_initial_state(self, inputs: Any) -> Any:
        return [ops.zeros_like(inputs[:, 0])]

    def step(self, inputs: Any, states: Any) -> Any:
        total = inputs + 0.5 * states[0]
        return total, [total]


ROWS, FILMS, VOLUMES = (3, 4, 5, 2), (2, 3, 4, 5, 2), (2, 2, 3, 3, 4, 2)

FURTHER: dict[str, Case] = {
    "AbstractRNNCell": _case(
        lambda: _Sum(), VECTOR, (3, 4), arguments=with_states, own=True
    ),
    "AdaptiveAveragePooling1D": _case(lambda: L.AdaptiveAveragePooling1D(3), SEQUENCE),
    "AdaptiveAveragePooling2D": _case(
        lambda: L.AdaptiveAveragePooling2D((2, 4)), IMAGE
    ),
    "AdaptiveAveragePooling3D": _case(lambda: L.AdaptiveAveragePooling3D(2), VOLUME),
    "AdaptiveMaxPooling1D": _case(lambda: L.AdaptiveMaxPooling1D(3), SEQUENCE),
    "AdaptiveMaxPooling2D": _case(lambda: L.AdaptiveMaxPooling2D((2, 4)), IMAGE),
    "AdaptiveMaxPooling3D": _case(lambda: L.AdaptiveMaxPooling3D(2), VOLUME),
    "AlphaDropout": _case(
        lambda: L.AlphaDropout(0.5, seed=1), SEQUENCE, random=True, mask=MASK
    ),
    "ConvLSTM1D": _case(
        lambda: L.ConvLSTM1D(2, 2, return_sequences=True), ROWS, mask=(3, 4)
    ),
    "ConvLSTM1DCell": _case(
        lambda: L.ConvLSTM1DCell(2, 2, padding="same"),
        ROWS[1:],
        (4, 5, 2),
        (4, 5, 2),
        arguments=with_states,
    ),
    "ConvLSTM2D": _case(
        lambda: L.ConvLSTM2D(2, 2, dropout=0.3, recurrent_dropout=0.3, seed=1),
        FILMS,
        random=True,
    ),
    "ConvLSTM2DCell": _case(
        lambda: L.ConvLSTM2DCell(2, 2, padding="same"),
        FILMS[1:],
        (3, 4, 5, 2),
        (3, 4, 5, 2),
        arguments=with_states,
    ),
    "ConvLSTM3D": _case(lambda: L.ConvLSTM3D(2, 2, return_state=True), VOLUMES),
    "ConvLSTM3DCell": _case(
        lambda: L.ConvLSTM3DCell(2, 2, padding="same"),
        VOLUMES[1:],
        (2, 3, 3, 4, 2),
        (2, 3, 3, 4, 2),
        arguments=with_states,
    ),
    "ConvRNN2D": _case(
        lambda: L.ConvRNN2D(L.ConvLSTM2DCell(2, 2), return_sequences=True),
        FILMS,
        mask=(2, 3),
    ),
    "ConvRecurrent2D": _case(
        lambda: _ImageTotal(3, 1, return_sequences=True), FILMS, mask=(2, 3), own=True
    ),
    "CuDNNGRU": _case(lambda: L.CuDNNGRU(2, return_sequences=True), SEQUENCE),
    "CuDNNLSTM": _case(lambda: L.CuDNNLSTM(2, return_state=True), SEQUENCE),
    "GroupQueryAttention": _case(
        lambda: L.GroupQueryAttention(3, 4, 2, use_gate=True),
        SEQUENCE,
        SEQUENCE,
        arguments=each,
    ),
    "Highway": _case(lambda: L.Highway(activation="tanh", W_regularizer="l2"), VECTOR),
    "LocallyConnected1D": _case(
        lambda: L.LocallyConnected1D(3, 2, kernel_regularizer="l2"), SEQUENCE
    ),
    "LocallyConnected2D": _case(
        lambda: L.LocallyConnected2D(3, 2, activation="tanh", padding="same"), IMAGE
    ),
    "MaxoutDense": _case(lambda: L.MaxoutDense(3, 2, b_constraint="max_norm"), VECTOR),
    "Recurrent": _case(
        lambda: _Total(return_sequences=True), SEQUENCE, mask=MASK, own=True
    ),
    "ReversibleEmbedding": _case(
        lambda: L.ReversibleEmbedding(7, 3), (3, 5), integers=7
    ),
    "SpectralNormalization": _case(lambda: L.SpectralNormalization(L.Dense(3)), VECTOR),
    "ThresholdedReLU": _case(lambda: L.ThresholdedReLU(0.5), VECTOR),
}
