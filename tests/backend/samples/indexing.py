"""Samples of indexing by numbers, slices and new axes."""

from __future__ import annotations

import numpy as np

from tests.backend.sample import Sample

_rng = np.random.default_rng(16)
_x = _rng.normal(size=(3, 4, 5)).astype("float32")
_key = (1, (3, None, -2), None, (None, -1, None))
_dynamic_key = (("0", "1", None), (None, None, None), ("2", None, -1))
_bounds = np.int32([1, 3, 3])


def _python(key, bounds=()):
    def bound(entry):
        return int(bounds[int(entry)]) if isinstance(entry, str) else entry

    return tuple(
        slice(*(bound(e) for e in part)) if isinstance(part, tuple) else part
        for part in key
    )


def _get(x, key, bounds=()):
    """Index one axis after the other."""
    axis = 0
    for part in _python(key, bounds):
        if part is None:
            x = np.stack([x], axis=axis)
            axis += 1
        elif isinstance(part, int):
            x = np.moveaxis(x, axis, 0)[part]
        else:
            picked = range(x.shape[axis])[part]
            lines = [np.moveaxis(x, axis, 0)[i] for i in picked]
            x = np.moveaxis(np.array(lines), 0, axis)
            axis += 1
    return x


def _put(g, like, key, bounds=()):
    """Put each element where counting the places shows that it came from."""
    numbers = _get(np.arange(like.size).reshape(like.shape), key, bounds)
    result = np.zeros(like.size, g.dtype)
    result[numbers.reshape(-1)] = g.reshape(-1)
    return result.reshape(like.shape)


SAMPLES = {
    "getitem": [
        Sample(_x, key=_key, reference=_get),
        Sample(_x, key=(-1, 2, 0), reference=_get),
        Sample(np.int32([3, 5, 7]), key=((1, None, None),), reference=_get),
    ],
    "getitem_adjoint": [
        Sample(
            _rng.normal(size=(2, 1, 4)).astype("float32"),
            _x,
            key=_key,
            gradient=(True, False),
            reference=_put,
        ),
    ],
    "getitem_dynamic": [
        Sample(
            _x,
            _bounds,
            key=_dynamic_key,
            reference=lambda x, bounds, key: _get(x, key, bounds),
        ),
    ],
    "getitem_dynamic_adjoint": [
        Sample(
            _rng.normal(size=(2, 4, 4)).astype("float32"),
            _x,
            _bounds,
            key=_dynamic_key,
            gradient=(True, False, False),
            reference=lambda g, x, bounds, key: _put(g, x, key, bounds),
        ),
    ],
}
