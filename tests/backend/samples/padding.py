"""Samples of padding, cropping, turning and shifting."""

from __future__ import annotations

import numpy as np

from tests.backend.sample import Sample

_rng = np.random.default_rng(15)
_x = _rng.normal(size=(3, 4)).astype("float32")
_large = _rng.normal(size=(5, 7)).astype("float32")
_widths = ((1, 1), (0, 3))


def _pad(x, widths, value):
    result = np.full([n + a + b for n, (a, b) in zip(x.shape, widths)], value, x.dtype)
    for index in np.ndindex(x.shape):
        result[tuple(i + a for i, (a, _) in zip(index, widths))] = x[index]
    return result


def _source(position, size, mode):
    """The place in the tensor that a place in or beside it repeats."""
    if mode == "edge":
        return min(max(position, 0), size - 1)
    extra = 0 if mode == "reflect" else 1
    if position < 0:
        return -position - extra
    if position >= size:
        return 2 * (size - 1) - position + extra
    return position


def _places(shape, widths, mode):
    larger = [n + a + b for n, (a, b) in zip(shape, widths)]
    for index in np.ndindex(*larger):
        yield (
            index,
            tuple(
                _source(i - a, n, mode) for i, n, (a, _) in zip(index, shape, widths)
            ),
        )


def _mirrored(x, widths, mode):
    result = np.empty([n + a + b for n, (a, b) in zip(x.shape, widths)], x.dtype)
    for index, source in _places(x.shape, widths, mode):
        result[index] = x[source]
    return result


def _folded(g, widths, mode):
    shape = [n - a - b for n, (a, b) in zip(g.shape, widths)]
    result = np.zeros(shape, g.dtype)
    for index, source in _places(shape, widths, mode):
        result[source] += g[index]
    return result


def _roll(x, shifts, axes):
    result = np.empty_like(x)
    for index in np.ndindex(x.shape):
        moved = list(index)
        for shift, axis in zip(shifts, axes):
            moved[axis] = (moved[axis] + shift) % x.shape[axis]
        result[tuple(moved)] = x[index]
    return result


def _flip(x, axes):
    result = np.empty_like(x)
    for index in np.ndindex(x.shape):
        turned = (
            n - 1 - i if a in axes else i
            for a, (i, n) in enumerate(zip(index, x.shape))
        )
        result[tuple(turned)] = x[index]
    return result


SAMPLES = {
    "pad": [
        Sample(_x, widths=_widths, value=0, reference=_pad),
        Sample(_x, widths=((0, 2), (1, 0)), value=-1.5, reference=_pad),
        Sample(np.array([True, False]), widths=((1, 1),), value=0, reference=_pad),
    ],
    "crop": [
        Sample(_large, widths=_widths, reference=lambda x, widths: x[1:-1, :4]),
    ],
    "pad_mirrored": [
        Sample(_x, widths=((2, 1), (0, 3)), mode=mode, reference=_mirrored)
        for mode in ("reflect", "symmetric", "edge")
    ],
    "fold_border": [
        Sample(_large, widths=((1, 1), (0, 3)), mode=mode, reference=_folded)
        for mode in ("reflect", "symmetric", "edge")
    ],
    "flip": [
        Sample(_x, axes=(0, 1), reference=_flip),
        Sample(_x, axes=(1,), reference=_flip),
    ],
    "roll": [
        Sample(_x, shifts=(1, -2), axes=(0, 1), reference=_roll),
        Sample(_x, shifts=(5,), axes=(1,), reference=_roll),
    ],
}
