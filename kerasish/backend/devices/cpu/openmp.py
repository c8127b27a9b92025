"""GNU's OpenMP library: the one pool of threads that all compiled kernels share."""

from __future__ import annotations

import ctypes
import os
from functools import lru_cache

# How often a waiting thread looks before it sleeps. By default it looks for longer than
# most kernels run, which costs whole time slices where others need the processor too.
_PATIENCE = "1000"


def prepare() -> None:
    """Settle how threads wait; it must happen before the library is loaded.

    Whoever sets `OMP_WAIT_POLICY` or `GOMP_SPINCOUNT` keeps what they chose.
    """
    if "OMP_WAIT_POLICY" not in os.environ:
        os.environ.setdefault("GOMP_SPINCOUNT", _PATIENCE)


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL | None:
    """Return the library, or `None` where there is none."""
    prepare()
    try:
        found = ctypes.CDLL("libgomp.so.1")
        parallel = found.GOMP_parallel
    except (OSError, AttributeError):
        return None
    parallel.argtypes = (ctypes.c_void_p, ctypes.c_void_p, ctypes.c_uint, ctypes.c_uint)
    parallel.restype = None
    return found


def address(name: str) -> int:
    """Return the address of a function of the library."""
    return ctypes.cast(getattr(library(), name), ctypes.c_void_p).value


@lru_cache(maxsize=1)
def patient() -> int | None:
    """Return the address of the function by which a thread lets others run."""
    try:
        found = ctypes.CDLL(None).sched_yield
    except (OSError, AttributeError, TypeError):
        return None
    return ctypes.cast(found, ctypes.c_void_p).value
