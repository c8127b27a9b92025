"""Correlations between targets and predictions."""

from __future__ import annotations

from typing import Any

from kerasish.backend import config, ops
from kerasish.losses.reduction import prepare
from kerasish.metrics.mean import MeanMetricWrapper


def pearson_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Compute Pearson's coefficient `cov(t, p) / (std(t) * std(p))`.

    Args:
        y_true: Targets, shape `(batch, ..., d)`.
        y_pred: Predictions of the same shape.
        axis: Axis along which they are compared.

    Returns:
        Tensor without that axis.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> round(float(pearson_correlation([0.0, 1.0, 2.0], [1.0, 3.0, 5.0])), 4)
    1.0
    """
    y_true, y_pred = prepare(y_true, y_pred, "pearson_correlation")
    y_true = y_true - ops.mean(y_true, axis=axis, keepdims=True)
    y_pred = y_pred - ops.mean(y_pred, axis=axis, keepdims=True)
    y_true = y_true / ops.std(y_true, axis=axis, keepdims=True)
    y_pred = y_pred / ops.std(y_pred, axis=axis, keepdims=True)
    return ops.mean(y_true * y_pred, axis=axis)


def concordance_correlation(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Compute the concordance correlation coefficient.

    With `m = mean(p)`:
    `2 * mean((t - m) * (p - m)) / (var(t) + var(p) + (mean(t) - m) ** 2)`.

    Args:
        y_true: Targets, shape `(batch, ..., d)`.
        y_pred: Predictions of the same shape.
        axis: Axis along which they are compared.

    Returns:
        Tensor without that axis.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> round(float(concordance_correlation([0.0, 1.0, 2.0], [0.0, 1.0, 2.0])), 4)
    1.0
    """
    y_true, y_pred = prepare(y_true, y_pred, "concordance_correlation")
    mean_true = ops.mean(y_true, axis=axis, keepdims=True)
    mean_pred = ops.mean(y_pred, axis=axis, keepdims=True)
    spread = (
        ops.var(y_true, axis=axis, keepdims=True)
        + ops.var(y_pred, axis=axis, keepdims=True)
        + ops.square(mean_true - mean_pred)
    )
    together = (y_true - mean_pred) * (y_pred - mean_pred)
    return ops.mean(2.0 * together / (spread + config.epsilon()), axis=axis)


class PearsonCorrelation(MeanMetricWrapper):
    """Mean of Pearson's correlation coefficient.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.
        axis: Axis along which targets and predictions are compared.

    Example:

    >>> metric = PearsonCorrelation()
    >>> round(float(metric([[0.0, 1.0, 2.0]], [[1.0, 3.0, 5.0]])), 4)
    1.0
    """

    _direction = "up"

    def __init__(
        self, name: str = "pearson_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(pearson_correlation, name, dtype, axis=axis)


class ConcordanceCorrelation(MeanMetricWrapper):
    """Mean of the concordance correlation coefficient.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.
        axis: Axis along which targets and predictions are compared.

    Example:

    >>> metric = ConcordanceCorrelation()
    >>> round(float(metric([[0.0, 1.0, 2.0]], [[0.0, 1.0, 2.0]])), 4)
    1.0
    """

    _direction = "up"

    def __init__(
        self, name: str = "concordance_correlation", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(concordance_correlation, name, dtype, axis=axis)
