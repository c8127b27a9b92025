"""`History`: what `fit` returns."""

from __future__ import annotations

from kerasish.callbacks.callback import Callback


class History(Callback):
    """Records the logs of each epoch; `fit` adds one and returns it.

    It stays reachable as `model.history`, also after Ctrl-C.

    Attributes:
        epoch: List of epoch indices.
        history: Dict from a log's name to the list of its values, one an epoch.

    Example:

    >>> history = History()
    >>> history.on_train_begin()
    >>> history.on_epoch_end(0, {"loss": 0.5})
    >>> history.history
    {'loss': [0.5]}
    """

    def __init__(self):
        super().__init__()
        self.history = {}
        self.epoch = []

    def on_train_begin(self, logs=None):
        """Starts a new list of epochs; earlier values of `history` stay.

        Args:
            logs: Not used.
        """
        self.epoch = []

    def on_epoch_end(self, epoch, logs=None):
        """Appends the values of `logs`.

        Args:
            epoch: Index of the epoch.
            logs: Dict of values.
        """
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
        if self.model is not None:
            self.model.history = self
