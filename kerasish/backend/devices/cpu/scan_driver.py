"""A compiled driver: it calls functions one after another, step after step.

Each function takes a block of words, as all loops do, and works on some rows. All
blocks lie one behind another; between two steps a number is added to each word, so
that addresses move on to the next step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from kerasish.backend.devices.cpu import loops
from kerasish.backend.devices.cpu.loops_program import ARGUMENTS
from kerasish.backend.devices.cpu.loops_writer import Writer

_WORD = 8


class Phase(NamedTuple):
    """A function and its block of words at a step.

    Attributes:
        function: The address of the function.
        words: The words.
        given: The arrays that it reads and that change from step to step.
        outs: The arrays that it writes.
        rows: How many rows the function works on, where it is called for all at once.
    """

    function: int
    words: list[int]
    given: Sequence[np.ndarray] = ()
    outs: Sequence[np.ndarray] = ()
    rows: int = 1


def at(w: Writer, pointer: str, number: str) -> str:
    """Write the address of a word."""
    return w.emit(f"getelementptr i64, ptr {pointer}, i64 {number}")


def copy_words(w: Writer, source: str, target: str, count: str, plus: str = "") -> None:
    """Write a loop that copies words, or adds others to them."""
    with w.loop("0", count, independent=True) as i:
        value = w.load(at(w, source, i), "int64")
        if plus:
            more = w.load(at(w, plus, i), "int64")
            value = w.emit(f"add i64 {value}, {more}")
        w.store(value, at(w, target, i), "int64")


@lru_cache(maxsize=1)
def _function() -> int:
    """The driver.

    Its words: how many steps come after the first one, the number of phases, the
    number of words, and the addresses of: functions and places of blocks, the words of
    the first step, those of the second one, what is added to them, and room for the
    words of each thread.
    """
    w = Writer()
    steps, count, size = (w.word(position) for position in range(3))
    table, first, second, move, room = (w.pointer(3 + k) for k in range(5))
    words = w.offset(room, w.multiply(w.multiply("%piece", size), str(_WORD)))

    def run() -> None:
        with w.loop("0", count) as number:
            entry = w.offset(table, w.multiply(number, str(2 * _WORD)))
            function = w.emit(f"load ptr, ptr {entry}, align 8")
            block = at(w, words, w.load(at(w, entry, "1"), "int64"))
            w.line(f"call void {function}(ptr {block}, i64 %start, i64 %stop, i64 0)")

    copy_words(w, first, words, size)
    run()
    copy_words(w, second, words, size)
    with w.loop("0", steps):
        run()
        copy_words(w, words, words, size, move)
    return loops.compiled(w.function("loop", ARGUMENTS))


@lru_cache(maxsize=1)
def copy_function() -> int:
    """Return the address of a function that copies rows.

    Its words: where the rows lie and how far apart, where they go and how far apart,
    and the number of bytes in a row.
    """
    w = Writer()
    source, source_step = w.pointer(0), w.word(1)
    target, target_step = w.pointer(2), w.word(3)
    size = w.word(4)
    with w.loop("%start", "%stop") as row:
        from_ = w.offset(source, w.multiply(row, source_step))
        w.copy(from_, w.offset(target, w.multiply(row, target_step)), size)
    return loops.compiled(w.function("loop", ARGUMENTS))


def bind(
    steps: Sequence[Sequence[Phase]], count: int, rows: int, team: int
) -> Callable[[], Any]:
    """Return the call that runs phases for a number of steps.

    Args:
        steps: The phases of the first steps, as many as there are up to three; they
            differ in their words only.
        count: The number of steps, at least 1.
        rows: The number of rows.
        team: How many threads share them.
    """
    blocks = [np.concatenate([p.words for p in phases]) for phases in steps]
    first, second, third = ([*blocks, blocks[-1], blocks[-1]])[:3]
    first, second = (np.array(block, np.int64) for block in (first, second))
    move = np.array(third, np.int64) - second
    places = np.cumsum([0, *(len(phase.words) for phase in steps[0])])
    table = np.array(
        [(p.function, place) for p, place in zip(steps[0], places)], np.int64
    )
    room = np.empty((team, len(first)), np.int64)
    arrays = (table, first, second, move, room)
    data = [count - 1, len(table), len(first), *(a.ctypes.data for a in arrays)]
    run = loops.launcher().bind(_function(), rows, team, data, team)
    run.keep = arrays
    return run
