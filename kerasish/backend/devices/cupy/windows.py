"""Windows that slide over up to three spatial axes, for kernels of the device `cupy`.

Arrays are channels last. Fewer axes than three get leading ones of size 1, so that one
compiled kernel serves all ranks, shapes and strides.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from kerasish.backend.devices.cupy.calls import is_float

Ints = tuple[int, ...]
_RANK = 3
_ROWS = ("X", "Y", "W", "S", "P", "D")

# `X` are the sizes before, `Y` the number of windows, `W`, `S`, `P` and `D` the window,
# its strides, the padding before, and the dilation.
SOURCE = (
    "#define GEOMETRY "
    + ", ".join(f"int {name}{axis}" for name in _ROWS for axis in range(_RANK))
    + r"""

struct Spot { int64 n; int a, b, c, channel; };

/* Divides a number and returns what is left over. */
__device__ __forceinline__ int take(uint32& flat, int size) {
    uint32 whole = flat / size, rest = flat - whole * size;
    flat = whole;
    return rest;
}

/* Numbers below 2^53 are divided by a reciprocal: the proper division of long ones is a
   call, around which registers are spilled. */
__device__ __forceinline__ int take(uint64& flat, int size) {
    double reciprocal = __fdividef(1.0f, (float)size);
    reciprocal *= 2.0 - size * reciprocal;
    reciprocal *= 2.0 - size * reciprocal;
    int64 whole = (int64)((double)flat * reciprocal);
    int64 rest = (int64)flat - whole * size;
    if (rest < 0) { --whole; rest += size; }
    if (rest >= size) { ++whole; rest -= size; }
    flat = whole;
    return (int)rest;
}

template <class Number>
__device__ __forceinline__ Spot spot_of(
    Number flat, int n0, int n1, int n2, int channels
) {
    Spot s;
    s.channel = take(flat, channels);
    s.c = take(flat, n2);
    s.b = take(flat, n1);
    s.a = take(flat, n0);
    s.n = flat;
    return s;
}

/* Takes a flat index of (images, n0, n1, n2, channels) apart; short numbers are divided
   several times as fast as long ones. */
__device__ __forceinline__ Spot spot(int64 flat, int n0, int n1, int n2, int channels) {
    return flat >> 32 ? spot_of<uint64>(flat, n0, n1, n2, channels)
                      : spot_of<uint32>(flat, n0, n1, n2, channels);
}

__device__ __forceinline__ int64 place(
    int64 n, int a, int b, int c, int n0, int n1, int n2
) { return ((n * n0 + a) * n1 + b) * n2 + c; }

/* The elements i of a result that a thread computes. */
#define EACH_ELEMENT \
    for (int64 i = thread_number(); i < total; i += thread_count())

/* The taps (t0, t1, t2) of the window s, which lie at (a0, a1, a2). */
#define EACH_TAP(s) \
    for (int t0 = 0, a0 = s.a * S0 - P0; t0 < W0; ++t0, a0 += D0) \
    if (0 <= a0 && a0 < X0) \
    for (int t1 = 0, a1 = s.b * S1 - P1; t1 < W1; ++t1, a1 += D1) \
    if (0 <= a1 && a1 < X1) \
    for (int t2 = 0, a2 = s.c * S2 - P2; t2 < W2; ++t2, a2 += D2) \
    if (0 <= a2 && a2 < X2)

/* The windows (p0, p1, p2) that hold the element s, as their tap (t0, t1, t2). */
#define EACH_WINDOW(s) \
    for (int t0 = 0, r0 = s.a + P0, p0; t0 < W0 && r0 >= 0; ++t0, r0 -= D0) \
    if (p0 = r0 / S0, p0 * S0 == r0 && p0 < Y0) \
    for (int t1 = 0, r1 = s.b + P1, p1; t1 < W1 && r1 >= 0; ++t1, r1 -= D1) \
    if (p1 = r1 / S1, p1 * S1 == r1 && p1 < Y1) \
    for (int t2 = 0, r2 = s.c + P2, p2; t2 < W2 && r2 >= 0; ++t2, r2 -= D2) \
    if (p2 = r2 / S2, p2 * S2 == r2 && p2 < Y2)

#define TAP ((t0 * W1 + t1) * W2 + t2)
"""
)


class Windows(NamedTuple):
    """How windows lie.

    Attributes:
        sizes: Lengths of the axes over which they slide.
        counts: How many windows there are along each.
        window, strides, pads, dilation: One entry an axis; of `pads` those before.
    """

    sizes: Ints
    counts: Ints
    window: Ints
    strides: Ints
    pads: Ints
    dilation: Ints

    @classmethod
    def of(
        cls,
        sizes: Ints,
        window: Ints,
        strides: Ints,
        pads: Any,
        dilation: Ints | None = None,
    ) -> Windows:
        """Return the windows on axes of the given sizes; `pads` has pairs."""
        gaps = dilation or (1,) * len(window)
        counts = tuple(
            max((size + sum(pad) - (length - 1) * gap - 1) // stride + 1, 0)
            for size, pad, length, gap, stride in zip(
                sizes, pads, window, gaps, strides
            )
        )
        before = tuple(pad[0] for pad in pads)
        return cls(sizes, counts, window, strides, before, gaps)

    @property
    def taps(self) -> int:
        """The number of elements of a window."""
        return math.prod(self.window)

    def words(self) -> tuple[np.int32, ...]:
        """Return the arguments that `GEOMETRY` declares."""
        missing = _RANK - len(self.sizes)
        fill = (1, 1, 1, 1, 0, 1)
        return tuple(
            np.int32(number)
            for row, first in zip(self, fill)
            for number in (*(first,) * missing, *row)
        )


def acceptable(specs: tuple, attrs: dict) -> bool:
    """Tell whether shapes are exact, and windows such as the kernels take."""
    return (
        is_float(specs, attrs)
        and len(attrs["strides"]) <= _RANK
        and attrs["pads"] != "same"
    )
