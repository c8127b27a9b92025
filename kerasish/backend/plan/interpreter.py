"""Runs a graph node by node, without a plan: any shapes, any ops."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

from kerasish.backend.devices.base import Device
from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph.leaves import CONSTANT, VARIABLE
from kerasish.backend.graph.walk import place, topological
from kerasish.backend.plan import profiling
from kerasish.backend.plan.errors import located
from kerasish.errors import GraphError

if TYPE_CHECKING:
    from kerasish.backend.graph.body import Body
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor


def interpret(
    outputs: Sequence[Tensor], feeds: dict[tuple[int, int], Any], device: Device
) -> list[Any]:
    """Compute tensors from fed arrays.

    Args:
        outputs: What to compute.
        feeds: Device arrays by `place` of the tensors that they stand for.
        device: Where to compute.

    Returns:
        Device arrays; they may share memory with Variables and feeds.

    Raises:
        GraphError: If a placeholder is needed that is not fed.
    """
    values = dict(feeds)
    nodes = topological(outputs, lambda tensor: place(tensor) in feeds)
    users: dict[tuple[int, int], int] = {}
    for node in nodes:
        for tensor in node.inputs:
            users[place(tensor)] = users.get(place(tensor), 0) + 1
    for tensor in outputs:
        users[place(tensor)] = users.get(place(tensor), 0) + 1
    for node in nodes:
        for index, value in enumerate(_compute(node, values, device)):
            values[node.uid, index] = value
        for tensor in node.inputs:
            here = place(tensor)
            users[here] -= 1
            if not users[here]:
                del values[here]
    return [values[place(tensor)] for tensor in outputs]


def _compute(node: Node, values: dict, device: Device) -> list[Any]:
    if node.op is CONSTANT:
        return [device.asarray(node.attrs["array"])]
    if node.op is VARIABLE:
        return [node.attrs["variable"].on(device)]
    if node.op.name == "placeholder":
        raise GraphError(f"A placeholder was not fed: {node!r}")
    arrays = [values[place(tensor)] for tensor in node.inputs]
    specs = tuple(tensor.spec for tensor in node.inputs)
    kernel = device.kernel(node.op, specs, node.attrs)
    if kernel is None:
        inner = node.op.expand(node.inputs, node.attrs)
        feeds = {place(t): array for t, array in zip(node.inputs, arrays)}
        return interpret(inner, feeds, device)
    watch = nullcontext()
    if profiling.is_running():
        watch = profiling.Measured(node, device)
    try:
        with watch:
            result = kernel(device.xp, *arrays, out=None, **_with_bodies(node, device))
    except Exception as error:
        raise located(error, node, device) from error.__cause__
    results = result if isinstance(result, (tuple, list)) else (result,)
    return [
        device.asarray(value, None if node.op.value_shape else numpy_dtype(spec.dtype))
        for value, spec in zip(results, node.specs)
    ]


def _with_bodies(node: Node, device: Device) -> dict:
    attrs = dict(node.attrs)
    for name in node.op.bodies:
        attrs[name] = _interpreted(attrs[name], device)
    return attrs


def _interpreted(body: Body, device: Device) -> Any:
    def run(*arrays: Any) -> list[Any]:
        feeds = {place(t): array for t, array in zip(body.inputs, arrays)}
        return interpret(body.outputs, feeds, device)

    return run
