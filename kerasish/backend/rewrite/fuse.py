"""Joins groups of elementwise nodes, and reductions at their ends, into one node."""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from kerasish.backend.devices.base import Device
from kerasish.backend.graph.expressions import Elementwise
from kerasish.backend.graph.fused import (
    REDUCTIONS,
    Output,
    Program,
    Step,
    fused_op,
    result_dtype,
)
from kerasish.backend.graph.leaves import CONSTANT, constant_tensor
from kerasish.backend.graph.node import frozen_attributes, make_node
from kerasish.backend.graph.scope import origin_scope
from kerasish.backend.graph.walk import place, renewed, topological
from kerasish.backend.ops.calls import call
from kerasish.backend.rewrite.algebra import is_filled
from kerasish.backend.rewrite.grouping import Grouping, steps_of
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
    known: dict[tuple, tuple[Program, list[int]]] = {}
    for unit in _ordered(nodes, groups, of_node):
        if len(unit) > 1 or unit[0].uid in of_node:
            _emit(unit, wanted, new, known)
            fired["fuse"] += 1
        else:
            inputs = tuple(new[place(tensor)] for tensor in unit[0].inputs)
            for index, tensor in enumerate(renewed(unit[0], inputs).outputs):
                new[unit[0].uid, index] = tensor
    return [new[place(tensor)] for tensor in outputs]


def _worth(group: list[Node], device: Device) -> bool:
    """Whether one node is better than the single ones."""
    return device.compiles_loops or sum(map(steps_of, group)) > 1


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


def _emit(
    group: list[Node],
    wanted: set[Place],
    new: dict[Place, Tensor],
    known: dict[tuple, tuple[Program, list[int]]],
) -> None:
    """Make the fused node of a group; groups of one pattern share a program."""
    pattern, outer = _pattern(group, wanted, new)
    if pattern not in known:
        known[pattern] = _program(group, wanted, new, outer)
    program, chosen = known[pattern]
    first = group[0]
    shape = first.inputs[0].shape if _reduces(first) else first.specs[0].shape
    with origin_scope(group[-1].origin):
        node = make_node(
            fused_op,
            tuple([outer[number] for number in chosen]),
            {"program": program, "shape": shape},
        )
    for here, tensor in zip(_results(group, wanted), node.outputs):
        new[here] = tensor


def _results(group: list[Node], wanted: set[Place]) -> list[Place]:
    """What of a group is used outside of it."""
    return [
        (node.uid, index)
        for node in group
        for index in range(len(node.specs))
        if (node.uid, index) in wanted
    ]


def _pattern(
    group: list[Node], wanted: set[Place], new: dict[Place, Tensor]
) -> tuple[tuple, list[Tensor]]:
    """What groups with equal programs have in common, and the tensors around."""
    inside = {node.uid: position for position, node in enumerate(group)}
    numbers: dict[Place, int] = {}
    outer: list[Tensor] = []
    parts = []
    for node in group:
        arguments: list[Any] = []
        for tensor in node.inputs:
            position = inside.get(tensor.node.uid)
            if position is not None:
                arguments.append((position, tensor.index))
                continue
            tensor = _plain(new[place(tensor)])
            number = numbers.setdefault(place(tensor), len(outer))
            if number == len(outer):
                outer.append(tensor)
            arguments.append(number)
        attrs = frozen_attributes(node.attrs)
        parts.append((node.op.name, attrs, node.specs[0].dtype, *arguments))
    results = [(inside[uid], index) for uid, index in _results(group, wanted)]
    kinds = [
        (t.dtype, t.node.attrs["array"].tobytes() if _is_number(t) else None)
        for t in outer
    ]
    return (tuple(parts), tuple(results), tuple(kinds)), outer


def _program(
    group: list[Node],
    wanted: set[Place],
    new: dict[Place, Tensor],
    outer: list[Tensor],
) -> tuple[Program, list[int]]:
    """The program of a group, and which of the tensors around are its inputs."""
    builder = _Builder(new)
    for node in group:
        builder.add(node)
    nodes = {node.uid: node for node in group}
    outputs = [
        builder.output(nodes[uid], index) for uid, index in _results(group, wanted)
    ]
    dtypes = [tensor.dtype for tensor in builder.inputs]
    numbers = {place(tensor): number for number, tensor in enumerate(outer)}
    chosen = [numbers[place(tensor)] for tensor in builder.inputs]
    return Program(dtypes, builder.steps, outputs), chosen


def _reduces(node: Node) -> bool:
    return node.op.name in REDUCTIONS


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
        if node.op is call:
            self._add_body(node)
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

    def _add_body(self, node: Node) -> None:
        """Add the steps of a body, with the arguments in place of its inputs."""
        body = node.attrs["body"]
        for formal, tensor in zip(body.inputs, node.inputs):
            self._values[place(formal)] = self._argument(tensor)
        for inner in topological(body.outputs):
            if inner.inputs:
                self.add(inner)
            elif inner.op is CONSTANT:
                self.new[inner.uid, 0] = inner.outputs[0]
        for index, tensor in enumerate(body.outputs):
            self._values[node.uid, index] = self._values[place(tensor)]

    def output(self, node: Node, index: int) -> Output:
        """Return how a node's result is taken from the steps."""
        if not _reduces(node):
            return Output(self._values[node.uid, index][1])
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
        if _is_number(tensor):
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


def _is_number(tensor: Tensor) -> bool:
    """Whether a tensor is a scalar known on the host."""
    node = tensor.node
    if node.op is not CONSTANT or tensor.shape:
        return False
    return isinstance(node.attrs["array"], np.ndarray)


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
