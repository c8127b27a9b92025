"""Accuracies: the share of predictions that are right."""

from __future__ import annotations

from typing import Any

from kerasish.backend import config, ops
from kerasish.losses.reduction import match_rank
from kerasish.losses.targets import class_numbers, prepare_one_hot
from kerasish.metrics.mean import MeanMetricWrapper


def accuracy(y_true: Any, y_pred: Any) -> Any:
    """Tell where predictions equal the targets.

    Args:
        y_true: Targets, shape `(batch, ...)`.
        y_pred: Predictions of the same shape.

    Returns:
        Tensor of zeros and ones of that shape.

    Example:

    >>> accuracy([1, 2], [1, 3]).numpy()
    array([1., 0.], dtype=float32)
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    y_true, y_pred = match_rank(y_true, y_pred)
    return ops.cast(ops.equal(y_true, y_pred), config.floatx())


def binary_accuracy(y_true: Any, y_pred: Any, threshold: float = 0.5) -> Any:
    """Tell where `y_pred > threshold` equals the label.

    Args:
        y_true: Labels 0 and 1, shape `(batch, ...)`.
        y_pred: Probabilities of the same shape.
        threshold: Above it a prediction counts as 1.

    Returns:
        Tensor of zeros and ones of that shape.

    Example:

    >>> binary_accuracy([1, 0], [0.8, 0.7]).numpy()
    array([1., 0.], dtype=float32)
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true, y_pred = match_rank(ops.convert_to_tensor(y_true), y_pred)
    decided = ops.cast(y_pred > threshold, y_true.dtype)
    return ops.cast(ops.equal(y_true, decided), config.floatx())


def categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Tell where the likeliest class is that of the one-hot label.

    Args:
        y_true: One-hot labels, shape `(batch, ..., classes)`.
        y_pred: Probabilities or logits of the same shape.

    Returns:
        Tensor of zeros and ones, shape `(batch, ...)`.

    Raises:
        ShapeError: If the labels are class numbers.

    Example:

    >>> categorical_accuracy([[0, 1]], [[0.1, 0.9]]).numpy()
    array([1.], dtype=float32)
    """
    y_true, y_pred = prepare_one_hot(y_true, y_pred, -1, "categorical_accuracy")
    right = ops.equal(ops.argmax(y_true, axis=-1), ops.argmax(y_pred, axis=-1))
    return ops.cast(right, config.floatx())


def sparse_categorical_accuracy(y_true: Any, y_pred: Any) -> Any:
    """Tell where the likeliest class is the label.

    Args:
        y_true: Class numbers, shape `(batch, ...)` or `(batch, ..., 1)`.
        y_pred: Probabilities or logits, shape `(batch, ..., classes)`.

    Returns:
        Tensor of zeros and ones, shape `(batch, ...)`.

    Raises:
        ShapeError: If the labels are one-hot.

    Example:

    >>> sparse_categorical_accuracy([[1]], [[0.1, 0.9]]).numpy()
    array([1.], dtype=float32)
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = class_numbers(ops.convert_to_tensor(y_true), y_pred, -1)
    decided = ops.cast(ops.argmax(y_pred, axis=-1), y_true.dtype)
    return ops.cast(ops.equal(y_true, decided), config.floatx())


def _within_top_k(labels: Any, y_pred: Any, k: int) -> Any:
    """Whether fewer than `k` classes are strictly likelier than the label."""
    labels = ops.expand_dims(ops.cast(labels, "int32"), -1)
    score = ops.take_along_axis(y_pred, labels, axis=-1)
    better = ops.sum(ops.cast(y_pred > score, "int32"), axis=-1)
    return ops.cast(better < k, config.floatx())


def top_k_categorical_accuracy(y_true: Any, y_pred: Any, k: int = 5) -> Any:
    """Tell where the one-hot label is among the `k` likeliest classes.

    Args:
        y_true: One-hot labels, shape `(batch, ..., classes)`.
        y_pred: Probabilities or logits of the same shape.
        k: How many classes count.

    Returns:
        Tensor of zeros and ones, shape `(batch, ...)`.

    Raises:
        ShapeError: If the labels are class numbers.

    Example:

    >>> top_k_categorical_accuracy([[0, 1, 0]], [[0.5, 0.3, 0.2]], k=2).numpy()
    array([1.], dtype=float32)
    """
    y_true, y_pred = prepare_one_hot(y_true, y_pred, -1, "top_k_categorical_accuracy")
    return _within_top_k(ops.argmax(y_true, axis=-1), y_pred, k)


def sparse_top_k_categorical_accuracy(
    y_true: Any, y_pred: Any, k: int = 5, from_sorted_ids: bool = False
) -> Any:
    """Tell where the label is among the `k` likeliest classes.

    Args:
        y_true: Class numbers, shape `(batch, ...)` or `(batch, ..., 1)`.
        y_pred: Probabilities or logits, shape `(batch, ..., classes)`.
        k: How many classes count.
        from_sorted_ids: Whether `y_pred` holds class numbers, the likeliest first.

    Returns:
        Tensor of zeros and ones, shape `(batch, ...)`.

    Raises:
        ShapeError: If the labels are one-hot.

    Example:

    >>> sparse_top_k_categorical_accuracy([1], [[0.5, 0.3, 0.2]], k=2).numpy()
    array([1.], dtype=float32)
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = class_numbers(ops.convert_to_tensor(y_true), y_pred, -1)
    if not from_sorted_ids:
        return _within_top_k(y_true, y_pred, k)
    labels = ops.expand_dims(ops.cast(y_true, y_pred.dtype), -1)
    found = ops.any(ops.equal(labels, y_pred[..., :k]), axis=-1)
    return ops.cast(found, config.floatx())


class Accuracy(MeanMetricWrapper):
    """Share of predictions that equal the target.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> float(Accuracy()([1, 2], [1, 3]))
    0.5
    """

    _direction = "up"

    def __init__(self, name: str = "accuracy", dtype: Any = None) -> None:
        super().__init__(accuracy, name, dtype)


class BinaryAccuracy(MeanMetricWrapper):
    """Share of predictions on the right side of a threshold.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.
        threshold: Above it a prediction counts as 1.

    Example:

    >>> float(BinaryAccuracy()([[1], [0]], [[0.8], [0.7]]))
    0.5
    """

    _direction = "up"

    def __init__(
        self, name: str = "binary_accuracy", dtype: Any = None, threshold: float = 0.5
    ) -> None:
        super().__init__(binary_accuracy, name, dtype, threshold=threshold)


class CategoricalAccuracy(MeanMetricWrapper):
    """Share of samples whose likeliest class is that of the one-hot label.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> float(CategoricalAccuracy()([[0, 1], [0, 1]], [[0.1, 0.9], [0.7, 0.3]]))
    0.5
    """

    _direction = "up"

    def __init__(self, name: str = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(categorical_accuracy, name, dtype)


class SparseCategoricalAccuracy(MeanMetricWrapper):
    """Share of samples whose likeliest class is the label.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> float(SparseCategoricalAccuracy()([1, 1], [[0.1, 0.9], [0.7, 0.3]]))
    0.5
    """

    _direction = "up"

    def __init__(
        self, name: str = "sparse_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(sparse_categorical_accuracy, name, dtype)


class TopKCategoricalAccuracy(MeanMetricWrapper):
    """Share of samples whose one-hot label is among the `k` likeliest classes.

    Args:
        k: How many classes count.
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> float(TopKCategoricalAccuracy(k=2)([[0, 1, 0]], [[0.5, 0.3, 0.2]]))
    1.0
    """

    _direction = "up"

    def __init__(
        self, k: int = 5, name: str = "top_k_categorical_accuracy", dtype: Any = None
    ) -> None:
        super().__init__(top_k_categorical_accuracy, name, dtype, k=k)


class SparseTopKCategoricalAccuracy(MeanMetricWrapper):
    """Share of samples whose label is among the `k` likeliest classes.

    Args:
        k: How many classes count.
        name: Name of the metric.
        dtype: See `Metric`.
        from_sorted_ids: Whether predictions are class numbers, the likeliest first.

    Example:

    >>> float(SparseTopKCategoricalAccuracy(k=2)([1], [[0.5, 0.3, 0.2]]))
    1.0
    """

    _direction = "up"

    def __init__(
        self,
        k: int = 5,
        name: str = "sparse_top_k_categorical_accuracy",
        dtype: Any = None,
        from_sorted_ids: bool = False,
    ) -> None:
        super().__init__(
            sparse_top_k_categorical_accuracy,
            name,
            dtype,
            k=k,
            from_sorted_ids=from_sorted_ids,
        )
