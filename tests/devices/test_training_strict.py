"""A whole training on the device `cupy` gives what the host gives."""

import numpy as np
import pytest

import kerasish as keras
from kerasish.backend.devices import device

RANDOM = np.random.default_rng(2)
X = RANDOM.standard_normal((14, 5)).astype("float32")
LABELS = RANDOM.integers(0, 3, 14)
START = [
    RANDOM.standard_normal(shape).astype("float32")
    for shape in ((5, 4), (4,), (4, 3), (3,))
]


def train(optimizer):
    model = keras.Sequential(
        [
            keras.Input((5,)),
            keras.layers.Dense(4, "tanh", kernel_regularizer="l2"),
            keras.layers.Dense(3, "softmax"),
        ]
    )
    model.set_weights(START)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"])
    history = model.fit(
        X,
        LABELS,
        batch_size=4,
        epochs=3,
        shuffle=False,
        validation_split=0.3,
        callbacks=[
            keras.callbacks.EarlyStopping(patience=5, restore_best_weights=True),
            keras.callbacks.ReduceLROnPlateau(patience=1),
        ],
        verbose=0,
    ).history
    on_batch = model.train_on_batch(X[:3], LABELS[:3], return_dict=True)
    small, large = model.predict(X[:2], verbose=0), model.predict(X, batch_size=4)
    assert type(small) is type(large) is np.ndarray
    return history, on_batch, small, large, model.get_weights()


@pytest.mark.parametrize("optimizer", ["sgd", "adam"])
def test_training_on_the_device(cupy_device, optimizer):
    found = train(optimizer)
    with device("numpy"):
        expected = train(optimizer)
    assert list(found[0]) == list(expected[0])
    for name, values in expected[0].items():
        np.testing.assert_allclose(found[0][name], values, rtol=1e-5, err_msg=name)
    assert found[1] == pytest.approx(expected[1], rel=1e-5)
    for a, b in zip(found[2:4], expected[2:4]):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
    for a, b in zip(found[4], expected[4], strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)
