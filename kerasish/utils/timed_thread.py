"""`TimedThread`: something done again and again in a thread."""

from __future__ import annotations

import threading
from typing import Any


class TimedThread:
    """Calls `on_interval` in a thread until it is stopped.

    A subclass implements `on_interval`. The thread runs between `start` and `stop`, or
    within a `with` block.

    Args:
        interval: Seconds between two calls.
        **kwargs: Arguments of `threading.Thread`; the thread is a daemon by default.

    Example:

    >>> called = threading.Event()
    >>> class Ring(TimedThread):
    ...     def on_interval(self):
    ...         called.set()
    >>> with Ring(60) as ring:
    ...     called.wait(10)
    True
    """

    def __init__(self, interval: float, **kwargs: Any):
        self.interval = interval
        self.daemon = kwargs.pop("daemon", True)
        self.thread_kwargs = kwargs
        self.thread: threading.Thread | None = None
        self.thread_stop_event: threading.Event | None = None

    def _run(self, stop: threading.Event) -> None:
        while not stop.is_set():
            self.on_interval()
            stop.wait(self.interval)

    def start(self) -> None:
        """Start the thread, unless it runs."""
        if self.is_alive():
            return
        stop = self.thread_stop_event = threading.Event()
        self.thread = threading.Thread(
            target=self._run, args=(stop,), daemon=self.daemon, **self.thread_kwargs
        )
        self.thread.start()

    def stop(self) -> None:
        """End the thread after the call that runs."""
        if self.thread_stop_event is not None:
            self.thread_stop_event.set()

    def is_alive(self) -> bool:
        """Return whether the thread runs."""
        return self.thread is not None and self.thread.is_alive()

    def __enter__(self) -> TimedThread:
        self.start()
        return self

    def __exit__(self, *args: Any) -> None:
        self.stop()

    def on_interval(self) -> None:
        """Do what is to be done; a subclass implements it.

        Raises:
            NotImplementedError: If it does not.
        """
        raise NotImplementedError(f"{type(self).__name__} must implement on_interval.")
