"""A compiled driver for parts of a step that several threads take, and wait for.

A step is cut into segments, of which each part of the row has its own phases. Whoever
comes first takes a part: its own thread, or another one that has nothing else to do.
So nobody waits for a thread that has not woken up yet, and one thread alone gets to the
end as well. All go on to the next segment when every part is done.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from kerasish.backend.devices.cpu import loops, loops_engine, openmp
from kerasish.backend.devices.cpu.loops_program import ARGUMENTS
from kerasish.backend.devices.cpu.loops_writer import Writer
from kerasish.backend.devices.cpu.scan_driver import Phase, at, copy_words

_WORD = 8
# The marks of a part, which tell how many segments were taken and how many are done,
# have lines of the cache to themselves, also where these come in pairs.
_APART = 128
# How often a thread looks whether another is done before it does what that has not
# begun, and before it lets whoever waits for a processor run.
_SPINS = 100
_LOOKS = 1000


class _Driver:
    """Writes the driver.

    Its words: the number of steps, of segments and of parts, how many words a part
    has, the function that lets others run, and the addresses of: the marks, a table of
    ranges of entries by segment and part, the entries (function, place of its words
    and number of rows), the words at the start, what is added to them after the first
    step and after later ones, and room for words. Segments after those of a step are
    done once, before the first one.
    """

    def __init__(self) -> None:
        self.w = w = Writer()
        self.steps, self.segments, self.parts = (w.word(k) for k in range(3))
        self.size, self.let_run, self.marks = w.word(3), w.pointer(4), w.pointer(5)
        self.table, self.entries, self.first = (w.pointer(6 + k) for k in range(3))
        self.move, self.later, self.room = (w.pointer(9 + k) for k in range(3))
        self.bytes = w.multiply(self.size, str(_WORD))
        self.number = w.emit("alloca i64, align 8")
        self.patience = w.emit("alloca i64, align 8")

    def source(self) -> str:
        """Return the module."""
        w = self.w
        w.store("0", self.number, "int64")
        w.store("0", self.patience, "int64")
        with w.loop("-1", self.steps) as step:
            before = w.emit(f"icmp slt i64 {step}, 0")
            from_ = w.emit(f"select i1 {before}, i64 {self.segments}, i64 0")
            more = w.emit(f"zext i1 {before} to i64")
            to = w.emit(f"add i64 {self.segments}, {more}")
            with w.loop(from_, to) as segment:
                self._segment(step, segment)
        return w.function("loop", ARGUMENTS)

    def _segment(self, step: str, segment: str) -> None:
        """Do one's own part, then wait for others or do what they leave."""
        w = self.w
        number = w.load(self.number, "int64")
        following = w.emit(f"add i64 {number}, 1")
        w.store(following, self.number, "int64")
        with w.loop("0", self.parts) as turn:
            part = w.emit(f"add i64 {turn}, %piece")
            part = w.emit(f"srem i64 {part}, {self.parts}")
            other = w.emit(f"icmp ne i64 {turn}, 0")
            marks = w.offset(self.marks, w.multiply(part, str(2 * _APART)))
            done = w.offset(marks, str(_APART))
            with w.repeat() as (looks, leave):
                seen = w.emit(f"load atomic i64, ptr {done} acquire, align 8")
                leave(w.emit(f"icmp sgt i64 {seen}, {number}"))
                patience = w.load(self.patience, "int64")
                patience = w.emit(f"select i1 {other}, i64 {patience}, i64 0")
                with w.when(w.emit(f"icmp sge i64 {looks}, {patience}")):
                    self._take(step, segment, part, marks, number, other)
                self._pause(looks)

    def _take(
        self, step: str, segment: str, part: str, marks: str, number: str, other: str
    ) -> None:
        """Do a part, unless somebody has taken it."""
        w = self.w
        following = w.emit(f"add i64 {number}, 1")
        taken = w.emit(f"load atomic i64, ptr {marks} monotonic, align 8")
        free = w.emit(f"icmp eq i64 {taken}, {number}")
        # Whose part was free is not there, and one need not wait the next time.
        with w.when(other):
            wait = w.emit(f"select i1 {free}, i64 0, i64 {_SPINS}")
            w.store(wait, self.patience, "int64")
        with w.when(free):
            pair = w.emit(
                f"cmpxchg ptr {marks}, i64 {number}, i64 {following} "
                "acq_rel monotonic, align 8"
            )
            with w.when(w.emit(f"extractvalue {{i64, i1}} {pair}, 1")):
                self._work(step, segment, part)
                done = w.offset(marks, str(_APART))
                w.line(f"store atomic i64 {following}, ptr {done} release, align 8")

    def _work(self, step: str, segment: str, part: str) -> None:
        """Go through the entries of a part."""
        w = self.w
        words = self._of_part(self.room, part)
        with w.when(w.emit(f"icmp slt i64 {step}, 0")):
            copy_words(w, self._of_part(self.first, part), words, self.size)
        opens = w.emit(f"icmp eq i64 {segment}, 0")
        again = w.emit(f"icmp sgt i64 {step}, 0")
        with w.when(w.emit(f"and i1 {opens}, {again}")):
            one = w.emit(f"icmp eq i64 {step}, 1")
            move = w.emit(f"select i1 {one}, ptr {self.move}, ptr {self.later}")
            copy_words(w, words, words, self.size, self._of_part(move, part))
        number = w.emit(f"add i64 {w.multiply(segment, self.parts)}, {part}")
        start = w.load(at(w, self.table, number), "int64")
        stop = w.load(at(w, self.table, w.emit(f"add i64 {number}, 1")), "int64")
        with w.loop(start, stop) as i:
            entry = w.offset(self.entries, w.multiply(i, str(3 * _WORD)))
            function = w.emit(f"load ptr, ptr {entry}, align 8")
            block = at(w, words, w.load(at(w, entry, "1"), "int64"))
            rows = w.load(at(w, entry, "2"), "int64")
            w.line(f"call void {function}(ptr {block}, i64 0, i64 {rows}, i64 0)")

    def _of_part(self, pointer: str, part: str) -> str:
        return self.w.offset(pointer, self.w.multiply(part, self.bytes))

    def _pause(self, looks: str) -> None:
        """Wait for a moment, or let others run after many of them."""
        w = self.w
        with w.when(w.emit(f"icmp sge i64 {looks}, {_LOOKS}")):
            w.emit(f"call i32 {self.let_run}()")
        if loops_engine.engine().machine.triple.startswith("x86_64"):
            w.declared.add("declare void @llvm.x86.sse2.pause()")
            w.line("call void @llvm.x86.sse2.pause()")


@lru_cache(maxsize=1)
def _function() -> int:
    return loops.compiled(_Driver().source())


def available() -> bool:
    """Tell whether there are threads that can wait for one another here."""
    return openmp.library() is not None and openmp.patient() is not None


def bind(
    before: Sequence[Sequence[Phase]],
    steps: Sequence[Sequence[Sequence[Sequence[Phase]]]],
    groups: Sequence[range],
    count: int,
) -> Callable[[], Any]:
    """Return the call that runs phases for a number of steps.

    Args:
        before: For each part the phases that come once, before all steps.
        steps: For each of the first steps, as many as there are up to three, for each
            part, for each item the phases; steps differ in words only.
        groups: The segments of a step as ranges of items; see `scan_columns`.
        count: The number of steps, at least 1.
    """
    parts = len(before)
    lists = [
        [
            [phase for item in (*items, extra) for phase in item]
            for items, extra in zip(step, before)
        ]
        for step in steps
    ]
    size = max(sum(len(p.words) for p in phases) for phases in lists[0])
    size = -(-size * _WORD // _APART) * _APART // _WORD
    blocks = np.zeros((3, parts, size), np.int64)
    for step, block in zip(([*lists, lists[-1], lists[-1]])[:3], blocks):
        for phases, row in zip(step, block):
            words = [word for phase in phases for word in phase.words]
            row[: len(words)] = words
    first, move, later = blocks[0], blocks[1] - blocks[0], blocks[2] - blocks[1]
    table, entries = [0], []
    for group in (*groups, None):
        for part, items in enumerate(steps[0]):
            place = 0
            for number, item in enumerate([*items, before[part]]):
                here = number == len(items) if group is None else number in group
                for phase in item:
                    if here:
                        entries.append((phase.function, place, phase.rows))
                    place += len(phase.words)
            table.append(len(entries))
    marks = aligned((parts, 2 * _APART // _WORD), np.int64)
    arrays = [np.array(a, np.int64) for a in (table, entries, first, move, later)]
    arrays.append(aligned((parts, size), np.int64))
    data = [count, len(groups), parts, size, openmp.patient(), marks.ctypes.data]
    data += [array.ctypes.data for array in arrays]
    launch = loops.launcher().bind(_function(), parts, parts, data, parts)

    def run() -> None:
        marks.fill(0)
        launch()

    run.keep = arrays
    return run


def aligned(shape: tuple[int, ...], dtype: Any) -> np.ndarray:
    """Return an array of zeros that begins with a line of the cache."""
    size = math.prod(shape) * np.dtype(dtype).itemsize
    block = np.zeros(size + _APART, np.uint8)
    start = -block.ctypes.data % _APART
    return block[start : start + size].view(dtype).reshape(shape)
