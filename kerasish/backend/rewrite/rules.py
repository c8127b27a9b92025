"""Rewrite rules: small functions, indexed by the op at which they look."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from kerasish.backend.graph.walk import place, rebuild, renewed

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor

RULES: dict[str, dict[str, list[Callable]]] = defaultdict(lambda: defaultdict(list))
fired: Counter = Counter()

_MAXIMUM_CHAIN = 32


def rule(stage: str, *op_names: str) -> Callable[[Callable], Callable]:
    """Register a rule of a stage.

    Args:
        stage: The pass it belongs to.
        *op_names: The ops at which it may apply.

    Returns:
        A decorator for `rule(node)`, which returns an equal tensor, or `None`.
    """

    def decorate(function: Callable) -> Callable:
        for name in op_names:
            RULES[stage][name].append(function)
        return function

    return decorate


def apply_rules(stage: str, outputs: list[Tensor]) -> list[Tensor]:
    """Apply all rules of a stage in one bottom-up sweep."""
    table = RULES[stage]

    def visit(node: Node, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
        node = renewed(node, inputs)
        if len(node.specs) != 1 or node.op.name not in table:
            return node.outputs
        return (_simplified(table, node.outputs[0]),)

    return rebuild(outputs, {}, visit)


def _simplified(table: dict[str, list[Callable]], tensor: Tensor) -> Tensor:
    for _ in range(_MAXIMUM_CHAIN):
        if len(tensor.node.specs) != 1:
            return tensor
        for function in table.get(tensor.node.op.name, ()):
            result = function(tensor.node)
            if result is not None and place(result) != place(tensor):
                fired[function.__name__] += 1
                tensor = result
                break
        else:
            return tensor
    return tensor
