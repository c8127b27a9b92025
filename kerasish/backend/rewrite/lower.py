"""Expands composites of which the device has no kernel, or a slower one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasish.backend.devices.base import Device
from kerasish.backend.graph.composites import Composite
from kerasish.backend.graph.scope import symbolic_scope
from kerasish.backend.graph.walk import place, rebuild, renewed

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor


def lower(outputs: list[Tensor], device: Device) -> list[Tensor]:
    """Replace composites by their definitions where that is better."""

    def visit(node: Node, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
        node = renewed(node, inputs)
        if not isinstance(node.op, Composite):
            return node.outputs
        specs = tuple(tensor.spec for tensor in node.inputs)
        has_kernel = device.kernel(node.op, specs, node.attrs) is not None
        if has_kernel and not device.prefers_definition(node.op.name, specs):
            return node.outputs
        with symbolic_scope():
            results = node.op.expand(node.inputs, node.attrs)
        cut = {place(tensor): tensor for tensor in node.inputs}
        return tuple(rebuild(results, cut, visit))

    return rebuild(outputs, {}, visit)
