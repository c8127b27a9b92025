"""The bundled digits are those of scikit-learn, split evenly."""

import numpy as np
from sklearn.datasets import load_digits

from kerasish.datasets import digits


def test_shapes_and_values():
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    assert (x_train.shape, y_train.shape) == ((1437, 8, 8), (1437,))
    assert (x_test.shape, y_test.shape) == ((360, 8, 8), (360,))
    assert {a.dtype.name for a in (x_train, y_train, x_test, y_test)} == {"uint8"}
    assert (x_train.min(), x_train.max()) == (0, 16)


def test_every_image_is_there_once():
    (x_train, y_train), (x_test, y_test) = digits.load_data()
    original = load_digits()
    stored = [
        (label, image.tobytes())
        for images, labels in ((x_train, y_train), (x_test, y_test))
        for image, label in zip(images, labels)
    ]
    expected = [
        (label, image.tobytes())
        for image, label in zip(original.images.astype("uint8"), original.target)
    ]
    assert sorted(stored) == sorted(expected)


def test_both_parts_hold_all_digits_alike():
    (_, y_train), (_, y_test) = digits.load_data()
    shares = np.bincount(y_test) / np.bincount(np.concatenate([y_train, y_test]))
    assert np.all(np.abs(shares - 0.2) < 0.01)


def test_arrays_are_the_callers_own():
    first, second = digits.load_data(), digits.load_data()
    first[0][0][:] = 0
    assert second[0][0].any()
