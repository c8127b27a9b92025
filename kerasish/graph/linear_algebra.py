"""Matrices: solving, factorizing, inverting."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops
from kerasish.graph.applying import apply
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.documentation import example
from kerasish.graph.mathematics import operands, unary
from kerasish.graph.reductions import axes_of
from kerasish.graph.tensors import Tensor

_UNARY = {
    "cholesky": (
        "cholesky",
        "Cholesky",
        "[[4.0, 2.0], [2.0, 2.0]]",
        "[[2. 0.]\n [1. 1.]]",
    ),
    "matrix_determinant": (
        "det",
        "MatrixDeterminant",
        "[[2.0, 1.0], [0.0, 3.0]]",
        "6.0",
    ),
    "matrix_inverse": (
        "inv",
        "MatrixInverse",
        "[[2.0, 0.0], [0.0, 4.0]]",
        "[[0.5  0.  ]\n [0.   0.25]]",
    ),
}
_names = globals()
_names |= {name: unary(name, *row) for name, row in _UNARY.items()}
# Their examples run with those of the module.
__test__ = {name: _names[name] for name in _UNARY}


@example("tf.diag([1, 2])", "[[1 0]\n [0 2]]")
def diag(diagonal: Any, name: str | None = None) -> Tensor:
    """Return a tensor with a given diagonal, whose axes are those of it, twice.

    Args:
        diagonal: A tensor, in most cases a vector.
        name: A name.
    """

    def function(x: Any) -> Any:
        sizes = ops.shape(x)
        return ops.reshape(ops.diag(ops.reshape(x, (-1,))), (*sizes, *sizes))

    return apply("Diag", function, convert_to_tensor(diagonal), name=name)


@example("tf.diag_part([[1, 2], [3, 4]])", "[1 4]")
def diag_part(input: Any, name: str | None = None) -> Tensor:
    """Return the diagonal of a tensor whose axes are some sizes, twice.

    Args:
        input: A tensor, in most cases a square matrix.
        name: A name.
    """

    def function(x: Any) -> Any:
        sizes = ops.shape(x)[: x.ndim // 2]
        count = math.prod(sizes)
        return ops.reshape(ops.diagonal(ops.reshape(x, (count, -1))), sizes)

    return apply("DiagPart", function, convert_to_tensor(input), name=name)


@example("tf.trace([[1, 2], [3, 4]])", "5")
def trace(x: Any, name: str | None = None) -> Tensor:
    """Return the sums of the diagonals of matrices.

    Args:
        x: `(..., n, m)`.
        name: A name.
    """
    return apply(
        "Trace", lambda t: ops.trace(t, axis1=-2, axis2=-1), convert_to_tensor(x),
        name=name,
    )  # fmt: skip


def _adjoint(x: Any) -> Any:
    return ops.conj(ops.swapaxes(x, -1, -2))


@example("tf.matrix_solve([[2.0, 0.0], [0.0, 4.0]], [[2.0], [8.0]])", "[[1.]\n [2.]]")
def matrix_solve(
    matrix: Any, rhs: Any, adjoint: bool = False, name: str | None = None
) -> Tensor:
    """Solve systems of linear equations.

    Args:
        matrix: `(..., n, n)`.
        rhs: `(..., n, k)`.
        adjoint: Whether the adjoint of the matrix is meant.
        name: A name.
    """
    a, b = operands("MatrixSolve", matrix, rhs)
    return apply(
        "MatrixSolve", lambda x, y: ops.solve(_adjoint(x) if adjoint else x, y), a, b,
        name=name,
    )  # fmt: skip


@example(
    "tf.matrix_triangular_solve([[2.0, 0.0], [2.0, 4.0]], [[2.0], [6.0]])",
    "[[1.]\n [1.]]", matrix="Triangular matrices, `(..., n, n)`.", rhs="`(..., n, k)`.",
    lower="Whether what counts is below the diagonal.",
    adjoint="Whether the adjoint of the matrix is meant.",
)  # fmt: skip
def matrix_triangular_solve(
    matrix: Any,
    rhs: Any,
    lower: bool = True,
    adjoint: bool = False,
    name: str | None = None,
) -> Tensor:
    """Solve systems with triangular matrices; see `matrix_solve`."""
    a, b = operands("MatrixTriangularSolve", matrix, rhs)
    is_lower = lower != adjoint

    def function(x: Any, y: Any) -> Any:
        x = _adjoint(x) if adjoint else x
        return ops.solve_triangular(x, y, lower=is_lower)

    return apply("MatrixTriangularSolve", function, a, b, name=name)


@example("tf.cholesky_solve([[2.0, 0.0], [0.0, 1.0]], [[4.0], [3.0]])", "[[1.]\n [3.]]")
def cholesky_solve(chol: Any, rhs: Any, name: str | None = None) -> Tensor:
    """Solve systems whose matrices have known Cholesky factors.

    Args:
        chol: The lower factors.
        rhs: `(..., n, k)`.
        name: A name.
    """
    return matrix_triangular_solve(
        chol, matrix_triangular_solve(chol, rhs), adjoint=True, name=name
    )


@example("tf.matrix_solve_ls([[1.0], [1.0]], [[1.0], [3.0]])", "[[2.]]")
def matrix_solve_ls(
    matrix: Any,
    rhs: Any,
    l2_regularizer: float = 0.0,
    fast: bool = True,
    name: str | None = None,
) -> Tensor:
    """Solve systems in the sense of least squares.

    Args:
        matrix: `(n, m)`.
        rhs: `(n, k)`.
        l2_regularizer: The weight of the squares of the solution.
        fast: Kept for the signature.
        name: A name.
    """
    a, b = operands("MatrixSolveLs", matrix, rhs)

    def function(x: Any, y: Any) -> Any:
        square = _adjoint(x) @ x
        square = square + l2_regularizer * ops.eye(square.shape[-1], dtype=x.dtype)
        return ops.solve(square, _adjoint(x) @ y)

    return apply("MatrixSolveLs", function, a, b, name=name)


@example("tf.shape(tf.svd(tf.ones([3, 2]), compute_uv=False))", "[2]")
def svd(
    tensor: Any,
    full_matrices: bool = False,
    compute_uv: bool = True,
    name: str | None = None,
) -> Any:
    """Return singular values and vectors: `tensor = u @ diag(s) @ adjoint(v)`.

    Args:
        tensor: `(..., n, m)`.
        full_matrices: Whether all vectors are returned.
        compute_uv: Whether vectors are returned.
        name: A name.

    Returns:
        `(s, u, v)`, or `s`.
    """
    x = convert_to_tensor(tensor)
    if not compute_uv:
        return apply("Svd", lambda t: ops.svd(t, compute_uv=False), x, name=name)

    def function(t: Any) -> list:
        u, s, vh = ops.svd(t, full_matrices=full_matrices)
        return [s, u, _adjoint(vh)]

    return tuple(apply("Svd", function, x, name=name))


@example("tf.shape(tf.qr(tf.ones([3, 2]))[0])", "[3 2]")
def qr(input: Any, full_matrices: bool = False, name: str | None = None) -> tuple:
    """Return an orthogonal and a triangular factor.

    Args:
        input: `(..., n, m)`.
        full_matrices: Whether the orthogonal one is square.
        name: A name.
    """
    mode = "complete" if full_matrices else "reduced"
    x = convert_to_tensor(input)
    return tuple(apply("Qr", lambda t: list(ops.qr(t, mode=mode)), x, name=name))


@example(
    "tf.self_adjoint_eig([[3.0, 0.0], [0.0, 1.0]])[0]", "[1. 3.]",
    tensor="Symmetric matrices, `(..., n, n)`.",
)  # fmt: skip
def self_adjoint_eig(tensor: Any, name: str | None = None) -> tuple:
    """Return eigenvalues, ascending, and eigenvectors of symmetric matrices."""
    x = convert_to_tensor(tensor)
    return tuple(apply("SelfAdjointEig", lambda t: list(ops.eigh(t)), x, name=name))


@example(
    "tf.self_adjoint_eigvals([[3.0, 0.0], [0.0, 1.0]])", "[1. 3.]",
    tensor="Symmetric matrices, `(..., n, n)`.",
)  # fmt: skip
def self_adjoint_eigvals(tensor: Any, name: str | None = None) -> Tensor:
    """Return the eigenvalues of symmetric matrices, ascending."""
    return self_adjoint_eig(tensor, name)[0]


@example(
    "tf.matrix_diag([[1, 2]])", "[[[1 0]\n  [0 2]]]",
    diagonal="The diagonals, `(..., n)`.",
)  # fmt: skip
def matrix_diag(diagonal: Any, name: str | None = None) -> Tensor:
    """Return matrices with given diagonals, `(..., n)` to `(..., n, n)`."""

    def function(x: Any) -> Any:
        unit = ops.eye(x.shape[-1], dtype=x.dtype)
        return ops.expand_dims(x, -1) * unit

    return apply("MatrixDiag", function, convert_to_tensor(diagonal), name=name)


@example(
    "tf.matrix_diag_part([[[1, 2], [3, 4]]])", "[[1 4]]",
    input="Matrices, `(..., n, m)`.",
)  # fmt: skip
def matrix_diag_part(input: Any, name: str | None = None) -> Tensor:
    """Return the diagonals of matrices, `(..., n, m)` to `(..., min(n, m))`."""
    return apply(
        "MatrixDiagPart", lambda x: ops.diagonal(x, axis1=-2, axis2=-1),
        convert_to_tensor(input), name=name,
    )  # fmt: skip


@example("tf.matrix_band_part([[1, 2], [3, 4]], 0, -1)", "[[1 2]\n [0 4]]")
def matrix_band_part(
    input: Any, num_lower: int, num_upper: int, name: str | None = None
) -> Tensor:
    """Set what is far from the diagonal to zero.

    Args:
        input: `(..., n, m)`.
        num_lower: How many diagonals below stay; all for a negative number.
        num_upper: How many above.
        name: A name.
    """

    def function(x: Any) -> Any:
        x = ops.triu(x, -num_lower) if num_lower >= 0 else x
        return ops.tril(x, num_upper) if num_upper >= 0 else x

    return apply("MatrixBandPart", function, convert_to_tensor(input), name=name)


@example("tf.norm([3.0, 4.0])", "5.0")
def norm(
    tensor: Any,
    ord: Any = "euclidean",
    axis: Any = None,
    keepdims: bool | None = None,
    name: str | None = None,
    keep_dims: bool | None = None,
) -> Tensor:
    """Return the norm of vectors or matrices.

    Args:
        tensor: A tensor.
        ord: `"euclidean"`, or a number such as 1, 2 or infinity.
        axis: The axis of vectors, the two of matrices; `None` for all elements.
        keepdims: Whether axes stay, with size 1.
        name: A name.
        keep_dims: The older name of `keepdims`.
    """
    keep = bool(keep_dims if keepdims is None else keepdims)
    axes = axes_of(axis)

    def function(x: Any) -> Any:
        if ord == "euclidean":
            return ops.sqrt(ops.sum(ops.square(x), axis=axes, keepdims=keep))
        if axes is None:
            return ops.norm(ops.reshape(x, (-1,)), ord=ord)
        return ops.norm(x, ord=ord, axis=axes, keepdims=keep)

    return apply("norm", function, convert_to_tensor(tensor), name=name)


@example(
    "tf.cross([1, 0, 0], [0, 1, 0])", "[0 0 1]", a="Vectors `(..., 3)`.",
    b="Vectors of the same shape.",
)  # fmt: skip
def cross(a: Any, b: Any, name: str | None = None) -> Tensor:
    """Return the cross products of vectors of three elements."""
    a, b = operands("Cross", a, b)
    return apply("Cross", ops.cross, a, b, name=name)


@example(
    "tf.fft(tf.complex([1.0, 1.0], 0.0))", "[2.+0.j 0.+0.j]", input="A complex tensor."
)
def fft(input: Any, name: str | None = None) -> Tensor:
    """Return the discrete Fourier transform along the last axis, of complex numbers."""

    def function(x: Any) -> Any:
        real, imaginary = ops.fft((ops.real(x), ops.imag(x)))
        return ops.view_as_complex(ops.stack([real, imaginary], axis=-1))

    return apply("FFT", function, convert_to_tensor(input), name=name)
