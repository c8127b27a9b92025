"""Mean and variance of each channel as a compiled loop, in one pass over memory.

What is added up are differences from the first row and their squares, so that a mean
far from zero takes nothing from the variance. Sums of a few rows are of the array's own
precision, sums of these of twice that.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.base import device_kernel
from kerasish.backend.devices.cpu import loops
from kerasish.backend.devices.cpu.kernels import in_order
from kerasish.backend.devices.cpu.loops_program import ARGUMENTS
from kerasish.backend.devices.cpu.loops_writer import Writer
from kerasish.backend.devices.numpy_kernels import moments_of_sums, over_leading_axes

_ROWS = 128
_WIDTHS = (32, 16, 8)
_PIECE = 1 << 16
_MOST_PIECES = 16
# Elements below which a second thread costs more than it brings.
_WORTH_THREADS = 200_000


def _width(channels: int) -> int | None:
    """The channels that are taken together, `None` if they come out uneven."""
    return next((width for width in _WIDTHS if channels % width == 0), None)


class _Sums:
    """Writes the loop for some channels at a time.

    Its words: the array, the number of channels, and the sums of the pieces, of
    differences and of squares one after the other.
    """

    def __init__(self, width: int) -> None:
        self.w = Writer()
        self.narrow, self.wide = f"<{width} x float>", f"<{width} x double>"
        self.width = width

    def source(self) -> str:
        """Return the module."""
        w = self.w
        totals = [w.emit(f"alloca {self.narrow}, align 64") for _ in range(2)]
        x, channels, sums = w.pointer(0), w.word(1), w.pointer(2)
        groups = w.emit(f"sdiv i64 {channels}, {self.width}")
        skipped = w.multiply("%piece", w.multiply(channels, "16"))
        sums = w.offset(sums, skipped)
        squares = w.offset(sums, w.multiply(channels, "8"))
        count = w.emit("sub i64 %stop, %start")
        count = w.emit(f"add i64 {count}, {_ROWS - 1}")
        with w.loop("0", w.emit(f"sdiv i64 {count}, {_ROWS}")) as block:
            first = w.emit(f"add i64 %start, {w.multiply(block, str(_ROWS))}")
            last = w.emit(f"add i64 {first}, {_ROWS}")
            before = w.emit(f"icmp slt i64 {last}, %stop")
            last = w.emit(f"select i1 {before}, i64 {last}, i64 %stop")
            with w.loop("0", groups) as group:
                place = w.multiply(group, str(self.width))
                self._rows(x, channels, place, first, last, totals)
                self._add(totals[0], sums, place)
                self._add(totals[1], squares, place)
        return w.function("loop", ARGUMENTS)

    def _load(self, x: str, index: str) -> str:
        pointer = self.w.emit(f"getelementptr float, ptr {x}, i64 {index}")
        return self.w.emit(f"load {self.narrow}, ptr {pointer}, align 4")

    def _rows(
        self, x: str, channels: str, place: str, first: str, last: str, totals: list
    ) -> None:
        w, kind = self.w, self.narrow
        origin = self._load(x, place)
        for total in totals:
            w.line(f"store {kind} zeroinitializer, ptr {total}, align 64")
        with w.loop(first, last) as row:
            index = w.emit(f"add i64 {w.multiply(row, channels)}, {place}")
            change = w.emit(f"fsub {kind} {self._load(x, index)}, {origin}")
            square = w.emit(f"fmul contract {kind} {change}, {change}")
            for total, value in zip(totals, (change, square)):
                old = w.emit(f"load {kind}, ptr {total}, align 64")
                new = w.emit(f"fadd contract {kind} {old}, {value}")
                w.line(f"store {kind} {new}, ptr {total}, align 64")

    def _add(self, total: str, sums: str, place: str) -> None:
        w = self.w
        value = w.emit(f"load {self.narrow}, ptr {total}, align 64")
        value = w.emit(f"fpext {self.narrow} {value} to {self.wide}")
        pointer = w.emit(f"getelementptr double, ptr {sums}, i64 {place}")
        old = w.emit(f"load {self.wide}, ptr {pointer}, align 8")
        new = w.emit(f"fadd {self.wide} {old}, {value}")
        w.line(f"store {self.wide} {new}, ptr {pointer}, align 8")


@lru_cache(maxsize=8)
def _function(width: int) -> int:
    return loops.compiled(_Sums(width).source())


def _accepts(specs: tuple, attrs: dict) -> bool:
    (x,) = specs
    return (
        loops.available()
        and over_leading_axes(specs, attrs)
        and x.dtype == "float32"
        and _width(x.shape[-1]) is not None
    )


def _bind(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Callable[[], Any] | None:
    (x,) = arrays
    if not x.flags.c_contiguous:
        return None
    channels = x.shape[-1]
    rows = math.prod(x.shape[:-1])
    # The pieces depend on nothing but the shape, and with them the bits.
    pieces = max(1, min(_MOST_PIECES, x.size // _PIECE, rows))
    team = threads.num_threads() if x.size > _WORTH_THREADS else 1
    sums = np.zeros((pieces, 2, channels), np.float64)
    data = [x.ctypes.data, channels, sums.ctypes.data]
    function = _function(_width(channels))
    run = loops.launcher().bind(function, rows, pieces, data, min(team, pieces))
    run.keep = x, sums
    origin = x.reshape(rows, channels)[0]
    flat = [out.reshape(channels) for out in outs]
    finish = partial(_finish, sums, origin, rows, flat)
    return in_order((partial(sums.fill, 0), run, finish))


def _finish(sums: np.ndarray, origin: np.ndarray, rows: int, outs: list) -> None:
    total = np.add.reduce(sums, axis=0)
    for out, value in zip(outs, moments_of_sums(*total, origin, rows)):
        np.copyto(out, value, casting="unsafe")


@device_kernel("cpu", "batch_moments", _accepts)
def batch_moments(
    xp: Any, x: np.ndarray, *, out: Any = None, axes: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Compute at once."""
    kept = (1,) * (x.ndim - 1) + x.shape[-1:]
    outs = (np.empty(kept, x.dtype), np.empty(kept, x.dtype))
    _bind(xp, (np.ascontiguousarray(x),), outs, {"axes": axes})()
    return outs


batch_moments.bind = _bind
