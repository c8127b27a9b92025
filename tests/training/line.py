"""A small regression that tests of training share."""

import numpy as np

import kerasish as keras

RANDOM = np.random.default_rng(5)
X = RANDOM.standard_normal((20, 4)).astype("float32")
Y = X @ np.array([[1.0], [0.5], [-1.0], [2.0]], "float32") + 0.3


def linear(units=1, **options):
    dense = keras.layers.Dense(units, kernel_initializer="zeros", **options)
    return keras.Sequential([keras.Input((4,)), dense])


def losses(model, epochs=5, **options):
    options = {"batch_size": 8, "shuffle": False, "verbose": 0} | options
    return model.fit(X, Y, epochs=epochs, **options).history["loss"]
