"""`CallbackList`: calls the hooks of several callbacks in order."""

from __future__ import annotations

from kerasish import tree
from kerasish.callbacks.callback import Callback
from kerasish.callbacks.history import History
from kerasish.callbacks.progbar_logger import ProgbarLogger

# Hook -> the older name that the base class forwards it to.
_OLDER_NAMES = {
    "on_train_batch_begin": "on_batch_begin",
    "on_train_batch_end": "on_batch_end",
}


def _defines(callback, hook: str) -> bool:
    """Returns whether `callback` does something in `hook`."""
    if hook in getattr(callback, "_unused_hooks", ()):
        return False
    if hook in getattr(callback, "__dict__", ()):
        return True
    found = getattr(type(callback), hook, None)
    if found is None:
        return False
    if found is not getattr(Callback, hook):
        return True
    older = _OLDER_NAMES.get(hook)
    return older is not None and _defines(callback, older)


class CallbackList(Callback):
    """A container that calls each hook of its callbacks in order.

    Only callbacks that override a hook are called. It may be passed to `fit`,
    `evaluate` and `predict` in place of a list.

    Args:
        callbacks: List of `Callback` instances.
        add_history: Whether to add a `History` if there is none.
        add_progbar: Whether to add a `ProgbarLogger` if there is none.
        model: The model handed to each callback.
        **params: Parameters handed to each callback (`verbose`, `epochs`, `steps`).

    Raises:
        TypeError: If an entry is no callback.

    Example:

    >>> seen = []
    >>> class Note(Callback):
    ...     def on_epoch_end(self, epoch, logs=None):
    ...         seen.append((epoch, logs["loss"]))
    >>> CallbackList([Note()]).on_epoch_end(0, {"loss": 0.5})
    >>> seen
    [(0, 0.5)]
    """

    def __init__(
        self,
        callbacks=None,
        add_history=False,
        add_progbar=False,
        model=None,
        **params,
    ):
        super().__init__()
        self.callbacks = tree.flatten(callbacks) if callbacks else []
        for callback in self.callbacks:
            if isinstance(callback, type) or not hasattr(callback, "set_model"):
                hint = ""
                if isinstance(callback, type):
                    hint = f" Did you mean {callback.__name__}(...)?"
                raise TypeError(
                    "callbacks must be instances of kerasish.callbacks.Callback."
                    f"{hint}\n  got: {callback!r}"
                )
        self._progbar = self._find_or_add(ProgbarLogger, add_progbar)
        self._history = self._find_or_add(History, add_history)
        self._hooks: dict[str, list] = {}
        self._exact: dict[str, bool] = {}
        if model is not None:
            self.set_model(model)
        if params:
            self.set_params(params)

    def _find_or_add(self, kind, add):
        for callback in self.callbacks:
            if isinstance(callback, kind):
                return callback
        if not add:
            return None
        self.callbacks.append(kind())
        return self.callbacks[-1]

    def append(self, callback):
        """Adds a callback at the end.

        Args:
            callback: A `Callback`.
        """
        self.callbacks.append(callback)
        self._hooks.clear()

    def set_params(self, params):
        """Hands `params` to each callback.

        Args:
            params: Dict with the parameters of the loop.
        """
        self.params = params
        for callback in self.callbacks:
            callback.set_params(params)

    def set_model(self, model):
        """Hands `model` to each callback, and the History to the model.

        Args:
            model: A `Model`.
        """
        super().set_model(model)
        if self._history is not None:
            model.history = self._history
        for callback in self.callbacks:
            callback.set_model(model)

    def listeners(self, hook: str) -> list:
        """Returns the bound hooks of those callbacks that define `hook`.

        Args:
            hook: Name of a hook, such as `"on_train_batch_end"`.

        Returns:
            List of functions.
        """
        found = self._hooks.get(hook)
        if found is None:
            users = [c for c in self.callbacks if _defines(c, hook)]
            users.sort(key=lambda callback: getattr(callback, "_runs_last", False))
            found = self._hooks[hook] = [getattr(c, hook) for c in users]
            self._exact[hook] = not all(
                getattr(c, "_reads_logs_lazily", False) for c in users
            )
        return found

    def needs_logs(self, hook: str) -> bool:
        """Returns whether a callback reads the logs each time `hook` is called.

        Args:
            hook: Name of a hook, such as `"on_train_batch_end"`.
        """
        self.listeners(hook)
        return self._exact[hook]

    def _call(self, hook, index, logs):
        listeners = self.listeners(hook)
        if listeners:
            if self._exact[hook] or logs is None:
                logs = dict(logs or {})
            for listener in listeners:
                listener(index, logs)

    def _call_once(self, hook, logs):
        listeners = self.listeners(hook)
        if listeners:
            logs = {} if logs is None else logs
            for listener in listeners:
                listener(logs)

    def note_steps(self, count):
        """Tells the progress bar how many steps an epoch had in the end.

        Args:
            count: Number of steps.
        """
        if self._progbar is not None:
            self._progbar.note_steps(count)

    def close(self):
        """Ends the progress bar, also after an error or Ctrl-C."""
        if self._progbar is not None:
            self._progbar.close()

    def on_batch_begin(self, batch, logs=None):
        """Calls `on_train_batch_begin` of each callback."""
        self._call("on_train_batch_begin", batch, logs)

    def on_batch_end(self, batch, logs=None):
        """Calls `on_train_batch_end` of each callback."""
        self._call("on_train_batch_end", batch, logs)

    def on_epoch_begin(self, epoch, logs=None):
        """Calls `on_epoch_begin` of each callback."""
        logs = {} if logs is None else logs
        for listener in self.listeners("on_epoch_begin"):
            listener(epoch, logs)

    def on_epoch_end(self, epoch, logs=None):
        """Calls `on_epoch_end` of each callback with one shared dict."""
        logs = {} if logs is None else logs
        for listener in self.listeners("on_epoch_end"):
            listener(epoch, logs)

    def on_train_batch_begin(self, batch, logs=None):
        """Calls `on_train_batch_begin` of each callback."""
        self._call("on_train_batch_begin", batch, logs)

    def on_train_batch_end(self, batch, logs=None):
        """Calls `on_train_batch_end` of each callback."""
        self._call("on_train_batch_end", batch, logs)

    def on_test_batch_begin(self, batch, logs=None):
        """Calls `on_test_batch_begin` of each callback."""
        self._call("on_test_batch_begin", batch, logs)

    def on_test_batch_end(self, batch, logs=None):
        """Calls `on_test_batch_end` of each callback."""
        self._call("on_test_batch_end", batch, logs)

    def on_predict_batch_begin(self, batch, logs=None):
        """Calls `on_predict_batch_begin` of each callback."""
        self._call("on_predict_batch_begin", batch, logs)

    def on_predict_batch_end(self, batch, logs=None):
        """Calls `on_predict_batch_end` of each callback."""
        self._call("on_predict_batch_end", batch, logs)

    def on_train_begin(self, logs=None):
        """Calls `on_train_begin` of each callback."""
        self._call_once("on_train_begin", logs)

    def on_train_end(self, logs=None):
        """Calls `on_train_end` of each callback."""
        self._call_once("on_train_end", logs)

    def on_test_begin(self, logs=None):
        """Calls `on_test_begin` of each callback."""
        self._call_once("on_test_begin", logs)

    def on_test_end(self, logs=None):
        """Calls `on_test_end` of each callback."""
        self._call_once("on_test_end", logs)

    def on_predict_begin(self, logs=None):
        """Calls `on_predict_begin` of each callback."""
        self._call_once("on_predict_begin", logs)

    def on_predict_end(self, logs=None):
        """Calls `on_predict_end` of each callback."""
        self._call_once("on_predict_end", logs)
