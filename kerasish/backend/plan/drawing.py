"""Graphs as text, as DOT and as SVG, as they are built and as they are compiled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape

from kerasish.backend.graph.leaves import CONSTANT, PLACEHOLDER, VARIABLE
from kerasish.backend.graph.node import Node
from kerasish.backend.graph.tensor import Tensor
from kerasish.backend.graph.walk import topological
from kerasish.backend.rewrite import fired

_BOX = (190, 40)
_GAP = (24, 36)
_LEAF_COLOURS = {PLACEHOLDER: "#cfe8ff", VARIABLE: "#d8f0d0", CONSTANT: "#eeeeee"}


class Drawing:
    """A graph that can be shown.

    Args:
        outputs: The tensors to which everything shown leads.

    Example:

    >>> from kerasish.backend.graph import placeholder
    >>> x = placeholder((None, 2), name="x")
    >>> print(Drawing([x + x]).text())
    %0 = placeholder x : (None, 2) float32
    %1 = add(%0, %0) : (None, 2) float32
    return %1
    """

    def __init__(self, outputs: Sequence[Tensor]) -> None:
        self.outputs = [tensor for tensor in outputs if tensor.node is not None]
        self.nodes = topological(self.outputs)
        self._numbers = {node.uid: i for i, node in enumerate(self.nodes)}

    def text(self) -> str:
        """Return a line for each node, in the order in which they run."""
        lines = []
        for number, node in enumerate(self.nodes):
            specs = ", ".join(_spec(node, i) for i in range(len(node.specs)))
            inputs = ", ".join(self._reference(tensor) for tensor in node.inputs)
            call = f"({inputs})" if node.inputs else ""
            origin = f"  # {node.origin}" if node.origin else ""
            lines.append(f"%{number} = {_label(node)}{call} : {specs}{origin}")
        results = ", ".join(self._reference(tensor) for tensor in self.outputs)
        return "\n".join([*lines, f"return {results}"])

    def dot(self) -> str:
        """Return the graph in the language of Graphviz."""
        lines = ["digraph {", "  node [shape=box, fontname=monospace];"]
        for number, node in enumerate(self.nodes):
            label = f"{_label(node)}\\n{_spec(node, 0)}".replace('"', "'")
            colour = _LEAF_COLOURS.get(node.op)
            style = f', style=filled, fillcolor="{colour}"' if colour else ""
            lines.append(f'  n{number} [label="{label}"{style}];')
        for number, node in enumerate(self.nodes):
            for tensor in node.inputs:
                lines.append(f"  n{self._numbers[tensor.node.uid]} -> n{number};")
        for position, tensor in enumerate(self.outputs):
            lines.append(f'  out{position} [label="output {position}", shape=oval];')
            lines.append(f"  n{self._numbers[tensor.node.uid]} -> out{position};")
        return "\n".join([*lines, "}"])

    def svg(self) -> str:
        """Return a picture: layers from top to bottom, drawn without other programs."""
        places = self._places()
        width = max((x for x, _ in places.values()), default=0) + _BOX[0] + _GAP[0]
        height = max((y for _, y in places.values()), default=0) + _BOX[1] + _GAP[1]
        body = []
        for node in self.nodes:
            for tensor in node.inputs:
                body.append(_arrow(places[tensor.node.uid], places[node.uid]))
        ends = {tensor.node.uid for tensor in self.outputs}
        for node in self.nodes:
            body.append(_box(node, places[node.uid], node.uid in ends))
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" '
            f'height="{height}" font-family="monospace" font-size="11">'
            + "".join(body)
            + "</svg>"
        )

    def counts(self) -> Counter[str]:
        """Return how often each op occurs."""
        return Counter(node.op.name for node in self.nodes)

    def _reference(self, tensor: Tensor) -> str:
        number = f"%{self._numbers[tensor.node.uid]}"
        return number if len(tensor.node.specs) == 1 else f"{number}.{tensor.index}"

    def _places(self) -> dict[int, tuple[int, int]]:
        """The upper left corner of each box; a node lies below all its inputs."""
        depths: dict[int, int] = {}
        row: Counter[int] = Counter()
        places = {}
        for node in self.nodes:
            depth = 1 + max((depths[t.node.uid] for t in node.inputs), default=-1)
            depths[node.uid] = depth
            x = _GAP[0] + row[depth] * (_BOX[0] + _GAP[0])
            places[node.uid] = (x, _GAP[1] // 2 + depth * (_BOX[1] + _GAP[1]))
            row[depth] += 1
        return places

    def __str__(self) -> str:
        return self.text()


def _label(node: Node) -> str:
    if node.op is VARIABLE:
        return f"variable {node.attrs['variable'].path}"
    name = node.attrs.get("name")
    return f"{node.op.name} {name}" if name and node.op is PLACEHOLDER else node.op.name


def _spec(node: Node, index: int) -> str:
    spec = node.specs[index]
    return f"{spec.shape} {spec.dtype}"


def _arrow(start: tuple[int, int], end: tuple[int, int]) -> str:
    half = _BOX[0] // 2
    return (
        f'<line x1="{start[0] + half}" y1="{start[1] + _BOX[1]}" '
        f'x2="{end[0] + half}" y2="{end[1]}" stroke="#888888"/>'
    )


def _box(node: Node, corner: tuple[int, int], is_output: bool) -> str:
    x, y = corner
    colour = _LEAF_COLOURS.get(node.op, "#ffffff")
    width = 2 if is_output else 1
    texts = ((y + 16, _label(node)), (y + 31, _spec(node, 0)))
    shown = "".join(
        f'<text x="{x + 6}" y="{line}">{escape(text[:28])}</text>'
        for line, text in texts
    )
    title = escape(node.origin or "")
    return (
        f'<g><title>{title}</title><rect x="{x}" y="{y}" width="{_BOX[0]}" '
        f'height="{_BOX[1]}" fill="{colour}" stroke="black" stroke-width="{width}"/>'
        f"{shown}</g>"
    )


class Explanation:
    """What compiling a function did.

    Attributes:
        before: The `Drawing` of the graph as it was built.
        after: The `Drawing` of the graph that is run.
        rules: How often each rewrite rule fired.
    """

    def __init__(self, before: Drawing, after: Drawing, rules: Counter[str]) -> None:
        self.before = before
        self.after = after
        self.rules = rules

    def __str__(self) -> str:
        rules = ", ".join(f"{name} x{n}" for name, n in sorted(self.rules.items()))
        return (
            f"before: {len(self.before.nodes)} nodes\n{self.before}\n\n"
            f"rules: {rules or 'none'}\n\n"
            f"after: {len(self.after.nodes)} nodes\n{self.after}"
        )


def draw(outputs: Tensor | Iterable[Tensor]) -> Drawing:
    """Return a graph so that it can be shown.

    Args:
        outputs: A symbolic tensor, or several.

    Returns:
        A `Drawing`, with the methods `text`, `dot` and `svg`.

    Example:

    >>> from kerasish.backend.graph import placeholder
    >>> draw(placeholder((2,))).dot().startswith("digraph")
    True
    """
    return Drawing([outputs] if isinstance(outputs, Tensor) else list(outputs))


def explain(function: Any, *arrays: Any) -> Explanation:
    """Tell what becomes of a function's graph when it is compiled.

    Args:
        function: A `Function`, or what `kerasish.backend.function` returned.
        *arrays: Values of its inputs, of which the shapes count.

    Returns:
        The graph before and after, and the rewrite rules that fired.

    Example:

    >>> from kerasish.backend.graph import placeholder
    >>> from kerasish.backend.plan import Function
    >>> x = placeholder((None,), name="x")
    >>> found = explain(Function([x], [x * 1.0 + x * 1.0]), [1.0, 2.0])
    >>> len(found.after.nodes) < len(found.before.nodes)
    True
    """
    function = getattr(function, "compiled", function)
    earlier = Counter(fired)
    before, after = function.stages(*arrays)
    return Explanation(Drawing(before), Drawing(after), Counter(fired) - earlier)
