"""Products of medium size, whose pieces go to whichever thread is free.

A piece is a panel of columns for some of the rows. Who takes it packs the panel, which
then lies in the first cache, and multiplies. A thread that wakes up late finds less to
do, so a product gains from a second thread that is shorter than waking it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from kerasish.backend.devices.cpu import loops, panel_product
from kerasish.backend.devices.cpu.loops_program import ARGUMENTS
from kerasish.backend.devices.cpu.loops_writer import Writer

_WORD, _ITEM = 8, 4
# Rows that share a packed panel: a multiple of those that go together, and how many
# there must be to pay for packing.
_ROWS = 192
_LEAST_ROWS = 40


@lru_cache(maxsize=1)
def _function() -> int:
    """The function that takes pieces until there are none.

    Its words: the counter of pieces; how many there are, and how many of them lie side
    by side; the functions that pack and multiply; the address of the rows, how far
    apart they lie and their number; that of the matrix, how far apart its rows and
    columns lie and the number of its rows; that of the result and how far apart its
    rows lie; room for a panel of each thread; and the rows of a piece.
    """
    w, width = Writer(), panel_product.tile().width
    counter, pieces, panels = w.pointer(0), w.word(1), w.word(2)
    pack, multiply = w.pointer(3), w.pointer(4)
    a, a_step, rows = w.word(5), w.word(6), w.word(7)
    b, b_row, b_column, terms = w.word(8), w.word(9), w.word(10), w.word(11)
    c, c_step, room, block = w.word(12), w.word(13), w.word(14), w.word(15)
    size = w.multiply(terms, str(width * _ITEM))
    mine = w.emit(f"add i64 {room}, {w.multiply(size, '%piece')}")
    words = w.emit("alloca [7 x i64], align 8")

    def give(*values: str) -> None:
        for position, value in enumerate(values):
            w.store(value, w.offset(words, str(position * _WORD)), "int64")

    with w.repeat() as (_, leave):
        number = w.emit(f"atomicrmw add ptr {counter}, i64 1 monotonic, align 8")
        leave(w.emit(f"icmp sge i64 {number}, {pieces}"))
        panel = w.emit(f"srem i64 {number}, {panels}")
        first = w.multiply(w.emit(f"sdiv i64 {number}, {panels}"), block)
        last = w.emit(f"add i64 {first}, {block}")
        less = w.emit(f"icmp slt i64 {last}, {rows}")
        last = w.emit(f"select i1 {less}, i64 {last}, i64 {rows}")
        # The panel of any number goes to the one place.
        target = w.emit(f"sub i64 {mine}, {w.multiply(panel, size)}")
        give(b, b_row, b_column, target, terms)
        following = w.emit(f"add i64 {panel}, 1")
        w.line(f"call void {pack}(ptr {words}, i64 {panel}, i64 {following}, i64 0)")
        result = w.emit(f"add i64 {c}, {w.multiply(panel, str(width * _ITEM))}")
        give(a, a_step, mine, result, c_step, terms, str(width))
        w.line(f"call void {multiply}(ptr {words}, i64 {first}, i64 {last}, i64 0)")
    return loops.compiled(w.function("loop", ARGUMENTS))


def suits(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> bool:
    """Tell whether matrices lie as this product needs them."""
    return (
        a.ndim == b.ndim == out.ndim == 2
        and len(a) >= _LEAST_ROWS
        and a.strides[1] == out.strides[1] == _ITEM
        and b.shape[1] % panel_product.tile().width == 0
    )


def bind(
    a: np.ndarray, b: np.ndarray, out: np.ndarray, team: int
) -> Callable[[], Any]:
    """Return the call that multiplies two matrices.

    Args:
        a: Rows that lie in one piece each.
        b: Any matrix of whole panels; see `suits`.
        out: The result, whose rows lie in one piece each.
        team: How many threads share the pieces.
    """
    rows, panels = len(a), b.shape[1] // panel_product.tile().width
    blocks = -(-rows // _ROWS)
    block = -(-rows // (blocks * 6)) * 6
    blocks = -(-rows // block)
    counter = np.zeros(16, np.int64)
    room = np.empty((team, len(b), panel_product.tile().width), np.float32)
    pack, multiply = panel_product.packing(b).function, panel_product.function()
    words = [counter.ctypes.data, panels * blocks, panels, pack, multiply]
    words += [a.ctypes.data, a.strides[0], rows, b.ctypes.data, *b.strides, len(b)]
    words += [out.ctypes.data, out.strides[0], room.ctypes.data, block]
    launch = loops.launcher().bind(_function(), team, team, words, team)

    def run() -> None:
        counter[0] = 0
        launch()

    run.keep = a, b, out, room
    return run
