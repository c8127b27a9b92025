"""Adds to a run-time error where in the graph it came from."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kerasish.backend.devices.base import Device
    from kerasish.backend.graph.node import Node


def located(error: Exception, node: Node, device: Device) -> Exception:
    """Return the error with op, origin, input specs and device in its message."""
    if getattr(error, "located", False):
        return error
    inputs = ", ".join(str(tensor.spec) for tensor in node.inputs)
    where = f" of {node.origin}" if node.origin else ""
    context = (
        f"  in op {node.op.name!r}{where}; inputs: {inputs}; device: {device.name}"
    )
    message = error.args[0] if error.args and isinstance(error.args[0], str) else error
    error.args = (f"{message}\n{context}", *error.args[1:])
    error.located = True
    return error
