"""The best value of one rate while another one reaches a given level."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.metrics.confusion import Thresholds, confusion_counts
from kerasish.metrics.metric import Metric

_STATE = ("true_positives", "false_positives", "true_negatives", "false_negatives")


class _Tradeoff(Metric):
    """Counts at many thresholds, and the choice of the best allowed one."""

    _direction = "up"
    level = ""

    def __init__(
        self,
        value: float,
        num_thresholds: int,
        class_id: int | None,
        name: str | None,
        dtype: Any,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        if not 0 <= value <= 1:
            raise ValueError(
                f"`{self.level}` must lie in [0, 1].\nReceived: {self.level}={value}"
            )
        if num_thresholds <= 0:
            raise ValueError(
                "`num_thresholds` must be positive.\n"
                f"Received: num_thresholds={num_thresholds}"
            )
        setattr(self, self.level, value)
        self.value = value
        self.num_thresholds = num_thresholds
        self.class_id = class_id
        steps = max(num_thresholds - 1, 1)
        self._limits = Thresholds(
            0.5 if num_thresholds == 1 else [i / steps for i in range(num_thresholds)]
        )
        # Two thresholds, 0 and 1, are even too.
        self._limits.even = num_thresholds > 1
        for part in _STATE:
            variable = self.add_variable((len(self._limits),), "zeros", name=part)
            setattr(self, part, variable)

    @property
    def thresholds(self) -> list[float]:
        """The thresholds, as a list."""
        return self._limits.values

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions."""
        counts = confusion_counts(
            y_true,
            y_pred,
            self._limits,
            dtype=self.true_positives.dtype,
            class_id=self.class_id,
            sample_weight=sample_weight,
        )
        for part in _STATE:
            getattr(self, part).assign_add(getattr(counts, part))

    def _rate(self, right: str, wrong: str) -> Any:
        right = getattr(self, right).value
        return ops.divide_no_nan(right, right + getattr(self, wrong))

    def _best(self, wanted: Any, given: Any) -> Any:
        """The largest `wanted` where `given` reaches the level; 0 if it never does."""
        return ops.max(ops.where(given >= self.value, wanted, ops.zeros_like(wanted)))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        return {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            self.level: self.value,
            "class_id": self.class_id,
        }


class SensitivityAtSpecificity(_Tradeoff):
    """Best sensitivity `tp / (tp + fn)` while `tn / (tn + fp) >= specificity`.

    Args:
        specificity: The level to reach, in `[0, 1]`.
        num_thresholds: How many thresholds are tried.
        class_id: Count this class only.
        name: Name of the metric.
        dtype: See `Metric`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> metric = SensitivityAtSpecificity(0.5)
    >>> float(metric([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8]))
    0.5
    """

    level = "specificity"

    def __init__(
        self,
        specificity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(specificity, num_thresholds, class_id, name, dtype)

    def result(self) -> Any:
        """Return the best sensitivity, a scalar."""
        return self._best(
            self._rate("true_positives", "false_negatives"),
            self._rate("true_negatives", "false_positives"),
        )


class SpecificityAtSensitivity(_Tradeoff):
    """Best specificity `tn / (tn + fp)` while `tp / (tp + fn) >= sensitivity`.

    Args:
        sensitivity: The level to reach, in `[0, 1]`.
        num_thresholds: How many thresholds are tried.
        class_id: Count this class only.
        name: Name of the metric.
        dtype: See `Metric`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> metric = SpecificityAtSensitivity(0.5)
    >>> round(float(metric([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8])), 4)
    0.6667
    """

    level = "sensitivity"

    def __init__(
        self,
        sensitivity: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(sensitivity, num_thresholds, class_id, name, dtype)

    def result(self) -> Any:
        """Return the best specificity, a scalar."""
        return self._best(
            self._rate("true_negatives", "false_positives"),
            self._rate("true_positives", "false_negatives"),
        )


class PrecisionAtRecall(_Tradeoff):
    """Best precision `tp / (tp + fp)` while `tp / (tp + fn) >= recall`.

    Args:
        recall: The level to reach, in `[0, 1]`.
        num_thresholds: How many thresholds are tried.
        class_id: Count this class only.
        name: Name of the metric.
        dtype: See `Metric`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> metric = PrecisionAtRecall(0.5)
    >>> float(metric([0, 0, 0, 1, 1], [0.0, 0.3, 0.8, 0.3, 0.8]))
    0.5
    """

    level = "recall"

    def __init__(
        self,
        recall: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(recall, num_thresholds, class_id, name, dtype)

    def result(self) -> Any:
        """Return the best precision, a scalar."""
        return self._best(
            self._rate("true_positives", "false_positives"),
            self._rate("true_positives", "false_negatives"),
        )


class RecallAtPrecision(_Tradeoff):
    """Best recall `tp / (tp + fn)` while `tp / (tp + fp) >= precision`.

    Args:
        precision: The level to reach, in `[0, 1]`.
        num_thresholds: How many thresholds are tried.
        class_id: Count this class only.
        name: Name of the metric.
        dtype: See `Metric`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> metric = RecallAtPrecision(0.8)
    >>> float(metric([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
    0.5
    """

    level = "precision"

    def __init__(
        self,
        precision: float,
        num_thresholds: int = 200,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(precision, num_thresholds, class_id, name, dtype)

    def result(self) -> Any:
        """Return the best recall, a scalar."""
        return self._best(
            self._rate("true_positives", "false_negatives"),
            self._rate("true_positives", "false_positives"),
        )
