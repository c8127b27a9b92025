"""Replaces formulas that lose digits by equal ones that do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasish.backend import ops
from kerasish.backend.rewrite.algebra import is_filled
from kerasish.backend.rewrite.rules import rule

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor


@rule("stabilise", "log")
def log_of_softmax(node: Node) -> Tensor | None:
    """`log(softmax(x))` is `log_softmax(x)`."""
    (x,) = node.inputs
    if x.node.op.name == "softmax":
        return ops.log_softmax(x.node.inputs[0], x.node.attrs["axis"])
    return None


@rule("stabilise", "log")
def log_of_sigmoid(node: Node) -> Tensor | None:
    """`log(sigmoid(x))` is `log_sigmoid(x)`."""
    (x,) = node.inputs
    if x.node.op.name == "sigmoid":
        return ops.log_sigmoid(x.node.inputs[0])
    return None


@rule("stabilise", "log")
def log_of_one_plus(node: Node) -> Tensor | None:
    """`log(1 + x)` is `log1p(x)`."""
    (total,) = node.inputs
    if total.node.op.name != "add":
        return None
    for one, x in (total.node.inputs, total.node.inputs[::-1]):
        if is_filled(one, 1.0) and x.spec == total.spec:
            return ops.log1p(x)
    return None


@rule("stabilise", "subtract")
def exp_minus_one(node: Node) -> Tensor | None:
    """`exp(x) - 1` is `expm1(x)`."""
    power, one = node.inputs
    is_exp = power.node.op.name == "exp" and power.spec == node.specs[0]
    if is_exp and is_filled(one, 1.0):
        return ops.expm1(power.node.inputs[0])
    return None
