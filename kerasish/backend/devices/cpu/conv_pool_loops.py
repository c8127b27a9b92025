"""Convolution with maximum pooling as a compiled loop over tiles of registers.

A tile is a few windows and some filters. Of a window each row is one run of memory, and
the kernel is copied into panels of the filters that a tile has, which stay in the first
cache while all windows of an image pass. What comes out for these filters is pooled
before it leaves the cache.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.base import device_kernel
from kerasish.backend.devices.cpu import loops, winograd
from kerasish.backend.devices.cpu.conv_tiles import (
    BYTES,
    COLUMNS,
    FRAME_WORDS,
    ITEM,
    KIND,
    LANES,
    VECTORS,
    Frame,
    Shape,
    Tiles,
    flat,
    suits,
)
from kerasish.backend.devices.cpu.kernels import in_order, packed
from kerasish.backend.devices.cpu.loops_program import ARGUMENTS

_LINES = 6
_LEAST_WORK = 1 << 20
_LEAST_BATCH = 8
_WORDS = (
    "x x_image y y_image index index_image panels panel columns windows table heights"
    " height_step length y_step scratch scratch_piece line pooled_rows pooled_columns"
    " pool_row pool_step"
).split() + FRAME_WORDS
# Outputs of the convolution for a tile's filters, in bytes: they stay in the cache.
_LARGEST_SCRATCH = 256 << 10
_MOST_PLACES = 16


class _Convolution(Tiles):
    """Writes the loop.

    Args:
        padded: Whether images are copied between margins of zeros first.
        pool: The sizes of the windows that are pooled.
        indexed: Whether the places of the largest are wanted.
    """

    def __init__(self, padded: bool, pool: Shape, indexed: bool) -> None:
        super().__init__(_WORDS, _LINES, padded)
        self.pool, self.indexed = pool, indexed

    def source(self) -> str:
        """Return the module."""
        w, word = self.w, self.words
        step = str(COLUMNS * ITEM)
        scratch = self.pointer("scratch", w.multiply("%piece", word["scratch_piece"]))
        with w.loop("%start", "%stop") as image:
            x = self.pointer("x", w.multiply(image, word["x_image"]))
            y = self.pointer("y", w.multiply(image, word["y_image"]))
            index = self.pointer("index", w.multiply(image, word["index_image"]))
            if self.padded:
                x = self.copied(x)
            with self.tiles("columns", COLUMNS) as (column, _):
                number = w.emit(f"add i64 {column}, {COLUMNS - 1}")
                number = w.emit(f"sdiv i64 {number}, {COLUMNS}")
                panel = self.pointer("panels", w.multiply(number, word["panel"]))
                with self.tiles("windows", self.lines) as (window, _):
                    self._tile(x, panel, window)
                    self._store(w.offset(scratch, w.multiply(window, step)))
                y = w.offset(y, w.multiply(column, str(ITEM)))
                self._pool(scratch, y, w.offset(index, column))
        return w.function("loop", ARGUMENTS)

    def _tile(self, x: str, panel: str, window: str) -> None:
        w, word = self.w, self.words
        table = self.pointer("table", w.multiply(window, "8"))
        starts = []
        for line in range(self.lines):
            place = w.offset(table, str(8 * line))
            starts.append(w.offset(x, w.load(place, "int64")))
        self.clear()
        size = w.multiply(word["length"], str(COLUMNS * ITEM))
        with w.loop("0", word["heights"]) as height:
            down = w.multiply(height, word["height_step"])
            rows = [w.offset(start, down) for start in starts]
            weights = w.offset(panel, w.multiply(height, size))
            with w.loop("0", word["length"]) as k:
                here = w.offset(weights, w.multiply(k, str(COLUMNS * ITEM)))
                vectors = [self.vector(here, number) for number in range(VECTORS)]
                along = w.multiply(k, str(ITEM))
                values = [w.offset(row, along) for row in rows]
                self.add_products(values, vectors)

    def _store(self, scratch: str) -> None:
        w = self.w
        for number, line in enumerate(self.totals):
            for k, total in enumerate(line):
                value = w.emit(f"load {KIND}, ptr {total}, align 32")
                place = w.offset(scratch, str((number * COLUMNS + k * LANES) * ITEM))
                w.line(f"store {KIND} {value}, ptr {place}, align 4")

    def _pool(self, scratch: str, y: str, index: str) -> None:
        """Pool what lies in the scratch memory."""
        w, word = self.w, self.words
        filters = w.emit(f"sdiv i64 {word['y_step']}, {ITEM}")
        with w.loop("0", word["pooled_rows"]) as row:
            first = w.offset(scratch, w.multiply(row, word["pool_row"]))
            before = w.multiply(row, word["pooled_columns"])
            with w.loop("0", word["pooled_columns"]) as column:
                here = w.offset(first, w.multiply(column, word["pool_step"]))
                number = w.emit(f"add i64 {before}, {column}")
                target = w.offset(y, w.multiply(number, word["y_step"]))
                numbers = w.offset(index, w.multiply(number, filters))
                for k in range(VECTORS):
                    self._largest(here, k, target, numbers)

    def _largest(self, x: str, k: int, y: str, index: str) -> None:
        w = self.w
        value, number = self.largest(self._window(x, k))
        target = w.offset(y, str(k * LANES * ITEM))
        w.line(f"store {KIND} {value}, ptr {target}, align 4")
        if self.indexed:
            target = w.offset(index, str(k * LANES))
            w.line(f"store {BYTES} {number}, ptr {target}, align 1")

    def _window(self, x: str, k: int) -> Iterator[str]:
        """Load the vectors of a window of the pooling, one after the other."""
        w, (height, width) = self.w, self.pool
        for row in range(height):
            line = w.offset(x, w.multiply(str(row), self.words["line"]))
            for column in range(width):
                yield self.vector(w.offset(line, str(column * COLUMNS * ITEM)), k)


@lru_cache(maxsize=32)
def _function(padded: bool, pool: Shape, indexed: bool) -> int:
    return loops.compiled(_Convolution(padded, pool, indexed).source())


def _positions(x: Shape, w: Shape, attrs: dict) -> Shape:
    """How many windows of the convolution there are along each axis."""
    return tuple(
        (size + sum(pad) - (length - 1) * gap - 1) // stride + 1
        for size, pad, length, gap, stride in zip(
            x[1:-1], attrs["pads"], w[:-2], attrs["dilation"], attrs["strides"]
        )
    )


def _fewer(x: Shape, w: Shape, attrs: dict) -> winograd.Case | None:
    """Return how it is computed with fewer multiplications, if it is."""
    positions = _positions(x, w, attrs)
    pool = attrs["pool_size"], attrs["pool_strides"]
    if pool != ((2, 2), (2, 2)) or 0 in (*x, *w) or min(positions) < 2:
        return None
    return winograd.forward(x, w, positions, attrs, pooled=True)


def _accepts(specs: tuple, attrs: dict) -> bool:
    """Tell whether the loop can do it, and does it better."""
    x, w = (spec.shape for spec in specs)
    if specs[0].dtype != "float32" or None in (*x, *w) or attrs["pads"] == "same":
        return False
    if _fewer(x, w, attrs) is not None:
        return True
    positions = _positions(x, w, attrs)
    windows = math.prod(positions)
    return (
        suits(len(x) - 2, attrs)
        and w[-1] >= COLUMNS
        and x[0] >= _LEAST_BATCH
        and _LINES <= windows <= _LARGEST_SCRATCH // (COLUMNS * ITEM)
        and all(n >= size for n, size in zip(positions, attrs["pool_size"]))
        and math.prod(attrs["pool_size"]) <= _MOST_PLACES
        and x[0] * windows * math.prod(w) >= _LEAST_WORK
    )


def _bind(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Callable[[], Any]:
    """Return a call that fills `outs` from arrays that stay where they are."""
    before: list[Callable] = []
    (x, w), y, index = (arrays[0], arrays[1]), outs[0], outs[-1]
    x = packed(x, before)
    fewer = _fewer(x.shape, w.shape, attrs)
    if fewer is not None:
        index = outs[1] if attrs["indexed"] else None
        return in_order((*before, fewer.bind(x, w, outs[0], index)))
    frame = Frame(x.shape, _positions(x.shape, w.shape, attrs), w.shape[:-2], attrs)
    batch, filters, windows = len(x), w.shape[-1], math.prod(frame.positions)
    team = min(threads.num_threads(), batch)
    margins = frame.margins(team)
    scratch = np.empty((team, windows * COLUMNS), np.float32)
    panels = np.empty((-(-filters // COLUMNS), *w.shape[:-1], COLUMNS), np.float32)
    table = np.add.outer(
        np.arange(frame.positions[0]) * frame.row,
        np.arange(frame.positions[1]) * frame.step,
    ).astype(np.int64)
    pool, steps = flat(attrs["pool_size"], 1), flat(attrs["pool_strides"], 1)
    rows, columns = flat(y.shape[1:-1], 1)
    line = frame.positions[1] * COLUMNS * ITEM
    words = dict(
        x=x.ctypes.data, x_image=x.strides[0], y=y.ctypes.data, y_image=y.strides[0],
        index=index.ctypes.data, index_image=index.strides[0],
        panels=panels.ctypes.data, panel=panels.strides[0], columns=filters,
        windows=windows, table=table.ctypes.data, heights=frame.window[0],
        height_step=frame.height_step, length=frame.window[1] * x.shape[-1],
        y_step=filters * ITEM, scratch=scratch.ctypes.data,
        scratch_piece=scratch.strides[0], line=line, pooled_rows=rows,
        pooled_columns=columns, pool_row=steps[0] * line,
        pool_step=steps[1] * COLUMNS * ITEM, **frame.words(margins),
    )  # fmt: skip
    function = _function(frame.padded, pool, attrs["indexed"])
    data = [words[name] for name in _WORDS]
    run = loops.launcher().bind(function, batch, team, data, team)
    run.keep = x, outs, panels, table, margins, scratch
    return in_order((*before, *_packing(w, panels), run))


@device_kernel("cpu", "conv_max_pool", _accepts)
def conv_max_pool(xp: Any, x: Any, w: Any, *, out: Any = None, **attrs: Any) -> Any:
    """Compute at once."""
    positions = _positions(x.shape, w.shape, attrs)
    sizes = [
        (count - length) // step + 1
        for count, length, step in zip(
            positions, attrs["pool_size"], attrs["pool_strides"]
        )
    ]
    shape = (x.shape[0], *sizes, w.shape[-1])
    outs = (np.empty(shape, np.float32), np.empty(shape, np.uint8))
    outs = outs[: 1 + attrs["indexed"]]
    _bind(xp, (x, w), outs, attrs)()
    return outs


conv_max_pool.bind = _bind


def _packing(w: np.ndarray, panels: np.ndarray) -> list[Callable[[], Any]]:
    """Return calls that copy a kernel into panels; the last ends with the filters."""
    whole = w.shape[-1] // COLUMNS
    split = w[..., : whole * COLUMNS].reshape(*w.shape[:-1], whole, COLUMNS)
    calls = [partial(np.copyto, panels[:whole], np.moveaxis(split, -2, 0))]
    if whole < len(panels):
        calls.append(partial(np.copyto, panels[whole], w[..., -COLUMNS:]))
    return calls
