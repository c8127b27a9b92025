"""Fused programs as CUDA functions: how they are launched on given arrays."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasish.backend.devices.cupy.calls import in_order
from kerasish.backend.devices.cupy.cuda import THREADS, aligned, blocks, compute_type
from kerasish.backend.devices.cupy.fused_source import (
    ROWS,
    WARP,
    Layout,
    fused_function,
    supported,
)
from kerasish.backend.devices.cupy.pieces import combined, cut
from kerasish.backend.devices.cupy.rooms import room
from kerasish.backend.devices.strided import Shape, fused_kernel, walk

_LARGEST_RANK = 8
# Places below which numbers of 32 bits suffice, also one step beyond the end.
_SHORT = 1 << 30
# Elements below which packs would leave too little work for all processors.
_WORTH_PACKS = 1 << 16
_PACK_BYTES = 16
# Values that a thread may hold: more have no room in registers.
_MOST_VALUES = 48
_TEAM_LENGTH = 1024
# Reduced places of a piece, and about how many blocks keep a GPU busy. They depend on
# shapes only, and with them the bits of the results.
_PIECE = 4096
_COLUMN_PIECE = 64
_ENOUGH_BLOCKS = 1024


class Launch:
    """A program on given arrays.

    Attributes:
        shape: The axes that are walked.
        strides: For each operand, inputs then outputs, its strides in elements.
        layout: What the source depends on.
    """

    def __init__(
        self,
        program: Any,
        shape: Shape,
        arrays: Sequence[Any],
        outs: Sequence[Any],
    ) -> None:
        self.program, self.arrays, self.outs = program, arrays, outs
        operands = (*arrays, *outs)
        self.shape, strides, marks, self.reductions = walk(program, shape, arrays, outs)
        self.whole = all(
            step % array.itemsize == 0
            for array, steps in zip(operands, strides)
            for step in steps
        )
        self.strides = [
            tuple(step // array.itemsize for step in steps)
            for array, steps in zip(operands, strides)
        ]
        self.reduced = self._reduced_axes(marks)
        self.layout = self._layout()

    def _reduced_axes(self, marks: Shape) -> int:
        flags = [not mark for mark in marks]
        if self.shape == (1,):
            return 0
        count = sum(flags)
        return -count if count and not flags[0] else count

    def _layout(self) -> Layout:
        moves = tuple(
            "".join("0" if not s else "1" if s == 1 else "s" for s in strides)
            for strides in self.strides
        )
        last = len(self.shape) - 1
        # Only along the last axis neighbours are taken together.
        moves = [m[:last].replace("1", "s") + m[last] for m in moves]
        for number in self.reductions if self.reduced else ():
            # Results have one place for all their elements.
            moves[len(self.arrays) + number] = "0" * len(self.shape)
        layout = Layout(tuple(moves), self.reduced)
        width = self._width(moves)
        reach = max(
            sum((n - 1) * abs(s) for n, s in zip(self.shape, strides))
            for strides in self.strides
        )
        large = max(reach, math.prod(self.shape)) >= _SHORT
        reduced = self._split(width)[1]
        return layout._replace(
            width=width,
            team=_team(reduced),
            index="int64" if large else "int32",
        )

    def _width(self, moves: Sequence[str]) -> int:
        """How many neighbours each thread takes together."""
        operands = (*self.arrays, *self.outs)
        packed = [k for k, move in enumerate(moves) if move[-1] == "1"]
        if not packed or math.prod(self.shape) < _WORTH_PACKS:
            return 1
        width = _PACK_BYTES // max(operands[k].itemsize for k in packed)
        width = min(width, max(1, _MOST_VALUES // len(operands)))
        width = 1 << (width.bit_length() - 1)
        while width > 1 and not self._fits(width, packed):
            width //= 2
        return width

    def _fits(self, width: int, packed: Sequence[int]) -> bool:
        operands = (*self.arrays, *self.outs)
        return (
            self.shape[-1] % width == 0
            and aligned([operands[k] for k in packed], width)
            and all(s % width == 0 for k in packed for s in self.strides[k][:-1])
        )

    def _split(self, width: int) -> tuple[int, int]:
        """How many places are kept and reduced, in packs."""
        shape = (*self.shape[:-1], self.shape[-1] // width)
        if self.reduced > 0:
            first = math.prod(shape[: self.reduced])
            return math.prod(shape[self.reduced :]), first
        kept = len(shape) + self.reduced
        return math.prod(shape[:kept]), math.prod(shape[kept:])

    def bind(self, xp: Any) -> Callable[[], None]:
        """Return the call that runs the program."""
        kept, reduced = self._split(self.layout.width)
        if not self.reduced:
            return self._bound(xp, blocks(kept), [kept])
        team = self.layout.team
        if self.layout.columns:
            across, least = -(-kept // WARP), ROWS * _COLUMN_PIECE // 8
        else:
            across, least = -(-kept * team // THREADS), _PIECE // self.layout.width
        piece, pieces = cut(reduced, min(_ENOUGH_BLOCKS // across, reduced // least))
        counts = [kept, reduced, piece, math.prod(self.shape) // self._results()]
        if pieces == 1:
            return self._bound(xp, (across, 1), counts)
        self.layout = self.layout._replace(pieces=True)
        outs = [self.outs[number] for number in self.reductions]
        rooms = room(
            xp,
            outs[0],
            *((pieces * o.size, compute_type(o.dtype.name)) for o in outs),
        )
        parts = dict(zip(self.reductions, rooms))
        calls = [self._bound(xp, (across, pieces), counts, parts)]
        for k in self.reductions:
            how = self.program.outputs[k].reduction
            calls.append(combined(xp, parts[k], self.outs[k], pieces, how, counts[-1]))
        return in_order(calls)

    def _results(self) -> int:
        return self.outs[self.reductions[0]].size

    def _bound(
        self,
        xp: Any,
        grid: int | tuple[int, int],
        counts: Sequence[int],
        parts: dict[int, Any] | None = None,
    ) -> Callable[[], None]:
        outs = [(parts or {}).get(k, out) for k, out in enumerate(self.outs)]
        numbers = [*counts, *self.shape[:-1], self.shape[-1] // self.layout.width]
        for moves, strides in zip(self.layout.moves, self.strides):
            numbers += [step for how, step in zip(moves, strides) if how == "s"]
        index = np.dtype(self.layout.index).type
        given = [*self.arrays, *outs, *(index(number) for number in numbers)]
        function = fused_function(self.program, self.layout)
        return function.bind(xp, {}, grid, given)


def _team(count: int) -> int:
    """How many threads share a result of so many packs."""
    if count > _TEAM_LENGTH:
        return THREADS
    return min(WARP, 1 << (count - 1).bit_length())


class FusedCall:
    """The call that runs a program, and what it runs on."""

    def __init__(self, launch: Launch, run: Callable[[], None]) -> None:
        self.launch, self.run = launch, run

    def __call__(self) -> None:
        self.run()


def _accepts(specs: tuple, attrs: dict) -> bool:
    return supported(attrs["program"])


def _bind(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Callable | None:
    """Return the call that runs a program, or `None` for a case of many axes."""
    launch = Launch(attrs["program"], attrs["shape"], arrays, outs)
    if not launch.whole or len(launch.shape) > _LARGEST_RANK:
        return None
    return FusedCall(launch, launch.bind(xp))


fused = fused_kernel("cupy", _bind, _accepts)
