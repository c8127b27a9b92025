"""Products of Hessians and vectors, by gradients of gradients of whole models."""

import numpy as np
import pytest

import kerasish as keras
from kerasish import backend as K
from kerasish import layers


def convnet():
    keras.utils.set_random_seed(1)
    return keras.Sequential(
        [
            layers.Input((8, 8, 2)),
            layers.Conv2D(4, 3, activation="tanh"),
            layers.AveragePooling2D(),
            layers.Conv2D(3, 2, activation="sigmoid", padding="same"),
            layers.MaxPooling2D(),
            layers.Flatten(),
            layers.Dense(3, activation="softmax"),
        ]
    )


def recurrent():
    keras.utils.set_random_seed(2)
    return keras.Sequential(
        [
            layers.Input((5, 4)),
            layers.LSTM(6, return_sequences=True),
            layers.GRU(4),
            layers.Dense(3, activation="softmax"),
        ]
    )


@pytest.mark.parametrize("build", [convnet, recurrent])
def test_a_hessian_times_a_vector(build):
    model, rng = build(), np.random.default_rng(0)
    x = rng.normal(size=(6, *model.input_shape[1:])).astype("float32")
    y = np.eye(3, dtype="float32")[rng.integers(0, 3, 6)]
    weights = model.trainable_weights
    vectors = [rng.normal(size=w.shape).astype("float32") for w in weights]
    target = K.placeholder((None, 3))
    loss = K.mean(K.categorical_crossentropy(target, model.output))
    slopes = K.gradients(loss, weights)
    along = sum(K.sum(g * K.constant(v)) for g, v in zip(slopes, vectors))
    products = K.gradients(along, weights)
    slopes_of = K.function([model.input, target], slopes)
    found = K.function([model.input, target], products)([x, y])
    start, step = model.get_weights(), 3e-3

    def slopes_at(distance):
        model.set_weights([w + distance * v for w, v in zip(start, vectors)])
        return slopes_of([x, y])

    pairs = zip(slopes_at(step), slopes_at(-step))
    numeric = [(above - below) / (2 * step) for above, below in pairs]
    scale = max(np.abs(part).max() for part in numeric)
    for product, difference in zip(found, numeric, strict=True):
        np.testing.assert_allclose(product, difference, rtol=0, atol=2e-3 * scale)
