"""The shape of a tensor: as numbers, as symbolic scalars, as a vector."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Op, Spec, Tensor, as_tensor, make_node, register
from kerasish.backend.ops.shape_arguments import sizes_of


class ShapeOf(Op):
    """The shape as an int32 vector, whose elements are known as size symbols."""

    name = "shape_of"
    differentiable = False
    shape_only = (0,)

    def __call__(self, *inputs: Tensor, **attrs: Any) -> Tensor:
        (x,) = inputs
        if not x.is_symbolic:
            return super().__call__(x)
        spec = Spec((x.ndim,), "int32", sizes_of(x))
        return make_node(self, (x,), {}, (spec,)).outputs[0]

    def infer(self, x: Spec) -> Spec:
        return Spec((x.rank,), "int32", x.shape)

    def kernel(self, xp: Any, x: Any, *, out: Any = None) -> Any:
        return xp.array(x.shape, dtype="int32")


shape_of_op = register(ShapeOf())


def shape_of(x: Any) -> Tensor:
    """Return the shape of a tensor as an int32 vector.

    Args:
        x: A tensor.

    Returns:
        A vector with an element for each axis. Its elements are known as far as the
        shape is, so that shape arguments made of them are too.

    Example:

    >>> shape_of([[1, 2, 3]]).numpy()
    array([1, 3], dtype=int32)
    """
    return shape_of_op(as_tensor(x))


def shape(x: Any) -> tuple[int | Tensor, ...]:
    """Return the shape of a tensor: integers, and scalars for unknown sizes.

    Args:
        x: A tensor.

    Returns:
        A tuple with an integer for each size that is known while building, and a
        symbolic int32 scalar for each other one.

    Example:

    >>> shape([[1, 2, 3]])
    (1, 3)
    """
    x = as_tensor(x)
    if x.spec.is_exact:
        return x.shape
    vector = shape_of_op(x)
    return tuple(
        ops.index_axis(vector, 0, axis) if size is None else size
        for axis, size in enumerate(x.shape)
    )


def size(x: Any) -> Tensor:
    """Return the number of elements of a tensor.

    Args:
        x: A tensor.

    Returns:
        An int32 scalar.

    Example:

    >>> int(size([[1, 2, 3]]))
    3
    """
    x = as_tensor(x)
    if x.spec.size is not None:
        return as_tensor(x.spec.size, "int32")
    return ops.prod(shape_of_op(x))


def ndim(x: Any) -> int:
    """Return the number of axes of a tensor.

    Args:
        x: A tensor.

    Returns:
        An integer.

    Example:

    >>> ndim([[1, 2, 3]])
    2
    """
    return as_tensor(x).ndim
