"""The gradient of a convolution's kernel as a compiled loop over tiles of registers.

In a channels-last array, the inputs of a window lie together row by row: its columns
and channels are one axis. So for each row of the window the gradient is a matrix, of
which a tile is summed up in registers over the positions of some rows, without any
rearranging of the inputs. Pieces of the batch have sums of their own, whose number
depends on the shape alone, and with it the bits.

It takes the place of oneDNN where vectors have 256 bits, for which that reaches about
half of what the processor can do; with wider ones oneDNN is close to the limit.
"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.cpu import loops, loops_engine
from kerasish.backend.devices.cpu.kernels import in_order
from kerasish.backend.devices.cpu.loops_program import ARGUMENTS
from kerasish.backend.devices.cpu.loops_writer import Writer

_ITEM = 4
_LANES, _VECTORS = 8, 2
_COLUMNS = _LANES * _VECTORS
# Rows of a tile, the best first; a shorter matrix is one tile.
_LINES = (6, 5)
# What a tile costs besides its rows, in rows.
_TILE_COST = 1.5
_KIND = f"<{_LANES} x float>"
_PIECES = 8
# Bytes of inputs and gradients that a tile walks over: they stay in the first cache.
_NEAR = 24 << 10
_LEAST_CHUNK = 32
# Sums of pieces larger than this cost more than they save.
_LARGEST_KERNEL = 1 << 20
_LEAST_WORK = 1 << 20
# The words of the argument block in their order.
_WORDS = (
    "x x_image g g_image sums sums_piece heights height_step length columns"
    " rows block positions chunk x_row x_step g_row g_step padded padded_piece"
    " copied_rows copied_bytes padded_row padded_start source_row"
).split()

Shape = tuple[int, ...]


def available() -> bool:
    """Tell whether this is better here than oneDNN."""
    engine = loops_engine.engine()
    if engine is None:
        return False
    features = engine.features.split(",")
    return "+fma" in features and "+avx512f" not in features


class _Tiles:
    """Writes the loop.

    Args:
        lines: How many rows of the matrix a tile has.
        padded: Whether images are copied between margins of zeros first.
    """

    def __init__(self, lines: int, padded: bool) -> None:
        self.lines, self.padded = lines, padded
        self.w = Writer()
        self.words: dict[str, str] = {}

    def source(self) -> str:
        """Return the module."""
        w = self.w
        for position, name in enumerate(_WORDS):
            self.words[name] = w.word(position)
        word = self.words
        totals = [
            [w.emit(f"alloca {_KIND}, align 32") for _ in range(_VECTORS)]
            for _ in range(self.lines)
        ]
        sums = self._pointer("sums", w.multiply("%piece", word["sums_piece"]))
        with w.loop("%start", "%stop") as image:
            x = self._pointer("x", w.multiply(image, word["x_image"]))
            g = self._pointer("g", w.multiply(image, word["g_image"]))
            if self.padded:
                x = self._copied(x)
            with self._parts("rows", "block") as rows:
                with self._parts("positions", "chunk") as positions:
                    with w.loop("0", word["heights"]) as height:
                        here = w.offset(x, w.multiply(height, word["height_step"]))
                        area = (here, g, rows, positions)
                        self._matrix(sums, height, area, totals)
        return w.function("loop", ARGUMENTS)

    @contextlib.contextmanager
    def _parts(self, whole: str, part: str) -> Iterator[tuple[str, str]]:
        """Write a loop over parts of an axis: first, and last but one place."""
        w, word = self.w, self.words
        count = w.emit(f"add i64 {word[whole]}, {word[part]}")
        count = w.emit(f"sub i64 {count}, 1")
        with w.loop("0", w.emit(f"sdiv i64 {count}, {word[part]}")) as number:
            first = w.multiply(number, word[part])
            last = w.emit(f"add i64 {first}, {word[part]}")
            inside = w.emit(f"icmp slt i64 {last}, {word[whole]}")
            last = w.emit(f"select i1 {inside}, i64 {last}, i64 {word[whole]}")
            yield first, last

    @contextlib.contextmanager
    def _tiles(self, whole: str, size: int) -> Iterator[tuple[str, str]]:
        """Write a loop over tiles of an axis: the first place, and what to skip.

        The last tile ends with the axis, whatever it has of the one before.
        """
        w, word = self.w, self.words
        limit = w.emit(f"sub i64 {word[whole]}, {size}")
        count = w.emit(f"add i64 {word[whole]}, {size - 1}")
        with w.loop("0", w.emit(f"sdiv i64 {count}, {size}")) as number:
            wish = w.multiply(number, str(size))
            inside = w.emit(f"icmp sle i64 {wish}, {limit}")
            first = w.emit(f"select i1 {inside}, i64 {wish}, i64 {limit}")
            yield first, w.emit(f"sub i64 {wish}, {first}")

    def _pointer(self, name: str, offset: str) -> str:
        base = self.w.emit(f"inttoptr i64 {self.words[name]} to ptr")
        return self.w.offset(base, offset)

    def _copied(self, x: str) -> str:
        """Copy an image between its margins, and return where it begins."""
        w, word = self.w, self.words
        start = w.multiply("%piece", word["padded_piece"])
        padded = self._pointer("padded", start)
        inside = w.offset(padded, word["padded_start"])
        count = w.emit(f"sdiv i64 {word['copied_bytes']}, {_ITEM}")
        with w.loop("0", word["copied_rows"]) as row:
            source = w.offset(x, w.multiply(row, word["source_row"]))
            target = w.offset(inside, w.multiply(row, word["padded_row"]))
            with w.loop("0", count, independent=True) as i:
                place, there = (
                    w.emit(f"getelementptr float, ptr {base}, i64 {i}")
                    for base in (source, target)
                )
                w.store(w.load(place, "float32"), there, "float32")
        return padded

    def _matrix(self, sums: str, height: str, area: tuple, totals: list) -> None:
        """Write the loops over the tiles that belong to one row of the window."""
        w, step = self.w, self.words["g_step"]
        x, g, *part = area
        before = w.multiply(height, self.words["length"])
        sums = w.offset(sums, w.multiply(before, step))
        with self._tiles("length", self.lines) as (row, known_rows):
            here = w.offset(x, w.multiply(row, str(_ITEM)))
            line = w.offset(sums, w.multiply(row, step))
            with self._tiles("columns", _COLUMNS) as (column, known_columns):
                offset = w.multiply(column, str(_ITEM))
                self._sum(here, w.offset(g, offset), part, totals)
                known = known_rows, known_columns
                self._add(w.offset(line, offset), known, totals)

    def _sum(self, x: str, g: str, part: list, totals: list) -> None:
        """Sum up a tile over the positions of a part of the image."""
        w, word = self.w, self.words
        rows, positions = part
        for total in (total for line in totals for total in line):
            w.line(f"store {_KIND} zeroinitializer, ptr {total}, align 32")
        with w.loop(*rows) as row:
            x_row = w.offset(x, w.multiply(row, word["x_row"]))
            g_row = w.offset(g, w.multiply(row, word["g_row"]))
            with w.loop(*positions) as position:
                here = w.offset(x_row, w.multiply(position, word["x_step"]))
                there = w.offset(g_row, w.multiply(position, word["g_step"]))
                given = [self._vector(there, k) for k in range(_VECTORS)]
                for k, line in enumerate(totals):
                    value = w.load(w.offset(here, str(_ITEM * k)), "float32")
                    wide = self._spread(_KIND, f"float {value}")
                    for total, vector in zip(line, given):
                        product = w.emit(f"fmul contract {_KIND} {wide}, {vector}")
                        old = w.emit(f"load {_KIND}, ptr {total}, align 32")
                        new = w.emit(f"fadd contract {_KIND} {old}, {product}")
                        w.line(f"store {_KIND} {new}, ptr {total}, align 32")

    def _spread(self, kind: str, value: str) -> str:
        """Return a vector whose elements all are one value."""
        one = self.w.emit(f"insertelement {kind} poison, {value}, i64 0")
        return self.w.emit(
            f"shufflevector {kind} {one}, {kind} poison, "
            f"<{_LANES} x i32> zeroinitializer"
        )

    def _vector(self, pointer: str, number: int) -> str:
        place = self.w.offset(pointer, str(number * _LANES * _ITEM))
        return self.w.emit(f"load {_KIND}, ptr {place}, align 4")

    def _add(self, sums: str, known: tuple[str, str], totals: list) -> None:
        """Add a tile to the sums, but for what an earlier tile has had."""
        w, lanes = self.w, f"<{_LANES} x i64>"
        known_rows, known_columns = known
        known_columns = self._spread(lanes, f"i64 {known_columns}")
        none = w.emit(f"add i64 {_COLUMNS}, 0")
        none = self._spread(lanes, f"i64 {none}")
        for k, line in enumerate(totals):
            fresh = w.emit(f"icmp sle i64 {known_rows}, {k}")
            limit = w.emit(
                f"select i1 {fresh}, {lanes} {known_columns}, {lanes} {none}"
            )
            here = w.offset(sums, w.multiply(str(k), self.words["g_step"]))
            for number, total in enumerate(line):
                first = number * _LANES
                numbers = ", ".join(f"i64 {first + i}" for i in range(_LANES))
                counts = w.emit(f"icmp sge {lanes} <{numbers}>, {limit}")
                value = w.emit(f"load {_KIND}, ptr {total}, align 32")
                value = w.emit(
                    f"select <{_LANES} x i1> {counts}, {_KIND} {value}, "
                    f"{_KIND} zeroinitializer"
                )
                old = self._vector(here, number)
                new = w.emit(f"fadd {_KIND} {old}, {value}")
                place = w.offset(here, str(number * _LANES * _ITEM))
                w.line(f"store {_KIND} {new}, ptr {place}, align 4")


def _lines(length: int) -> int:
    """Return how many rows a tile best has: few shall be computed twice."""
    if length <= _LINES[0]:
        return length
    return min(_LINES, key=lambda lines: -(-length // lines) * (lines + _TILE_COST))


@lru_cache(maxsize=32)
def _function(lines: int, padded: bool) -> int:
    return loops.compiled(_Tiles(lines, padded).source())


def _flat(values: Sequence[Any], fill: Any) -> tuple[Any, Any]:
    """Give what there is for each spatial axis as for two of them."""
    return (fill, values[0]) if len(values) == 1 else tuple(values)


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
        attrs = self.attrs
        return (
            self.axes in (1, 2)
            and attrs["groups"] == 1
            and attrs["dilation"][-1] == 1
            and self.w[-1] >= _COLUMNS
            and math.prod(self.w) * _ITEM <= _LARGEST_KERNEL
            and math.prod(self.g) * math.prod(self.w[:-1]) >= _LEAST_WORK
            and min(pad[0] for pad in attrs["pads"]) >= 0
            and available()
        )

    def bind(self, x: np.ndarray, g: np.ndarray, out: np.ndarray) -> Callable[[], Any]:
        """Return a call that fills `out` from arrays without gaps."""
        attrs, columns = self.attrs, self.w[-1]
        batch, channels = self.x[0], self.x[-1]
        sizes, positions = _flat(self.x[1:-1], 1), _flat(self.g[1:-1], 1)
        window, strides = _flat(self.w[:-2], 1), _flat(attrs["strides"], 1)
        gaps, pads = _flat(attrs["dilation"], 1), _flat(attrs["pads"], (0, 0))
        needed = [
            (count - 1) * stride + (length - 1) * gap + 1
            for count, stride, length, gap in zip(positions, strides, window, gaps)
        ]
        margins = [
            pad[0] > 0 or need > size for pad, need, size in zip(pads, needed, sizes)
        ]
        padded, pieces = any(margins), min(_PIECES, batch)
        pixel = channels * _ITEM
        height, width = needed if padded else sizes
        copied = [
            max(min(size, need - pad[0]), 0)
            for size, need, pad in zip(sizes, needed, pads)
        ]
        scratch = np.zeros(
            (pieces, height * width * channels) if padded else (1, 1), "f"
        )
        sums = np.zeros((pieces, *self.w), np.float32)
        length = window[1] * channels
        row, g_row = strides[0] * width * pixel, positions[1] * columns * _ITEM
        block = min(max(_NEAR // (row + g_row), 1), positions[0])
        chunk = positions[1]
        if block == 1:
            each = strides[1] * pixel + columns * _ITEM
            chunk = min(max(_NEAR // each, _LEAST_CHUNK), chunk)
        words = dict(
            x=x.ctypes.data, x_image=x.strides[0], g=g.ctypes.data,
            g_image=g.strides[0], sums=sums.ctypes.data, sums_piece=sums.strides[0],
            heights=window[0],
            height_step=gaps[0] * width * pixel, length=length, columns=columns,
            rows=positions[0], block=block, positions=positions[1], chunk=chunk,
            x_row=row, x_step=strides[1] * pixel, g_row=g_row, g_step=columns * _ITEM,
            padded=scratch.ctypes.data, padded_piece=scratch.strides[0],
            copied_rows=copied[0], copied_bytes=copied[1] * pixel,
            padded_row=width * pixel,
            padded_start=(pads[0][0] * width + pads[1][0]) * pixel,
            source_row=sizes[1] * pixel,
        )  # fmt: skip
        function = _function(_lines(length), padded)
        data = [words[name] for name in _WORDS]
        team = min(threads.num_threads(), pieces)
        run = loops.launcher().bind(function, batch, pieces, data, team)
        run.keep = x, g, sums, scratch
        total = partial(np.add.reduce, sums, 0, None, out)
        return in_order((partial(sums.fill, 0), run, total))
