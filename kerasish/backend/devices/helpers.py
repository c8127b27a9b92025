"""A few sleeping threads that help NumPy, which works on one processor, with products.

OpenBLAS has threads of its own, but while they wait they keep a processor busy, from
which other work on the machine suffers, and other pools of threads most of all.
"""

from __future__ import annotations

import math
import os
import queue
import threading
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.base import device_kernel

# Multiplications below which waking a thread costs more than it brings.
_WORTH_THREADS = 1 << 23
_LEAST_ROWS = 16
_helpers: list[_Helper] = []
_free = threading.Lock()


class _Helper:
    """A thread that waits for calls."""

    def __init__(self) -> None:
        self.calls: queue.SimpleQueue = queue.SimpleQueue()
        self.results: queue.SimpleQueue = queue.SimpleQueue()
        threading.Thread(target=self._work, daemon=True).start()

    def _work(self) -> None:
        while True:
            call = self.calls.get()
            try:
                with np.errstate(all="ignore"):
                    call()
                self.results.put(None)
            except BaseException as error:
                self.results.put(error)


def run_together(calls: Sequence[Callable[[], Any]]) -> None:
    """Make calls at the same time, the first one in this thread.

    If another thread has the helpers, all are made in this one.
    """
    if not _free.acquire(blocking=False):
        for call in calls:
            call()
        return
    try:
        while len(_helpers) < len(calls) - 1:
            _helpers.append(_Helper())
        busy = _helpers[: len(calls) - 1]
        for helper, call in zip(busy, calls[1:]):
            helper.calls.put(call)
        try:
            calls[0]()
        finally:
            # Whatever happens here: nobody may still write when this returns.
            errors = [helper.results.get() for helper in busy]
    finally:
        _free.release()
    for error in errors:
        if error is not None:
            raise error


def _restart() -> None:
    """In a forked child there are no helpers."""
    global _free
    _helpers.clear()
    _free = threading.Lock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_restart)


def product(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> Callable[[], Any]:
    """Return the call that multiplies matrices, or stacks of them, into `out`.

    Large products are cut into one part for each thread.
    """
    if b.ndim == 2 and a.ndim > 2 and a.flags.c_contiguous and out.flags.c_contiguous:
        a, out = a.reshape(-1, a.shape[-1]), out.reshape(-1, out.shape[-1])
    count = threads.num_threads()
    if out.size * a.shape[-1] < _WORTH_THREADS or count == 1:
        return partial(np.matmul, a, b, out)
    if out.ndim > 2:
        a, b = (np.broadcast_to(x, (*out.shape[:-2], *x.shape[-2:])) for x in (a, b))
        pieces = [(a[i], b[i], out[i]) for i in _parts(out.shape[0], count, 1)]
    elif out.shape[0] >= out.shape[1]:
        pieces = [(a[i], b, out[i]) for i in _parts(len(out), count, _LEAST_ROWS)]
    else:
        pieces = [
            (a, b[:, i], out[:, i]) for i in _parts(out.shape[1], count, _LEAST_ROWS)
        ]
    return partial(run_together, [partial(np.matmul, *piece) for piece in pieces])


def _parts(size: int, count: int, least: int) -> list[slice]:
    """Cut an axis into parts that are multiples of `least`, as far as possible."""
    step = -(-size // (count * least)) * least
    return [slice(start, start + step) for start in range(0, size, step)]


def multiply(xp: Any, a: Any, b: Any, out: Any) -> None:
    """Multiply matrices into an array that has room for the result."""
    if xp is np:
        product(a, b, out)()
    else:
        xp.matmul(a, b, out=out)


def _accepts(specs: tuple, attrs: dict) -> bool:
    a, b = specs
    if a.dtype not in ("float32", "float64") or not (a.is_exact and b.is_exact):
        return False
    batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
    work = math.prod(batch) * a.shape[-2] * a.shape[-1] * b.shape[-1]
    return work >= _WORTH_THREADS


def _bind(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Callable[[], Any]:
    return product(*arrays, outs[0])


@device_kernel("numpy", "matmul", _accepts)
def numpy_matmul(
    xp: Any, a: np.ndarray, b: np.ndarray, *, out: np.ndarray | None = None
) -> np.ndarray:
    """Multiply large matrices, or stacks of them."""
    if out is None or not out.flags.c_contiguous:
        batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
        out = np.empty((*batch, a.shape[-2], b.shape[-1]), a.dtype)
    product(a, b, out)()
    return out


numpy_matmul.bind = _bind
