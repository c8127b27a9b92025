"""What a sample costs in each layer: operations, and memory of the results."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, NamedTuple

from kerasish import tree
from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph import Tensor, Trace, placeholder, symbolic_scope
from kerasish.backend.graph.composites import Composite
from kerasish.backend.graph.walk import topological
from kerasish.models.functional import Functional
from kerasish.models.program import LayerStep, Slot
from kerasish.models.sequential import Sequential

_REDUCING = {"sum", "mean", "prod", "max", "min", "any", "all", "argmax", "argmin"}


class Cost(NamedTuple):
    """What one sample costs.

    Attributes:
        operations: Floating-point operations: two for each product that is added up,
            one for each other element that is computed.
        memory: Bytes of the results.
    """

    operations: int
    memory: int


def count_operations(outputs: Iterable[Tensor]) -> int:
    """Count the floating-point operations of a graph whose shapes are exact.

    Products that are added up count two, elements of other results one, those of
    reductions and windows one for each value that is read. What only moves values
    counts nothing. Of two branches the more costly one counts, and a loop without a
    known end counts once.

    Args:
        outputs: Symbolic tensors.

    Example:

    >>> from kerasish import ops
    >>> a, b = placeholder((2, 3)), placeholder((3, 4))
    >>> with symbolic_scope():
    ...     y = ops.tanh(ops.matmul(a, b))
    >>> count_operations([y])
    56
    """
    return sum(_operations(node) for node in topological(outputs))


def _operations(node: Any) -> int:
    op, attrs = node.op, node.attrs
    if op.name in ("constant", "variable", "placeholder"):
        return 0
    products = op.multiplications(node)
    if products:
        return 2 * products
    if op.bodies:
        costs = [count_operations(attrs[name].outputs) for name in op.bodies]
        if "limit" in attrs:
            return sum(costs) * (attrs["limit"] or 1)
        return max(costs) * (_length(node) if "length" in attrs else 1)
    simpler = _in_simpler_ops(node)
    if simpler is not None:
        return count_operations(simpler)
    size = sum(math.prod(spec.shape) for spec in node.specs)
    if op.name in _REDUCING:
        return math.prod(node.inputs[0].shape)
    if "pool_size" in attrs:
        return size * math.prod(attrs["pool_size"])
    return size if op.elementwise and op.name != "cast" else 0


def _length(node: Any) -> int:
    """Returns the number of steps of a scan."""
    if node.attrs["length"] is not None:
        return node.attrs["length"]
    return node.inputs[node.attrs["carries"]].shape[0]


def _in_simpler_ops(node: Any) -> list[Tensor] | None:
    inputs = tuple(placeholder(x.shape, x.dtype) for x in node.inputs)
    with symbolic_scope():
        if isinstance(node.op, Composite):
            return list(node.op.expand(inputs, node.attrs))
        found = node.op.specialise(node, inputs)
    if found is None:
        return None
    outputs = list(found) if isinstance(found, tuple) else [found]
    same = any(part.op is node.op for part in topological(outputs))
    return None if same else outputs


def layer_costs(model: Any) -> dict[int, Cost]:
    """Find what one sample costs in each layer of a model when it predicts.

    Args:
        model: A built model.

    Returns:
        Dict from `id(layer)` to a `Cost`; a layer that is called twice counts twice.
        Layers whose input shape is not known are left out, as are all of a model that
        leaves more sizes open than that of the batch.

    Example:

    >>> import kerasish as keras
    >>> dense = keras.layers.Dense(3)
    >>> model = keras.Sequential([keras.Input((4,)), dense])
    >>> layer_costs(model)[id(dense)]
    Cost(operations=27, memory=12)
    """
    found: dict[int, Cost] = {}
    if isinstance(model, Sequential):
        steps, values = _steps_of_chain(model)
    elif isinstance(model, Functional):
        program = model._program
        steps, values = program.steps, [None] * program.size
        for slot in program.inputs:
            values[slot.index] = _sample(slot.spec.shape, slot.spec.dtype)
    else:
        steps, values = _steps_of_layers(model)
    for step in steps:
        used = [x for x in tree.flatten((step.args, step.kwargs)) if _is_slot(x)]
        if any(values[slot.index] is None for slot in used):
            continue
        with Trace():
            step.run(values)
        results = [slot for slot in tree.flatten(step.results) if _is_slot(slot)]
        outputs = [values[slot.index] for slot in results]
        _add(found, step.layer if isinstance(step, LayerStep) else step, outputs)
        for slot, made in zip(results, outputs):
            values[slot.index] = _sample(made.shape, made.dtype)
    return found


def _is_slot(leaf: Any) -> bool:
    return isinstance(leaf, Slot)


def _sample(shape: Any, dtype: str) -> Tensor | None:
    """Returns a symbolic input for one sample, `None` if another size is open."""
    shape = tuple(shape)
    if not shape or None in shape[1:]:
        return None
    return placeholder((shape[0] or 1, *shape[1:]), dtype)


def _add(found: dict[int, Cost], target: Any, outputs: list[Tensor]) -> None:
    if any(None in output.shape for output in outputs):
        return
    batch = max((x.shape[0] for x in outputs if x.shape), default=1) or 1
    memory = sum(math.prod(x.shape) * numpy_dtype(x.dtype).itemsize for x in outputs)
    before = found.get(id(target), Cost(0, 0))
    found[id(target)] = Cost(
        before.operations + count_operations(outputs) // batch,
        before.memory + memory // batch,
    )


def _steps_of_chain(model: Sequential) -> tuple[list, list]:
    values: list = [None] * (len(model.layers) + 1)
    if model.built and model.inputs:
        first = model.inputs[0]
        values[0] = _sample(first.shape, first.dtype)
    slots = [Slot(n, (n - 1, 0)) for n in range(len(values))]
    steps = [
        LayerStep(layer, (slots[n],), {}, slots[n + 1])
        for n, layer in enumerate(model.layers)
    ]
    return steps, values


def _steps_of_layers(model: Any) -> tuple[list, list]:
    """Returns a step for each layer that was built for one shape."""
    steps, values = [], []
    for layer in model.layers:
        shapes = layer.__dict__.get("_build_shapes") or {}
        shape = next(iter(shapes.values()), None)
        if len(shapes) == 1 and isinstance(shape, (list, tuple)):
            slot, result = Slot(len(values), (-1, 0)), Slot(len(values) + 1, (0, 0))
            dtype = getattr(layer, "input_dtype", None) or layer.compute_dtype
            values += [_sample((1, *shape[1:]), dtype), None]
            steps.append(LayerStep(layer, (slot,), {}, result))
    return steps, values
