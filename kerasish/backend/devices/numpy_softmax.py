"""Softmax over the last axis on NumPy: some rows at a time, which stay in the cache."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.base import device_kernel
from kerasish.backend.devices.helpers import run_together

_BLOCK = 32768


def _rows(
    x: np.ndarray, out: np.ndarray, blocks: list[slice], extremes: np.ndarray
) -> None:
    """Compute some blocks of rows; `extremes` has room for a number a row."""
    ones = np.ones((x.shape[1], 1), x.dtype)
    for block in blocks:
        source, target = x[block], out[block]
        column = extremes[: len(source)]
        np.maximum.reduce(source, axis=1, keepdims=True, out=column)
        np.subtract(source, column, target)
        np.exp(target, target)
        # A product adds up short rows several times as fast as a reduction.
        np.matmul(target, ones, column)
        np.divide(target, column, target)


def _call(x: np.ndarray, out: np.ndarray) -> Callable[[], Any]:
    x, out = (array.reshape(-1, array.shape[-1]) for array in (x, out))
    step = max(1, _BLOCK // x.shape[1])
    blocks = [slice(start, start + step) for start in range(0, len(x), step)]
    team = min(threads.num_threads(), len(blocks))
    calls = [
        partial(_rows, x, out, blocks[member::team], np.empty((step, 1), x.dtype))
        for member in range(team)
    ]
    return calls[0] if team == 1 else partial(run_together, calls)


def _accepts(specs: tuple, attrs: dict) -> bool:
    (x,) = specs
    return (
        x.dtype in ("float32", "float64")
        and x.is_exact
        and 0 not in x.shape
        and attrs["axis"] == (len(x.shape) - 1,)
    )


def _bind(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Callable[[], Any] | None:
    (x,), (out,) = arrays, outs
    return _call(x, out) if x.flags.c_contiguous else None


@device_kernel("numpy", "softmax", _accepts)
def numpy_softmax(
    xp: Any, x: np.ndarray, *, out: Any = None, axis: tuple[int, ...]
) -> np.ndarray:
    """Return exponentials that sum to one along the last axis."""
    if out is None or not out.flags.c_contiguous:
        out = np.empty(x.shape, x.dtype)
    _call(np.ascontiguousarray(x), out)()
    return out


numpy_softmax.bind = _bind
