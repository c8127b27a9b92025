"""Class weights as sample weights."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from kerasish.backend import config
from kerasish.errors import ShapeError


def class_numbers(y: np.ndarray) -> np.ndarray:
    """Returns the class of each label as an integer.

    Args:
        y: Class numbers `(n, ...)` or `(n, ..., 1)`, or one-hot rows `(n, classes)`.

    Example:

    >>> class_numbers(np.array([[0, 1], [1, 0]]))
    array([1, 0])
    """
    if y.ndim > 1 and y.shape[-1] != 1:
        return np.argmax(y, axis=-1)
    if y.ndim > 1:
        y = y[..., 0]
    return np.rint(y).astype("int64")


def class_weight_to_sample_weight(y, class_weight: dict) -> np.ndarray:
    """Returns a weight for each sample from the weight of its class.

    Args:
        y: Labels: class numbers or one-hot rows.
        class_weight: Dict from class number to weight; a class not in it weighs 1.

    Returns:
        Array of floatx, shape `(n,)`.

    Raises:
        ShapeError: If there are no labels, or several targets.

    Example:

    >>> class_weight_to_sample_weight(np.array([0, 1, 2]), {1: 5.0})
    array([1., 5., 1.], dtype=float32)
    """
    if not isinstance(y, np.ndarray):
        raise ShapeError(
            "class_weight needs a model with a single target array.\n"
            f"  got: y of type {type(y).__name__}"
        )
    classes, positions = np.unique(class_numbers(y), return_inverse=True)
    known = {int(number): float(weight) for number, weight in class_weight.items()}
    weights = np.array([known.get(int(c), 1.0) for c in classes], config.floatx())
    return weights[positions.reshape(-1)].reshape(positions.shape)


def combine_weights(y, sample_weight, class_weight):
    """Returns the sample weights with the class weights multiplied in.

    Args:
        y: Labels.
        sample_weight: Array or `None`.
        class_weight: Dict from class number to weight.

    Raises:
        TypeError: If `class_weight` is not a dict.

    Example:

    >>> combine_weights(np.array([0, 1]), np.array([2.0, 2.0]), {1: 3.0})
    array([2., 6.])
    """
    if not isinstance(class_weight, Mapping):
        raise TypeError(
            "class_weight must be a dict from class number to weight; for weights in "
            "the order of the classes pass `dict(enumerate(weights))`.\n"
            f"Received: class_weight={class_weight!r}"
        )
    weights = class_weight_to_sample_weight(y, class_weight)
    if sample_weight is None:
        return weights
    return sample_weight * weights.reshape(
        weights.shape + (1,) * (sample_weight.ndim - weights.ndim)
    )
