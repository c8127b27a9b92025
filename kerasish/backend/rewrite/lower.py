"""Expands composites without a good kernel, and conditions, as the device wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasish.backend.devices.base import Device
from kerasish.backend.graph.composites import Composite
from kerasish.backend.graph.tensor import Tensor
from kerasish.backend.rewrite.sweep import visited

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.rewrite.sweep import Step, Visit


def lowering(device: Device) -> Step:
    """Return the step that expands composites and conditions where that is better.

    Args:
        device: Where the graph will run.
    """

    def step(node: Node, visit: Visit) -> tuple[Tensor, ...] | None:
        if not isinstance(node.op, Composite):
            results = node.op.branchless(node) if device.selects_branches else None
            if results is None:
                # What definitions are made of has not been specialised.
                results = node.op.specialise(node, node.inputs)
            if isinstance(results, Tensor):
                results = (results,)
            return results and visited(results, node.inputs, visit)
        specs = tuple(tensor.spec for tensor in node.inputs)
        has_kernel = device.kernel(node.op, specs, node.attrs) is not None
        if has_kernel and not device.prefers_definition(node.op.name, specs):
            return None
        results = node.op.expand(node.inputs, node.attrs)
        return visited(results, node.inputs, visit)

    return step
