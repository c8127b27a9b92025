"""What compiled convolutions share: images with margins, and tiles of registers.

They take the place of oneDNN where vectors have 256 bits, for which that reaches half
to three quarters of what the processor can do; with wider ones oneDNN is close to it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from kerasish.backend.devices.cpu import loops_engine
from kerasish.backend.devices.cpu.loops_writer import Writer

ITEM = 4
LANES, VECTORS = 8, 2
COLUMNS = LANES * VECTORS
KIND = f"<{LANES} x float>"
BYTES = f"<{LANES} x i8>"
_TRUTHS = f"<{LANES} x i1>"
_INTEGERS = f"<{LANES} x i32>"
# Words of the argument block that say how images are copied between their margins.
FRAME_WORDS = (
    "padded padded_piece copied_rows copied_bytes padded_row padded_start source_row"
).split()

Shape = tuple[int, ...]


@lru_cache(maxsize=1)
def available() -> bool:
    """Tell whether compiled convolutions are better here than those of oneDNN."""
    engine = loops_engine.engine()
    if engine is None:
        return False
    features = engine.features.split(",")
    return "+fma" in features and "+avx512f" not in features


class Tiles:
    """Writes loops over tiles.

    Args:
        names: The words of the argument block in their order.
        lines: How many rows a tile has.
        padded: Whether images are copied between margins of zeros first.
    """

    def __init__(self, names: Sequence[str], lines: int, padded: bool) -> None:
        self.lines, self.padded = lines, padded
        self.w = Writer()
        self.words = {name: self.w.word(i) for i, name in enumerate(names)}
        self.totals = [
            [self.w.emit(f"alloca {KIND}, align 32") for _ in range(VECTORS)]
            for _ in range(lines)
        ]

    def clear(self) -> None:
        """Set the tile to zero."""
        for total in (total for line in self.totals for total in line):
            self.w.line(f"store {KIND} zeroinitializer, ptr {total}, align 32")

    def add_products(self, values: Sequence[str], vectors: Sequence[str]) -> None:
        """Add to each row of the tile a value times vectors.

        Args:
            values: The address of the value of each row.
            vectors: The vectors.
        """
        w = self.w
        for place, line in zip(values, self.totals):
            wide = self.spread(KIND, f"float {w.load(place, 'float32')}")
            for total, vector in zip(line, vectors):
                product = w.emit(f"fmul contract {KIND} {wide}, {vector}")
                old = w.emit(f"load {KIND}, ptr {total}, align 32")
                new = w.emit(f"fadd contract {KIND} {old}, {product}")
                w.line(f"store {KIND} {new}, ptr {total}, align 32")

    @contextlib.contextmanager
    def parts(self, whole: str, part: str) -> Iterator[tuple[str, str]]:
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
    def tiles(self, whole: str, size: int) -> Iterator[tuple[str, str]]:
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

    def pointer(self, name: str, offset: str) -> str:
        """Return an address that lies some bytes behind that in a word."""
        base = self.w.emit(f"inttoptr i64 {self.words[name]} to ptr")
        return self.w.offset(base, offset)

    def copied(self, x: str) -> str:
        """Copy an image between its margins, and return where it begins."""
        w, word = self.w, self.words
        start = w.multiply("%piece", word["padded_piece"])
        padded = self.pointer("padded", start)
        inside = w.offset(padded, word["padded_start"])
        count = w.emit(f"sdiv i64 {word['copied_bytes']}, {ITEM}")
        with w.loop("0", word["copied_rows"]) as row:
            source = w.offset(x, w.multiply(row, word["source_row"]))
            target = w.offset(inside, w.multiply(row, word["padded_row"]))
            self.copy_floats(source, target, count)
        return padded

    def copy_floats(self, source: str, target: str, count: str) -> None:
        """Copy numbers to a place that does not overlap."""
        w = self.w
        with w.loop("0", count, independent=True) as i:
            place, there = (
                w.emit(f"getelementptr float, ptr {base}, i64 {i}")
                for base in (source, target)
            )
            w.store(w.load(place, "float32"), there, "float32")

    def largest(self, values: Iterable[str]) -> tuple[str, str]:
        """Return the largest of vectors lane by lane, and its number in bytes.

        Where there is a NaN it is taken, and the number is that of all vectors.
        """
        w, number, count = self.w, _numbers(0), 0
        for count, value in enumerate(values, 1):
            if count == 1:
                largest = value
                continue
            # Once it is NaN it stays so; a NaN is taken.
            known = w.emit(f"fcmp ord {KIND} {largest}, {largest}")
            above = w.emit(f"fcmp ugt {KIND} {value}, {largest}")
            choose = f"select {_TRUTHS} {w.emit(f'and {_TRUTHS} {known}, {above}')}"
            largest = w.emit(f"{choose}, {KIND} {value}, {KIND} {largest}")
            place = _numbers(count - 1)
            number = w.emit(f"{choose}, {_INTEGERS} {place}, {_INTEGERS} {number}")
        known = w.emit(f"fcmp ord {KIND} {largest}, {largest}")
        number = w.emit(
            f"select {_TRUTHS} {known}, {_INTEGERS} {number}, "
            f"{_INTEGERS} {_numbers(count)}"
        )
        return largest, w.emit(f"trunc {_INTEGERS} {number} to {BYTES}")

    def spread(self, kind: str, value: str) -> str:
        """Return a vector whose elements all are one value."""
        one = self.w.emit(f"insertelement {kind} poison, {value}, i64 0")
        return self.w.emit(
            f"shufflevector {kind} {one}, {kind} poison, "
            f"<{LANES} x i32> zeroinitializer"
        )

    def vector(self, pointer: str, number: int) -> str:
        """Load a vector of those that begin at an address."""
        place = self.w.offset(pointer, str(number * LANES * ITEM))
        return self.w.emit(f"load {KIND}, ptr {place}, align 4")


def _numbers(number: int) -> str:
    """Return a number in each lane."""
    return f"<{', '.join([f'i32 {number}'] * LANES)}>"


def flat(values: Sequence[Any], fill: Any) -> tuple[Any, Any]:
    """Give what there is for each spatial axis as for two of them."""
    return (fill, values[0]) if len(values) == 1 else tuple(values)


class Frame:
    """Windows on images, in one or two axes, and the margins that they need.

    Args:
        x: The shape of the images.
        positions: How many windows there are along each spatial axis.
        window: The sizes of a window.
        attrs: Strides, pads in numbers, and dilation.
    """

    def __init__(self, x: Shape, positions: Shape, window: Shape, attrs: dict) -> None:
        self.sizes, self.positions = flat(x[1:-1], 1), flat(positions, 1)
        self.window, self.strides = flat(window, 1), flat(attrs["strides"], 1)
        self.gaps = flat(attrs["dilation"], 1)
        self.before = [pad[0] for pad in flat(attrs["pads"], (0, 0))]
        self.pixel = x[-1] * ITEM
        needed = [
            (count - 1) * stride + (length - 1) * gap + 1
            for count, stride, length, gap in zip(
                self.positions, self.strides, self.window, self.gaps
            )
        ]
        self.padded = any(
            start > 0 or need > size
            for start, need, size in zip(self.before, needed, self.sizes)
        )
        self.copied = [
            max(min(size, need - start), 0)
            for size, need, start in zip(self.sizes, needed, self.before)
        ]
        self.height, self.width = needed if self.padded else self.sizes
        # How far apart windows, and rows of a window, lie in memory.
        self.row = self.strides[0] * self.width * self.pixel
        self.step = self.strides[1] * self.pixel
        self.height_step = self.gaps[0] * self.width * self.pixel

    def margins(self, pieces: int) -> np.ndarray:
        """Return memory for a padded image of each piece of work."""
        count = self.height * self.width * self.pixel // ITEM if self.padded else 1
        return np.zeros((pieces, count), np.float32)

    def words(self, margins: np.ndarray) -> dict[str, int]:
        """Return the values of `FRAME_WORDS`."""
        top, left = self.before
        return dict(
            padded=margins.ctypes.data,
            padded_piece=margins.strides[0],
            copied_rows=self.copied[0],
            copied_bytes=self.copied[1] * self.pixel,
            padded_row=self.width * self.pixel,
            padded_start=(top * self.width + left) * self.pixel,
            source_row=self.sizes[1] * self.pixel,
        )


def suits(axes: int, attrs: dict) -> bool:
    """Tell whether loops are written for convolutions of this kind."""
    return (
        available()
        and axes in (1, 2)
        and attrs["groups"] == 1
        and attrs["dilation"][-1] == 1
        and min(pad[0] for pad in attrs["pads"]) >= 0
    )
