"""Every rule has work to do in some program that people write."""

from __future__ import annotations

import numpy as np
import pytest

import kerasish as keras
from kerasish import layers, ops
from kerasish.backend.rewrite import passes  # noqa: F401  (fills the table)
from kerasish.backend.rewrite.rules import GRAPH_RULES, RULES, fired

RNG = np.random.default_rng(0)
NAMES = sorted(
    {f.__name__ for table in RULES.values() for rules in table.values() for f in rules}
    | set(GRAPH_RULES)
)


def numbers(*shape):
    return RNG.normal(size=shape).astype("float32")


def train(model, x, y, loss="mse", optimizer="adam"):
    """One step of training, and of prediction."""
    model.compile(optimizer, loss)
    model.train_on_batch(x, y)
    model.predict_on_batch(x)


def convnet():
    """Convolutions with batch normalisation, as in a residual network."""
    x = inputs = keras.Input((12, 12, 3))
    for _ in range(2):
        y = layers.Conv2D(8, 3, padding="same", kernel_regularizer="l2")(x)
        y = layers.ReLU()(layers.BatchNormalization()(y))
        x = layers.Concatenate()([x, y])
    x = layers.Conv2D(4, 6)(layers.MaxPooling2D()(x))
    x = layers.GlobalAveragePooling2D()(x)
    model = keras.Model(inputs, layers.Dense(2, activation="softmax")(x))
    train(model, numbers(4, 12, 12, 3), np.eye(2)[[0, 1, 1, 0]], "log_cosh")


def cells():
    """A recurrent layer of two cells, with dropout of the state."""
    stack = [layers.LSTMCell(4), layers.GRUCell(3, recurrent_dropout=0.5)]
    model = keras.Sequential([keras.Input((5, 3)), layers.RNN(stack), layers.Dense(1)])
    train(model, numbers(2, 5, 3), numbers(2, 1))


def gelu(x):
    """The usual approximation."""
    return 0.5 * x * (1 + ops.tanh(0.79788456 * (x + 0.044715 * x**3)))


def transformer():
    """Attention, partly in half precision."""
    x = inputs = keras.Input((6, 8))
    y = layers.MultiHeadAttention(2, 4, dtype="mixed_float16")(x, x)
    y = layers.LayerNormalization()(layers.add([x, y]))
    y = layers.Dropout(0.1)(layers.Dense(8, dtype="mixed_float16")(y))
    y = layers.Dense(8, activation=gelu, dtype="mixed_float16")(y)
    model = keras.Model(inputs, layers.Dense(1)(layers.Flatten()(y)))
    train(model, numbers(2, 6, 8), numbers(2, 1))


class Bottleneck(layers.Layer):
    """Draws codes, and adds how far they are from a normal distribution."""

    def call(self, inputs):
        mean, log_variance = ops.split(inputs, 2, axis=-1)
        divergence = 1 + log_variance - mean**2 - ops.exp(log_variance)
        self.add_loss(-0.5 * ops.mean(divergence))
        return mean + ops.exp(0.5 * log_variance) * keras.random.normal((4, 2))


def autoencoder():
    """A variational one."""
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(4), Bottleneck(), layers.Dense(6)]
    )
    train(model, numbers(4, 6), numbers(4, 6))


def adversaries():
    """The loss of a discriminator, written as in the paper."""

    def loss(real, fake):
        return -ops.mean(ops.log(ops.sigmoid(real)) + ops.log(1.0 + ops.exp(fake)))

    model = keras.Sequential([keras.Input((3,)), layers.Dense(1)])
    train(model, numbers(4, 3), numbers(4, 1), loss)


def policy():
    """REINFORCE with a baseline."""

    def loss(chosen, scores):
        likelihood = ops.sum(chosen * ops.log(ops.softmax(scores)), axis=-1)
        return ops.mean(likelihood * -ops.ones_like(likelihood))

    hidden = [layers.Dense(8, activation="relu"), layers.Dropout(0.2)]
    model = keras.Sequential([keras.Input((3,)), *hidden, layers.Dense(4)])
    train(model, numbers(4, 3), np.eye(4, dtype="float32"), loss)


def activations():
    """Activation functions written out."""

    def swish_and_elu(x):
        negative = ops.exp(x) - 1.0
        return ops.where(x > 0, x, negative) / (1.0 + ops.exp(-x))

    model = keras.Sequential(
        [
            keras.Input((3,)),
            layers.Normalization(mean=0.0, variance=1.0),
            layers.Dense(4, activation=swish_and_elu),
        ]
    )
    train(model, numbers(4, 3), numbers(4, 4))


WORKLOADS = [convnet, cells, transformer, autoencoder, adversaries, policy, activations]


@pytest.fixture(scope="module")
def rules_that_fired():
    before = fired.copy()
    with keras.device("numpy"):
        for workload in WORKLOADS:
            workload()
    return set(fired - before)


@pytest.mark.parametrize("name", NAMES)
def test_rule_fires(name, rules_that_fired):
    assert name in rules_that_fired
