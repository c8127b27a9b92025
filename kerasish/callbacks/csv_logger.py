"""`CSVLogger`: writes the logs of each epoch into a table."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable

import numpy as np

from kerasish.callbacks.callback import Callback


def _cell(value):
    """Returns `value` as it is written: lists in brackets, the rest as it is."""
    if isinstance(value, np.ndarray) and value.ndim == 0:
        return value.item()
    if isinstance(value, Iterable) and not isinstance(value, str):
        return f'"[{", ".join(map(str, value))}]"'
    return value


class CSVLogger(Callback):
    """Writes one row an epoch into a CSV file: `epoch`, then the sorted log names.

    Args:
        filename: Path of the file.
        separator: String between the columns.
        append: True continues an existing file; False overwrites it.

    Example:

    >>> CSVLogger("training.csv", separator=";").sep
    ';'
    """

    def __init__(self, filename, separator=",", append=False):
        super().__init__()
        self.filename = os.fspath(filename)
        self.sep = separator
        self.append = append
        self.keys = None
        self.csv_file = None
        self.writer = None

    def on_train_begin(self, logs=None):
        """Opens the file.

        Args:
            logs: Not used.
        """
        self._close()
        self._needs_header = not (
            self.append
            and os.path.exists(self.filename)
            and os.path.getsize(self.filename) > 0
        )
        self.csv_file = open(
            self.filename, "a" if self.append else "w", newline="", encoding="utf-8"
        )
        self.writer = None
        self.keys = None

    def on_epoch_end(self, epoch, logs=None):
        """Writes the row of this epoch.

        Args:
            epoch: Index of the epoch.
            logs: Dict of values.
        """
        logs = logs or {}
        if self.writer is None:
            self.keys = sorted(logs)
            if not any(key.startswith("val_") for key in self.keys):
                # Validation may run in later epochs only.
                self.keys += [f"val_{key}" for key in self.keys]
            self.writer = csv.writer(self.csv_file, delimiter=self.sep)
            if self._needs_header:
                self.writer.writerow(["epoch", *self.keys])
        cells = [_cell(logs.get(key, "NA")) for key in self.keys]
        self.writer.writerow([epoch, *cells])
        self.csv_file.flush()

    def on_train_end(self, logs=None):
        """Closes the file.

        Args:
            logs: Not used.
        """
        self._close()

    def _close(self):
        if self.csv_file is not None:
            self.csv_file.close()
        self.csv_file = None
        self.writer = None
