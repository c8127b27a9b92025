"""Metrics of regression."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.errors import ShapeError
from kerasish.losses.reduction import match_rank, prepare
from kerasish.losses.regression import (
    cosine_similarity,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
)
from kerasish.metrics.mean import Mean, MeanMetricWrapper
from kerasish.metrics.metric import Metric


def _cosine(y_true: Any, y_pred: Any, axis: int = -1) -> Any:
    """The cosine itself; the loss is minus the cosine."""
    return -cosine_similarity(y_true, y_pred, axis=axis)


class MeanSquaredError(MeanMetricWrapper):
    """Mean of `(y_true - y_pred) ** 2`.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> float(MeanSquaredError()([[0.0], [1.0]], [[2.0], [1.0]]))
    2.0
    """

    _direction = "down"

    def __init__(self, name: str = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(mean_squared_error, name, dtype)


class MeanAbsoluteError(MeanMetricWrapper):
    """Mean of `|y_true - y_pred|`.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> float(MeanAbsoluteError()([[0.0], [1.0]], [[2.0], [1.0]]))
    1.0
    """

    _direction = "down"

    def __init__(self, name: str = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(mean_absolute_error, name, dtype)


class MeanAbsolutePercentageError(MeanMetricWrapper):
    """Mean of `100 * |y_true - y_pred| / |y_true|`.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> float(MeanAbsolutePercentageError()([[2.0], [4.0]], [[1.0], [4.0]]))
    25.0
    """

    _direction = "down"

    def __init__(
        self, name: str = "mean_absolute_percentage_error", dtype: Any = None
    ) -> None:
        super().__init__(mean_absolute_percentage_error, name, dtype)


class MeanSquaredLogarithmicError(MeanMetricWrapper):
    """Mean of `(log(1 + y_true) - log(1 + y_pred)) ** 2`.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> metric = MeanSquaredLogarithmicError()
    >>> round(float(metric([[0.0]], [[1.0]])), 4)
    0.4805
    """

    _direction = "down"

    def __init__(
        self, name: str = "mean_squared_logarithmic_error", dtype: Any = None
    ) -> None:
        super().__init__(mean_squared_logarithmic_error, name, dtype)


class CosineSimilarity(MeanMetricWrapper):
    """Mean of the cosine of the angle between targets and predictions.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.
        axis: Axis of the vectors.

    Example:

    >>> float(CosineSimilarity()([[0.0, 1.0]], [[0.0, 3.0]]))
    1.0
    """

    _direction = "up"

    def __init__(
        self, name: str = "cosine_similarity", dtype: Any = None, axis: int = -1
    ) -> None:
        super().__init__(_cosine, name, dtype, axis=axis)


class LogCoshError(MeanMetricWrapper):
    """Mean of `log(cosh(y_pred - y_true))`.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> round(float(LogCoshError()([[0.0]], [[1.0]])), 4)
    0.4338
    """

    _direction = "down"

    def __init__(self, name: str = "logcosh", dtype: Any = None) -> None:
        super().__init__(log_cosh, name, dtype)


class RootMeanSquaredError(Mean):
    """Root of the mean of `(y_true - y_pred) ** 2`.

    Args:
        name: Name of the metric.
        dtype: See `Metric`.

    Example:

    >>> float(RootMeanSquaredError()([[0.0], [0.0]], [[4.0], [4.0]]))
    4.0
    """

    _direction = "down"

    def __init__(
        self, name: str = "root_mean_squared_error", dtype: Any = None
    ) -> None:
        super().__init__(name, dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets and predictions."""
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        y_true, y_pred = prepare(y_true, y_pred, self.name)
        super().update_state(ops.square(y_pred - y_true), sample_weight)

    def result(self) -> Any:
        """Return the root of the mean, a scalar."""
        return ops.sqrt(super().result())


class R2Score(Metric):
    """Coefficient of determination: `1 - sum((t - p) ** 2) / sum((t - mean(t)) ** 2)`.

    1 for perfect predictions, 0 for always predicting the mean.

    Args:
        class_aggregation: How the outputs are combined: `"uniform_average"`,
            `"variance_weighted_average"` or `None` (a score for each).
        num_regressors: Number of independent regressors; above 0 the adjusted score
            is computed.
        name: Name of the metric.
        dtype: See `Metric`.

    Raises:
        ValueError: If an argument has no meaning.

    Example:

    >>> metric = R2Score()
    >>> metric.update_state([[1.0], [4.0], [3.0]], [[2.0], [4.0], [4.0]])
    >>> round(float(metric.result()), 4)
    0.5714
    """

    _direction = "up"

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str = "r2_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        choices = (None, "uniform_average", "variance_weighted_average")
        if class_aggregation not in choices:
            raise ValueError(
                f"`class_aggregation` must be one of {choices}.\n"
                f"Received: class_aggregation={class_aggregation!r}"
            )
        if num_regressors < 0:
            raise ValueError(
                "`num_regressors` must not be negative.\n"
                f"Received: num_regressors={num_regressors}"
            )
        self.class_aggregation = class_aggregation
        self.num_regressors = num_regressors
        self.num_samples = self.add_variable((), "zeros", name="num_samples")
        self._built = False

    def _build(self, true_shape: tuple, pred_shape: tuple) -> None:
        if len(pred_shape) != 2 or len(true_shape) != 2 or pred_shape[-1] is None:
            raise ShapeError(
                f"Metric {self.name!r} expects inputs of shape (batch, outputs).\n"
                f"  got: y_true {true_shape}, y_pred {pred_shape}"
            )
        shape = (pred_shape[-1],)
        self.squared_sum = self.add_variable(shape, "zeros", name="squared_sum")
        self.sum = self.add_variable(shape, "zeros", name="sum")
        self.total_mse = self.add_variable(shape, "zeros", name="residual")
        self.count = self.add_variable(shape, "zeros", name="count")
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of targets and predictions, shape `(batch, outputs)`."""
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        y_true, y_pred = match_rank(y_true, y_pred)
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        ones = ops.ones_like(y_true)
        weights = 1.0 if sample_weight is None else sample_weight
        weights = ops.convert_to_tensor(weights, dtype=self.dtype)
        weights = (ops.expand_dims(weights, 1) if weights.ndim == 1 else weights) * ones
        self.sum.assign_add(ops.sum(y_true * weights, axis=0))
        self.squared_sum.assign_add(ops.sum(y_true * y_true * weights, axis=0))
        error = ops.square(y_true - y_pred)
        self.total_mse.assign_add(ops.sum(error * weights, axis=0))
        self.count.assign_add(ops.sum(weights, axis=0))
        self.num_samples.assign_add(ops.cast(ops.sum(ones), self.num_samples.dtype))

    def result(self) -> Any:
        """Return the score, a scalar or one for each output."""
        if not self._built:
            return ops.zeros((), dtype=self.dtype)
        total = self.squared_sum - self.sum * (self.sum / self.count)
        scores = 1.0 - self.total_mse / total
        scores = ops.where(ops.isinf(scores), ops.zeros_like(scores), scores)
        if self.class_aggregation == "uniform_average":
            scores = ops.mean(scores)
        elif self.class_aggregation == "variance_weighted_average":
            scores = ops.sum(total * scores) / ops.sum(total)
        if not self.num_regressors:
            return scores
        freedom = self.num_samples - float(self.num_regressors) - 1.0
        possible = freedom > 0.0
        divisor = ops.where(possible, freedom, ops.ones_like(freedom))
        adjusted = 1.0 - (1.0 - scores) * (self.num_samples - 1.0) / divisor
        return ops.where(possible, adjusted, scores)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        return {
            **super().get_config(),
            "class_aggregation": self.class_aggregation,
            "num_regressors": self.num_regressors,
        }
