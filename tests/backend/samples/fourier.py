"""Samples of Fourier transforms, against sums over all pairs of places."""

from __future__ import annotations

import numpy as np

from tests.backend.sample import Sample

_rng = np.random.default_rng(37)
TOLERANCE = 1e-4


def _normal(*shape):
    return _rng.normal(size=shape).astype("float32")


def _waves(n, sign):
    place = np.arange(n)
    return np.exp(sign * 2j * np.pi * np.outer(place, place) / n)


def _parts(z, like):
    return z.real.astype(like.dtype), z.imag.astype(like.dtype)


def _fourier(real, imag, axes, inverse, scaled):
    z = real + 1j * imag
    for axis in range(-axes, 0):
        n = z.shape[axis]
        z = np.moveaxis(z, axis, -1) @ _waves(n, 1 if inverse else -1)
        z = np.moveaxis(z, -1, axis) / (n if scaled else 1)
    return _parts(z, real)


def _fit(x, n):
    result = np.zeros((*x.shape[:-1], n), x.dtype)
    count = min(n, x.shape[-1])
    result[..., :count] = x[..., :count]
    return result


def _real(x, length):
    n = length or x.shape[-1]
    return _parts((_fit(x, n) @ _waves(n, -1))[..., : n // 2 + 1], x)


def _real_adjoint(real, imag, like, length):
    n = length or like.shape[-1]
    z = (real + 1j * imag) @ _waves(n, 1)[: n // 2 + 1]
    return _fit(z.real, like.shape[-1]).astype(real.dtype)


def _half(real, imag, length):
    n = length or 2 * (real.shape[-1] - 1)
    z = _fit(real + 1j * imag, n // 2 + 1)
    rest = np.conj(z[..., 1 : (n + 1) // 2])[..., ::-1]
    whole = np.concatenate([z, rest], axis=-1)
    whole[..., 0] = whole[..., 0].real
    if n % 2 == 0:
        whole[..., n // 2] = whole[..., n // 2].real
    return ((whole @ _waves(n, 1)).real / n).astype(real.dtype)


def _half_adjoint(g, like, length):
    n, half = g.shape[-1], like.shape[-1]
    results = np.zeros((2, *g.shape[:-1], half))
    for part, k in np.ndindex(2, half):
        unit = np.zeros((2, half))
        unit[part, k] = 1
        results[part, ..., k] = g @ _half(*unit, n)
    return tuple(results.astype(g.dtype))


SAMPLES = {
    "fourier": [
        Sample(
            _normal(2, *shape),
            _normal(2, *shape),
            axes=len(shape),
            inverse=inverse,
            scaled=scaled,
            reference=_fourier,
            tolerance=TOLERANCE,
        )
        for shape in ((5,), (4,), (3, 4))
        for inverse, scaled in ((False, False), (True, True), (True, False))
    ]
    + [
        Sample(
            _normal(4),
            _normal(4),
            axes=1,
            inverse=False,
            scaled=True,
            reference=_fourier,
            tolerance=TOLERANCE,
        )
    ],
    "real_fourier": [
        Sample(_normal(2, n), length=k, reference=_real, tolerance=TOLERANCE)
        for n, k in ((4, None), (5, None), (5, 3), (3, 6))
    ],
    "real_fourier_adjoint": [
        Sample(
            _normal(2, (k or n) // 2 + 1),
            _normal(2, (k or n) // 2 + 1),
            _normal(2, n),
            length=k,
            gradient=(True, True, False),
            reference=_real_adjoint,
            tolerance=TOLERANCE,
        )
        for n, k in ((4, None), (5, 3), (3, 6))
    ],
    "half_fourier": [
        Sample(
            _normal(2, m),
            _normal(2, m),
            length=k,
            reference=_half,
            tolerance=TOLERANCE,
        )
        for m, k in ((3, None), (3, 5), (3, 2), (3, 8))
    ],
    "half_fourier_adjoint": [
        Sample(
            _normal(2, n),
            _normal(2, m),
            length=k,
            gradient=(True, False),
            reference=_half_adjoint,
            tolerance=TOLERANCE,
        )
        for n, m, k in ((4, 3, None), (5, 3, 5), (2, 3, 2), (8, 3, 8))
    ],
}
