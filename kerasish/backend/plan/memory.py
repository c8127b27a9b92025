"""Decides where each value of a plan lives: views, in-place results, arena offsets."""

from __future__ import annotations

import bisect
import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph.leaves import CONSTANT, PLACEHOLDER, VARIABLE
from kerasish.backend.graph.node import Node
from kerasish.backend.graph.tensor import Tensor
from kerasish.backend.graph.walk import place

ALIGNMENT = 64
Place = tuple[int, int]


@dataclass
class Layout:
    """The memory plan of a graph.

    Attributes:
        roots: For each value the value whose memory it uses.
        offsets: The place in the arena of each root that lives there.
        size: The bytes that the arena needs.
    """

    roots: dict[Place, Place] = field(default_factory=dict)
    offsets: dict[Place, int] = field(default_factory=dict)
    size: int = 0


def byte_size(tensor: Tensor) -> int:
    """Return the bytes of a tensor with an exact shape."""
    return math.prod(tensor.shape) * numpy_dtype(tensor.dtype).itemsize


class _FreeList:
    """Free ranges of an arena that may grow, best fit, neighbours joined."""

    def __init__(self) -> None:
        self.ranges: list[tuple[int, int]] = []
        self.end = 0

    def take(self, size: int) -> int:
        fitting = [(length, start) for start, length in self.ranges if length >= size]
        if fitting:
            length, start = min(fitting)
            self.ranges.remove((start, length))
            if length > size:
                bisect.insort(self.ranges, (start + size, length - size))
            return start
        if self.ranges and sum(self.ranges[-1]) == self.end:
            start, _ = self.ranges.pop()
        else:
            start = self.end
        self.end = start + size
        return start

    def give(self, start: int, size: int) -> None:
        position = bisect.bisect(self.ranges, (start, 0))
        if position < len(self.ranges) and self.ranges[position][0] == start + size:
            size += self.ranges.pop(position)[1]
        if position and sum(self.ranges[position - 1]) == start:
            before, length = self.ranges.pop(position - 1)
            start, size = before, length + size
        bisect.insort(self.ranges, (start, size))


def plan_memory(
    nodes: Sequence[Node],
    kept: Sequence[Tensor],
    pin_inputs: bool = False,
    unread: Collection[Place] = (),
) -> Layout:
    """Plan the memory of a graph with exact shapes.

    Args:
        nodes: All nodes in the order in which they run.
        kept: Tensors that must be intact at the end.
        pin_inputs: Whether the inputs' memory may not be used again.
        unread: Results that need no memory.

    Returns:
        The layout. Constants and Variables have no offset: they keep their own memory.
    """
    layout = Layout()
    last = _last_uses(nodes, kept, layout, pin_inputs, unread)
    free = _FreeList()
    sizes: dict[Place, int] = {}
    dying: dict[int, list[Place]] = {}
    for root, step in last.items():
        dying.setdefault(step, []).append(root)
    # Inputs are written before the first step, wherever they come in the order.
    for step, node in enumerate(nodes):
        if node.op is PLACEHOLDER:
            _allocate(node, step, layout, last, sizes, free)
    for step, node in enumerate(nodes):
        if node.op is CONSTANT or node.op is VARIABLE:
            continue
        if node.op is not PLACEHOLDER:
            _allocate(node, step, layout, last, sizes, free)
        for root in dying.get(step, ()):
            if root in sizes and layout.roots[root] == root:
                free.give(layout.offsets[root], sizes[root])
    layout.size = free.end
    return layout


def _last_uses(
    nodes: Sequence[Node],
    kept: Sequence[Tensor],
    layout: Layout,
    pin_inputs: bool,
    unread: Collection[Place],
) -> dict[Place, int]:
    """Find roots through views, and the last step that uses each root."""
    last: dict[Place, int] = {}
    for step, node in enumerate(nodes):
        for index in range(len(node.specs)):
            here = (node.uid, index)
            if here in unread:
                continue
            is_view = node.op.views and index == 0
            layout.roots[here] = (
                layout.roots[place(node.inputs[0])] if is_view else here
            )
            last[layout.roots[here]] = step
        for tensor in node.inputs:
            last[layout.roots[place(tensor)]] = step
        if node.op is PLACEHOLDER and pin_inputs:
            kept = [*kept, node.outputs[0]]
    for tensor in kept:
        last[layout.roots[place(tensor)]] = len(nodes)
    return last


def _allocate(
    node: Node,
    step: int,
    layout: Layout,
    last: dict[Place, int],
    sizes: dict[Place, int],
    free: _FreeList,
) -> None:
    for index, output in enumerate(node.outputs):
        here = (node.uid, index)
        if layout.roots.get(here) != here:
            continue
        size = -(-max(byte_size(output), 1) // ALIGNMENT) * ALIGNMENT
        donor = _donor(node, index, output, step, layout, last, sizes)
        if donor is not None:
            layout.offsets[here] = layout.offsets[donor]
            # The donor's memory lives on as this value's.
            last[donor] = -1
            sizes[here] = sizes.pop(donor)
        else:
            layout.offsets[here] = free.take(size)
            sizes[here] = size


def _donor(
    node: Node,
    index: int,
    output: Tensor,
    step: int,
    layout: Layout,
    last: dict[Place, int],
    sizes: dict[Place, int],
) -> Place | None:
    """An input that dies here and whose memory the output may take over."""
    if not node.op.may_reuse(index, node.attrs):
        return None
    places = [place(tensor) for tensor in node.inputs]
    for tensor, here in zip(node.inputs, places):
        dies = layout.roots[here] == here and last.get(here) == step
        # Another view of that memory would be read after it was written.
        alone = all(other == here or layout.roots[other] != here for other in places)
        if dies and alone and here in sizes and tensor.spec == output.spec:
            return here
    return None


def arena_array(buffer: Any, offset: int, tensor: Tensor) -> Any:
    """Return the part of an arena that holds a tensor."""
    raw = buffer[offset : offset + byte_size(tensor)]
    return raw.view(numpy_dtype(tensor.dtype)).reshape(tensor.shape)
