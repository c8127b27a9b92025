"""Fused programs on NumPy: block by block, so that what lies between stays in cache."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Any

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
        self.last = self._last_uses()
        self.direct = self._direct_outputs(arrays, outs)

    def _last_uses(self) -> list[int]:
        last = list(range(len(self.program.steps)))
        for position, (_, arguments, _) in enumerate(self.program.steps):
            for kind, value in arguments:
                if kind == "step":
                    last[value] = position
        for output in self.program.outputs:
            last[output.step] = len(last)
        return last

    def _direct_outputs(
        self, arrays: Sequence[np.ndarray], outs: Sequence[np.ndarray]
    ) -> dict[int, int]:
        """Which steps may write an output at once: no later step reads its memory."""
        last_read = [-1] * len(arrays)
        for position, (_, arguments, _) in enumerate(self.program.steps):
            for kind, value in arguments:
                if kind == "input":
                    last_read[value] = position
        direct: dict[int, int] = {}
        for number, (output, out) in enumerate(zip(self.program.outputs, outs)):
            if output.reduction is not None or output.step in direct:
                continue
            if not any(
                read > output.step and np.may_share_memory(array, out)
                for array, read in zip(arrays, last_read)
            ):
                direct[output.step] = number
        return direct

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
        sizes = [len(range(*where.indices(n))) for where, n in zip(block, self.shape)]
        values: list[np.ndarray] = []
        free: list[int] = []
        numbers = itertools.count()
        slots: dict[int, int] = {}
        calls: list[Call] = []
        for position, (function, arguments, dtype) in enumerate(self.program.steps):
            given = [
                value
                if kind == "literal"
                else (inputs if kind == "input" else values)[value]
                for kind, value in arguments
            ]
            target = self.direct.get(position)
            if target is not None:
                out = outs[target]
            else:
                slot = free.pop() if free else next(numbers)
                slots[position] = slot
                shapes = [np.shape(value) for value in given]
                out = _buffer(slot, np.dtype(dtype), np.broadcast_shapes(*shapes))
            calls += _calls(self.program, function, given, out)
            values.append(out)
            for step in {v for kind, v in arguments if kind == "step"} | {position}:
                if self.last[step] == position and step in slots:
                    free.append(slots[step])
        for number, (step, reduction, _, _) in enumerate(self.program.outputs):
            if reduction is not None:
                full = np.broadcast_to(values[step], sizes)
                calls += _reduction(reduction, full, outs[number])
            elif self.direct.get(step) != number:
                calls.append(partial(np.copyto, outs[number], values[step]))
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


def _calls(program: Any, function: str, given: list, out: np.ndarray) -> list[Call]:
    """The calls that fill `out` with one step."""
    if function == "cast":
        return [partial(np.copyto, out, given[0], casting="unsafe")]
    if function == "where" and _by_bits(given, out):
        return _select(*given, out)
    own = program.primitive(function)
    call = partial(own, np) if own is not None else getattr(np, function)
    if isinstance(call, np.ufunc):
        return [partial(call, *given, out=out)]

    def compute() -> None:
        np.copyto(out, call(*given))

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
