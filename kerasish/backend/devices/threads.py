"""How many threads kernels use.

Two pools must not work at the same time: threads of OpenBLAS that wait for work keep
the cores from those of OpenMP. So OpenBLAS is held to one thread while kernels of
another pool may run.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import threading
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np

_chosen: list[int | None] = [None]
_listeners: list[Callable[[int], None]] = []
_lock = threading.Lock()
_held = [0, 0]


class OpenBlas:
    """The functions of NumPy's OpenBLAS that matter here.

    Attributes:
        get: Returns the number of threads.
        set: Sets it.
        product: Multiplies float32 matrices; `None` if its integers have 32 bits.
    """

    def __init__(self, library: ctypes.CDLL, prefix: str, suffix: str) -> None:
        self.get = getattr(library, f"{prefix}openblas_get_num_threads{suffix}")
        self.set = getattr(library, f"{prefix}openblas_set_num_threads{suffix}")
        self.get.restype = ctypes.c_int
        self.set.argtypes = (ctypes.c_int,)
        self.set.restype = None
        name = f"{prefix}cblas_sgemm{suffix}"
        self.product = getattr(library, name, None) if suffix else None


@lru_cache(maxsize=1)
def openblas() -> OpenBlas | None:
    """Return the OpenBLAS that NumPy brings along, `None` if it uses something else."""
    home = Path(np.__file__).parent
    for folder in (home.with_name("numpy.libs"), home / ".dylibs"):
        for path in sorted(folder.glob("*openblas*")):
            # It returns at once: letting other threads run meanwhile takes longer.
            library = ctypes.PyDLL(str(path))
            for prefix, suffix in (("scipy_", "64_"), ("", "64_"), ("scipy_", "")):
                with contextlib.suppress(AttributeError):
                    return OpenBlas(library, prefix, suffix)
    return None


def chosen() -> int | None:
    """Return the number given to `set_num_threads`, `None` before."""
    return _chosen[0]


def num_threads() -> int:
    """Return how many threads kernels use.

    Example:

    >>> num_threads() >= 1
    True
    """
    if _chosen[0] is not None:
        return _chosen[0]
    wish = os.environ.get("OMP_NUM_THREADS", "").split(",")[0]
    if wish.isdigit() and int(wish):
        return int(wish)
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def set_num_threads(number: int) -> None:
    """Choose how many threads kernels use from now on.

    Args:
        number: At least 1.

    Raises:
        ValueError: If it is not.

    Example:

    >>> set_num_threads(num_threads())
    """
    if isinstance(number, bool) or not isinstance(number, int) or number < 1:
        raise ValueError(
            "The number of threads must be an int of at least 1.\n"
            f"Received: number={number!r}"
        )
    _chosen[0] = number
    blas = openblas()
    with _lock:
        if blas is not None and not _held[0]:
            blas.set(number)
        _held[1] = number
    for listener in _listeners:
        listener(number)


def on_change(listener: Callable[[int], None]) -> None:
    """Have a function called with each new number of threads."""
    _listeners.append(listener)


def hold_blas() -> None:
    """Hold OpenBLAS to one thread, until everyone has called `release_blas`."""
    blas = openblas()
    if blas is None:
        return
    with _lock:
        if not _held[0]:
            _held[1] = blas.get()
            blas.set(1)
        _held[0] += 1


def release_blas() -> None:
    """End what `hold_blas` began."""
    blas = openblas()
    if blas is None:
        return
    with _lock:
        _held[0] -= 1
        if not _held[0]:
            blas.set(_held[1])


def restart() -> None:
    """In a forked child, where nobody holds anything: begin anew."""
    global _lock
    _lock = threading.Lock()
    blas = openblas()
    if blas is not None and _held[0]:
        blas.set(_held[1])
    _held[0] = 0
