"""Rows of a table by their numbers, and the sums of rows that are the gradient.

The sums come in the order of the numbers where runs must repeat to the bit, and always
for short floats, which would round after each addition; else in any order, by atomic
additions. Numbers outside the table cannot be an error, for which a kernel would have
to be waited for: their rows are NaN, and their gradients are dropped.
"""

from __future__ import annotations

import math
from functools import partial
from typing import Any

from kerasish.backend.determinism import is_determinism_enabled
from kerasish.backend.devices.cupy.calls import (
    Call,
    in_order,
    is_float,
    packed,
)
from kerasish.backend.devices.cupy.cuda import (
    FLOATS,
    INDICES,
    blocks,
    compute_type,
    cuda_function,
    cuda_kernel,
    each,
)
from kerasish.backend.devices.cupy.rooms import room
from kerasish.backend.devices.cupy.sorting import sorted_rows, words

_MOST_ROWS = (1 << 31) - 1

_TAKE = cuda_function(
    "take",
    r"""
extern "C" __global__ __launch_bounds__(THREADS) void take(
    const T* x, const I* indices, T* y, int64 total, int64 count, int64 size,
    int64 columns
) {
    const T nothing = narrow<T>(__int_as_float(0x7fc00000));
    for (int64 i = thread_number(); i < total; i += thread_count()) {
        int64 part = i / columns, column = i - part * columns;
        int64 block = part / count, row = indices[part - block * count];
        if (row < 0) row += size;
        y[i] = 0 <= row && row < size ? x[(block * size + row) * columns + column]
                                      : nothing;
    }
}
""",
    each(T=FLOATS, I=INDICES),
    hot=True,
)

_ADD_ROWS = cuda_function(
    "add_rows",
    r"""
extern "C" __global__ __launch_bounds__(THREADS) void add_rows(
    const T* g, const I* indices, T* x, int64 total, int64 size, int64 columns
) {
    for (int64 i = thread_number(); i < total; i += thread_count()) {
        int64 part = i / columns, row = indices[part];
        if (row < 0) row += size;
        if (0 <= row && row < size) atomicAdd(&x[row * columns + i % columns], g[i]);
    }
}
""",
    each(T=("float32", "float64"), I=INDICES),
    hot=True,
)

# Sorted rows are added up in pieces of so many; what a piece begins with may belong to
# the run of equal rows that the one before ends with.
_PIECE = 32
_PIECES = r"""
typedef Compute<T>::type A;
#define PIECE 32
#define CONTINUED(k) ((k) > 0 && (k) < count && rows[k] == rows[(k) - 1])
"""

# Runs that lie inside of a piece are done. parts[0][piece] is the sum of one that began
# before, parts[1][piece] that of one that goes on.
_ADD_PIECES = cuda_function(
    "add_pieces_of_rows",
    _PIECES
    + r"""
extern "C" __global__ __launch_bounds__(THREADS) void add_pieces_of_rows(
    const T* g, const int32* rows, const int32* order, A* parts, T* x, int64 total,
    int64 count, int64 size, int64 columns
) {
    for (int64 i = thread_number(); i < total; i += thread_count()) {
        const int64 begin = i / columns * PIECE, column = i % columns;
        const int64 stop = min(begin + PIECE, count);
        bool began_before = CONTINUED(begin);
        A sum = 0;
        for (int64 k = begin; k < stop; ++k) {
            sum += widen(g[order[k] * columns + column]);
            bool goes_on = CONTINUED(k + 1);
            if (goes_on && k + 1 < stop) continue;
            if (began_before) parts[i] = sum;
            else if (goes_on) parts[total + i] = sum;
            else if (rows[k] < size) x[rows[k] * columns + column] = narrow<T>(sum);
            began_before = false;
            sum = 0;
        }
    }
}
""",
    each(T=FLOATS),
    hot=True,
)

# Runs of several pieces, by the threads of the piece where they begin.
_JOIN_PIECES = cuda_function(
    "join_pieces_of_rows",
    _PIECES
    + r"""
extern "C" __global__ __launch_bounds__(THREADS) void join_pieces_of_rows(
    const int32* rows, const A* parts, T* x, int64 total, int64 count, int64 size,
    int64 columns
) {
    for (int64 i = thread_number(); i < total; i += thread_count()) {
        const int64 begin = i / columns * PIECE, column = i % columns;
        int64 next = begin + PIECE;
        const int32 row = rows[min(next, count) - 1];
        bool begins = rows[begin] != row || !CONTINUED(begin);
        if (row == size || !begins || !CONTINUED(next)) continue;
        A sum = parts[total + i];
        for (int64 k = i + columns; next < count && rows[next] == row; k += columns) {
            sum += parts[k];
            next += PIECE;
        }
        x[row * columns + column] = narrow<T>(sum);
    }
}
""",
    each(T=FLOATS),
    hot=True,
)


def _indexed(specs: tuple, index: Any) -> bool:
    return is_float(specs, {}) and index.dtype in INDICES and 0 not in specs[0].shape


def _accepts(specs: tuple, attrs: dict) -> bool:
    return len(specs) == 2 and _indexed(specs, specs[1])


def _axes(attrs: dict) -> tuple[int, ...]:
    """Return the indexed axes, under the names that ops have for them."""
    return attrs["axes"] if "axes" in attrs else (attrs["axis"],)


def _taken(arrays: tuple, attrs: dict) -> list[tuple]:
    x, indices = arrays[:2]
    (axis,) = _axes(attrs)
    return [(x.shape[:axis] + indices.shape + x.shape[axis + 1 :], x.dtype)]


@cuda_kernel("take", _taken, _accepts)
def _take(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    calls: list[Call] = []
    (x, indices), (y,) = packed(xp, arrays, calls), outs
    (axis,) = _axes(attrs)
    variant = {"T": x.dtype.name, "I": indices.dtype.name}
    columns = math.prod(x.shape[axis + 1 :])
    sizes = (y.size, indices.size, x.shape[axis], columns)
    arguments = [x, indices, y, *sizes]
    return in_order([*calls, _TAKE.bind(xp, variant, blocks(y.size), arguments)])


cuda_kernel("gather", _taken, _accepts)(_take)


def _accepts_adjoint(specs: tuple, attrs: dict) -> bool:
    return (
        len(specs) == 3
        and _indexed(specs, specs[2])
        and _axes(attrs) == (0,)
        and max(specs[1].shape[0], math.prod(specs[2].shape)) < _MOST_ROWS
    )


def _like_second(arrays: tuple, attrs: dict) -> list[tuple]:
    return [(arrays[1].shape, arrays[0].dtype)]


def _adjoint(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    calls: list[Call] = []
    (g, indices), (x,) = packed(xp, arrays[::2], calls), outs
    calls.append(partial(x.fill, 0))
    variant = {"T": g.dtype.name}
    if g.itemsize == 2 or is_determinism_enabled():
        return in_order([*calls, *_in_order_of_rows(xp, g, indices, x, variant)])
    variant["I"] = indices.dtype.name
    arguments = [g, indices, x, g.size, x.shape[0], math.prod(x.shape[1:])]
    return in_order([*calls, _ADD_ROWS.bind(xp, variant, blocks(g.size), arguments)])


def _in_order_of_rows(
    xp: Any, g: Any, indices: Any, x: Any, variant: dict
) -> list[Call]:
    size, count, columns = x.shape[0], indices.size, math.prod(x.shape[1:])
    total = -(-count // _PIECE) * columns
    memory, parts = room(
        xp, g, (words(count), "int32"), (2 * total, compute_type(g.dtype.name))
    )
    rows, order, calls = sorted_rows(xp, indices.reshape(-1), size, memory)
    sizes, grid = (total, count, size, columns), blocks(total)
    arguments = [g, rows, order, parts, x, *sizes]
    calls.append(_ADD_PIECES.bind(xp, variant, grid, arguments))
    calls.append(_JOIN_PIECES.bind(xp, variant, grid, [rows, parts, x, *sizes]))
    return calls


cuda_kernel("take_adjoint", _like_second, _accepts_adjoint)(_adjoint)
cuda_kernel("gather_adjoint", _like_second, _accepts_adjoint)(_adjoint)
