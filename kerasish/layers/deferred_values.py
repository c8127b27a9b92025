"""Weights that are made without first values, as a file gives them theirs."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from kerasish.backend.devices import current_device
from kerasish.backend.graph import Tensor, eager_scope, stop_recording
from kerasish.errors import FileFormatError
from kerasish.initializers.initializer import Initializer, gives_new_array

_scopes = threading.local()
# Larger weights are not even set to zero, as that would take as long as reading them.
_SMALL = 1 << 20


class _Undefined(Initializer):
    @gives_new_array
    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        return Tensor(None, 0, current_device().empty(tuple(shape), dtype))


class DeferredValues:
    """Inside a `with` block, weights of layers begin as zeros, large ones undefined.

    At its end, weights that were given no value get the one of their initializer.

    Args:
        most_bytes: What all of them together may need.

    Example:

    >>> from kerasish.layers import Dense
    >>> with DeferredValues(1 << 20):
    ...     layer = Dense(2)
    ...     layer.build((None, 3))
    >>> bool((layer.get_weights()[0] != 0).all())
    True
    """

    def __init__(self, most_bytes: int):
        self.remaining = most_bytes
        self._pending: dict[int, tuple[Any, Callable, tuple, str]] = {}

    def __enter__(self) -> DeferredValues:
        self._outer = deferral()
        _scopes.current = self
        return self

    def __exit__(self, kind: Any, *exception: Any) -> None:
        _scopes.current = self._outer
        if kind is not None:
            return
        with eager_scope(), stop_recording():
            for variable, initializer, shape, dtype in self._pending.values():
                variable.assign(initializer(shape, dtype=dtype))

    def stand_in(self, name: str | None, shape: tuple, dtype: str) -> Callable:
        """Return an initializer for a weight that costs nothing.

        Args:
            name: Its name, for messages.
            shape: Its shape.
            dtype: Its data type.

        Raises:
            FileFormatError: If all weights together need more than is allowed.
        """
        size = np.dtype("float16" if dtype == "bfloat16" else dtype).itemsize
        for length in shape:
            size *= int(length)
        self.remaining -= size
        if self.remaining < 0:
            raise FileFormatError(
                f"The weight {name!r} of shape {shape} is larger than what the file "
                "can hold, so the model is not made."
            )
        if size <= _SMALL:
            from kerasish.initializers import Zeros

            return Zeros()
        return _Undefined()

    def note(self, variable: Any, initializer: Callable, shape: tuple, dtype: str):
        """Remember what a weight begins with if it is given no value."""
        self._pending[id(variable)] = (variable, initializer, shape, dtype)

    def fill(self, pairs: Iterable[tuple[Any, np.ndarray]]) -> None:
        """Give weights their values; arrays of theirs alone are taken as they are.

        Args:
            pairs: Weights with arrays of the same shapes, which nothing else holds.
        """
        for variable, array in pairs:
            new = self._pending.pop(id(variable), None) is not None
            alike = array.dtype.name == variable.spec.dtype
            if not (new and alike and array.flags.c_contiguous and array.flags.owndata):
                variable.assign(array)
                continue
            device = current_device()
            variable.on(device)
            variable.storage[device.name] = device.asarray(array)


def deferral() -> DeferredValues | None:
    """Return the scope that is open in this thread, if any.

    Example:

    >>> deferral() is None
    True
    """
    return getattr(_scopes, "current", None)
