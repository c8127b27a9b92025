"""Watching one metric: which way it improves, and whether it did."""

from __future__ import annotations

import operator
import warnings

from kerasish.callbacks.callback import Callback
from kerasish.callbacks.records import Records

_HIGHER_IS_BETTER = (
    "acc",
    "auc",
    "precision",
    "recall",
    "specificity",
    "sensitivity",
    "f1",
    "fbeta",
    "fmeasure",
    "iou",
    "r2",
    "cosine_similarity",
    "pearson",
    "concordance",
)


class MonitorCallback(Callback):
    """Base class of callbacks that watch one entry of the epoch's logs.

    Args:
        monitor: Name of the entry, such as `"val_loss"`.
        mode: `"min"`, `"max"` or `"auto"`: whether lower or higher is better.
            `"auto"` asks the compiled metric of that name, then goes by the name.
        baseline: The value to beat first, or `None`.
        min_delta: The least change that counts as better.

    Example:

    >>> watcher = MonitorCallback("val_accuracy")
    >>> watcher.is_improvement(0.9, 0.8)
    True
    """

    def __init__(self, monitor="val_loss", mode="auto", baseline=None, min_delta=0):
        super().__init__()
        if mode not in ("auto", "min", "max"):
            warnings.warn(
                f"{type(self).__name__}: mode {mode!r} is unknown; 'auto' is used.",
                stacklevel=3,
            )
            mode = "auto"
        self.monitor = monitor
        self.mode = mode
        self.best = baseline
        self.min_delta = abs(min_delta)
        self.monitor_op = None

    def higher_is_better(self) -> bool:
        """Returns whether higher values of the watched entry are better."""
        if self.mode != "auto":
            return self.mode == "max"
        name = self.monitor.removeprefix("val_")
        for metric in _compiled_metrics(self.model):
            direction = getattr(metric, "_direction", None)
            if direction is not None and ("_" + name).endswith("_" + metric.name):
                return direction == "up"
        if name.endswith(("loss", "error")):
            return False
        return any(part in name.lower() for part in _HIGHER_IS_BETTER)

    def is_improvement(self, value, reference) -> bool:
        """Returns whether `value` beats `reference` by more than `min_delta`.

        Args:
            value: Number just seen.
            reference: Number to beat; `None` is beaten by everything.
        """
        if self.monitor_op is None:
            better_up = self.higher_is_better()
            self.monitor_op = operator.gt if better_up else operator.lt
        if reference is None:
            return True
        sign = 1 if self.monitor_op is operator.gt else -1
        return self.monitor_op(value - sign * self.min_delta, reference)

    def get_monitor_value(self, logs):
        """Returns the watched entry of `logs`; warns and returns `None` if absent.

        Args:
            logs: Dict of the epoch's values.
        """
        logs = Records(logs or {})
        value = logs.get(self.monitor)
        if value is None:
            warnings.warn(
                f"{type(self).__name__}: there is no {self.monitor!r} in the logs, "
                f"so nothing is done. Available: {', '.join(sorted(logs))}.",
                stacklevel=3,
            )
        return value


def _compiled_metrics(model):
    for metric in getattr(model, "metrics", ()):
        yield from getattr(metric, "metrics", (metric,))
