"""Diagonals and triangles of matrices."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.config import floatx
from kerasish.backend.dtypes import standardize_dtype
from kerasish.backend.graph import Node, Op, Spec, Tensor, as_tensor, register
from kerasish.backend.ops.shape_arguments import normalise_axes
from kerasish.errors import ShapeError

Plane = tuple[int, int]


def _diagonal_length(rows: int | None, columns: int | None, offset: int) -> int | None:
    if rows is None or columns is None:
        return None
    if offset < 0:
        return max(0, min(rows + offset, columns))
    return max(0, min(rows, columns - offset))


class Diagonal(Op):
    """The diagonals of the matrices on two axes, along a new last axis."""

    name = "diagonal"
    views = True
    linear = True

    def infer(self, x: Spec, *, offset: int, axes: Plane) -> Spec:
        rows, columns = (x.shape[axis] for axis in axes)
        rest = tuple(size for axis, size in enumerate(x.shape) if axis not in axes)
        return Spec((*rest, _diagonal_length(rows, columns, offset)), x.dtype)

    def kernel(
        self, xp: Any, x: Any, *, out: Any = None, offset: int, axes: Plane
    ) -> Any:
        return xp.diagonal(x, offset, *axes)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (diagonal_adjoint_op(g, node.inputs[0], **node.attrs),)


class DiagonalAdjoint(Op):
    """Zeros of the shape of the second input with the first one on the diagonals."""

    name = "diagonal_adjoint"
    linear = True
    shape_only = (1,)

    def infer(self, g: Spec, like: Spec, *, offset: int, axes: Plane) -> Spec:
        return Spec(like.shape, g.dtype)

    def kernel(
        self,
        xp: Any,
        g: Any,
        like: Any,
        *,
        out: Any = None,
        offset: int,
        axes: Plane,
    ) -> Any:
        out = xp.empty(like.shape, g.dtype) if out is None else out
        out[...] = 0
        places = xp.arange(g.shape[-1])
        moved = xp.moveaxis(out, axes, (-2, -1))
        moved[..., places + max(-offset, 0), places + max(offset, 0)] = g
        return out

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, None]:
        return diagonal_op(g, **node.attrs), None


class DiagonalMatrix(Op):
    """The square matrix that has a vector on one of its diagonals."""

    name = "diagonal_matrix"
    linear = True

    def infer(self, x: Spec, *, offset: int) -> Spec:
        size = None if x.shape[0] is None else x.shape[0] + abs(offset)
        return Spec((size, size), x.dtype)

    def kernel(self, xp: Any, x: Any, *, out: Any = None, offset: int) -> Any:
        size = x.shape[0] + abs(offset)
        out = xp.empty((size, size), x.dtype) if out is None else out
        out[...] = 0
        places = xp.arange(x.shape[0])
        out[places + max(-offset, 0), places + max(offset, 0)] = x
        return out

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (diagonal_op(g, offset=node.attrs["offset"], axes=(0, 1)),)


class Triangle(Op):
    """The matrices on the last two axes with zeros above or below a diagonal."""

    name = "triangle"
    linear = True

    def infer(self, x: Spec, *, offset: int, lower: bool) -> Spec:
        return Spec(x.shape, x.dtype)

    def kernel(
        self, xp: Any, x: Any, *, out: Any = None, offset: int, lower: bool
    ) -> Any:
        return xp.tril(x, offset) if lower else xp.triu(x, offset)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (triangle_op(g, **node.attrs),)


diagonal_op = register(Diagonal())
diagonal_adjoint_op = register(DiagonalAdjoint())
diagonal_matrix_op = register(DiagonalMatrix())
triangle_op = register(Triangle())


def diagonal(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """Return diagonals.

    Args:
        x: A tensor with at least two axes.
        offset: 0 for the main diagonal, positive for one above, negative for one below.
        axis1: The axis of the rows.
        axis2: The axis of the columns.

    Returns:
        A tensor without the two axes, but with the diagonals along a new last one.

    Raises:
        ShapeError: If the axes are not two different ones.

    Example:

    >>> diagonal([[1, 2], [3, 4]]).numpy()
    array([1, 4], dtype=int32)
    """
    x = as_tensor(x)
    return diagonal_op(
        x, offset=int(offset), axes=normalise_axes((axis1, axis2), x.ndim, "diagonal")
    )


def diag(x: Any, k: int = 0) -> Tensor:
    """Return the diagonal of a matrix, or the matrix with a given diagonal.

    Args:
        x: A matrix or a vector.
        k: The diagonal: 0 for the main one, positive above, negative below.

    Returns:
        A vector for a matrix, a square matrix for a vector.

    Raises:
        ShapeError: If `x` has another number of axes.

    Example:

    >>> diag([1, 2]).numpy()
    array([[1, 0],
           [0, 2]], dtype=int32)
    """
    x = as_tensor(x)
    if x.ndim == 2:
        return diagonal(x, k)
    if x.ndim != 1:
        raise ShapeError(f"diag: x must be a vector or a matrix.\n  got: x {x.spec}")
    return diagonal_matrix_op(x, offset=int(k))


def diagflat(x: Any, k: int = 0) -> Tensor:
    """Return the matrix that has the elements of a tensor on a diagonal.

    Args:
        x: A tensor; it is flattened.
        k: The diagonal: 0 for the main one, positive above, negative below.

    Returns:
        A square matrix.

    Example:

    >>> diagflat([[1, 2]], k=1).shape
    (3, 3)
    """
    return diagonal_matrix_op(ops.ravel(x), offset=int(k))


def trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """Return the sum of diagonals.

    Args:
        x: A tensor with at least two axes.
        offset: The diagonal, as for `diagonal`.
        axis1: The axis of the rows.
        axis2: The axis of the columns.

    Returns:
        A tensor without the two axes.

    Example:

    >>> int(trace([[1, 2], [3, 4]]))
    5
    """
    return ops.sum(diagonal(x, offset, axis1, axis2), axis=-1)


def _matrix(x: Any, name: str) -> Tensor:
    x = as_tensor(x)
    if x.ndim < 2:
        raise ShapeError(f"{name}: x needs two axes at least.\n  got: x {x.spec}")
    return x


def tril(x: Any, k: int = 0) -> Tensor:
    """Keep the lower triangle of matrices and put zeros above it.

    Args:
        x: A tensor; its last two axes are the matrices.
        k: The highest diagonal to keep.

    Returns:
        A tensor of the same shape.

    Raises:
        ShapeError: If `x` has less than two axes.

    Example:

    >>> tril([[1, 2], [3, 4]]).numpy()
    array([[1, 0],
           [3, 4]], dtype=int32)
    """
    return triangle_op(_matrix(x, "tril"), offset=int(k), lower=True)


def triu(x: Any, k: int = 0) -> Tensor:
    """Keep the upper triangle of matrices and put zeros below it.

    Args:
        x: A tensor; its last two axes are the matrices.
        k: The lowest diagonal to keep.

    Returns:
        A tensor of the same shape.

    Raises:
        ShapeError: If `x` has less than two axes.

    Example:

    >>> triu([[1, 2], [3, 4]]).numpy()
    array([[1, 2],
           [0, 4]], dtype=int32)
    """
    return triangle_op(_matrix(x, "triu"), offset=int(k), lower=False)


def _difference(rows: Any, columns: Any) -> Tensor:
    """Return column number minus row number for each place of a matrix."""
    columns = rows if columns is None else columns
    across = ops.expand_dims(ops.arange(columns, dtype="int32"), 0)
    down = ops.expand_dims(ops.arange(rows, dtype="int32"), 1)
    return across - down


def tri(N: Any, M: Any = None, k: int = 0, dtype: Any = None) -> Tensor:
    """Return a matrix with ones on and below a diagonal and zeros above it.

    Args:
        N: The number of rows.
        M: The number of columns, `N` by default.
        k: The highest diagonal with ones.
        dtype: The data type, the default float type by default.

    Returns:
        A tensor of shape (N, M).

    Example:

    >>> tri(2, 3).numpy()
    array([[1., 0., 0.],
           [1., 1., 0.]], dtype=float32)
    """
    dtype = floatx() if dtype is None else standardize_dtype(dtype)
    return ops.cast(ops.less_equal(_difference(N, M), k), dtype)


def eye(N: Any, M: Any = None, k: int = 0, dtype: Any = None) -> Tensor:
    """Return a matrix with ones on a diagonal and zeros elsewhere.

    Args:
        N: The number of rows.
        M: The number of columns, `N` by default.
        k: The diagonal: 0 for the main one, positive above, negative below.
        dtype: The data type, the default float type by default.

    Returns:
        A tensor of shape (N, M).

    Example:

    >>> eye(2, 3).numpy()
    array([[1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """
    dtype = floatx() if dtype is None else standardize_dtype(dtype)
    return ops.cast(ops.equal(_difference(N, M), k), dtype)


def identity(n: Any, dtype: Any = None) -> Tensor:
    """Return the identity matrix.

    Args:
        n: The number of rows and columns.
        dtype: The data type, the default float type by default.

    Returns:
        A tensor of shape (n, n).

    Example:

    >>> identity(2, dtype="int32").numpy()
    array([[1, 0],
           [0, 1]], dtype=int32)
    """
    return eye(n, dtype=dtype)


def vander(x: Any, N: int | None = None, increasing: bool = False) -> Tensor:
    """Return the powers of the elements of a vector as rows of a matrix.

    Args:
        x: A vector.
        N: The number of powers, by default as many as elements.
        increasing: Whether the powers rise from left to right.

    Returns:
        A matrix whose row i holds the powers 0 to N-1 of `x[i]`.

    Raises:
        ShapeError: If `x` is no vector.

    Example:

    >>> vander([1, 2, 3], increasing=True).numpy()
    array([[1, 1, 1],
           [1, 2, 4],
           [1, 3, 9]], dtype=int32)
    """
    x = as_tensor(x)
    if x.ndim != 1:
        raise ShapeError(f"vander: x must be a vector.\n  got: x {x.spec}")
    count = ops.shape(x)[0] if N is None else N
    powers = ops.arange(count, dtype="int32")
    powers = powers if increasing else ops.flip(powers)
    exponents = ops.cast(ops.expand_dims(powers, 0), x.dtype)
    return ops.power(ops.expand_dims(x, 1), exponents)
