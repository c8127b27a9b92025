"""Sequences of different lengths as one array."""

from __future__ import annotations

import numpy as np


def pad_sequences(
    sequences,
    maxlen=None,
    dtype="int32",
    padding="pre",
    truncating="pre",
    value=0.0,
):
    """Returns an array of sequences padded or cut to one length.

    Args:
        sequences: List of `n` lists (of numbers, or of vectors of one shape).
        maxlen: Length of the result; by default that of the longest sequence.
        dtype: Dtype of the result, `object` for strings.
        padding: `"pre"` or `"post"`: where the padding goes.
        truncating: `"pre"` or `"post"`: where a longer sequence is cut.
        value: What it is padded with.

    Returns:
        Array of shape `(n, maxlen, ...)`.

    Raises:
        ValueError: If an argument is unknown, an entry is no list, or vectors differ.

    Example:

    >>> pad_sequences([[1], [2, 3]])
    array([[0, 1],
           [2, 3]], dtype=int32)
    """
    for name, choice in (("padding", padding), ("truncating", truncating)):
        if choice not in ("pre", "post"):
            raise ValueError(
                f"pad_sequences: {name} must be 'pre' or 'post'.\nReceived: {choice!r}"
            )
    for sequence in sequences:
        if not hasattr(sequence, "__len__"):
            raise ValueError(
                "pad_sequences: each entry must be a list or array.\n"
                f"  got: {sequence!r}"
            )
    if maxlen is None:
        maxlen = max((len(sequence) for sequence in sequences), default=0)
    filled = next((s for s in sequences if len(s)), None)
    shape = np.asarray(filled).shape[1:] if filled is not None else ()
    result = np.full((len(sequences), maxlen, *shape), value, dtype=dtype)
    for row, sequence in zip(result, sequences):
        if not len(sequence) or not maxlen:
            continue
        kept = sequence[-maxlen:] if truncating == "pre" else sequence[:maxlen]
        kept = np.asarray(kept, dtype=dtype)
        if kept.shape[1:] != shape:
            raise ValueError(
                "pad_sequences: the elements of all sequences must have one shape.\n"
                f"  got: {kept.shape[1:]}, expected: {shape}"
            )
        if padding == "post":
            row[: len(kept)] = kept
        else:
            row[len(row) - len(kept) :] = kept
    return result
