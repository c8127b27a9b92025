"""Stable sorting of small integers, by one digit of eight bits after the other.

Nothing but shapes decides what is launched, and no memory is asked for: so it can be
part of a captured graph, which the sorting of CuPy cannot.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend.devices.cupy.calls import Call
from kerasish.backend.devices.cupy.cuda import (
    INDICES,
    THREADS,
    blocks,
    cuda_function,
    each,
)

_DIGIT_BITS = 8

# Indices as rows of a table; what lies outside goes behind its last row.
_ROWS = cuda_function(
    "rows_of_indices",
    r"""
extern "C" __global__ void rows_of_indices(
    const I* indices, int32* keys, int32* order, int64 count, int64 size
) {
    for (int64 i = thread_number(); i < count; i += thread_count()) {
        int64 row = indices[i];
        if (row < 0) row += size;
        keys[i] = 0 <= row && row < size ? row : size;
        order[i] = i;
    }
}
""",
    each(I=INDICES),
)

# counts[digit][tile]: how often a digit comes among the keys of a tile.
_COUNT = cuda_function(
    "count_digits",
    r"""
extern "C" __global__ __launch_bounds__(THREADS) void count_digits(
    const int32* keys, int32* counts, int64 count, int32 shift
) {
    __shared__ int32 found[THREADS];
    found[threadIdx.x] = 0;
    __syncthreads();
    if (thread_number() < count)
        atomicAdd(&found[keys[thread_number()] >> shift & (THREADS - 1)], 1);
    __syncthreads();
    counts[(int64)threadIdx.x * gridDim.x + blockIdx.x] = found[threadIdx.x];
}
""",
)

# Where the keys of each digit and tile begin; by one block.
_BEGIN = cuda_function(
    "begin_digits",
    r"""
extern "C" __global__ __launch_bounds__(THREADS) void begin_digits(
    int32* counts, int64 size
) {
    __shared__ int32 sums[THREADS];
    const int64 length = (size + THREADS - 1) / THREADS, begin = threadIdx.x * length;
    const int64 stop = begin + length < size ? begin + length : size;
    int32 sum = 0;
    for (int64 i = begin; i < stop; ++i) sum += counts[i];
    sums[threadIdx.x] = sum;
    __syncthreads();
    sum = 0;
    for (int k = 0; k < threadIdx.x; ++k) sum += sums[k];
    for (int64 i = begin; i < stop; ++i) {
        int32 own = counts[i];
        counts[i] = sum;
        sum += own;
    }
}
""",
)

# Each key goes behind the equal digits before it.
_MOVE = cuda_function(
    "move_keys",
    r"""
extern "C" __global__ __launch_bounds__(THREADS) void move_keys(
    const int32* keys, const int32* order, const int32* begins, int32* new_keys,
    int32* new_order, int64 count, int32 shift
) {
    __shared__ int32 digits[THREADS];
    const int64 i = thread_number();
    const int32 key = i < count ? keys[i] : 0;
    const int32 digit = i < count ? key >> shift & (THREADS - 1) : -1;
    digits[threadIdx.x] = digit;
    __syncthreads();
    if (i >= count) return;
    int64 to = begins[(int64)digit * gridDim.x + blockIdx.x];
    for (int k = 0; k < threadIdx.x; ++k) to += digits[k] == digit;
    new_keys[to] = key;
    new_order[to] = order[i];
}
""",
)


def words(count: int) -> int:
    """Return how many int32 numbers `sorted_rows` needs to work in."""
    return 4 * count + THREADS * blocks(count, most=count + 1)


def sorted_rows(
    xp: Any, indices: Any, size: int, memory: Any
) -> tuple[Any, Any, list[Call]]:
    """Sort indices into a table.

    Args:
        xp: CuPy.
        indices: A vector of integers; negative ones count from the end.
        size: The number of rows; also what an index outside is turned into.
        memory: A vector of `words(len(indices))` int32 numbers.

    Returns:
        The rows in rising order, the places where they were, and the calls that fill
        both. Equal ones stay in order.
    """
    count, tiles = indices.size, blocks(indices.size, most=indices.size + 1)
    keys, order, other_keys, other_order = memory[: 4 * count].reshape(4, count)
    counts = memory[4 * count :]
    calls = [
        _ROWS.bind(
            xp,
            {"I": indices.dtype.name},
            blocks(count),
            [indices, keys, order, count, size],
        )
    ]
    for digit in range(0, size.bit_length(), _DIGIT_BITS):
        shift = np.int32(digit)
        calls.append(_COUNT.bind(xp, {}, tiles, [keys, counts, count, shift]))
        calls.append(_BEGIN.bind(xp, {}, 1, [counts, counts.size]))
        arguments = [keys, order, counts, other_keys, other_order, count, shift]
        calls.append(_MOVE.bind(xp, {}, tiles, arguments))
        keys, order, other_keys, other_order = other_keys, other_order, keys, order
    return keys, order, calls
