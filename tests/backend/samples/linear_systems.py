"""Samples of linear systems, inverses and determinants."""

from __future__ import annotations

import itertools

import numpy as np

from kerasish.backend import ops
from tests.backend.sample import Sample

_rng = np.random.default_rng(31)
TIGHT = 1e-4


def normal(*shape):
    return _rng.normal(size=shape).astype("float32")


def regular(*shape):
    return (normal(*shape) + 2 * np.eye(shape[-1])).astype("float32")


def each_matrix(function):
    """Apply a function of matrices to every matrix of stacks, in double precision."""

    def reference(*arrays, **attrs):
        batch = np.broadcast_shapes(*(a.shape[:-2] for a in arrays))
        wide = [np.broadcast_to(a, (*batch, *a.shape[-2:])) for a in arrays]
        parts = [
            function(*(a[place].astype("float64") for a in wide), **attrs)
            for place in np.ndindex(*batch)
        ]
        if isinstance(parts[0], tuple):
            return tuple(_stack(part, batch, arrays) for part in zip(*parts))
        return _stack(parts, batch, arrays)

    return reference


def _stack(parts, batch, arrays):
    stacked = np.array(parts).reshape(tuple(batch) + np.shape(parts[0]))
    return stacked if stacked.dtype.kind in "iu" else stacked.astype(arrays[0].dtype)


def gauss_jordan(a, b):
    table = np.concatenate([a, b], axis=1)
    for i in range(len(a)):
        best = i + np.argmax(np.abs(table[i:, i]))
        table[[i, best]] = table[[best, i]]
        table[i] /= table[i, i]
        for j in range(len(a)):
            if j != i:
                table[j] -= table[j, i] * table[i]
    return table[:, len(a) :]


def leibniz(a):
    total = 0.0
    for order in itertools.permutations(range(len(a))):
        swaps = sum(x > y for x, y in itertools.combinations(order, 2))
        total += (-1) ** swaps * np.prod([a[i, j] for i, j in enumerate(order)])
    return total


def _cofactors(a):
    result = np.empty_like(a)
    for i, j in np.ndindex(a.shape):
        rest = np.delete(np.delete(a, i, 0), j, 1)
        result[i, j] = (-1) ** (i + j) * leibniz(rest)
    return result


def _sign_and_log(a):
    value = leibniz(a)
    return np.sign(value), np.log(abs(value))


def _triangular(a, b, lower):
    return gauss_jordan(np.tril(a) if lower else np.triu(a), b)


def _pinv(a, rcond):
    if a.shape[0] >= a.shape[1]:
        return gauss_jordan(a.T @ a, a.T)
    return gauss_jordan(a @ a.T, a).T


SINGULAR = np.float32([[1, 2, 3], [2, 4, 6], [1, 0, 1]])

SAMPLES = {
    "solve": [
        Sample(
            regular(3, 3),
            normal(3, 2),
            reference=each_matrix(gauss_jordan),
            tolerance=TIGHT,
        ),
        Sample(
            regular(2, 3, 3),
            normal(3, 1),
            reference=each_matrix(gauss_jordan),
            tolerance=TIGHT,
        ),
        Sample(
            regular(2, 2),
            normal(2, 1, 2, 3),
            reference=each_matrix(gauss_jordan),
            tolerance=TIGHT,
        ),
    ],
    "solve_triangular": [
        Sample(
            regular(2, 3, 3),
            normal(2, 3, 2),
            lower=lower,
            reference=each_matrix(_triangular),
            tolerance=TIGHT,
        )
        for lower in (False, True)
    ]
    + [
        Sample(
            regular(3, 3),
            normal(2, 3, 1),
            lower=True,
            reference=each_matrix(_triangular),
            tolerance=TIGHT,
        )
    ]
    + [
        # More rows than are solved at a time.
        Sample(
            (np.eye(70) * 4 + 0.1 * normal(70, 70)).astype("float32"),
            normal(70, 1),
            lower=lower,
            reference=each_matrix(_triangular),
            tolerance=TIGHT,
            gradient=False,
        )
        for lower in (False, True)
    ],
    "inv": [
        Sample(
            regular(*shape),
            tolerance=TIGHT,
            reference=each_matrix(lambda a: gauss_jordan(a, np.eye(len(a)))),
        )
        for shape in ((3, 3), (2, 2, 2))
    ],
    "det": [
        Sample(regular(*shape), reference=each_matrix(leibniz))
        for shape in ((3, 3), (2, 2, 2), (1, 1))
    ]
    + [Sample(SINGULAR, reference=each_matrix(leibniz), second=False)],
    "cofactors": [
        Sample(regular(2, 3, 3), reference=each_matrix(_cofactors)),
        Sample(SINGULAR, reference=each_matrix(_cofactors), gradient=False),
    ],
    "slogdet": [
        Sample(regular(*shape), reference=each_matrix(_sign_and_log), tolerance=TIGHT)
        for shape in ((3, 3), (2, 2, 2))
    ],
    "pinv": [
        Sample(
            normal(*shape), rcond=1e-6, reference=each_matrix(_pinv), tolerance=TIGHT
        )
        for shape in ((4, 2), (2, 3), (2, 3, 2))
    ]
    + [
        # A matrix of rank 1 along which nothing changes its rank.
        Sample(
            normal(3, 1),
            normal(1, 2),
            rcond=1e-4,
            tolerance=TIGHT,
            function=lambda u, v: ops.pinv(ops.matmul(u, v), 1e-4),
            reference=lambda u, v, rcond: v.T @ u.T / np.sum(u * u) / np.sum(v * v),
        )
    ],
}
