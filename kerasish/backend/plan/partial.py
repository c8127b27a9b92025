"""Graphs in which values decide shapes: planned as far as shapes are known before."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kerasish.backend.graph.body import found_within
from kerasish.backend.graph.walk import place, topological
from kerasish.backend.plan.arena import device_arena
from kerasish.backend.plan.interpreter import Interpretation
from kerasish.backend.plan.plan import Plan

if TYPE_CHECKING:
    from kerasish.backend.devices.base import Device
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor


class PartialPlan:
    """A plan of all that no values' shapes matter to; the rest runs node by node.

    Args:
        formals: The placeholders of the inputs.
        outputs: The results.
        device: Where it runs.

    Attributes:
        epoch: The settings of the device for which it was made.
    """

    def __init__(
        self, formals: Sequence[Tensor], outputs: Sequence[Tensor], device: Device
    ) -> None:
        self.device, self.epoch = device, device.epoch
        edge = _edge(outputs)
        self._plan = None
        if any(tensor.node.inputs for tensor in edge):
            self._plan = Plan(formals, edge, (), device, device_arena(device))
        fed = edge if self._plan else formals
        places = [place(tensor) for tensor in fed]
        self._rest = Interpretation(outputs, places, device)

    def run(self, arrays: Sequence[Any]) -> list[Any]:
        """Return the outputs for the arrays of this device that are fed.

        They may share memory with Variables, with what is fed, and with what the next
        run of any plan on the device writes.
        """
        if self._plan is None:
            return self._rest.run(arrays)
        device = self.device
        nested, device.running = device.running, True
        try:
            return self._rest.run(self._plan.bound(nested).run(arrays))
        finally:
            device.running = nested


def is_value_shaped(node: Node) -> bool:
    """Tell whether values decide a shape in a node or in its bodies."""
    return found_within(node, lambda inner: inner.op.value_shape)


def _edge(outputs: Sequence[Tensor]) -> list[Tensor]:
    """Where the part ends that does not depend on what values decide the shape of."""
    loose: set[int] = set()
    edge: dict[tuple[int, int], Tensor] = {}
    nodes = topological(outputs)
    for node in nodes:
        if any(t.node.uid in loose for t in node.inputs) or is_value_shaped(node):
            loose.add(node.uid)
    used = [t for node in nodes if node.uid in loose for t in node.inputs]
    for tensor in [*used, *outputs]:
        if tensor.node.uid not in loose:
            edge.setdefault(place(tensor), tensor)
    return list(edge.values())
