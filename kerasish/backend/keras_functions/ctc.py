"""Connectionist temporal classification, with the blank as the last class."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import config, ops
from kerasish.backend.graph import Tensor, as_numpy, as_tensor
from kerasish.backend.keras_functions.scopes import follows_arguments
from kerasish.backend.keras_functions.sparse import SparseTensor


def _vector(lengths: Any) -> Tensor:
    return ops.reshape(ops.cast(as_tensor(lengths), "int32"), (-1,))


def _logits(y_pred: Any) -> Tensor:
    return ops.log(as_tensor(y_pred) + config.epsilon())


@follows_arguments
def ctc_batch_cost(
    y_true: Any, y_pred: Any, input_length: Any, label_length: Any
) -> Tensor:
    """Compute the loss of sequences of labels that are not aligned in time.

    Args:
        y_true: Labels `(batch, labels)`, padded with anything.
        y_pred: Probabilities `(batch, time, classes)`; the last class is the blank.
        input_length: How many time steps count, `(batch, 1)`.
        label_length: How many labels count, `(batch, 1)`.

    Returns:
        The losses, `(batch, 1)` (Graves et al. 2006).

    Example:

    >>> y_pred = np.full((1, 2, 2), 0.5)
    >>> cost = ctc_batch_cost(np.array([[0]]), y_pred, np.array([[2]]), np.array([[1]]))
    >>> round(float(cost[0, 0]), 4)
    0.2877
    """
    logits = _logits(y_pred)
    losses = ops.ctc_loss(
        ops.cast(as_tensor(y_true), "int32"),
        logits,
        _vector(label_length),
        _vector(input_length),
        mask_index=logits.shape[-1] - 1,
    )
    return ops.expand_dims(losses, 1)


@follows_arguments
def ctc_decode(
    y_pred: Any,
    input_length: Any,
    greedy: bool = True,
    beam_width: int = 100,
    top_paths: int = 1,
) -> tuple[list[Tensor], Tensor]:
    """Read the likeliest labels.

    Args:
        y_pred: Probabilities `(batch, time, classes)`; the last class is the blank.
        input_length: How many time steps of each example count, `(batch,)`.
        greedy: Whether to take the best class of each step, or to search.
        beam_width: How many beginnings a search keeps.
        top_paths: How many readings a search returns.

    Returns:
        A list of readings, `(batch, time)` with -1 where there are no more, and
        their scores `(batch, paths)`: for a search logarithms of probabilities,
        otherwise the negative sum of the best logarithms.

    Example:

    >>> y_pred = np.array([[[0.9, 0.05, 0.05], [0.1, 0.1, 0.8], [0.1, 0.8, 0.1]]])
    >>> ctc_decode(y_pred, np.array([3]))[0][0].numpy()
    array([[ 0,  1, -1]])
    """
    logits = _logits(y_pred)
    labels, scores = ops.ctc_decode(
        logits,
        _vector(input_length),
        strategy="greedy" if greedy else "beam_search",
        beam_width=beam_width,
        top_paths=1 if greedy else top_paths,
        mask_index=logits.shape[-1] - 1,
    )
    paths = [ops.cast(labels[i], "int64") for i in range(1 if greedy else top_paths)]
    return paths, scores


def ctc_label_dense_to_sparse(labels: Any, label_lengths: Any) -> SparseTensor:
    """Return the labels that count as a sparse tensor.

    Args:
        labels: Labels `(batch, labels)`.
        label_lengths: How many count in each row, `(batch,)`.

    Raises:
        TypeError: If a placeholder would have to be fed.

    Example:

    >>> found = ctc_label_dense_to_sparse(np.array([[1, 2], [3, 0]]), np.array([2, 1]))
    >>> found.values, found.indices.tolist()
    (array([1, 2, 3]), [[0, 0], [0, 1], [1, 0]])
    """
    labels, lengths = as_numpy(labels), as_numpy(label_lengths).reshape(-1)
    kept = np.arange(labels.shape[1]) < lengths[:, None]
    return SparseTensor(np.argwhere(kept), labels[kept], labels.shape)
