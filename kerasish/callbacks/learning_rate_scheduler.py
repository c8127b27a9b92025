"""`LearningRateScheduler`: sets the learning rate by a function of the epoch."""

from __future__ import annotations

import inspect
import numbers

import numpy as np

from kerasish.callbacks.callback import Callback
from kerasish.callbacks.learning_rate import read_learning_rate
from kerasish.utils.messages import print_message


def _takes_rate(schedule) -> bool:
    try:
        parameters = inspect.signature(schedule).parameters.values()
    except (TypeError, ValueError):
        return True
    positional = 0
    for parameter in parameters:
        if parameter.kind is parameter.VAR_POSITIONAL:
            return True
        if parameter.kind in (
            parameter.POSITIONAL_ONLY,
            parameter.POSITIONAL_OR_KEYWORD,
        ):
            positional += 1
    return positional >= 2


class LearningRateScheduler(Callback):
    """Sets the learning rate at the start of each epoch.

    Args:
        schedule: Function `(epoch, learning_rate) -> float` (or of `epoch` alone);
            `epoch` counts from 0.
        verbose: 1 prints a line at each epoch.

    Raises:
        ValueError: If the function does not return a number.

    Example:

    >>> halve = LearningRateScheduler(lambda epoch, rate: rate * 0.5)
    >>> halve.schedule(0, 0.1)
    0.05
    """

    def __init__(self, schedule, verbose=0):
        super().__init__()
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch, logs=None):
        """Asks the schedule and sets the rate.

        Args:
            epoch: Index of the epoch.
            logs: Not used.
        """
        optimizer = self.model.optimizer
        if not hasattr(optimizer, "learning_rate"):
            raise ValueError('The optimizer must have a "learning_rate" attribute.')
        if _takes_rate(self.schedule):
            rate = self.schedule(epoch, read_learning_rate(optimizer))
        else:
            rate = self.schedule(epoch)
        if not isinstance(rate, numbers.Real):
            value = np.asarray(rate)
            if value.ndim or value.dtype.kind != "f":
                raise ValueError(
                    "LearningRateScheduler: the schedule must return a float.\n"
                    f"Received: {rate!r}"
                )
        rate = float(rate)
        optimizer.learning_rate = rate
        if self.verbose > 0:
            print_message(
                f"Epoch {epoch + 1}: LearningRateScheduler setting learning rate "
                f"to {rate}."
            )

    def on_epoch_end(self, epoch, logs=None):
        """Puts `learning_rate` into the logs.

        Args:
            epoch: Index of the epoch.
            logs: Dict to extend.
        """
        if logs is not None:
            logs["learning_rate"] = read_learning_rate(self.model.optimizer)
