"""Ops that solve linear systems and measure matrices, on stacks of matrices.

Gradient rules are those of Giles, "An extended collection of matrix derivative results
for forward and reverse mode automatic differentiation" (2008), and for the
pseudoinverse of Golub and Pereyra (1973).
"""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Node, Op, Spec, Tensor, broadcast_shapes, register
from kerasish.backend.ops.blocking import widened
from kerasish.errors import ShapeError

Array = Any
# Rows of a triangle that are solved at a time; the others follow by products.
_BLOCK = 64


def transposed(x: Tensor) -> Tensor:
    """Return each matrix of a stack transposed.

    Args:
        x: A tensor of shape `(..., m, n)`.

    Returns:
        A view of shape `(..., n, m)`.
    """
    return ops.swapaxes(x, -1, -2)


def adjoint(x: Tensor) -> Tensor:
    """Return each matrix of a stack transposed and conjugated.

    Args:
        x: A tensor of shape `(..., m, n)`.

    Returns:
        A tensor of shape `(..., n, m)`, a view of a real one.
    """
    return ops.conj(transposed(x))


def narrowed(like: Array, *arrays: Array) -> tuple[Array, ...]:
    """Return results of the decompositions, which know no half precision, in it."""
    if like.dtype.itemsize != 2:
        return arrays
    return tuple(array.astype(like.dtype) for array in arrays)


def check_square(name: str, *specs: Spec) -> None:
    """Raise for specs that are not those of stacks of square matrices.

    Args:
        name: The function that the error names.
        *specs: The specs.

    Raises:
        ShapeError: If one has fewer than two axes, or two of different sizes.
    """
    for spec in specs:
        check_matrix(name, spec)
        rows, columns = spec.shape[-2:]
        if None not in (rows, columns) and rows != columns:
            raise ShapeError(f"{name}: the matrices must be square.\n  got: {spec}")


def check_matrix(name: str, *specs: Spec) -> None:
    """Raise for specs that are not those of stacks of matrices.

    Args:
        name: The function that the error names.
        *specs: The specs.

    Raises:
        ShapeError: If one has fewer than two axes.
    """
    for spec in specs:
        if spec.rank < 2:
            raise ShapeError(
                f"{name}: matrices are needed, on the last two axes.\n  got: {spec}"
            )


def _solution_spec(name: str, a: Spec, b: Spec) -> Spec:
    check_square(name, a)
    check_matrix(name, b)
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    sizes = {a.shape[-1], a.shape[-2], b.shape[-2]} - {None}
    if batch is None or len(sizes) > 1:
        raise ShapeError(
            f"{name}: the right side must have as many rows as the matrix, and axes "
            f"before them that broadcast with its.\n  got: {a} and {b}"
        )
    return Spec((*batch, b.shape[-2], b.shape[-1]), b.dtype)


def _common_batch(xp: Any, a: Array, b: Array) -> tuple[Array, Array]:
    """Broadcast the axes before the matrices, which CuPy's `solve` does not do."""
    if a.shape[:-2] == b.shape[:-2]:
        return a, b
    batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
    return (
        xp.broadcast_to(a, (*batch, *a.shape[-2:])),
        xp.broadcast_to(b, (*batch, *b.shape[-2:])),
    )


class Solve(Op):
    """The `x` with `a x = b`."""

    name = "solve"

    def infer(self, a: Spec, b: Spec) -> Spec:
        return _solution_spec(self.name, a, b)

    def kernel(self, xp: Any, a: Array, b: Array, *, out: Array = None) -> Array:
        wide = _common_batch(xp, *widened(xp, a, b))
        return narrowed(b, xp.linalg.solve(*wide))[0]

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, Tensor]:
        (a, b), (x,) = node.inputs, node.outputs
        right = solve_op(transposed(a), g)
        left = -ops.matmul(right, transposed(x))
        return ops.unbroadcast(left, a), ops.unbroadcast(right, b)


class SolveTriangular(Op):
    """The `x` with `a x = b`, of `a` only the lower or the upper triangle."""

    name = "solve_triangular"

    def infer(self, a: Spec, b: Spec, *, lower: bool) -> Spec:
        return _solution_spec(self.name, a, b)

    def kernel(
        self, xp: Any, a: Array, b: Array, *, out: Array = None, lower: bool
    ) -> Array:
        triangle, right = _common_batch(xp, *widened(xp, a, b))
        if lower:
            # Reversed it is an upper triangle, in which nothing needs elimination.
            triangle, right = triangle[..., ::-1, ::-1], right[..., ::-1, :]
        x = xp.empty(right.shape, right.dtype)
        for stop in range(a.shape[-1], 0, -_BLOCK):
            start = max(stop - _BLOCK, 0)
            beside = xp.matmul(triangle[..., start:stop, stop:], x[..., stop:, :])
            block = xp.triu(triangle[..., start:stop, start:stop])
            rest = right[..., start:stop, :] - beside
            x[..., start:stop, :] = xp.linalg.solve(block, rest)
        return narrowed(b, x[..., ::-1, :] if lower else x)[0]

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, Tensor]:
        (a, b), (x,), lower = node.inputs, node.outputs, node.attrs["lower"]
        right = solve_triangular_op(transposed(a), g, lower=not lower)
        left = -ops.matmul(right, transposed(x))
        left = ops.tril(left) if lower else ops.triu(left)
        return ops.unbroadcast(left, a), ops.unbroadcast(right, b)


class Inverse(Op):
    """The inverse matrix."""

    name = "inv"

    def infer(self, a: Spec) -> Spec:
        check_square(self.name, a)
        return Spec(a.shape, a.dtype)

    def kernel(self, xp: Any, a: Array, *, out: Array = None) -> Array:
        return narrowed(a, xp.linalg.inv(*widened(xp, a)))[0]

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        back = transposed(node.outputs[0])
        return (-ops.matmul(back, ops.matmul(g, back)),)


class Determinant(Op):
    """The determinant."""

    name = "det"

    def infer(self, a: Spec) -> Spec:
        check_square(self.name, a)
        return Spec(a.shape[:-2], a.dtype)

    def kernel(self, xp: Any, a: Array, *, out: Array = None) -> Array:
        return narrowed(a, xp.asarray(xp.linalg.det(*widened(xp, a))))[0]

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (g[..., None, None] * cofactors_op(node.inputs[0]),)


class Cofactors(Op):
    """The derivative of the determinant by each element, also of singular matrices.

    With the singular value decomposition `u diag(s) v` it is `det(u v) u diag(p) v`,
    where `p` holds the products of all other singular values.
    """

    name = "cofactors"

    def infer(self, a: Spec) -> Spec:
        check_square(self.name, a)
        return Spec(a.shape, a.dtype)

    def kernel(self, xp: Any, a: Array, *, out: Array = None) -> Array:
        u, s, v = xp.linalg.svd(*widened(xp, a), full_matrices=False)
        sign = xp.linalg.det(u) * xp.linalg.det(v)
        others = xp.ones_like(s)
        others[..., 1:] = xp.cumprod(s, axis=-1)[..., :-1]
        others[..., :-1] *= xp.cumprod(s[..., ::-1], axis=-1)[..., ::-1][..., 1:]
        weights = others * sign[..., None]
        return narrowed(a, xp.matmul(u * weights[..., None, :].conj(), v).conj())[0]

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        (a,), (c,) = node.inputs, node.outputs
        along = ops.sum(g * c, axis=(-2, -1), keepdims=True) * c
        across = ops.matmul(c, ops.matmul(transposed(g), c))
        return ((along - across) / det_op(a)[..., None, None],)


class SignedLogDeterminant(Op):
    """The sign of the determinant, and the logarithm of its absolute value."""

    name = "slogdet"

    def infer(self, a: Spec) -> tuple[Spec, Spec]:
        check_square(self.name, a)
        real = {"complex64": "float32", "complex128": "float64"}.get(a.dtype, a.dtype)
        return Spec(a.shape[:-2], a.dtype), Spec(a.shape[:-2], real)

    def kernel(self, xp: Any, a: Array, *, out: Array = None) -> tuple[Array, Array]:
        sign, logarithm = xp.linalg.slogdet(*widened(xp, a))
        return narrowed(a, xp.asarray(sign), xp.asarray(logarithm))

    def vjp(self, node: Node, _: Tensor | None, g: Tensor | None) -> tuple:
        if g is None:
            return (None,)
        inverse = transposed(inverse_op(node.inputs[0]))
        return (ops.cast(g, inverse.dtype)[..., None, None] * inverse,)


class PseudoInverse(Op):
    """The pseudoinverse of Moore and Penrose.

    Singular values up to `rcond` times the largest one count as 0, without it up to
    `units` units of rounding for each row or column.
    """

    name = "pinv"
    holomorphic = False

    def infer(self, a: Spec, *, rcond: float | None, units: float = 1.0) -> Spec:
        check_matrix(self.name, a)
        return Spec((*a.shape[:-2], a.shape[-1], a.shape[-2]), a.dtype)

    def kernel(
        self,
        xp: Any,
        a: Array,
        *,
        out: Array = None,
        rcond: float | None,
        units: float = 1.0,
    ) -> Array:
        (wide,) = widened(xp, a)
        if rcond is None:
            rcond = units * max(a.shape[-2:]) * float(xp.finfo(wide.dtype).eps)
        if not a.size:
            return xp.zeros((*a.shape[:-2], a.shape[-1], a.shape[-2]), a.dtype)
        u, s, v = xp.linalg.svd(wide, full_matrices=False)
        kept = s > rcond * s.max(axis=-1, keepdims=True)
        inverse = xp.where(kept, 1 / xp.where(kept, s, 1), 0)
        scaled = xp.swapaxes(v, -1, -2).conj() * inverse[..., None, :].astype(s.dtype)
        return narrowed(a, xp.matmul(scaled, xp.swapaxes(u, -1, -2).conj()))[0]

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        (a,), (p,) = node.inputs, node.outputs
        pt, gt, product = adjoint(p), adjoint(g), ops.matmul
        inner = product(pt, product(g, pt))
        rows = product(gt, product(p, pt))
        columns = product(product(pt, p), gt)
        rows = rows - product(a, product(p, rows))
        columns = columns - product(product(columns, p), a)
        return (rows + columns - inner,)


solve_op = register(Solve)
solve_triangular_op = register(SolveTriangular)
inverse_op = register(Inverse)
det_op = register(Determinant)
cofactors_op = register(Cofactors)
slogdet_op = register(SignedLogDeterminant)
pinv_op = register(PseudoInverse)
