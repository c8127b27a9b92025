"""What is checked in the data before the first step."""

from __future__ import annotations

import warnings

import numpy as np


def warn_of_nan(signature, arrays, input_names, warned: set):
    """Warns once for each input that holds NaN.

    Args:
        signature: `Signature` of the batches.
        arrays: Arrays or columns; those that are not in memory are skipped.
        input_names: Names of the model's inputs, or `None`.
        warned: Names that were warned of; extended.

    Example:

    >>> warn_of_nan(None, [], None, set())
    """
    if not arrays:
        return
    for name, column in zip(signature.names(input_names), arrays):
        array = getattr(column, "array", column)
        if array is None or name in warned or array.dtype.kind != "f":
            continue
        # The minimum is NaN if anything is, and needs no memory.
        if array.size and np.isnan(np.min(array)):
            warned.add(name)
            rows = np.isnan(array.reshape(len(array), -1)).any(axis=1)
            warnings.warn(
                f"{name} holds NaN, so the loss will be NaN.\n"
                f"  rows: {int(rows.sum())} of {len(array)}, the first is number "
                f"{int(np.argmax(rows))}",
                stacklevel=4,
            )


def check_class_numbers(limits, arrays):
    """Raises if a sparse loss is given class numbers that do not exist.

    Args:
        limits: List of `(position, classes, ignored, output name)`.
        arrays: Arrays or columns; those that are not in memory are skipped.

    Raises:
        ValueError: Naming the output, the range and the classes.

    Example:

    >>> check_class_numbers([(0, 3, None, "y")], [np.array([0, 2])])
    """
    for position, classes, ignored, name in limits:
        array = getattr(arrays[position], "array", arrays[position])
        if array is None or not array.size:
            continue
        if ignored is not None:
            array = array[array != ignored]
            if not array.size:
                continue
        low, high = array.min(), array.max()
        if low < 0 or high >= classes:
            raise ValueError(
                f"The labels of output {name!r} must be class numbers from 0 to "
                f"{classes - 1}, because the output has {classes} classes.\n"
                f"  got: labels from {low} to {high}"
            )
