"""Which new values of Variables are computed straight into their storage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

from kerasish.backend.graph.fused import fused_op
from kerasish.backend.graph.leaves import VARIABLE
from kerasish.backend.graph.walk import place

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor
    from kerasish.backend.graph.variable import Variable

    Update = tuple[Variable, Tensor]


def final_nodes(
    nodes: Sequence[Node], outputs: Sequence[Tensor], updates: Sequence[Update]
) -> list[Node]:
    """Find the fused nodes that may run last and write Variables in place.

    Such a node computes nothing but new values, cannot fail, and reads of the Variables
    that it writes each element only where it writes it.

    Args:
        nodes: All nodes, inputs before their users.
        outputs: The results of the plan.
        updates: Pairs of a Variable and its new value.

    Returns:
        The nodes in an order in which each one reads Variables before another changes
        them.
    """
    used = Counter(place(tensor) for node in nodes for tensor in node.inputs)
    used.update(place(tensor) for tensor in outputs)
    used.update(place(tensor) for _, tensor in updates)
    targets = {place(tensor): variable for variable, tensor in updates}
    storage = _storage(nodes)
    writes = {
        node.uid: {id(targets[node.uid, k]) for k in range(len(node.specs))}
        for node in nodes
        if node.op is fused_op and _only_updates(node, targets, used)
    }
    chosen = [
        node for node in nodes if node.uid in writes and _aligned(node, writes, storage)
    ]
    return _in_order(chosen, writes, storage)


def _only_updates(node: Node, targets: dict, used: Counter) -> bool:
    program = node.attrs["program"]
    for index, (output, spec) in enumerate(zip(program.outputs, node.specs)):
        variable = targets.get((node.uid, index))
        if variable is None or used[node.uid, index] != 1 or output.reduction:
            return False
        if spec.shape != tuple(variable.shape) or spec.dtype != variable.dtype:
            return False
    return True


def _storage(nodes: Sequence[Node]) -> dict[tuple[int, int], int]:
    """For each tensor that may be memory of a Variable, which one."""
    found: dict[tuple[int, int], int] = {}
    for node in nodes:
        if node.op is VARIABLE:
            found[node.uid, 0] = id(node.attrs["variable"])
        elif node.op.views and place(node.inputs[0]) in found:
            found[node.uid, 0] = found[place(node.inputs[0])]
    return found


def _aligned(node: Node, writes: dict, storage: dict) -> bool:
    """Whether the Variables that a node writes are read as they are, not as views."""
    return all(
        tensor.node.op is VARIABLE
        for tensor in node.inputs
        if storage.get(place(tensor)) in writes[node.uid]
    )


def _in_order(chosen: list[Node], writes: dict, storage: dict) -> list[Node]:
    """Readers before writers; nodes that wait for each other are left out."""
    reads = {
        node.uid: {storage.get(place(tensor)) for tensor in node.inputs}
        for node in chosen
    }
    readers: dict[int | None, list[int]] = {}
    for node in chosen:
        for variable in reads[node.uid]:
            readers.setdefault(variable, []).append(node.uid)
    waits = {
        node.uid: {
            uid
            for variable in writes[node.uid]
            for uid in readers.get(variable, ())
            if uid != node.uid
        }
        for node in chosen
    }
    order: list[Node] = []
    remaining = chosen
    while remaining:
        free = [node for node in remaining if not waits[node.uid]]
        if not free:
            break
        order += free
        done = {node.uid for node in free}
        remaining = [node for node in remaining if node.uid not in done]
        for node in remaining:
            waits[node.uid] -= done
    return order
