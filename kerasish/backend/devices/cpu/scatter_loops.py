"""Looking up rows of a table, and its gradient: sums at given rows."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.base import device_kernel
from kerasish.backend.devices.cpu import loops
from kerasish.backend.devices.cpu.kernels import in_order, packed
from kerasish.backend.devices.cpu.loops_program import ARGUMENTS
from kerasish.backend.devices.cpu.loops_writer import SIZES, TYPES, Writer, literal

_WORTH_THREADS = 200_000
_COLUMNS = 16


def _row(w: Writer, places: str, i: str, index: str, rows: str) -> str:
    """The row that a place names; negative ones count from the end."""
    place = w.emit(f"getelementptr {TYPES[index]}, ptr {places}, i64 {i}")
    row = w.load(place, index)
    if index != "int64":
        row = w.emit(f"sext {TYPES[index]} {row} to i64")
    below = w.emit(f"icmp slt i64 {row}, 0")
    wrapped = w.emit(f"add i64 {row}, {rows}")
    return w.emit(f"select i1 {below}, i64 {wrapped}, i64 {row}")


@cache
def _copies(index: str) -> int:
    """The loop over places that copies rows.

    Its words: the result, the table, the places; how many rows the table has, and how
    many bytes a row.
    """
    w = Writer()
    out, table, places = w.pointer(0), w.pointer(1), w.pointer(2)
    rows, width = w.word(3), w.word(4)
    with w.loop("%start", "%stop") as i:
        source = w.multiply(_row(w, places, i, index, rows), width)
        target = w.offset(out, w.multiply(i, width))
        w.copy(w.offset(table, source), target, width)
    return loops.compiled(w.function("loop", ARGUMENTS))


@cache
def _sums(dtype: str, index: str) -> int:
    """The loop over columns that adds up rows; so threads never meet.

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
        row = _row(w, places, i, index, rows)
        target = w.offset(out, w.multiply(row, width))
        source = w.offset(parts, w.multiply(i, width))
        with w.loop("%start", "%stop", independent=True) as column:
            here = w.emit(f"getelementptr {kind}, ptr {target}, i64 {column}")
            there = w.emit(f"getelementptr {kind}, ptr {source}, i64 {column}")
            total = w.emit(f"fadd {kind} {w.load(here, dtype)}, {w.load(there, dtype)}")
            w.store(total, here, dtype)
    return loops.compiled(w.function("loop", ARGUMENTS))


def _within(name: str, indices: np.ndarray, rows: int, run: Callable) -> Callable:
    """The call that looks whether there are such rows, and then runs."""
    lowest, largest = indices.min, indices.max

    def checked() -> None:
        if lowest() < -rows or largest() >= rows:
            raise IndexError(
                f"{name}: an index lies outside an axis of size {rows}; valid are 0 "
                f"to {rows - 1}, and -1 to -{rows} from the end.\n"
                f"  got: indices from {lowest()} to {largest()}"
            )
        run()

    return checked


def _is_table(table: Any, indices: Any, attrs: dict) -> bool:
    """Whether whole rows of a table that is not empty are named."""
    return (
        loops.available()
        and attrs["axis"] == 0
        and table.is_exact
        and 0 not in table.shape
        and indices.dtype in ("int32", "int64")
        and indices.is_exact
        and 0 not in indices.shape
    )


def _accepts_take(specs: tuple, attrs: dict) -> bool:
    return _is_table(*specs, attrs)


def _bind_take(
    xp: Any, arrays: tuple, outs: tuple, attrs: dict
) -> Callable[[], Any] | None:
    """The call that fills the result; all arrays stay where they are."""
    (table, indices), (out,) = arrays, outs
    before: list[Callable] = []
    indices = packed(indices, before)
    if not table.flags.c_contiguous:
        return None
    rows, count = len(table), indices.size
    team = threads.num_threads() if out.nbytes > _WORTH_THREADS else 1
    data = [out.ctypes.data, table.ctypes.data, indices.ctypes.data]
    data += [rows, table.nbytes // rows]
    run = loops.launcher().bind(_copies(indices.dtype.name), count, team, data, team)
    run.keep = table, indices, out
    return in_order((*before, _within("take", indices, rows, run)))


@device_kernel("cpu", "take", _accepts_take)
def take(
    xp: Any, table: np.ndarray, indices: np.ndarray, *, out: Any = None, axis: int
) -> np.ndarray:
    """Return rows of a table."""
    out = np.empty((*indices.shape, *table.shape[1:]), table.dtype)
    _bind_take(xp, (np.ascontiguousarray(table), indices), (out,), {})()
    return out


take.bind = _bind_take


def _accepts_adjoint(specs: tuple, attrs: dict) -> bool:
    g, like, indices = specs
    known = g.is_exact and g.dtype in ("float32", "float64")
    return known and _is_table(like, indices, attrs)


def _bind_adjoint(
    xp: Any, arrays: tuple, outs: tuple, attrs: dict
) -> Callable[[], Any]:
    """The call that fills the result; all arrays stay where they are."""
    (g, like, indices), (out,) = arrays, outs
    before: list[Callable] = []
    g, indices = packed(g, before), packed(indices, before)
    rows, columns = like.shape[0], math.prod(like.shape[1:])
    work = (indices.size + rows) * columns
    team = threads.num_threads() if work > _WORTH_THREADS else 1
    team = max(1, min(team, columns // _COLUMNS))
    data = [out.ctypes.data, g.ctypes.data, indices.ctypes.data]
    data += [rows, indices.size, columns]
    function = _sums(g.dtype.name, indices.dtype.name)
    run = loops.launcher().bind(function, columns, team, data, team)
    run.keep = g, indices, out
    return in_order((*before, _within("take_adjoint", indices, rows, run)))


@device_kernel("cpu", "take_adjoint", _accepts_adjoint)
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
    _bind_adjoint(xp, (g, like, indices), (out,), {})()
    return out


take_adjoint.bind = _bind_adjoint
