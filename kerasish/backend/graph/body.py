"""Closed sub-graphs: the bodies of scan, while_loop and cond."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence

from kerasish.backend.graph.leaves import placeholder
from kerasish.backend.graph.node import Node
from kerasish.backend.graph.spec import Spec
from kerasish.backend.graph.tensor import Tensor
from kerasish.backend.graph.walk import place, rebuild, topological

_LEAF_CONSTANT = "constant"
_GIVEN = ("placeholder", "variable", _LEAF_CONSTANT)


class Body:
    """A closed sub-graph.

    Args:
        inputs: The formal parameters: placeholders, or any tensors at which the graph
            is cut.
        outputs: The results.

    Example:

    >>> x = placeholder((3,))
    >>> len(Body([x], [x]).outputs)
    1
    """

    __slots__ = ("inputs", "outputs", "_versions", "__weakref__")

    def __init__(self, inputs: Sequence[Tensor], outputs: Sequence[Tensor]) -> None:
        self.inputs = tuple(inputs)
        self.outputs = tuple(outputs)
        self._versions: dict[tuple[Spec, ...], Body] = {}

    def with_specs(self, specs: Sequence[Spec]) -> Body:
        """Return this body built for other (more exact) specs of its inputs."""
        key = tuple(specs)
        if key == tuple(tensor.spec for tensor in self.inputs):
            return self
        body = self._versions.get(key)
        if body is None:
            formals = [placeholder(spec.shape, spec.dtype) for spec in key]
            body = Body(formals, self.on(formals))
            self._versions[key] = body
        return body

    def on(self, inputs: Sequence[Tensor]) -> list[Tensor]:
        """Return the results for actual arguments, as part of the caller's graph."""
        pairs = zip(self.inputs, inputs)
        mapping = {place(old): new for old, new in pairs}
        return rebuild(self.outputs, mapping, _respecified)

    def __repr__(self) -> str:
        return f"<Body of {len(self.inputs)} inputs, {len(self.outputs)} outputs>"


def _respecified(
    node: Node, inputs: tuple[Tensor, ...]
) -> tuple[Tensor, ...] | None:
    """Build the bodies of an inner node for its new inputs, too."""
    return node.op.specialise(node, inputs) if node.op.bodies else None


def found_within(node: Node, test: Callable[[Node], bool]) -> bool:
    """Tell whether a test holds for a node, or for one in its bodies.

    Example:

    >>> found_within(placeholder((2,)).node, lambda node: node.op.on_host)
    False
    """
    waiting = [node]
    while waiting:
        node = waiting.pop()
        if test(node):
            return True
        for name in node.op.bodies:
            waiting += topological(node.attrs[name].outputs)
    return False


def captured(
    outputs: Sequence[Tensor],
    formals: Sequence[Tensor],
    own: Collection[int] | None = None,
) -> list[Tensor]:
    """Find the tensors that a body takes from around it.

    What does not depend on the formal parameters is not part of the body: it is
    computed once, outside. Constants stay inside.

    Args:
        outputs: The results of the body.
        formals: Its formal parameters.
        own: The numbers of the nodes that are part of a body whether they depend on
            formal parameters or not, as those of a branch that may not be run.

    Returns:
        The outer tensors on which the results depend.
    """
    cut = {place(tensor) for tensor in formals}
    nodes = topological(outputs, cut)
    inner: set[int] = set()
    for node in nodes:
        if own is not None:
            if node.uid in own and node.op.name not in _GIVEN:
                inner.add(node.uid)
        elif any(place(t) in cut or t.node.uid in inner for t in node.inputs):
            inner.add(node.uid)
    result: dict[tuple[int, int], Tensor] = {}
    uses = [t for node in nodes if node.uid in inner for t in node.inputs]
    for tensor in [*uses, *outputs]:
        outside = tensor.node.uid not in inner and place(tensor) not in cut
        if outside and tensor.node.op.name != _LEAF_CONSTANT:
            result.setdefault(place(tensor), tensor)
    return list(result.values())
