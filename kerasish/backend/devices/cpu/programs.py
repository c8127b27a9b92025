"""Primitives of oneDNN with the copies around them, bound to arrays.

A program works on arrays in layouts given from outside. Where the primitive prefers
another layout, as it mostly does for kernels of convolutions, a copy in working memory
stands between. That memory and the primitives' own scratch space are shared by all
programs: its content is of no use between two calls.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from kerasish.backend.devices.cpu import dnnl, workspace
from kerasish.backend.devices.cpu.dnnl import Argument, Handle, Library


class Operand(NamedTuple):
    """An array of a program.

    Attributes:
        argument: Which argument of the primitive it is.
        layout: How the array lies in memory.
        written: Whether it is a result.
    """

    argument: int
    layout: Handle
    written: bool = False


class Program:
    """A primitive and its operands.

    Args:
        library: oneDNN.
        descriptor: The primitive's descriptor.
        operands: Inputs and outputs, in the order in which arrays will be given.
    """

    def __init__(
        self, library: Library, descriptor: Handle, operands: Sequence[Operand]
    ) -> None:
        self._library = library
        self._operands = list(operands)
        self.implementation = library.implementation(descriptor)
        self._primitive = library.primitive(descriptor)
        self._inner: list[Handle] = []
        self._copies: list[Handle | None] = []
        for operand in operands:
            inner = operand.layout
            if operand.argument in dnnl.LAYOUTS:
                inner = library.asked(descriptor, operand.argument)
            same = library.same(inner, operand.layout)
            pair = (operand.layout, inner)
            if operand.written:
                pair = (inner, operand.layout)
            self._inner.append(inner)
            self._copies.append(None if same else library.reorder(*pair))
        self._scratch = library.asked(descriptor, dnnl.SCRATCHPAD)

    def bind(self, arrays: Sequence[np.ndarray]) -> Callable[[], None]:
        """Return a call that works on these arrays, whose layouts are the operands'."""
        library = self._library
        sizes = [workspace.aligned(library.size(self._scratch))]
        sizes += [
            workspace.aligned(library.size(inner)) if copy else 0
            for inner, copy in zip(self._inner, self._copies)
        ]
        block, address = workspace.shared.reserve(sum(sizes))
        arguments = [(dnnl.SCRATCHPAD, library.memory(self._scratch, address))]
        before, after = [], []
        for place, (operand, array) in enumerate(zip(self._operands, arrays)):
            outer = library.memory(operand.layout, array.ctypes.data)
            inner, copy = outer, self._copies[place]
            if copy is not None:
                offset = sum(sizes[: place + 1])
                inner = library.memory(self._inner[place], address + offset)
                pair = (inner, outer) if operand.written else (outer, inner)
                steps = after if operand.written else before
                steps.append((copy, list(zip((dnnl.SRC, dnnl.DST), pair))))
            arguments.append((operand.argument, inner))
        steps = [*before, (self._primitive, arguments), *after]
        return Call(library, steps, (block, list(arrays)))


class Call:
    """Primitives with their memory, run one after the other.

    Args:
        library: oneDNN.
        steps: Pairs of a primitive and its arguments `(index, memory)`.
        keep: What must live as long as this does.
    """

    def __init__(self, library: Library, steps: Sequence[tuple], keep: Any) -> None:
        self._keep = (keep, steps)
        self._lock = workspace.shared.lock
        self._steps = []
        for primitive, arguments in steps:
            block = (Argument * len(arguments))(
                *[Argument(index, memory.value) for index, memory in arguments]
            )
            self._steps.append(
                partial(
                    library.execute,
                    primitive.value,
                    library.stream,
                    len(arguments),
                    ctypes.cast(block, ctypes.c_void_p),
                )
            )
            self._keep = (self._keep, block)

    def __call__(self) -> None:
        with self._lock:
            for step in self._steps:
                if step():
                    raise dnnl.Refused("oneDNN: a primitive failed.")
