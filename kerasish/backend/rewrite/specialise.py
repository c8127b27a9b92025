"""The first step: exact shapes, and constants for static inputs and sizes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph.leaves import PLACEHOLDER, constant_tensor, is_static
from kerasish.backend.graph.node import Node
from kerasish.backend.graph.spec import Spec
from kerasish.backend.graph.tensor import Tensor
from kerasish.backend.graph.walk import place
from kerasish.backend.rewrite.sweep import Step, Visit, sweep, visited
from kerasish.errors import GraphError


def specialising(statics: dict[tuple[int, int], Any]) -> Step:
    """Return the step that makes sizes numbers, in a sweep from exact placeholders.

    Args:
        statics: The values of static placeholders, by `place`.
    """

    def step(node: Node, visit: Visit) -> tuple[Tensor, ...] | None:
        if node.op is PLACEHOLDER:
            return (_static_value(node, statics),)
        known = _known_value(node)
        if known is not None:
            return (known,)
        result = node.op.specialise(node, node.inputs)
        if result is None:
            return None
        results = result if isinstance(result, tuple) else (result,)
        return visited(results, node.inputs, visit)

    return step


def specialise(
    inputs: Sequence[Tensor],
    outputs: Sequence[Tensor],
    formals: Sequence[Tensor],
    statics: dict[tuple[int, int], Any],
) -> list[Tensor]:
    """Rebuild a graph for exact input shapes.

    Args:
        inputs: The tensors that are fed.
        outputs: The results.
        formals: A placeholder with an exact shape for each input.
        statics: The values of static placeholders, by `place`.

    Returns:
        The results in the new graph.

    Raises:
        GraphError: If a placeholder is neither fed nor has a default.
    """
    mapping = {place(old): new for old, new in zip(inputs, formals)}
    return sweep(outputs, [specialising(statics)], mapping)


def _static_value(node: Node, statics: dict[tuple[int, int], Any]) -> Tensor:
    tensor = node.outputs[0]
    value = statics.get(place(tensor), node.attrs["default"])
    if not is_static(tensor) or value is None:
        name = node.attrs["name"] or "without a name"
        raise GraphError(
            f"The placeholder {name!r} of shape {tensor.shape} and dtype "
            f"{tensor.dtype} is needed for the result, but was not fed."
        )
    return constant_tensor(np.asarray(value, tensor.dtype), tensor.dtype)


def _known_value(node: Node) -> Tensor | None:
    """The constant that a small integer tensor is known to be."""
    if len(node.specs) != 1 or not node.inputs:
        return None
    spec: Spec = node.specs[0]
    if spec.known is None or not spec.is_exact:
        return None
    if not all(isinstance(element, int) for element in spec.known):
        return None
    array = np.array(spec.known, numpy_dtype(spec.dtype)).reshape(spec.shape)
    return constant_tensor(array, spec.dtype)
