"""One-hot labels and normalised arrays."""

from __future__ import annotations

import numpy as np


def to_categorical(x, num_classes=None, dtype="float32"):
    """Returns one-hot rows for class numbers.

    Args:
        x: Integers from 0, any shape; a last axis of size 1 is dropped.
        num_classes: Number of classes; by default the largest number plus 1.
        dtype: Dtype of the result.

    Returns:
        Array of shape `x.shape + (num_classes,)`.

    Raises:
        ValueError: If a number is negative or not below `num_classes`.

    Example:

    >>> to_categorical([0, 2])
    array([[1., 0., 0.],
           [0., 0., 1.]], dtype=float32)
    """
    numbers = np.asarray(x).astype("int64")
    if numbers.ndim > 1 and numbers.shape[-1] == 1:
        numbers = numbers[..., 0]
    if num_classes is None:
        num_classes = int(numbers.max()) + 1 if numbers.size else 0
    if numbers.size and not 0 <= numbers.min() <= numbers.max() < num_classes:
        raise ValueError(
            f"to_categorical: class numbers must lie from 0 to {num_classes - 1}.\n"
            f"  got: {numbers.min()} to {numbers.max()}"
        )
    return np.eye(num_classes, dtype=dtype)[numbers]


def normalize(x, axis=-1, order=2):
    """Returns `x` divided by its norm along an axis; rows of norm 0 stay.

    Args:
        x: Array.
        axis: Axis along which the norm is taken.
        order: Order of the norm, such as 1, 2 or `np.inf`.

    Returns:
        Array of the shape of `x`.

    Example:

    >>> normalize(np.array([[3.0, 4.0]]))
    array([[0.6, 0.8]])
    """
    x = np.asarray(x)
    norms = np.atleast_1d(np.linalg.norm(x, order, axis, keepdims=True))
    norms[norms == 0] = 1
    return x / norms


def to_ordinal(y, num_classes=None, dtype="float32"):
    """Converts class numbers to rows of ones up to the class.

    Args:
        y: Array of class numbers.
        num_classes: Number of classes; the largest number plus one by default.
        dtype: The dtype of the result.

    Returns:
        Array with an axis of `num_classes - 1` more.

    Example:

    >>> to_ordinal([0, 1, 2])
    array([[0., 0.],
           [1., 0.],
           [1., 1.]], dtype=float32)
    """
    y = np.asarray(y, "int64")
    count = num_classes or int(y.max()) + 1
    return (np.arange(count - 1) < y[..., None]).astype(dtype)
