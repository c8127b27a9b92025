"""Samples of the ops that make tensors from shapes."""

from __future__ import annotations

import numpy as np

from tests.backend.sample import Sample


def _full(shape, value, dtype):
    result = np.empty(shape, dtype)
    for index in np.ndindex(*shape):
        result[index] = value
    return result


def _arange(start, step, count, dtype):
    return np.array([start + step * i for i in range(count)], dtype)


SAMPLES = {
    "full": [
        Sample(shape=(2, 3), value=1.5, dtype="float32", reference=_full),
        Sample(shape=(), value=True, dtype="bool", reference=_full),
        Sample(shape=(2,), value=3, dtype="int32", reference=_full),
    ],
    "full_dynamic": [
        Sample(
            np.int32([2, 3]),
            shape=(None, 3),
            value=7,
            dtype="int32",
            reference=lambda v, shape, value, dtype: _full(v, value, dtype),
        ),
    ],
    "full_like": [
        Sample(
            np.zeros((2, 3), "float32"),
            value=2,
            dtype="int32",
            gradient=False,
            reference=lambda x, value, dtype: _full(x.shape, value, dtype),
        ),
    ],
    "shape_of": [
        Sample(
            np.zeros((2, 3), "float32"),
            gradient=False,
            reference=lambda x: np.array([len(x), len(x[0])], "int32"),
        ),
    ],
    "arange": [
        Sample(start=2, step=3, count=4, dtype="int32", reference=_arange),
        Sample(start=0.5, step=-0.25, count=3, dtype="float32", reference=_arange),
    ],
    "arange_dynamic": [
        Sample(
            np.int32(2),
            np.int32(11),
            np.int32(3),
            dtype="float32",
            reference=lambda a, b, c, dtype: np.array([2, 5, 8], dtype),
        ),
    ],
}
