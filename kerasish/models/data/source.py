"""Choosing the source of batches for what a user passed."""

from __future__ import annotations

from kerasish import tree
from kerasish.models.data.arrays import ArraySource
from kerasish.models.data.conversion import is_lazy, is_pandas
from kerasish.models.data.datasets import DatasetSource
from kerasish.models.data.generators import BatchConverter, IterableSource


def is_array_like(x) -> bool:
    """Returns whether `x` holds samples itself, and not batches.

    Args:
        x: What was passed as `x`.

    Example:

    >>> is_array_like([1, 2]), is_array_like(iter([1, 2]))
    (True, False)
    """
    return (
        x is None
        or tree.is_nested(x)
        or isinstance(x, (str, bytes))
        or hasattr(x, "__array__")
        or is_lazy(x)
        or is_pandas(x)
        or not (hasattr(x, "__iter__") or hasattr(x, "__getitem__"))
    )


def _is_dataset(x) -> bool:
    by_index = hasattr(x, "__getitem__") and (
        hasattr(x, "__len__") or hasattr(x, "num_batches")
    )
    from kerasish.utils.py_dataset import PyDataset

    return isinstance(x, PyDataset) or (by_index and not hasattr(x, "__next__"))


def open_source(
    x,
    y=None,
    sample_weight=None,
    batch_size=None,
    shuffle=False,
    class_weight=None,
    input_dtypes=None,
):
    """Returns the source of batches for the arguments of `fit` and its like.

    Args:
        x: Arrays (also in lists, tuples, dicts; pandas), a generator or another
            iterable of batches, a `PyDataset`, or anything with `__getitem__` and
            `__len__` whose items are batches.
        y: Targets; only with arrays.
        sample_weight: Weights; only with arrays.
        batch_size: Number of samples in a batch; only used with arrays.
        shuffle: Whether samples (or batches of a `PyDataset`) change their order.
        class_weight: Dict from class number to weight, or `None`.
        input_dtypes: Dtypes of the model's inputs in flat order, or `None`.

    Returns:
        An object with `epoch()`, `num_batches`, `restartable`, `signature` (`None` if
        batches may differ) and `close()`.

    Raises:
        ValueError: If the arguments do not go together.

    Example:

    >>> import numpy as np
    >>> open_source(np.zeros((6, 2)), batch_size=4).num_batches
    2
    """
    if x is None:
        raise ValueError("x is missing: pass arrays, a PyDataset or a generator.")
    if is_array_like(x):
        return ArraySource(
            x, y, sample_weight, batch_size, shuffle, class_weight, input_dtypes
        )
    for name, value in (("y", y), ("sample_weight", sample_weight)):
        if value is not None:
            raise ValueError(
                f"{name} must not be given with a source of batches, which yields "
                f"(x, y) or (x, y, sample_weight).\n  got: x of type "
                f"{type(x).__name__}"
            )
    convert = BatchConverter(class_weight, input_dtypes)
    if _is_dataset(x):
        return DatasetSource(x, bool(shuffle), convert)
    return IterableSource(x, convert)
