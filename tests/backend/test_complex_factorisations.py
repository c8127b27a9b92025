"""Gradients of factorisations of complex matrices, against differences."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import placeholder, symbolic_scope
from kerasish.backend.plan import Function

RNG = np.random.default_rng(0)


def normal(*shape):
    parts = RNG.normal(size=(2, *shape))
    return (parts[0] + 1j * parts[1]).astype("complex64")


WEIGHTS = normal(4, 4)


def adjoint(x):
    return ops.conj(ops.swapaxes(x, -1, -2))


def weighed(x):
    """A real number that depends on every element."""
    weights = WEIGHTS[tuple(map(slice, x.shape))] if x.ndim > 1 else np.arange(4)
    if x.ndim == 1:
        return ops.sum(x * weights[: x.shape[0]].astype("float32"))
    return ops.sum(ops.real(x * weights))


def definite(x):
    return ops.matmul(x, adjoint(x)) + ops.eye(x.shape[-1])


def projection(vectors):
    """What the first vector says apart from its angle."""
    return ops.matmul(vectors[:, :1], adjoint(vectors[:, :1]))


def eigh(x):
    values, vectors = ops.eigh(definite(x))
    return weighed(values) + weighed(projection(vectors))


def qr(x):
    q, r = ops.qr(x)
    return weighed(q) + weighed(adjoint(r))


def svd(x):
    u, s, v = ops.svd(x, full_matrices=False)
    pairs = weighed(ops.matmul(u, v)) + weighed(ops.matmul(u * s, v))
    return weighed(s) + pairs + weighed(projection(u))


CASES = {
    "cholesky": (lambda x: weighed(ops.cholesky(definite(x))), (3, 3)),
    "eigh": (eigh, (3, 3)),
    "qr": (qr, (3, 3)),
    "qr_tall": (qr, (4, 3)),
    "qr_wide": (qr, (2, 4)),
    "svd": (svd, (3, 3)),
    "svd_tall": (svd, (4, 3)),
    "svd_wide": (svd, (2, 4)),
    "pinv_tall": (lambda x: weighed(ops.pinv(x)), (4, 3)),
    "pinv_wide": (lambda x: weighed(ops.pinv(x)), (2, 4)),
}


@pytest.mark.parametrize("name", CASES)
def test_first_and_second_order(name):
    loss, shape = CASES[name]
    x, direction, other = normal(*shape), normal(*shape), normal(*shape)
    given = placeholder(shape, "complex64")
    with symbolic_scope():
        value = loss(given)
        (slope,) = gradients(value, [given])
        along = ops.sum(ops.real(ops.conj(slope) * other))
        (curve,) = gradients(along, [given])
    run = Function([given], [value, slope, along, curve])
    step = 3e-3
    above, below = run(x + step * direction), run(x - step * direction)
    _, slope, _, curve = run(x)
    for position, gradient in ((0, slope), (2, curve)):
        numeric = (above[position] - below[position]) / (2 * step)
        exact = np.sum(np.conj(gradient) * direction).real
        np.testing.assert_allclose(numeric, exact, rtol=5e-3, atol=5e-3)
