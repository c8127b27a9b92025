"""Samples of writing into copies of tensors."""

from __future__ import annotations

import numpy as np

from tests.backend.sample import Sample

_rng = np.random.default_rng(18)


def _normal(*shape):
    return _rng.normal(size=shape).astype("float32")


_x = _normal(3, 4, 2)
_rows, _columns = np.int32([2, 0, 2, 1, 2]), np.int32([1, 3, 1, -1, 1])
_COMBINE = {
    None: lambda old, new: new,
    "add": lambda old, new: old + new,
    "mul": lambda old, new: old * new,
    "max": max,
    "min": min,
}


def _scatter_update(x, updates, *indices, reduction):
    result = x.copy()
    places = list(zip(*(index.reshape(-1) for index in indices)))
    rows = updates.reshape(len(places), *x.shape[len(indices) :])
    for place, row in zip(places, rows):
        for rest in np.ndindex(row.shape):
            here = (*place, *rest)
            result[here] = _COMBINE[reduction](result[here], row[rest])
    return result


def _wins(like, *indices):
    places = [
        tuple(i % n for i, n in zip(place, like.shape))
        for place in zip(*(index.reshape(-1) for index in indices))
    ]
    last = [place not in places[number + 1 :] for number, place in enumerate(places)]
    return np.array(last).reshape(indices[0].shape)


def _slice_update(x, updates, starts):
    result = x.copy()
    for index in np.ndindex(updates.shape):
        result[tuple(i + s for i, s in zip(index, starts))] = updates[index]
    return result


def _window(x, like, starts):
    result = np.empty(like.shape, x.dtype)
    for index in np.ndindex(like.shape):
        result[index] = x[tuple(i + s for i, s in zip(index, starts))]
    return result


SAMPLES = {
    "scatter_update": [
        Sample(
            _x,
            _normal(5, 2),
            _rows,
            _columns,
            reduction=reduction,
            reference=_scatter_update,
        )
        for reduction in _COMBINE
    ]
    + [
        Sample(
            _x,
            _normal(2, 2, 4, 2),
            np.int32([[0, 2], [0, 0]]),
            reduction=None,
            reference=_scatter_update,
        ),
        Sample(
            np.float32([2, 0, 3]),
            np.float32([5, 7, 0, 2, 0]),
            np.int32([1, 0, 2, 2, 0]),
            reduction="mul",
            second=False,
            reference=_scatter_update,
        ),
        Sample(
            np.int32([1, 2, 3]),
            np.int32([5, 7]),
            np.int32([1, 1]),
            reduction="add",
            reference=_scatter_update,
        ),
    ],
    "scatter_wins": [
        Sample(_x, _rows, _columns, gradient=False, reference=_wins),
    ],
    "slice_update": [
        Sample(_x, _normal(2, 1, 2), np.int32([1, 2, 0]), reference=_slice_update),
    ],
    "window": [
        Sample(
            _x,
            np.zeros((2, 2, 1), "float32"),
            np.int32([1, 2, 1]),
            gradient=(True, False, False),
            reference=_window,
        ),
    ],
}
