"""The gradient of a convolution's kernel as a compiled loop over tiles of registers.

In a channels-last array, the inputs of a window lie together row by row: its columns
and channels are one axis. So for each row of the window the gradient is a matrix, of
which a tile is summed up in registers over the positions of some rows, without any
rearranging of the inputs. Pieces of the batch have sums of their own, whose number
depends on the shape alone, and with it the bits.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import lru_cache, partial
from typing import Any

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.cpu import loops
from kerasish.backend.devices.cpu.conv_tiles import (
    COLUMNS,
    FRAME_WORDS,
    ITEM,
    KIND,
    LANES,
    VECTORS,
    Frame,
    Shape,
    Tiles,
    suits,
)
from kerasish.backend.devices.cpu.kernels import in_order
from kerasish.backend.devices.cpu.loops_program import ARGUMENTS

# Rows of a tile, the best first; a shorter matrix is one tile.
_LINES = (6, 5)
# What a tile costs besides its rows, in rows.
_TILE_COST = 1.5
_PIECES = 8
# Bytes of inputs and gradients that a tile walks over: they stay in the first cache.
_NEAR = 24 << 10
_LEAST_CHUNK = 32
# Sums of pieces larger than this cost more than they save.
_LARGEST_KERNEL = 1 << 20
_LEAST_WORK = 1 << 20
_WORDS = (
    "x x_image g g_image sums sums_piece heights height_step length columns"
    " rows block positions chunk x_row x_step g_row g_step"
).split() + FRAME_WORDS


class _Gradient(Tiles):
    """Writes the loop over the tiles of the gradient."""

    def source(self) -> str:
        """Return the module."""
        w, word = self.w, self.words
        sums = self.pointer("sums", w.multiply("%piece", word["sums_piece"]))
        with w.loop("%start", "%stop") as image:
            x = self.pointer("x", w.multiply(image, word["x_image"]))
            g = self.pointer("g", w.multiply(image, word["g_image"]))
            if self.padded:
                x = self.copied(x)
            with self.parts("rows", "block") as rows:
                with self.parts("positions", "chunk") as positions:
                    with w.loop("0", word["heights"]) as height:
                        here = w.offset(x, w.multiply(height, word["height_step"]))
                        area = (here, g, rows, positions)
                        self._matrix(sums, height, area)
        return w.function("loop", ARGUMENTS)

    def _matrix(self, sums: str, height: str, area: tuple) -> None:
        """Write the loops over the tiles that belong to one row of the window."""
        w, step = self.w, self.words["g_step"]
        x, g, *part = area
        before = w.multiply(height, self.words["length"])
        sums = w.offset(sums, w.multiply(before, step))
        with self.tiles("length", self.lines) as (row, known_rows):
            here = w.offset(x, w.multiply(row, str(ITEM)))
            line = w.offset(sums, w.multiply(row, step))
            with self.tiles("columns", COLUMNS) as (column, known_columns):
                offset = w.multiply(column, str(ITEM))
                self._sum(here, w.offset(g, offset), part)
                known = known_rows, known_columns
                self._add(w.offset(line, offset), known)

    def _sum(self, x: str, g: str, part: list) -> None:
        """Sum up a tile over the positions of a part of the image."""
        w, word = self.w, self.words
        rows, positions = part
        self.clear()
        with w.loop(*rows) as row:
            x_row = w.offset(x, w.multiply(row, word["x_row"]))
            g_row = w.offset(g, w.multiply(row, word["g_row"]))
            with w.loop(*positions) as position:
                here = w.offset(x_row, w.multiply(position, word["x_step"]))
                there = w.offset(g_row, w.multiply(position, word["g_step"]))
                vectors = [self.vector(there, k) for k in range(VECTORS)]
                values = [w.offset(here, str(ITEM * k)) for k in range(self.lines)]
                self.add_products(values, vectors)

    def _add(self, sums: str, known: tuple[str, str]) -> None:
        """Add a tile to the sums, but for what an earlier tile has had."""
        w, lanes = self.w, f"<{LANES} x i64>"
        known_rows, known_columns = known
        known_columns = self.spread(lanes, f"i64 {known_columns}")
        none = w.emit(f"add i64 {COLUMNS}, 0")
        none = self.spread(lanes, f"i64 {none}")
        for k, line in enumerate(self.totals):
            fresh = w.emit(f"icmp sle i64 {known_rows}, {k}")
            limit = w.emit(
                f"select i1 {fresh}, {lanes} {known_columns}, {lanes} {none}"
            )
            here = w.offset(sums, w.multiply(str(k), self.words["g_step"]))
            for number, total in enumerate(line):
                first = number * LANES
                numbers = ", ".join(f"i64 {first + i}" for i in range(LANES))
                counts = w.emit(f"icmp sge {lanes} <{numbers}>, {limit}")
                value = w.emit(f"load {KIND}, ptr {total}, align 32")
                value = w.emit(
                    f"select <{LANES} x i1> {counts}, {KIND} {value}, "
                    f"{KIND} zeroinitializer"
                )
                old = self.vector(here, number)
                new = w.emit(f"fadd {KIND} {old}, {value}")
                place = w.offset(here, str(number * LANES * ITEM))
                w.line(f"store {KIND} {new}, ptr {place}, align 4")


def _lines(length: int) -> int:
    """Return how many rows a tile best has: few shall be computed twice."""
    if length <= _LINES[0]:
        return length
    return min(_LINES, key=lambda lines: -(-length // lines) * (lines + _TILE_COST))


@lru_cache(maxsize=32)
def _function(lines: int, padded: bool) -> int:
    return loops.compiled(_Gradient(_WORDS, lines, padded).source())


class Case:
    """A gradient in the terms of the loop.

    Args:
        x: The shape of the input.
        g: The shape of the gradient of the output.
        w: The shape of the kernel.
        attrs: Strides, pads in numbers, dilation and groups.
    """

    def __init__(self, x: Shape, g: Shape, w: Shape, attrs: dict) -> None:
        self.attrs, self.axes = attrs, len(x) - 2
        self.x, self.g, self.w = x, g, w

    def possible(self) -> bool:
        """Tell whether the loop can do it, and does it better."""
        return (
            suits(self.axes, self.attrs)
            and math.prod(self.w[:-2]) > 1
            and self.w[-1] >= COLUMNS
            and math.prod(self.w) * ITEM <= _LARGEST_KERNEL
            and math.prod(self.g) * math.prod(self.w[:-1]) >= _LEAST_WORK
        )

    def bind(self, x: np.ndarray, g: np.ndarray, out: np.ndarray) -> Callable[[], Any]:
        """Return a call that fills `out` from arrays without gaps."""
        frame = Frame(self.x, self.g[1:-1], self.w[:-2], self.attrs)
        batch, columns = self.x[0], self.w[-1]
        pieces = min(_PIECES, batch)
        margins = frame.margins(pieces)
        sums = np.zeros((pieces, *self.w), np.float32)
        length = frame.window[1] * self.x[-1]
        rows, positions = frame.positions
        pixel = columns * ITEM
        block = min(max(_NEAR // (frame.row + positions * pixel), 1), rows)
        chunk = positions
        if block == 1:
            chunk = min(max(_NEAR // (frame.step + pixel), _LEAST_CHUNK), chunk)
        words = dict(
            x=x.ctypes.data, x_image=x.strides[0], g=g.ctypes.data,
            g_image=g.strides[0], sums=sums.ctypes.data, sums_piece=sums.strides[0],
            heights=frame.window[0], height_step=frame.height_step, length=length,
            columns=columns, rows=rows, block=block, positions=positions, chunk=chunk,
            x_row=frame.row, x_step=frame.step, g_row=positions * pixel, g_step=pixel,
            **frame.words(margins),
        )  # fmt: skip
        function = _function(_lines(length), frame.padded)
        data = [words[name] for name in _WORDS]
        team = min(threads.num_threads(), pieces)
        run = loops.launcher().bind(function, batch, pieces, data, team)
        run.keep = x, g, sums, margins
        total = partial(np.add.reduce, sums, 0, None, out)
        return in_order((partial(sums.fill, 0), run, total))
