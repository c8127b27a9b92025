"""Products of matrices and tensors."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import result_type
from kerasish.backend.graph import (
    Node,
    Op,
    Spec,
    Tensor,
    as_tensor,
    broadcast_shapes,
    register,
)
from kerasish.backend.ops.blocking import widened
from kerasish.backend.ops.promotion import promote
from kerasish.errors import DTypeError, ShapeError


class MatMul(Op):
    """`y[..., i, j] = sum over k of a[..., i, k] * b[..., k, j]`, ranks 2 and above."""

    name = "matmul"
    linear = True

    def infer(self, a: Spec, b: Spec) -> Spec:
        if a.rank < 2 or b.rank < 2:
            raise ShapeError(f"matmul: two matrices are needed.\n  got: {a} and {b}")
        if a.dtype != b.dtype:
            raise DTypeError(
                f"matmul: the inputs must have one data type.\n  got: {a} and {b}"
            )
        inner = (a.shape[-1], b.shape[-2])
        if None not in inner and inner[0] != inner[1]:
            raise ShapeError(
                f"matmul: the last axis of the first input has {inner[0]} elements, "
                f"the last but one of the second {inner[1]}.\n  got: {a} and {b}"
            )
        batch = broadcast_shapes(a.shape[:-2], b.shape[:-2])
        if batch is None:
            raise ShapeError(
                "matmul: the axes before the matrices do not broadcast.\n"
                f"  got: {a} and {b}"
            )
        return Spec((*batch, a.shape[-2], b.shape[-1]), a.dtype)

    def kernel(self, xp: Any, a: Any, b: Any, *, out: Any = None) -> Any:
        return multiply_matrices(xp, a, b, out)

    def bind(
        self, kernel: Callable, xp: Any, arrays: tuple, out: Any, attrs: dict
    ) -> Callable[[], Any] | None:
        """Bind the product of two matrices, without what other cases need."""
        a, b = arrays
        if kernel != self.kernel or a.ndim > 2 or b.ndim > 2 or out.dtype.itemsize < 4:
            return None
        return partial(xp.matmul, a, b, out=out)

    def multiplications(self, node: Node) -> int:
        return math.prod(node.specs[0].shape) * node.inputs[0].shape[-1]

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, Tensor]:
        a, b = node.inputs
        a_gradient = matmul_op(g, _swapped(b))
        known = None not in b.shape and 0 not in b.shape
        if b.ndim == 2 and a.ndim > 2 and known:
            # One product of tall matrices, instead of many that are then added up.
            rows = ops.reshape(a, (-1, b.shape[0]))
            grads = ops.reshape(g, (-1, b.shape[1]))
            return a_gradient, matmul_op(_swapped(rows), grads)
        b_gradient = matmul_op(_swapped(a), g)
        return ops.unbroadcast(a_gradient, a), ops.unbroadcast(b_gradient, b)


def multiply_matrices(xp: Any, a: Any, b: Any, out: Any = None) -> Any:
    """Multiply stacks of matrices; half precision is computed in float32.

    Args:
        xp: NumPy or CuPy.
        a: `(..., i, k)`.
        b: `(..., k, j)`.
        out: Where to put the result, if it can be used.
    """
    wide_a, wide_b = widened(xp, a, b)
    if out is not None and out.dtype != wide_a.dtype:
        out = None
    if b.ndim == 2 and a.ndim > 2 and a.size:
        # One large product instead of one a matrix.
        rows = wide_a.reshape(-1, a.shape[-1])
        shape = (*a.shape[:-1], b.shape[-1])
        if out is not None and out.flags.c_contiguous and out.size:
            xp.matmul(rows, wide_b, out=out.reshape(-1, b.shape[-1]))
            return out
        return xp.matmul(rows, wide_b).reshape(shape)
    if out is None:
        return xp.matmul(wide_a, wide_b)
    return xp.matmul(wide_a, wide_b, out=out)


def _swapped(x: Tensor) -> Tensor:
    axes = (*range(x.ndim - 2), x.ndim - 1, x.ndim - 2)
    return ops.transpose(x, axes)


matmul_op = register(MatMul)


def matmul(x1: Any, x2: Any) -> Tensor:
    """Multiply matrices, stacks of them, and vectors.

    The last two axes are the matrices; those before are broadcast. A vector on the left
    is a row, on the right a column, and its axis is dropped from the result.

    Args:
        x1: `(..., i, k)` or `(k,)`.
        x2: `(..., k, j)` or `(k,)`.

    Returns:
        `(..., i, j)`. Two `int8` inputs give `int32`.

    Raises:
        ShapeError: If an input is a number, or the shapes do not fit.

    Example:

    >>> from kerasish.backend import ops
    >>> ops.matmul([[1.0, 2.0]], [[3.0], [4.0]]).numpy()
    array([[11.]], dtype=float32)
    """
    a, b = as_tensor(x1), as_tensor(x2)
    if a.dtype == b.dtype == "int8":
        a, b = as_tensor(a, "int32"), as_tensor(b, "int32")
    a, b = promote(a, b)
    if a.ndim == 0 or b.ndim == 0:
        raise ShapeError(
            "matmul: a number is no matrix; multiply with `*`.\n"
            f"  got: {a.spec} and {b.spec}"
        )
    row, column = a.ndim == 1, b.ndim == 1
    if row:
        a = ops.expand_dims(a, 0)
    if column:
        b = ops.expand_dims(b, 1)
    y = matmul_op(a, b)
    dropped = (y.ndim - 2,) * row + (y.ndim - 1,) * column
    return ops.squeeze(y, dropped) if dropped else y


def dot(x1: Any, x2: Any) -> Tensor:
    """Sum over the last axis of one tensor and the last but one of another.

    A number multiplies, two vectors give their inner product, two matrices their
    product.

    Args:
        x1: `(..., k)` or a number.
        x2: `(..., k, j)`, `(k,)` or a number.

    Returns:
        The axes of `x1` without `k`, then those of `x2` without `k`.

    Raises:
        ShapeError: If the lengths differ.

    Example:

    >>> from kerasish.backend import ops
    >>> ops.dot(ops.ones((2, 3)), ops.ones((4, 3, 5))).shape
    (2, 4, 5)
    """
    a, b = promote(x1, x2)
    if a.ndim == 0 or b.ndim == 0:
        return ops.multiply(a, b)
    if b.ndim <= 2 and None not in (a.shape[-1], b.shape[0]):
        _check_lengths("dot", a, b, (a.ndim - 1,), (0,))
        return _with_result_type(matmul(a, b), a)
    return tensordot(a, b, ([a.ndim - 1], [max(b.ndim - 2, 0)]))


def inner(x1: Any, x2: Any) -> Tensor:
    """Sum over the last axes of two tensors.

    Args:
        x1: `(..., k)` or a number.
        x2: `(..., k)` or a number.

    Returns:
        The axes of `x1` without `k`, then those of `x2` without `k`.

    Raises:
        ShapeError: If the lengths differ.

    Example:

    >>> from kerasish.backend import ops
    >>> ops.inner([1.0, 2.0], [[3.0, 4.0], [5.0, 6.0]]).numpy()
    array([11., 17.], dtype=float32)
    """
    a, b = promote(x1, x2)
    if a.ndim == 0 or b.ndim == 0:
        return ops.multiply(a, b)
    return tensordot(a, b, ([a.ndim - 1], [b.ndim - 1]))


def outer(x1: Any, x2: Any) -> Tensor:
    """Multiply each element of one tensor with each of another.

    Args:
        x1: Any shape; it is flattened to `m` elements.
        x2: Any shape; it is flattened to `n` elements.

    Returns:
        `(m, n)`.

    Example:

    >>> from kerasish.backend import ops
    >>> ops.outer([1, 2], [3, 4]).numpy()
    array([[3, 4],
           [6, 8]], dtype=int32)
    """
    a, b = promote(x1, x2)
    column, row = ops.reshape(a, (-1, 1)), ops.reshape(b, (1, -1))
    return ops.multiply(column, row)


def vdot(x1: Any, x2: Any) -> Tensor:
    """Return the inner product of two tensors, flattened to vectors.

    Args:
        x1: Any shape; complex values are conjugated.
        x2: As many elements.

    Returns:
        A number.

    Raises:
        ShapeError: If the numbers of elements differ.

    Example:

    >>> from kerasish.backend import ops
    >>> float(ops.vdot([[1.0, 2.0]], [[3.0], [4.0]]))
    11.0
    """
    a, b = promote(x1, x2)
    if a.dtype.startswith("complex"):
        a = ops.conjugate(a)
    a, b = ops.reshape(a, (-1,)), ops.reshape(b, (-1,))
    return _with_result_type(matmul(a, b), a)


def tensordot(x1: Any, x2: Any, axes: int | Sequence[Any] = 2) -> Tensor:
    """Sum over chosen axes of two tensors.

    Args:
        x1: Any shape.
        x2: Any shape.
        axes: How many last axes of `x1` meet as many first axes of `x2`; or two lists
            of axes, those of `x1` and those of `x2`.

    Returns:
        The other axes of `x1`, then those of `x2`.

    Raises:
        ShapeError: If axes do not exist or their lengths differ.

    Example:

    >>> from kerasish.backend import ops
    >>> ops.tensordot(ops.ones((2, 3, 4)), ops.ones((4, 3, 5)), [[1, 2], [1, 0]]).shape
    (2, 5)
    """
    from kerasish.backend.ops.contraction import contract

    a, b = promote(x1, x2)
    a_axes, b_axes = _contracted_axes(axes, a, b)
    _check_lengths("tensordot", a, b, a_axes, b_axes)
    b_labels = [a.ndim + axis for axis in range(b.ndim)]
    for a_axis, b_axis in zip(a_axes, b_axes):
        b_labels[b_axis] = a_axis
    a_labels = tuple(range(a.ndim))
    kept = [label for label in a_labels if label not in a_axes]
    kept += [label for label in b_labels if label >= a.ndim]
    return contract(a, b, a_labels, tuple(b_labels), tuple(kept))


def _contracted_axes(
    axes: int | Sequence[Any], a: Tensor, b: Tensor
) -> tuple[tuple[int, ...], tuple[int, ...]]:
    if isinstance(axes, int):
        pairs = [range(a.ndim - axes, a.ndim), range(axes)]
        if axes < 0 or axes > min(a.ndim, b.ndim):
            raise _axes_error(axes, a, b)
    else:
        pairs = [
            entry if hasattr(entry, "__iter__") else (entry,) for entry in list(axes)
        ]
        if len(pairs) != 2:
            raise _axes_error(axes, a, b)
    normalised = []
    for entry, tensor in zip(pairs, (a, b)):
        rank = tensor.ndim
        if any(not -rank <= axis < rank for axis in entry):
            raise _axes_error(axes, a, b)
        normalised.append(tuple(int(axis) % rank for axis in entry))
    first, second = normalised
    if len(first) != len(second) or len(set(first)) + len(set(second)) != 2 * len(
        first
    ):
        raise _axes_error(axes, a, b)
    return first, second


def _axes_error(axes: Any, a: Tensor, b: Tensor) -> ShapeError:
    return ShapeError(
        "tensordot: `axes` must be a number of axes, or as many different axes of the "
        f"first input as of the second.\n  got: axes={axes!r}, {a.spec} and {b.spec}"
    )


def _check_lengths(
    name: str, a: Tensor, b: Tensor, a_axes: tuple[int, ...], b_axes: tuple[int, ...]
) -> None:
    for a_axis, b_axis in zip(a_axes, b_axes):
        lengths = a.shape[a_axis], b.shape[b_axis]
        if None not in lengths and lengths[0] != lengths[1]:
            raise ShapeError(
                f"{name}: axis {a_axis} of the first input has {lengths[0]} elements, "
                f"axis {b_axis} of the second {lengths[1]}."
                f"\n  got: {a.spec} and {b.spec}"
            )


def _with_result_type(y: Tensor, like: Tensor) -> Tensor:
    """Undo the widening of `int8`, which only `matmul` itself has."""
    return as_tensor(y, result_type(like.dtype))
