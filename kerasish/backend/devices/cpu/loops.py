"""Compiled loops for fused programs."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from typing import Any

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.cpu import loops_engine, loops_program
from kerasish.backend.devices.cpu.loops_launch import Launcher
from kerasish.backend.devices.cpu.loops_program import Layout
from kerasish.backend.devices.numpy_fused import bind_blocks
from kerasish.backend.devices.strided import fused_kernel, walk

status = loops_engine.status
_LARGEST_RANK = 5
# Elements times steps below which a second thread costs more than it brings.
_WORTH_THREADS = 400_000
_PIECE = 32768
_MOST_PIECES = 64
# Kernels of several passes over whole arrays, and the types that loops know them for.
_EXPANDED = (
    "softmax",
    "log_softmax",
    "softmax_crossentropy",
    "sparse_softmax_crossentropy",
)
_EXPANDED_TYPES = ("float32", "int32", "int64", "uint8")


def available() -> bool:
    """Tell whether loops can be compiled here."""
    return loops_engine.engine() is not None


def prefers_definition(name: str, specs: tuple) -> bool:
    """Tell whether a composite is better run as a few loops than by its kernel."""
    return name in _EXPANDED and all(
        spec.dtype in _EXPANDED_TYPES and 0 not in spec.shape for spec in specs
    )


@lru_cache(maxsize=1)
def launcher() -> Launcher:
    """Return what runs loops; only where they are available."""
    return Launcher(loops_engine.engine())


def compiled(source: str) -> int:
    """Return the address of the function `@loop` of a source in LLVM assembly."""
    return loops_engine.engine().function(source)


@lru_cache(maxsize=4096)
def function(program: Any, layout: Layout) -> int:
    """Return the address of the loop of a program."""
    return compiled(loops_program.write(program, layout, "loop"))


@lru_cache(maxsize=4096)
def supported(program: Any) -> bool:
    """Tell whether a program can be written as a loop."""
    return loops_program.supported(program)


def _accepts(specs: tuple, attrs: dict) -> bool:
    return available() and supported(attrs["program"])


def inner_step(itemsize: int, strides: Sequence[int]) -> str:
    """Return how the innermost axis of an array is walked, as a layout names it.

    Args:
        itemsize: Bytes of an element.
        strides: Bytes from one element to the next, by axis.

    Example:

    >>> inner_step(4, (40, 4)), inner_step(4, (40, 0)), inner_step(4, (0, 0))
    ('next', 'same', 'one')
    """
    if not any(strides):
        return "one"
    if strides[-1] in (0, itemsize):
        return "next" if strides[-1] else "same"
    return "step"


class _Call:
    """A program on given arrays.

    Attributes:
        shape: The axes that are walked.
        strides: For each operand, inputs then outputs, its strides in bytes.
    """

    def __init__(
        self,
        program: Any,
        shape: tuple[int, ...],
        arrays: Sequence[np.ndarray],
        outs: Sequence[np.ndarray],
    ) -> None:
        self.program, self.arrays, self.outs = program, arrays, outs
        self.shape, self.strides, self.marks, self.reductions = walk(
            program, shape, arrays, outs
        )

    def layout(self) -> Layout:
        """Return what the source of the loop depends on."""
        reduced = [not mark for mark in self.marks]
        count = sum(reduced) if self.reductions else 0
        if count and not reduced[0]:
            count = -count
        pairs = zip((*self.arrays, *self.outs), self.strides)
        inner = tuple(inner_step(array.itemsize, strides) for array, strides in pairs)
        return Layout(len(self.shape), count, inner)

    def bind(self) -> Callable[[], Any] | None:
        """Return the call that runs the loop, or `None` if there are too many axes."""
        layout = self.layout()
        if layout.rank > _LARGEST_RANK:
            return None
        total, steps = math.prod(self.shape), len(self.program.steps)
        team = threads.num_threads() if total * (steps + 2) > _WORTH_THREADS else 1
        team = min(team, self.shape[0])
        pieces, results = team, 1
        if layout.reduced > 0:
            # The pieces depend on nothing but the shape, and with them the bits.
            results = self.outs[self.reductions[0]].size
            most = max(1, min(_MOST_PIECES, self.shape[0] // 8))
            pieces = min(max(1, total // _PIECE), most)
            if results > _PIECE:
                pieces = min(pieces, 4)
            team = min(team, pieces)
        partial_results = self._partial_results(layout, pieces, results)
        data = [*self.shape]
        operands = (*self.arrays, *self.outs)
        for number, (array, strides) in enumerate(zip(operands, self.strides)):
            array = partial_results.get(number - len(self.arrays), array)
            data += [array.ctypes.data, *strides]
        data += [results, results]
        loop = function(self.program, layout)
        run = launcher().bind(loop, self.shape[0], pieces, data, team)
        return self._finished(run, partial_results)

    def _partial_results(
        self, layout: Layout, pieces: int, results: int
    ) -> dict[int, np.ndarray]:
        if layout.reduced <= 0 or pieces == 1:
            return {}
        return {
            number: np.empty((pieces, results), self.outs[number].dtype)
            for number in self.reductions
        }

    def _finished(
        self, run: Callable[[], Any], partial_results: dict[int, np.ndarray]
    ) -> Callable[[], Any]:
        """Add what puts the pieces together."""
        after: list[Callable[[], Any]] = []
        for number in self.reductions:
            out = self.outs[number].reshape(-1)
            name = self.program.outputs[number].reduction
            parts = partial_results.get(number)
            if parts is not None:
                combine = np.maximum if name == "max" else np.add
                after.append(partial(combine.reduce, parts, 0, None, out))
            if name == "mean":
                count = out.dtype.type(math.prod(self.shape) // out.size)
                after.append(partial(np.true_divide, out, count, out=out))
        keep = (self.arrays, self.outs, partial_results)
        if not after:
            run.keep = keep
            return run

        def run_and_combine() -> None:
            run()
            for call in after:
                call()

        run_and_combine.keep = keep
        return run_and_combine


def _bind(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Callable[[], Any] | None:
    """Return the call that runs a program as a compiled loop."""
    call = _Call(attrs["program"], attrs["shape"], arrays, outs).bind()
    return call or bind_blocks(xp, arrays, outs, attrs)


fused_kernel("cpu", _bind, _accepts)
