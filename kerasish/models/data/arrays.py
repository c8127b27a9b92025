"""Batches from arrays."""

from __future__ import annotations

import math

import numpy as np

from kerasish import tree
from kerasish.errors import ShapeError
from kerasish.models.data.columns import Column, make_column
from kerasish.models.data.conversion import check_sizes, close_lists
from kerasish.models.data.signature import describe
from kerasish.models.data.weights import combine_weights

# Rows are gathered for several batches at once, up to this many bytes.
_BLOCK_BYTES = 1 << 20


class ArraySource:
    """Cuts arrays into batches; the last one may be smaller.

    Args:
        x: Array-like, or structure of them.
        y: Likewise, or `None`.
        sample_weight: Likewise, or `None`.
        batch_size: Number of samples in a batch.
        shuffle: True draws a new order of samples each epoch, `"batch"` a new order of
            batches, False keeps the order.
        class_weight: Dict from class number to weight, or `None`.
        input_dtypes: Dtypes of the model's inputs in flat order, or `None`.

    Raises:
        ValueError: If there are no samples, or arrays do not fit together.

    Attributes:
        num_batches: Number of batches in an epoch.
        restartable: Whether `epoch` can be called again.

    Example:

    >>> source = ArraySource(np.zeros((5, 2)), None, None, batch_size=2)
    >>> [len(batch[0]) for _, batch in source.epoch()]
    [2, 2, 1]
    """

    restartable = True

    def __init__(
        self,
        x,
        y,
        sample_weight,
        batch_size=32,
        shuffle=False,
        class_weight=None,
        input_dtypes=None,
    ):
        parts = (
            _columns(x, "x", input_dtypes),
            _columns(y, "y", None),
            _columns(sample_weight, "sample_weight", None, is_weight=True),
        )
        if class_weight is not None:
            parts = (*parts[:2], _class_weights(parts[1], parts[2], class_weight))
        self.signature, self.columns = describe(parts)
        self.size = check_sizes(self.columns, self.signature.names())
        if self.size == 0:
            raise ShapeError(
                "The data holds no samples.\n  got: shapes "
                f"{[column.shape for column in self.columns]}"
            )
        self.batch_size = check_batch_size(batch_size)
        self.shuffle = shuffle
        self.num_batches = math.ceil(self.size / self.batch_size)

    def epoch(self):
        """Yields `(signature, arrays)` for each batch.

        With shuffling the arrays are overwritten by later batches.
        """
        if self.shuffle is True:
            yield from self._in_order(_permutation(self.size))
            return
        signature, columns, size = self.signature, self.columns, self.batch_size
        starts = range(0, self.size, size)
        if self.shuffle:
            starts = (_permutation(self.num_batches) * size).tolist()
        for start in starts:
            yield signature, [column.rows(start, start + size) for column in columns]

    def _in_order(self, order):
        signature, columns, size = self.signature, self.columns, self.batch_size
        row_bytes = sum(
            column.dtype.itemsize * math.prod(column.shape[1:]) for column in columns
        )
        block = max(_BLOCK_BYTES // max(row_bytes * size, 1), 1) * size
        for first in range(0, len(order), block):
            indices = order[first : first + block]
            blocks = [column.take(indices) for column in columns]
            for start in range(0, len(indices), size):
                yield signature, [rows[start : start + size] for rows in blocks]

    def close(self):
        """Nothing to close."""


def check_batch_size(batch_size) -> int:
    """Returns `batch_size` as an int, 32 for `None`.

    Args:
        batch_size: Positive integer or `None`.

    Raises:
        ValueError: If it is anything else.

    Example:

    >>> check_batch_size(None)
    32
    """
    if batch_size is None:
        return 32
    if isinstance(batch_size, bool) or int(batch_size) != batch_size or batch_size < 1:
        raise ValueError(
            f"batch_size must be a positive integer.\nReceived: batch_size={batch_size}"
        )
    return int(batch_size)


def _permutation(size):
    # NumPy's global state: np.random.seed makes a run repeatable, as in Keras.
    return np.random.permutation(size)  # noqa: NPY002


def _columns(structure, name, dtypes, is_weight=False):
    if structure is None:
        return None
    structure = close_lists(structure, name)
    if not tree.is_nested(structure):
        return make_column(structure, name, dtypes[0] if dtypes else None, is_weight)
    leaves = tree.flatten(structure)
    if not leaves:
        raise ShapeError(f"{name} is empty.\n  got: {structure!r}")
    wanted = dtypes if dtypes and len(dtypes) == len(leaves) else [None] * len(leaves)
    names = iter(_leaf_names(structure, name))
    columns = [
        None if leaf is None else make_column(leaf, next(names), dtype, is_weight)
        for leaf, dtype in zip(leaves, wanted)
    ]
    return tree.pack_sequence_as(structure, columns)


def _leaf_names(structure, name):
    empty = np.empty(0)
    marks = tree.map_structure(lambda leaf: None if leaf is None else empty, structure)
    names = describe((marks, None, None))[0].names()
    return [name + found[1:] for found in names]


def _class_weights(y, sample_weight, class_weight):
    if not isinstance(y, Column):
        raise ShapeError(
            "class_weight needs a model with a single target array in memory.\n"
            f"  got: y of type {type(y).__name__}"
        )
    given = sample_weight.array if sample_weight is not None else None
    weights = combine_weights(y.array, given, class_weight)
    return Column(weights, weights.dtype)
