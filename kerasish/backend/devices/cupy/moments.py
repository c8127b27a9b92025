"""Sums over all axes but the last: the moments of a batch, and their gradient's sums.

Each reads its arrays once. A block adds up 32 channels of a piece of the rows; a second
kernel adds up the pieces, in order. Shapes alone decide the pieces, and with them the
bits of the result.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from kerasish.backend.devices.cupy.calls import (
    Call,
    in_order,
    is_float,
    packed,
)
from kerasish.backend.devices.cupy.cuda import (
    FLOATS,
    CudaFunction,
    blocks,
    compute_type,
    cuda_function,
    cuda_kernel,
    each,
)
from kerasish.backend.devices.cupy.pieces import cut
from kerasish.backend.devices.cupy.rooms import room

# Channels of a block, blocks that are wanted, and rows that a piece has at least.
_CHANNELS, _WANTED_BLOCKS, _LEAST_ROWS, _MOST_PIECES = 32, 1024, 64, 256

# Adds up, for each channel and piece, two values of each element:
# parts[piece][which][channel].
_PIECES = r"""
typedef Compute<T>::type A;
#define CHANNELS 32
#define CHANNEL (blockIdx.x * CHANNELS + threadIdx.x % CHANNELS)
#define SIZES int64 rows, int64 piece, int32 channels
struct Pair { A first, second; };

template <class Values> __device__ __forceinline__ void add_up(
    Values values, A* parts, SIZES
) {
    __shared__ A cells[2][THREADS / CHANNELS][CHANNELS];
    const int lane = threadIdx.x / CHANNELS, column = threadIdx.x % CHANNELS;
    const int channel = CHANNEL;
    const int64 stop = channel < channels ? min((blockIdx.y + 1) * piece, rows) : 0;
    Pair sum = {0, 0};
    for (int64 row = blockIdx.y * piece + lane; row < stop; row += THREADS / CHANNELS) {
        Pair next = values(row * channels + channel);
        sum.first += next.first;
        sum.second += next.second;
    }
    cells[0][lane][column] = sum.first;
    cells[1][lane][column] = sum.second;
    __syncthreads();
    if (lane < 2 && channel < channels) {
        A total = 0;
        for (int k = 0; k < THREADS / CHANNELS; ++k) total += cells[lane][k][column];
        parts[((int64)blockIdx.y * 2 + lane) * channels + channel] = total;
    }
}
"""

# Differences from the first row, so that a mean far from zero takes nothing from the
# variance, and their squares.
_MOMENTS_OF_PIECES = cuda_function(
    "moments_of_pieces",
    _PIECES
    + r"""
extern "C" __global__ __launch_bounds__(THREADS) void moments_of_pieces(
    const T* x, A* parts, SIZES
) {
    const A origin = CHANNEL < channels ? widen(x[CHANNEL]) : 0;
    add_up([=](int64 i) {
        A change = widen(x[i]) - origin;
        return Pair{change, change * change};
    }, parts, rows, piece, channels);
}
""",
    each(T=FLOATS),
    hot=True,
)

_SUMS_OF_PIECES = cuda_function(
    "sums_of_pieces",
    _PIECES
    + r"""
extern "C" __global__ __launch_bounds__(THREADS) void sums_of_pieces(
    const T* g, const T* x, const T* mean, A* parts, SIZES
) {
    const A centre = CHANNEL < channels ? widen(mean[CHANNEL]) : 0;
    add_up([=](int64 i) {
        A given = widen(g[i]);
        return Pair{given, given * (widen(x[i]) - centre)};
    }, parts, rows, piece, channels);
}
""",
    each(T=FLOATS),
    hot=True,
)

# The sums of all pieces, in double precision, and what they say about `x` where moments
# are asked for.
_FINISH = cuda_function(
    "finish_sums",
    r"""
typedef Compute<T>::type A;
extern "C" __global__ void finish_sums(
    const A* parts, const T* x, T* first, T* second, int64 rows, int32 pieces,
    int32 channels, int32 moments
) {
    int64 channel = thread_number();
    if (channel >= channels) return;
    float64 sum = 0, other = 0;
    for (int piece = 0; piece < pieces; ++piece) {
        sum += parts[piece * 2 * (int64)channels + channel];
        other += parts[(piece * 2 + 1) * (int64)channels + channel];
    }
    if (moments) {
        sum /= rows;
        other = other / rows - sum * sum;
        if (other < 0) other = 0;
        sum += widen(x[channel]);
    }
    first[channel] = narrow<T>((A)sum);
    second[channel] = narrow<T>((A)other);
}
""",
    each(T=FLOATS),
)


def _accepts(specs: tuple, attrs: dict) -> bool:
    x = specs[0]
    return (
        is_float(specs, attrs)
        and all(spec.dtype == x.dtype for spec in specs)
        and x.rank > 1
        and 0 not in x.shape
        and attrs["axes"] == tuple(range(x.rank - 1))
    )


def _results(arrays: tuple, attrs: dict) -> list[tuple]:
    x = arrays[0]
    return [((1,) * (x.ndim - 1) + x.shape[-1:], x.dtype)] * 2


def _bound(function: CudaFunction, xp: Any, arrays: tuple, outs: tuple) -> Call:
    calls: list[Callable] = []
    given = packed(xp, arrays, calls)
    x = given[0]
    channels, variant = x.shape[-1], {"T": x.dtype.name}
    rows, groups = x.size // channels, -(-channels // _CHANNELS)
    most = min(_WANTED_BLOCKS // groups, rows // _LEAST_ROWS, _MOST_PIECES)
    piece, pieces = cut(rows, most)
    (parts,) = room(xp, x, (pieces * 2 * channels, compute_type(x.dtype.name)))
    arguments = [*given, parts, rows, piece, np.int32(channels)]
    calls.append(function.bind(xp, variant, (groups, pieces), arguments))
    moments = np.int32(function is _MOMENTS_OF_PIECES)
    arguments = [parts, x, *outs, rows, np.int32(pieces), np.int32(channels), moments]
    calls.append(_FINISH.bind(xp, variant, blocks(channels), arguments))
    return in_order(calls)


@cuda_kernel("batch_moments", _results, _accepts)
def _batch_moments(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    return _bound(_MOMENTS_OF_PIECES, xp, arrays, outs)


@cuda_kernel("batch_sums", _results, _accepts)
def _batch_sums(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    return _bound(_SUMS_OF_PIECES, xp, arrays, outs)
