"""Joins groups of elementwise nodes, and reductions at their ends, into one node."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasish.backend.devices.base import Device
from kerasish.backend.graph.expressions import Elementwise
from kerasish.backend.graph.fused import Output, Program, Step, fused_op, result_dtype
from kerasish.backend.graph.leaves import CONSTANT, constant_tensor
from kerasish.backend.graph.node import make_node
from kerasish.backend.graph.scope import origin_scope
from kerasish.backend.graph.walk import place, renewed, topological
from kerasish.backend.rewrite.algebra import is_filled
from kerasish.backend.rewrite.grouping import Grouping
from kerasish.backend.rewrite.rules import fired, graph_rule

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Node
    from kerasish.backend.graph.tensor import Tensor

Place = tuple[int, int]


@graph_rule
def fuse(outputs: list[Tensor], device: Device) -> list[Tensor]:
    """Replace groups of elementwise nodes by fused ones.

    Args:
        outputs: The results of a graph with exact shapes.
        device: Where it will run.

    Returns:
        The results in the new graph.
    """
    nodes = topological(outputs)
    grouping = Grouping(nodes, device)
    groups = [group for group in grouping.groups() if _worth(group, device)]
    if not groups:
        return outputs
    wanted = {place(tensor) for tensor in outputs}
    of_node = {node.uid: k for k, group in enumerate(groups) for node in group}
    for node in nodes:
        for tensor in node.inputs:
            inside = of_node.get(tensor.node.uid, -1) == of_node.get(node.uid, -2)
            if not inside:
                wanted.add(place(tensor))
    new: dict[Place, Tensor] = {}
    for unit in _ordered(nodes, groups, of_node):
        if len(unit) > 1 or unit[0].uid in of_node:
            _emit(unit, wanted, new)
            fired["fuse"] += 1
        else:
            inputs = tuple(new[place(tensor)] for tensor in unit[0].inputs)
            for index, tensor in enumerate(renewed(unit[0], inputs).outputs):
                new[unit[0].uid, index] = tensor
    return [new[place(tensor)] for tensor in outputs]


def _worth(group: list[Node], device: Device) -> bool:
    """Whether one node is better than the single ones."""
    steps = sum(len(getattr(node.op, "instructions", (0,))) for node in group)
    return steps > 1 or device.compiles_loops


def _ordered(
    nodes: Sequence[Node], groups: list[list[Node]], of_node: dict[int, int]
) -> list[list[Node]]:
    """Groups and single nodes, inputs first, otherwise in the order of their ends."""
    units: list[list[Node]] = [*groups]
    unit_of = dict(of_node)
    for node in nodes:
        if node.uid not in unit_of:
            unit_of[node.uid] = len(units)
            units.append([node])
    waits = [0] * len(units)
    users: list[list[int]] = [[] for _ in units]
    for number, unit in enumerate(units):
        sources = {unit_of[t.node.uid] for node in unit for t in node.inputs}
        sources.discard(number)
        waits[number] = len(sources)
        for source in sources:
            users[source].append(number)
    ready = [(unit[-1].uid, k) for k, unit in enumerate(units) if not waits[k]]
    heapq.heapify(ready)
    order = []
    while ready:
        _, number = heapq.heappop(ready)
        order.append(units[number])
        for user in users[number]:
            waits[user] -= 1
            if not waits[user]:
                heapq.heappush(ready, (units[user][-1].uid, user))
    return order


def _emit(group: list[Node], wanted: set[Place], new: dict[Place, Tensor]) -> None:
    """Make the fused node of a group."""
    builder = _Builder(new)
    for node in group:
        builder.add(node)
    outputs, places = [], []
    for node in group:
        if (node.uid, 0) in wanted:
            outputs.append(builder.output(node))
            places.append((node.uid, 0))
    first = group[0]
    shape = first.inputs[0].shape if _reduces(first) else first.specs[0].shape
    dtypes = [tensor.dtype for tensor in builder.inputs]
    program = Program(dtypes, builder.steps, outputs)
    with origin_scope(group[-1].origin):
        node = make_node(
            fused_op, tuple(builder.inputs), {"program": program, "shape": shape}
        )
    for here, tensor in zip(places, node.outputs):
        new[here] = tensor


def _reduces(node: Node) -> bool:
    return not isinstance(node.op, Elementwise) and node.op.name != "cast"


class _Builder:
    """Collects the steps of a program; equal steps are taken once."""

    def __init__(self, new: dict[Place, Tensor]) -> None:
        self.new = new
        self.steps: list[Step] = []
        self.inputs: list[Tensor] = []
        self._numbers: dict[Place, int] = {}
        self._values: dict[Place, tuple[str, Any]] = {}
        self._known: dict[tuple, int] = {}

    def add(self, node: Node) -> None:
        """Add the instructions of a node; a reduction has none."""
        if _reduces(node):
            return
        values = [self._argument(tensor) for tensor in node.inputs]
        if isinstance(node.op, Elementwise):
            done: list[tuple[str, Any]] = []
            for function, arguments in node.op.instructions:
                resolved = tuple(
                    values[key]
                    if kind == "input"
                    else done[key]
                    if kind == "step"
                    else ("literal", node.attrs[key] if kind == "attr" else key)
                    for kind, key in arguments
                )
                done.append(self._step(function, resolved))
            result = done[-1]
        else:
            result = values[0]
        if self.dtype_of(result)[1] != node.specs[0].dtype or result[0] != "step":
            result = self._step("cast", (result,), node.specs[0].dtype)
        self._values[node.uid, 0] = result

    def output(self, node: Node) -> Output:
        """Return how a node's result is taken from the steps."""
        if not _reduces(node):
            return Output(self._values[node.uid, 0][1])
        source = self._values.get(place(node.inputs[0]))
        if source is None:
            tensor = node.inputs[0]
            source = self._step("cast", (self._argument(tensor),), tensor.dtype)
        axes, keepdims = node.attrs["axis"], node.attrs["keepdims"]
        return Output(source[1], node.op.name, axes, keepdims)

    def dtype_of(self, argument: tuple[str, Any]) -> tuple[bool, Any]:
        """Return `(False, dtype)`, or `(True, type)` for a literal."""
        kind, value = argument
        if kind == "literal":
            return True, type(value)
        if kind == "constant":
            return False, value.dtype
        return False, (
            self.inputs[value].dtype if kind == "input" else self.steps[value].dtype
        )

    def _step(
        self, function: str, arguments: tuple, dtype: str | None = None
    ) -> tuple[str, Any]:
        if dtype is None:
            arguments, dtype = self._typed(function, arguments)
        arguments = tuple([self._resolved(argument) for argument in arguments])
        # Literals that are equal may differ in type, or in the sign of zero.
        typed = tuple(
            [
                (type(value), repr(value)) if kind == "literal" else (kind, value)
                for kind, value in arguments
            ]
        )
        key = (function, typed, dtype)
        if key not in self._known:
            self._known[key] = len(self.steps)
            self.steps.append(Step(function, arguments, dtype))
        return "step", self._known[key]

    def _typed(self, function: str, arguments: tuple) -> tuple[tuple, str]:
        """Write constants as literals where that gives the same data type."""
        kinds = tuple(self.dtype_of(argument) for argument in arguments)
        dtype = result_dtype(function, kinds)
        literals = tuple(
            ("literal", value.node.attrs["array"].item())
            if kind == "constant"
            else (kind, value)
            for kind, value in arguments
        )
        if literals != arguments and any(kind != "literal" for kind, _ in literals):
            kinds = tuple(self.dtype_of(argument) for argument in literals)
            if result_dtype(function, kinds) == dtype:
                return literals, dtype
        return arguments, dtype

    def _argument(self, tensor: Tensor) -> tuple[str, Any]:
        if place(tensor) in self._values:
            return self._values[place(tensor)]
        tensor = _plain(self.new[place(tensor)])
        is_constant = tensor.node.op is CONSTANT and not tensor.shape
        if is_constant and isinstance(tensor.node.attrs["array"], np.ndarray):
            return "constant", tensor
        return self._resolved(("tensor", tensor))

    def _resolved(self, argument: tuple[str, Any]) -> tuple[str, Any]:
        """The argument with a tensor replaced by the number of an input."""
        kind, tensor = argument
        if kind not in ("tensor", "constant"):
            return argument
        number = self._numbers.setdefault(place(tensor), len(self.inputs))
        if number == len(self.inputs):
            self.inputs.append(tensor)
        return "input", number


def _plain(tensor: Tensor) -> Tensor:
    """The tensor without what a program does itself: repeating and filling."""
    while tensor.node.op.name == "broadcast_to":
        tensor = tensor.node.inputs[0]
    node = tensor.node
    if node.op.name == "full":
        return constant_tensor(
            np.array(node.attrs["value"], tensor.dtype), tensor.dtype
        )
    if node.op is CONSTANT and tensor.shape:
        array = node.attrs["array"]
        if isinstance(array, np.ndarray) and array.size <= 4096:
            if is_filled(tensor, array.flat[0] if array.size else 0):
                return constant_tensor(array.flat[0], tensor.dtype)
    return tensor
