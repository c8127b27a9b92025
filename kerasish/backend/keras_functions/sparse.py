"""Sparse matrices: what is left of them where every tensor is dense."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from kerasish.backend.graph import Tensor, Variable, as_tensor


class SparseTensor(NamedTuple):
    """The places and values of the elements that are not zero.

    Attributes:
        indices: Integers of shape `(entries, axes)`.
        values: The elements, of shape `(entries,)`.
        dense_shape: The sizes of the dense array.

    Example:

    >>> SparseTensor(np.array([[0, 1]]), np.array([5.0]), (1, 2)).dense_shape
    (1, 2)
    """

    indices: np.ndarray
    values: np.ndarray
    dense_shape: tuple[int, ...]


def is_sparse(tensor: Any) -> bool:
    """Tell whether something is a sparse tensor or a SciPy sparse matrix.

    Args:
        tensor: Anything.

    Example:

    >>> is_sparse(np.eye(2))
    False
    """
    return isinstance(tensor, SparseTensor) or (
        hasattr(tensor, "tocoo") and hasattr(tensor, "toarray")
    )


def dense_array(value: Any) -> Any:
    """Return a dense NumPy array for a sparse value, anything else as it is.

    Args:
        value: Anything.

    Example:

    >>> dense_array(SparseTensor(np.array([[0, 1]]), np.array([5.0]), (1, 2)))
    array([[0., 5.]])
    """
    if type(value) is np.ndarray:
        return value
    if isinstance(value, SparseTensor):
        array = np.zeros(value.dense_shape, value.values.dtype)
        array[tuple(np.asarray(value.indices).T)] = value.values
        return array
    return value.toarray() if is_sparse(value) else value


def to_dense(tensor: Any) -> Any:
    """Return a dense tensor of equal value.

    Args:
        tensor: A sparse tensor or SciPy matrix; a dense tensor is returned as it is.

    Example:

    >>> to_dense(SparseTensor(np.array([[0, 1]]), np.array([5]), (1, 2))).numpy()
    array([[0, 5]])
    """
    if isinstance(tensor, (Tensor, Variable)):
        return tensor
    return as_tensor(dense_array(tensor))
