"""Loops do in each step what they must, and nothing for nobody."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from kerasish.backend.graph.walk import rebuild, renewed, topological
from kerasish.backend.ops.control_ops import without_unused
from kerasish.backend.rewrite.hoisting import simplified
from kerasish.backend.rewrite.rules import fired, graph_rule

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor


Clean = Callable[[Sequence["Tensor"], Sequence["Tensor"]], "list[Tensor]"]


def rewrite_loops(outputs: list[Tensor], clean: Clean) -> list[Tensor]:
    """Take out of scans what they need not do in each step, and what nothing uses.

    Args:
        outputs: The results of a graph with exact shapes.
        clean: Simplifies `clean(formals, results)` of a body.

    Returns:
        The results in the new graph.
    """
    outputs = trim_loops(outputs)
    rewritten = _each_scan(
        outputs,
        lambda node, used: simplified(
            node, used, lambda results: clean(node.attrs["body"].inputs, results)
        ),
    )
    return outputs if rewritten is outputs else trim_loops(rewritten)


@graph_rule
def trim_loops(outputs: list[Tensor]) -> list[Tensor]:
    """Replace each scan by one without the stacked outputs that nothing uses."""

    def trimmed(node: Node, used: set[int]) -> dict[int, Tensor] | None:
        kept = without_unused(node, used)
        fired["trim_loops"] += kept is not None
        return kept

    return _each_scan(outputs, trimmed)


def _each_scan(
    outputs: list[Tensor],
    rule: Callable[[Node, set[int]], dict[int, Tensor] | None],
) -> list[Tensor]:
    """Replace scans by what a rule gives for them and for the outputs that are used."""
    nodes = topological(outputs)
    if all(node.op.name != "scan" for node in nodes):
        return outputs
    used: dict[int, set[int]] = {}
    for tensor in [*outputs, *(t for node in nodes for t in node.inputs)]:
        used.setdefault(tensor.node.uid, set()).add(tensor.index)

    def visit(node: Node, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        fresh = renewed(node, inputs)
        found = rule(fresh, used[node.uid]) if node.op.name == "scan" else None
        if found is None:
            return fresh.outputs
        # What nothing uses needs no substitute of its own.
        first = next(iter(found.values()), fresh.outputs[0])
        return tuple(found.get(index, first) for index in range(len(node.specs)))

    return rebuild(outputs, {}, visit)
