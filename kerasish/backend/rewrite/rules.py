"""Rewrite rules: small functions, indexed by the op at which they look."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable
from typing import TYPE_CHECKING

from kerasish.backend.graph.walk import place

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor
    from kerasish.backend.rewrite.sweep import Step, Visit

RULES: dict[str, dict[str, list[Callable]]] = defaultdict(lambda: defaultdict(list))
GRAPH_RULES: list[str] = []
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


def graph_rule(function: Callable) -> Callable:
    """Register a rule that looks at a whole graph; it counts in `fired` itself.

    Args:
        function: Called with the results and more; returns the new results.
    """
    GRAPH_RULES.append(function.__name__)
    return function


def applying(*stages: str) -> Step:
    """Return the step that applies all rules of some stages.

    Args:
        *stages: The names of the stages.
    """
    table: dict[str, list[Callable]] = defaultdict(list)
    for stage in stages:
        for name, functions in RULES[stage].items():
            table[name] += functions

    def step(node: Node, visit: Visit) -> tuple[Tensor, ...] | None:
        if node.op.name not in table or len(node.specs) != 1:
            return None
        return (_simplified(table, node.outputs[0]),)

    return step


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
