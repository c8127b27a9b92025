"""Expands composites without a good kernel, and conditions, as the device wants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasish.backend.devices.base import Device
from kerasish.backend.graph.body import Body
from kerasish.backend.graph.composites import Composite
from kerasish.backend.graph.tensor import Tensor
from kerasish.backend.graph.walk import place
from kerasish.backend.ops.calls import call
from kerasish.backend.rewrite.grouping import candidate
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
        if node.op is call and candidate(node, device) is not None:
            return None
        specs = tuple(tensor.spec for tensor in node.inputs)
        has_kernel = device.kernel(node.op, specs, node.attrs) is not None
        if has_kernel and not device.prefers_definition(node.op.name, specs):
            return None
        results = node.op.expand(node.inputs, node.attrs)
        return visited(results, node.inputs, visit)

    return step


def inside_calls() -> Step:
    """Return the step that takes bodies through the sweep, each of them once."""
    known: dict[Body, Body] = {}

    def step(node: Node, visit: Visit) -> tuple[Tensor, ...] | None:
        if node.op is not call:
            return None
        body = node.attrs["body"].with_specs([tensor.spec for tensor in node.inputs])
        if body not in known:
            results = visited(body.outputs, body.inputs, visit)
            clean = list(map(place, results)) == list(map(place, body.outputs))
            known[body] = body if clean else Body(body.inputs, results)
            known[known[body]] = known[body]
        return call(*node.inputs, body=known[body])

    return step
