"""Identities that hold exactly: what can be left out, cancelled or joined."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kerasish.backend import ops
from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph.leaves import CONSTANT
from kerasish.backend.graph.walk import place
from kerasish.backend.rewrite.rules import rule

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor

SCALAR_LIMIT = 4096


def is_filled(tensor: Tensor, value: float) -> bool:
    """Tell whether a tensor is filled with a value, or a small constant that is."""
    if tensor.node.op.name == "full":
        return tensor.node.attrs["value"] == value
    if tensor.node.op is not CONSTANT:
        return False
    array = tensor.node.attrs["array"]
    if not isinstance(array, np.ndarray) or not 0 < array.size <= SCALAR_LIMIT:
        return False
    if array.dtype.kind not in "fiu" or array.flat[0] != value:
        return False
    return array.size == 1 or bool(np.all(array == value))


def _other_if(node: Node, value: float, *positions: int) -> Tensor | None:
    """The other input, if the one at a position is neutral and shapes stay."""
    for position in positions:
        x, other = node.inputs[1 - position], node.inputs[position]
        if is_filled(other, value) and x.spec == node.specs[0]:
            return x
    return None


@rule("algebra", "multiply")
def multiply_by_one(node: Node) -> Tensor | None:
    """`x * 1` is `x`."""
    return _other_if(node, 1.0, 1, 0)


@rule("algebra", "divide")
def divide_by_one(node: Node) -> Tensor | None:
    """`x / 1` is `x`."""
    return _other_if(node, 1.0, 1)


@rule("algebra", "add")
def add_zero(node: Node) -> Tensor | None:
    """`x + 0` is `x`."""
    return _other_if(node, 0.0, 1, 0)


@rule("algebra", "subtract")
def subtract_zero(node: Node) -> Tensor | None:
    """`x - 0` is `x`."""
    return _other_if(node, 0.0, 1)


@rule("algebra", "power")
def small_powers(node: Node) -> Tensor | None:
    """`x ** 1` is `x`, and `x ** 2` is `x * x`."""
    x = node.inputs[0]
    if is_filled(node.inputs[1], 2.0) and x.spec == node.specs[0]:
        return ops.multiply(x, x)
    return _other_if(node, 1.0, 1)


@rule("algebra", "add")
def add_negative(node: Node) -> Tensor | None:
    """`x + (-y)` is `x - y`."""
    for x, other in (node.inputs, node.inputs[::-1]):
        if other.node.op.name == "negative":
            return ops.subtract(x, other.node.inputs[0])
    return None


@rule("algebra", "transpose")
def join_transposes(node: Node) -> Tensor | None:
    """Two transposes are one; one that keeps the order is none."""
    (x,) = node.inputs
    axes = node.attrs["axes"]
    if axes == tuple(range(len(axes))):
        return x
    if x.node.op is not node.op:
        return None
    inner = x.node.attrs["axes"]
    return node.op(x.node.inputs[0], axes=tuple(inner[axis] for axis in axes))


@rule("algebra", "reshape", "expand_dims", "squeeze")
def join_reshapes(node: Node) -> Tensor | None:
    """Of several reshapes in a row the last one counts."""
    (x,) = node.inputs
    if not node.specs[0].is_exact:
        return None
    inner = x
    while inner.node.op.name in ("reshape", "expand_dims", "squeeze"):
        inner = inner.node.inputs[0]
    if inner.spec == node.specs[0]:
        return inner
    if inner is x:
        return None
    return ops.reshape(inner, node.specs[0].shape)


@rule("algebra", "cast")
def join_casts(node: Node) -> Tensor | None:
    """A cast to the same type is none; a lossless cast before another is none."""
    (x,) = node.inputs
    if x.dtype == node.specs[0].dtype:
        return x
    if x.node.op is not node.op:
        return None
    source = x.node.inputs[0]
    start, middle = numpy_dtype(source.dtype), numpy_dtype(x.dtype)
    if start.kind == middle.kind and np.can_cast(start, middle, "safe"):
        return node.op(source, dtype=node.attrs["dtype"])
    return None


@rule("algebra", "sum", "max", "min", "prod", "mean")
def reduce_no_axes(node: Node) -> Tensor | None:
    """A reduction over no axes, or over kept axes of size 1, is the identity."""
    (x,) = node.inputs
    return x if x.spec == node.specs[0] else None


@rule("algebra", "where")
def join_conditions(node: Node) -> Tensor | None:
    """Of a choice within a choice with the same else, both conditions must hold."""
    condition, x, otherwise = node.inputs
    if x.node.op is not node.op or x.spec != node.specs[0]:
        return None
    inner, chosen, rest = x.node.inputs
    if place(rest) != place(otherwise) or inner.spec != condition.spec:
        return None
    return node.op(ops.logical_and(inner, condition), chosen, otherwise)
