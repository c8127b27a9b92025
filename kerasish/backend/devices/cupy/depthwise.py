"""Depthwise convolution, element by element: no matrix product is large enough here."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend.devices.cupy import windows
from kerasish.backend.devices.cupy.calls import Call, in_order
from kerasish.backend.devices.cupy.cuda import (
    FLOATS,
    blocks,
    compute_type,
    cuda_function,
    each,
)
from kerasish.backend.devices.cupy.pieces import combined, cut
from kerasish.backend.devices.cupy.rooms import room
from kerasish.backend.devices.cupy.windows import Windows

# Rows of windows that a block of the kernel's gradient has at a time, and how many
# blocks are wanted.
_LANES, _WANTED_BLOCKS = 8, 2048

# Filter f belongs to channel f / multiplier; kernels are w[tap][filter].
_SOURCE = windows.SOURCE + "typedef Compute<T>::type A;\n"
_HEAD = 'extern "C" __global__ __launch_bounds__(THREADS) void '

_FORWARD = cuda_function(
    "depthwise",
    _SOURCE
    + _HEAD
    + r"""depthwise(
    const T* x, const T* w, T* y, int64 total, int channels, int multiplier, GEOMETRY
) {
    const int filters = channels * multiplier;
    EACH_ELEMENT {
        Spot s = spot(i, Y0, Y1, Y2, filters);
        int channel = s.channel / multiplier;
        A sum = 0;
        EACH_TAP(s)
            sum += widen(x[place(s.n, a0, a1, a2, X0, X1, X2) * channels + channel])
                * widen(w[TAP * filters + s.channel]);
        y[i] = narrow<T>(sum);
    }
}
""",
    each(T=FLOATS),
    hot=True,
)

_INPUT = cuda_function(
    "depthwise_input",
    _SOURCE
    + _HEAD
    + r"""depthwise_input(
    const T* g, const T* w, T* x, int64 total, int channels, int multiplier, GEOMETRY
) {
    const int filters = channels * multiplier;
    EACH_ELEMENT {
        Spot s = spot(i, X0, X1, X2, channels);
        A sum = 0;
        EACH_WINDOW(s) {
            int64 from = place(s.n, p0, p1, p2, Y0, Y1, Y2) * filters;
            for (int k = 0, f = s.channel * multiplier; k < multiplier; ++k, ++f)
                sum += widen(g[from + f]) * widen(w[TAP * filters + f]);
        }
        x[i] = narrow<T>(sum);
    }
}
""",
    each(T=FLOATS),
    hot=True,
)

# parts[piece][tap][filter]: a block has one tap, 32 filters and a piece of the windows.
_KERNEL = cuda_function(
    "depthwise_kernel",
    _SOURCE
    + _HEAD
    + r"""depthwise_kernel(
    const T* x, const T* g, A* parts, int64 rows, int64 piece, int channels,
    int multiplier, GEOMETRY
) {
    __shared__ A sums[THREADS / 32][32];
    const int lane = threadIdx.x / 32, filters = channels * multiplier;
    const int filter = blockIdx.x * 32 + threadIdx.x % 32;
    const int tap = blockIdx.y, t0 = tap / (W1 * W2), t1 = tap / W2 % W1, t2 = tap % W2;
    const int64 stop = min((blockIdx.z + 1) * piece, rows);
    A sum = 0;
    if (filter < filters)
        for (int64 row = blockIdx.z * piece + lane; row < stop; row += THREADS / 32) {
            Spot s = spot(row, Y0, Y1, Y2, 1);
            int a0 = s.a * S0 - P0 + t0 * D0;
            int a1 = s.b * S1 - P1 + t1 * D1;
            int a2 = s.c * S2 - P2 + t2 * D2;
            int64 from = place(s.n, a0, a1, a2, X0, X1, X2) * channels;
            if (0 <= a0 && a0 < X0 && 0 <= a1 && a1 < X1 && 0 <= a2 && a2 < X2)
                sum += widen(g[row * filters + filter])
                    * widen(x[from + filter / multiplier]);
        }
    sums[lane][threadIdx.x % 32] = sum;
    __syncthreads();
    if (lane == 0 && filter < filters) {
        for (int k = 1; k < THREADS / 32; ++k) sum += sums[k][threadIdx.x];
        parts[((int64)blockIdx.z * gridDim.y + tap) * filters + filter] = sum;
    }
}
""",
    each(T=FLOATS),
    hot=True,
)


def _sizes(channels: int, filters: int) -> tuple[np.int32, np.int32]:
    return np.int32(channels), np.int32(filters // channels)


def forward(xp: Any, x: Any, w: Any, y: Any, geometry: Windows) -> Call:
    """Return the call that convolves each channel with its filters, into `y`."""
    sizes = _sizes(x.shape[-1], w.shape[-1])
    arguments = [x, w, y, y.size, *sizes, *geometry.words()]
    return _FORWARD.bind(xp, {"T": x.dtype.name}, blocks(y.size), arguments)


def input_gradient(xp: Any, g: Any, w: Any, x: Any, geometry: Windows) -> Call:
    """Return the call that puts the input's gradient into `x`."""
    sizes = _sizes(x.shape[-1], w.shape[-1])
    arguments = [g, w, x, x.size, *sizes, *geometry.words()]
    return _INPUT.bind(xp, {"T": x.dtype.name}, blocks(x.size), arguments)


def kernel_gradient(xp: Any, x: Any, g: Any, w: Any, geometry: Windows) -> Call:
    """Return the call that puts the kernel's gradient into `w`."""
    filters, taps, rows = g.shape[-1], geometry.taps, g.size // g.shape[-1]
    groups = -(-filters // 32)
    # What the shapes decide, and with it the order of all sums.
    most = min(_WANTED_BLOCKS // (groups * taps), rows // (4 * _LANES), 64)
    piece, pieces = cut(rows, most)
    (parts,) = room(xp, x, (pieces * w.size, compute_type(x.dtype.name)))
    variant, sizes = {"T": x.dtype.name}, _sizes(x.shape[-1], filters)
    arguments = [x, g, parts, rows, piece, *sizes, *geometry.words()]
    first = _KERNEL.bind(xp, variant, (groups, taps, pieces), arguments)
    return in_order((first, combined(xp, parts, w, pieces)))
