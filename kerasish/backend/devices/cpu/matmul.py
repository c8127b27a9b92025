"""Products of matrices by oneDNN, or by OpenBLAS where that is faster."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.base import device_kernel
from kerasish.backend.devices.cpu import blas_product, dnnl, loops, shared_product
from kerasish.backend.devices.cpu.dnnl import Library
from kerasish.backend.devices.cpu.kernels import best, cached, in_order, packed
from kerasish.backend.devices.cpu.programs import Operand, Program

# Below this many multiplications, one thread of NumPy is done sooner.
_LEAST_WORK = 1 << 24
# From here on, several threads that take pieces are done sooner than one.
_SHARED_WORK = 1 << 20
_MOST_AXES = 6
# Where oneDNN has no kernels for blocks of the matrices, as without AVX-512, it copies
# both; OpenBLAS is faster then for results of this form.
_OLDER = "gemm:"
_FEW_ROWS, _MANY_COLUMNS = 768, 256
_ITEM = 4

Strides = tuple[int, ...]


class MatMul:
    """Matrices and stacks of them, also transposed ones; see the op `matmul`."""

    def accepts(self, specs: tuple, attrs: dict) -> bool:
        """Tell whether this kernel takes a case; see `device_kernel`."""
        a, b = specs
        if a.dtype != "float32" or None in a.shape or None in b.shape:
            return False
        work = _work(a.shape, b.shape)
        if work < _LEAST_WORK:
            return work >= _SHARED_WORK and b.rank == 2 and loops.available()
        return max(a.rank, b.rank) <= _MOST_AXES and dnnl.library() is not None

    def bind(
        self, xp: Any, arrays: tuple, outs: tuple, attrs: dict
    ) -> Callable[[], Any]:
        """Return a call that fills `outs` from arrays that stay where they are."""
        (a, b), (out,) = arrays, outs
        before: list[Callable] = []
        if b.ndim == 2 and a.ndim > 2:
            # One large product instead of one a matrix.
            a = packed(a, before).reshape(-1, a.shape[-1])
            out = out.reshape(-1, out.shape[-1])
        if _work(a.shape, b.shape) < _LEAST_WORK:
            if shared_product.suits(a, b, out):
                # A single thread, too: bits do not depend on how many there are.
                team = threads.num_threads()
                return in_order((*before, shared_product.bind(a, b, out, team)))
            return in_order((*before, partial(xp.matmul, a, b, out=out)))
        a, b = (
            array if _suitable(array) else packed(array, before) for array in (a, b)
        )
        program = _program(a, b, out)
        if program is None:
            a, b = packed(a, before), packed(b, before)
            program = _program(a, b, out)
        if program is None:
            return in_order((*before, partial(xp.matmul, a, b, out=out)))
        call = None
        if _better_by_blas(program, out):
            call = blas_product.bind(a, b, out, threads.num_threads())
        return in_order((*before, call or program.bind((a, b, out))))

    def __call__(
        self, xp: Any, a: np.ndarray, b: np.ndarray, *, out: np.ndarray | None = None
    ) -> np.ndarray:
        """Multiply at once, into `out` where it can be used."""
        if _work(a.shape, b.shape) < _LEAST_WORK:
            # To bind pieces takes as long as others would save.
            return xp.matmul(a, b, out=out)
        if out is None or not out.flags.c_contiguous:
            batch = np.broadcast_shapes(a.shape[:-2], b.shape[:-2])
            out = np.empty((*batch, a.shape[-2], b.shape[-1]), np.float32)
        self.bind(xp, (a, b), (out,), {})()
        return out


def _work(a: Sequence[int], b: Sequence[int]) -> int:
    """How many multiplications a product takes, by the shapes of the inputs."""
    batch = np.broadcast_shapes(a[:-2], b[:-2])
    return math.prod(batch) * a[-2] * a[-1] * b[-1]


def _better_by_blas(program: Program, out: np.ndarray) -> bool:
    """Whether a product has few rows, and oneDNN only its older kernels for it."""
    if out.ndim != 2 or not program.implementation.startswith(_OLDER):
        return False
    rows, columns = out.shape
    return rows < _FEW_ROWS and columns >= _MANY_COLUMNS


def _suitable(array: np.ndarray) -> bool:
    """Tell whether the library can read an array as it lies."""
    rows, columns = array.shape[-2:]
    outer, inner = (step // _ITEM for step in array.strides[-2:])
    return (
        min(array.strides) > 0
        and not any(step % _ITEM for step in array.strides)
        and ((inner == 1 and outer >= columns) or (outer == 1 and inner >= rows))
    )


def _program(a: np.ndarray, b: np.ndarray, out: np.ndarray) -> Program | None:
    key = ("matmul", *((x.shape, x.strides) for x in (a, b, out)))
    return cached(key, lambda: _build(dnnl.library(), (a, b, out)))


def _build(library: Library, arrays: Sequence[np.ndarray]) -> Program | None:
    axes = max(array.ndim for array in arrays)
    layouts = []
    for array in arrays:
        fill = axes - array.ndim
        steps = [step // _ITEM for step in array.strides]
        layouts.append(
            library.layout((1,) * fill + array.shape, [array.size] * fill + steps)
        )
    a, b, out = layouts
    descriptor = best(library, lambda: library.descriptor("matmul", a, b, None, out))
    if descriptor is None:
        return None
    operands = [Operand(dnnl.SRC, a), Operand(dnnl.WEIGHTS, b)]
    return Program(library, descriptor, [*operands, Operand(dnnl.DST, out, True)])


_kernel = MatMul()
device_kernel("cpu", "matmul", _kernel.accepts)(_kernel)
