"""Samples of distances, one pair of vectors at a time."""

from __future__ import annotations

import numpy as np

from tests.backend.sample import Sample

_rng = np.random.default_rng(61)


def _normal(*shape):
    return _rng.normal(size=shape).astype("float32")


def _pairs(x, y):
    batch = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    x = np.broadcast_to(x, (*batch, *x.shape[-2:]))
    y = np.broadcast_to(y, (*batch, *y.shape[-2:]))
    result = np.empty((*batch, x.shape[-2], y.shape[-2]), x.dtype)
    for *rest, i, j in np.ndindex(result.shape):
        result[(*rest, i, j)] = sum((x[(*rest, i)] - y[(*rest, j)]) ** 2)
    return result


SAMPLES = {
    "square_distances": [
        Sample(_normal(3, 2), _normal(4, 2), reference=_pairs),
        Sample(_normal(2, 1, 3, 2), _normal(3, 1, 2), reference=_pairs),
    ],
}
