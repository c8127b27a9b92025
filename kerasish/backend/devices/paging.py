"""Pages of memory, which the system hands out when they are first written to."""

from __future__ import annotations

import ctypes
import mmap
import sys
import threading

import numpy as np

from kerasish.backend.devices import threads

# What the system takes zeroing pages is worth a thread from so many bytes on.
_WORTH_A_THREAD = 1 << 24
# Bytes that are asked for at a time: in between, other threads get memory too.
_PIECE = 1 << 22
_PAGE = mmap.PAGESIZE
# Of Linux 5.14 and later; before, the call does nothing.
_MADV_POPULATE_WRITE = 23


def ask_for_pages(array: np.ndarray) -> threading.Thread | None:
    """Have the system hand out the pages of a large new array meanwhile.

    Otherwise it does so one by one, when they are first written to. What the array
    holds stays.

    Args:
        array: The array, contiguous.

    Returns:
        The thread that does it, which keeps the array until it ends; `None` for small
        arrays, where one processor must do everything, and on other systems.

    Example:

    >>> ask_for_pages(np.empty(10)) is None
    True
    """
    if array.nbytes < _WORTH_A_THREAD or sys.platform != "linux":
        return None
    if threads.num_threads() < 2:
        return None
    thread = threading.Thread(target=_populate, args=(array,), daemon=True)
    thread.start()
    return thread


def _populate(array: np.ndarray) -> None:
    begin = -(-array.ctypes.data // _PAGE) * _PAGE
    end = (array.ctypes.data + array.nbytes) // _PAGE * _PAGE
    advise = ctypes.CDLL(None).madvise
    advise.argtypes = (ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
    for place in range(begin, end, _PIECE):
        if advise(place, min(_PIECE, end - place), _MADV_POPULATE_WRITE):
            return
