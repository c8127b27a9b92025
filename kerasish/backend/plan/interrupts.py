"""Holds Ctrl-C back while state is half written."""

from __future__ import annotations

import threading

# The C functions: the wrappers of `signal` would cost more than a small step's writes.
from _signal import SIGINT, getsignal, signal


class InterruptsDeferred:
    """A context in which Ctrl-C waits until the end.

    Only the main thread receives signals; in other threads nothing is done.

    Example:

    >>> with InterruptsDeferred():
    ...     pass
    """

    __slots__ = ("_previous", "_received")

    def __enter__(self) -> None:
        self._received: list[tuple] = []
        self._previous = None
        if threading.current_thread() is threading.main_thread():
            previous = getsignal(SIGINT)
            if callable(previous):
                self._previous = previous
                signal(SIGINT, self._remember)

    def _remember(self, *event: object) -> None:
        self._received.append(event)

    def __exit__(self, *exception: object) -> None:
        if self._previous is not None:
            signal(SIGINT, self._previous)
            if self._received:
                self._previous(*self._received[0])
