"""Drops what loops compute for nobody: stacked results and stored carries."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasish.backend.graph.walk import rebuild, renewed, topological
from kerasish.backend.ops.control_ops import without_unused
from kerasish.backend.rewrite.rules import fired, graph_rule

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor


@graph_rule
def trim_loops(outputs: list[Tensor]) -> list[Tensor]:
    """Replace each scan by one without the stacked outputs that nothing uses."""
    nodes = topological(outputs)
    if all(node.op.name != "scan" for node in nodes):
        return outputs
    used: dict[int, set[int]] = {}
    for tensor in [*outputs, *(t for node in nodes for t in node.inputs)]:
        used.setdefault(tensor.node.uid, set()).add(tensor.index)

    def visit(node: Node, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
        fresh = renewed(node, inputs)
        if node.op.name != "scan":
            return fresh.outputs
        kept = without_unused(fresh, used[node.uid])
        if kept is None:
            return fresh.outputs
        fired["trim_loops"] += 1
        # What nothing uses needs no substitute of its own.
        first = kept[0] if kept else fresh.outputs[0]
        return tuple(kept.get(index, first) for index in range(len(node.specs)))

    return rebuild(outputs, {}, visit)
