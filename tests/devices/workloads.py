"""Three small models, and how they are trained on any device."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

import kerasish as keras

BATCH = 8


def mlp() -> tuple:
    model = keras.Sequential(
        [
            keras.Input((6,)),
            keras.layers.Dense(8, "relu", kernel_regularizer="l2"),
            keras.layers.BatchNormalization(),
            keras.layers.Dropout(0.25, seed=3),
            keras.layers.Dense(3, "softmax"),
        ]
    )
    return model, (6,), "sparse_categorical_crossentropy", "adam"


def convnet() -> tuple:
    model = keras.Sequential(
        [
            keras.Input((8, 8, 2)),
            keras.layers.Conv2D(4, 3, activation="relu", padding="same"),
            keras.layers.MaxPooling2D(),
            keras.layers.DepthwiseConv2D(3),
            keras.layers.GlobalAveragePooling2D(),
            keras.layers.Dense(3, "softmax"),
        ]
    )
    momentum = keras.optimizers.SGD(0.05, momentum=0.9, nesterov=True, clipnorm=1.0)
    return model, (8, 8, 2), "sparse_categorical_crossentropy", momentum


def lstm() -> tuple:
    model = keras.Sequential(
        [
            keras.Input((5, 4)),
            keras.layers.LSTM(6, return_sequences=True),
            keras.layers.GRU(5),
            keras.layers.Dense(3, "softmax"),
        ]
    )
    schedule = keras.optimizers.schedules.ExponentialDecay(0.01, 3, 0.9)
    return (
        model,
        (5, 4),
        "sparse_categorical_crossentropy",
        keras.optimizers.RMSprop(schedule),
    )


WORKLOADS = {"mlp": mlp, "convnet": convnet, "lstm": lstm}


def batches(shape: tuple, steps: int) -> Iterator[tuple]:
    draw = np.random.default_rng(4)
    for _ in range(steps):
        x = draw.standard_normal((BATCH, *shape)).astype("float32")
        yield x, draw.integers(0, 3, BATCH)


def train(name: str, steps: int = 8, note=lambda: None, verbose: int = 0) -> tuple:
    """Train a workload; `note` is called before each step and at the end."""
    keras.utils.set_random_seed(1)
    model, shape, loss, optimizer = WORKLOADS[name]()
    draw = np.random.default_rng(5)
    weights = model.get_weights()
    model.set_weights([0.5 * draw.standard_normal(w.shape) for w in weights[:-2]]
                      + weights[-2:])  # fmt: skip
    model.compile(optimizer, loss, metrics=["accuracy"])

    def noted() -> Iterator[tuple]:
        for batch in batches(shape, steps):
            note()
            yield batch

    history = model.fit(
        noted(), steps_per_epoch=steps, epochs=1, verbose=verbose
    ).history
    note()
    return history, model.get_weights()
