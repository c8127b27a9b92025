"""Processes that are started after a first training step train too."""

import multiprocessing

import numpy as np
import pytest

import kerasish as keras

X = np.random.default_rng(0).normal(size=(16, 6, 6, 4)).astype("float32")
Y = X.mean(axis=(1, 2, 3), keepdims=False)[:, None]


def trained(seed):
    """The losses of a small convnet, the same for a seed wherever it runs."""
    keras.utils.set_random_seed(seed)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((6, 6, 4)),
            layers.Conv2D(16, 3, activation="relu"),
            layers.BatchNormalization(),
            layers.GlobalAveragePooling2D(),
            layers.Dropout(0.2),
            layers.Dense(1),
        ]
    )
    model.compile("adam", "mse")
    history = model.fit(X, Y, batch_size=8, epochs=3, verbose=0)
    model.predict(X, verbose=0)
    return history.history["loss"]


@pytest.mark.parametrize("method", ["fork", "spawn"])
def test_workers_train_after_the_parent_has(method):
    if method not in multiprocessing.get_all_start_methods():
        pytest.skip(f"processes are not started by {method} here")
    expected = trained(3)
    with multiprocessing.get_context(method).Pool(2) as pool:
        found = pool.map_async(trained, [3, 3]).get(timeout=120)
    for losses in found:
        np.testing.assert_allclose(losses, expected, rtol=1e-4)
    np.testing.assert_allclose(trained(3), expected, rtol=1e-6)
