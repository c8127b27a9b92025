"""Sums at given rows as a compiled loop: the gradient of looking up rows of a table."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.base import device_kernel
from kerasish.backend.devices.cpu import loops
from kerasish.backend.devices.cpu.loops_program import ARGUMENTS
from kerasish.backend.devices.cpu.loops_writer import SIZES, TYPES, Writer, literal

_WORTH_THREADS = 200_000
_COLUMNS = 16


@cache
def _function(dtype: str, index: str) -> int:
    """The loop over columns, so that threads never meet.

    Its words: the result, the parts, the rows they belong to; how many rows the result
    has, how many parts there are, and how many columns.
    """
    w = Writer()
    out, parts, places = w.pointer(0), w.pointer(1), w.pointer(2)
    rows, count, columns = w.word(3), w.word(4), w.word(5)
    kind, size = TYPES[dtype], SIZES[dtype]
    width = w.multiply(columns, str(size))
    with w.loop("0", rows) as row:
        base = w.offset(out, w.multiply(row, width))
        with w.loop("%start", "%stop", independent=True) as column:
            here = w.emit(f"getelementptr {kind}, ptr {base}, i64 {column}")
            w.store(literal(0, dtype), here, dtype)
    with w.loop("0", count) as i:
        place = w.emit(f"getelementptr {TYPES[index]}, ptr {places}, i64 {i}")
        row = w.load(place, index)
        if index != "int64":
            row = w.emit(f"sext {TYPES[index]} {row} to i64")
        below = w.emit(f"icmp slt i64 {row}, 0")
        wrapped = w.emit(f"add i64 {row}, {rows}")
        row = w.emit(f"select i1 {below}, i64 {wrapped}, i64 {row}")
        target = w.offset(out, w.multiply(row, width))
        source = w.offset(parts, w.multiply(i, width))
        with w.loop("%start", "%stop", independent=True) as column:
            here = w.emit(f"getelementptr {kind}, ptr {target}, i64 {column}")
            there = w.emit(f"getelementptr {kind}, ptr {source}, i64 {column}")
            total = w.emit(f"fadd {kind} {w.load(here, dtype)}, {w.load(there, dtype)}")
            w.store(total, here, dtype)
    return loops.compiled(w.function("loop", ARGUMENTS))


def _accepts(specs: tuple, attrs: dict) -> bool:
    g, like, indices = specs
    columns = math.prod(like.shape[1:]) if like.is_exact else 0
    return (
        loops.available()
        and attrs["axis"] == 0
        and g.dtype in ("float32", "float64")
        and indices.dtype in ("int32", "int64")
        and g.is_exact
        and columns > 0
        and 0 not in g.shape
    )


def _call(
    g: np.ndarray, like: np.ndarray, indices: np.ndarray, out: np.ndarray
) -> Callable[[], Any]:
    """The call that fills `out`; all arrays are contiguous and stay where they are."""
    rows, columns = like.shape[0], math.prod(like.shape[1:])
    work = (indices.size + rows) * columns
    team = threads.num_threads() if work > _WORTH_THREADS else 1
    team = max(1, min(team, columns // _COLUMNS))
    data = [
        out.ctypes.data,
        g.ctypes.data,
        indices.ctypes.data,
        rows,
        indices.size,
        columns,
    ]
    function = _function(g.dtype.name, indices.dtype.name)
    run = loops.launcher().bind(function, columns, team, data, team)
    lowest, largest = indices.min, indices.max

    def add_up() -> None:
        if lowest() < -rows or largest() >= rows:
            raise IndexError(
                f"take_adjoint: an index lies outside an axis of size {rows}.\n"
                f"  got: indices from {lowest()} to {largest()}"
            )
        run()

    add_up.keep = g, like, indices, out
    return add_up


def _bind(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Callable[[], Any] | None:
    g, like, indices = arrays
    if not (g.flags.c_contiguous and indices.flags.c_contiguous):
        return None
    return _call(g, like, indices, outs[0])


@device_kernel("cpu", "take_adjoint", _accepts)
def take_adjoint(
    xp: Any,
    g: np.ndarray,
    like: np.ndarray,
    indices: np.ndarray,
    *,
    out: Any = None,
    axis: int,
) -> np.ndarray:
    """Return zeros like a table with parts summed in at rows."""
    out = np.empty(like.shape, g.dtype)
    _call(np.ascontiguousarray(g), like, np.ascontiguousarray(indices), out)()
    return out


take_adjoint.bind = _bind
