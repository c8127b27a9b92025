"""Convolution as one product of matrices, of which the patches are never written down.

A block of threads computes the results of 128 windows for all filters of a group. It
walks along the elements of a window, some at a time: they are brought to shared memory
from where they lie in the images, with the rows of the kernel that belong to them,
while those before are multiplied. The gradient of the kernel is the same with 128
elements of a window, walked along the windows. Short floats are multiplied by tensor
cores.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend.devices.cupy import windows
from kerasish.backend.devices.cupy.calls import Call, in_order
from kerasish.backend.devices.cupy.cuda import (
    CudaFunction,
    aligned,
    cuda_function,
    each,
)
from kerasish.backend.devices.cupy.pieces import combined, cut
from kerasish.backend.devices.cupy.rooms import room
from kerasish.backend.devices.cupy.windows import Windows
from kerasish.backend.devices.precision import is_tf32_enabled

# Rows of the result that a block has, and its filters at most.
_ROWS, _FILTERS = 128, (32, 64)
_PACK_BYTES = 16
# Blocks that are enough to keep a GPU busy; the windows that a piece has at least where
# the kernel's gradient is cut into pieces, and blocks that are wanted then.
_LEAST_BLOCKS = 64
_LEAST_PIECE, _WANTED_BLOCKS = 512, 1024
# How much work may be in vain, for places beyond the ends.
_PADDED = 1.25
_MOST_GROUPS, _LARGEST_IMAGE = (1 << 16) - 1, (1 << 31) - 1

# `DEPTH` columns of the left matrix are multiplied at a time. A thread of the first
# kind has results of 8 rows, a warp of the second kind those of 32, for some filters.
_OF_FLOATS = r"""
#define DEPTH 8
#define TILES \
    __shared__ __align__(16) T left[2][DEPTH][ROWS + 4]; \
    __shared__ __align__(16) T right[2][DEPTH][FILTERS + 4]; \
    float sums[8][FILTERS / 16] = {}; \
    const int top = threadIdx.x / 16 * 8, first = threadIdx.x % 16 * (FILTERS / 16);
#define PUT_LEFT(stage) \
    for (int e = 0; e < PART; ++e) left[stage][part + e][mine] = elements[e];
#define PUT_RIGHT(stage) \
    for (int e = 0; e < SHARE; ++e) right[stage][deep + e][filter] = weights[e];
#define MULTIPLY(stage) \
    for (int k = 0; k < DEPTH; ++k) { \
        const Pack<4>* rows_of = (const Pack<4>*)&left[stage][k][top]; \
        const Pack<4> low = rows_of[0], high = rows_of[1]; \
        const Pack<FILTERS / 16> some = \
            *(const Pack<FILTERS / 16>*)&right[stage][k][first]; \
        _Pragma("unroll") for (int i = 0; i < 4; ++i) \
        _Pragma("unroll") for (int j = 0; j < FILTERS / 16; ++j) { \
            sums[i][j] += low.at[i] * some.at[j]; \
            sums[4 + i][j] += high.at[i] * some.at[j]; \
        } \
    }
#define EACH_RESULT \
    _Pragma("unroll") for (int i = 0; i < 8; ++i) \
    _Pragma("unroll") for (int j = 0; j < FILTERS / 16; ++j)
#define RESULT sums[i][j]
#define RESULT_ROW (top + i)
#define RESULT_FILTER (first + j)
"""

# sum, 16 rows by 8 columns, += a, 16 by 8, times b, 8 by 8. Of each a lane has what the
# instruction of tensor cores gives it: rows lane / 4 and 8 more, and columns from
# lane % 4 * 2; of b the transpose.
_OF_SHORT_FLOATS = r"""
#define DEPTH 32
__device__ __forceinline__ float scalar_product(uint32 x, uint32 y) {
    return widen(T{(uint16)x}) * widen(T{(uint16)y})
        + widen(T{(uint16)(x >> 16)}) * widen(T{(uint16)(y >> 16)});
}
__device__ __forceinline__ void multiply(float* sum, const uint32* a, uint32 b) {
#if __CUDA_ARCH__ >= SINCE
    asm("mma.sync.aligned.m16n8k8.row.col.f32." KIND "." KIND ".f32 "
        "{%0, %1, %2, %3}, {%4, %5}, {%6}, {%0, %1, %2, %3};"
        : "+f"(sum[0]), "+f"(sum[1]), "+f"(sum[2]), "+f"(sum[3])
        : "r"(a[0]), "r"(a[1]), "r"(b));
#else
    const int lane = threadIdx.x % 32;
    for (int k = 0; k < 4; ++k) {
        const uint32 low = __shfl_sync(0xffffffffu, a[0], lane / 4 * 4 + k);
        const uint32 high = __shfl_sync(0xffffffffu, a[1], lane / 4 * 4 + k);
        for (int j = 0; j < 2; ++j) {
            const int from = (lane % 4 * 2 + j) * 4 + k;
            const uint32 other = __shfl_sync(0xffffffffu, b, from);
            sum[j] += scalar_product(low, other);
            sum[2 + j] += scalar_product(high, other);
        }
    }
#endif
}
#define TILES \
    __shared__ __align__(16) T left[2][ROWS][DEPTH + 8]; \
    __shared__ __align__(16) T right[2][FILTERS][DEPTH + 8]; \
    float sums[2][FILTERS / 16][4] = {}; \
    const int top = threadIdx.x / 32 % 4 * 32, lane = threadIdx.x % 32; \
    const int first = threadIdx.x / 128 * (FILTERS / 2);
#define PUT_LEFT(stage) \
    _Pragma("unroll") for (int e = 0; e < PART; e += 8) \
        *(Pack<8>*)&left[stage][mine][part + e] = *(const Pack<8>*)(elements + e);
#define PUT_RIGHT(stage) \
    *(Pack<SHARE>*)&right[stage][filter][deep] = *(const Pack<SHARE>*)weights;
#define PAIR(place) (*(const uint32*)&place)
#define MULTIPLY(stage) \
    for (int k = lane % 4 * 2; k < DEPTH; k += 8) { \
        uint32 a[2][2]; \
        _Pragma("unroll") for (int i = 0; i < 4; ++i) \
            a[i / 2][i % 2] = PAIR(left[stage][top + 8 * i + lane / 4][k]); \
        _Pragma("unroll") for (int j = 0; j < FILTERS / 16; ++j) { \
            const uint32 b = PAIR(right[stage][first + 8 * j + lane / 4][k]); \
            multiply(sums[0][j], a[0], b); \
            multiply(sums[1][j], a[1], b); \
        } \
    }
#define EACH_RESULT \
    _Pragma("unroll") for (int i = 0; i < 4; ++i) \
    _Pragma("unroll") for (int j = 0; j < FILTERS / 8; ++j)
#define RESULT sums[i / 2][j / 2][i % 2 * 2 + j % 2]
#define RESULT_ROW (top + 8 * i + lane / 4)
#define RESULT_FILTER (first + j / 2 * 8 + lane % 4 * 2 + j % 2)
"""

# A thread brings `PART` elements of one row on the left, `SHARE` of a filter on the
# right. What was brought in the turn before is multiplied while the next comes.
_BODY = r"""
#define BEGIN \
    TILES \
    const int PART = DEPTH * ROWS / THREADS, SHARE = DEPTH * FILTERS / THREADS; \
    const int mine = threadIdx.x % ROWS, part = threadIdx.x / ROWS * PART; \
    const int filter = threadIdx.x % FILTERS, deep = threadIdx.x / FILTERS * SHARE; \
    const int group = blockIdx.y, step = groups * width, across = groups * filters; \
    __align__(16) T elements[PART], weights[SHARE];
#define WALK(depth, BRING) \
    for (int64 k = 0, stage = 0; ; k += DEPTH, stage ^= 1) { \
        const bool more = k < depth; \
        if (more) { \
            BRING \
            _Pragma("unroll") for (int e = 0; e < SHARE; ++e, weight += across) { \
                const bool inside = k + deep + e < depth && filter < filters; \
                weights[e] = inside ? *weight : T(); \
            } \
            weight += (int64)(DEPTH - SHARE) * across; \
        } \
        if (k) { MULTIPLY(stage ^ 1) } \
        if (!more) break; \
        PUT_LEFT(stage) \
        PUT_RIGHT(stage) \
        __syncthreads(); \
    }
/* Goes on along four axes, of which the last three have these sizes. */
template <class Number> __device__ __forceinline__ void carry(
    Number& i, int& j, int& k, int& l, int js, int ks, int ls
) {
    while (l >= ls) {
        l -= ls;
        if (++k < ks) continue;
        k = 0;
        if (++j < js) continue;
        j = 0;
        ++i;
    }
}
#define INSIDE \
    (0 <= a0 && a0 < X0 && 0 <= a1 && a1 < X1 && 0 <= a2 && a2 < X2)
"""

_CONV = r"""(
    const T* x, const T* w, T* y, int64 rows, int groups, int width, int filters,
    GEOMETRY
) {
    BEGIN
    const int64 row = (int64)blockIdx.x * ROWS + mine;
    const Spot s = spot(min(row, rows - 1), Y0, Y1, Y2, 1);
    const int b0 = s.a * S0 - P0, b1 = s.b * S1 - P1, b2 = s.c * S2 - P2;
    // Behind the last window there is nothing, as behind the last tap.
    const int taps = row < rows ? W0 : 0;
    const T* image = x + place(s.n, 0, 0, 0, X0, X1, X2) * step + group * width;
    int channel = part, t0 = 0, t1 = 0, t2 = 0;
    const T* weight = w + (int64)deep * across + group * filters + filter;
    #define BRING \
        _Pragma("unroll") for (int e = 0; e < PART; e += PACK) { \
            carry(t0, t1, t2, channel, W1, W2, width); \
            const int a0 = b0 + t0 * D0, a1 = b1 + t1 * D1, a2 = b2 + t2 * D2; \
            const int from = ((a0 * X1 + a1) * X2 + a2) * step + channel; \
            Pack<PACK> pack = {}; \
            if (t0 < taps && INSIDE) pack = *(const Pack<PACK>*)(image + from); \
            _Pragma("unroll") for (int i = 0; i < PACK; ++i) \
                elements[e + i] = pack.at[i]; \
            channel += PACK; \
        } \
        channel += DEPTH - PART;
    WALK(W0 * W1 * W2 * width, BRING)
    EACH_RESULT {
        const int64 at = (int64)blockIdx.x * ROWS + RESULT_ROW;
        if (at < rows && RESULT_FILTER < filters)
            y[at * across + group * filters + RESULT_FILTER] = narrow<T>(RESULT);
    }
}
"""

# parts[piece][tap][channel][filter], each for a piece of the windows.
_KERNEL = r"""(
    const T* x, const T* g, float* parts, int64 rows, int64 piece, int groups,
    int width, int filters, GEOMETRY
) {
    BEGIN
    const int size = W0 * W1 * W2 * width, row = blockIdx.x * ROWS + mine;
    const int tap = row / width, t0 = tap / (W1 * W2), t1 = tap / W2 % W1;
    const int b0 = t0 * D0 - P0, b1 = t1 * D1 - P1, b2 = tap % W2 * D2 - P2;
    const int64 begin = blockIdx.z * piece, count = min(piece, rows - begin);
    const Spot s = spot(begin + part, Y0, Y1, Y2, 1);
    int64 n = s.n;
    int p0 = s.a, p1 = s.b, p2 = s.c;
    x += group * width + row % width;
    const T* weight = g + (begin + deep) * across + group * filters + filter;
    #define BRING \
        _Pragma("unroll") for (int e = 0; e < PART; ++e) { \
            const int a0 = b0 + p0 * S0, a1 = b1 + p1 * S1, a2 = b2 + p2 * S2; \
            const bool there = row < size && k + part + e < count && INSIDE; \
            const int64 from = place(n, a0, a1, a2, X0, X1, X2) * step; \
            elements[e] = there ? x[from] : T(); \
            p2 += e + 1 < PART ? 1 : 1 + DEPTH - PART; \
            carry(n, p0, p1, p2, Y0, Y1, Y2); \
        }
    WALK(count, BRING)
    parts += blockIdx.z * (int64)size * across;
    EACH_RESULT {
        const int at = blockIdx.x * ROWS + RESULT_ROW;
        if (at < size && RESULT_FILTER < filters)
            parts[(int64)at * across + group * filters + RESULT_FILTER] = RESULT;
    }
}
"""


def _declared(name: str, body: str, **constants: Any) -> dict[str, CudaFunction]:
    """Declare a function for each data type."""
    # How tensor cores call short floats, and since which architecture they know them.
    kinds = {"float16": ("f16", 750), "bfloat16": ("bf16", 800)}
    tiles = {
        dtype: f'#define KIND "{kind}"\n#define SINCE {since}\n{_OF_SHORT_FLOATS}'
        for dtype, (kind, since) in kinds.items()
    }
    tiles["float32"] = _OF_FLOATS
    head = f'extern "C" __global__ void __launch_bounds__(THREADS, 2) {name}'
    return {
        dtype: cuda_function(
            name,
            f"{windows.SOURCE}{_PACK}#define ROWS {_ROWS}\n{source}{_BODY}{head}{body}",
            each(T=(dtype,), FILTERS=_FILTERS, **constants),
            hot=True,
        )
        for dtype, source in tiles.items()
    }


_PACK = f"""
template <int N> struct __align__(sizeof(T) * N) Pack {{ T at[N]; }};
#define PACK (PACKED ? {_PACK_BYTES} / (int)sizeof(T) : 1)
"""
_CONV_OF = _declared("implicit_conv", _CONV, PACKED=(0, 1))
_KERNEL_OF = _declared("implicit_conv_kernel", _KERNEL)


def _tiles(rows: int) -> int:
    return -(-rows // _ROWS)


def _pieces(size: int, rows: int, groups: int) -> tuple[int, int]:
    """Return how windows are cut for the gradient of the kernel."""
    most = _WANTED_BLOCKS // (_tiles(size) * groups)
    return cut(rows, min(most, rows // _LEAST_PIECE))


def _is_better(
    x: Any, blocks: int, groups: int, filters: int, products: int, copied: int
) -> bool:
    """Tell whether copies of patches take longer than cuBLAS is faster.

    That is so where few products are made with each element that is copied: copies are
    bounded by the memory, products by arithmetic, and most GPUs multiply 50 to 300
    floats while one is written and read.

    Args:
        x: Images.
        blocks: How many blocks of threads there would be.
        groups: The number of groups.
        filters: The filters of a group.
        products: How many products there are for each filter.
        copied: How many elements would be copied.
    """
    few, most = _FILTERS
    if x.dtype == "float32" and is_tf32_enabled():
        most = few
    return (
        x.dtype.name in _CONV_OF
        and filters <= most
        and products * max(filters, few) <= _PADDED * most * copied
        and blocks >= _LEAST_BLOCKS
        and groups <= _MOST_GROUPS
        and x.size // len(x) <= _LARGEST_IMAGE
    )


def is_better(
    x: Any, y: Any, groups: int, width: int, filters: int, copied: int
) -> bool:
    """Tell whether a convolution takes longer with patches.

    Args:
        x: Images.
        y: The result.
        groups: The number of groups.
        width: The channels of a group.
        filters: The filters of a group.
        copied: How many elements are copied for a tap of each window and group.
    """
    blocks = _tiles(y.size // y.shape[-1]) * groups
    return _is_better(x, blocks, groups, filters, width, copied)


def is_better_for_kernel(x: Any, g: Any, size: int, groups: int, filters: int) -> bool:
    """Tell whether the gradient of the kernel takes longer with patches.

    Args:
        x: Images.
        g: The gradient of the result.
        size: The elements of a window in a group.
        groups: The number of groups.
        filters: The filters of a group.
    """
    pieces = _pieces(size, g.size // g.shape[-1], groups)[1]
    blocks = _tiles(size) * groups * pieces
    return _is_better(x, blocks, groups, filters, _tiles(size) * _ROWS, size)


def _variant(x: Any, filters: int) -> dict:
    return {"T": x.dtype.name, "FILTERS": _FILTERS[filters > _FILTERS[0]]}


def convolve(
    xp: Any, x: Any, w: Any, y: Any, geometry: Windows, groups: int, width: int
) -> Call:
    """Return the call that convolves.

    Args:
        xp: CuPy.
        x: Images, channels last.
        w: The kernel, `(..., width, groups * filters)`.
        y: The result.
        geometry: How the windows lie.
        groups: The number of groups.
        width: The channels of a group.
    """
    rows, filters = y.size // y.shape[-1], y.shape[-1] // groups
    pack = _PACK_BYTES // x.itemsize
    packed = width % pack == 0 and aligned([x], pack)
    variant = {**_variant(x, filters), "PACKED": int(packed)}
    sizes = map(np.int32, (groups, width, filters))
    arguments = [x, w, y, rows, *sizes, *geometry.words()]
    return _CONV_OF[x.dtype.name].bind(xp, variant, (_tiles(rows), groups), arguments)


def kernel_gradient(
    xp: Any, x: Any, g: Any, w: Any, geometry: Windows, groups: int, width: int
) -> Call:
    """Return the call that puts the kernel's gradient into `w`; see `convolve`."""
    rows, filters = g.size // g.shape[-1], g.shape[-1] // groups
    size = geometry.taps * width
    piece, pieces = _pieces(size, rows, groups)
    (parts,) = room(xp, x, (pieces * w.size, "float32"))
    sizes = map(np.int32, (groups, width, filters))
    arguments = [x, g, parts, rows, piece, *sizes, *geometry.words()]
    function, grid = _KERNEL_OF[x.dtype.name], (_tiles(size), groups, pieces)
    first = function.bind(xp, _variant(x, filters), grid, arguments)
    return in_order((first, combined(xp, parts, w, pieces)))
