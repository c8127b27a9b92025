"""One walk over a graph in which each node goes through several rewriting steps."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Optional

from kerasish.backend.graph.walk import place, rebuild, renewed

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor

Visit = Callable[["Node", "tuple[Tensor, ...]"], "tuple[Tensor, ...]"]
Step = Callable[["Node", Visit], Optional["tuple[Tensor, ...]"]]


def sweep(
    outputs: Iterable[Tensor],
    steps: Sequence[Step],
    mapping: dict[tuple[int, int], Tensor] | None = None,
) -> list[Tensor]:
    """Rewrite a graph from its leaves to its results.

    Args:
        outputs: The results wanted.
        steps: Called as `step(node, visit)` on nodes with new inputs. A step returns
            what takes the node's place, or `None`; the next step sees that instead.
        mapping: Replacements by `place`; their ancestors are not visited.

    Returns:
        The new results, in the order of `outputs`.
    """

    def visit(node: Node, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        node = renewed(node, inputs)
        results = None
        for step in steps:
            found = step(node, visit)
            if found is not None:
                results = found
                node = results[0].node
                if len(results) > 1 or len(node.specs) > 1:
                    break
        return node.outputs if results is None else results

    return rebuild(outputs, mapping or {}, visit)


def visited(
    results: Sequence[Tensor], inputs: Iterable[Tensor], visit: Visit
) -> tuple[Tensor, ...]:
    """Send what was just built through all steps too.

    Args:
        results: Its results.
        inputs: What it was built on, which has been visited.
        visit: What the step was given.
    """
    return tuple(rebuild(results, {place(tensor): tensor for tensor in inputs}, visit))
