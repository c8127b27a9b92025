"""Samples of factorisations of matrices.

Singular vectors have no definite sign, so that a reference looks at what is definite,
and the gradients of a second sample at the vectors themselves.
"""

from __future__ import annotations

import numpy as np

from kerasish.backend import ops
from kerasish.backend.graph import OPS
from tests.backend.sample import Sample
from tests.backend.samples.linear_systems import TIGHT, each_matrix, normal


def _definite(x):
    """A symmetric positive definite matrix, as a function of any square one."""
    return ops.matmul(x, ops.swapaxes(x, -1, -2)) + ops.eye(x.shape[-1])


def _cholesky(x):
    a = x @ x.T + np.eye(len(x))
    result = np.zeros_like(a)
    for i in range(len(a)):
        for j in range(i + 1):
            rest = a[i, j] - result[i] @ result[j]
            result[i, j] = np.sqrt(rest) if i == j else rest / result[j, j]
    return result


def _power_iteration(a):
    """Eigenvalues in ascending order and projections on them, by deflation."""
    values, parts = [], []
    rest = a.copy()
    for _ in range(len(a)):
        vector = np.ones(len(a)) + 0.1 * np.arange(len(a))
        for _ in range(3000):
            vector = rest @ vector
            vector /= np.linalg.norm(vector)
        values.append(vector @ rest @ vector)
        parts.append(np.outer(vector, vector))
        rest = rest - values[-1] * parts[-1]
    order = np.argsort(values)
    return np.array(values)[order], np.array(parts)[order]


def _symmetric_reference(x):
    values, parts = _power_iteration(x @ x.T + np.eye(len(x)))
    return values, parts[-1]


def _symmetric(x):
    values, vectors = OPS["eigh"](_definite(x))
    last = vectors[..., -1:]
    return values, ops.matmul(last, ops.swapaxes(last, -1, -2))


def _gram_schmidt(a):
    """Projections on the first columns, and the absolute triangle."""
    count = min(a.shape)
    q = np.zeros((len(a), count))
    for j in range(count):
        rest = a[:, j] - q @ (q.T @ a[:, j])
        q[:, j] = rest / np.linalg.norm(rest)
    return q @ q.T, np.abs(q.T @ a)


def _qr_parts(x):
    q, r = OPS["qr"](x, complete=False)
    return ops.matmul(q, ops.swapaxes(q, -1, -2)), ops.abs(r)


def _svd_reference(a):
    wide = a.shape[1] > a.shape[0]
    small = a @ a.T if wide else a.T @ a
    values = np.sqrt(_power_iteration(small)[0][::-1])
    return values, a


def _svd_parts(x):
    u, s, v = OPS["svd"](x, full=False)
    return s, ops.matmul(u * s[..., None, :], v)


def _eig_parts(x):
    """Sums of powers of the eigenvalues, and the sizes in the eigenvectors."""
    values, vectors = OPS["eig"](x)
    real, imag = ops.real(values), ops.imag(values)
    sizes = ops.hypot(ops.real(vectors), ops.imag(vectors))
    squares = ops.sum(real * real - imag * imag)
    return ops.sum(real), squares, ops.sum(imag * imag), ops.sort(sizes)


def _eig_reference(x):
    values = np.roots(np.poly(x.astype("float64")))
    _, vectors = np.linalg.eig(x)
    sums = (values.real.sum(), (values**2).real.sum(), (values.imag**2).sum())
    results = (*sums, np.sort(np.abs(vectors)))
    return tuple(np.asarray(result, x.dtype) for result in results)


def _elimination(a):
    lu, pivots, order = a.copy(), [], np.arange(len(a))
    for j in range(min(a.shape)):
        best = j + int(np.argmax(np.abs(lu[j:, j])))
        lu[[j, best]], order[[j, best]] = lu[[best, j]], order[[best, j]]
        pivots.append(best)
        for i in range(j + 1, len(a)):
            lu[i, j] /= lu[j, j]
            lu[i, j + 1 :] -= lu[i, j] * lu[j, j + 1 :]
    return lu, np.array(pivots, "int32"), order.astype("int32")


def _complete(x, complete):
    return tuple(np.linalg.qr(x, mode="complete"))


TURNING = np.float32([[0, 2, 0.5], [-1, 0.3, 1], [0.2, 0, 1.5]])
DISTINCT = np.float32([[1, 2, 0], [0, 3, 1], [0.5, 0, 6]])

SAMPLES = {
    "cholesky": [
        Sample(
            normal(*shape),
            reference=each_matrix(_cholesky),
            tolerance=TIGHT,
            function=lambda x: OPS["cholesky"](_definite(x)),
            unknown=False,
        )
        for shape in ((3, 3), (2, 2, 2))
    ],
    "eigh": [
        Sample(
            normal(*shape),
            reference=each_matrix(_symmetric_reference),
            function=_symmetric,
            tolerance=1e-3,
            unknown=False,
        )
        for shape in ((3, 3), (2, 2, 2))
    ]
    + [
        Sample(normal(4, 4), reference=lambda x: tuple(np.linalg.eigh(x))),
        Sample(
            normal(3, 3),
            function=lambda x: OPS["eigh"](x)[0],
            reference=lambda x: np.linalg.eigvalsh(x),
        ),
    ],
    "eig": [
        Sample(
            matrix,
            reference=_eig_reference,
            function=_eig_parts,
            tolerance=TIGHT,
        )
        for matrix in (DISTINCT, TURNING)
    ],
    "qr": [
        Sample(
            normal(*shape),
            reference=each_matrix(_gram_schmidt),
            function=_qr_parts,
            tolerance=TIGHT,
        )
        for shape in ((3, 3), (4, 2), (2, 3, 2))
    ]
    + [
        Sample(
            normal(*shape),
            complete=False,
            reference=lambda x, complete: tuple(np.linalg.qr(x)),
        )
        for shape in ((3, 3), (4, 2), (2, 4), (2, 2, 3))
    ]
    + [
        Sample(normal(2, 3), complete=True, reference=_complete, unknown=False),
        Sample(normal(3, 2), complete=True, reference=_complete, gradient=False),
    ],
    "svd": [
        Sample(
            normal(*shape),
            reference=each_matrix(_svd_reference),
            function=_svd_parts,
            tolerance=1e-3,
        )
        for shape in ((3, 3), (4, 2), (2, 2, 3))
    ]
    + [
        Sample(
            normal(*shape),
            full=False,
            reference=lambda x, full: tuple(np.linalg.svd(x, full_matrices=False)),
        )
        for shape in ((3, 3), (4, 2), (2, 4), (2, 3, 2))
    ]
    + [
        Sample(
            normal(*shape),
            full=True,
            tolerance=TIGHT,
            function=lambda x: _svd_full(x),
            reference=lambda x, full: _svd_full_reference(x),
        )
        for shape in ((3, 2), (2, 3))
    ],
    "lu_factor": [
        Sample(normal(*shape), reference=each_matrix(_elimination), tolerance=TIGHT)
        for shape in ((3, 3), (4, 2), (2, 4), (2, 3, 3), (40, 40))
    ],
}


def _svd_full(x):
    """What is definite of whole singular vectors: projections on the rest."""
    u, s, v = OPS["svd"](x, full=True)
    count = s.shape[-1]
    if count is None:
        count = ops.shape(s)[-1]
    left, right = u[..., count:], v[..., count:, :]
    return (
        ops.matmul(left, ops.swapaxes(left, -1, -2)),
        ops.matmul(ops.swapaxes(right, -1, -2), right),
    )


def _svd_full_reference(x):
    left = np.eye(x.shape[0]) - x @ np.linalg.pinv(x)
    right = np.eye(x.shape[1]) - np.linalg.pinv(x) @ x
    return left.astype(x.dtype), right.astype(x.dtype)
