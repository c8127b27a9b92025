"""Samples of sorting and of ops whose result is as long as values decide."""

from __future__ import annotations

import numpy as np

from tests.backend.sample import Sample

_rng = np.random.default_rng(20)
_x = _rng.normal(size=(3, 4)).astype("float32")
_long = _rng.normal(size=(2, 90)).astype("float32")
_ties = np.int32([[1, 3, 3, 2], [0, 0, 0, 5]])


def _order(x, axis):
    lines = np.moveaxis(x, axis, -1)
    result = np.empty(lines.shape, "int32")
    for index in np.ndindex(lines.shape[:-1]):
        line = lines[index]
        result[index] = sorted(range(len(line)), key=lambda i: line[i])
    return np.moveaxis(result, -1, axis)


def _sort(x, axis):
    return np.take_along_axis(x, _order(x, axis), axis)


def _top_k(x, k):
    indices = np.empty((*x.shape[:-1], k), "int32")
    for index in np.ndindex(x.shape[:-1]):
        line = x[index]
        indices[index] = sorted(range(len(line)), key=lambda i: -line[i])[:k]
    return np.take_along_axis(x, indices, -1), indices


def _searchsorted(line, values, side):
    def before(item, value):
        return item < value if side == "left" else item <= value

    counts = [sum(before(item, value) for item in line) for value in values.flat]
    return np.array(counts).reshape(values.shape)


def _nonzero(x):
    places = [index for index in np.ndindex(x.shape) if x[index]]
    return tuple(np.array([place[axis] for place in places]) for axis in range(x.ndim))


def _unique(x, axis):
    lines = x.reshape(-1, 1) if axis is None else np.moveaxis(x, axis, 0)
    keys = [tuple(line.reshape(-1)) for line in lines]
    distinct = sorted(set(keys))
    first = [keys.index(key) for key in distinct]
    inverse = np.array([distinct.index(key) for key in keys])
    counts = [keys.count(key) for key in distinct]
    values = lines[first]
    if axis is None:
        return values.reshape(-1), first, inverse.reshape(x.shape), counts
    return np.moveaxis(values, 0, axis), first, inverse, counts


def _bincount(x, weights, minlength):
    length = max(minlength, int(x.max()) + 1)
    weights = np.broadcast_to(weights, x.shape)
    result = np.zeros((*x.shape[:-1], length), weights.dtype)
    for index in np.ndindex(x.shape):
        result[(*index[:-1], x[index])] += weights[index]
    return result


SAMPLES = {
    "sort": [
        Sample(_x, axis=1, reference=_sort),
        Sample(_x, axis=0, reference=_sort),
    ],
    "argsort": [
        Sample(_ties, axis=1, reference=_order),
        Sample(_x, axis=0, gradient=False, reference=_order),
    ],
    "top_k": [
        Sample(_x, k=2, reference=_top_k),
        Sample(_ties, k=3, reference=_top_k),
        Sample(_long, k=5, reference=_top_k),
        Sample((_long * 4).astype("int32"), k=9, reference=_top_k),
    ],
    "searchsorted": [
        Sample(
            np.float32([1, 2, 2, 5]),
            np.float32([[0, 2], [5, 9]]),
            side=side,
            gradient=False,
            reference=_searchsorted,
        )
        for side in ("left", "right")
    ],
    "nonzero": [
        Sample(np.int32([[0, 3, 0], [1, 0, 2]]), reference=_nonzero),
    ],
    "unique": [
        Sample(np.int32([[3, 1], [1, 7]]), axis=None, reference=_unique),
        Sample(np.int32([[3, 1], [1, 7], [3, 1]]), axis=0, reference=_unique),
    ],
    "bincount": [
        Sample(
            np.int32([1, 4, 1]),
            np.float32([0.5, 2.0, 3.0]),
            minlength=2,
            reference=_bincount,
        ),
        Sample(
            np.int32([[1, 0], [2, 2]]), np.int32(1), minlength=5, reference=_bincount
        ),
    ],
}
