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
from kerasish.backend.devices.cupy.calls import Call, in_order, is_float, packed
from kerasish.backend.devices.cupy.cuda import (
    FLOATS,
    INDICES,
    blocks,
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

# Each thread that meets the first of equal rows adds up a column of all of them; rows
# that do not come stay as they are.
_ADD_SORTED = cuda_function(
    "add_sorted_rows",
    r"""
extern "C" __global__ __launch_bounds__(THREADS) void add_sorted_rows(
    const T* g, const int32* rows, const int32* order, T* x, int64 total, int64 count,
    int64 size, int64 columns
) {
    for (int64 i = thread_number(); i < total; i += thread_count()) {
        int64 k = i / columns, column = i - k * columns;
        const int32 row = rows[k];
        if (row == size || (k > 0 && rows[k - 1] == row)) continue;
        Compute<T>::type sum = 0;
        for (; k < count && rows[k] == row; ++k)
            sum += widen(g[order[k] * columns + column]);
        x[row * columns + column] = narrow<T>(sum);
    }
}
""",
    each(T=FLOATS),
    hot=True,
)


def _indexed(specs: tuple, index: Any) -> bool:
    return is_float(specs, {}) and index.dtype in INDICES and 0 not in specs[0].shape


def _accepts_take(specs: tuple, attrs: dict) -> bool:
    return _indexed(specs, specs[1])


def _taken(arrays: tuple, attrs: dict) -> list[tuple]:
    x, indices = arrays[:2]
    (axis,) = attrs["axes"] if "axes" in attrs else (attrs["axis"],)
    return [(x.shape[:axis] + indices.shape + x.shape[axis + 1 :], x.dtype)]


@cuda_kernel("take", _taken, _accepts_take)
def _take(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    calls: list[Call] = []
    (x, indices), (y,) = packed(xp, arrays, calls), outs
    (axis,) = attrs["axes"] if "axes" in attrs else (attrs["axis"],)
    variant = {"T": x.dtype.name, "I": indices.dtype.name}
    columns = math.prod(x.shape[axis + 1 :])
    sizes = (y.size, indices.size, x.shape[axis], columns)
    arguments = [x, indices, y, *sizes]
    return in_order([*calls, _TAKE.bind(xp, variant, blocks(y.size), arguments)])


def _accepts_gather(specs: tuple, attrs: dict) -> bool:
    return len(specs) == 2 and _indexed(specs, specs[1])


cuda_kernel("gather", _taken, _accepts_gather)(_take)


def _accepts_adjoint(specs: tuple, attrs: dict) -> bool:
    return (
        len(specs) == 3
        and _indexed(specs, specs[2])
        and attrs.get("axes", (attrs.get("axis"),)) == (0,)
        and max(specs[1].shape[0], math.prod(specs[2].shape)) < _MOST_ROWS
    )


def _like_second(arrays: tuple, attrs: dict) -> list[tuple]:
    return [(arrays[1].shape, arrays[0].dtype)]


def _adjoint(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    calls: list[Call] = []
    (g, indices), (x,) = packed(xp, arrays[::2], calls), outs
    size, count = x.shape[0], indices.size
    columns = math.prod(x.shape[1:])
    calls.append(partial(x.fill, 0))
    (memory,) = room(xp, g, (words(count), "int32"))
    rows, order, sort = sorted_rows(xp, indices.reshape(-1), size, memory)
    variant, grid = {"T": g.dtype.name}, blocks(g.size)
    arguments = [g, rows, order, x, g.size, count, size, columns]
    in_turn = in_order([*sort, _ADD_SORTED.bind(xp, variant, grid, arguments)])
    if g.itemsize == 2:
        return in_order([*calls, in_turn])
    variant["I"] = indices.dtype.name
    arguments = [g, indices, x, g.size, size, columns]
    at_once = _ADD_ROWS.bind(xp, variant, grid, arguments)
    return in_order([*calls, partial(_as_wanted, in_turn, at_once)])


def _as_wanted(in_turn: Call, at_once: Call) -> None:
    (in_turn if is_determinism_enabled() else at_once)()


cuda_kernel("take_adjoint", _like_second, _accepts_adjoint)(_adjoint)
cuda_kernel("gather_adjoint", _like_second, _accepts_adjoint)(_adjoint)
