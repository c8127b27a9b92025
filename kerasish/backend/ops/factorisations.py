"""Factorisations of matrices, on stacks of matrices."""

from __future__ import annotations

from typing import Any

from kerasish.backend.graph import Tensor
from kerasish.backend.ops.factorisation_ops import (
    cholesky_op,
    eig_op,
    eigh_op,
    lu_factor_op,
    qr_op,
    svd_op,
)
from kerasish.backend.ops.linear_systems import as_matrices
from kerasish.backend.ops.linear_systems_ops import transposed


def cholesky(x: Any, upper: bool = False) -> Tensor:
    """Return the triangular factors of symmetric positive definite matrices.

    Args:
        x: Matrices of shape `(..., n, n)`; only their lower triangle is read.
        upper: Whether to return `u` with `u^T u = x` in place of `l` with `l l^T = x`.

    Returns:
        A tensor of the same shape.

    Raises:
        ShapeError: If the matrices are not square.
        LinAlgError: At run time on NumPy, if one is not positive definite.

    Example:

    >>> cholesky([[4.0, 2.0], [2.0, 10.0]]).numpy().tolist()
    [[2.0, 0.0], [1.0, 3.0]]
    """
    lower = cholesky_op(as_matrices("cholesky", x))
    return transposed(lower) if upper else lower


def eigh(x: Any) -> tuple[Tensor, Tensor]:
    """Return eigenvalues and eigenvectors of symmetric matrices.

    Args:
        x: Matrices of shape `(..., n, n)`; only their lower triangle is read, and
            only it has a gradient.

    Returns:
        `(values, vectors)`: eigenvalues of shape `(..., n)` in ascending order, and
        unit eigenvectors of shape `(..., n, n)` as the columns. The gradient by way of
        the vectors leaves out pairs of equal eigenvalues, where it is not defined.

    Raises:
        ShapeError: If the matrices are not square.

    Example:

    >>> eigh([[2.0, 0.0], [0.0, 1.0]])[0].numpy()
    array([1., 2.], dtype=float32)
    """
    return eigh_op(as_matrices("eigh", x))


def eig(x: Any) -> tuple[Tensor, Tensor]:
    """Return eigenvalues and eigenvectors of any square matrices.

    Args:
        x: Matrices of shape `(..., n, n)`.

    Returns:
        `(values, vectors)`, complex tensors of shapes `(..., n)` and `(..., n, n)`;
        the vectors are columns of length 1. The gradient by way of the vectors holds
        for what does not depend on the angles by which they may be turned, and leaves
        out pairs of equal eigenvalues, where it is not defined.

    Raises:
        ShapeError: If the matrices are not square.
        NotImplementedError: At run time on a device whose array library cannot do it.

    Example:

    >>> eig([[0.0, 1.0], [-1.0, 0.0]])[0].numpy().imag.tolist()
    [1.0, -1.0]
    """
    return eig_op(as_matrices("eig", x))


def qr(x: Any, mode: str = "reduced") -> tuple[Tensor, Tensor]:
    """Write matrices as products of an orthogonal and an upper triangular one.

    Args:
        x: Matrices of shape `(..., m, n)`.
        mode: `"reduced"` for `q` of shape `(..., m, k)` and `r` of shape
            `(..., k, n)` with `k = min(m, n)`, or `"complete"` for `k = m`.

    Returns:
        `(q, r)`.

    Raises:
        ValueError: If there is no such mode.

    Example:

    >>> q, r = qr([[3.0, 1.0], [4.0, 2.0]])
    >>> abs(r.numpy().round(4))
    array([[5. , 2.2],
           [0. , 0.4]], dtype=float32)
    """
    if mode not in ("reduced", "complete"):
        raise ValueError(
            f"qr: the mode must be 'reduced' or 'complete'.\nReceived: mode={mode!r}"
        )
    return qr_op(as_matrices("qr", x), complete=mode == "complete")


def svd(
    x: Any, full_matrices: bool = True, compute_uv: bool = True
) -> Tensor | tuple[Tensor, Tensor, Tensor]:
    """Write matrices as `u diag(s) v`, with orthogonal matrices around.

    Args:
        x: Matrices of shape `(..., m, n)`.
        full_matrices: Whether `u` and `v` are square; else they have only
            `k = min(m, n)` columns and rows.
        compute_uv: Whether `u` and `v` are wanted.

    Returns:
        `(u, s, v)` of shapes `(..., m, m)` or `(..., m, k)`, `(..., k)`, and
        `(..., n, n)` or `(..., k, n)`; only `s` if `compute_uv` is false. Singular
        values are in descending order. The gradient by way of the vectors leaves out
        pairs of equal singular values, where it is not defined.

    Raises:
        ShapeError: If `x` has fewer than two axes.

    Example:

    >>> svd([[3.0, 0.0], [0.0, 4.0]], compute_uv=False).numpy()
    array([4., 3.], dtype=float32)
    """
    x = as_matrices("svd", x)
    if not compute_uv:
        return svd_op(x, full=False)[1]
    return svd_op(x, full=bool(full_matrices))


def lu_factor(x: Any) -> tuple[Tensor, Tensor]:
    """Write matrices as products of triangles, with rows exchanged.

    Args:
        x: Real matrices of shape `(..., m, n)`.

    Returns:
        `(lu, pivots)`: both triangles in matrices of the same shape, the unit diagonal
        of the lower one left out; and int32 of shape `(..., min(m, n))`: row i was
        exchanged with row `pivots[i]`, one after the other, as LAPACK counts.

    Raises:
        ShapeError: If `x` has fewer than two axes.

    Example:

    >>> lu, pivots = lu_factor([[0.0, 2.0], [4.0, 8.0]])
    >>> lu.numpy().tolist(), pivots.numpy().tolist()
    ([[4.0, 8.0], [0.0, 2.0]], [1, 1])
    """
    return lu_factor_op(as_matrices("lu_factor", x))[:2]
