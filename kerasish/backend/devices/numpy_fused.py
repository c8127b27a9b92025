"""Fused programs on NumPy: block by block, so that what lies between stays in cache."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache, partial
from typing import Any, NamedTuple

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.helpers import run_together
from kerasish.backend.devices.strided import (
    broadcast_strides,
    collapse,
    fused_kernel,
    reduced_strides,
    strided,
)

# A call costs as much as it takes to work on ten thousand elements.
_BLOCK = 65536
# Threads that share a program take larger blocks, to meet less often at the lock of
# the interpreter; and only programs of so many elements are shared.
_SHARED_BLOCK = 131072
_WORTH_THREADS = 1 << 18
# NumPy compares an array with another faster than with a number, from this size on.
_SLOW_WITH_NUMBERS = (np.maximum, np.minimum)
_LEAST_FILLED = 4096
_UFUNCS = {"sum": np.add, "mean": np.add, "max": np.maximum}
_FIRST = {"sum": 0, "mean": 0, "max": -np.inf}
_scratch: dict[tuple[int, int, int], np.ndarray] = {}
Call = Callable[[], Any]


def _buffer(
    member: int, slot: int, dtype: np.dtype, shape: tuple[int, ...]
) -> np.ndarray:
    """Scratch memory of a slot, shared by all calls of a member: one runs at a time."""
    count = math.prod(shape)
    key = (member, slot, dtype.itemsize)
    memory = _scratch.get(key)
    if memory is None or memory.nbytes < count * dtype.itemsize:
        memory = np.empty(max(count, _BLOCK) * dtype.itemsize, np.uint8)
        _scratch[key] = memory
    return memory[: count * dtype.itemsize].view(dtype).reshape(shape)


def _blocks(shape: tuple[int, ...], block: int) -> Iterator[tuple[slice, ...]]:
    """Cut a shape into parts of no more than a block, the last axes whole."""
    inner, axis = 1, len(shape)
    while axis and inner * shape[axis - 1] <= block:
        axis -= 1
        inner *= shape[axis]
    whole = (slice(None),) * (len(shape) - axis)
    if not axis:
        yield whole
        return
    rows = max(1, block // inner)
    outer = [[slice(i, i + 1) for i in range(size)] for size in shape[: axis - 1]] + [
        [slice(i, i + rows) for i in range(0, shape[axis - 1], rows)]
    ]
    for starts in itertools.product(*outer):
        yield (*starts, *whole)


def _part(view: np.ndarray, block: tuple[slice, ...]) -> np.ndarray:
    """The part of a view that belongs to a block; axes of size 1 are shared."""
    if 1 not in view.shape:
        return view[block]
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
    program: Any,
    shapes: tuple[tuple[int, ...], ...],
    direct: tuple[int | None, ...],
    member: int,
) -> _Schedule:
    """Plan the steps of a program.

    Args:
        program: The program.
        shapes: The shapes of the parts of its inputs and outputs.
        direct: For each output whether its step writes it at once, and then the step.
        member: Whose scratch memory is used.
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
            memory = slots[position], np.dtype(dtype), value_shapes[-1]
            fixed.append(_buffer(member, *memory))
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
        blocks = list(_blocks(self.shape, _BLOCK))
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
        inputs = [_part(view, block) for view in self.inputs]
        outs = [_part(view, block) for view in self.outs]
        shapes = tuple([part.shape for part in (*inputs, *outs)])
        schedule = _schedule(self.program, shapes, self.direct, member)
        pool = [*inputs, *outs, *schedule.fixed]
        calls: list[Call] = []
        for function, operands, place in schedule.steps:
            given = [pool[number] for number in operands]
            calls += _calls(function, given, pool[place], member)
        for out, output, direct in zip(outs, self.program.outputs, self.direct):
            value = pool[schedule.steps[output.step][2]]
            if output.reduction is not None:
                value = self._spread(value, block)
                calls += _reduction(output.reduction, value, out, only)
            elif direct is None:
                calls.append(partial(np.copyto, out, value))
        return calls

    def _spread(self, value: np.ndarray, block: tuple[slice, ...]) -> np.ndarray:
        """The value of a block, repeated along axes on which no input differs."""
        sizes = tuple(len(range(*c.indices(n))) for c, n in zip(block, self.shape))
        return value if value.shape == sizes else np.broadcast_to(value, sizes)


@lru_cache(maxsize=64)
def _ones(count: int, dtype: np.dtype) -> np.ndarray:
    return np.ones((1, count), dtype)


def _reduction(name: str, value: np.ndarray, out: np.ndarray, only: bool) -> list[Call]:
    """Reduce a block, and combine it with what blocks before it gave, if any."""
    function = _UFUNCS[name]
    axes = tuple(
        axis
        for axis, (size, left) in enumerate(zip(value.shape, out.shape))
        if size != left
    )
    if not axes:
        call = partial(function, out, value, out=out)
        return [partial(np.copyto, out, value) if only else call]
    part = out if only else _buffer(0, -3, out.dtype, out.shape)
    if name != "max" and axes == (0,) and value.ndim == 2 and value.flags.c_contiguous:
        # A product with ones adds up short rows several times as fast.
        reduce = partial(np.matmul, _ones(len(value), value.dtype), value, part)
    else:
        reduce = partial(function.reduce, value, axes, None, part, True)
    return [reduce] if only else [reduce, partial(function, out, part, out=out)]


def _resolved(program: Any, function: str) -> Any:
    """The array function of a step; `cast` and `where` stay names."""
    if function in ("cast", "where"):
        return function
    own = program.primitive(function)
    return partial(own, np) if own is not None else getattr(np, function)


def _calls(function: Any, given: list, out: np.ndarray, member: int) -> list[Call]:
    """The calls that fill `out` with one step."""
    if function is np.true_divide and _inverts(*given):
        # The same bits in half the time.
        return [partial(np.reciprocal, given[1], out)]
    if function in _SLOW_WITH_NUMBERS:
        given = [_filled(x, out.dtype, out.shape) for x in given]
    if isinstance(function, np.ufunc):
        return [partial(function, *_typed(function, given), out=out)]
    if function == "cast":
        return [partial(np.copyto, out, given[0], casting="unsafe")]
    if function == "where":
        if _by_bits(given, out):
            return _select(*given, out, member)
        function = np.where

    def compute() -> None:
        np.copyto(out, function(*given))

    return [compute]


def _typed(function: np.ufunc, given: list) -> list:
    """Operands with numbers as arrays, which NumPy takes in half the time."""
    dtypes = {x.dtype for x in given if isinstance(x, np.ndarray)}
    if len(dtypes) != 1 or function is np.ldexp:
        return given
    (dtype,) = dtypes
    return [np.array(x, dtype) if _fits(x, dtype) else x for x in given]


def _fits(x: Any, dtype: np.dtype) -> bool:
    """Whether a number takes the type of the arrays that it meets."""
    if dtype.kind in "iu" and type(x) is int:
        return np.iinfo(dtype).min <= x <= np.iinfo(dtype).max
    return dtype.kind == "f" and type(x) in (int, float)


def _filled(x: Any, dtype: np.dtype, shape: tuple[int, ...]) -> Any:
    """A number as an array of a shape; arrays stay what they are."""
    count = math.prod(shape)
    if isinstance(x, np.ndarray) or count < _LEAST_FILLED:
        return x
    return _fillings(x, dtype, max(count, _BLOCK))[:count].reshape(shape)


@lru_cache(maxsize=16)
def _fillings(value: float, dtype: np.dtype, count: int) -> np.ndarray:
    return np.full(count, value, dtype)


def _inverts(x: Any, y: Any) -> bool:
    is_float = isinstance(y, np.ndarray) and y.dtype.kind == "f"
    return is_float and not isinstance(x, np.ndarray) and x == 1


def _by_bits(given: list, out: np.ndarray) -> bool:
    condition, *values = given
    return (
        isinstance(condition, np.ndarray)
        and condition.dtype == bool
        and out.dtype.itemsize in (4, 8)
        and out.size >= 64
        and all(not isinstance(v, np.ndarray) or v.dtype == out.dtype for v in values)
    )


def _select(condition: Any, x: Any, y: Any, out: np.ndarray, member: int) -> list[Call]:
    """`where` by masks of bits, several times faster than `np.where`."""
    signed = np.dtype(f"i{out.dtype.itemsize}")
    x, y = (np.asarray(value, out.dtype).view(signed) for value in (x, y))
    mask = _buffer(member, -1, signed, condition.shape)
    spread = partial(np.negative, condition.view(np.int8), mask, dtype=signed)
    result = out.view(signed)
    if y.ndim == 0 and y == 0:
        return [spread, partial(np.bitwise_and, x, mask, result)]
    # y ^ ((x ^ y) & mask); `out` may be the memory of x or y.
    mixed = _buffer(member, -2, signed, out.shape)
    return [
        spread,
        partial(np.bitwise_xor, x, y, mixed),
        partial(np.bitwise_and, mixed, mask, mixed),
        partial(np.bitwise_xor, y, mixed, result),
    ]


def _one_call(calls: list[Call]) -> Call:
    return calls[0] if len(calls) == 1 else partial(_run_all, calls)


def _run_all(calls: list[Call]) -> None:
    for call in calls:
        call()


def bind_blocks(
    xp: Any, arrays: tuple, outs: tuple, attrs: dict
) -> Callable[[], None] | None:
    """Return the call that runs a program block by block."""
    return _Binding(attrs["program"], attrs["shape"], arrays, outs).call()


fused_kernel("numpy", bind_blocks)
