"""Samples of the ops that join tensors and take them apart."""

from __future__ import annotations

import numpy as np

from tests.backend.sample import Sample

_rng = np.random.default_rng(13)


def _normal(*shape):
    return _rng.normal(size=shape).astype("float32")


def _concatenate(*xs, axis):
    lines = [line for x in xs for line in np.moveaxis(x, axis, 0)]
    return np.moveaxis(np.array(lines), 0, axis)


def _parts(x, ends, axis):
    starts = [0, *ends]
    lines = np.moveaxis(x, axis, 0)
    return [
        np.moveaxis(lines[start:end], 0, axis)
        for start, end in zip(starts, [*ends, len(lines)])
    ]


def _split(x, sections, positions, axis):
    if sections is not None:
        step = x.shape[axis] // sections
        positions = range(step, x.shape[axis], step)
    return _parts(x, positions, axis)


def _split_like(x, *likes, axis):
    sizes = [like.shape[axis] for like in likes]
    return _parts(x, list(np.cumsum(sizes))[:-1], axis)


SAMPLES = {
    "concatenate": [
        Sample(_normal(2, 3), _normal(2, 1), axis=1, reference=_concatenate),
        Sample(
            _normal(1, 3), _normal(2, 3), _normal(1, 3), axis=0, reference=_concatenate
        ),
        Sample(np.int32([1, 2]), np.int32([3]), axis=0, reference=_concatenate),
    ],
    "stack": [
        Sample(
            _normal(2, 3),
            _normal(2, 3),
            axis=1,
            reference=lambda a, b, axis: np.array([a, b]).transpose(1, 0, 2),
        ),
        Sample(
            np.int32(4),
            np.int32(5),
            axis=0,
            reference=lambda a, b, axis: np.array([a, b]),
        ),
    ],
    "split": [
        Sample(_normal(4, 6), sections=3, positions=(), axis=1, reference=_split),
        Sample(
            _normal(5, 2), sections=None, positions=(1, 3), axis=0, reference=_split
        ),
    ],
    "split_like": [
        Sample(
            _normal(2, 5),
            _normal(2, 3),
            _normal(2, 2),
            axis=1,
            gradient=(True, False, False),
            reference=_split_like,
        ),
    ],
}
