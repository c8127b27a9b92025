"""Pooling: each thread computes elements of the result."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasish.backend.devices.cupy import windows
from kerasish.backend.devices.cupy.calls import Call, in_order, packed
from kerasish.backend.devices.cupy.cuda import (
    FLOATS,
    blocks,
    cuda_function,
    cuda_kernel,
    each,
)
from kerasish.backend.devices.cupy.windows import Windows

_SOURCE = (
    windows.SOURCE
    + r"""
typedef Compute<T>::type A;
#define HERE (place(s.n, a0, a1, a2, X0, X1, X2) * channels + s.channel)
#define WINDOW (place(s.n, p0, p1, p2, Y0, Y1, Y2) * channels + s.channel)

/* How many elements of window p along an axis are no padding. */
__device__ __forceinline__ int held(int p, int size, int window, int stride, int pad) {
    int start = p * stride - pad;
    return min(start + window, size) - max(start, 0);
}
#define HELD(p0, p1, p2) (A)( \
    held(p0, X0, W0, S0, P0) * held(p1, X1, W1, S1, P1) * held(p2, X2, W2, S2, P2))
"""
)
_BODIES = {
    "max_pool": r"""(const T* x, T* y, int64 total, int channels, GEOMETRY) {
    EACH_ELEMENT {
        Spot s = spot(i, Y0, Y1, Y2, channels);
        A best = -__int_as_float(0x7f800000);
        EACH_TAP(s) {
            A value = widen(x[HERE]);
            if (value > best || value != value) best = value;
        }
        y[i] = narrow<T>(best);
    }
}""",
    "max_pool_index": r"""(
    const T* x, const T* y, I* index, int64 total, int channels, GEOMETRY
) {
    EACH_ELEMENT {
        Spot s = spot(i, Y0, Y1, Y2, channels);
        A best = widen(y[i]);
        int first = W0 * W1 * W2;
        EACH_TAP(s) if (widen(x[HERE]) == best) first = min(first, TAP);
        index[i] = first;
    }
}""",
    "pool_gather": r"""(
    const T* x, const I* index, T* y, int64 total, int channels, GEOMETRY
) {
    EACH_ELEMENT {
        Spot s = spot(i, Y0, Y1, Y2, channels);
        int chosen = index[i];
        A value = 0;
        EACH_TAP(s) if (TAP == chosen) value = widen(x[HERE]);
        y[i] = narrow<T>(value);
    }
}""",
    "max_unpool": r"""(
    const T* g, const I* index, T* x, int64 total, int channels, GEOMETRY
) {
    EACH_ELEMENT {
        Spot s = spot(i, X0, X1, X2, channels);
        A sum = 0;
        EACH_WINDOW(s) if (index[WINDOW] == TAP) sum += widen(g[WINDOW]);
        x[i] = narrow<T>(sum);
    }
}""",
    "average_pool": r"""(const T* x, T* y, int64 total, int channels, GEOMETRY) {
    EACH_ELEMENT {
        Spot s = spot(i, Y0, Y1, Y2, channels);
        A sum = 0;
        EACH_TAP(s) sum += widen(x[HERE]);
        y[i] = narrow<T>(sum / HELD(s.a, s.b, s.c));
    }
}""",
    "average_unpool": r"""(const T* g, T* x, int64 total, int channels, GEOMETRY) {
    EACH_ELEMENT {
        Spot s = spot(i, X0, X1, X2, channels);
        A sum = 0;
        EACH_WINDOW(s) sum += widen(g[WINDOW]) / HELD(p0, p1, p2);
        x[i] = narrow<T>(sum);
    }
}""",
}
# Where the index lies among the arrays and results, and which ops go back to the shape
# from before pooling, for which their last input stands.
_INDEX_AT = {"max_pool_index": 2, "pool_gather": 1, "max_unpool": 1}
_BACKWARD = ("max_unpool", "average_unpool")


def _register(name: str) -> None:
    types = {"T": FLOATS}
    if name in _INDEX_AT:
        types["I"] = ("uint8", "int32")
    function = cuda_function(
        name,
        f'{_SOURCE}extern "C" __global__ __launch_bounds__(THREADS) '
        f"void {name}{_BODIES[name]}\n",
        each(**types),
        hot=True,
    )
    backward = name in _BACKWARD

    def windows_of(shape: tuple, attrs: dict) -> Windows:
        return Windows.of(
            shape[1:-1], attrs["pool_size"], attrs["strides"], attrs["pads"]
        )

    def results(arrays: tuple, attrs: dict) -> list[tuple]:
        if backward:
            return [(arrays[-1].shape, arrays[0].dtype)]
        shape = arrays[0].shape
        pooled = (shape[0], *windows_of(shape, attrs).counts, shape[-1])
        few = windows_of(shape, attrs).taps < 256
        index = "uint8" if few else "int32"
        return [(pooled, index if name == "max_pool_index" else arrays[0].dtype)]

    @cuda_kernel(name, results, windows.acceptable)
    def bind(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
        before: list[Callable] = []
        given = packed(xp, arrays[:-1] if backward else arrays, before)
        operands = [*given, *outs]
        variant = {"T": given[0].dtype.name}
        if name in _INDEX_AT:
            variant["I"] = operands[_INDEX_AT[name]].dtype.name
        (out,) = outs
        shape = out.shape if backward else arrays[0].shape
        words = windows_of(shape, attrs).words()
        arguments = [*operands, out.size, np.int32(shape[-1]), *words]
        launch = function.bind(xp, variant, blocks(out.size), arguments)
        return in_order((*before, launch))


for _name in _BODIES:
    _register(_name)
