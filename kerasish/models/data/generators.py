"""Batches from generators and other iterables."""

from __future__ import annotations

from kerasish.models.data.conversion import standardize_batch
from kerasish.models.data.signature import describe
from kerasish.models.data.weights import combine_weights


class BatchConverter:
    """Turns what a user's source yields into `(signature, arrays)`.

    Args:
        class_weight: Dict from class number to weight, or `None`.
        input_dtypes: Dtypes of the model's inputs in flat order, or `None`.

    Example:

    >>> import numpy as np
    >>> signature, arrays = BatchConverter()((np.zeros((2, 3)), np.zeros(2)))
    >>> signature.shapes
    ((3,), ())
    """

    def __init__(self, class_weight=None, input_dtypes=None):
        self.class_weight = class_weight
        self.input_dtypes = input_dtypes
        self._known = {}

    def __call__(self, data):
        x, y, weight = standardize_batch(data, self.input_dtypes)
        if self.class_weight is not None:
            weight = combine_weights(y, weight, self.class_weight)
        signature, arrays = describe((x, y, weight))
        # Equal signatures are one object, so that the loop compares identities.
        return self._known.setdefault(signature, signature), arrays


class IterableSource:
    """Batches from an iterable of `x`, `(x, y)` or `(x, y, sample_weight)`.

    An iterator (such as a generator) goes on from epoch to epoch and can be used up;
    another iterable starts anew each epoch.

    Args:
        iterable: The iterable.
        convert: A `BatchConverter`.

    Attributes:
        num_batches: The iterable's length, or `None`.
        restartable: Whether `epoch` starts anew.

    Example:

    >>> import numpy as np
    >>> source = IterableSource([(np.zeros((2, 3)),)], BatchConverter())
    >>> [arrays[0].shape for _, arrays in source.epoch()]
    [(2, 3)]
    """

    signature = None

    def __init__(self, iterable, convert):
        self.iterable = iterable
        self.convert = convert
        self.restartable = not hasattr(iterable, "__next__")
        try:
            self.num_batches = len(iterable) if self.restartable else None
        except TypeError:
            self.num_batches = None

    def epoch(self):
        """Yields `(signature, arrays)` for each batch."""
        yield from map(self.convert, self.iterable)

    def close(self):
        """Nothing to close: the iterable is the user's."""
