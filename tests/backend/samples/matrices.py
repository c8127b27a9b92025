"""Samples of diagonals, triangles and one-hot vectors."""

from __future__ import annotations

import numpy as np

from tests.backend.sample import Sample

_rng = np.random.default_rng(19)


def _normal(*shape):
    return _rng.normal(size=shape).astype("float32")


def _diagonal(x, offset, axes):
    x = np.moveaxis(x, axes, (0, 1))
    places = [(i, i + offset) for i in range(len(x)) if 0 <= i + offset < x.shape[1]]
    picked = [x[place] for place in places]
    shape = (len(places), *x.shape[2:])
    return np.moveaxis(np.array(picked, x.dtype).reshape(shape), 0, -1)


def _put_diagonal(g, like, offset, axes):
    result = np.zeros(like.shape, g.dtype)
    view = np.moveaxis(result, axes, (0, 1))
    column = 0
    for i in range(len(view)):
        if 0 <= i + offset < view.shape[1]:
            view[i, i + offset] = g[..., column]
            column += 1
    return result


def _matrix(x, offset):
    size = len(x) + abs(offset)
    result = np.zeros((size, size), x.dtype)
    for i, value in enumerate(x):
        result[i - min(offset, 0), i + max(offset, 0)] = value
    return result


def _triangle(x, offset, lower):
    result = np.zeros_like(x)
    for *rest, i, j in np.ndindex(x.shape):
        if (j - i <= offset) if lower else (j - i >= offset):
            result[(*rest, i, j)] = x[(*rest, i, j)]
    return result


def _one_hot(x, count, axis, dtype):
    result = np.zeros((*x.shape, count), dtype)
    for index in np.ndindex(x.shape):
        if 0 <= x[index] < count:
            result[(*index, x[index])] = 1
    return np.moveaxis(result, -1, axis)


SAMPLES = {
    "diagonal": [
        Sample(_normal(3, 4), offset=1, axes=(0, 1), reference=_diagonal),
        Sample(_normal(2, 3, 4), offset=-1, axes=(2, 0), reference=_diagonal),
        Sample(
            _normal(2, 2), offset=5, axes=(0, 1), gradient=False, reference=_diagonal
        ),
    ],
    "diagonal_adjoint": [
        Sample(
            _normal(3, 1),
            _normal(2, 3, 4),
            offset=-1,
            axes=(0, 2),
            gradient=(True, False),
            reference=_put_diagonal,
        ),
    ],
    "diagonal_matrix": [
        Sample(_normal(3), offset=offset, reference=_matrix) for offset in (0, 2, -1)
    ],
    "triangle": [
        Sample(_normal(2, 3, 4), offset=1, lower=True, reference=_triangle),
        Sample(_normal(3, 3), offset=0, lower=False, reference=_triangle),
    ],
    "one_hot": [
        Sample(
            np.int32([[0, 2], [3, -1]]),
            count=3,
            axis=1,
            dtype="float32",
            reference=_one_hot,
        ),
        Sample(np.uint8([1, 0]), count=2, axis=1, dtype="bool", reference=_one_hot),
    ],
}
