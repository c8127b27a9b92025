"""`ReduceLROnPlateau`: lowers the learning rate when a metric stands still."""

from __future__ import annotations

from kerasish.callbacks.learning_rate import read_learning_rate
from kerasish.callbacks.monitor import MonitorCallback
from kerasish.utils.messages import print_message


class ReduceLROnPlateau(MonitorCallback):
    """Multiplies the learning rate by `factor` when a metric has stopped improving.

    Args:
        monitor: Name of the entry of the logs to watch.
        factor: Number below 1: new rate = rate * factor.
        patience: Number of epochs without improvement after which to act.
        verbose: 1 prints a line at each reduction.
        mode: `"min"`, `"max"` or `"auto"`.
        min_delta: The least change that counts as an improvement.
        cooldown: Number of epochs to wait after a reduction.
        min_lr: The rate is never set below this.

    Raises:
        ValueError: If `factor` is 1 or more.

    Example:

    >>> ReduceLROnPlateau(factor=0.5, patience=2).factor
    0.5
    """

    def __init__(
        self,
        monitor="val_loss",
        factor=0.1,
        patience=10,
        verbose=0,
        mode="auto",
        min_delta=1e-4,
        cooldown=0,
        min_lr=0.0,
        **kwargs,
    ):
        min_delta = kwargs.pop("epsilon", min_delta)
        if kwargs:
            raise TypeError(
                "ReduceLROnPlateau got arguments that it does not know.\n"
                f"  got: {sorted(kwargs)}"
            )
        super().__init__(monitor, mode, None, min_delta)
        if factor >= 1.0:
            raise ValueError(
                "ReduceLROnPlateau: factor must be below 1, or the learning rate "
                f"would not fall.\nReceived: factor={factor}"
            )
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.cooldown_counter = 0
        self.wait = 0

    def on_train_begin(self, logs=None):
        """Forgets an earlier run.

        Args:
            logs: Not used.
        """
        self.best = None
        self.cooldown_counter = 0
        self.wait = 0
        self.monitor_op = None

    def in_cooldown(self) -> bool:
        """Returns whether the last reduction was less than `cooldown` epochs ago."""
        return self.cooldown_counter > 0

    def on_epoch_end(self, epoch, logs=None):
        """Puts `learning_rate` into the logs and lowers it if it is time.

        Args:
            epoch: Index of the epoch.
            logs: Dict with the watched entry.
        """
        logs = {} if logs is None else logs
        rate = read_learning_rate(self.model.optimizer)
        logs["learning_rate"] = rate
        current = self.get_monitor_value(logs)
        if current is None:
            return
        if self.in_cooldown():
            self.cooldown_counter -= 1
            self.wait = 0
        if self.is_improvement(current, self.best):
            self.best = current
            self.wait = 0
        elif not self.in_cooldown():
            self.wait += 1
            if self.wait >= self.patience:
                self._reduce(epoch, rate)

    def _reduce(self, epoch, rate):
        # The rate is stored in float32: just above `min_lr` may be equal to it.
        if rate <= self.min_lr * (1.0 + 1e-6):
            return
        lower = max(rate * self.factor, self.min_lr)
        self.model.optimizer.learning_rate = lower
        if self.verbose > 0:
            print_message(
                f"Epoch {epoch + 1}: ReduceLROnPlateau reducing learning rate "
                f"to {lower}."
            )
        self.cooldown_counter = self.cooldown
        self.wait = 0
