"""Samples of the ops that change shapes."""

from __future__ import annotations

import numpy as np

from tests.backend.sample import Sample

_rng = np.random.default_rng(11)
_x = _rng.normal(size=(2, 3, 4)).astype("float32")
_flat = _rng.normal(size=(24,)).astype("float32")
_thin = _rng.normal(size=(1, 3, 1)).astype("float32")


def _reshape(x, shape):
    result = np.empty(x.size, x.dtype)
    for position, index in enumerate(np.ndindex(x.shape)):
        result[position] = x[index]
    return result.reshape(shape)


def _dynamic(x, vector, shape):
    merged = [int(v) if s is None else s for s, v in zip(shape, vector)]
    return _reshape(x, merged)


SAMPLES = {
    "reshape": [
        Sample(_x, shape=(6, -1), reference=_reshape),
        Sample(_x, shape=(4, 3, 2), reference=_reshape),
        Sample(_flat, shape=(2, 3, 4), reference=_reshape),
        Sample(np.zeros((0, 4), "float32"), shape=(-1, 2), reference=_reshape),
        Sample(np.arange(6), shape=(3, 2), reference=_reshape),
    ],
    "reshape_dynamic": [
        Sample(_x, np.int32([4, 0, 2]), shape=(None, -1, 2), reference=_dynamic),
        Sample(_x, np.int32([8, 3]), shape=(None, None), reference=_dynamic),
    ],
    "reshape_like": [
        Sample(
            _x,
            np.zeros((4, 6), "float32"),
            gradient=(True, False),
            reference=lambda x, like: _reshape(x, like.shape),
        ),
    ],
    "expand_dims": [
        Sample(_x, axes=(0, 2), reference=lambda x, axes: x.reshape(1, 2, 1, 3, 4)),
        Sample(np.float32(3.0), axes=(0,), reference=lambda x, axes: np.array([x])),
    ],
    "squeeze": [
        Sample(_thin, axes=(0, 2), reference=lambda x, axes: x[0, :, 0]),
        Sample(_thin, axes=(2,), reference=lambda x, axes: x[:, :, 0]),
    ],
}
