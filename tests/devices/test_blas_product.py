"""Products by OpenBLAS from compiled code."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend.devices import get_device, threads
from kerasish.backend.devices.cpu import blas_product, loops

blas = threads.openblas()
pytestmark = pytest.mark.skipif(
    not (loops.available() and blas and blas.product),
    reason="NumPy has another BLAS, or there is no compiler of loops",
)
RNG = np.random.default_rng(0)


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


@pytest.mark.parametrize("team", [1, 2, 3])
@pytest.mark.parametrize(
    ("a", "b"),
    [
        (normal(7, 5), normal(5, 11)),
        (normal(5, 7).T, normal(5, 11)),
        (normal(70, 50), normal(90, 50).T),
        (normal(5, 8)[:, :7].T, normal(11, 6)[:, 1:].T),
        (normal(1, 300), normal(300, 3)),
    ],
)
def test_products(team, a, b):
    wide = np.zeros((len(a), b.shape[1] + 2), "float32")
    out = wide[:, 1:-1]
    with get_device("cpu").guard():
        blas_product.bind(a, b, out, team)()
    np.testing.assert_allclose(out, a @ b, rtol=1e-4, atol=1e-4)
    assert not wide[:, 0].any() and not wide[:, -1].any()


def test_matrices_with_gaps_inside_are_refused():
    a, b, out = normal(6, 8), normal(8, 4), np.zeros((6, 4), "float32")
    assert blas_product.bind(a[:, ::2], b[:4], out, 1) is None
    assert blas_product.bind(a, b[::-1], out, 1) is None
    assert blas_product.bind(a, b, out.reshape(4, 6).T, 1) is None
