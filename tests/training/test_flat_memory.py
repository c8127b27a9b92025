"""Memory does not grow with the number of calls, nor with models that are dropped."""

import gc
from pathlib import Path

import numpy as np
import pytest

import kerasish as keras

STATUS = Path("/proc/self/statm")
PAGE = 4096
# What the allocator may keep, and the interpreter may collect late.
SLACK = 12 << 20

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not STATUS.exists(), reason="needs /proc"),
]


def resident():
    """Bytes of memory that the process has now."""
    gc.collect()
    return int(STATUS.read_text().split()[1]) * PAGE


def growth(action, warm, count):
    """How many bytes `count` further calls add after some to warm up."""
    for _ in range(warm):
        action()
    before = resident()
    for _ in range(count):
        action()
    return resident() - before


def convnet():
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((8, 8, 3)),
            layers.Conv2D(8, 3, activation="relu"),
            layers.MaxPooling2D(),
            layers.BatchNormalization(),
            layers.Flatten(),
            layers.Dropout(0.3),
            layers.Dense(2, activation="softmax"),
        ]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


X = np.random.default_rng(0).normal(size=(16, 8, 8, 3)).astype("float32")
Y = np.arange(16) % 2


@pytest.mark.parametrize("on", ["cpu", "numpy"])
def test_a_hundred_thousand_predictions(on):
    with keras.device(on):
        model = convnet()
        assert growth(lambda: model.predict(X[:1], verbose=0), 1000, 100_000) < SLACK


@pytest.mark.parametrize("on", ["cpu", "numpy"])
def test_a_thousand_fits(on):
    with keras.device(on):
        model = convnet()
        fit = growth(lambda: model.fit(X, Y, batch_size=4, verbose=0), 50, 1000)
    assert fit < SLACK


@pytest.mark.parametrize("on", ["cpu", "numpy"])
def test_two_hundred_models(on):
    def use():
        model = convnet()
        model.fit(X, Y, batch_size=8, verbose=0)
        model.predict(X, verbose=0)

    with keras.device(on):
        assert growth(use, 50, 200) < SLACK
