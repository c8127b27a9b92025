"""Tensors made of a shape: constants, ranges and grids; and the shape of a tensor."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.config import floatx
from kerasish.backend.dtypes import (
    is_integer,
    numpy_dtype,
    standardize_dtype,
)
from kerasish.backend.graph import (
    Node,
    Op,
    Spec,
    Tensor,
    as_numpy,
    as_tensor,
    register,
)
from kerasish.backend.graph.known import KNOWN_ELEMENTS
from kerasish.backend.ops.shape_arguments import (
    DynamicShapeOp,
    Shape,
    apply_shaped,
    shape_argument,
    static_number,
)
from kerasish.errors import ShapeError


class Full(Op):
    """A tensor with one value everywhere."""

    name = "full"
    differentiable = False

    def infer(self, *, shape: Shape, value: Any, dtype: str) -> Spec:
        count = 1 if not shape else shape[0] if len(shape) == 1 else None
        known = None
        if is_integer(dtype) and count is not None and count <= KNOWN_ELEMENTS:
            known = (int(value),) * count
        return Spec(shape, dtype, known)

    def kernel(
        self, xp: Any, *, out: Any = None, shape: Shape, value: Any, dtype: str
    ) -> Any:
        if out is None and isinstance(value, int) and not value:
            # The system hands out zeroed memory when it is first touched.
            return xp.zeros(shape, numpy_dtype(dtype))
        if out is None:
            return xp.full(shape, value, numpy_dtype(dtype))
        out[...] = value
        return out


class FullDynamic(DynamicShapeOp):
    """`full` with a shape that a run decides."""

    name = "full_dynamic"
    differentiable = False


class FullLike(Op):
    """A tensor of the shape of the input with one value everywhere."""

    name = "full_like"
    differentiable = False
    shape_only = (0,)

    def infer(self, like: Spec, *, value: Any, dtype: str) -> Spec:
        return full_op.infer(shape=like.shape, value=value, dtype=dtype)

    def kernel(
        self, xp: Any, like: Any, *, out: Any = None, value: Any, dtype: str
    ) -> Any:
        return full_op.kernel(xp, out=out, shape=like.shape, value=value, dtype=dtype)

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        (like,) = inputs
        return full_op(shape=like.shape, **node.attrs) if like.spec.is_exact else None


full_op = register(Full())
FullDynamic.static = full_op
full_dynamic_op = register(FullDynamic())
full_like_op = register(FullLike())


def convert_to_tensor(
    x: Any, dtype: Any = None, sparse: bool | None = None, ragged: bool | None = None
) -> Tensor:
    """Return anything as a tensor.

    Args:
        x: A tensor, Variable, array, number or nested list of numbers.
        dtype: The data type; by default that of `x`, and for Python numbers the
            default float type, `int32` or `bool`.
        sparse: Whether sparse tensors are kept so; there are none here, so that it
            makes no difference.
        ragged: The same for ragged tensors.

    Returns:
        A tensor.

    Raises:
        DTypeError: If `x` does not hold numbers.

    Example:

    >>> convert_to_tensor([1, 2], dtype="float32").numpy()
    array([1., 2.], dtype=float32)
    """
    return as_tensor(x, None if dtype is None else standardize_dtype(dtype))


def array(x: Any, dtype: Any = None) -> Tensor:
    """Return anything as a tensor, as `convert_to_tensor` does.

    Args:
        x: A tensor, Variable, array, number or nested list of numbers.
        dtype: The data type.

    Returns:
        A tensor.

    Example:

    >>> array([1, 2]).dtype
    'int32'
    """
    return convert_to_tensor(x, dtype)


def convert_to_numpy(x: Any) -> np.ndarray:
    """Return a copy of a value as a NumPy array.

    Args:
        x: A tensor with a value, a Variable, or anything array-like.

    Returns:
        An array on the host that shares no memory with `x`.

    Raises:
        TypeError: If `x` is a symbolic tensor.

    Example:

    >>> convert_to_numpy(convert_to_tensor([1.0, 2.0]))
    array([1., 2.], dtype=float32)
    """
    return as_numpy(x)


def full(shape: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    """Make a tensor with one value everywhere.

    Args:
        shape: The shape: integers or symbolic scalars.
        fill_value: The value, or a tensor that broadcasts to the shape.
        dtype: The data type, the default float type by default.

    Returns:
        A tensor of that shape.

    Example:

    >>> full((2,), 7.0).numpy()
    array([7., 7.], dtype=float32)
    """
    dtype = floatx() if dtype is None else standardize_dtype(dtype)
    argument = shape_argument(shape, "full")
    if argument[1] is None and None in argument[0]:
        raise ShapeError(f"full: every size is needed.\n  got: shape={shape}")
    value = static_number(fill_value)
    if value is None:
        return ops.broadcast_to(ops.cast(fill_value, dtype), shape)
    return apply_shaped(
        full_op, full_dynamic_op, (), argument, value=value, dtype=dtype
    )


def zeros(shape: Any, dtype: Any = None) -> Tensor:
    """Make a tensor of zeros.

    Args:
        shape: The shape: integers or symbolic scalars.
        dtype: The data type, the default float type by default.

    Returns:
        A tensor of that shape.

    Example:

    >>> zeros((2,), dtype="int32").numpy()
    array([0, 0], dtype=int32)
    """
    return full(shape, 0, dtype)


def ones(shape: Any, dtype: Any = None) -> Tensor:
    """Make a tensor of ones.

    Args:
        shape: The shape: integers or symbolic scalars.
        dtype: The data type, the default float type by default.

    Returns:
        A tensor of that shape.

    Example:

    >>> ones((2,)).numpy()
    array([1., 1.], dtype=float32)
    """
    return full(shape, 1, dtype)


def empty(shape: Any, dtype: Any = None) -> Tensor:
    """Make a tensor whose values do not matter; they are zeros.

    Args:
        shape: The shape: integers or symbolic scalars.
        dtype: The data type, the default float type by default.

    Returns:
        A tensor of that shape.

    Example:

    >>> empty((2, 3)).shape
    (2, 3)
    """
    return full(shape, 0, dtype)


def full_like(x: Any, fill_value: Any, dtype: Any = None) -> Tensor:
    """Make a tensor of the shape of another one with one value everywhere.

    Args:
        x: A tensor; only its shape and type matter.
        fill_value: The value, or a tensor that broadcasts to the shape.
        dtype: The data type, that of `x` by default.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> full_like([1, 2], 7).numpy()
    array([7, 7], dtype=int32)
    """
    x = as_tensor(x)
    dtype = x.dtype if dtype is None else standardize_dtype(dtype)
    value = static_number(fill_value)
    if value is None:
        return ops.broadcast_like(ops.cast(fill_value, dtype), x)
    if x.spec.is_exact:
        return full_op(shape=x.shape, value=value, dtype=dtype)
    return full_like_op(x, value=value, dtype=dtype)


def zeros_like(x: Any, dtype: Any = None) -> Tensor:
    """Make a tensor of zeros of the shape of another one.

    Args:
        x: A tensor; only its shape and type matter.
        dtype: The data type, that of `x` by default.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> zeros_like([1, 2]).numpy()
    array([0, 0], dtype=int32)
    """
    return full_like(x, 0, dtype)


def ones_like(x: Any, dtype: Any = None) -> Tensor:
    """Make a tensor of ones of the shape of another one.

    Args:
        x: A tensor; only its shape and type matter.
        dtype: The data type, that of `x` by default.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> ones_like([1, 2]).numpy()
    array([1, 1], dtype=int32)
    """
    return full_like(x, 1, dtype)


def empty_like(x: Any, dtype: Any = None) -> Tensor:
    """Make a tensor of the shape of another one; its values (zeros) do not matter.

    Args:
        x: A tensor; only its shape and type matter.
        dtype: The data type, that of `x` by default.

    Returns:
        A tensor of the shape of `x`.

    Example:

    >>> empty_like([1.0, 2.0]).shape
    (2,)
    """
    return full_like(x, 0, dtype)
