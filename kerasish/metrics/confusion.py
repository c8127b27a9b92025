"""Counts of true and false positives and negatives at several thresholds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from kerasish.backend import config, ops
from kerasish.errors import ShapeError
from kerasish.losses.reduction import match_rank

LOWEST = -1e10


class Counts(NamedTuple):
    """Weighted counts, each of shape `(thresholds,)` or `(thresholds, labels)`.

    Example:

    >>> Counts(1, 2, 3, 4).true_negatives
    3
    """

    true_positives: Any
    false_positives: Any
    true_negatives: Any
    false_negatives: Any


class Thresholds:
    """Thresholds of a metric, and whether they are 0, 1/(n-1), ..., 1.

    Args:
        values: A number or a sequence of numbers.

    Example:

    >>> Thresholds([0.0, 0.5, 1.0]).even
    True
    """

    def __init__(self, values: float | Sequence[float]) -> None:
        single = np.ndim(values) == 0
        self.values = [values] if single else [float(v) for v in values]
        self.even = self._is_even(self.values)
        self.reaches_below = self.values[0] < 0.0

    @staticmethod
    def _is_even(values: Sequence[float]) -> bool:
        if len(values) < 3:
            return False
        even = np.arange(len(values), dtype=np.float32) / (len(values) - 1)
        return bool(np.allclose(values, even, atol=config.epsilon()))

    def __len__(self) -> int:
        return len(self.values)


def check_thresholds(thresholds: Any, default: float = 0.5) -> Thresholds:
    """Return the thresholds that a user gave, checked.

    Args:
        thresholds: `None`, a number or a sequence of numbers in `[0, 1]`.
        default: What `None` means.

    Raises:
        ValueError: If one is out of range.

    Example:

    >>> check_thresholds(None).values
    [0.5]
    """
    if thresholds is None:
        return Thresholds(default)
    given = [thresholds] if np.ndim(thresholds) == 0 else list(thresholds)
    wrong = [t for t in given if t is None or not 0 <= t <= 1]
    if wrong:
        raise ValueError(
            f"Thresholds must lie in [0, 1].\nReceived: thresholds={thresholds}"
        )
    return Thresholds(thresholds)


def confusion_counts(
    y_true: Any,
    y_pred: Any,
    thresholds: Thresholds,
    *,
    dtype: str,
    top_k: int | None = None,
    class_id: int | None = None,
    sample_weight: Any = None,
    label_weights: Any = None,
    multi_label: bool = False,
) -> Counts:
    """Count the outcomes of one batch at each threshold.

    Args:
        y_true: Labels, zero or not, shape `(batch, ...)`.
        y_pred: Predictions in `[0, 1]` of the same shape.
        thresholds: A prediction above the threshold is positive.
        dtype: Dtype of the counts.
        top_k: Only the `top_k` largest predictions along the last axis can be positive.
        class_id: Count this position of the last axis only.
        sample_weight: Weights of leading axes.
        label_weights: Weights of the last axis, shape `(labels,)`.
        multi_label: Whether to count each label (last axis) by itself.

    Returns:
        The counts.

    Raises:
        ShapeError: If `class_id` is given and there is no axis of classes.

    Example:

    >>> counts = confusion_counts([1, 0], [0.9, 0.8], Thresholds(0.5), dtype="float32")
    >>> counts.false_positives.numpy()
    array([1.], dtype=float32)
    """
    y_pred = ops.convert_to_tensor(y_pred, dtype=dtype)
    y_true = ops.convert_to_tensor(y_true, dtype=dtype)
    y_pred, y_true = match_rank(y_pred, y_true)
    if top_k is not None:
        y_pred = _keep_top_k(y_pred, top_k)
    if class_id is not None:
        if y_pred.ndim == 1:
            raise ShapeError(
                "`class_id` needs predictions of shape (batch, classes).\n"
                f"  got: y_pred {y_pred.shape}"
            )
        y_true = y_true[..., class_id : class_id + 1]
        y_pred = y_pred[..., class_id : class_id + 1]
    positive = ops.cast(ops.not_equal(y_true, 0), dtype)
    weights = _weights(positive, sample_weight, label_weights, dtype)
    if not multi_label:
        positive, y_pred, weights = (
            ops.reshape(x, (-1,)) for x in (positive, y_pred, weights)
        )
    of_label = positive * weights
    of_rest = (1.0 - positive) * weights
    count = _count_in_bins if thresholds.even else _count_by_comparison
    true_positives, false_positives = count(y_pred, of_label, of_rest, thresholds)
    return Counts(
        true_positives,
        false_positives,
        ops.sum(of_rest, axis=0) - false_positives,
        ops.sum(of_label, axis=0) - true_positives,
    )


def _weights(like: Any, sample_weight: Any, label_weights: Any, dtype: str) -> Any:
    weights = ops.ones_like(like)
    if sample_weight is not None:
        given = ops.convert_to_tensor(sample_weight, dtype=dtype)
        if given.ndim == like.ndim + 1:
            given = ops.squeeze(given, -1)
        while 0 < given.ndim < like.ndim:
            given = ops.expand_dims(given, -1)
        weights = weights * given
    if label_weights is not None:
        weights = weights * ops.convert_to_tensor(label_weights, dtype=dtype)
    return weights


def _keep_top_k(y_pred: Any, k: int) -> Any:
    """Replace all but the `k` largest values along the last axis by `LOWEST`."""
    _, indices = ops.top_k(y_pred, k)
    chosen = ops.one_hot(indices, y_pred.shape[-1], dtype=y_pred.dtype)
    chosen = ops.sum(chosen, axis=-2)
    return y_pred * chosen + LOWEST * (1.0 - chosen)


def _count_by_comparison(
    y_pred: Any, of_label: Any, of_rest: Any, thresholds: Thresholds
) -> tuple[Any, Any]:
    """Compare every prediction with every threshold; for a few thresholds."""
    limits = np.asarray(thresholds.values).reshape((-1,) + (1,) * y_pred.ndim)
    above = ops.cast(
        ops.expand_dims(y_pred, 0) > ops.convert_to_tensor(limits, dtype=y_pred.dtype),
        y_pred.dtype,
    )
    return ops.sum(above * of_label, axis=1), ops.sum(above * of_rest, axis=1)


def _count_in_bins(
    y_pred: Any, of_label: Any, of_rest: Any, thresholds: Thresholds
) -> tuple[Any, Any]:
    """Sort predictions into bins of equal width and add up from the top."""
    last = len(thresholds) - 1
    lowest = 1.0 if thresholds.reaches_below else 0.0
    bins = ops.ceil(ops.clip(y_pred, 0.0, 1.0) * float(last))
    # Also turns NaN, which is not above anything, into the lowest bin.
    bins = ops.where(bins >= lowest, bins, ops.full_like(bins, lowest))
    bins = ops.cast(bins, "int32")
    labels = 1
    if y_pred.ndim == 2:
        labels = y_pred.shape[1]
        bins = bins * labels + ops.arange(labels, dtype="int32")
    bins = ops.reshape(bins, (-1, 1))
    shape = (last + 2, labels) if y_pred.ndim == 2 else (last + 2,)

    def from_the_top(weights: Any) -> Any:
        weights = ops.reshape(weights, (-1,))
        held = ops.scatter(bins, weights, ((last + 2) * labels,))
        held = ops.flip(ops.reshape(held, shape), axis=0)
        return ops.flip(ops.cumsum(held, axis=0), axis=0)[1:]

    return from_the_top(of_label), from_the_top(of_rest)
