"""`BackupAndRestore`: an interrupted `fit` goes on where it was."""

from __future__ import annotations

import contextlib
import os

import numpy as np

from kerasish.backend.graph import eager_scope
from kerasish.backend.seed_generator import global_seed_generator
from kerasish.callbacks.callback import Callback
from kerasish.callbacks.progbar_logger import ProgbarLogger
from kerasish.errors import FileFormatError
from kerasish.models.data.steps import random_states, set_random_states
from kerasish.utils.plain_data import encode, read_plain, write_plain

_LATEST, _PREVIOUS = "latest.backup", "previous.backup"
_NOT_STORED = ("_model", "params", "validation_data")


class BackupAndRestore(Callback):
    """Stores the state of training, so that the same script can go on after a kill.

    The same `fit`, called again, goes on and ends with the numbers it would have ended
    with, bit for bit: stored are the weights, the optimizer, the metrics, the states of
    all random generators (also NumPy's and Python's), the place in the data, the epoch,
    the step, and what the other callbacks hold (numbers, text, arrays). It is called
    after all other callbacks. A file appears only when it is complete.

    The position in a generator is found again by drawing the batches that were used.

    Args:
        backup_dir: Folder of the stored state, for this training alone.
        save_freq: `"epoch"`, or a number of steps between two backups; `False` only
            restores.
        double_checkpoint: Whether to keep the backup before the last one, which is
            read if the last one is damaged.
        delete_checkpoint: Whether to remove the backups when training has ended.

    Raises:
        ValueError: If `backup_dir` is empty or `save_freq` is something else.

    Example:

    >>> import numpy as np
    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    >>> model.compile("adam", "mse")
    >>> backup = BackupAndRestore("backup", save_freq=10)
    >>> x, y = np.zeros((8, 3)), np.zeros((8, 1))
    >>> history = model.fit(x, y, epochs=2, callbacks=[backup], verbose=0)
    """

    _reads_logs_lazily = True
    _runs_last = True

    def __init__(
        self,
        backup_dir,
        save_freq="epoch",
        double_checkpoint=False,
        delete_checkpoint=True,
    ):
        super().__init__()
        if not backup_dir:
            raise ValueError(
                "BackupAndRestore: backup_dir must name a folder.\n"
                f"Received: backup_dir={backup_dir!r}"
            )
        by_steps = isinstance(save_freq, int) and not isinstance(save_freq, bool)
        if save_freq not in ("epoch", False) and not (by_steps and save_freq > 0):
            raise ValueError(
                "BackupAndRestore: save_freq must be 'epoch', a number of steps or "
                f"False.\nReceived: save_freq={save_freq!r}"
            )
        self.backup_dir = os.fspath(backup_dir)
        self.save_freq = save_freq if by_steps or save_freq else None
        self.double_checkpoint = double_checkpoint
        self.delete_checkpoint = delete_checkpoint
        self._by_steps = by_steps
        self._restored = None
        self._forget()

    def _forget(self):
        self._epoch = 0
        self._steps_since = 0
        self._last_batch = -1
        self._is_due = False
        self._count_set = {}

    def on_train_begin(self, logs=None):
        """Restores the state of an interrupted training, if there is one.

        Args:
            logs: Not used.
        """
        self._forget()
        unused = [] if self._by_steps else ["on_train_batch_end"]
        model = self.model
        if model.optimizer is not None and model.built and not model.optimizer.built:
            model.optimizer.build(model.trainable_variables)
        self._callbacks_at_start = self._callback_states()
        stored = self._restored = self._read()
        if stored is None or self._restore_variables():
            unused.append("on_train_batch_begin")
        self._unused_hooks = tuple(unused)
        if stored is None:
            return
        self._steps_since = stored["steps_since"]
        progress = model._training_state.progress
        progress.first_epoch, progress.done = stored["epoch"], stored["done"]
        if not stored["done"]:
            self._restore_surroundings()

    def on_epoch_begin(self, epoch, logs=None):
        """Restores the state within an epoch, which the other callbacks saw begin.

        Args:
            epoch: Index of the epoch.
            logs: Not used.
        """
        self._epoch = epoch
        self._last_batch = -1
        if self._restored is not None and self._restored["done"]:
            self._last_batch = self._restored["done"] - 1
            self._restore_variables()
            self._restore_surroundings()
        if "on_train_batch_begin" in self._unused_hooks:
            self._restored = None

    def on_train_batch_begin(self, batch, logs=None):
        """Restores the Variables that did not exist before the first step.

        Args:
            batch: Index of the batch.
            logs: Not used.
        """
        if self._restored is not None:
            self._restore_variables(anew=False)
            self._restored = None

    def on_train_batch_end(self, batch, logs=None):
        """Stores the state if `save_freq` steps have passed.

        Args:
            batch: Index of the batch.
            logs: Not used.
        """
        self._steps_since += batch - self._last_batch
        self._last_batch = batch
        if self._steps_since >= self.save_freq:
            self._steps_since = 0
            # The last step of an epoch is stored together with its end.
            self._is_due = batch + 1 == (self.params or {}).get("steps")
            if not self._is_due:
                self._save(self._epoch, batch + 1)

    def on_epoch_end(self, epoch, logs=None):
        """Stores the state if `save_freq` is `"epoch"`, or if it is time.

        Args:
            epoch: Index of the epoch.
            logs: Not used.
        """
        if self.save_freq == "epoch" or self._is_due:
            self._is_due = False
            # Nothing is left to do once another callback has ended the training.
            self._save(2**62 if self.model.stop_training else epoch + 1, 0)

    def on_train_end(self, logs=None):
        """Removes the stored state.

        Args:
            logs: Not used.
        """
        if self.delete_checkpoint:
            for name in (_LATEST, _PREVIOUS):
                with contextlib.suppress(FileNotFoundError):
                    os.remove(os.path.join(self.backup_dir, name))
            with contextlib.suppress(OSError):
                os.rmdir(self.backup_dir)

    def _variables(self):
        """Returns the Variables by owner; each one's list only grows at its end."""
        model, optimizer = self.model, self.model.optimizer
        return {
            "model": model.variables,
            "metrics": model.metrics_variables,
            "optimizer": list(getattr(optimizer, "variables", ())),
            "seeds": [global_seed_generator().state],
        }

    def _others(self):
        return [
            callback
            for callback in self.model._training_state.progress.callbacks.callbacks
            if not isinstance(callback, (ProgbarLogger, BackupAndRestore))
        ]

    def _callback_states(self):
        """Returns the attributes of the other callbacks that can be stored."""
        states = []
        for callback in self._others():
            state = {}
            for name, value in getattr(callback, "__dict__", {}).items():
                with contextlib.suppress(TypeError):
                    if name not in _NOT_STORED:
                        arrays = []
                        state[name] = (value, encode(value, arrays), arrays)
            states.append(state)
        return states

    def _changed_callback_states(self):
        """Returns for each callback its class and what has changed since the start."""
        changed = []
        now = self._callback_states()
        for callback, state, start in zip(
            self._others(), now, self._callbacks_at_start
        ):
            values = {
                name: value
                for name, (value, form, arrays) in state.items()
                if name not in start or not _same(start[name][1:], (form, arrays))
            }
            changed.append((type(callback).__name__, values))
        return changed

    def _save(self, epoch, done):
        latest = os.path.join(self.backup_dir, _LATEST)
        if self.double_checkpoint and os.path.exists(latest):
            os.replace(latest, os.path.join(self.backup_dir, _PREVIOUS))
        state = {
            "epoch": epoch,
            "done": done,
            "steps_since": self._steps_since,
            "variables": {
                owner: [variable.numpy() for variable in variables]
                for owner, variables in self._variables().items()
            },
            "random": random_states(),
            "position": self.model._training_state.progress.steps.position,
            "callbacks": self._changed_callback_states(),
        }
        write_plain(latest, state)

    def _read(self):
        damaged = None
        for name in (_LATEST, _PREVIOUS):
            path = os.path.join(self.backup_dir, name)
            if os.path.exists(path):
                try:
                    return read_plain(path)
                except FileFormatError as error:
                    damaged = error
        if damaged is not None:
            raise damaged
        return None

    def _restore_variables(self, anew=True):
        """Sets the Variables that exist so far; returns whether these are all.

        Args:
            anew: Whether also those that were set before.
        """
        complete = True
        for owner, variables in self._variables().items():
            arrays = self._restored["variables"][owner]
            first = 0 if anew else self._count_set[owner]
            complete &= len(variables) == len(arrays)
            self._count_set[owner] = len(variables)
            if [v.shape for v in variables] != [
                a.shape for a in arrays[: len(variables)]
            ]:
                raise ValueError(
                    f"The backup in {self.backup_dir!r} is that of another model: "
                    "remove it to start anew."
                )
            if owner == "metrics" and not self._restored["done"]:
                # A new epoch starts with empty metrics.
                continue
            with eager_scope():
                for variable, array in zip(variables[first:], arrays[first:]):
                    variable.assign(array)
        return complete

    def _restore_surroundings(self):
        stored = self._restored
        others = self._others()
        for kind, values in stored["callbacks"]:
            # The first one of the class that is left: others may have come or gone.
            for callback in others:
                if type(callback).__name__ == kind:
                    _restore_attributes(callback, values)
                    others.remove(callback)
                    break
        self.model._training_state.progress.steps.move_to(stored["position"])
        set_random_states(stored["random"])


def _restore_attributes(callback, values):
    attributes = vars(callback)
    for name, value in values.items():
        if isinstance(value, dict) and isinstance(attributes.get(name), dict):
            # A dict may be of a class of its own, and known to others.
            attributes[name].clear()
            attributes[name].update(value)
        else:
            attributes[name] = value


def _same(before, after):
    return before[0] == after[0] and all(
        a.dtype == b.dtype and np.array_equal(a, b, equal_nan=a.dtype.kind in "fc")
        for a, b in zip(before[1], after[1])
    )
