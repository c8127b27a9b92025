"""`ProgbarLogger`: shows progress and metrics while a loop runs."""

from __future__ import annotations

from kerasish.callbacks.callback import Callback
from kerasish.utils.notebook import Board
from kerasish.utils.progress import ProgressBar, has_live_display

_BATCH_HOOKS = ("on_train_batch_end", "on_test_batch_end", "on_predict_batch_end")


class ProgbarLogger(Callback):
    """Shows a progress bar with the metrics; added unless `verbose=0`.

    With `verbose=1` (or `"auto"`) it is one bar an epoch in a terminal, one output in a
    notebook, and one line an epoch where the output is a file or pipe; with
    `verbose=2` it is one line an epoch everywhere.

    Example:

    >>> ProgbarLogger().params is None
    True
    """

    _reads_logs_lazily = True

    def __init__(self):
        super().__init__()
        self._bar = None
        self._board = None
        self._live = False
        self._verbose = 1
        self._steps = None
        self._epochs = None
        self._in_fit = False
        self._in_validation = False

    def set_params(self, params):
        """Reads `verbose`, `steps` and `epochs`.

        Args:
            params: Dict with the parameters of the loop.
        """
        super().set_params(params)
        verbose = params.get("verbose", 1)
        self._verbose = 1 if verbose == "auto" else verbose
        self._steps = params.get("steps")
        self._epochs = params.get("epochs")
        self._live = self._verbose == 1 and has_live_display()
        # Without a bar that moves the steps need no counting, if known.
        no_need = not self._live and self._steps is not None
        self._unused_hooks = _BATCH_HOOKS if no_need else ()

    def _open(self, title, steps):
        self.close()
        if self._verbose:
            self._bar = ProgressBar(title, steps, live=self._live, board=self._board)

    def _advance(self, batch, logs):
        if self._bar is not None:
            self._bar.update(batch + 1, lambda: dict(logs or {}))

    def _finish(self, logs):
        if self._bar is not None:
            self._bar.finish(logs)
            self._bar = None

    def note_steps(self, count):
        """Sets how many steps were run, where they were not counted one by one.

        Args:
            count: Number of steps.
        """
        if self._bar is not None and not self._in_validation:
            self._bar.step = count

    def close(self):
        """Ends a bar that is still open."""
        if self._bar is not None:
            self._bar.close()
            self._bar = None

    def on_train_begin(self, logs=None):
        """Notes that epochs will follow, whose bars are below each other."""
        self._in_fit = True
        self._board = Board()

    def on_train_end(self, logs=None):
        """Notes that the epochs are over."""
        self._in_fit = False
        self.close()
        self._board = None

    def on_epoch_begin(self, epoch, logs=None):
        """Opens the bar of an epoch."""
        title = f"Epoch {epoch + 1}"
        if self._epochs:
            title += f"/{self._epochs}"
        self._open(title, self._steps)

    def on_train_batch_end(self, batch, logs=None):
        """Moves the bar."""
        self._advance(batch, logs)

    def on_epoch_end(self, epoch, logs=None):
        """Shows the final values of an epoch, validation included."""
        self._finish(logs)

    def on_test_begin(self, logs=None):
        """Opens a bar, unless this is validation within `fit`."""
        if self._in_fit:
            self._in_validation = True
        else:
            self._open("Test", self._steps)

    def on_test_batch_end(self, batch, logs=None):
        """Moves the bar, unless this is validation within `fit`."""
        if not self._in_fit:
            self._advance(batch, logs)

    def on_test_end(self, logs=None):
        """Shows the final values, unless this is validation within `fit`."""
        if self._in_fit:
            self._in_validation = False
        else:
            self._finish(logs)

    def on_predict_begin(self, logs=None):
        """Opens a bar."""
        self._open("Predict", self._steps)

    def on_predict_batch_end(self, batch, logs=None):
        """Moves the bar."""
        self._advance(batch, None)

    def on_predict_end(self, logs=None):
        """Shows the final state."""
        self._finish({})
