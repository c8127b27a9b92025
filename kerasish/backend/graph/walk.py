"""Walks over graphs. None of them recurses, so depth is bounded by memory alone."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from typing import TYPE_CHECKING

from kerasish.backend.graph.node import make_node
from kerasish.backend.graph.scope import origin_scope, state

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor

Rule = Callable[["Node", tuple], "tuple[Tensor, ...] | None"]


def topological(
    outputs: Iterable[Tensor], cut: Container[tuple[int, int]] = ()
) -> list[Node]:
    """List the nodes that some tensors depend on, inputs before their users.

    Args:
        outputs: Where to begin.
        cut: Tensors, by `place`, that are not followed.

    Example:

    >>> from kerasish.backend.graph import placeholder
    >>> [node.op.name for node in topological([placeholder((2,))])]
    ['placeholder']
    """
    stack = [tensor.node for tensor in outputs if place(tensor) not in cut]
    found: dict[int, Node] = {}
    while stack:
        node = stack.pop()
        if node.uid in found:
            continue
        found[node.uid] = node
        for tensor in node.inputs:
            source = tensor.node
            if source.uid not in found and (
                not cut or (source.uid, tensor.index) not in cut
            ):
                stack.append(source)
    return [found[uid] for uid in sorted(found)]


def place(tensor: Tensor) -> tuple[int, int]:
    """Return what identifies a tensor in a graph: node number and output index."""
    return tensor.node.uid, tensor.index


def rebuild(
    outputs: Iterable[Tensor],
    mapping: dict[tuple[int, int], Tensor],
    rule: Rule | None = None,
) -> list[Tensor]:
    """Copy a graph in one bottom-up sweep, replacing tensors on the way.

    Args:
        outputs: The tensors wanted.
        mapping: Replacements by `place`; their ancestors are not visited.
        rule: Called as `rule(node, new_inputs)`; returns the new outputs of the node,
            or `None` to keep the op. Nodes whose inputs stay are kept as they are.

    Returns:
        The new tensors, in the order of `outputs`.
    """
    outputs = list(outputs)
    new = dict(mapping)
    with origin_scope(state.origin):
        for node in topological(outputs, mapping):
            inputs = tuple([new[t.node.uid, t.index] for t in node.inputs])
            # What a rule builds in place of a node has the node's origin.
            state.origin = node.origin
            results = rule(node, inputs) if rule is not None else None
            if results is None:
                results = renewed(node, inputs).outputs
            for index, result in enumerate(results):
                new.setdefault((node.uid, index), result)
    return [new[place(tensor)] for tensor in outputs]


def renewed(node: Node, inputs: tuple[Tensor, ...]) -> Node:
    """Return a node with other inputs, the node itself if they are the same."""
    kept = same = True
    for old, fresh in zip(node.inputs, inputs):
        if old.node is not fresh.node or old.index != fresh.index:
            kept = False
            if same:
                before = old.node.specs[old.index]
                after = fresh.node.specs[fresh.index]
                same = before == after and before.known == after.known
    if kept:
        return node
    # Inputs that look the same give results that look the same.
    specs = node.specs if same else None
    return make_node(node.op, inputs, node.attrs, specs, node.origin, node.frozen)


def substitute(
    outputs: Iterable[Tensor], mapping: Iterable[tuple[Tensor, Tensor]]
) -> list[Tensor]:
    """Return tensors with some of their ancestors replaced.

    Args:
        outputs: The tensors to rebuild.
        mapping: Pairs `(old, new)`.

    Example:

    >>> from kerasish.backend.graph import placeholder
    >>> x, y = placeholder((2,)), placeholder((2,))
    >>> substitute([x], [(x, y)])[0] is y
    True
    """
    return rebuild(outputs, {place(old): new for old, new in mapping})
