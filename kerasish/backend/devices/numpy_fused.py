"""Fused programs on NumPy: block by block, so that what lies between stays in cache."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np

from kerasish.backend.devices.base import device_kernel
from kerasish.backend.devices.strided import (
    broadcast_strides,
    collapse,
    reduced_strides,
    strided,
)

_BLOCK = 16384
_UFUNCS = {"sum": np.add, "mean": np.add, "max": np.maximum}
_FIRST = {"sum": 0, "mean": 0, "max": -np.inf}
_scratch: dict[tuple[int, int], np.ndarray] = {}
Call = Callable[[], Any]


def _buffer(slot: int, dtype: np.dtype, shape: tuple[int, ...]) -> np.ndarray:
    """Scratch memory of a slot, shared by all calls: only one runs at a time."""
    count = math.prod(shape)
    key = (slot, dtype.itemsize)
    memory = _scratch.get(key)
    if memory is None or memory.nbytes < count * dtype.itemsize:
        memory = np.empty(max(count, _BLOCK) * dtype.itemsize, np.uint8)
        _scratch[key] = memory
    return memory[: count * dtype.itemsize].view(dtype).reshape(shape)


def _blocks(shape: tuple[int, ...]) -> Iterator[tuple[slice, ...]]:
    """Cut a shape into parts of no more than a block, the last axes whole."""
    inner, axis = 1, len(shape)
    while axis and inner * shape[axis - 1] <= _BLOCK:
        axis -= 1
        inner *= shape[axis]
    whole = (slice(None),) * (len(shape) - axis)
    if not axis:
        yield whole
        return
    rows = max(1, _BLOCK // inner)
    outer = [[slice(i, i + 1) for i in range(size)] for size in shape[: axis - 1]] + [
        [slice(i, i + rows) for i in range(0, shape[axis - 1], rows)]
    ]
    for starts in itertools.product(*outer):
        yield (*starts, *whole)


def _part(view: np.ndarray, block: tuple[slice, ...]) -> np.ndarray:
    """The part of a view that belongs to a block; axes of size 1 are shared."""
    return view[
        tuple(
            slice(None) if size == 1 else where
            for size, where in zip(view.shape, block)
        )
    ]


class _Schedule(NamedTuple):
    """How the steps of a program run on one block.

    The parts of the inputs, those of the outputs and `fixed` make one list, a pool;
    everything is named by its number there.

    Attributes:
        fixed: Scratch memory and literals.
        steps: For each step its function, its operands and where the result goes.
    """

    fixed: tuple[Any, ...]
    steps: tuple[tuple[Any, tuple[int, ...], int], ...]


@lru_cache(maxsize=1024)
def _schedule(
    program: Any, shapes: tuple[tuple[int, ...], ...], direct: tuple[int | None, ...]
) -> _Schedule:
    """Plan the steps of a program.

    Args:
        program: The program.
        shapes: The shapes of the parts of its inputs and outputs.
        direct: For each output whether its step writes it at once, and then the step.
    """
    first, count = len(shapes), len(program.dtypes)
    last = _last_uses(program)
    fixed: list[Any] = []
    places: list[int] = []
    value_shapes: list[tuple[int, ...]] = []
    free: list[int] = []
    slots: dict[int, int] = {}
    numbers = itertools.count()
    steps = []
    for position, (function, arguments, dtype) in enumerate(program.steps):
        operands, given = [], []
        for kind, value in arguments:
            if kind == "literal":
                operands.append(first + len(fixed))
                fixed.append(value)
            else:
                operands.append(value if kind == "input" else places[value])
                given.append((shapes if kind == "input" else value_shapes)[value])
        if position in direct:
            places.append(count + direct.index(position))
            value_shapes.append(shapes[places[-1]])
        else:
            value_shapes.append(np.broadcast_shapes(*given))
            slots[position] = free.pop() if free else next(numbers)
            places.append(first + len(fixed))
            fixed.append(_buffer(slots[position], np.dtype(dtype), value_shapes[-1]))
        steps.append((_resolved(program, function), tuple(operands), places[-1]))
        for step in {v for kind, v in arguments if kind == "step"} | {position}:
            if last[step] == position and step in slots:
                free.append(slots[step])
    return _Schedule(tuple(fixed), tuple(steps))


def _last_uses(program: Any) -> list[int]:
    last = list(range(len(program.steps)))
    for position, (_, arguments, _) in enumerate(program.steps):
        for kind, value in arguments:
            if kind == "step":
                last[value] = position
    for output in program.outputs:
        last[output.step] = len(last)
    return last


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
        views = [strided(a, self.shape, s) for a, s in zip((*arrays, *outs), steps)]
        self.inputs, self.outs = views[: len(arrays)], views[len(arrays) :]
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

    def calls(self) -> list[Call]:
        """Return the calls for all blocks."""
        calls: list[Call] = []
        for out, output in zip(self.outs, self.program.outputs):
            if output.reduction is not None:
                calls.append(partial(out.fill, _FIRST[output.reduction]))
        for block in _blocks(self.shape):
            calls += self._block(block)
        for out, output in zip(self.outs, self.program.outputs):
            if output.reduction == "mean":
                count = out.dtype.type(math.prod(self.shape) // out.size)
                calls.append(partial(np.true_divide, out, count, out=out))
        return calls

    def _block(self, block: tuple[slice, ...]) -> list[Call]:
        inputs = [_part(view, block) for view in self.inputs]
        outs = [_part(view, block) for view in self.outs]
        shapes = tuple([part.shape for part in (*inputs, *outs)])
        schedule = _schedule(self.program, shapes, self.direct)
        pool = [*inputs, *outs, *schedule.fixed]
        calls: list[Call] = []
        for function, operands, place in schedule.steps:
            calls += _calls(
                function, [pool[number] for number in operands], pool[place]
            )
        for out, output, direct in zip(outs, self.program.outputs, self.direct):
            value = pool[schedule.steps[output.step][2]]
            if output.reduction is not None:
                sizes = [len(range(*c.indices(n))) for c, n in zip(block, self.shape)]
                full = np.broadcast_to(value, sizes)
                calls += _reduction(output.reduction, full, out)
            elif direct is None:
                calls.append(partial(np.copyto, out, value))
        return calls


def _reduction(name: str, value: np.ndarray, out: np.ndarray) -> list[Call]:
    """Combine a block with what the blocks before it gave."""
    function = _UFUNCS[name]
    axes = tuple(
        axis
        for axis, (size, left) in enumerate(zip(value.shape, out.shape))
        if size != left
    )
    if not axes:
        return [partial(function, out, value, out=out)]
    part = np.empty(out.shape, out.dtype)
    if name != "max" and axes == (0,) and value.ndim == 2 and value.flags.c_contiguous:
        # A product with ones adds up short rows several times as fast.
        ones = np.ones((1, len(value)), value.dtype)
        return [
            partial(np.matmul, ones, value, part),
            partial(np.add, out, part, out=out),
        ]
    return [
        partial(function.reduce, value, axes, None, part, True),
        partial(function, out, part, out=out),
    ]


def _resolved(program: Any, function: str) -> Any:
    """The array function of a step; `cast` and `where` stay names."""
    if function in ("cast", "where"):
        return function
    own = program.primitive(function)
    return partial(own, np) if own is not None else getattr(np, function)


def _calls(function: Any, given: list, out: np.ndarray) -> list[Call]:
    """The calls that fill `out` with one step."""
    if isinstance(function, np.ufunc):
        return [partial(function, *given, out=out)]
    if function == "cast":
        return [partial(np.copyto, out, given[0], casting="unsafe")]
    if function == "where":
        if _by_bits(given, out):
            return _select(*given, out)
        function = np.where

    def compute() -> None:
        np.copyto(out, function(*given))

    return [compute]


def _by_bits(given: list, out: np.ndarray) -> bool:
    condition, *values = given
    return (
        isinstance(condition, np.ndarray)
        and condition.dtype == bool
        and out.dtype.itemsize in (4, 8)
        and out.size >= 64
        and all(not isinstance(v, np.ndarray) or v.dtype == out.dtype for v in values)
    )


def _select(condition: Any, x: Any, y: Any, out: np.ndarray) -> list[Call]:
    """`where` by masks of bits, several times faster than `np.where`."""
    signed = np.dtype(f"i{out.dtype.itemsize}")
    x, y = (np.asarray(value, out.dtype).view(signed) for value in (x, y))
    mask = _buffer(-1, signed, condition.shape)
    spread = partial(np.negative, condition.view(np.int8), mask, dtype=signed)
    result = out.view(signed)
    if y.ndim == 0 and y == 0:
        return [spread, partial(np.bitwise_and, x, mask, result)]
    # y ^ ((x ^ y) & mask); `out` may be the memory of x or y.
    mixed = _buffer(-2, signed, out.shape)
    return [
        spread,
        partial(np.bitwise_xor, x, y, mixed),
        partial(np.bitwise_and, mixed, mask, mixed),
        partial(np.bitwise_xor, y, mixed, result),
    ]


def _run_all(calls: list[Call]) -> None:
    for call in calls:
        call()


def bind_blocks(
    xp: Any, arrays: tuple, outs: tuple, attrs: dict
) -> Callable[[], None] | None:
    """Return the call that runs a program block by block."""
    binding = _Binding(attrs["program"], attrs["shape"], arrays, outs)
    calls = binding.calls()
    return calls[0] if len(calls) == 1 else partial(_run_all, calls)


@device_kernel("numpy", "fused")
def fused(
    xp: Any,
    *arrays: np.ndarray,
    out: Any = None,
    program: Any = None,
    shape: tuple[int, ...] = (),
) -> Any:
    """Run a program on arrays that are not bound."""
    return program.run(np, arrays, shape)


fused.bind = bind_blocks
