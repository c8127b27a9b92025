"""Fused programs on NumPy: block by block, so that what lies between stays in cache."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from functools import partial
from typing import Any

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.helpers import run_together
from kerasish.backend.devices.numpy_schedule import BLOCK, Call, schedule
from kerasish.backend.devices.strided import (
    broadcast_strides,
    collapse,
    fused_kernel,
    reduced_strides,
    strided,
)

# Threads that share a program take larger blocks, to meet less often at the lock of
# the interpreter; and only programs of so many elements are shared.
_SHARED_BLOCK = 131072
_WORTH_THREADS = 1 << 18
_FIRST = {"sum": 0, "mean": 0, "max": -np.inf}


def _blocks(shape: tuple[int, ...], block: int) -> Iterator[tuple[slice, ...]]:
    """Cut a shape into parts of no more than a block, the last axes whole."""
    inner, axis = 1, len(shape)
    while axis and inner * shape[axis - 1] <= block:
        axis -= 1
        inner *= shape[axis]
    whole = tuple([slice(0, size) for size in shape[axis:]])
    if not axis:
        yield whole
        return
    rows = max(1, block // inner)
    size = shape[axis - 1]
    outer = [[slice(i, i + 1) for i in range(n)] for n in shape[: axis - 1]]
    outer.append([slice(i, min(i + rows, size)) for i in range(0, size, rows)])
    for starts in itertools.product(*outer):
        yield (*starts, *whole)


def _part(view: np.ndarray, block: tuple[slice, ...]) -> np.ndarray:
    """The part of a view that belongs to a block; axes of size 1 are shared."""
    if 1 not in view.shape:
        return view[block]
    if view.size == 1:
        return view
    return view[
        tuple(
            slice(None) if size == 1 else where
            for size, where in zip(view.shape, block)
        )
    ]


class _Binding:
    """The calls that run a program on given arrays."""

    def __init__(
        self,
        program: Any,
        shape: tuple[int, ...],
        arrays: Sequence[np.ndarray],
        outs: Sequence[np.ndarray],
    ) -> None:
        self.program = program
        steps = [broadcast_strides(array, shape) for array in arrays]
        steps += [
            reduced_strides(out, shape, output.axes)
            for out, output in zip(outs, program.outputs)
        ]
        self.shape, steps = collapse(shape, steps)
        pairs = zip((*arrays, *outs), steps)
        self.views = [strided(array, self.shape, step) for array, step in pairs]
        self.outs = self.views[len(arrays) :]
        self.direct = self._direct_outputs(arrays, outs)

    def _direct_outputs(
        self, arrays: Sequence[np.ndarray], outs: Sequence[np.ndarray]
    ) -> tuple[int | None, ...]:
        """The steps that may write an output at once: none after reads its memory."""
        last_read = [-1] * len(arrays)
        for position, (_, arguments, _) in enumerate(self.program.steps):
            for kind, value in arguments:
                if kind == "input":
                    last_read[value] = position
        direct: list[int | None] = []
        for output, out in zip(self.program.outputs, outs):
            kept = output.reduction is not None or output.step in direct
            if kept or any(
                read > output.step and np.may_share_memory(array, out)
                for array, read in zip(arrays, last_read)
            ):
                direct.append(None)
            else:
                direct.append(output.step)
        return tuple(direct)

    def call(self) -> Call:
        """Return the call that runs the program."""
        team = threads.num_threads()
        reduces = any(output.reduction for output in self.program.outputs)
        size = math.prod(self.shape)
        if size < _WORTH_THREADS or team == 1 or reduces:
            return _one_call(self.calls())
        rounds = -(-size // (team * _SHARED_BLOCK))
        blocks = list(_blocks(self.shape, -(-size // (team * rounds))))
        parts = [
            [
                call
                for block in blocks[member::team]
                for call in self._block(block, member)
            ]
            for member in range(team)
        ]
        return partial(run_together, [_one_call(part) for part in parts if part])

    def calls(self) -> list[Call]:
        """Return the calls for all blocks."""
        calls: list[Call] = []
        blocks = list(_blocks(self.shape, BLOCK))
        for out, output in zip(self.outs, self.program.outputs):
            if output.reduction is not None and len(blocks) > 1:
                calls.append(partial(out.fill, _FIRST[output.reduction]))
        for block in blocks:
            calls += self._block(block, 0, only=len(blocks) == 1)
        for out, output in zip(self.outs, self.program.outputs):
            if output.reduction == "mean":
                count = out.dtype.type(math.prod(self.shape) // out.size)
                calls.append(partial(np.true_divide, out, count, out=out))
        return calls

    def _block(
        self, block: tuple[slice, ...], member: int, only: bool = False
    ) -> list[Call]:
        parts = [_part(view, block) for view in self.views]
        sizes = tuple([where.stop - where.start for where in block])
        shapes = tuple([part.shape for part in parts])
        key = self.program, sizes, shapes, self.direct, member, only
        return schedule(*key).bind(parts)


def _one_call(calls: list[Call]) -> Call:
    return calls[0] if len(calls) == 1 else partial(_run_all, calls)


def _run_all(calls: list[Call]) -> None:
    for call in calls:
        call()


def bind_blocks(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    """Return the call that runs a program block by block."""
    return _Binding(attrs["program"], attrs["shape"], arrays, outs).call()


fused_kernel("numpy", bind_blocks)
