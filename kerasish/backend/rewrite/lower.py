"""Expands composites for which the device has no kernel of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasish.backend.devices.base import Device
from kerasish.backend.graph.composites import Composite
from kerasish.backend.graph.scope import origin_scope, symbolic_scope
from kerasish.backend.graph.walk import place, rebuild, renewed

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor


def lower(outputs: list[Tensor], device: Device) -> list[Tensor]:
    """Replace each composite without a kernel by its definition."""

    def visit(node: Node, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
        node = renewed(node, inputs)
        if not isinstance(node.op, Composite):
            return node.outputs
        specs = tuple(tensor.spec for tensor in node.inputs)
        if device.kernel(node.op, specs, node.attrs) is not None:
            return node.outputs
        with origin_scope(node.origin), symbolic_scope():
            results = node.op.expand(node.inputs, node.attrs)
        cut = {place(tensor): tensor for tensor in node.inputs}
        return tuple(rebuild(results, cut, visit))

    return rebuild(outputs, {}, visit)
