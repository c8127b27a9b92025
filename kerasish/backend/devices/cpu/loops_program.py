"""Turns a fused program into a loop over arrays, as LLVM assembly.

The source names neither sizes nor strides: they come at run time, in a block of 64-bit
words. It depends on the program, on the number of axes, and on which inputs stay the
same along the last one.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any, NamedTuple

from kerasish.backend.devices.cpu import loops_functions
from kerasish.backend.devices.cpu.loops_writer import (
    SIZES,
    TYPES,
    Unsupported,
    Writer,
    is_float,
    literal,
)

ARGUMENTS = "ptr noundef %data, i64 %start, i64 %stop, i64 %piece"
_LOGICAL = ("logical_and", "logical_or", "logical_xor", "logical_not")
_SAME_TYPE = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
_TESTS = ("isnan", "isinf", "isfinite")


class Layout(NamedTuple):
    """How a loop walks its operands.

    Attributes:
        rank: The number of axes.
        reduced: How many axes at the beginning are reduced, or, if negative, how many
            at the end; 0 without a reduction.
        inner: For each operand, inputs then outputs, how it moves along the last axis:
            `"one"` value for all axes, `"same"` value, `"next"` element, or `"step"`.
    """

    rank: int
    reduced: int
    inner: tuple[str, ...]


def words(layout: Layout, operand: int) -> int:
    """Return where the words of an operand begin in the argument block.

    First come the sizes; then for each operand its address and strides in bytes; at the
    end the number of results of a reduction, and how far apart those of pieces lie.
    """
    return layout.rank + operand * (layout.rank + 1)


def write(program: Any, layout: Layout, name: str) -> str:
    """Return the source of a program's loop.

    Args:
        program: The program.
        layout: How it walks its operands.
        name: The name of the function.

    Returns:
        A module with a function of the argument block, the first and the last-but-one
        place on the first axis, and the number of this piece of the work.

    Raises:
        Unsupported: If the program does what loops do not offer.
    """
    return _Loop(program, layout).source(name)


class _Loop:
    """The parts of one loop function."""

    def __init__(self, program: Any, layout: Layout) -> None:
        self.program, self.layout = program, layout
        self.w = Writer()
        self.inputs = len(program.dtypes)
        self.outputs = program.outputs
        self.dtypes = list(program.dtypes) + [
            program.steps[output.step].dtype for output in program.outputs
        ]
        self.scalars: dict[int, str] = {}
        self.accumulators: dict[int, str] = {}
        self.sizes: list[str] = []
        self.strides: list[list[str]] = []

    def source(self, name: str) -> str:
        w, layout = self.w, self.layout
        self.sizes = [w.word(axis) for axis in range(layout.rank)]
        pointers = []
        for operand in range(len(self.dtypes)):
            first = words(layout, operand)
            pointers.append(w.pointer(first))
            self.strides.append(
                [w.word(first + 1 + axis) for axis in range(layout.rank)]
            )
        for operand in range(self.inputs):
            if layout.inner[operand] == "one":
                self.scalars[operand] = w.load(pointers[operand], self.dtypes[operand])
        for output in self._reductions():
            self._prepare(output, pointers)
        self._nest(0, pointers)
        return w.function(name, ARGUMENTS)

    def _reductions(self) -> list[int]:
        if not self.layout.reduced:
            # Over axes of size 1 there is nothing to combine.
            return []
        return [k for k, output in enumerate(self.outputs) if output.reduction]

    def _prepare(self, number: int, pointers: list[str]) -> None:
        """Go to the results of this piece, and make room for accumulators."""
        w, operand = self.w, self.inputs + number
        kind = TYPES[self.dtypes[operand]]
        if self.layout.reduced < 0 or self._all_reduced():
            self.accumulators[number] = w.emit(f"alloca {kind}, align 8")
        if self.layout.reduced < 0:
            return
        end = words(self.layout, len(self.dtypes))
        apart = w.multiply(w.word(end + 1), "%piece")
        # The distance counts elements: results may be of several types.
        apart = w.multiply(apart, str(SIZES[self.dtypes[operand]]))
        pointers[operand] = w.offset(pointers[operand], apart)
        if self._all_reduced():
            return
        with w.loop("0", w.word(end), independent=True) as i:
            here = w.emit(f"getelementptr {kind}, ptr {pointers[operand]}, i64 {i}")
            w.store(self._neutral(number), here, self.dtypes[operand])

    def _all_reduced(self) -> bool:
        return self.layout.reduced == self.layout.rank

    def _neutral(self, number: int) -> str:
        largest = self.outputs[number].reduction == "max"
        start = float("-inf") if largest else -0.0
        return literal(start, self.dtypes[self.inputs + number])

    def _nest(self, axis: int, pointers: list[str]) -> None:
        """Write the loops from an axis inwards."""
        w, layout = self.w, self.layout
        first_reduced = layout.rank + layout.reduced if layout.reduced < 0 else 0
        opens = bool(self.accumulators) and axis == first_reduced
        if opens:
            for number, place in self.accumulators.items():
                kind = TYPES[self.dtypes[self.inputs + number]]
                w.line(f"store {kind} {self._neutral(number)}, ptr {place}, align 8")
        bounds = ("%start", "%stop") if axis == 0 else ("0", self.sizes[axis])
        last = axis == layout.rank - 1
        with w.loop(*bounds, independent=last) as i:
            if last:
                self._body(i, pointers)
            else:
                moved = [
                    pointer
                    if layout.inner[operand] == "one"
                    else w.offset(pointer, w.multiply(i, self.strides[operand][axis]))
                    for operand, pointer in enumerate(pointers)
                ]
                self._nest(axis + 1, moved)
        if opens:
            for number, place in self.accumulators.items():
                dtype = self.dtypes[self.inputs + number]
                total = w.emit(f"load {TYPES[dtype]}, ptr {place}, align 8")
                w.store(total, pointers[self.inputs + number], dtype)

    def _element(self, operand: int, i: str, pointer: str) -> str:
        """The address of an operand's element in the last loop."""
        w, how = self.w, self.layout.inner[operand]
        if how in ("same", "one"):
            return pointer
        if how == "next":
            dtype = self.dtypes[operand]
            kind = "i8" if dtype == "bool" else TYPES[dtype]
            return w.emit(f"getelementptr {kind}, ptr {pointer}, i64 {i}")
        return w.offset(pointer, w.multiply(i, self.strides[operand][-1]))

    def _body(self, i: str, pointers: list[str]) -> None:
        w = self.w
        inputs = [
            self.scalars.get(k)
            or w.load(self._element(k, i, pointers[k]), self.dtypes[k])
            for k in range(self.inputs)
        ]
        values: list[str] = []
        for step in self.program.steps:
            values.append(self._step(step, inputs, values))
        for number, output in enumerate(self.outputs):
            operand = self.inputs + number
            value, dtype = values[output.step], self.dtypes[operand]
            if number in self.accumulators:
                self._accumulate(number, value, dtype)
                continue
            place = self._element(operand, i, pointers[operand])
            if output.reduction and self.layout.reduced:
                value = self._combined(number, w.load(place, dtype), value, dtype)
            w.store(value, place, dtype)

    def _accumulate(self, number: int, value: str, dtype: str) -> None:
        w, place, kind = self.w, self.accumulators[number], TYPES[dtype]
        before = w.emit(f"load {kind}, ptr {place}, align 8")
        total = self._combined(number, before, value, dtype)
        w.line(f"store {kind} {total}, ptr {place}, align 8")

    def _combined(self, number: int, before: str, value: str, dtype: str) -> str:
        if self.outputs[number].reduction == "max":
            return self.w.intrinsic("maximum", dtype, before, value)
        kind = TYPES[dtype]
        return self.w.emit(f"fadd reassoc contract {kind} {before}, {value}")

    def _step(self, step: Any, inputs: Sequence[str], values: Sequence[str]) -> str:
        function, arguments, dtype = step
        kinds = [self._kind(argument) for argument in arguments]
        compute = dtype
        if function in _LOGICAL:
            compute = "bool"
        elif function in _SAME_TYPE or function in _TESTS:
            found = {kind for kind in kinds if kind is not None}
            if len(found) != 1:
                raise Unsupported(f"{function} of {kinds}")
            (compute,) = found
        targets = [compute] * len(arguments)
        if function == "where":
            targets[0] = "bool"
        given = []
        for (kind, value), old, new in zip(arguments, kinds, targets):
            if kind == "literal":
                given.append(literal(value, new))
                continue
            source = (inputs if kind == "input" else values)[value]
            given.append(loops_functions.convert(self.w, source, old, new))
        if function == "cast":
            return given[0]
        return loops_functions.apply(self.w, function, given, compute, dtype)

    def _kind(self, argument: tuple[str, Any]) -> str | None:
        kind, value = argument
        if kind == "literal":
            return None
        return (
            self.dtypes[value] if kind == "input" else self.program.steps[value].dtype
        )


def supported(program: Any) -> bool:
    """Tell whether a program can be written as a loop."""
    inner = ("next",) * (len(program.dtypes) + len(program.outputs))
    floats = all(
        is_float(program.steps[output.step].dtype)
        for output in program.outputs
        if output.reduction
    )
    with contextlib.suppress(Unsupported, OverflowError, ValueError):
        write(program, Layout(1, int(_reduces(program)), inner), "probe")
        return floats
    return False


def _reduces(program: Any) -> bool:
    return any(output.reduction for output in program.outputs)
