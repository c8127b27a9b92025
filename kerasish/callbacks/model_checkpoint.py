"""`ModelCheckpoint`: saves the model, or its weights, while it trains."""

from __future__ import annotations

import os
import warnings

import numpy as np

from kerasish.callbacks.monitor import MonitorCallback
from kerasish.callbacks.records import Records
from kerasish.saving.api import model_format, weights_format
from kerasish.utils.messages import print_message


def _format_for(path, weights_only):
    """Returns the further arguments of saving for an ending that says nothing."""
    find = weights_format if weights_only else model_format
    try:
        find(path, None)
    except ValueError:
        return {"save_format": "h5"}
    return {}


class ModelCheckpoint(MonitorCallback):
    """Saves the model or its weights at some frequency, all of them or the best.

    Args:
        filepath: Path of the file; may hold fields that are filled in from the
            epoch (from 1), the batch (from 1) and the logs, as in
            `"model-{epoch:02d}-{val_loss:.2f}.h5"`. Its ending says what is written,
            as in `model.save` and `model.save_weights`; under any other ending, such
            as `.ckpt`, it is an HDF5 file.
        monitor: Name of the entry of the logs that decides what is best.
        verbose: 1 prints a line at each save.
        save_best_only: Whether to save only when the monitored value improves.
        save_weights_only: Whether to call `model.save_weights` instead of
            `model.save`.
        mode: `"min"`, `"max"` or `"auto"`.
        save_freq: `"epoch"`, or a number of batches between two saves.
        initial_value_threshold: A value that must be beaten for the first save.
        period: Number of epochs between two saves (Keras 2).

    Raises:
        ValueError: If `save_freq` or the ending of the path is not as above.

    Example:

    >>> ModelCheckpoint("best.h5", monitor="val_accuracy", save_best_only=True).mode
    'auto'
    """

    _reads_logs_lazily = True

    def __init__(
        self,
        filepath,
        monitor="val_loss",
        verbose=0,
        save_best_only=False,
        save_weights_only=False,
        mode="auto",
        save_freq="epoch",
        initial_value_threshold=None,
        period=1,
    ):
        super().__init__(monitor, mode, initial_value_threshold)
        self.filepath = os.fspath(filepath)
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self.period = period
        if save_freq == "epoch":
            self._unused_hooks = ("on_train_batch_end",)
        elif isinstance(save_freq, bool) or not isinstance(save_freq, int):
            raise ValueError(
                "ModelCheckpoint: save_freq must be 'epoch' or a number of batches.\n"
                f"Received: save_freq={save_freq!r}"
            )
        if save_weights_only and self.filepath.endswith(".keras"):
            raise ValueError(
                "ModelCheckpoint: a `.keras` file holds a whole model; give weights a "
                "path that ends in '.weights.h5', or use `save_weights_only=False`.\n"
                f"Received: filepath={self.filepath!r}"
            )
        self._format = _format_for(self.filepath, save_weights_only)
        self._epoch = 0
        self._batches_since_save = 0
        self._last_batch = None

    def on_epoch_begin(self, epoch, logs=None):
        """Remembers the epoch and starts to count its batches.

        Args:
            epoch: Index of the epoch.
            logs: Not used.
        """
        self._epoch = epoch
        self._last_batch = None

    def on_train_batch_end(self, batch, logs=None):
        """Saves if `save_freq` batches have passed.

        Args:
            batch: Index of the batch.
            logs: Dict of values.
        """
        last = -1 if self._last_batch is None else self._last_batch
        self._batches_since_save += batch - last
        self._last_batch = batch
        if self._batches_since_save >= self.save_freq:
            self._batches_since_save = 0
            self._save(self._epoch, batch, Records(logs or {}))

    def on_epoch_end(self, epoch, logs=None):
        """Saves if `save_freq` is `"epoch"`.

        Args:
            epoch: Index of the epoch.
            logs: Dict of values.
        """
        if self.save_freq == "epoch" and (epoch + 1) % self.period == 0:
            self._save(epoch, None, Records(logs or {}))

    def _save(self, epoch, batch, logs):
        path = self._path(epoch, batch, logs)
        if not self._wanted(epoch, logs, path):
            return
        if os.path.isdir(path):
            raise OSError(
                "ModelCheckpoint: the path of the file is an existing folder.\n"
                f"Received: filepath={path!r}"
            )
        folder = os.path.dirname(path)
        if folder:
            os.makedirs(folder, exist_ok=True)
        write = self.model.save_weights if self.save_weights_only else self.model.save
        write(path, overwrite=True, **self._format)

    def _path(self, epoch, batch, logs):
        fields = Records(logs, epoch=epoch + 1)
        if batch is not None:
            fields.setdefault("batch", batch + 1)
        try:
            return self.filepath.format_map(fields)
        except KeyError as error:
            raise KeyError(
                f"ModelCheckpoint: the path {self.filepath!r} has a field {error} "
                f"that the logs lack; they have: {', '.join(sorted(fields))}."
            ) from error

    def _wanted(self, epoch, logs, path):
        if not self.save_best_only:
            self._tell(f"Epoch {epoch + 1}: saving model to {path}")
            return True
        current = logs.get(self.monitor)
        if current is None or np.ndim(current) > 0:
            warnings.warn(
                f"ModelCheckpoint: save_best_only needs a number {self.monitor!r} in "
                f"the logs ({', '.join(sorted(logs))}); saving without it.",
                stacklevel=4,
            )
            return True
        best = "None" if self.best is None else f"{self.best:.5f}"
        if self.is_improvement(current, self.best):
            self._tell(
                f"Epoch {epoch + 1}: {self.monitor} improved from {best} to "
                f"{current:.5f}, saving model to {path}"
            )
            self.best = current
            return True
        self._tell(f"Epoch {epoch + 1}: {self.monitor} did not improve from {best}")
        return False

    def _tell(self, message):
        if self.verbose > 0:
            print_message(message)
