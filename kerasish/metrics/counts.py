"""True and false positives and negatives, precision and recall."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.metrics.confusion import LOWEST, check_thresholds, confusion_counts
from kerasish.metrics.metric import Metric


class _Count(Metric):
    """One of the four counts, at one or more thresholds."""

    counted = ""

    def __init__(
        self, thresholds: Any = None, name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self._limits = check_thresholds(thresholds)
        self.accumulator = self.add_variable(
            (len(self._limits),), "zeros", name="accumulator"
        )

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
            dtype=self.accumulator.dtype,
            sample_weight=sample_weight,
        )
        self.accumulator.assign_add(getattr(counts, self.counted))

    def result(self) -> Any:
        """Return the count: a scalar for one threshold, else one for each."""
        value = self.accumulator.value
        return value[0] if len(self._limits) == 1 else value

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        return {**super().get_config(), "thresholds": self.init_thresholds}


class TruePositives(_Count):
    """Number of samples of label 1 that are predicted as 1.

    Args:
        thresholds: A number or numbers in `[0, 1]`, 0.5 by default.
        name: Name of the metric.
        dtype: See `Metric`.

    Raises:
        ValueError: If a threshold is out of range.

    Example:

    >>> float(TruePositives()([0, 1, 1, 1], [1, 0, 1, 1]))
    2.0
    """

    counted = "true_positives"


class FalsePositives(_Count):
    """Number of samples of label 0 that are predicted as 1.

    Args:
        thresholds: A number or numbers in `[0, 1]`, 0.5 by default.
        name: Name of the metric.
        dtype: See `Metric`.

    Raises:
        ValueError: If a threshold is out of range.

    Example:

    >>> float(FalsePositives()([0, 1, 0, 0], [0, 0, 1, 1]))
    2.0
    """

    counted = "false_positives"


class TrueNegatives(_Count):
    """Number of samples of label 0 that are predicted as 0.

    Args:
        thresholds: A number or numbers in `[0, 1]`, 0.5 by default.
        name: Name of the metric.
        dtype: See `Metric`.

    Raises:
        ValueError: If a threshold is out of range.

    Example:

    >>> float(TrueNegatives()([0, 1, 0, 0], [1, 1, 0, 0]))
    2.0
    """

    counted = "true_negatives"


class FalseNegatives(_Count):
    """Number of samples of label 1 that are predicted as 0.

    Args:
        thresholds: A number or numbers in `[0, 1]`, 0.5 by default.
        name: Name of the metric.
        dtype: See `Metric`.

    Raises:
        ValueError: If a threshold is out of range.

    Example:

    >>> float(FalseNegatives()([0, 1, 1, 1], [0, 1, 0, 0]))
    2.0
    """

    counted = "false_negatives"


class _Share(Metric):
    """True positives divided by themselves plus one kind of error."""

    errors = ""
    _direction = "up"

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.init_thresholds = thresholds
        self.top_k = top_k
        self.class_id = class_id
        self._limits = check_thresholds(thresholds, 0.5 if top_k is None else LOWEST)
        shape = (len(self._limits),)
        self.true_positives = self.add_variable(shape, "zeros", name="true_positives")
        setattr(self, self.errors, self.add_variable(shape, "zeros", name=self.errors))

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
            top_k=self.top_k,
            class_id=self.class_id,
            sample_weight=sample_weight,
        )
        self.true_positives.assign_add(counts.true_positives)
        getattr(self, self.errors).assign_add(getattr(counts, self.errors))

    def result(self) -> Any:
        """Return the share: a scalar for one threshold, else one for each."""
        hits = self.true_positives.value
        value = ops.divide_no_nan(hits, hits + getattr(self, self.errors))
        return value[0] if len(self._limits) == 1 else value

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        return {
            **super().get_config(),
            "thresholds": self.init_thresholds,
            "top_k": self.top_k,
            "class_id": self.class_id,
        }


class Precision(_Share):
    """Share of positive predictions that are right: `tp / (tp + fp)`.

    Args:
        thresholds: A number or numbers in `[0, 1]`, 0.5 by default.
        top_k: Only the `top_k` likeliest classes of a sample count as predicted.
        class_id: Count this class only.
        name: Name of the metric.
        dtype: See `Metric`.

    Raises:
        ValueError: If a threshold is out of range.

    Example:

    >>> round(float(Precision()([0, 1, 1, 1], [1, 0, 1, 1])), 4)
    0.6667
    """

    errors = "false_positives"


class Recall(_Share):
    """Share of the labels 1 that are found: `tp / (tp + fn)`.

    Args:
        thresholds: A number or numbers in `[0, 1]`, 0.5 by default.
        top_k: Only the `top_k` likeliest classes of a sample count as predicted.
        class_id: Count this class only.
        name: Name of the metric.
        dtype: See `Metric`.

    Raises:
        ValueError: If a threshold is out of range.

    Example:

    >>> round(float(Recall()([0, 1, 1, 1], [1, 0, 1, 1])), 4)
    0.6667
    """

    errors = "false_negatives"
