"""Weights and data that do not depend on the library's random streams."""

import numpy as np


def with_fixed_weights(model, seed=0, scale=0.3):
    """Sets all weights to uniform draws of NumPy and returns the model."""
    random = np.random.RandomState(seed)
    model.set_weights(
        [random.uniform(-scale, scale, weight.shape) for weight in model.get_weights()]
    )
    return model


def dense_net(keras, widths, seed=0, activation="relu"):
    """Returns a chain of Dense layers; `widths` begins with that of the input."""
    model = keras.Sequential([keras.Input((widths[0],))])
    for width in widths[1:-1]:
        model.add(keras.layers.Dense(width, activation=activation))
    model.add(keras.layers.Dense(widths[-1]))
    return with_fixed_weights(model, seed)
