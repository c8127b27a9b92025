"""Products of rows with a packed matrix, as a compiled function that loops call.

The matrix lies in panels of as many columns as a tile of registers has; rows are
taken a few at a time. Nothing is packed during the product, and there is no team: so a
loop over time steps can call it again and again from each of its threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np

from kerasish.backend.devices.cpu import loops, loops_engine
from kerasish.backend.devices.cpu.kernels import in_order
from kerasish.backend.devices.cpu.loops_program import ARGUMENTS
from kerasish.backend.devices.cpu.loops_writer import SIZES, Writer

_FLOAT = "float32"
_ITEM = SIZES[_FLOAT]
# How many rows go together, and with how many panels, so that sums need not wait for
# one another: first as many rows as possible, then of those that are left.
_TILES = ((6, 1), (4, 1), (2, 2), (1, 4))


class Tile(NamedTuple):
    """What fits into registers.

    Attributes:
        lanes: The numbers in a register.
        vectors: The registers that hold a row of a tile.
    """

    lanes: int
    vectors: int

    @property
    def width(self) -> int:
        """The columns of a panel."""
        return self.lanes * self.vectors


@lru_cache(maxsize=1)
def tile() -> Tile:
    """Return the tile that suits this machine's registers."""
    features = loops_engine.engine().features.split(",")
    if "-prefer-256-bit" in features:
        return Tile(16, 4)
    return Tile(8, 2) if "+avx" in features else Tile(4, 2)


class _Product:
    """Writes the function.

    Its words: the address of the rows and how far apart they lie, the panels, the
    address of the results and how far apart these lie (all in bytes), the number of
    terms, and the number of columns.
    """

    def __init__(self, shape: Tile) -> None:
        self.lanes, self.vectors = shape
        self.width = shape.width
        self.kind = f"<{self.lanes} x float>"
        self.w = w = Writer()
        self.a, self.a_step = w.pointer(0), w.word(1)
        self.panels = w.pointer(2)
        self.c, self.c_step = w.pointer(3), w.word(4)
        self.terms, self.columns = w.word(5), w.word(6)
        count = max(rows * panels for rows, panels in _TILES) * self.vectors
        self.sums = [w.emit(f"alloca {self.kind}, align 64") for _ in range(count)]

    def source(self) -> str:
        """Return the module."""
        w = self.w
        w.declared.add(
            f"declare void @llvm.masked.store.v{self.lanes}f32.p0("
            f"{self.kind}, ptr, i32, <{self.lanes} x i1>)"
        )
        rounded = w.emit(f"add i64 {self.columns}, {self.width - 1}")
        panels = w.emit(f"sdiv i64 {rounded}, {self.width}")
        whole = w.emit(f"sdiv i64 {self.columns}, {self.width}")
        first, left = "%start", w.emit("sub i64 %stop, %start")
        for rows, together in _TILES:
            tiles = w.emit(f"sdiv i64 {left}, {rows}")
            done = w.multiply(tiles, str(rows))
            stop = w.emit(f"add i64 {first}, {done}")
            groups = w.emit(f"sdiv i64 {whole}, {together}")
            with w.loop("0", groups) as group:
                panel = w.multiply(group, str(together))
                with w.loop("0", tiles) as i:
                    self._tile(rows, together, self._row(first, i, rows), panel)
            with w.loop(w.multiply(groups, str(together)), panels) as panel:
                masks = self._masks(panel)
                with w.loop("0", tiles) as i:
                    self._tile(rows, 1, self._row(first, i, rows), panel, masks)
            first, left = stop, w.emit(f"sub i64 {left}, {done}")
        return w.function("loop", ARGUMENTS)

    def _row(self, first: str, tile: str, rows: int) -> str:
        return self.w.emit(f"add i64 {first}, {self.w.multiply(tile, str(rows))}")

    def _masks(self, panel: str) -> list[str]:
        """For each register of a row of a panel, which of its columns there are."""
        w, whole = self.w, f"<{self.lanes} x i64>"
        column = w.multiply(panel, str(self.width))
        left = self._spread(w.emit(f"sub i64 {self.columns}, {column}"), "i64")
        masks = []
        for vector in range(self.vectors):
            first = vector * self.lanes
            places = ", ".join(f"i64 {first + lane}" for lane in range(self.lanes))
            masks.append(w.emit(f"icmp sgt {whole} {left}, <{places}>"))
        return masks

    def _spread(self, value: str, kind: str) -> str:
        whole = f"<{self.lanes} x {kind}>"
        one = self.w.emit(f"insertelement {whole} poison, {kind} {value}, i64 0")
        return self.w.emit(
            f"shufflevector {whole} {one}, {whole} poison, "
            f"<{self.lanes} x i32> zeroinitializer"
        )

    def _tile(
        self,
        rows: int,
        panels: int,
        row: str,
        panel: str,
        masks: Sequence[str] | None = None,
    ) -> None:
        """Write some rows of neighbouring panels; with masks, a part of their columns.

        Masked stores are slow on some processors, so whole panels do without.
        """
        w, count = self.w, panels * self.vectors
        lines = [self.sums[i * count : (i + 1) * count] for i in range(rows)]
        places = [w.emit(f"add i64 {row}, {i}") for i in range(rows)]
        sources = [w.offset(self.a, w.multiply(p, self.a_step)) for p in places]
        size = w.multiply(self.terms, str(self.width * _ITEM))
        starts = [w.offset(self.panels, w.multiply(panel, size))]
        for _ in range(1, panels):
            starts.append(w.offset(starts[-1], size))
        for place in (place for line in lines for place in line):
            w.line(f"store {self.kind} zeroinitializer, ptr {place}, align 64")
        with w.loop("0", self.terms) as k:
            along = w.multiply(k, str(self.width * _ITEM))
            columns = [
                self._load(w.offset(w.offset(start, along), str(offset)), _ITEM)
                for start in starts
                for offset in range(0, self.width * _ITEM, self.lanes * _ITEM)
            ]
            for source, line in zip(sources, lines):
                place = w.emit(f"getelementptr float, ptr {source}, i64 {k}")
                factor = self._spread(w.load(place, _FLOAT), "float")
                for column, total in zip(columns, line):
                    part = w.emit(f"fmul contract {self.kind} {factor}, {column}")
                    before = self._load(total, 64)
                    after = w.emit(f"fadd contract {self.kind} {before}, {part}")
                    w.line(f"store {self.kind} {after}, ptr {total}, align 64")
        across = w.multiply(panel, str(self.width * _ITEM))
        for place, line in zip(places, lines):
            target = w.offset(w.offset(self.c, w.multiply(place, self.c_step)), across)
            for vector, total in enumerate(line):
                here = w.offset(target, str(vector * self.lanes * _ITEM))
                self._store(self._load(total, 64), here, masks and masks[vector])

    def _store(self, value: str, place: str, mask: str | None) -> None:
        if mask is None:
            self.w.line(f"store {self.kind} {value}, ptr {place}, align {_ITEM}")
            return
        self.w.line(
            f"call void @llvm.masked.store.v{self.lanes}f32.p0({self.kind} {value}, "
            f"ptr {place}, i32 {_ITEM}, <{self.lanes} x i1> {mask})"
        )

    def _load(self, pointer: str, alignment: int) -> str:
        return self.w.emit(f"load {self.kind}, ptr {pointer}, align {alignment}")


@lru_cache(maxsize=1)
def function() -> int:
    """Return the address of the function; see `_Product` for its words."""
    return loops.compiled(_Product(tile()).source())


@lru_cache(maxsize=2)
def _packing(by_rows: bool) -> int:
    """The function that fills whole panels.

    Its words: the address of the matrix, how far apart its rows and its columns lie in
    bytes, the panels, and the number of terms.
    """
    w, shape = Writer(), tile()
    source, row_step, column_step = w.pointer(0), w.word(1), w.word(2)
    panels, terms = w.pointer(3), w.word(4)
    with w.loop("%start", "%stop") as panel:
        first = w.multiply(w.multiply(panel, str(shape.width)), column_step)
        size = w.multiply(terms, str(shape.width * _ITEM))
        target = w.offset(panels, w.multiply(panel, size))
        with w.loop("0", terms) as term:
            row = w.offset(w.offset(source, first), w.multiply(term, row_step))
            here = w.offset(target, w.multiply(term, str(shape.width * _ITEM)))
            if by_rows:
                w.copy(row, here, str(shape.width * _ITEM))
            for column in range(0 if by_rows else shape.width):
                there = w.offset(row, w.multiply(str(column), column_step))
                place = w.offset(here, str(column * _ITEM))
                w.store(w.load(there, _FLOAT), place, _FLOAT)
    return loops.compiled(w.function("loop", ARGUMENTS))


class Packing(NamedTuple):
    """How the panels of a matrix are filled.

    Attributes:
        panels: Room for them.
        function: The address of the function that fills whole panels.
        words: Its words.
        whole: How many of them there are.
        rest: The call that fills the last panel, if it is not whole.
    """

    panels: np.ndarray
    function: int
    words: list[int]
    whole: int
    rest: Callable[[], Any] | None

    def calls(self) -> list[Callable[[], Any]]:
        """Return the calls that fill all panels."""
        calls = [self.rest] if self.rest else []
        if self.whole:
            launch = loops.launcher().bind
            calls.append(launch(self.function, self.whole, 1, self.words, 1))
        return calls


def packing(matrix: np.ndarray) -> Packing:
    """Return how the panels of a matrix are filled.

    Args:
        matrix: Two axes, float32; it may be transposed.
    """
    terms, columns = matrix.shape
    width = tile().width
    whole, rest = divmod(columns, width)
    panels = np.zeros((whole + bool(rest), terms, width), np.float32)
    words = [matrix.ctypes.data, *matrix.strides, panels.ctypes.data, terms]
    function = _packing(matrix.strides[1] == _ITEM)
    last = None
    if rest:
        last = partial(np.copyto, panels[whole, :, :rest], matrix[:, whole * width :])
    return Packing(panels, function, words, whole, last)


def packed(matrix: np.ndarray) -> tuple[np.ndarray, Callable[[], Any]]:
    """Return room for the panels of a matrix, and the call that fills them.

    Args:
        matrix: Two axes, float32; it may be transposed.
    """
    found = packing(matrix)
    fill = in_order(found.calls())
    return found.panels, fill
