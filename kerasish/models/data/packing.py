"""The triple `(x, y, sample_weight)` that a batch is made of."""

from __future__ import annotations


def unpack_x_y_sample_weight(data):
    """Returns `(x, y, sample_weight)` from what a data source yields.

    Args:
        data: A tuple (or list) of one to three entries, or `x` alone.

    Returns:
        Tuple of three; entries that are absent are `None`.

    Raises:
        ValueError: If a tuple has more than three entries or none.

    Example:

    >>> unpack_x_y_sample_weight((1, 2))
    (1, 2, None)
    """
    if isinstance(data, list):
        data = tuple(data)
    if not isinstance(data, tuple) or hasattr(data, "_fields"):
        return data, None, None
    if not 1 <= len(data) <= 3:
        raise ValueError(
            "A batch must be x, (x, y) or (x, y, sample_weight). For a model with "
            "several inputs x itself is a tuple, list or dict.\n"
            f"  got: a tuple of {len(data)}"
        )
    return data + (None,) * (3 - len(data))


def pack_x_y_sample_weight(x, y=None, sample_weight=None):
    """Returns the shortest tuple that holds the given parts of a batch.

    Args:
        x: Inputs.
        y: Targets.
        sample_weight: Weights of the samples.

    Returns:
        `x` itself if it is alone and no tuple or list, else a tuple.

    Example:

    >>> pack_x_y_sample_weight(1), pack_x_y_sample_weight(1, 2)
    (1, (1, 2))
    """
    if y is None and sample_weight is None:
        return (x,) if isinstance(x, (tuple, list)) else x
    if sample_weight is None:
        return (x, y)
    return (x, y, sample_weight)
