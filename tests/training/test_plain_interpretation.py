"""Training with plans gives the losses that interpreting node by node gives."""

from __future__ import annotations

import numpy as np
import pytest

import kerasish as keras
from kerasish import layers
from kerasish.backend.devices import device
from kerasish.backend.plan import Function

STEPS, BATCH = 20, 8


def perceptron(rng):
    model = keras.Sequential(
        [
            layers.Input((12,)),
            layers.Dense(16, activation="relu"),
            layers.Dropout(0.2),
            layers.Dense(3, activation="softmax"),
        ]
    )
    model.compile(keras.optimizers.RMSprop(1e-2), "sparse_categorical_crossentropy")
    return model, rng.random((STEPS * BATCH, 12), "float32"), labels(rng, 3)


def reviews(rng):
    model = keras.Sequential(
        [
            layers.Input((7,), dtype="int32"),
            layers.Embedding(30, 6, mask_zero=True),
            layers.LSTM(5),
            layers.Dense(1, activation="sigmoid"),
        ]
    )
    model.compile("adam", "binary_crossentropy")
    return model, tokens(rng, 7), labels(rng, 2)


def characters(rng):
    model = keras.Sequential(
        [layers.Input((6, 9)), layers.LSTM(8), layers.Dense(9, activation="softmax")]
    )
    model.compile(keras.optimizers.RMSprop(0.01), "sparse_categorical_crossentropy")
    return model, np.eye(9, dtype=bool)[tokens(rng, 6) % 9], labels(rng, 9)


def both_directions(rng):
    model = keras.Sequential(
        [
            layers.Input((5,), dtype="int32"),
            layers.Embedding(30, 4),
            layers.Bidirectional(layers.GRU(6, return_sequences=True)),
            layers.GRU(4, reset_after=False),
            layers.Dense(1),
        ]
    )
    model.compile("sgd", "mse")
    return model, tokens(rng, 5), labels(rng, 2)


def transformer(rng):
    words, places = (layers.Input((10,), dtype="int32") for _ in range(2))
    x = layers.Add()([layers.Embedding(30, 8)(words), layers.Embedding(10, 8)(places)])
    attended = layers.MultiHeadAttention(num_heads=2, key_dim=8)(x, x)
    x = layers.LayerNormalization()(layers.Add()([x, layers.Dropout(0.1)(attended)]))
    x = layers.GlobalAveragePooling1D()(layers.Dense(8, activation="relu")(x))
    model = keras.Model([words, places], layers.Dense(2, activation="softmax")(x))
    model.compile("adam", "sparse_categorical_crossentropy")
    order = np.tile(np.arange(10, dtype="int32"), (STEPS * BATCH, 1))
    return model, [tokens(rng, 10), order], labels(rng, 2)


def tokens(rng, length):
    return rng.integers(0, 30, (STEPS * BATCH, length)).astype("int32")


def labels(rng, classes):
    return rng.integers(0, classes, STEPS * BATCH)


def losses(build, name):
    """The loss of each step, and the weights at the end."""
    keras.utils.set_random_seed(1)
    found = []
    with device(name):
        model, x, y = build(np.random.default_rng(5))
        model.fit(
            x,
            y,
            batch_size=BATCH,
            shuffle=False,
            verbose=0,
            callbacks=[
                keras.callbacks.LambdaCallback(
                    on_train_batch_end=lambda batch, logs: found.append(logs["loss"])
                )
            ],
        )
        weights = [np.asarray(w) for w in model.get_weights()]
    assert len(found) == STEPS
    return np.array(found), weights


@pytest.fixture(scope="module")
def interpreted():
    """Losses of plain interpretation, computed once for each model."""
    known = {}

    def run(build):
        if build not in known:
            with pytest.MonkeyPatch.context() as patch:
                patch.setattr(Function, "_new_plan", lambda *arguments: None)
                known[build] = losses(build, "numpy")[0]
        return known[build]

    return run


BUILDERS = (perceptron, reviews, characters, both_directions, transformer)


@pytest.mark.parametrize("name", ["numpy", "cpu"])
@pytest.mark.parametrize("build", BUILDERS, ids=lambda build: build.__name__)
def test_losses_of_plans(build, name, interpreted):
    plain, (planned, weights) = interpreted(build), losses(build, name)
    np.testing.assert_allclose(planned, plain, rtol=1e-4)
    again, same = losses(build, name)
    assert again.tobytes() == planned.tobytes()
    assert all(a.tobytes() == b.tobytes() for a, b in zip(weights, same, strict=True))
