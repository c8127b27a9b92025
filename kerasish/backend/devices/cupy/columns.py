"""Patches of images as the rows of a matrix, and sums of such rows back into images."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend.devices.cupy import windows
from kerasish.backend.devices.cupy.calls import Call
from kerasish.backend.devices.cupy.cuda import (
    FLOATS,
    aligned,
    blocks,
    cuda_function,
    each,
)
from kerasish.backend.devices.cupy.windows import Windows

# Types in which patches are copied, widest first.
_PIECES = {16: "uint4", 8: "uint2", 4: "uint32", 2: "uint16"}

# columns[group][window][tap][piece] are the pieces of the channels of a group, 0 in the
# padding; windows are numbered through all images, and those from `first` on are taken.
_IM2COL = cuda_function(
    "im2col",
    windows.SOURCE
    + r"""
extern "C" __global__ __launch_bounds__(THREADS) void im2col(
    const void* images, void* columns, int64 total, int64 first, int64 rows, int groups,
    int width, GEOMETRY
) {
    const V* x = (const V*)images;
    const V none = V();
    EACH_ELEMENT {
        uint32 rest = i, channel = rest % width; rest /= width;
        int t2 = rest % W2; rest /= W2;
        int t1 = rest % W1; rest /= W1;
        int t0 = rest % W0; rest /= W0;
        uint32 group = rest / (uint32)rows;
        Spot s = spot(first + rest % (uint32)rows, Y0, Y1, Y2, 1);
        int a0 = s.a * S0 - P0 + t0 * D0;
        int a1 = s.b * S1 - P1 + t1 * D1;
        int a2 = s.c * S2 - P2 + t2 * D2;
        bool inside = 0 <= a0 && a0 < X0 && 0 <= a1 && a1 < X1 && 0 <= a2 && a2 < X2;
        int64 from = place(s.n, a0, a1, a2, X0, X1, X2) * groups + group;
        ((V*)columns)[i] = inside ? x[from * width + channel] : none;
    }
}
""",
    each(V=tuple(_PIECES.values())),
    hot=True,
)

# The inverse of the above for whole images: each element is the sum of its copies.
_COL2IM = cuda_function(
    "col2im",
    windows.SOURCE
    + r"""
extern "C" __global__ __launch_bounds__(THREADS) void col2im(
    const T* columns, T* x, int64 total, int64 rows, int groups, int width, GEOMETRY
) {
    const int taps = W0 * W1 * W2;
    EACH_ELEMENT {
        Spot s = spot(i, X0, X1, X2, groups * width);
        int group = s.channel / width, channel = s.channel % width;
        Compute<T>::type sum = 0;
        EACH_WINDOW(s) {
            int64 row = group * rows + place(s.n, p0, p1, p2, Y0, Y1, Y2);
            sum += widen(columns[(row * taps + TAP) * width + channel]);
        }
        x[i] = narrow<T>(sum);
    }
}
""",
    each(T=FLOATS),
    hot=True,
)


def im2col(
    xp: Any, x: Any, columns: Any, geometry: Windows, groups: int, first: int, rows: int
) -> Call:
    """Return the call that copies patches.

    Args:
        xp: CuPy.
        x: Images, channels last.
        columns: A vector with room for `(groups, rows, taps * channels / groups)`.
        geometry: How the windows lie.
        groups: The number of groups of channels.
        first, rows: Which windows, counted through all images.
    """
    group_bytes = x.shape[-1] // groups * x.itemsize
    size = next(
        size
        for size in _PIECES
        if group_bytes % size == 0 and aligned((x, columns), size // x.itemsize or 1)
    )
    width = group_bytes // size
    total = groups * rows * geometry.taps * width
    sizes = (np.int32(groups), np.int32(width))
    arguments = [x, columns, total, first, rows, *sizes, *geometry.words()]
    return _IM2COL.bind(xp, {"V": _PIECES[size]}, blocks(total), arguments)


def col2im(
    xp: Any, columns: Any, x: Any, geometry: Windows, groups: int, rows: int
) -> Call:
    """Return the call that sums patches of whole images, in `columns`, into `x`."""
    sizes = (np.int32(groups), np.int32(x.shape[-1] // groups))
    arguments = [columns, x, x.size, rows, *sizes, *geometry.words()]
    return _COL2IM.bind(xp, {"T": x.dtype.name}, blocks(x.size), arguments)
