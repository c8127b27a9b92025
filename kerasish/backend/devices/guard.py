"""The context in which kernels of NumPy run."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasish.backend.devices import threads


class _Local(threading.local):
    """What a thread knows of its guard."""

    depth = 0
    quiet: Any = None


class Guard:
    """No warnings about Inf and NaN, and no second pool of threads.

    It may be nested and shared by threads; entering again is cheap.

    Args:
        prepare: Called each time a thread enters.
    """

    def __init__(self, prepare: Callable[[], Any] | None = None) -> None:
        self._local = _Local()
        self._prepare = prepare

    def __enter__(self) -> None:
        local = self._local
        if local.depth:
            local.depth += 1
            return
        local.quiet = np.errstate(all="ignore")
        local.quiet.__enter__()
        threads.hold_blas()
        if self._prepare is not None:
            self._prepare()
        local.depth = 1

    def __exit__(self, *exception: object) -> None:
        local = self._local
        local.depth -= 1
        if not local.depth:
            threads.release_blas()
            local.quiet.__exit__(*exception)
