"""Linear systems, inverses and determinants, on stacks of matrices."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.ops.factorisation_ops import svd_op
from kerasish.backend.ops.linear_systems_ops import (
    check_matrix,
    check_square,
    det_op,
    inverse_op,
    pinv_op,
    slogdet_op,
    solve_op,
    solve_triangular_op,
    transposed,
)
from kerasish.backend.ops.promotion import as_float, promote
from kerasish.errors import ShapeError


def as_matrices(name: str, x: Any) -> Tensor:
    """Return anything as a float tensor with at least two axes.

    Args:
        name: The function that the error names.
        x: A tensor, array or nested list.

    Returns:
        A float or complex tensor.

    Raises:
        ShapeError: If it has fewer than two axes.

    Example:

    >>> as_matrices("inv", [[1, 2], [3, 4]]).dtype
    'float32'
    """
    x = as_float(x)
    check_matrix(name, x.spec)
    return x


def _rounding(dtype: str) -> float:
    """The unit of rounding of decompositions: single precision at least."""
    single = numpy_dtype(dtype).itemsize <= 4 or dtype == "complex64"
    return float(np.finfo("f4" if single else "f8").eps)


def _system(name: str, a: Any, b: Any) -> tuple[Tensor, Tensor, bool]:
    """Return a matrix and right sides as matrices, and whether they were vectors."""
    a, b = promote(a, b, to_float=True)
    check_square(name, a.spec)
    if b.ndim < 1:
        raise ShapeError(f"{name}: the right side must be no scalar.\n  got: {b.spec}")
    vector = b.ndim == a.ndim - 1
    return a, b[..., None] if vector else b, vector


def solve(a: Any, b: Any) -> Tensor:
    """Solve the linear systems `a x = b`.

    Args:
        a: Square matrices of shape `(..., n, n)`.
        b: Right sides of shape `(..., n, k)`, or `(..., n)` with one axis less than
            `a`.

    Returns:
        A tensor of the shape of `b`.

    Raises:
        ShapeError: If the shapes do not fit.
        LinAlgError: At run time on NumPy, if a matrix is singular.

    Example:

    >>> solve([[2.0, 0.0], [0.0, 4.0]], [1.0, 1.0]).numpy()
    array([0.5 , 0.25], dtype=float32)
    """
    a, b, vector = _system("solve", a, b)
    x = solve_op(a, b)
    return x[..., 0] if vector else x


def solve_triangular(a: Any, b: Any, lower: bool = False) -> Tensor:
    """Solve the linear systems `a x = b` with triangular matrices.

    Args:
        a: Square matrices of shape `(..., n, n)`; the other triangle is not read.
        b: Right sides of shape `(..., n, k)`, or `(..., n)` with one axis less than
            `a`.
        lower: Whether `a` holds a lower triangle.

    Returns:
        A tensor of the shape of `b`.

    Raises:
        ShapeError: If the shapes do not fit.
        LinAlgError: At run time on NumPy, if a matrix is singular.

    Example:

    >>> solve_triangular([[2.0, 0.0], [2.0, 4.0]], [2.0, 4.0], lower=True).numpy()
    array([1. , 0.5], dtype=float32)
    """
    a, b, vector = _system("solve_triangular", a, b)
    x = solve_triangular_op(a, b, lower=bool(lower))
    return x[..., 0] if vector else x


def inv(x: Any) -> Tensor:
    """Invert matrices.

    Args:
        x: Square matrices of shape `(..., n, n)`.

    Returns:
        A tensor of the same shape.

    Raises:
        ShapeError: If the matrices are not square.
        LinAlgError: At run time on NumPy, if a matrix is singular.

    Example:

    >>> inv([[2.0, 0.0], [0.0, 4.0]]).numpy().tolist()
    [[0.5, 0.0], [0.0, 0.25]]
    """
    return inverse_op(as_matrices("inv", x))


def det(x: Any) -> Tensor:
    """Return the determinants of matrices.

    Args:
        x: Square matrices of shape `(..., n, n)`.

    Returns:
        A tensor of shape `(...)`. Its gradient exists for singular matrices too.

    Raises:
        ShapeError: If the matrices are not square.

    Example:

    >>> round(float(det([[1.0, 2.0], [3.0, 4.0]])), 4)
    -2.0
    """
    return det_op(as_matrices("det", x))


def slogdet(x: Any) -> tuple[Tensor, Tensor]:
    """Return the sign and the logarithm of the absolute value of determinants.

    Args:
        x: Square matrices of shape `(..., n, n)`.

    Returns:
        `(sign, logarithm)`, two tensors of shape `(...)`; 0 and minus infinity for a
        singular matrix.

    Raises:
        ShapeError: If the matrices are not square.

    Example:

    >>> sign, logarithm = slogdet([[0.0, 1.0], [1.0, 0.0]])
    >>> float(sign), abs(float(logarithm))
    (-1.0, 0.0)
    """
    return slogdet_op(as_matrices("slogdet", x))


def logdet(x: Any) -> Tensor:
    """Return the logarithm of the determinants of positive definite matrices.

    Args:
        x: Symmetric positive definite matrices of shape `(..., n, n)`.

    Returns:
        A tensor of shape `(...)`.

    Raises:
        ShapeError: If the matrices are not square.
        LinAlgError: At run time on NumPy, if one is not positive definite.

    Example:

    >>> round(float(logdet([[2.0, 0.0], [0.0, 3.0]])), 4)
    1.7918
    """
    diagonal = ops.diagonal(ops.cholesky(x), axis1=-2, axis2=-1)
    return 2.0 * ops.sum(ops.log(diagonal), axis=-1)


def cholesky_inverse(x: Any, upper: bool = False) -> Tensor:
    """Invert matrices that are given by their Cholesky factors.

    Args:
        x: Triangles of shape `(..., n, n)`: the `l` of `a = l l^T`, or the `u` of
            `a = u^T u`.
        upper: Whether they are upper triangles.

    Returns:
        The inverse of `a`, of the same shape.

    Raises:
        ShapeError: If the matrices are not square.

    Example:

    >>> cholesky_inverse([[2.0, 0.0], [0.0, 1.0]]).numpy().tolist()
    [[0.25, 0.0], [0.0, 1.0]]
    """
    x = as_matrices("cholesky_inverse", x)
    check_square("cholesky_inverse", x.spec)
    identity = ops.eye(ops.shape(x)[-1], dtype=x.dtype)
    inverse = solve_triangular_op(x, identity, lower=not upper)
    if upper:
        return ops.matmul(inverse, transposed(inverse))
    return ops.matmul(transposed(inverse), inverse)


def pinv(x: Any, rcond: float | None = None) -> Tensor:
    """Return the pseudoinverses of Moore and Penrose.

    Args:
        x: Matrices of shape `(..., m, n)`.
        rcond: Singular values up to this part of the largest one count as 0; by
            default 10 units of rounding for each row or column.

    Returns:
        A tensor of shape `(..., n, m)`.

    Raises:
        ShapeError: If `x` has fewer than two axes.

    Reference:
        Golub and Pereyra, 1973, for the gradient.

    Example:

    >>> pinv([[2.0], [0.0]]).numpy().round(4).tolist()
    [[0.5, 0.0]]
    """
    x = as_matrices("pinv", x)
    return pinv_op(x, rcond=None if rcond is None else float(rcond), units=10.0)


def lstsq(a: Any, b: Any, rcond: float | None = None) -> Tensor:
    """Return the shortest vectors that bring `a x` as near to `b` as possible.

    Args:
        a: A matrix of shape `(m, n)`.
        b: Right sides of shape `(m,)` or `(m, k)`.
        rcond: Singular values of `a` up to this part of the largest one count as 0; by
            default one unit of rounding for each row or column.

    Returns:
        A tensor of shape `(n,)` or `(n, k)`.

    Raises:
        ShapeError: If the shapes do not fit.

    Example:

    >>> lstsq([[1.0, 0.0], [1.0, 1.0], [1.0, 2.0]], [1.0, 3.0, 5.0]).numpy().round(4)
    array([1., 2.], dtype=float32)
    """
    a, b = promote(a, b, to_float=True)
    if a.ndim != 2 or b.ndim not in (1, 2):
        raise ShapeError(
            "lstsq: a matrix is needed, and a vector or a matrix as the right side.\n"
            f"  got: a {a.spec}, b {b.spec}"
        )
    if None not in (a.shape[0], b.shape[0]) and a.shape[0] != b.shape[0]:
        raise ShapeError(
            "lstsq: both sides must have the same number of rows.\n"
            f"  got: a {a.spec}, b {b.spec}"
        )
    limit = None if rcond is None else float(rcond)
    if limit is not None and limit < 0:
        limit = _rounding(a.dtype)
    return ops.matmul(pinv_op(a, rcond=limit), b)


def matrix_rank(x: Any, tol: Any = None) -> Tensor:
    """Count the singular values that are not 0.

    Args:
        x: Matrices of shape `(..., m, n)`.
        tol: Up to which size they count as 0; by default the largest one, times the
            larger of `m` and `n`, times the unit of rounding.

    Returns:
        An int32 tensor of shape `(...)`.

    Raises:
        ShapeError: If `x` has fewer than two axes.

    Example:

    >>> int(matrix_rank([[1.0, 2.0], [2.0, 4.0]]))
    1
    """
    x = as_matrices("matrix_rank", x)
    _, values, _ = svd_op(x, full=False)
    if tol is None:
        rows, columns = ops.shape(x)[-2:]
        units = ops.cast(ops.maximum(rows, columns), values.dtype)
        largest = ops.max(values, axis=-1, keepdims=True)
        limit = largest * units * _rounding(x.dtype)
    else:
        limit = ops.cast(as_tensor(tol), values.dtype)[..., None]
    return ops.sum(ops.cast(ops.greater(values, limit), "int32"), axis=-1)
