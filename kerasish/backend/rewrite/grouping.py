"""Decides which nodes become one: groups that no path leaves and enters again.

Each node gets a level. An edge inside a possible group keeps the level, any other edge
out of an elementwise node raises it. Nodes of one level and one shape may be joined,
because a path that leaves such a group ends on a higher level.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from kerasish.backend.graph.expressions import Elementwise
from kerasish.backend.graph.fused import REDUCTIONS
from kerasish.backend.graph.walk import topological
from kerasish.backend.ops.calls import call

if TYPE_CHECKING:
    from kerasish.backend.devices.base import Device
    from kerasish.backend.graph.body import Body
    from kerasish.backend.graph.node import Node

MAXIMUM_STEPS = 80
MAXIMUM_INPUTS = 24
_REDUCED_DTYPES = ("float16", "bfloat16", "float32", "float64")
_NUMBERS = (bool, int, float)
Shape = tuple[int, ...]


class Candidate(NamedTuple):
    """What a node that may be fused asks of a group.

    Attributes:
        shape: The shape over which its group runs.
        reduces: Whether it combines the group's elements and so ends it.
    """

    shape: Shape
    reduces: bool


def candidate(node: Node, device: Device) -> Candidate | None:
    """Return how a node may be fused, or `None`."""
    op = node.op
    if op is call:
        return _call_candidate(node, device)
    is_cast = op.name == "cast"
    reduces = op.name in REDUCTIONS
    if not (isinstance(op, Elementwise) or is_cast or reduces):
        return None
    spec = node.specs[0]
    dtypes = {spec.dtype, *(tensor.dtype for tensor in node.inputs)}
    if not spec.is_exact or spec.size == 0 or not dtypes <= device.fused_dtypes:
        return None
    if reduces:
        return _reduction(node)
    specs = tuple(tensor.spec for tensor in node.inputs)
    if device.kernel(op, specs, node.attrs) != op.kernel:
        return None
    numbers = is_cast or all(isinstance(v, _NUMBERS) for v in node.attrs.values())
    return Candidate(spec.shape, False) if numbers else None


def _call_candidate(node: Node, device: Device) -> Candidate | None:
    shape = node.specs[0].shape
    fits = shape == _shape_of(node.attrs["body"], device)
    return Candidate(shape, False) if fits else None


@lru_cache(maxsize=256)
def _shape_of(body: Body, device: Device) -> Shape | None:
    """The shape of all steps of a body that may be fused whole, else `None`."""
    steps = [node for node in topological(body.outputs) if node.inputs]
    found = {candidate(node, device) for node in steps}
    whole = len(found) == 1 and all(tensor.node.inputs for tensor in body.outputs)
    (only,) = found if whole else (None,)
    return None if only is None or only.reduces else only.shape


def steps_of(node: Node) -> int:
    """Return how many steps of a program a node is."""
    if node.op is call:
        inner = topological(node.attrs["body"].outputs)
        return sum(steps_of(step) for step in inner if step.inputs)
    return len(getattr(node.op, "instructions", (0,)))


def _reduction(node: Node) -> Candidate | None:
    spec = node.inputs[0].spec
    if spec.dtype not in _REDUCED_DTYPES or not spec.is_exact:
        return None
    if not spec.size or not _one_side(spec.shape, node.attrs["axis"]):
        return None
    return Candidate(spec.shape, True)


def _one_side(shape: Shape, axes: tuple[int, ...]) -> bool:
    """Whether the reduced axes are the first or the last ones, apart from size 1."""
    flags = [axis in axes for axis, size in enumerate(shape) if size > 1]
    return sum(a != b for a, b in zip(flags, flags[1:])) <= 1


class Grouping:
    """The groups of a graph.

    Args:
        nodes: All nodes, inputs before their users.
        device: Where they will run.
    """

    def __init__(self, nodes: Sequence[Node], device: Device) -> None:
        self.nodes = nodes
        self.candidates = {node.uid: candidate(node, device) for node in nodes}
        self.users: dict[int, list[Node]] = {node.uid: [] for node in nodes}
        for node in nodes:
            for tensor in node.inputs:
                self.users[tensor.node.uid].append(node)
        self.levels: dict[int, int] = {}
        self._rise()
        self._sink()

    def _joins(self, node: Node, user: Node) -> bool:
        """Whether the edge may lie inside a group."""
        here, there = self.candidates[node.uid], self.candidates[user.uid]
        if here is None or there is None or here.reduces:
            return False
        return here.shape == there.shape

    def _cost(self, node: Node, user: Node) -> int:
        if self.candidates[node.uid] is None:
            return 0
        return 0 if self._joins(node, user) else 1

    def _rise(self) -> None:
        for node in self.nodes:
            self.levels[node.uid] = max(
                (
                    self.levels[tensor.node.uid] + self._cost(tensor.node, node)
                    for tensor in node.inputs
                ),
                default=0,
            )

    def _sink(self) -> None:
        """Move elementwise nodes to the level of the first user they can join."""
        for node in reversed(self.nodes):
            wish = self.candidates[node.uid]
            if wish is None or wish.reduces or not self.users[node.uid]:
                continue
            lowest = min(
                self.levels[user.uid] - self._cost(node, user)
                for user in self.users[node.uid]
            )
            if any(
                self.levels[user.uid] == lowest and self._joins(node, user)
                for user in self.users[node.uid]
            ):
                self.levels[node.uid] = lowest

    def groups(self) -> list[list[Node]]:
        """Return the groups; each is a list in the order of `nodes`."""
        leader: dict[int, int] = {}

        def find(uid: int) -> int:
            while leader[uid] != uid:
                leader[uid] = leader[leader[uid]]
                uid = leader[uid]
            return uid

        readers: dict[tuple, int] = {}
        for node in self.nodes:
            wish = self.candidates[node.uid]
            if wish is None:
                continue
            leader[node.uid] = node.uid
            for tensor in node.inputs:
                if self._together(tensor.node, node):
                    leader[find(node.uid)] = find(tensor.node.uid)
            if wish.reduces:
                continue
            for key in self._shared(node, wish.shape):
                other = readers.setdefault(key, node.uid)
                leader[find(node.uid)] = find(other)
        collected: dict[int, list[Node]] = {}
        for node in self.nodes:
            if node.uid in leader:
                collected.setdefault(find(node.uid), []).append(node)
        return [part for group in collected.values() for part in self._parts(group)]

    def _together(self, node: Node, user: Node) -> bool:
        same = self.levels[node.uid] == self.levels[user.uid]
        return same and self._joins(node, user)

    def _shared(self, node: Node, shape: Shape) -> list[tuple]:
        """What makes nodes of one level worth joining: common inputs, or no size."""
        level = self.levels[node.uid]
        if all(size == 1 for size in shape):
            return [(level, shape)]
        return [
            (level, shape, tensor.node.uid, tensor.index)
            for tensor in node.inputs
            if tensor.shape == shape
        ]

    def _parts(self, group: list[Node]) -> list[list[Node]]:
        """Cut what is too long; a reduction over other axes than the first is alone."""
        parts: list[list[Node]] = [[]]
        alone: list[list[Node]] = []
        steps, inputs, axes = 0, set(), None
        for node in group:
            if self.candidates[node.uid].reduces:
                inside = node.inputs[0].node in parts[-1]
                if not inside or axes not in (None, node.attrs["axis"]):
                    alone.append([node])
                    continue
                axes = node.attrs["axis"]
            size = steps_of(node)
            fresh = {(t.node.uid, t.index) for t in node.inputs}
            if parts[-1] and (
                steps + size > MAXIMUM_STEPS or len(inputs | fresh) > MAXIMUM_INPUTS * 2
            ):
                parts.append([])
                steps, inputs, axes = 0, set(), None
                if self.candidates[node.uid].reduces:
                    alone.append([node])
                    continue
            parts[-1].append(node)
            steps += size
            inputs |= fresh
        return [part for part in parts + alone if part]
