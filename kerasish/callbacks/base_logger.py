"""`BaseLogger`: a callback of Keras 2 whose work the loops do."""

from __future__ import annotations

from kerasish.callbacks.callback import Callback


class BaseLogger(Callback):
    """Does nothing: the logs hold averages since the epoch began already (Keras 2).

    Args:
        stateful_metrics: Names of metrics that are not to be averaged; kept.

    Example:

    >>> sorted(BaseLogger(["auc"]).stateful_metrics)
    ['auc']
    """

    def __init__(self, stateful_metrics=None):
        super().__init__()
        self.stateful_metrics = set(stateful_metrics or ())
