"""How fused programs run on a block of elements: which NumPy calls, on which memory."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from operator import itemgetter, methodcaller
from typing import Any

import numpy as np

from kerasish.backend.dtypes import numpy_dtype

# A call costs as much as it takes to work on ten thousand elements.
BLOCK = 65536
# NumPy compares an array with another faster than with a number, from this size on.
_SLOW_WITH_NUMBERS = (np.maximum, np.minimum)
_LEAST_FILLED = 4096
_LEAST_SELECTED = 64
_UFUNCS = {"sum": np.add, "mean": np.add, "max": np.maximum}
_CAST = partial(np.copyto, casting="unsafe")
# These take their result by name alone.
_BY_NAME = {
    np.maximum: lambda x, y, out: np.maximum(x, y, out=out),
    np.minimum: lambda x, y, out: np.minimum(x, y, out=out),
}
_scratch: dict[tuple[int, int, int], np.ndarray] = {}
Call = Callable[[], Any]
Shape = tuple[int, ...]


def _buffer(member: int, slot: int, dtype: np.dtype, shape: Shape) -> np.ndarray:
    """Scratch memory of a slot, shared by all calls of a member: one runs at a time."""
    count = math.prod(shape)
    key = (member, slot, dtype.itemsize)
    memory = _scratch.get(key)
    if memory is None or memory.nbytes < count * dtype.itemsize:
        memory = np.empty(max(count, BLOCK) * dtype.itemsize, np.uint8)
        _scratch[key] = memory
    return memory[: count * dtype.itemsize].view(dtype).reshape(shape)


@lru_cache(maxsize=64)
def _ones(count: int, dtype: np.dtype) -> np.ndarray:
    return np.ones((1, count), dtype)


@lru_cache(maxsize=16)
def _fillings(value: float, dtype: np.dtype, count: int) -> np.ndarray:
    return np.full(count, value, dtype)


def _compute(function: Callable, out: np.ndarray, *given: Any) -> None:
    np.copyto(out, function(*given))


def _fits(x: Any, dtype: np.dtype) -> bool:
    """Whether a number takes the type of the arrays that it meets."""
    if dtype.kind in "iu" and type(x) is int:
        return np.iinfo(dtype).min <= x <= np.iinfo(dtype).max
    return dtype.kind == "f" and type(x) in (int, float)


class Schedule:
    """The calls that run a program on a block, whatever the memory of that block.

    The parts of the inputs and of the outputs that belong to the block, then what is
    the same for all blocks, then views of these make one list, a pool. Calls name
    their arguments by the numbers there, from the end for views.

    Args:
        program: The program.
        sizes: The shape of the block.
        shapes: The shapes of the parts of its inputs and outputs; those of outputs are
            contiguous.
        direct: For each output the step that writes it at once, if one does.
        member: Whose scratch memory is used.
        only: Whether there is no other block.
    """

    def __init__(
        self,
        program: Any,
        sizes: Shape,
        shapes: Sequence[Shape],
        direct: Sequence[int | None],
        member: int,
        only: bool,
    ) -> None:
        self._sizes, self._shapes = sizes, shapes
        self._member, self._only = member, only
        results = [program.steps[output.step].dtype for output in program.outputs]
        self._dtypes = [numpy_dtype(kind) for kind in (*program.dtypes, *results)]
        self._fixed: list[Any] = []
        self._views: list[tuple[int, Callable[[np.ndarray], np.ndarray]]] = []
        self._calls: list[tuple[Callable, Callable[[list], tuple]]] = []
        places = self._add_steps(program, direct)
        for number, (output, step) in enumerate(zip(program.outputs, direct)):
            out, value = len(program.dtypes) + number, places[output.step]
            if output.reduction is not None:
                self._add_reduction(output.reduction, value, out)
            elif step is None:
                self._add(np.copyto, out, value)

    def bind(self, parts: Sequence[np.ndarray]) -> list[Call]:
        """Return the calls on given memory.

        Args:
            parts: The parts of inputs and outputs that belong to the block.
        """
        pool = [*parts, *self._fixed]
        pool += [view(pool[number]) for number, view in reversed(self._views)]
        return [partial(function, *take(pool)) for function, take in self._calls]

    def _add_steps(self, program: Any, direct: Sequence[int | None]) -> list[int]:
        """Add the calls of all steps; return where their values are."""
        last = _last_uses(program)
        places: list[int] = []
        free: list[int] = []
        slots: dict[int, int] = {}
        fresh = itertools.count()
        for position, (function, arguments, dtype) in enumerate(program.steps):
            numbers = [
                self._fix(value)
                if kind == "literal"
                else (value if kind == "input" else places[value])
                for kind, value in arguments
            ]
            if position in direct:
                places.append(len(program.dtypes) + direct.index(position))
            else:
                shape = np.broadcast_shapes(
                    *[self._shape(n) for n in numbers if self._is_array(n)]
                )
                slots[position] = free.pop() if free else next(fresh)
                memory = slots[position], numpy_dtype(dtype), shape
                places.append(self._fix(_buffer(self._member, *memory)))
            self._add_step(program, function, numbers, places[-1])
            for step in {v for kind, v in arguments if kind == "step"} | {position}:
                if last[step] == position and step in slots:
                    free.append(slots[step])
        return places

    def _fix(self, value: Any) -> int:
        """Put what is the same for all blocks into the pool."""
        self._fixed.append(value)
        return len(self._shapes) + len(self._fixed) - 1

    def _is_array(self, number: int) -> bool:
        return number < len(self._shapes) or isinstance(self._known(number), np.ndarray)

    def _known(self, number: int) -> Any:
        """What is known at a place of the pool, `None` where blocks differ."""
        place = number - len(self._shapes)
        return self._fixed[place] if place >= 0 else None

    def _shape(self, number: int) -> Shape:
        known = self._known(number)
        return self._shapes[number] if known is None else known.shape

    def _dtype(self, number: int) -> np.dtype:
        known = self._known(number)
        return self._dtypes[number] if known is None else known.dtype

    def _view(self, number: int, view: Callable[[np.ndarray], np.ndarray]) -> int:
        """Put a view of an array into the pool."""
        known = self._known(number)
        if known is not None:
            return self._fix(view(known))
        self._views.append((number, view))
        return -len(self._views)

    def _add(self, function: Callable, *numbers: int) -> None:
        function = _BY_NAME.get(function, function)
        self._calls.append((function, itemgetter(*numbers)))

    def _add_step(
        self, program: Any, function: str, numbers: list[int], out: int
    ) -> None:
        if function == "cast":
            self._add(_CAST, out, numbers[0])
            return
        if function == "where" and self._selects_by_bits(numbers, out):
            self._add_selection(numbers, out)
            return
        own = program.primitive(function)
        call = partial(own, np) if own is not None else getattr(np, function)
        if not isinstance(call, np.ufunc):
            self._add(partial(_compute, call), out, *numbers)
        elif call is np.true_divide and self._inverts(*numbers):
            # The same bits in half the time.
            self._add(np.reciprocal, numbers[1], out)
        else:
            if call in _SLOW_WITH_NUMBERS:
                self._fill(numbers, out)
            if call is not np.ldexp:
                self._give_types(numbers)
            self._add(call, *numbers, out)

    def _inverts(self, x: int, y: int) -> bool:
        if self._is_array(x) or not self._is_array(y):
            return False
        return self._known(x) == 1 and self._dtype(y).kind == "f"

    def _fill(self, numbers: list[int], out: int) -> None:
        """Turn numbers into arrays of the shape of a result."""
        shape, dtype = self._shape(out), self._dtype(out)
        count = math.prod(shape)
        for position, number in enumerate(numbers):
            if count >= _LEAST_FILLED and not self._is_array(number):
                filled = _fillings(self._known(number), dtype, max(count, BLOCK))
                numbers[position] = self._fix(filled[:count].reshape(shape))

    def _give_types(self, numbers: list[int]) -> None:
        """Turn numbers into arrays without axes, which NumPy takes in half the time."""
        dtypes = {self._dtype(n) for n in numbers if self._is_array(n)}
        if len(dtypes) != 1:
            return
        (dtype,) = dtypes
        for position, number in enumerate(numbers):
            if not self._is_array(number) and _fits(self._known(number), dtype):
                numbers[position] = self._fix(np.array(self._known(number), dtype))

    def _selects_by_bits(self, numbers: list[int], out: int) -> bool:
        condition, *values = numbers
        dtype = self._dtype(out)
        return (
            self._is_array(condition)
            and self._dtype(condition).kind == "b"
            and dtype.itemsize in (4, 8)
            and math.prod(self._shape(out)) >= _LEAST_SELECTED
            and all(not self._is_array(n) or self._dtype(n) == dtype for n in values)
        )

    def _add_selection(self, numbers: list[int], out: int) -> None:
        """Add `where` by masks of bits, several times faster than `np.where`."""
        condition, *values = numbers
        dtype, shape = self._dtype(out), self._shape(condition)
        signed = np.dtype(f"i{dtype.itemsize}")
        as_signed = methodcaller("view", signed)
        mask = self._fix(_buffer(self._member, -1, signed, shape))
        spread = partial(np.negative, dtype=signed)
        self._add(spread, self._view(condition, methodcaller("view", np.int8)), mask)
        x, y = [
            self._view(n, as_signed)
            if self._is_array(n)
            else self._fix(np.array(self._known(n), dtype).view(signed))
            for n in values
        ]
        result = self._view(out, as_signed)
        if not self._is_array(values[1]) and not self._known(y):
            self._add(np.bitwise_and, x, mask, result)
            return
        # y ^ ((x ^ y) & mask); `out` may be the memory of x or y.
        mixed = self._fix(_buffer(self._member, -2, signed, self._shape(out)))
        self._add(np.bitwise_xor, x, y, mixed)
        self._add(np.bitwise_and, mixed, mask, mixed)
        self._add(np.bitwise_xor, y, mixed, result)

    def _add_reduction(self, name: str, value: int, out: int) -> None:
        """Reduce a block, and combine it with what blocks before it gave, if any."""
        function, sizes = _UFUNCS[name], self._sizes
        # Along axes on which no input differs values are repeated.
        whole = self._shape(value) == sizes
        if not whole:
            value = self._view(value, partial(np.broadcast_to, shape=sizes))
        left, dtype = self._shape(out), self._dtype(out)
        axes = tuple([axis for axis, n in enumerate(sizes) if n != left[axis]])
        if not axes and self._only:
            self._add(np.copyto, out, value)
        elif not axes:
            self._add(function, out, value, out)
        else:
            part = out
            if not self._only:
                part = self._fix(_buffer(self._member, -3, dtype, left))
            if name != "max" and axes == (0,) and len(sizes) == 2 and whole:
                # A product with ones adds up short rows several times as fast.
                self._add(np.matmul, self._fix(_ones(sizes[0], dtype)), value, part)
            else:
                how = self._fix(axes), self._fix(None), part, self._fix(True)
                self._add(function.reduce, value, *how)
            if not self._only:
                self._add(function, out, part, out)


@lru_cache(maxsize=1024)
def schedule(
    program: Any,
    sizes: Shape,
    shapes: Sequence[Shape],
    direct: Sequence[int | None],
    member: int,
    only: bool,
) -> Schedule:
    """Return the schedule of a program for blocks of one shape; see `Schedule`."""
    return Schedule(program, sizes, shapes, direct, member, only)


def _last_uses(program: Any) -> list[int]:
    last = list(range(len(program.steps)))
    for position, (_, arguments, _) in enumerate(program.steps):
        for kind, value in arguments:
            if kind == "step":
                last[value] = position
    for output in program.outputs:
        last[output.step] = len(last)
    return last
