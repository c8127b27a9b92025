"""Products by NumPy's OpenBLAS, on the threads that all compiled kernels share.

Each thread of the pool takes some rows of the result and has OpenBLAS, which is held
to one thread meanwhile, multiply them.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.cpu import loops
from kerasish.backend.devices.cpu.loops_program import ARGUMENTS
from kerasish.backend.devices.cpu.loops_writer import Writer, literal

_ITEM = 4
_BY_ROWS, _PLAIN, _TRANSPOSED = 101, 111, 112
# `cblas_sgemm` with integers of 64 bits: order, how the inputs lie, sizes, factor,
# addresses and distances of rows, factor of the old result.
_KINDS = "i32 i32 i32 i64 i64 i64 float ptr i64 ptr i64 float ptr i64".split()


@lru_cache(maxsize=1)
def _function() -> int:
    """The function that multiplies some rows.

    Its words: the function to call; for the first matrix its address, how far apart
    its rows lie in bytes, the distance it is described with, and how it lies; for the
    second the address, distance and how it lies; for the result address and distance;
    then the number of columns and of terms.
    """
    w = Writer()
    call, a, a_step, a_gap = w.pointer(0), w.pointer(1), w.word(2), w.word(3)
    a_way, b, b_gap, b_way = w.word(4), w.pointer(5), w.word(6), w.word(7)
    c, c_gap, columns, terms = w.pointer(8), w.word(9), w.word(10), w.word(11)
    a = w.offset(a, w.multiply("%start", a_step))
    c = w.offset(c, w.multiply(w.multiply("%start", c_gap), str(_ITEM)))
    rows = w.emit("sub i64 %stop, %start")
    ways = [w.emit(f"trunc i64 {way} to i32") for way in (a_way, b_way)]
    one, zero = literal(1, "float32"), literal(0, "float32")
    values = [str(_BY_ROWS), *ways, rows, columns, terms, one]
    values += [a, a_gap, b, b_gap, zero, c, c_gap]
    given = ", ".join(f"{kind} {value}" for kind, value in zip(_KINDS, values))
    w.line(f"call void {call}({given})")
    return loops.compiled(w.function("loop", ARGUMENTS))


@lru_cache(maxsize=1)
def _multiply() -> int | None:
    """The address of OpenBLAS's function, `None` where there is none to be called."""
    blas = threads.openblas()
    function = blas and blas.product
    if not function or not loops.available():
        return None
    return ctypes.cast(function, ctypes.c_void_p).value


def bind(
    a: np.ndarray, b: np.ndarray, out: np.ndarray, team: int
) -> Callable[[], Any] | None:
    """Return the call that multiplies two matrices, or `None` if it cannot be made.

    Args:
        a: Rows or columns of it must lie in one piece each.
        b: The same.
        out: Rows of it must.
        team: How many threads share the rows.
    """
    multiply, ways = _multiply(), [_way(array) for array in (a, b, out)]
    if multiply is None or None in ways or ways[2][0] != _PLAIN:
        return None
    (a_way, a_gap), (b_way, b_gap), (_, gap) = ways
    words = [multiply, a.ctypes.data, a.strides[0], a_gap, a_way]
    words += [b.ctypes.data, b_gap, b_way, out.ctypes.data, gap, b.shape[1], len(b)]
    run = loops.launcher().bind(_function(), len(a), team, words, team)
    run.keep = a, b, out
    return run


def _way(array: np.ndarray) -> tuple[int, int] | None:
    """How a matrix lies, and the distance of its rows or columns in elements."""
    outer, inner = (step // _ITEM for step in array.strides)
    rows, columns = array.shape
    if inner == 1 and outer >= columns:
        return _PLAIN, outer
    return (_TRANSPOSED, inner) if outer == 1 and inner >= rows else None
