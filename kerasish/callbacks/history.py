"""`History`: what `fit` returns."""

from __future__ import annotations

import numpy as np

from kerasish.callbacks.callback import Callback
from kerasish.callbacks.records import Records
from kerasish.utils.curves import Curves


class History(Callback):
    """Records the logs of each epoch; `fit` adds one and returns it.

    It stays reachable as `model.history`, also after Ctrl-C. Notebooks show curves.

    Attributes:
        epoch: List of epoch indices.
        history: Dict from a log's name to the list of its values, one an epoch;
            `acc` and `accuracy` find each other.

    Example:

    >>> history = History()
    >>> history.on_train_begin()
    >>> history.on_epoch_end(0, {"loss": 0.5})
    >>> history.history
    {'loss': [0.5]}
    """

    def __init__(self):
        super().__init__()
        self.history = Records()
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

    def plot(self, metrics=None):
        """Draws the values as curves; needs nothing besides kerasish.

        Args:
            metrics: List of names of what is drawn; everything by default. With `"x"`
                comes `"val_x"`.

        Returns:
            A picture, which notebooks show; `save("curves.svg")` writes it into a file.

        Raises:
            ValueError: If there are no such values.

        Example:

        >>> history = History()
        >>> history.on_epoch_end(0, {"loss": 0.5})
        >>> history.plot().save("curves.svg")
        """
        names = list(self.history) if metrics is None else list(metrics)
        unknown = [name for name in names if name not in self.history]
        if unknown:
            raise ValueError(
                f"The history has {sorted(self.history)}.\nReceived: metrics={metrics}"
            )
        wanted = {*names, *(f"val_{name}" for name in names)}
        values = {
            name: column
            for name, column in self.history.items()
            if name in wanted and all(np.ndim(value) == 0 for value in column)
        }
        positions = [epoch + 1 for epoch in self.epoch]
        return Curves(values, positions)

    def __repr__(self):
        last = ", ".join(
            f"{name}={values[-1]:.4g}"
            for name, values in self.history.items()
            if np.ndim(values[-1]) == 0
        )
        return f"<History of {len(self.epoch)} epochs{': ' if last else ''}{last}>"

    def _repr_svg_(self):
        return self.plot().to_svg() if self.history else None
