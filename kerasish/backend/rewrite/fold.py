"""Second pass: computes what depends on constants alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kerasish.backend.devices.base import Device
from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph.leaves import CONSTANT, constant_tensor
from kerasish.backend.graph.walk import rebuild, renewed

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor

_LARGEST = 1 << 16


def fold(outputs: list[Tensor], device: Device) -> list[Tensor]:
    """Replace constant sub-graphs by their values, below a size bound.

    Random and impure nodes are never computed ahead.
    """

    def visit(node: Node, inputs: tuple[Tensor, ...]) -> tuple[Tensor, ...] | None:
        node = renewed(node, inputs)
        if not _foldable(node):
            return node.outputs
        specs = tuple(tensor.spec for tensor in node.inputs)
        kernel = device.kernel(node.op, specs, node.attrs)
        if kernel is None:
            return node.outputs
        arrays = [device.asarray(t.node.attrs["array"]) for t in node.inputs]
        with device.guard():
            result = kernel(device.xp, *arrays, out=None, **node.attrs)
        results = result if isinstance(result, (tuple, list)) else (result,)
        return tuple(
            constant_tensor(device.asarray(value, numpy_dtype(spec.dtype)), spec.dtype)
            for value, spec in zip(results, node.specs)
        )

    return rebuild(outputs, {}, visit)


def _foldable(node: Node) -> bool:
    op = node.op
    if op.impure or op.value_shape or op.bodies:
        return False
    if any(tensor.node.op is not CONSTANT for tensor in node.inputs):
        return False
    return all(spec.is_exact and spec.size <= _LARGEST for spec in node.specs)
