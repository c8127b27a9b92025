"""Products of vectors in space, and of matrices block by block."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Tensor
from kerasish.backend.ops.promotion import promote
from kerasish.errors import ShapeError


def cross(
    x1: Any,
    x2: Any,
    axisa: int = -1,
    axisb: int = -1,
    axisc: int = -1,
    axis: int | None = None,
) -> Tensor:
    """Return the cross product of vectors of two or three components.

    A third component that is missing is 0. Where both vectors have two components, only
    the third of the result is returned, without an axis for it.

    Args:
        x1: Vectors along `axisa`.
        x2: Vectors along `axisb`; the other axes broadcast.
        axisa: The axis of `x1` that holds the components, three if that is unknown.
        axisb: The axis of `x2` that holds the components.
        axisc: The axis of the result that holds the components.
        axis: One axis in place of these three.

    Returns:
        The perpendicular vectors.

    Raises:
        ShapeError: If vectors have neither two nor three components.

    Example:

    >>> from kerasish.backend import ops
    >>> ops.cross([1.0, 0.0, 0.0], [0.0, 1.0, 0.0]).numpy()
    array([0., 0., 1.], dtype=float32)
    """
    if axis is not None:
        axisa = axisb = axisc = axis
    a, b = promote(x1, x2)
    a, b = ops.moveaxis(a, axisa, -1), ops.moveaxis(b, axisb, -1)
    counts = [3 if t.shape[-1] is None else t.shape[-1] for t in (a, b)]
    if not set(counts) <= {2, 3}:
        raise ShapeError(
            "cross: vectors have 2 or 3 components.\n"
            f"  got: {counts[0]} and {counts[1]} of {a.spec} and {b.spec}"
        )
    a0, a1, *a2 = (a[..., i] for i in range(counts[0]))
    b0, b1, *b2 = (b[..., i] for i in range(counts[1]))
    third = a0 * b1 - a1 * b0
    if not a2 and not b2:
        return third
    first = ops.zeros_like(third)
    second = ops.zeros_like(third)
    if b2:
        first, second = first + a1 * b2[0], second - a0 * b2[0]
    if a2:
        first, second = first - a2[0] * b1, second + a2[0] * b0
    return ops.moveaxis(ops.stack([first, second, third], axis=-1), -1, axisc)


def kron(x1: Any, x2: Any) -> Tensor:
    """Return the Kronecker product: a block `x1[i] * x2` for each element of `x1`.

    Args:
        x1: Any shape; missing leading axes count as 1.
        x2: Any shape.

    Returns:
        A tensor whose sizes are the products of those of the inputs.

    Example:

    >>> from kerasish.backend import ops
    >>> ops.kron([1, 10], [1, 2, 3]).numpy()
    array([ 1,  2,  3, 10, 20, 30], dtype=int32)
    """
    a, b = promote(x1, x2)
    rank = max(a.ndim, b.ndim)
    left = (1,) * (rank - a.ndim) + ops.shape(a)
    right = (1,) * (rank - b.ndim) + ops.shape(b)
    a = ops.reshape(a, tuple(size for n in left for size in (n, 1)))
    b = ops.reshape(b, tuple(size for n in right for size in (1, n)))
    return ops.reshape(a * b, tuple(n * m for n, m in zip(left, right)))
