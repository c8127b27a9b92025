"""The transforms of convolutions with fewer multiplications, and that of kernels.

See `winograd_loops`. Each is written for one axis, and made along both.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache

from kerasish.backend.devices.cpu import loops
from kerasish.backend.devices.cpu.conv_tiles import COLUMNS, ITEM, KIND, LANES
from kerasish.backend.devices.cpu.loops_program import ARGUMENTS
from kerasish.backend.devices.cpu.loops_writer import Writer, literal

# The inputs that a tile sees along an axis, its outputs along one, and the size of the
# window.
SIDE, STEP, WINDOW = 4, 2, 3
PLACES = SIDE * SIDE
KERNEL_WORDS = "w w_row w_column w_channel w_filter channels filters panels".split()


def gathered(w: Writer, kind: str, x: Sequence[str]) -> list[str]:
    """Write the transform of four products to two outputs."""
    first = w.emit(f"fadd {kind} {w.emit(f'fadd {kind} {x[0]}, {x[1]}')}, {x[2]}")
    second = w.emit(f"fsub {kind} {w.emit(f'fsub {kind} {x[1]}, {x[2]}')}, {x[3]}")
    return [first, second]


def spread_inputs(w: Writer, kind: str, x: Sequence[str]) -> list[str]:
    """Write the transform of four inputs."""
    pairs = ("fsub", 0, 2), ("fadd", 1, 2), ("fsub", 2, 1), ("fsub", 1, 3)
    return [w.emit(f"{name} {kind} {x[a]}, {x[b]}") for name, a, b in pairs]


def spread_kernel(w: Writer, kind: str, x: Sequence[str]) -> list[str]:
    """Write the transform of three elements of a kernel to four."""
    half = literal(0.5, "float32")
    if kind == KIND:
        half = f"<{', '.join([f'float {half}'] * LANES)}>"
    outer = w.emit(f"fadd {kind} {x[0]}, {x[2]}")
    both = [w.emit(f"{name} {kind} {outer}, {x[1]}") for name in ("fadd", "fsub")]
    return [x[0], *(w.emit(f"fmul {kind} {v}, {half}") for v in both), x[2]]


def along_both(
    w: Writer, kind: str, patch: Sequence[Sequence[str]], transform: Callable
) -> list[str]:
    """Write a transform along both axes, and return the results row by row."""
    columns = [transform(w, kind, column) for column in zip(*patch)]
    return [value for row in zip(*columns) for value in transform(w, kind, row)]


def panel_place(w: Writer, channels: str) -> str:
    """Write how far apart the places of a panel of the kernel lie, in bytes."""
    return w.multiply(w.emit(f"add i64 {channels}, 1"), str(COLUMNS * ITEM))


def square(w: Writer, first: str, side: int, steps: tuple[str, str]) -> list[list[str]]:
    """Write the addresses of a square of elements.

    Args:
        w: Where to.
        first: The address of its first corner.
        side: How many elements it has along an axis.
        steps: The bytes from row to row and from column to column.
    """
    rows = [w.offset(first, w.multiply(str(i), steps[0])) for i in range(side)]
    offsets = [w.multiply(str(j), steps[1]) for j in range(side)]
    return [[w.offset(row, offset) for offset in offsets] for row in rows]


def _kernel_source(lanes: int) -> str:
    """The loop that transforms a kernel and copies it into panels.

    Args:
        lanes: How many filters go together: one, unless they lie side by side.
    """
    w, kind = Writer(), KIND if lanes == LANES else "float"
    word = {name: w.word(i) for i, name in enumerate(KERNEL_WORDS)}
    limit = w.emit(f"sub i64 {word['filters']}, {COLUMNS}")
    place_size = panel_place(w, word["channels"])
    kernel, panels = (
        w.emit(f"inttoptr i64 {word[name]} to ptr") for name in ("w", "panels")
    )
    with w.loop("%start", "%stop") as panel:
        wish = w.multiply(panel, str(COLUMNS))
        inside = w.emit(f"icmp sle i64 {wish}, {limit}")
        first = w.emit(f"select i1 {inside}, i64 {wish}, i64 {limit}")
        source = w.offset(kernel, w.multiply(first, word["w_filter"]))
        target = w.multiply(w.multiply(panel, str(PLACES)), place_size)
        target = w.offset(panels, target)
        with w.loop("0", word["channels"]) as channel:
            here = w.offset(source, w.multiply(channel, word["w_channel"]))
            there = w.offset(target, w.multiply(channel, str(COLUMNS * ITEM)))
            with w.loop("0", str(COLUMNS // lanes)) as k:
                number = w.multiply(k, str(lanes))
                element = w.offset(here, w.multiply(number, word["w_filter"]))
                steps = word["w_row"], word["w_column"]
                patch = [
                    [w.emit(f"load {kind}, ptr {place}, align {ITEM}") for place in row]
                    for row in square(w, element, WINDOW, steps)
                ]
                along = w.offset(there, w.multiply(number, str(ITEM)))
                for n, value in enumerate(along_both(w, kind, patch, spread_kernel)):
                    place = w.offset(along, w.multiply(str(n), place_size))
                    w.line(f"store {kind} {value}, ptr {place}, align {ITEM}")
    return w.function("loop", ARGUMENTS)


@lru_cache(maxsize=2)
def kernel_function(side_by_side: bool) -> int:
    """Return the address of the kernel's transform; its words are `KERNEL_WORDS`.

    Args:
        side_by_side: Whether the filters of an element of the kernel are neighbours.
    """
    return loops.compiled(_kernel_source(LANES if side_by_side else 1))
