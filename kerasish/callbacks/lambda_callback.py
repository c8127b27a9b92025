"""`LambdaCallback`: a callback made of functions."""

from __future__ import annotations

from kerasish.callbacks.callback import Callback
from kerasish.errors import did_you_mean


class LambdaCallback(Callback):
    """A callback whose hooks are the functions that it is given.

    Args:
        on_epoch_begin: Function `(epoch, logs)`.
        on_epoch_end: Function `(epoch, logs)`.
        on_train_begin: Function `(logs)`.
        on_train_end: Function `(logs)`.
        on_train_batch_begin: Function `(batch, logs)`.
        on_train_batch_end: Function `(batch, logs)`.
        **kwargs: Any other hook of `Callback`, by name, or an attribute.

    Raises:
        TypeError: If an argument begins with `on_` and is no hook.

    Example:

    >>> show = LambdaCallback(on_epoch_end=lambda epoch, logs: print(epoch))
    >>> show.on_epoch_end(3, {})
    3
    """

    def __init__(
        self,
        on_epoch_begin=None,
        on_epoch_end=None,
        on_train_begin=None,
        on_train_end=None,
        on_train_batch_begin=None,
        on_train_batch_end=None,
        **kwargs,
    ):
        super().__init__()
        hooks = {
            "on_epoch_begin": on_epoch_begin,
            "on_epoch_end": on_epoch_end,
            "on_train_begin": on_train_begin,
            "on_train_end": on_train_end,
            "on_train_batch_begin": on_train_batch_begin,
            "on_train_batch_end": on_train_batch_end,
            **kwargs,
        }
        known = [name for name in dir(Callback) if name.startswith("on_")]
        for name, function in hooks.items():
            if name.startswith("on_") and name not in known:
                raise TypeError(
                    f"LambdaCallback: there is no hook {name!r}."
                    f"{did_you_mean(name, known)}"
                )
            if function is not None:
                setattr(self, name, function)
