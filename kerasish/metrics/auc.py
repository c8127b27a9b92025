"""Areas under the ROC, precision-recall and precision-recall-gain curves."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend import config, ops
from kerasish.errors import ShapeError
from kerasish.metrics.confusion import Thresholds, confusion_counts
from kerasish.metrics.metric import Metric

_STATE = ("true_positives", "false_positives", "true_negatives", "false_negatives")
_CURVES = ("ROC", "PR", "PRGAIN")
_SUMMATIONS = ("interpolation", "majoring", "minoring")


def _choice(name: str, value: Any, choices: Sequence[str]) -> str:
    wanted = str(getattr(value, "value", value))
    for choice in choices:
        if wanted.lower() == choice.lower():
            return choice
    raise ValueError(
        f"`{name}` must be one of {tuple(choices)}.\nReceived: {name}={value!r}"
    )


class AUC(Metric):
    """Area under a curve of two rates, over thresholds between 0 and 1.

    Args:
        num_thresholds: How many thresholds approximate the curve.
        curve: `"ROC"` (recall over false positive rate), `"PR"` (precision over
            recall) or `"PRGAIN"` (precision gain over recall gain).
        summation_method: `"interpolation"`: trapezoids, and for PR the interpolation
            of Davis and Goadrich (2006); `"minoring"` and `"majoring"`: the lower and
            upper Riemann sums.
        name: Name of the metric.
        dtype: See `Metric`.
        thresholds: Own thresholds in `[0, 1]` in place of `num_thresholds`.
        multi_label: Whether to compute one area for each label and average.
        num_labels: Number of labels, if known beforehand, with `multi_label`.
        label_weights: Weight of each label.
        from_logits: Whether predictions have not been through a sigmoid.

    Raises:
        ValueError: If an argument has no meaning.

    Example:

    >>> metric = AUC(num_thresholds=3)
    >>> float(metric([0, 0, 1, 1], [0.0, 0.5, 0.3, 0.9]))
    0.75
    """

    _direction = "up"

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Sequence[float] | None = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ) -> None:
        super().__init__(name=name, dtype=dtype)
        self.curve = _choice("curve", curve, _CURVES)
        self.summation_method = _choice(
            "summation_method", summation_method, _SUMMATIONS
        )
        self._own_thresholds = None if thresholds is None else sorted(thresholds)
        self.num_thresholds = self._make_limits(num_thresholds)
        self.multi_label = multi_label
        self.num_labels = num_labels
        self.label_weights = None if label_weights is None else list(label_weights)
        self.from_logits = from_logits
        self._built = False
        if num_labels and not multi_label:
            raise ValueError("`num_labels` has a meaning with `multi_label=True` only.")
        if num_labels or not multi_label:
            self._build((None, num_labels))

    def _make_limits(self, number: int) -> int:
        """Set the thresholds, the first below 0 and the last above 1; count them."""
        inner = self._own_thresholds
        if inner is None:
            if number <= 1:
                raise ValueError(
                    "`num_thresholds` must be greater than 1.\n"
                    f"Received: num_thresholds={number}"
                )
            inner = [i / (number - 1) for i in range(1, number - 1)]
        even = self._own_thresholds is None or Thresholds([0.0, *inner, 1.0]).even
        margin = config.epsilon()
        self._limits = Thresholds([-margin, *inner, 1.0 + margin])
        self._limits.even = even
        return len(inner) + 2

    @property
    def thresholds(self) -> list[float]:
        """The thresholds, the first just below 0 and the last just above 1."""
        return list(self._limits.values)

    def _build(self, shape: tuple) -> None:
        state_shape: tuple = (self.num_thresholds,)
        if self.multi_label:
            if len(shape) != 2 or shape[1] is None:
                raise ShapeError(
                    f"Metric {self.name!r} with `multi_label` expects predictions of "
                    f"shape (batch, labels).\n  got: y_pred {shape}"
                )
            state_shape = (self.num_thresholds, shape[1])
        for part in _STATE:
            setattr(self, part, self.add_variable(state_shape, "zeros", name=part))
        self._built = True

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Take in a batch of labels and predictions."""
        y_pred = ops.convert_to_tensor(y_pred, dtype=self.dtype)
        if not self._built:
            self._build(y_pred.shape)
        if self.from_logits:
            y_pred = ops.sigmoid(y_pred)
        counts = confusion_counts(
            y_true,
            y_pred,
            self._limits,
            dtype=self.true_positives.dtype,
            sample_weight=sample_weight,
            label_weights=None if self.multi_label else self.label_weights,
            multi_label=self.multi_label,
        )
        for part in _STATE:
            getattr(self, part).assign_add(getattr(counts, part))

    def result(self) -> Any:
        """Return the area, a scalar."""
        if not self._built:
            return ops.zeros((), dtype=self.dtype)
        if self.curve == "PR" and self.summation_method == "interpolation":
            return self._average(self.interpolate_pr_auc())
        x, y = self._points()
        left, right = y[:-1], y[1:]
        if self.summation_method == "interpolation":
            height = (left + right) / 2.0
        elif self.summation_method == "minoring":
            height = ops.minimum(left, right)
        else:
            height = ops.maximum(left, right)
        return self._average((x[:-1] - x[1:]) * height)

    def _points(self) -> tuple[Any, Any]:
        """The curve's coordinates at each threshold."""
        tp, fp, tn, fn = (getattr(self, part).value for part in _STATE)
        if self.curve == "ROC":
            return ops.divide_no_nan(fp, fp + tn), ops.divide_no_nan(tp, tp + fn)
        if self.curve == "PR":
            return ops.divide_no_nan(tp, tp + fn), ops.divide_no_nan(tp, tp + fp)
        odds = ops.divide_no_nan(tp + fn, tn + fp)
        none = ops.equal(tp, 0)
        recall_gain = 1.0 - odds * ops.divide_no_nan(fn, tp)
        recall_gain = ops.where(none, ops.zeros_like(tp), recall_gain)
        precision_gain = 1.0 - odds * ops.divide_no_nan(fp, tp)
        precision_gain = ops.where(none, ops.ones_like(tp), precision_gain)
        return ops.maximum(recall_gain, 0.0), precision_gain

    def interpolate_pr_auc(self) -> Any:
        """Return the area of each piece of the precision-recall curve.

        Between two thresholds the true positives grow linearly with the positives, so
        that precision is no straight line (Davis and Goadrich 2006, appendix).

        Returns:
            Tensor of shape `(thresholds - 1,)` or `(thresholds - 1, labels)`.
        """
        tp, fp, _, fn = (getattr(self, part).value for part in _STATE)
        positives = tp + fp
        step = tp[:-1] - tp[1:]
        slope = ops.divide_no_nan(
            step, ops.maximum(positives[:-1] - positives[1:], 0.0)
        )
        offset = tp[1:] - slope * positives[1:]
        both = ops.logical_and(positives[:-1] > 0.0, positives[1:] > 0.0)
        ratio = ops.divide_no_nan(positives[:-1], positives[1:])
        ratio = ops.where(both, ratio, ops.ones_like(ratio))
        area = slope * (step + offset * ops.log(ratio))
        return ops.divide_no_nan(area, ops.maximum(tp[1:] + fn[1:], 0.0))

    def _average(self, pieces: Any) -> Any:
        """Add the pieces of the area; average the areas of the labels."""
        if not self.multi_label:
            return ops.sum(pieces)
        areas = ops.sum(pieces, axis=0)
        if self.label_weights is None:
            return ops.mean(areas)
        weights = ops.convert_to_tensor(self.label_weights, dtype=areas.dtype)
        return ops.divide_no_nan(ops.sum(areas * weights), ops.sum(weights))

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        settings = {
            **super().get_config(),
            "num_thresholds": self.num_thresholds,
            "curve": self.curve,
            "summation_method": self.summation_method,
            "multi_label": self.multi_label,
            "num_labels": self.num_labels,
            "label_weights": self.label_weights,
            "from_logits": self.from_logits,
        }
        if self._own_thresholds is not None:
            settings["thresholds"] = self._own_thresholds
        return settings
