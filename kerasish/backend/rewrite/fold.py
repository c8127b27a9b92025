"""Computes what depends on constants alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasish.backend.devices.base import Device
from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph.leaves import CONSTANT, constant_tensor
from kerasish.backend.rewrite.algebra import SCALAR_LIMIT

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor
    from kerasish.backend.rewrite.sweep import Step, Visit

_LARGEST = 1 << 16


def folding(device: Device) -> Step:
    """Return the step that replaces constant sub-graphs by values, if they are small.

    Random and impure nodes are never computed ahead.

    Args:
        device: Where it computes them.
    """

    def step(node: Node, visit: Visit) -> tuple[Tensor, ...] | None:
        if not _foldable(node):
            return None
        specs = tuple(tensor.spec for tensor in node.inputs)
        kernel = device.kernel(node.op, specs, node.attrs)
        if kernel is None:
            return None
        arrays = [device.asarray(t.node.attrs["array"]) for t in node.inputs]
        with device.guard():
            result = kernel(device.xp, *arrays, out=None, **node.attrs)
        results = result if isinstance(result, (tuple, list)) else (result,)
        return tuple(
            constant_tensor(device.asarray(value, numpy_dtype(spec.dtype)), spec.dtype)
            for value, spec in zip(results, node.specs)
        )

    return step


def _foldable(node: Node) -> bool:
    op = node.op
    if op.impure or op.value_shape or op.bodies:
        return False
    for tensor in node.inputs:
        if tensor.node.op is not CONSTANT:
            return False
    # Fused programs take the number that fills a tensor, and read nothing.
    if op.name == "full" and node.specs[0].is_exact:
        return node.specs[0].size <= SCALAR_LIMIT
    return all(spec.is_exact and spec.size <= _LARGEST for spec in node.specs)
