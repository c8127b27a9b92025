"""Joins a convolution with the maximum pooling that alone uses its outputs.

Where a device does both at once, the outputs of the convolution, four times as many as
those of the usual pooling, never go through memory.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from kerasish.backend import ops
from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph.leaves import constant_tensor
from kerasish.backend.graph.walk import rebuild, renewed, topological
from kerasish.backend.ops.convolution_pooling import conv_max_pool
from kerasish.backend.rewrite.rules import fired

if TYPE_CHECKING:
    from kerasish.backend.devices.base import Device
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor


def pool_convolutions(outputs: list[Tensor], device: Device) -> list[Tensor]:
    """Let convolutions pool what they compute.

    Args:
        outputs: The results of a graph with exact shapes.
        device: Where it will run.

    Returns:
        The results in the new graph.
    """
    nodes = topological(outputs)
    if not any(node.op.name == "max_pool" for node in nodes):
        return outputs
    users: dict[int, list[tuple[Node | None, int]]] = {}
    for node in nodes:
        for position, tensor in enumerate(node.inputs):
            users.setdefault(tensor.node.uid, []).append((node, position))
    for tensor in outputs:
        users.setdefault(tensor.node.uid, []).append((None, 0))
    pairs = {}
    for node in nodes:
        if node.op.name == "conv":
            found = _pooling(node, users.get(node.uid, []))
            if found is not None and _taken(node, found, device):
                pairs[node.uid] = found
    return _joined(outputs, pairs) if pairs else outputs


def _pooling(conv: Node, users: list) -> tuple[Node, bool] | None:
    """The pooling of a convolution that nothing else uses, and whether with index."""
    pools = [
        node for node, _ in users if node is not None and node.op.name == "max_pool"
    ]
    if len(pools) != 1 or any(map(sum, pools[0].attrs["pads"])):
        return None
    indexed = False
    for node, position in users:
        if node is None:
            return None
        if node is pools[0] or position in node.op.shape_only:
            continue
        same = node.op.name == "max_pool_index" and node.attrs == pools[0].attrs
        if not same or node.inputs[1].node is not pools[0]:
            return None
        indexed = True
    return pools[0], indexed


def _attributes(conv: Node, pooling: tuple[Node, bool]) -> dict:
    pool, indexed = pooling
    size, strides = pool.attrs["pool_size"], pool.attrs["strides"]
    return {
        **conv.attrs, "pool_size": size, "pool_strides": strides, "indexed": indexed
    }  # fmt: skip


def _taken(conv: Node, pooling: tuple[Node, bool], device: Device) -> bool:
    specs = tuple(tensor.spec for tensor in conv.inputs)
    attrs = _attributes(conv, pooling)
    return device.kernel(conv_max_pool, specs, attrs) is not None


def _joined(outputs: list[Tensor], pairs: dict[int, tuple]) -> list[Tensor]:
    made: dict[int, tuple[Tensor, ...]] = {}

    def visit(node: Node, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
        if node.uid in pairs:
            joined = conv_max_pool(*inputs, **_attributes(node, pairs[node.uid]))
            fired["pool_convolutions"] += 1
            # Whoever asks for no more than the shape gets no more.
            spec, made[node.uid] = node.specs[0], joined
            zero = constant_tensor(np.zeros((), numpy_dtype(spec.dtype)), spec.dtype)
            return (ops.broadcast_to(zero, spec.shape),)
        found = made.get(node.inputs[0].node.uid) if inputs else None
        if found is not None and node.op.name == "max_pool":
            return found[:1]
        if found is not None and node.op.name == "max_pool_index":
            return found[1:]
        return renewed(node, inputs).outputs

    return rebuild(outputs, {}, visit)
