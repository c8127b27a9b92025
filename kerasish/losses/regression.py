"""Losses of regression: errors between real targets and predictions."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import config, ops
from kerasish.losses.loss import LossFunctionWrapper
from kerasish.losses.reduction import prepare


def mean_squared_error(y_true: Any, y_pred: Any) -> Any:
    """Compute `mean((y_true - y_pred) ** 2)` over the last axis.

    Args:
        y_true: Targets, shape `(batch, ..., d)`.
        y_pred: Predictions of the same shape.

    Returns:
        Tensor of shape `(batch, ...)`.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> mean_squared_error([[0.0, 1.0]], [[2.0, 1.0]]).numpy()
    array([2.], dtype=float32)
    """
    y_true, y_pred = prepare(y_true, y_pred, "mean_squared_error")
    return ops.mean(ops.square(y_pred - y_true), axis=-1)


def mean_absolute_error(y_true: Any, y_pred: Any) -> Any:
    """Compute `mean(|y_true - y_pred|)` over the last axis.

    Args:
        y_true: Targets, shape `(batch, ..., d)`.
        y_pred: Predictions of the same shape.

    Returns:
        Tensor of shape `(batch, ...)`.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> mean_absolute_error([[0.0, 1.0]], [[2.0, 1.0]]).numpy()
    array([1.], dtype=float32)
    """
    y_true, y_pred = prepare(y_true, y_pred, "mean_absolute_error")
    return ops.mean(ops.abs(y_pred - y_true), axis=-1)


def mean_absolute_percentage_error(y_true: Any, y_pred: Any) -> Any:
    """Compute `100 * mean(|y_true - y_pred| / max(|y_true|, epsilon()))`.

    Args:
        y_true: Targets, shape `(batch, ..., d)`.
        y_pred: Predictions of the same shape.

    Returns:
        Tensor of shape `(batch, ...)`.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> mean_absolute_percentage_error([[2.0, 4.0]], [[1.0, 4.0]]).numpy()
    array([25.], dtype=float32)
    """
    y_true, y_pred = prepare(y_true, y_pred, "mean_absolute_percentage_error")
    scale = ops.maximum(ops.abs(y_true), config.epsilon())
    return 100.0 * ops.mean(ops.abs((y_true - y_pred) / scale), axis=-1)


def mean_squared_logarithmic_error(y_true: Any, y_pred: Any) -> Any:
    """Compute `mean((log(1 + y_true) - log(1 + y_pred)) ** 2)` over the last axis.

    Values below `epsilon()` count as `epsilon()`.

    Args:
        y_true: Targets, shape `(batch, ..., d)`.
        y_pred: Predictions of the same shape.

    Returns:
        Tensor of shape `(batch, ...)`.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> float(mean_squared_logarithmic_error([0.0], [1.0]))  # doctest: +ELLIPSIS
    0.4804...
    """
    y_true, y_pred = prepare(y_true, y_pred, "mean_squared_logarithmic_error")
    smallest = config.epsilon()
    log_pred = ops.log(ops.maximum(y_pred, smallest) + 1.0)
    log_true = ops.log(ops.maximum(y_true, smallest) + 1.0)
    return ops.mean(ops.square(log_pred - log_true), axis=-1)


def cosine_similarity(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """Compute minus the cosine of the angle between targets and predictions.

    `-sum(l2_normalize(y_true) * l2_normalize(y_pred))`: -1 for equal directions, 0 for
    orthogonal ones, 1 for opposite ones.

    Args:
        y_true: Targets, shape `(batch, ..., d)`.
        y_pred: Predictions of the same shape.
        axis: Axis of the vectors.

    Returns:
        Tensor without that axis.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> cosine_similarity([[0.0, 1.0]], [[0.0, 3.0]]).numpy()
    array([-1.], dtype=float32)
    """
    y_true, y_pred = prepare(y_true, y_pred, "cosine_similarity")
    product = ops.normalize(y_true, axis=axis) * ops.normalize(y_pred, axis=axis)
    return -ops.sum(product, axis=axis)


def huber(y_true: Any, y_pred: Any, delta: float = 1.0) -> Any:
    """Compute a loss that is quadratic near zero and linear beyond `delta`.

    With `e = |y_true - y_pred|`: `0.5 * e ** 2` where `e <= delta`, and
    `delta * e - 0.5 * delta ** 2` elsewhere; the mean over the last axis (Huber 1964).

    Args:
        y_true: Targets, shape `(batch, ..., d)`.
        y_pred: Predictions of the same shape.
        delta: Where the quadratic part ends.

    Returns:
        Tensor of shape `(batch, ...)`.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> huber([[0.0, 0.0]], [[1.0, 3.0]]).numpy()
    array([1.5], dtype=float32)
    """
    y_true, y_pred = prepare(y_true, y_pred, "huber")
    error = ops.abs(y_pred - y_true)
    quadratic = 0.5 * ops.square(error)
    linear = delta * error - 0.5 * delta * delta
    return ops.mean(ops.where(error <= delta, quadratic, linear), axis=-1)


def log_cosh(y_true: Any, y_pred: Any) -> Any:
    """Compute `mean(log(cosh(y_pred - y_true)))` over the last axis.

    Evaluated as `x + softplus(-2 x) - log(2)`, which never overflows.

    Args:
        y_true: Targets, shape `(batch, ..., d)`.
        y_pred: Predictions of the same shape.

    Returns:
        Tensor of shape `(batch, ...)`.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> float(log_cosh([0.0], [1.0]))  # doctest: +ELLIPSIS
    0.4337...
    """
    y_true, y_pred = prepare(y_true, y_pred, "log_cosh")
    error = y_pred - y_true
    return ops.mean(error + ops.softplus(-2.0 * error) - math.log(2.0), axis=-1)


class MeanSquaredError(LossFunctionWrapper):
    """Mean of squared errors: `mean((y_true - y_pred) ** 2)`.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> float(MeanSquaredError()([[0.0], [1.0]], [[2.0], [1.0]]))
    2.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_squared_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_squared_error, reduction, name, dtype)


class MeanAbsoluteError(LossFunctionWrapper):
    """Mean of absolute errors: `mean(|y_true - y_pred|)`.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> float(MeanAbsoluteError()([[0.0], [1.0]], [[2.0], [1.0]]))
    1.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_absolute_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_absolute_error, reduction, name, dtype)


class MeanAbsolutePercentageError(LossFunctionWrapper):
    """Mean error in percent: `100 * mean(|y_true - y_pred| / |y_true|)`.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> float(MeanAbsolutePercentageError()([[2.0], [4.0]], [[1.0], [4.0]]))
    25.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_absolute_percentage_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_absolute_percentage_error, reduction, name, dtype)


class MeanSquaredLogarithmicError(LossFunctionWrapper):
    """Mean of `(log(1 + y_true) - log(1 + y_pred)) ** 2`.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> loss = MeanSquaredLogarithmicError()
    >>> float(loss([[0.0]], [[1.0]]))  # doctest: +ELLIPSIS
    0.4804...
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "mean_squared_logarithmic_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(mean_squared_logarithmic_error, reduction, name, dtype)


class CosineSimilarity(LossFunctionWrapper):
    """Minus the cosine of the angle between targets and predictions.

    Args:
        axis: Axis of the vectors.
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> float(CosineSimilarity()([[0.0, 1.0]], [[0.0, 3.0]]))
    -1.0
    """

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "cosine_similarity",
        dtype: Any = None,
    ) -> None:
        super().__init__(cosine_similarity, reduction, name, dtype, axis=axis)


class Huber(LossFunctionWrapper):
    """Quadratic for errors up to `delta`, linear beyond (Huber 1964).

    Args:
        delta: Where the quadratic part ends.
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> float(Huber()([[0.0], [0.0]], [[1.0], [3.0]]))
    1.5
    """

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str = "huber_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(huber, reduction, name, dtype, delta=delta)


class LogCosh(LossFunctionWrapper):
    """Mean of `log(cosh(y_pred - y_true))`: smooth, and linear for large errors.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> float(LogCosh()([[0.0]], [[1.0]]))  # doctest: +ELLIPSIS
    0.4337...
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "log_cosh",
        dtype: Any = None,
    ) -> None:
        super().__init__(log_cosh, reduction, name, dtype)
