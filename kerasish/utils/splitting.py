"""Cutting data into two parts, and series into windows."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasish import tree
from kerasish.utils.py_dataset import PyDataset


class ArrayBatches(PyDataset):
    """Batches of the rows of arrays.

    Args:
        arrays: Structure of arrays with equally many rows.
        batch_size: Number of rows in a batch.
        indices: Which rows, in which order; all by default.
        shuffle: Whether each epoch has a new order.
        seed: Seed of the orders.

    Example:

    >>> batches = ArrayBatches(np.arange(5), 2)
    >>> [batch.tolist() for batch in batches]
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, arrays, batch_size, indices=None, shuffle=False, seed=None):
        super().__init__()
        self.arrays = arrays
        self.batch_size = batch_size
        size = len(tree.flatten(arrays)[0])
        self.indices = np.arange(size) if indices is None else np.asarray(indices)
        self.shuffle = shuffle
        self._random = np.random.default_rng(seed)
        if shuffle:
            self.on_epoch_end()

    def __len__(self):
        return math.ceil(len(self.indices) / self.batch_size)

    def __getitem__(self, index):
        if index >= len(self):
            raise IndexError(index)
        start = index * self.batch_size
        rows = self.indices[start : start + self.batch_size]
        return tree.map_structure(lambda array: array[rows], self.arrays)

    def on_epoch_end(self):
        """Draws a new order if the rows are shuffled."""
        if self.shuffle:
            self._random.shuffle(self.indices)


def _size(value: Any, count: int, name: str) -> int | None:
    if value is None:
        return None
    if isinstance(value, float) and 0 <= value <= 1:
        return round(value * count)
    if isinstance(value, int) and 0 <= value <= count:
        return value
    raise ValueError(
        f"{name} must be a share from 0 to 1 or a number up to {count}.\n"
        f"Received: {name}={value!r}"
    )


def split_dataset(
    dataset: Any,
    left_size: Any = None,
    right_size: Any = None,
    shuffle: bool = False,
    seed: int | None = None,
    preferred_backend: Any = None,
) -> tuple[PyDataset, PyDataset]:
    """Cut data into two parts.

    Args:
        dataset: An array, a tuple or dict of arrays with equally many rows, or a list,
            `PyDataset` or iterable of samples.
        left_size: Share (a float) or number of samples of the first part.
        right_size: Likewise of the second part.
        shuffle: Whether to mix the samples first.
        seed: Seed of the mixing.
        preferred_backend: Accepted for the signature of Keras 3.

    Returns:
        Two data sets of single samples, as batches of one.

    Raises:
        ValueError: If the sizes are missing or too large.

    Example:

    >>> left, right = split_dataset(np.arange(10), left_size=0.8)
    >>> len(left), len(right)
    (8, 2)
    """
    is_rows = isinstance(dataset, (np.ndarray, tuple, dict))
    if not is_rows:
        by_index = isinstance(dataset, PyDataset)
        samples = map(dataset.__getitem__, range(len(dataset))) if by_index else dataset
        dataset = tree.map_structure(lambda *parts: np.stack(parts), *list(samples))
    count = len(tree.flatten(dataset)[0])
    left = _size(left_size, count, "left_size")
    right = _size(right_size, count, "right_size")
    if left is None and right is None:
        raise ValueError("split_dataset needs left_size or right_size.")
    left = count - right if left is None else left
    right = count - left if right is None else right
    if left + right > count:
        raise ValueError(
            f"There are {count} samples.\nReceived: left_size={left_size}, "
            f"right_size={right_size}"
        )
    order = np.arange(count)
    if shuffle:
        order = np.random.default_rng(seed).permutation(count)
    return (
        ArrayBatches(dataset, 1, order[:left]),
        ArrayBatches(dataset, 1, order[left : left + right]),
    )


class _Windows:
    """The windows of a series, cut when they are read."""

    def __init__(self, data, starts, steps):
        self.data = data
        self.starts = starts
        self.steps = steps

    def __len__(self):
        return len(self.starts)

    def __getitem__(self, rows):
        return self.data[self.starts[rows][:, None] + self.steps]


def timeseries_dataset_from_array(
    data: Any,
    targets: Any,
    sequence_length: int,
    sequence_stride: int = 1,
    sampling_rate: int = 1,
    batch_size: int | None = 128,
    shuffle: bool = False,
    seed: int | None = None,
    start_index: int | None = None,
    end_index: int | None = None,
    format: str = "tf",
) -> PyDataset:
    """Cut a series into windows of equal length.

    Args:
        data: Array whose first axis is time.
        targets: Array with a target for the window that starts at each index, or
            `None`.
        sequence_length: Number of steps in a window.
        sequence_stride: Steps between the starts of windows.
        sampling_rate: Steps between the values of a window.
        batch_size: Windows in a batch; `None` for 1.
        shuffle: Whether each epoch has a new order.
        seed: Seed of the orders.
        start_index: The first index that is used.
        end_index: The index after the last one that is used.
        format: Accepted for the signature of Keras 3.

    Returns:
        A `PyDataset` of windows, or of `(windows, targets)`.

    Raises:
        ValueError: If a number is not positive.

    Example:

    >>> windows = timeseries_dataset_from_array(np.arange(6), None, 3)
    >>> windows[0].tolist()
    [[0, 1, 2], [1, 2, 3], [2, 3, 4], [3, 4, 5]]
    """
    data = np.asarray(data)
    if min(sequence_length, sequence_stride, sampling_rate) <= 0:
        raise ValueError(
            "sequence_length, sequence_stride and sampling_rate must be positive.\n"
            f"Received: {sequence_length}, {sequence_stride}, {sampling_rate}"
        )
    first = start_index or 0
    last = len(data) if end_index is None else end_index
    span = (sequence_length - 1) * sampling_rate + 1
    starts = np.arange(first, last - span + 1, sequence_stride)
    arrays: Any = _Windows(data, starts, np.arange(sequence_length) * sampling_rate)
    if targets is not None:
        targets = np.asarray(targets)
        arrays.starts = starts = starts[starts < len(targets)]
        arrays = (arrays, targets[starts])
    return ArrayBatches(arrays, batch_size or 1, None, shuffle, seed)
