"""What the kernels by oneDNN share: which cases they take, and how they are bound."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Sequence
from functools import partial
from typing import Any

import numpy as np

from kerasish.backend.devices.base import device_kernel
from kerasish.backend.devices.cpu import dnnl
from kerasish.backend.devices.cpu.dnnl import Handle, Library
from kerasish.backend.devices.cpu.programs import Program

_KEPT = 256
# Parts of the names of implementations that are general and slow.
_PLAIN_LOOPS, _UNROLLED = "ref", "x64:gemm"

Shape = tuple[int, ...]


class _Programs:
    """The programs made last; those in use by a plan live on with it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._programs: OrderedDict[Hashable, Program | None] = OrderedDict()

    def get(self, key: Hashable, build: Callable[[], Program | None]) -> Program | None:
        """Return the program of a key, made on first use."""
        with self._lock:
            if key not in self._programs:
                try:
                    self._programs[key] = build()
                except dnnl.Refused:
                    self._programs[key] = None
                if len(self._programs) > _KEPT:
                    self._programs.popitem(last=False)
            self._programs.move_to_end(key)
            return self._programs[key]

    def clear(self) -> None:
        """Drop all programs."""
        with self._lock:
            self._programs.clear()


_programs = _Programs()


def cached(key: Hashable, build: Callable[[], Program | None]) -> Program | None:
    """Return the program of a key, made on first use; `None` if the library refuses."""
    return _programs.get(key, build)


def forget() -> None:
    """Make programs anew from now on, because settings have changed."""
    _programs.clear()


class LibraryKernel:
    """A kernel for float32 arrays without gaps.

    Subclasses say how a case is computed. An instance can be called like any kernel;
    `bind` is for plans, whose arrays stay where they are.
    """

    op_name = ""

    def operands(self, arrays: Sequence[Any], attrs: dict) -> list[Any]:
        """Return those of the inputs whose values matter."""
        return list(arrays)

    def result(self, shapes: Sequence[Shape], attrs: dict) -> Shape:
        """Return the shape of the result, if there is one."""
        raise NotImplementedError

    def results(self, shapes: Sequence[Shape], attrs: dict) -> tuple[Shape, ...]:
        """Return the shapes of all results."""
        return (self.result(shapes, attrs),)

    def program_shapes(self, arrays: Sequence[Any]) -> tuple[Shape, ...]:
        """Return what a program depends on."""
        return tuple(array.shape for array in arrays)

    def build(
        self, library: Library, shapes: Sequence[Shape], attrs: dict
    ) -> Program | None:
        """Return the program of a case, whose operands are `operands` and the result.

        `None` where other kernels are better, or an error of the library.
        """
        raise NotImplementedError

    def accepts(self, specs: tuple, attrs: dict) -> bool:
        """Tell whether this kernel takes a case; see `device_kernel`."""
        shapes = tuple(spec.shape for spec in specs)
        return (
            specs[0].dtype == "float32"
            and not any(None in shape or 0 in shape for shape in shapes)
            and self._program(shapes, attrs) is not None
        )

    def _program(self, shapes: tuple[Shape, ...], attrs: dict) -> Program | None:
        library = dnnl.library()
        if library is None:
            return None
        key = (self.op_name, shapes, tuple(sorted(attrs.items())))
        return cached(key, lambda: self.build(library, shapes, attrs))

    def bind(
        self, xp: Any, arrays: tuple, outs: tuple, attrs: dict
    ) -> Callable[[], None]:
        """Return a call that fills `outs` from arrays that stay where they are."""
        program = self._program(self.program_shapes(arrays), attrs)
        before: list[Callable] = []
        inputs = [packed(array, before) for array in self.operands(arrays, attrs)]
        return in_order((*before, program.bind([*inputs, *outs])))

    def __call__(
        self, xp: Any, *arrays: np.ndarray, out: Any = None, **attrs: Any
    ) -> Any:
        """Compute at once, into `out` where it can be used."""
        shapes = self.results([array.shape for array in arrays], attrs)
        given = out if isinstance(out, tuple) else (out,) * len(shapes)
        outs = tuple(
            np.empty(shape, np.float32)
            if target is None or not target.flags.c_contiguous
            else target
            for target, shape in zip(given, shapes)
        )
        self.bind(xp, arrays, outs, attrs)()
        return outs if len(outs) > 1 else outs[0]


def packed(array: np.ndarray, before: list[Callable]) -> np.ndarray:
    """Return an array or, filled by a step added to `before`, a copy without gaps."""
    if array.flags.c_contiguous:
        return array
    copy = np.empty(array.shape, array.dtype)
    before.append(partial(np.copyto, copy, array))
    return copy


def in_order(calls: Sequence[Callable[[], Any]]) -> Callable[[], Any]:
    """Return one call that makes all of these."""
    return calls[0] if len(calls) == 1 else partial(_make_all, calls)


def _make_all(calls: Sequence[Callable[[], Any]]) -> None:
    for call in calls:
        call()


def best(library: Library, describe: Callable[[], Handle]) -> Handle | None:
    """Return a primitive's descriptor, turned to its best implementation.

    The library's order is mostly right, but plain loops never are, and products of
    unrolled patches only where nothing else is there.

    Args:
        library: oneDNN.
        describe: Makes a new descriptor.

    Returns:
        The descriptor, or `None` where there are only plain loops.
    """
    for slow in ((_PLAIN_LOOPS, _UNROLLED), (_PLAIN_LOOPS,)):
        descriptor, more = describe(), True
        while more:
            name = library.implementation(descriptor)
            if not any(part in name for part in slow):
                return descriptor
            more = library.next_implementation(descriptor)
    return None


def register(kernel_class: type[LibraryKernel]) -> type[LibraryKernel]:
    """Put a kernel into the device's table; usable as a class decorator."""
    kernel = kernel_class()
    device_kernel("cpu", kernel.op_name, kernel.accepts)(kernel)
    return kernel_class
