"""The data that a layer adapts to, batch by batch."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasish.backend.graph import as_numpy, is_tensor


def raw_batches(data: Any, steps: int | None = None) -> Iterator[Any]:
    """Yield the batches of data.

    Args:
        data: An array or tensor, which is one batch, or an iterable of batches, of
            which the first part of a tuple is taken.
        steps: Number of batches to take; all by default.

    Example:

    >>> [batch.shape for batch in raw_batches(np.ones((4, 2)))]
    [(4, 2)]
    """
    if isinstance(data, np.ndarray) or is_tensor(data) or hasattr(data, "__array__"):
        yield data
        return
    if hasattr(data, "__getitem__") and hasattr(data, "num_batches"):
        data = (data[index] for index in range(len(data)))
    for batch in itertools.islice(data, steps):
        yield batch[0] if isinstance(batch, tuple) else batch


def numeric_batches(data: Any, steps: int | None = None) -> Iterator[np.ndarray]:
    """Yield the batches of data as arrays of numbers.

    Args:
        data: See `raw_batches`; a list of numbers is one batch.
        steps: Number of batches to take; all by default.

    Example:

    >>> [batch.tolist() for batch in numeric_batches([1, 2])]
    [[1, 2]]
    """
    if isinstance(data, list) and data and isinstance(data[0], (int, float)):
        data = np.asarray(data)
    for batch in raw_batches(data, steps):
        yield as_numpy(batch)
