"""Tensors made of a shape: constants, ranges and grids; and the shape of a tensor."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.config import floatx
from kerasish.backend.dtypes import (
    is_integer,
    numpy_dtype,
    result_type,
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
from kerasish.backend.graph.node import make_node
from kerasish.backend.ops.shape_arguments import (
    DynamicShapeOp,
    Shape,
    apply_shaped,
    shape_argument,
    sizes_of,
    static_value,
)
from kerasish.errors import ShapeError

_KNOWN_ELEMENTS = 64


class Full(Op):
    """A tensor with one value everywhere."""

    name = "full"
    differentiable = False

    def infer(self, *, shape: Shape, value: Any, dtype: str) -> Spec:
        count = 1 if not shape else shape[0] if len(shape) == 1 else None
        known = None
        if is_integer(dtype) and count is not None and count <= _KNOWN_ELEMENTS:
            known = (int(value),) * count
        return Spec(shape, dtype, known)

    def kernel(
        self, xp: Any, *, out: Any = None, shape: Shape, value: Any, dtype: str
    ) -> Any:
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


class Arange(Op):
    """Numbers from `start` by `step`, `count` of them."""

    name = "arange"
    differentiable = False

    def infer(self, *, start: Any, step: Any, count: int | None, dtype: str) -> Spec:
        known = None
        if is_integer(dtype) and count is not None and count <= _KNOWN_ELEMENTS:
            known = tuple(int(start + step * i) for i in range(count))
        return Spec((count,), dtype, known)

    def kernel(
        self,
        xp: Any,
        *,
        out: Any = None,
        start: Any,
        step: Any,
        count: int,
        dtype: str,
    ) -> Any:
        exact = "int64" if is_integer(dtype) else "float64"
        numbers = xp.arange(count, dtype=exact) * step + start
        return numbers.astype(numpy_dtype(dtype))


class ArangeDynamic(Op):
    """Integers from the first input up to the second by the third."""

    name = "arange_dynamic"
    differentiable = False
    value_shape = True

    def infer(self, start: Spec, stop: Spec, step: Spec, *, dtype: str) -> Spec:
        return Spec((None,), dtype)

    def kernel(
        self, xp: Any, start: Any, stop: Any, step: Any, *, out: Any = None, dtype: str
    ) -> Any:
        first, last, by = start.tolist(), stop.tolist(), step.tolist()
        return xp.arange(first, last, by, dtype=numpy_dtype(dtype))

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        start, stop, step = (static_value(scalar) for scalar in inputs)
        if None in (start, stop, step):
            return None
        dtype = node.attrs["dtype"]
        return arange_op(
            start=start, step=step, count=_count(start, stop, step), dtype=dtype
        )


def _count(start: Any, stop: Any, step: Any) -> int:
    return max(0, math.ceil((stop - start) / step))


full_op = register(Full())
FullDynamic.static = full_op
full_dynamic_op = register(FullDynamic())
full_like_op = register(FullLike())
shape_of_op = register(ShapeOf())
arange_op = register(Arange())
arange_dynamic_op = register(ArangeDynamic())


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


def _number(value: Any) -> int | float | complex | bool | None:
    """Return a value as a Python number if it is known to be one."""
    known = static_value(value)
    return known if isinstance(known, (bool, int, float, complex)) else None


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
    value = _number(fill_value)
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
    value = _number(fill_value)
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


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Tensor:
    """Return evenly spaced numbers of an interval without its end.

    Args:
        start: The first number; the end, if `stop` is not given.
        stop: The end, which is not part of the result.
        step: The distance of the numbers, 1 by default.
        dtype: The data type; by default the common one of the arguments.

    Returns:
        A vector. Integer arguments may be symbolic scalars.

    Raises:
        ValueError: If `step` is 0.

    Example:

    >>> arange(2, 5).numpy()
    array([2, 3, 4], dtype=int32)
    """
    start, stop = (0, start) if stop is None else (start, stop)
    step = 1 if step is None else step
    given = (start, stop, step)
    if dtype is None:
        dtype = result_type(*(getattr(item, "dtype", type(item)) for item in given))
    dtype = standardize_dtype(dtype)
    numbers = [_number(item) for item in given]
    if numbers[2] == 0:
        raise ValueError(f"arange: the step must not be 0.\nReceived: step={step}")
    if None in numbers:
        scalars = (ops.cast(as_tensor(item), "int32") for item in given)
        return arange_dynamic_op(*scalars, dtype=dtype)
    first, last, by = numbers
    return arange_op(start=first, step=by, count=_count(first, last, by), dtype=dtype)
