"""Samples of the ops that reorder and broadcast axes."""

from __future__ import annotations

import numpy as np

from tests.backend.sample import Sample

_rng = np.random.default_rng(12)
_x = _rng.normal(size=(2, 3, 4)).astype("float32")
_row = _rng.normal(size=(3, 1)).astype("float32")


def _transpose(x, axes):
    result = np.empty([x.shape[axis] for axis in axes], x.dtype)
    for index in np.ndindex(result.shape):
        source = [0] * x.ndim
        for position, axis in zip(index, axes):
            source[axis] = position
        result[index] = x[tuple(source)]
    return result


def _broadcast(x, shape):
    return x * np.ones(shape, x.dtype)


def _dynamic(x, vector, shape):
    return _broadcast(x, [int(v) if s is None else s for s, v in zip(shape, vector)])


def _unbroadcast(g, like):
    result = np.zeros(like.shape, g.dtype)
    extra = g.ndim - like.ndim
    for index in np.ndindex(g.shape):
        place = [0 if n == 1 else i for i, n in zip(index[extra:], like.shape)]
        result[tuple(place)] += g[index]
    return result


SAMPLES = {
    "transpose": [
        Sample(_x, axes=(2, 0, 1), reference=_transpose),
        Sample(_x, axes=(0, 2, 1), reference=_transpose),
    ],
    "broadcast_to": [
        Sample(_row, shape=(2, 3, 4), reference=_broadcast),
        Sample(np.float32(2.0), shape=(3,), reference=_broadcast),
        Sample(_row, shape=(3, 1), reference=_broadcast),
    ],
    "broadcast_dynamic": [
        Sample(_row, np.int32([2, 3, 4]), shape=(None, 3, None), reference=_dynamic),
    ],
    "broadcast_like": [
        Sample(
            _row,
            _x,
            gradient=(True, False),
            reference=lambda x, like: _broadcast(x, like.shape),
        ),
    ],
    "unbroadcast": [
        Sample(_x, _row, gradient=(True, False), reference=_unbroadcast),
        Sample(_x, np.float32(0.0), gradient=(True, False), reference=_unbroadcast),
        Sample(_x, _x, gradient=(True, False), reference=_unbroadcast),
        Sample(
            _x,
            np.zeros((1, 4), "float32"),
            gradient=(True, False),
            reference=_unbroadcast,
        ),
    ],
}
