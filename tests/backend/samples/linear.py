"""Samples of products of tensors."""

from __future__ import annotations

import numpy as np

from tests.backend.sample import Sample


def _random(*shape, seed=0, dtype="float32"):
    return np.random.default_rng(seed).normal(size=shape).astype(dtype)


def multiply(a, b):
    columns = np.swapaxes(b, -1, -2)[..., None, :, :]
    return (a.astype("float64")[..., :, None, :] * columns).sum(-1)


def sum_of_products(x, y, *, a, b, result):
    return np.einsum(x.astype("float64"), list(a), y, list(b), list(result))


def _product(*shapes, gradient=True, dtype="float32", **options):
    arrays = [_random(*s, seed=i, dtype=dtype) for i, s in enumerate(shapes)]
    return Sample(*arrays, reference=multiply, gradient=gradient, **options)


def _contraction(x, y, a, b, result):
    arrays = _random(*x), _random(*y, seed=1)
    return Sample(*arrays, reference=sum_of_products, a=a, b=b, result=result)


def _whole(a, b):
    return a.astype("int64") @ b.astype("int64")


SAMPLES = {
    "matmul": [
        _product((2, 3), (3, 4)),
        _product((5, 2, 3), (3, 4)),
        _product((2, 1, 2, 3), (4, 3, 2)),
        _product((2, 3), (4, 3, 2)),
        _product((1, 2, 3), (4, 3, 1)),
        _product((2, 3), (3, 1), dtype="float64"),
        _product((0, 3), (3, 2), gradient=False),
        _product((2, 0, 3), (3, 2), gradient=False),
        _product((2, 0), (0, 2), gradient=False),
        _product((4, 2, 3), (3, 4), gradient=False, dtype="float16", tolerance=1e-3),
        Sample(
            np.array([[1, 2], [3, 4]], "int32"),
            np.array([[1], [-1]], "int32"),
            reference=_whole,
            gradient=False,
        ),
    ],
    "contract": [
        _contraction((2, 3), (3, 4), (0, 1), (1, 2), (0, 2)),
        _contraction((2, 3, 4), (4, 3, 5), (0, 1, 2), (2, 1, 3), (3, 0)),
        _contraction((2, 3, 4), (2, 4, 5), (0, 1, 2), (0, 2, 3), (3, 0, 1)),
        _contraction((2, 3), (2, 3), (0, 1), (0, 1), (0,)),
        _contraction((2, 3), (2, 3), (0, 1), (0, 1), ()),
        _contraction((2, 3), (3, 2), (0, 1), (1, 0), (1, 0)),
        _contraction((2, 3), (4,), (0, 1), (2,), (2, 0, 1)),
        _contraction((2, 3, 2), (2, 4), (0, 1, 2), (0, 3), (2, 3, 0, 1)),
        _contraction((3,), (2,), (0,), (1,), (1, 0)),
    ],
}
