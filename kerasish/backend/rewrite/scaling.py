"""Moves per-channel factors from activations into the kernels that made them.

Batch normalisation with fixed statistics is a factor and a summand for each channel.
`conv(x, w) * s` is `conv(x, w * s)`: one small product in place of a large one. The
summand joins the bias.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from kerasish.backend import ops
from kerasish.backend.graph.walk import rebuild, renewed, topological
from kerasish.backend.rewrite.rules import fired, graph_rule

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor

_LINEAR = ("conv", "matmul")
# How many times larger an activation must be than the kernel that made it.
_WORTH = 4


@graph_rule
def scale_kernels(outputs: list[Tensor]) -> list[Tensor]:
    """Let convolutions and dense layers multiply by factors that follow them.

    Args:
        outputs: The results of a graph with exact shapes.

    Returns:
        The results in the new graph.
    """
    nodes = topological(outputs)
    if not any(node.op.name in _LINEAR for node in nodes):
        return outputs
    uses = Counter(t.node.uid for node in nodes for t in node.inputs)
    uses.update(tensor.node.uid for tensor in outputs)
    scaling = _Scaling()

    def visit(node: Node, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        node = renewed(before := node, inputs)
        result = scaling.rewritten(node)
        if result is None:
            results = node.outputs
        else:
            results = (result,)
            fired["scale_kernels"] += 1
        scaling.uses[results[0].node.uid] += uses[before.uid]
        return results

    return rebuild(outputs, {}, visit)


class _Scaling:
    """The rules; they need to know what else uses a node.

    Attributes:
        uses: How often each node of the new graph is used.
    """

    def __init__(self) -> None:
        self.uses: Counter = Counter()

    def rewritten(self, node: Node) -> Tensor | None:
        """Return what a node becomes, or `None`."""
        rule = {"multiply": self.scaled, "add": self.added}.get(node.op.name)
        for large, small in (node.inputs, node.inputs[::-1]) if rule else ():
            if large.spec == node.specs[0] and _is_per_channel(small, large):
                result = rule(large.node, small)
                if result is not None:
                    return result
        return None

    def scaled(self, node: Node, factor: Tensor) -> Tensor | None:
        """`(conv(x, w) + b) * s` is `conv(x, w * s) + b * s`."""
        if self.uses[node.uid] > 1:
            return None
        if node.op.name == "add":
            for source, bias in (node.inputs, node.inputs[::-1]):
                if source.spec == node.specs[0] and _is_per_channel(bias, source):
                    inner = self.scaled(source.node, factor)
                    return None if inner is None else inner + bias * factor
        if node.op.name not in _LINEAR:
            return None
        x, kernel = node.inputs
        is_kernel = node.op.name == "conv" or kernel.ndim == 2
        if not is_kernel or kernel.spec.size * _WORTH > node.specs[0].size:
            return None
        return node.op(x, kernel * ops.reshape(factor, factor.shape[-1:]), **node.attrs)

    def added(self, node: Node, summand: Tensor) -> Tensor | None:
        """`(conv(x, w) + b) + t` is `conv(x, w) + (b + t)`."""
        if node.op.name == "add" and self.uses[node.uid] <= 1:
            for source, bias in (node.inputs, node.inputs[::-1]):
                if source.node.op.name in _LINEAR and _is_per_channel(bias, source):
                    return source + (bias + summand)
        return None


def _is_per_channel(parameter: Tensor, x: Tensor) -> bool:
    size = parameter.spec.size
    return size == 1 or size == x.shape[-1] == parameter.shape[-1]
