"""Cutting data into two parts, and series into windows."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish import tree
from kerasish.utils.streams import Dataset, stacked


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
) -> tuple[Dataset, Dataset]:
    """Cut data into two parts.

    Args:
        dataset: An array, a tuple or dict of arrays with equally many rows, or a list,
            `Dataset` or iterable of samples.
        left_size: Share (a float) or number of samples of the first part.
        right_size: Likewise of the second part.
        shuffle: Whether to mix the samples first.
        seed: Seed of the mixing.
        preferred_backend: Accepted for the signature of Keras 3.

    Returns:
        Two streams of single samples; `batch` puts them together.

    Raises:
        ValueError: If the sizes are missing or too large.

    Example:

    >>> left, right = split_dataset(np.arange(10), left_size=0.8)
    >>> [batch.tolist() for batch in left.batch(5)], len(right)
    ([[0, 1, 2, 3, 4], [5, 6, 7]], 2)
    """
    if not isinstance(dataset, (np.ndarray, tuple, dict)):
        samples: Any = dataset
        if not hasattr(dataset, "__iter__"):
            samples = map(dataset.__getitem__, range(len(dataset)))
        dataset = stacked(list(samples))
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
    return _rows(dataset, order[:left]), _rows(dataset, order[left : left + right])


def _rows(arrays: Any, rows: np.ndarray) -> Dataset:
    kept = tree.map_structure(lambda array: np.asarray(array)[rows], arrays)
    return Dataset.from_tensor_slices(kept)


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
) -> Dataset:
    """Cut a series into windows of equal length.

    Args:
        data: Array whose first axis is time.
        targets: Array with a target for the window that starts at each index, or
            `None`.
        sequence_length: Number of steps in a window.
        sequence_stride: Steps between the starts of windows.
        sampling_rate: Steps between the values of a window.
        batch_size: Windows in a batch; `None` for single ones.
        shuffle: Whether each epoch has a new order.
        seed: Seed of the orders.
        start_index: The first index that is used.
        end_index: The index after the last one that is used.
        format: Accepted for the signature of Keras 3.

    Returns:
        A `Dataset` of windows, or of `(windows, targets)`.

    Raises:
        ValueError: If a number is not positive.

    Example:

    >>> windows = timeseries_dataset_from_array(np.arange(6), None, 3)
    >>> next(iter(windows)).tolist()
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
    if targets is not None:
        targets = np.asarray(targets)
        starts = starts[starts < len(targets)]
    steps = np.arange(sequence_length) * sampling_rate

    def window(start: Any) -> Any:
        rows = data[start + steps]
        return rows if targets is None else (rows, targets[start])

    stream = Dataset.from_tensor_slices(starts)
    if shuffle:
        stream = stream.shuffle(max(len(starts), 1), seed)
    stream = stream.map(window)
    return stream if batch_size is None else stream.batch(batch_size)
