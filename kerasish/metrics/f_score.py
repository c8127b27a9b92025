"""F scores: means of precision and recall."""

from __future__ import annotations

from typing import Any

from kerasish.backend import config, ops
from kerasish.errors import ShapeError
from kerasish.metrics.metric import Metric

_AVERAGES = (None, "micro", "macro", "weighted")


class FBetaScore(Metric):
    """Weighted harmonic mean `(1 + b^2) * p * r / (b^2 * p + r)`.

    `p` is the precision and `r` the recall of each class.

    Args:
        average: `None` gives a score for each class, `"micro"` counts all classes
            together, `"macro"` averages the classes, `"weighted"` averages them by
            their number of samples.
        beta: Above 1 recall matters more, below 1 precision.
        threshold: Predictions above it count as 1; `None`: the largest one does.
        name: Name of the metric.
        dtype: See `Metric`.

    Raises:
        ValueError: If an argument has no meaning.

    Example:

    >>> metric = FBetaScore(average="macro", beta=2.0, threshold=0.5)
    >>> round(float(metric([[1.0], [1.0]], [[0.9], [0.2]])), 4)
    0.5556
    """

    _direction = "up"

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str = "fbeta_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if average not in _AVERAGES:
            raise ValueError(
                f"`average` must be one of {_AVERAGES}.\nReceived: average={average!r}"
            )
        if not isinstance(beta, float) or beta <= 0.0:
            raise ValueError(
                f"`beta` must be a float above 0.\nReceived: beta={beta!r}"
            )
        if threshold is not None and not (
            isinstance(threshold, float) and 0.0 < threshold <= 1.0
        ):
            raise ValueError(
                "`threshold` must be a float above 0 and at most 1.\n"
                f"Received: threshold={threshold!r}"
            )
        self.average = average
        self.beta = beta
        self.threshold = threshold
        self._built = False

    def _build(self, true_shape: tuple, pred_shape: tuple) -> None:
        if len(pred_shape) != 2 or len(true_shape) != 2 or pred_shape[-1] is None:
            raise ShapeError(
                f"Metric {self.name!r} expects inputs of shape (batch, classes).\n"
                f"  got: y_true {true_shape}, y_pred {pred_shape}"
            )
        shape = () if self.average == "micro" else (pred_shape[-1],)

        def state(name: str) -> Any:
            return self.add_variable(shape, "zeros", self.dtype, name=name)

        self.true_positives = state("true_positives")
        self.false_positives = state("false_positives")
        self.false_negatives = state("false_negatives")
        self.intermediate_weights = state("intermediate_weights")
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions, shape `(batch, classes)`."""
        y_true = ops.convert_to_tensor(y_true, dtype=self.dtype)
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        if not self._built:
            self._build(y_true.shape, y_pred.shape)
        if self.threshold is None:
            largest = ops.max(y_pred, axis=-1, keepdims=True)
            chosen = ops.logical_and(y_pred >= largest, ops.abs(y_pred) > 1e-9)
        else:
            chosen = y_pred > self.threshold
        chosen = ops.cast(chosen, self.dtype)
        weights = None
        if sample_weight is not None:
            weights = ops.convert_to_tensor(sample_weight, dtype=self.dtype)
            weights = ops.expand_dims(weights, 1) if weights.ndim == 1 else weights

        def count(values: Any) -> Any:
            values = values if weights is None else values * weights
            return ops.sum(values, axis=None if self.average == "micro" else 0)

        self.true_positives.assign_add(count(chosen * y_true))
        self.false_positives.assign_add(count(chosen * (1.0 - y_true)))
        self.false_negatives.assign_add(count((1.0 - chosen) * y_true))
        self.intermediate_weights.assign_add(count(y_true))

    def result(self) -> Any:
        """Return the score: a scalar, or one for each class if not averaged."""
        if not self._built:
            return ops.zeros((), dtype=self.dtype)
        tiny = config.epsilon()
        hits = self.true_positives.value
        precision = hits / (hits + self.false_positives + tiny)
        recall = hits / (hits + self.false_negatives + tiny)
        square = self.beta**2
        score = precision * recall / (square * precision + recall + tiny) * (1 + square)
        if self.average == "weighted":
            weights = self.intermediate_weights.value
            return ops.sum(score * (weights / (ops.sum(weights) + tiny)))
        return score if self.average is None else ops.mean(score)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        return {
            **super().get_config(),
            "average": self.average,
            "beta": self.beta,
            "threshold": self.threshold,
        }


class F1Score(FBetaScore):
    """Harmonic mean of precision and recall: `2 * p * r / (p + r)`.

    Args:
        average: See `FBetaScore`.
        threshold: See `FBetaScore`.
        name: Name of the metric.
        dtype: See `Metric`.

    Raises:
        ValueError: If an argument has no meaning.

    Example:

    >>> metric = F1Score(average="macro", threshold=0.5)
    >>> round(float(metric([[1.0], [1.0]], [[0.9], [0.2]])), 4)
    0.6667
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        settings = super().get_config()
        del settings["beta"]
        return settings
