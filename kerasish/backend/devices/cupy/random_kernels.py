"""Random words and dropout: Philox4x64-10, word for word as on the host."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasish.backend.devices.cupy.calls import Call, in_order, packed
from kerasish.backend.devices.cupy.cuda import (
    FLOATS,
    aligned,
    blocks,
    cuda_function,
    cuda_kernel,
    each,
)

# A block of the generator is eight words of 32 bits, which one thread takes, in two
# packs where they are aligned.
_BLOCK, _PACK = 8, 4
_PHILOX = r"""
template <class T> struct __align__(sizeof(T) * 4) Four { T at[4]; };
struct Words { uint64 at[4]; };

// A block of the stream of a state; the first has the number 0.
__device__ __forceinline__ Words philox(const uint32* state, uint64 number) {
    uint64 key0 = state[0], key1 = state[1];
    Words w = {{number + 1, 0, 0, 0}};
    #pragma unroll
    for (int turn = 0; turn < 10; ++turn) {
        uint64 high0 = __umul64hi(0xD2E7470EE14C6C93ull, w.at[0]);
        uint64 low0 = 0xD2E7470EE14C6C93ull * w.at[0];
        uint64 high1 = __umul64hi(0xCA5A826395121157ull, w.at[2]);
        uint64 low1 = 0xCA5A826395121157ull * w.at[2];
        w = {{high1 ^ w.at[1] ^ key0, low1, high0 ^ w.at[3] ^ key1, low0}};
        key0 += 0x9E3779B97F4A7C15ull;
        key1 += 0xBB67AE8584CAA73Bull;
    }
    return w;
}
__device__ __forceinline__ uint32 word_of(const Words& words, int place) {
    return (uint32)(words.at[place / 2] >> (place % 2 * 32));
}
"""

_RANDOM_BITS = cuda_function(
    "random_bits",
    _PHILOX
    + r"""
extern "C" __global__ void __launch_bounds__(THREADS) random_bits(
    const uint32* state, uint32* bits, int64 count
) {
    for (int64 n = thread_number(); 8 * n < count; n += thread_count()) {
        Words words = philox(state, n);
        #pragma unroll
        for (int part = 0; part < 8; part += 4) {
            int64 place = 8 * n + part;
            if (PACKED && place + 4 <= count) {
                Four<uint32> pack;
                #pragma unroll
                for (int e = 0; e < 4; ++e) pack.at[e] = word_of(words, part + e);
                *(Four<uint32>*)(bits + place) = pack;
            } else {
                #pragma unroll
                for (int e = 0; e < 4; ++e)
                    if (place + e < count) bits[place + e] = word_of(words, part + e);
            }
        }
    }
}
""",
    each(PACKED=(0, 1)),
    hot=True,
)

_DROPOUT = cuda_function(
    "dropout",
    _PHILOX
    + r"""
typedef Compute<T>::type V;

__device__ __forceinline__ T scaled(T x, V scale, bool keep) {
    return narrow<T>(keep ? widen(x) * scale : (V)0);
}

extern "C" __global__ void __launch_bounds__(THREADS) dropout(
    const uint32* state, const T* x, T* y, bool* keep, int64 count, uint32 threshold,
    float64 factor
) {
    const V scale = widen(narrow<T>((V)factor));
    for (int64 n = thread_number(); 8 * n < count; n += thread_count()) {
        Words words = philox(state, n);
        #pragma unroll
        for (int part = 0; part < 8; part += 4) {
            int64 place = 8 * n + part;
            if (PACKED && place + 4 <= count) {
                Four<T> value = *(const Four<T>*)(x + place);
                Four<bool> kept;
                #pragma unroll
                for (int e = 0; e < 4; ++e) {
                    kept.at[e] = word_of(words, part + e) >= threshold;
                    value.at[e] = scaled(value.at[e], scale, kept.at[e]);
                }
                *(Four<T>*)(y + place) = value;
                *(Four<bool>*)(keep + place) = kept;
            } else {
                #pragma unroll
                for (int e = 0; e < 4; ++e)
                    if (place + e < count) {
                        bool kept = word_of(words, part + e) >= threshold;
                        y[place + e] = scaled(x[place + e], scale, kept);
                        keep[place + e] = kept;
                    }
            }
        }
    }
}
""",
    each(T=FLOATS, PACKED=(0, 1)),
    hot=True,
)


def _grid(count: int) -> int:
    return blocks(-(-count // _BLOCK))


def _exact(specs: tuple, attrs: dict) -> bool:
    return specs[0].dtype == "uint32" and all(spec.is_exact for spec in specs)


def _bits(xp: Any, state: Any, out: Any) -> Call:
    """The call that fills an array with the words of a state."""
    before: list[Call] = []
    arguments = [*packed(xp, [state], before), out, out.size]
    variant = {"PACKED": int(aligned([out], _PACK))}
    launch = _RANDOM_BITS.bind(xp, variant, _grid(out.size), arguments)
    return in_order([*before, launch])


@cuda_kernel("random_bits", lambda arrays, attrs: [(attrs["shape"], "uint32")], _exact)
def random_bits(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    """Return the call that draws the first words of the stream of a state."""
    return _bits(xp, arrays[0], outs[0])


def _like_results(arrays: tuple, attrs: dict) -> list:
    shared, words = attrs["broadcast"], attrs["words"]
    kept = [1 if axis in shared else n for axis, n in enumerate(arrays[1].shape)]
    return [((*kept, words) if words > 1 else tuple(kept), "uint32")]


@cuda_kernel("random_bits_like", _like_results, _exact)
def random_bits_like(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    """Return the call that draws words for the elements of an array."""
    return _bits(xp, arrays[0], outs[0])


def _accepts_dropout(specs: tuple, attrs: dict) -> bool:
    return (
        _exact(specs, attrs)
        and specs[1].dtype in FLOATS
        and not attrs["broadcast"]
        and math.prod(specs[1].shape) > 0
    )


def _dropout_results(arrays: tuple, attrs: dict) -> list:
    return [(arrays[1].shape, arrays[1].dtype), (arrays[1].shape, "bool")]


@cuda_kernel("dropout", _dropout_results, _accepts_dropout)
def dropout(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    """Return the call that draws a mask and applies it, in one pass."""
    before: list[Call] = []
    state, x = packed(xp, arrays, before)
    variant = {"T": x.dtype.name, "PACKED": int(aligned([x, *outs], _PACK))}
    threshold, factor = np.uint32(attrs["threshold"]), float(attrs["scale"])
    arguments = [state, x, *outs, x.size, threshold, factor]
    launch = _DROPOUT.bind(xp, variant, _grid(x.size), arguments)
    return in_order([*before, launch])
