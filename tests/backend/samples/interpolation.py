"""Samples of resampling along an axis, one element and one weight at a time."""

from __future__ import annotations

import math

import numpy as np

from tests.backend.sample import Sample

_rng = np.random.default_rng(43)


def _normal(*shape):
    return _rng.normal(size=shape).astype("float32")


def _sinc(x):
    return 1.0 if x == 0 else math.sin(math.pi * x) / (math.pi * x)


def _kernel(method, x):
    x = abs(x)
    if method == "bilinear":
        return max(0.0, 1 - x)
    if method == "bicubic":
        if x < 1:
            return 1 - 2.5 * x**2 + 1.5 * x**3
        return 2 - 4 * x + 2.5 * x**2 - 0.5 * x**3 if x < 2 else 0.0
    radius = int(method[-1])
    return _sinc(x) * _sinc(x / radius) if x <= radius else 0.0


def _matrix(count, size, method, antialias):
    scale, weights = count / size, np.zeros((size, count))
    reach = max(1.0, scale) if antialias else 1.0
    for i, j in np.ndindex(size, count):
        if method == "area":
            low, high = max(i * scale, j), min((i + 1) * scale, j + 1)
            weights[i, j] = max(0.0, high - low)
        else:
            centre = (i + 0.5) * scale - 0.5
            weights[i, j] = _kernel(method, (centre - j) / reach)
    return weights / weights.sum(axis=1, keepdims=True)


def _resized(x, axis, size, method, antialias):
    weights = _matrix(x.shape[axis], size, method, antialias)
    return np.moveaxis(np.tensordot(weights, x, (1, axis)), 0, axis).astype(x.dtype)


def _back(g, like, axis, size, method, antialias):
    weights = _matrix(like.shape[axis], size, method, antialias)
    return np.moveaxis(np.tensordot(weights, g, (0, axis)), 0, axis).astype(g.dtype)


_CASES = [
    ((2, 5, 3), 1, 3, "bilinear", False),
    ((2, 5, 3), 1, 3, "bilinear", True),
    ((2, 3, 2), 1, 7, "bicubic", False),
    ((2, 7), 1, 4, "bicubic", True),
    ((9, 1, 2), 0, 4, "lanczos3", True),
    ((11, 2), 0, 6, "lanczos5", False),
    ((7, 3), 0, 3, "area", False),
    ((3, 4), 0, 5, "area", False),
    # So long that a few lookups replace the product of matrices.
    ((1, 300, 2), 1, 4, "bilinear", False),
    ((4, 2), 0, 4, "bilinear", False),
]

SAMPLES = {
    "resize_axis": [
        Sample(
            _normal(*shape),
            axis=axis,
            size=size,
            method=method,
            antialias=antialias,
            reference=_resized,
        )
        for shape, axis, size, method, antialias in _CASES
    ],
    "resize_axis_adjoint": [
        Sample(
            _normal(*shape[:axis], size, *shape[axis + 1 :]),
            _normal(*shape),
            axis=axis,
            size=size,
            method=method,
            antialias=antialias,
            gradient=(True, False),
            batch=(0, 1) if axis else (),
            reference=_back,
        )
        for shape, axis, size, method, antialias in _CASES
    ],
}
