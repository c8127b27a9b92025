"""Ops that take matrices apart, on stacks of matrices.

Gradient rules are those of Murray, "Differentiation of the Cholesky decomposition"
(2016), Townsend, "Differentiating the singular value decomposition" (2016), Roberts
and Roberts, "QR and LQ decomposition matrix backpropagation algorithms" (2020), and
Giles (2008) for the others.
"""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import is_complex
from kerasish.backend.graph import Node, Op, Spec, Tensor, register
from kerasish.backend.ops.blocking import widened
from kerasish.backend.ops.complex_numbers import complex_op
from kerasish.backend.ops.elimination import lu_decompose
from kerasish.backend.ops.linear_systems_ops import (
    adjoint,
    check_matrix,
    check_square,
    narrowed,
    transposed,
)
from kerasish.backend.ops.shape_arguments import static_value
from kerasish.errors import DTypeError

Array = Any


def _least(x: Spec) -> int | None:
    rows, columns = x.shape[-2:]
    return None if rows is None or columns is None else min(rows, columns)


def _sizes(x: Tensor) -> tuple[Any, Any, Any]:
    """Return rows, columns and the smaller of both, symbolic where unknown."""
    rows, columns = ops.shape(x)[-2:]
    if isinstance(rows, int) and isinstance(columns, int):
        return rows, columns, min(rows, columns)
    return rows, columns, ops.minimum(rows, columns)


def _above(large: Any, small: Any) -> bool:
    """Tell whether a size may be larger than another one that it is not below."""
    return static_value(large) is None or static_value(large) != static_value(small)


def _present(g: Tensor | None, like: Tensor) -> Tensor:
    return ops.zeros_like(like) if g is None else g


def _inverse_differences(x: Tensor) -> Tensor:
    """Return `1 / (x[j] - x[i])`, and 0 where both are equal."""
    difference = x[..., None, :] - x[..., :, None]
    equal = ops.equal(difference, 0)
    return ops.where(equal, 0.0, 1.0 / ops.where(equal, 1.0, difference))


class Cholesky(Op):
    """The lower triangle `l` with `l l^H = a`; of `a` the lower triangle is read."""

    name = "cholesky"
    holomorphic = False

    def infer(self, a: Spec) -> Spec:
        check_square(self.name, a)
        return Spec(a.shape, a.dtype)

    def kernel(self, xp: Any, a: Array, *, out: Array = None) -> Array:
        return narrowed(a, xp.linalg.cholesky(*widened(xp, a)))[0]

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        (triangle,) = node.outputs
        back = adjoint(triangle)
        inner = ops.matmul(back, g)
        inner = ops.tril(inner) - 0.5 * _diagonal_part(inner)
        half = ops.solve_triangular(back, inner)
        whole = adjoint(ops.solve_triangular(back, adjoint(half)))
        return (0.5 * (whole + adjoint(whole)),)


def _diagonal_part(x: Tensor) -> Tensor:
    return ops.tril(ops.triu(x))


class EigH(Op):
    """Eigenvalues in ascending order and eigenvectors of symmetric matrices.

    Of the matrices only the lower triangle is read, and only it has a gradient. That
    by way of complex vectors holds for what does not depend on their angles.
    """

    name = "eigh"
    holomorphic = False

    def infer(self, a: Spec) -> tuple[Spec, Spec]:
        check_square(self.name, a)
        real = {"complex64": "float32", "complex128": "float64"}.get(a.dtype, a.dtype)
        return Spec(a.shape[:-1], real), Spec(a.shape, a.dtype)

    def kernel(self, xp: Any, a: Array, *, out: Array = None) -> tuple[Array, Array]:
        values, vectors = xp.linalg.eigh(*widened(xp, a))
        return narrowed(a, values, vectors)

    def vjp(self, node: Node, g: Tensor | None, gv: Tensor | None) -> tuple:
        values, vectors = node.outputs
        back = adjoint(vectors)
        inner = 0.0
        if g is not None:
            diagonal = ops.eye(ops.shape(values)[-1], dtype=values.dtype)
            inner = g[..., None] * diagonal
        if gv is not None:
            inner = inner + _inverse_differences(values) * ops.matmul(back, gv)
        whole = ops.matmul(vectors, ops.matmul(inner, back))
        whole = whole + adjoint(whole)
        return (ops.tril(whole) - 0.5 * _diagonal_part(whole),)


class Eig(Op):
    """Eigenvalues and eigenvectors of any square matrices, complex numbers.

    The gradient by way of the vectors holds for what does not depend on the angles by
    which they may be turned in the complex plane.
    """

    name = "eig"
    holomorphic = False

    def infer(self, a: Spec) -> tuple[Spec, Spec]:
        check_square(self.name, a)
        dtype = "complex128" if a.dtype in ("float64", "complex128") else "complex64"
        return Spec(a.shape[:-1], dtype), Spec(a.shape, dtype)

    def kernel(self, xp: Any, a: Array, *, out: Array = None) -> tuple[Array, Array]:
        try:
            decompose = xp.linalg.eig
        except AttributeError:
            raise NotImplementedError(
                "eig: the array library of this device has no eigenvalues of general "
                "matrices; eigh is there for symmetric ones, and the device 'numpy' "
                f"has both.\n  got: an array of {xp.__name__}"
            ) from None
        (wide,) = widened(xp, a)
        single = wide.dtype in (xp.dtype("float32"), xp.dtype("complex64"))
        dtype = "complex64" if single else "complex128"
        values, vectors = decompose(wide)
        return values.astype(dtype), vectors.astype(dtype)

    def vjp(self, node: Node, g: Tensor | None, gv: Tensor | None) -> tuple[Tensor]:
        (a,), (values, vectors) = node.inputs, node.outputs
        size = ops.shape(values)[-1]
        real, imag = ops.real(vectors), ops.imag(vectors)
        # The adjoint of the vectors, as a real matrix of twice the size.
        back = _block(transposed(real), -transposed(imag))
        inner = [0.0, 0.0]
        if gv is not None:
            turn = _halves(ops.matmul(back, _column(gv)), size)
            inner = _off_diagonal(values, *turn)
            along = ops.diagonal(turn[0], axis1=-2, axis2=-1)[..., None, :]
            lengths = _halves(ops.matmul(back, _column(vectors)), size)
            kept = _off_diagonal(values, *(part * along for part in lengths))
            inner = [x - y for x, y in zip(inner, kept)]
        if g is not None:
            eye = ops.eye(size, dtype=real.dtype)
            parts = (ops.real(g), ops.imag(g))
            inner = [x + part[..., None] * eye for x, part in zip(inner, parts)]
        whole = ops.solve(back, ops.matmul(_block(*inner), back))
        result = whole[..., :size, :size]
        if is_complex(a.dtype):
            result = complex_op(result, whole[..., size:, :size])
        return (result,)


def _block(real: Tensor, imag: Tensor) -> Tensor:
    """Return real matrices that multiply as complex ones do."""
    above = ops.concatenate([real, -imag], axis=-1)
    return ops.concatenate([above, ops.concatenate([imag, real], axis=-1)], axis=-2)


def _column(z: Tensor) -> Tensor:
    return ops.concatenate([ops.real(z), ops.imag(z)], axis=-2)


def _halves(x: Tensor, size: Any) -> tuple[Tensor, Tensor]:
    return x[..., :size, :], x[..., size:, :]


def _off_diagonal(values: Tensor, real: Tensor, imag: Tensor) -> list[Tensor]:
    """Divide by the conjugate differences of eigenvalues; 0 where they are equal."""
    x, y = (
        part[..., None, :] - part[..., :, None]
        for part in (ops.real(values), ops.imag(values))
    )
    inverse = ops.divide_no_nan(1.0, ops.square(x) + ops.square(y))
    return [(x * real - y * imag) * inverse, (x * imag + y * real) * inverse]


class QR(Op):
    """The orthogonal `q` and the upper triangle `r` with `q r = a`."""

    name = "qr"
    holomorphic = False

    def infer(self, a: Spec, *, complete: bool) -> tuple[Spec, Spec]:
        check_matrix(self.name, a)
        (*batch, rows, columns) = a.shape
        inner = rows if complete else _least(a)
        return (
            Spec((*batch, rows, inner), a.dtype),
            Spec((*batch, inner, columns), a.dtype),
        )

    def kernel(
        self, xp: Any, a: Array, *, out: Array = None, complete: bool
    ) -> tuple[Array, Array]:
        mode = "complete" if complete else "reduced"
        q, r = xp.linalg.qr(*widened(xp, a), mode=mode)
        return narrowed(a, q, r)

    def vjp(self, node: Node, gq: Tensor | None, gr: Tensor | None) -> tuple[Tensor]:
        (a,), (q, r) = node.inputs, node.outputs
        rows, columns, least = _sizes(a)
        gq, gr = _present(gq, q), _present(gr, r)
        if node.attrs["complete"] and _above(rows, least):
            # Columns that complete `q` turn with the others, and not among themselves.
            beyond, g_beyond = q[..., least:], gq[..., least:]
            q, r, gr = q[..., :least], r[..., :least, :], gr[..., :least, :]
            turned = ops.matmul(beyond, ops.matmul(adjoint(g_beyond), q))
            gq = gq[..., :least] - turned
        if not _above(columns, least):
            return (_square_qr_gradient(q, r, gq, gr),)
        # The columns to the right are those of `q` times a part of `r`.
        right, outer = a[..., least:], gr[..., least:]
        gq = gq + ops.matmul(right, adjoint(outer))
        left = _square_qr_gradient(q, r[..., :least], gq, gr[..., :least])
        return (ops.concatenate([left, ops.matmul(q, outer)], axis=-1),)


def _square_qr_gradient(q: Tensor, r: Tensor, gq: Tensor, gr: Tensor) -> Tensor:
    inner = ops.matmul(r, adjoint(gr)) - ops.matmul(adjoint(gq), q)
    below = ops.tril(inner, -1)
    # The diagonal of `r` is real, also that of complex matrices.
    along = ops.cast(ops.real(_diagonal_part(inner)), inner.dtype)
    inner = below + along + adjoint(below)
    right = gq + ops.matmul(q, inner)
    return adjoint(ops.solve_triangular(r, adjoint(right)))


class SVD(Op):
    """Singular values in descending order, between the singular vectors.

    The gradient by way of complex vectors holds for what does not depend on the angles
    by which each pair of them may be turned.
    """

    name = "svd"
    holomorphic = False

    def infer(self, a: Spec, *, full: bool) -> tuple[Spec, Spec, Spec]:
        check_matrix(self.name, a)
        (*batch, rows, columns), least = a.shape, _least(a)
        real = {"complex64": "float32", "complex128": "float64"}.get(a.dtype, a.dtype)
        return (
            Spec((*batch, rows, rows if full else least), a.dtype),
            Spec((*batch, least), real),
            Spec((*batch, columns if full else least, columns), a.dtype),
        )

    def kernel(
        self, xp: Any, a: Array, *, out: Array = None, full: bool
    ) -> tuple[Array, ...]:
        return narrowed(a, *xp.linalg.svd(*widened(xp, a), full_matrices=full))

    def vjp(
        self, node: Node, gu: Tensor | None, gs: Tensor | None, gv: Tensor | None
    ) -> tuple[Tensor]:
        (a,), (u, s, v) = node.inputs, node.outputs
        rows, columns, least = _sizes(a)
        full = node.attrs["full"]
        left, right = u[..., :least], v[..., :least, :]
        inner, outer = 0.0, 0.0
        factors = _inverse_differences(ops.square(s))
        inverse = ops.divide_no_nan(1.0, s)
        if gs is not None:
            inner = gs[..., None] * ops.eye(ops.shape(s)[-1], dtype=s.dtype)
        if gu is not None:
            turn = ops.matmul(adjoint(left), gu[..., :least])
            inner = inner + factors * (turn - adjoint(turn)) * s[..., None, :]
            if _above(rows, least):
                rest = _outside(u, gu, least, full) * inverse[..., None, :]
                outer = ops.matmul(rest, right)
        if gv is not None:
            vt, gt = adjoint(v), adjoint(gv)
            turn = ops.matmul(right, gt[..., :least])
            inner = inner + s[..., None] * factors * (turn - adjoint(turn))
            if is_complex(a.dtype):
                # Turning both vectors of a pair by one angle changes nothing.
                angles = ops.imag(_diagonal_part(turn)) * inverse[..., None, :]
                inner = inner - complex_op(ops.zeros_like(angles), angles)
            if _above(columns, least):
                rest = _outside(vt, gt, least, full) * inverse[..., None, :]
                outer = outer + ops.matmul(left, adjoint(rest))
        return (ops.matmul(left, ops.matmul(inner, right)) + outer,)


def _outside(u: Tensor, g: Tensor, least: Any, full: bool) -> Tensor:
    """Return what a gradient of singular vectors says beyond the space they span."""
    inside, wanted = u[..., :least], g[..., :least]
    rest = wanted - ops.matmul(inside, ops.matmul(adjoint(inside), wanted))
    if full:
        back = ops.matmul(adjoint(g[..., least:]), inside)
        rest = rest - ops.matmul(u[..., least:], back)
    return rest


class LU(Op):
    """Both triangles of `a = p l u` in one matrix, and how the rows were exchanged.

    Results are the packed triangles (the diagonal is that of `u`), the row exchanged
    with each one as in LAPACK, and the whole permutation.
    """

    name = "lu_factor"

    def infer(self, a: Spec) -> tuple[Spec, Spec, Spec]:
        check_matrix(self.name, a)
        if a.dtype.startswith("complex"):
            raise DTypeError(f"lu_factor: matrices must be real.\n  got: {a}")
        batch = a.shape[:-2]
        return (
            Spec(a.shape, a.dtype),
            Spec((*batch, _least(a)), "int32"),
            Spec((*batch, a.shape[-2]), "int32"),
        )

    def kernel(self, xp: Any, a: Array, *, out: Array = None) -> tuple[Array, ...]:
        packed, pivots, order = lu_decompose(xp, *widened(xp, a))
        return *narrowed(a, packed), pivots, order

    def vjp(
        self, node: Node, g: Tensor | None, _: Tensor | None, __: Tensor | None
    ) -> tuple[Tensor | None]:
        if g is None:
            return (None,)
        (a,), (packed, _, order) = node.inputs, node.outputs
        permuted = _lu_gradient(packed, g, *_sizes(a))
        inverse = ops.argsort(order, axis=-1)
        return (ops.take_along_axis(permuted, inverse[..., None], axis=-2),)


def _lu_gradient(lu: Tensor, g: Tensor, rows: Any, columns: Any, least: Any) -> Tensor:
    """Return the gradient by the permuted matrix."""
    block, gu = lu[..., :least, :least], ops.triu(g[..., :least, :least])
    lower = ops.tril(block, -1) + ops.eye(least, dtype=lu.dtype)
    upper = ops.triu(block)
    gl = ops.tril(g[..., :least, :least], -1)
    below = right = None
    if _above(rows, least):
        under = lu[..., least:, :least]
        below = _over(g[..., least:, :least], upper)
        gu = gu - ops.triu(ops.matmul(transposed(under), below))
    if _above(columns, least):
        beside = lu[..., :least, least:]
        right = ops.solve_triangular(transposed(lower), g[..., :least, least:])
        gl = gl - ops.tril(ops.matmul(right, transposed(beside)), -1)
    inner = ops.tril(ops.matmul(transposed(lower), gl), -1)
    inner = inner + ops.triu(ops.matmul(gu, transposed(upper)))
    whole = _over(ops.solve_triangular(transposed(lower), inner), upper)
    if right is not None:
        whole = ops.concatenate([whole, right], axis=-1)
    if below is None:
        return whole
    if right is not None:
        # One of both is empty, and so is this corner.
        below = ops.concatenate([below, g[..., least:, least:]], axis=-1)
    return ops.concatenate([whole, below], axis=-2)


def _over(x: Tensor, upper: Tensor) -> Tensor:
    """Return `x upper^-T`."""
    return transposed(ops.solve_triangular(upper, transposed(x)))


cholesky_op = register(Cholesky)
eigh_op = register(EigH)
eig_op = register(Eig)
qr_op = register(QR)
svd_op = register(SVD)
lu_factor_op = register(LU)
