"""Flat indices are taken apart, also those beyond 32 bits."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend.devices.cupy import windows
from kerasish.backend.devices.cupy.cuda import CudaFunction

SOURCE = r"""
extern "C" __global__ void probe(
    const int64* flat, int64* parts, int n0, int n1, int n2, int channels
) {
    int64 i = thread_number();
    Spot s = spot(flat[i], n0, n1, n2, channels);
    int64 found[5] = {s.n, s.a, s.b, s.c, s.channel};
    for (int k = 0; k < 5; ++k) parts[5 * i + k] = found[k];
}
"""


@pytest.mark.parametrize("sizes", [(1, 1, 1, 1), (3, 7, 1000, 4096), (1, 5, 6, 46340)])
def test_places(cupy_device, sizes):
    xp = cupy_device.xp
    rng = np.random.default_rng(0)
    flat = np.concatenate([rng.integers(0, 1 << bits, 64) for bits in (8, 32, 33, 52)])
    whole = flat // sizes[-1] * sizes[-1]
    flat = np.concatenate([flat, whole, np.maximum(whole - 1, 0)])
    parts = xp.empty((flat.size, 5), "int64")
    function = CudaFunction("probe", windows.SOURCE + SOURCE, threads=64)
    given = [xp.asarray(flat), parts, *map(np.int32, sizes)]
    function.bind(xp, {}, flat.size // 64, given)()
    rest, columns = flat, []
    for size in reversed(sizes):
        columns.append(rest % size)
        rest = rest // size
    expected = np.stack([rest, *reversed(columns)], 1)
    np.testing.assert_array_equal(parts.get(), expected)
