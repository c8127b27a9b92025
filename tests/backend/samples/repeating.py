"""Samples of the ops that repeat a tensor, and of their gradients."""

from __future__ import annotations

import numpy as np

from tests.backend.sample import Sample

_rng = np.random.default_rng(14)
_x = _rng.normal(size=(2, 3)).astype("float32")
_tiled = _rng.normal(size=(4, 9)).astype("float32")
_first = (True, False)


def _tile(x, repeats):
    result = np.empty([n * r for n, r in zip(x.shape, repeats)], x.dtype)
    for index in np.ndindex(result.shape):
        result[index] = x[tuple(i % n for i, n in zip(index, x.shape))]
    return result


def _untile(g, like, repeats):
    result = np.zeros(like.shape, g.dtype)
    for index in np.ndindex(g.shape):
        result[tuple(i % n for i, n in zip(index, like.shape))] += g[index]
    return result


def _repeat(x, repeats, axis):
    lines = [line for line in np.moveaxis(x, axis, 0) for _ in range(repeats)]
    return np.moveaxis(np.array(lines), 0, axis)


def _unrepeat(g, like, repeats, axis):
    lines = np.moveaxis(g, axis, 0)
    sums = [sum(lines[i : i + repeats]) for i in range(0, len(lines), repeats)]
    return np.moveaxis(np.array(sums), 0, axis)


SAMPLES = {
    "tile": [
        Sample(_x, repeats=(2, 3), reference=_tile),
        Sample(np.int32([[1, 2]]), repeats=(1, 2), reference=_tile),
    ],
    "tile_dynamic": [
        Sample(
            _x,
            np.int32([2, 3]),
            repeats=(None, 3),
            reference=lambda x, vector, repeats: _tile(x, vector),
        ),
    ],
    "untile": [
        Sample(_tiled, _x, repeats=(2, 3), gradient=_first, reference=_untile),
    ],
    "untile_dynamic": [
        Sample(
            _tiled,
            _x,
            np.int32([2, 3]),
            repeats=(2, None),
            gradient=(True, False, False),
            reference=lambda g, like, vector, repeats: _untile(g, like, repeats),
        ),
    ],
    "repeat": [
        Sample(_x, repeats=2, axis=0, reference=_repeat),
        Sample(_x, repeats=3, axis=1, reference=_repeat),
    ],
    "unrepeat": [
        Sample(
            _tiled,
            np.zeros((4, 3), "float32"),
            repeats=3,
            axis=1,
            gradient=_first,
            reference=_unrepeat,
        ),
    ],
}
