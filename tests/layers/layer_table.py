"""How each layer is made and called in the automatic suite."""

from __future__ import annotations

from typing import Any

from kerasish import layers as L
from tests.layers.further_table import FURTHER
from tests.layers.image_table import IMAGES
from tests.layers.layer_case import (
    IMAGE,
    MASK,
    SEQUENCE,
    VECTOR,
    VOLUME,
    Case,
    each,
    listed,
    with_states,
)
from tests.layers.layer_case import make_case as _case


class _Twice(L.Wrapper):
    def call(self, inputs: Any) -> Any:
        return self.layer(self.layer(inputs))


CASES: dict[str, Case] = {
    "Activation": _case(lambda: L.Activation("tanh"), VECTOR),
    "ActivityRegularization": _case(lambda: L.ActivityRegularization(0.1), VECTOR),
    "Add": _case(lambda: L.Add(), VECTOR, VECTOR, arguments=listed),
    "AdditiveAttention": _case(
        lambda: L.AdditiveAttention(), SEQUENCE, SEQUENCE, arguments=listed
    ),
    "Attention": _case(
        lambda: L.Attention(use_scale=True), SEQUENCE, SEQUENCE, arguments=listed
    ),
    "Average": _case(lambda: L.Average(), VECTOR, VECTOR, arguments=listed),
    "AveragePooling1D": _case(lambda: L.AveragePooling1D(2), SEQUENCE),
    "AveragePooling2D": _case(lambda: L.AveragePooling2D(2, padding="same"), IMAGE),
    "AveragePooling3D": _case(lambda: L.AveragePooling3D(2), VOLUME),
    "BatchNormalization": _case(lambda: L.BatchNormalization(), SEQUENCE, mask=MASK),
    "Bidirectional": _case(
        lambda: L.Bidirectional(L.LSTM(2, return_sequences=True)), SEQUENCE, mask=MASK
    ),
    "Concatenate": _case(lambda: L.Concatenate(), VECTOR, (3, 2), arguments=listed),
    "Conv1D": _case(lambda: L.Conv1D(3, 2, kernel_regularizer="l2"), SEQUENCE),
    "Conv1DTranspose": _case(lambda: L.Conv1DTranspose(3, 2, strides=2), SEQUENCE),
    "Conv2D": _case(lambda: L.Conv2D(3, 2, activation="tanh"), IMAGE),
    "Conv2DTranspose": _case(
        lambda: L.Conv2DTranspose(3, 2, kernel_constraint="max_norm"), IMAGE
    ),
    "Conv3D": _case(lambda: L.Conv3D(2, 2), VOLUME),
    "Conv3DTranspose": _case(lambda: L.Conv3DTranspose(2, 2, padding="same"), VOLUME),
    "Cropping1D": _case(lambda: L.Cropping1D((1, 2)), SEQUENCE),
    "Cropping2D": _case(lambda: L.Cropping2D(1), IMAGE),
    "Cropping3D": _case(lambda: L.Cropping3D(1), VOLUME),
    "Dense": _case(lambda: L.Dense(3, activation="relu"), SEQUENCE, mask=MASK),
    "DepthwiseConv1D": _case(lambda: L.DepthwiseConv1D(2), SEQUENCE),
    "DepthwiseConv2D": _case(lambda: L.DepthwiseConv2D(2, padding="same"), IMAGE),
    "Dot": _case(lambda: L.Dot(axes=1), VECTOR, VECTOR, arguments=listed),
    "Dropout": _case(lambda: L.Dropout(0.5, seed=1), SEQUENCE, random=True, mask=MASK),
    "ELU": _case(lambda: L.ELU(), VECTOR),
    "EinsumDense": _case(
        lambda: L.EinsumDense("abc,cd->abd", (None, 3), bias_axes="d"), SEQUENCE
    ),
    "Embedding": _case(lambda: L.Embedding(7, 3), (3, 5), integers=7),
    "Flatten": _case(lambda: L.Flatten(), IMAGE),
    "GRU": _case(lambda: L.GRU(2, return_sequences=True), SEQUENCE, mask=MASK),
    "GRUCell": _case(lambda: L.GRUCell(2), VECTOR, (3, 2), arguments=with_states),
    "GaussianDropout": _case(
        lambda: L.GaussianDropout(0.5, seed=1), VECTOR, random=True
    ),
    "GaussianNoise": _case(lambda: L.GaussianNoise(0.5, seed=1), VECTOR, random=True),
    "GlobalAveragePooling1D": _case(
        lambda: L.GlobalAveragePooling1D(), SEQUENCE, mask=MASK
    ),
    "GlobalAveragePooling2D": _case(lambda: L.GlobalAveragePooling2D(), IMAGE),
    "GlobalAveragePooling3D": _case(
        lambda: L.GlobalAveragePooling3D(keepdims=True), VOLUME
    ),
    "GlobalMaxPooling1D": _case(lambda: L.GlobalMaxPooling1D(), SEQUENCE),
    "GlobalMaxPooling2D": _case(lambda: L.GlobalMaxPooling2D(keepdims=True), IMAGE),
    "GlobalMaxPooling3D": _case(lambda: L.GlobalMaxPooling3D(), VOLUME),
    "GroupNormalization": _case(lambda: L.GroupNormalization(2), SEQUENCE),
    "Identity": _case(lambda: L.Identity(), SEQUENCE, mask=MASK),
    "LSTM": _case(lambda: L.LSTM(2, return_state=True), SEQUENCE, mask=MASK),
    "LSTMCell": _case(
        lambda: L.LSTMCell(2), VECTOR, (3, 2), (3, 2), arguments=with_states
    ),
    "Lambda": _case(lambda: L.Lambda(lambda x: 2.0 * x), VECTOR, code=True),
    "LayerNormalization": _case(lambda: L.LayerNormalization(), SEQUENCE, mask=MASK),
    "LeakyReLU": _case(lambda: L.LeakyReLU(0.1), VECTOR),
    "Masking": _case(lambda: L.Masking(), SEQUENCE),
    "MaxPooling1D": _case(lambda: L.MaxPooling1D(), SEQUENCE),
    "MaxPooling2D": _case(lambda: L.MaxPooling2D(), IMAGE),
    "MaxPooling3D": _case(lambda: L.MaxPooling3D(), VOLUME),
    "Maximum": _case(lambda: L.Maximum(), VECTOR, VECTOR, arguments=listed),
    "Minimum": _case(lambda: L.Minimum(), VECTOR, VECTOR, arguments=listed),
    "MultiHeadAttention": _case(
        lambda: L.MultiHeadAttention(2, 3), SEQUENCE, SEQUENCE, arguments=each
    ),
    "Multiply": _case(lambda: L.Multiply(), VECTOR, VECTOR, arguments=listed),
    "PReLU": _case(lambda: L.PReLU(), VECTOR),
    "Permute": _case(lambda: L.Permute((2, 1)), SEQUENCE),
    "RMSNormalization": _case(lambda: L.RMSNormalization(), SEQUENCE),
    "RNN": _case(
        lambda: L.RNN([L.LSTMCell(2), L.GRUCell(3)], return_sequences=True),
        SEQUENCE,
        mask=MASK,
    ),
    "ReLU": _case(lambda: L.ReLU(max_value=1.0), VECTOR),
    "RepeatVector": _case(lambda: L.RepeatVector(2), VECTOR),
    "Reshape": _case(lambda: L.Reshape((-1, 2)), SEQUENCE),
    "SeparableConv1D": _case(lambda: L.SeparableConv1D(3, 2), SEQUENCE),
    "SeparableConv2D": _case(lambda: L.SeparableConv2D(3, 2), IMAGE),
    "SimpleRNN": _case(
        lambda: L.SimpleRNN(2, dropout=0.4, recurrent_dropout=0.3, seed=1),
        SEQUENCE,
        random=True,
        mask=MASK,
    ),
    "SimpleRNNCell": _case(
        lambda: L.SimpleRNNCell(2), VECTOR, (3, 2), arguments=with_states
    ),
    "Softmax": _case(lambda: L.Softmax(), VECTOR),
    "SpatialDropout1D": _case(
        lambda: L.SpatialDropout1D(0.5, seed=1), (4, 3, 8), random=True
    ),
    "SpatialDropout2D": _case(
        lambda: L.SpatialDropout2D(0.5, seed=1), (4, 3, 2, 8), random=True
    ),
    "SpatialDropout3D": _case(
        lambda: L.SpatialDropout3D(0.5, seed=1), (4, 2, 3, 2, 8), random=True
    ),
    "StackedRNNCells": _case(
        lambda: L.StackedRNNCells([L.SimpleRNNCell(2), L.GRUCell(3)]),
        VECTOR,
        (3, 2),
        (3, 3),
        arguments=with_states,
    ),
    "Subtract": _case(lambda: L.Subtract(), VECTOR, VECTOR, arguments=listed),
    "TimeDistributed": _case(
        lambda: L.TimeDistributed(L.Dense(3)), SEQUENCE, mask=MASK
    ),
    "UnitNormalization": _case(lambda: L.UnitNormalization(), VECTOR),
    "UpSampling1D": _case(lambda: L.UpSampling1D(), SEQUENCE),
    "UpSampling2D": _case(lambda: L.UpSampling2D(interpolation="bilinear"), IMAGE),
    "UpSampling3D": _case(lambda: L.UpSampling3D(), VOLUME),
    "Wrapper": _case(lambda: _Twice(L.Dense(4)), VECTOR, own=True),
    "ZeroPadding1D": _case(lambda: L.ZeroPadding1D(), SEQUENCE),
    "ZeroPadding2D": _case(lambda: L.ZeroPadding2D((1, 2)), IMAGE),
    "ZeroPadding3D": _case(lambda: L.ZeroPadding3D(), VOLUME),
}
CASES.update(FURTHER)
CASES.update(IMAGES)
