"""`TerminateOnNaN`: ends training when the loss is no number any more."""

from __future__ import annotations

import math

from kerasish.callbacks.callback import Callback
from kerasish.utils.messages import print_message


class TerminateOnNaN(Callback):
    """Stops training when the loss becomes NaN or infinite.

    Args:
        raise_error: Whether to raise a `RuntimeError` instead of stopping.

    Raises:
        RuntimeError: At such a loss, if `raise_error`.

    Example:

    >>> TerminateOnNaN().raise_error
    False
    """

    def __init__(self, raise_error: bool = False):
        super().__init__()
        self.raise_error = raise_error

    def on_train_batch_end(self, batch, logs=None):
        """Looks at the loss.

        Args:
            batch: Index of the batch.
            logs: Dict with `loss`.
        """
        loss = (logs or {}).get("loss")
        if loss is None or math.isfinite(loss):
            return
        if self.raise_error:
            raise RuntimeError(f"Batch {batch}: invalid loss ({loss}).")
        print_message(f"Batch {batch}: invalid loss, terminating training")
        self.model.stop_training = True
