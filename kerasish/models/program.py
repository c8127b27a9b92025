"""The layer calls of a functional model, as a list of steps that can be run again."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from kerasish import tree
from kerasish.backend.graph import (
    Tensor,
    Variable,
    as_tensor,
    get_op,
    in_symbolic_scope,
    is_static,
    learning_phase,
    origin_scope,
    place,
)
from kerasish.errors import GraphError
from kerasish.layers.layer_call import inherited_training
from kerasish.layers.node import Node, producer
from kerasish.naming import to_snake_case

_LEAVES = ("constant", "variable", "placeholder")


class Slot:
    """A place in the list of values of a running program.

    Args:
        index: The position.
        source: `(step, output)` of the value: the number of the step that makes it
            (-1 for the inputs) and which of its outputs.
        spec: What the tensor was like when the model was made.
    """

    __slots__ = ("index", "source", "spec")

    def __init__(self, index: int, source: tuple[int, int], spec: Any = None):
        self.index = index
        self.source = source
        self.spec = spec

    def __repr__(self) -> str:
        return f"<Slot {self.index}>"


class LearningPhase:
    """Stands for the learning phase among the arguments of a step."""

    def current(self) -> Any:
        """Return it as a tensor: 1 while training, else 0."""
        training = inherited_training()
        if training is None and in_symbolic_scope():
            return learning_phase()
        return as_tensor(int(bool(training)), "int32")


class LayerStep:
    """One layer call of a program.

    Attributes:
        layer: The layer.
        args: The positional arguments, with slots for tensors.
        kwargs: The keyword arguments, likewise.
        results: The structure of the slots that the outputs go to.
    """

    def __init__(self, layer: Any, args: tuple, kwargs: dict, results: Any):
        self.layer = layer
        self.args = args
        self.kwargs = kwargs
        self.results = results
        self.name = layer.name

    def run(self, values: list) -> None:
        """Call the layer on the values of the slots."""
        args, kwargs = filled((self.args, self.kwargs), values)
        outputs = self.layer(*args, **kwargs)
        store(self.results, outputs, values)


class OpStep:
    """One op of a program that stands outside any layer.

    Attributes:
        op: The name of the op.
        attrs: Its attributes.
        args: The inputs: slots, constants, Variables.
        results: The slots of the outputs.
        name: A name that is unique in the program.
    """

    def __init__(self, op: str, attrs: dict, args: tuple, results: tuple, name: str):
        self.op = op
        self.attrs = attrs
        self.args = args
        self.results = results
        self.kwargs: dict = {}
        self.name = name
        # The shapes of the outputs as they were when the model was made.
        self.shapes: list | None = None

    def run(self, values: list) -> None:
        """Apply the op to the values of the slots."""
        inputs = [as_tensor(item) for item in filled(self.args, values)]
        with origin_scope(self.name):
            outputs = get_op(self.op)(*inputs, **self.attrs)
        outputs = outputs if isinstance(outputs, tuple) else (outputs,)
        store(self.results, outputs, values)


def filled(structure: Any, values: list) -> Any:
    """Return a structure with the values in the place of its slots.

    Example:

    >>> filled([Slot(0, (-1, 0)), 5], ["a"])
    ['a', 5]
    """

    def fill(leaf: Any) -> Any:
        if isinstance(leaf, Slot):
            return values[leaf.index]
        return leaf.current() if isinstance(leaf, LearningPhase) else leaf

    return tree.map_structure(fill, structure)


def store(results: Any, outputs: Any, values: list) -> None:
    """Put outputs into the slots of a structure."""
    for slot, value in zip(tree.flatten(results), tree.flatten(outputs), strict=True):
        if isinstance(slot, Slot):
            values[slot.index] = value


class Program:
    """The steps from some inputs to some outputs.

    Attributes:
        steps: Layer calls and ops, each after those it needs.
        inputs: The slots of the inputs.
        outputs: The structure of the slots of the outputs.
        size: The number of slots.
        layers: The layers, deepest first, as Keras orders them.

    Args:
        inputs: Symbolic tensors.
        outputs: A structure of symbolic tensors that depend on them.

    Raises:
        GraphError: If an output depends on an input that is not among `inputs`.
    """

    def __init__(self, inputs: list[Tensor], outputs: Any):
        walk = _Walk(inputs, tree.flatten(outputs))
        self.size = 0
        self._slots: dict[tuple[int, int], Slot] = {}
        self.inputs = [
            self._new_slot(tensor, (-1, position))
            for position, tensor in enumerate(inputs)
        ]
        self._names = {unit.name for unit in walk.operations() if _is_layer(unit)}
        self.steps: list[LayerStep | OpStep] = []
        for unit in walk.order:
            if isinstance(unit, Node):
                if not unit.is_input:
                    self._add_layer(unit)
            else:
                self._add_op(unit)
        self.outputs = tree.map_structure(self._slot, outputs)
        self.layers = [unit for unit in walk.operations() if _is_layer(unit)]
        del self._slots, self._names

    def _new_slot(self, tensor: Tensor, source: tuple[int, int]) -> Slot:
        key = place(tensor)
        slot = self._slots.get(key)
        if slot is None:
            slot = self._slots[key] = Slot(self.size, source, tensor.spec)
            self.size += 1
        return slot

    def _slot(self, leaf: Any) -> Any:
        if not isinstance(leaf, Tensor) or not leaf.is_symbolic:
            return leaf
        return self._slots.get(place(leaf)) or _leaf_value(leaf)

    def _new_slots(self, structure: Any) -> Any:
        number = len(self.steps)
        counter = iter(range(1 << 30))

        def new(leaf: Any) -> Any:
            position = next(counter)
            if not isinstance(leaf, Tensor) or not leaf.is_symbolic:
                return None
            if place(leaf) in self._slots:
                return None
            return self._new_slot(leaf, (number, position))

        return tree.map_structure(new, structure)

    def _add_layer(self, node: Node) -> None:
        args, kwargs = tree.map_structure(self._slot, (node.args, node.kwargs))
        results = self._new_slots(node.outputs)
        self.steps.append(LayerStep(node.operation, args, kwargs, results))

    def _add_op(self, node: Any) -> None:
        args = tuple(self._slot(tensor) for tensor in node.inputs)
        name = base = to_snake_case(node.op.name)
        number = 0
        while name in self._names:
            number += 1
            name = f"{base}_{number}"
        self._names.add(name)
        results = self._new_slots(node.outputs)
        step = OpStep(node.op.name, node.attrs, args, results, name)
        step.shapes = [spec.shape for spec in node.specs]
        self.steps.append(step)

    def run(self, inputs: Iterable[Any]) -> Any:
        """Run all steps.

        Args:
            inputs: A tensor for each input.

        Returns:
            The structure of the outputs.
        """
        values: list[Any] = [None] * self.size
        for slot, value in zip(self.inputs, inputs, strict=True):
            values[slot.index] = value
        for step in self.steps:
            step.run(values)
        return filled(self.outputs, values)


def _is_layer(unit: Any) -> bool:
    return hasattr(unit, "_inbound_nodes")


def _leaf_value(tensor: Tensor) -> Any:
    node = tensor.node
    if node.op.name == "constant":
        array = node.values[0] if node.values else node.attrs["array"]
        return Tensor(None, 0, array)
    if node.op.name == "variable":
        return node.attrs["variable"]
    if is_static(tensor):
        return LearningPhase()
    raise _disconnected(node.attrs.get("name"), tensor)


def _disconnected(name: str | None, tensor: Tensor) -> GraphError:
    return GraphError(
        f"The graph is disconnected: an output depends on the input {name!r}, which is "
        f"not among the inputs of the model.\n  got: {tensor!r}"
    )


class _Walk:
    """Finds the units (layer calls and op nodes) between inputs and outputs."""

    def __init__(self, inputs: list[Tensor], outputs: list[Any]):
        self.stops = {place(tensor) for tensor in inputs}
        self.order: list[Any] = []
        self.first_seen: dict[Any, int] = {}
        self.parents: dict[Any, list[Any]] = {}
        self._finished: set[Any] = set()
        for tensor in outputs:
            if isinstance(tensor, Tensor) and tensor.is_symbolic:
                self._visit(tensor)
        self._add_unused(inputs)

    def _unit(self, tensor: Tensor) -> Any:
        node = producer(tensor)
        if node is not None:
            return node
        return None if tensor.node.op.name in _LEAVES else tensor.node

    def _enter(self, tensor: Tensor) -> tuple[Any, Iterator[Tensor]] | None:
        unit = self._unit(tensor)
        stop = place(tensor) in self.stops
        if stop and not (isinstance(unit, Node) and unit.is_input):
            return None
        if unit is None:
            _leaf_value(tensor)
            return None
        if unit in self._finished:
            return None
        if isinstance(unit, Node) and unit.is_input and not stop:
            raise _disconnected(unit.operation.name, tensor)
        self._finished.add(unit)
        self.first_seen.setdefault(operation_of(unit), len(self.first_seen))
        needed = unit.input_tensors if isinstance(unit, Node) else unit.inputs
        self.parents[unit] = []
        return unit, iter(needed)

    def _visit(self, output: Tensor) -> None:
        entered = self._enter(output)
        stack = [entered] if entered else []
        while stack:
            unit, needed = stack[-1]
            tensor = next(needed, None)
            if tensor is None:
                self.order.append(unit)
                stack.pop()
                continue
            entered = self._enter(tensor)
            if entered:
                stack.append(entered)
            parent = self._unit(tensor)
            if parent in self._finished:
                self.parents[unit].append(parent)

    def _add_unused(self, inputs: list[Tensor]) -> None:
        self.unused = []
        for tensor in inputs:
            node = producer(tensor)
            if node is not None and node.is_input and node not in self._finished:
                self._finished.add(node)
                self.unused.append(node.operation)

    def operations(self) -> list[Any]:
        """Layers and op nodes by decreasing depth, then by the order of discovery."""
        depths: dict[Any, int] = {}
        of_operation: dict[Any, int] = {}
        for unit in reversed(self.order):
            operation = operation_of(unit)
            depth = max(depths.get(unit, 0), of_operation.get(operation, 0))
            depths[unit] = of_operation[operation] = depth
            for parent in self.parents[unit]:
                depths[parent] = max(depth + 1, depths.get(parent, 0))
        for operation in self.unused:
            of_operation[operation] = 0
            self.first_seen[operation] = -1
        rank = self.first_seen
        return sorted(of_operation, key=lambda item: (-of_operation[item], rank[item]))


def operation_of(unit: Any) -> Any:
    """Return the layer of a layer call; an op node stands for itself."""
    return unit.operation if isinstance(unit, Node) else unit


def variables_of(program: Program) -> list[Variable]:
    """Return the Variables that ops outside any layer read.

    Args:
        program: The program.
    """
    return [
        item
        for step in program.steps
        for item in tree.flatten((step.args, step.kwargs))
        if isinstance(item, Variable)
    ]
