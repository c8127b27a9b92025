"""One array of a data set: how its rows are read and cast."""

from __future__ import annotations

import numpy as np

from kerasish.errors import ShapeError
from kerasish.models.data.conversion import as_array, cast, is_lazy, target_dtype


class Column:
    """An array in memory, cast once to the dtype that it is fed with.

    Args:
        array: NumPy array.
        dtype: NumPy dtype of the batches.

    Example:

    >>> Column(np.arange(4.0), np.dtype("float32")).rows(1, 3)
    array([1., 2.], dtype=float32)
    """

    def __init__(self, array, dtype):
        self.array = cast(array, dtype)
        self.shape = self.array.shape
        self.dtype = self.array.dtype
        self._buffer = None

    def rows(self, start, stop):
        """Returns the rows from `start` to before `stop`."""
        return self.array[start:stop]

    def take(self, indices):
        """Returns the rows at `indices`, in memory that the next call reuses.

        Args:
            indices: Integer array.
        """
        count = len(indices)
        if self._buffer is None or len(self._buffer) < count:
            self._buffer = np.empty((count, *self.shape[1:]), self.dtype)
        out = self._buffer[:count]
        # mode="clip" writes straight into `out`; the indices are in range.
        return np.take(self.array, indices, axis=0, out=out, mode="clip")


class SlicedColumn:
    """An array that is read, and cast, slice by slice (file, sparse matrix).

    Args:
        array: Has `shape`, `dtype` and slices.
        dtype: NumPy dtype of the batches.

    Example:

    >>> SlicedColumn(np.arange(4), np.dtype("float32")).take(np.array([3, 1]))
    array([3., 1.], dtype=float32)
    """

    array = None

    def __init__(self, array, dtype):
        self._source = sliceable(array)
        self.shape = tuple(array.shape)
        self.dtype = dtype

    def _dense(self, part):
        part = part.toarray() if hasattr(part, "toarray") else np.asarray(part)
        return cast(part, self.dtype)

    def rows(self, start, stop):
        """Returns the rows from `start` to before `stop`."""
        return self._dense(self._source[start:stop])

    def take(self, indices):
        """Returns the rows at `indices`; the source is read in rising order.

        Args:
            indices: Integer array.
        """
        order = np.argsort(indices)
        rows = self._dense(self._source[indices[order]])
        back = np.empty(len(order), "int64")
        back[order] = np.arange(len(order))
        return rows[back]


def sliceable(array):
    """Returns `array`, a sparse matrix in a format whose rows can be taken.

    Args:
        array: What is read slice by slice.

    Example:

    >>> sliceable(np.arange(3))
    array([0, 1, 2])
    """
    return array.tocsr() if hasattr(array, "tocsr") else array


def make_column(value, name: str, wanted: str | None, is_weight: bool = False):
    """Returns the column for one array that a user passed.

    Args:
        value: Array-like.
        name: The argument, for messages.
        wanted: Dtype of the model's input, or `None`.
        is_weight: Whether the dtype is floatx whatever the array has.

    Raises:
        DTypeError: If the values are no numbers.
        ShapeError: If there is no axis of samples.

    Example:

    >>> make_column([[1.0], [2.0]], "x", None).shape
    (2, 1)
    """
    if is_lazy(value):
        as_array(np.empty((0,), value.dtype), name)
        kind, array = SlicedColumn, value
    else:
        kind, array = Column, as_array(value, name)
    if len(array.shape) == 0:
        raise ShapeError(f"{name} must have an axis of samples.\n  got: one number")
    dtype = target_dtype(array.dtype, wanted)
    if is_weight:
        dtype = target_dtype(np.dtype("float64"), None)
    return kind(array, dtype)
