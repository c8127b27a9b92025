"""The ops behind reductions: sums, products, extremes, logic, positions."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.dtypes import dtype_name, is_float, numpy_dtype
from kerasish.backend.graph import Node, Op, Spec, Tensor, register
from kerasish.backend.graph.known import product
from kerasish.backend.graph.leaves import constant_tensor
from kerasish.backend.ops.casting import limits

Axes = tuple[int, ...]


def reduced_shape(
    shape: tuple[int | None, ...], axis: Axes, keepdims: bool
) -> tuple[int | None, ...]:
    """Return the shape that a reduction leaves.

    Args:
        shape: The shape of the tensor.
        axis: The reduced axes, counted from 0.
        keepdims: Whether they stay with size 1.

    Returns:
        The shape.

    Example:

    >>> reduced_shape((2, None, 3), (0, 2), keepdims=True)
    (1, None, 1)
    """
    if keepdims:
        return tuple(1 if i in axis else size for i, size in enumerate(shape))
    return tuple(size for i, size in enumerate(shape) if i not in axis)


def sum_dtype(dtype: str) -> str:
    """Return the type of sums and products: narrow integers are widened to 32 bits.

    Args:
        dtype: The type of the terms.

    Returns:
        The type of the result.

    Example:

    >>> sum_dtype("int8"), sum_dtype("uint16"), sum_dtype("float16")
    ('int32', 'uint32', 'float16')
    """
    if dtype in ("bool", "int8", "int16"):
        return "int32"
    return "uint32" if dtype in ("uint8", "uint16") else dtype


def _accumulator(dtype: np.dtype) -> Any:
    """The type in which terms are added up: 16 bit floats need a wider one."""
    name = dtype_name(dtype)
    return "float32" if name in ("float16", "bfloat16") else sum_dtype(name)


def spread(g: Tensor, node: Node) -> Tensor:
    """Broadcast the gradient of a reduction back over the reduced axes.

    Args:
        g: The gradient of the result.
        node: The reduction, with the attributes `axis` and `keepdims`.

    Returns:
        A tensor of the shape of the reduction's input.
    """
    return ops.broadcast_like(_keep(g, node), node.inputs[0])


def _keep(reduced: Tensor, node: Node) -> Tensor:
    axis = node.attrs["axis"]
    if node.attrs["keepdims"] or not axis:
        return reduced
    return ops.expand_dims(reduced, axis)


class Reduction(Op):
    """A reduction over some axes.

    Attributes:
        function: The name of the array's method.
    """

    function = ""
    pooled = False

    def infer(self, x: Spec, *, axis: Axes, keepdims: bool) -> Spec:
        """Return the shape without the reduced axes."""
        return Spec(reduced_shape(x.shape, axis, keepdims), self.result_dtype(x.dtype))

    def result_dtype(self, dtype: str) -> str:
        """Return the data type of the result."""
        return dtype

    def kernel(
        self, xp: Any, x: Any, *, out: Any = None, axis: Axes, keepdims: bool
    ) -> Any:
        """Call the array's method: it costs half of what the function does."""
        return getattr(x, self.function)(axis=axis, keepdims=keepdims, out=out)

    def bind(
        self, kernel: Callable, xp: Any, arrays: tuple, out: Any, attrs: dict
    ) -> Callable[[], Any] | None:
        """Bind the array's method, without this class between."""
        if kernel != self.kernel or type(self).kernel is not Reduction.kernel:
            return None
        return partial(getattr(arrays[0], self.function), out=out, **attrs)


class Sum(Reduction):
    """The sum; 16 bit floats are added up in float32."""

    name = "sum"
    function = "sum"
    linear = True

    def result_dtype(self, dtype: str) -> str:
        """Return the type of the sum."""
        return sum_dtype(dtype)

    def kernel(
        self, xp: Any, x: Any, *, out: Any = None, axis: Axes, keepdims: bool
    ) -> Any:
        """Add up in a type that is wide enough."""
        wide = _accumulator(x.dtype)
        if out is not None and dtype_name(out.dtype) != wide:
            out = None
        return x.sum(axis=axis, dtype=wide, keepdims=keepdims, out=out)

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        """Every term has the gradient of the sum."""
        return (spread(grads[0], node),)


class Mean(Reduction):
    """The arithmetic mean of floats."""

    name = "mean"
    linear = True

    def kernel(
        self, xp: Any, x: Any, *, out: Any = None, axis: Axes, keepdims: bool
    ) -> Any:
        """Add up in a type that is wide enough, then divide."""
        wide = _accumulator(x.dtype)
        if out is not None and dtype_name(out.dtype) != wide:
            out = None
        total = x.sum(axis=axis, dtype=wide, keepdims=keepdims, out=out)
        count = math.prod(x.shape[i] for i in axis)
        # An empty mean is NaN, as the quotient of zeros.
        return xp.true_divide(total, total.dtype.type(count), out=out)

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        """Every element has its share of the gradient."""
        x, axis = node.inputs[0], node.attrs["axis"]
        count = axis_size_op(x, axis=axis, dtype=grads[0].dtype)
        return (spread(grads[0] / count, node),)


class Prod(Op):
    """The product over one axis."""

    name = "prod"

    def infer(self, x: Spec, *, axis: int, keepdims: bool) -> Spec:
        """Return the shape without the reduced axis."""
        shape = reduced_shape(x.shape, (axis,), keepdims)
        known = None
        if x.known is not None and x.rank == 1:
            # The number of elements of a tensor is a product of sizes.
            known = (product(x.known),)
        return Spec(shape, sum_dtype(x.dtype), known)

    def kernel(
        self, xp: Any, x: Any, *, out: Any = None, axis: int, keepdims: bool
    ) -> Any:
        """Multiply in a type that is wide enough."""
        return x.prod(axis=axis, dtype=_accumulator(x.dtype), keepdims=keepdims)

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        """Multiply the factors before and after each one: right also at zeros."""
        (x,), axis = node.inputs, node.attrs["axis"]
        g = grads[0]
        if not node.attrs["keepdims"]:
            g = ops.expand_dims(g, axis)
        before = ops.cumulative_product(ops.shift(x, 1, axis, fill=1), axis)
        after = ops.cumulative_product(
            ops.shift(x, -1, axis, fill=1), axis, reverse=True
        )
        return (g * before * after,)


class Extreme(Reduction):
    """The largest or smallest element; NaN if one is NaN.

    An empty maximum is the lowest value of the data type, an empty minimum the
    highest. Equal extremes share the gradient.
    """

    def __init__(self, name: str) -> None:
        self.name = self.function = name

    def kernel(
        self, xp: Any, x: Any, *, out: Any = None, axis: Axes, keepdims: bool
    ) -> Any:
        """Reduce; array functions refuse empty axes."""
        if 0 in [x.shape[i] for i in axis]:
            shape = reduced_shape(x.shape, axis, keepdims)
            return xp.full(shape, identity(self.name, x.dtype.name), x.dtype)
        return super().kernel(xp, x, out=out, axis=axis, keepdims=keepdims)

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        """Share the gradient among the elements equal to the extreme."""
        (x,), axis = node.inputs, node.attrs["axis"]
        chosen = ops.cast(ops.equal(x, _keep(node.outputs[0], node)), x.dtype)
        count = sum_op(chosen, axis=axis, keepdims=True)
        return (_keep(grads[0], node) * chosen / count,)


def identity(name: str, dtype: str) -> Any:
    """Return what an empty `max` or `min` gives.

    Args:
        name: `'max'` or `'min'`.
        dtype: The data type.

    Returns:
        A number.

    Example:

    >>> identity("max", "float32"), identity("min", "uint8")
    (-inf, 255)
    """
    if is_float(dtype):
        return -math.inf if name == "max" else math.inf
    return limits(dtype)[0 if name == "max" else 1]


class Logical(Reduction):
    """Whether any, or all, of some bools are true."""

    differentiable = False

    def __init__(self, name: str) -> None:
        self.name = self.function = name


class Position(Op):
    """The position of the first largest or smallest element along an axis."""

    differentiable = False

    def __init__(self, name: str) -> None:
        self.name = name

    def infer(self, x: Spec, *, axis: int, keepdims: bool) -> Spec:
        """Return int32 without the axis."""
        return Spec(reduced_shape(x.shape, (axis,), keepdims), "int32")

    def kernel(
        self, xp: Any, x: Any, *, out: Any = None, axis: int, keepdims: bool
    ) -> Any:
        """Call the array's method; a position in an empty axis is 0."""
        if x.shape[axis] == 0:
            return xp.zeros(reduced_shape(x.shape, (axis,), keepdims), "int32")
        found = getattr(x, self.name)(axis=axis)
        found = xp.expand_dims(found, axis) if keepdims else found
        if out is None:
            return found.astype("int32")
        out[...] = found
        return out


class AxisSize(Op):
    """The number of elements along some axes, as a scalar."""

    name = "axis_size"
    differentiable = False
    shape_only = (0,)

    def infer(self, x: Spec, *, axis: Axes, dtype: str) -> Spec:
        """Return a scalar."""
        return Spec((), dtype)

    def kernel(
        self, xp: Any, x: Any, *, out: Any = None, axis: Axes, dtype: str
    ) -> Any:
        """Multiply the sizes."""
        count = math.prod(x.shape[i] for i in axis)
        return xp.asarray(count, numpy_dtype(dtype))

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        """Known sizes give a constant."""
        sizes = [inputs[0].shape[i] for i in node.attrs["axis"]]
        if None in sizes:
            return None
        dtype = node.attrs["dtype"]
        return constant_tensor(np.asarray(math.prod(sizes), numpy_dtype(dtype)), dtype)


sum_op = register(Sum())
mean_op = register(Mean())
prod_op = register(Prod())
max_op = register(Extreme("max"))
min_op = register(Extreme("min"))
any_op = register(Logical("any"))
all_op = register(Logical("all"))
argmax_op = register(Position("argmax"))
argmin_op = register(Position("argmin"))
axis_size_op = register(AxisSize())
