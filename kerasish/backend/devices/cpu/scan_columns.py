"""Which columns of a single row each thread computes in a loop over time.

A thread computes what it reads itself as far as possible: of the gates of a recurrent
layer those of its own units. Where it needs what others have computed, all must wait
for one another, and the phases of a step are cut there.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasish.backend.devices.cpu.scan_driver import Phase
from kerasish.backend.devices.strided import broadcast_strides

Place = tuple[int, int]
# Parts of many columns begin at multiples of so many, with which products are fastest.
_GRAIN = 16


def evenly(columns: int, parts: int) -> np.ndarray:
    """Return for each column the part that it belongs to, about as many for each.

    Example:

    >>> evenly(64, 2).tolist() == [0] * 32 + [1] * 32
    True
    """
    grain = _GRAIN if columns >= 2 * _GRAIN * parts else 1
    starts = np.arange(parts) * columns / parts / grain
    starts = np.round(starts).astype(np.int64) * grain
    return np.searchsorted(starts, np.arange(columns), side="right") - 1


def owners(
    nodes: Sequence[Any], arrays: dict[Place, np.ndarray], parts: int
) -> dict[int, np.ndarray]:
    """Return which part computes which column, by the number of the node.

    Args:
        nodes: The nodes of a body in the order in which they run.
        arrays: Where their values lie, all of one row.
        parts: How many parts there are.
    """
    roots = _roots(nodes)
    found = {
        node.uid: np.full(node.outputs[0].shape[1], -1)
        for node in nodes
        if not node.op.views
    }
    for node in reversed(nodes):
        if node.op.views:
            continue
        mine = found[node.uid]
        np.copyto(mine, evenly(len(mine), parts), where=mine < 0)
        if node.op.name != "fused":
            continue
        for tensor in node.inputs:
            here = tensor.node.uid, tensor.index
            if here in roots:
                columns = _columns(arrays[here], arrays[roots[here]], len(mine))
                wanted = found[roots[here][0]]
                free = wanted[columns] < 0
                wanted[columns[free]] = mine[free]
    return found


def private(
    nodes: Sequence[Any],
    arrays: dict[Place, np.ndarray],
    owner: dict[int, np.ndarray],
    kept: set[Place],
) -> set[Place]:
    """Return the values of which each part reads only what it computes itself.

    Args:
        nodes: As for `owners`, like the next one.
        arrays: Where values lie.
        owner: What `owners` found.
        kept: Places whose values are wanted in the end.
    """
    roots = _roots(nodes)
    shared = {roots.get(place) for place in kept}
    for node in nodes:
        if node.op.views:
            continue
        for tensor in node.inputs:
            here = tensor.node.uid, tensor.index
            if here not in roots:
                continue
            mine = owner[node.uid]
            if node.op.name == "fused":
                columns = _columns(arrays[here], arrays[roots[here]], len(mine))
                if np.array_equal(owner[roots[here][0]][columns], mine):
                    continue
            shared.add(roots[here])
    return {*roots.values()} - shared


def _roots(nodes: Sequence[Any]) -> dict[Place, Place]:
    """What is computed, by the places of it and of its views."""
    roots: dict[Place, Place] = {}
    for node in nodes:
        if not node.op.views:
            for tensor in node.outputs:
                roots[node.uid, tensor.index] = node.uid, tensor.index
            continue
        source = node.inputs[0]
        root = roots.get((source.node.uid, source.index))
        if root is not None:
            roots[node.uid, 0] = root
    return roots


def _columns(view: np.ndarray, whole: np.ndarray, count: int) -> np.ndarray:
    """The columns of a row that the elements of a view of it are, when broadcast."""
    step = broadcast_strides(view, (1, count))[-1]
    first = view.ctypes.data - whole.ctypes.data
    return (first + np.arange(count) * step) // whole.itemsize


def runs(owner: np.ndarray, part: int) -> list[slice]:
    """Return the columns of a part, as few slices as possible.

    Example:

    >>> runs(np.array([0, 0, 1, 0]), 0)
    [slice(0, 2, None), slice(3, 4, None)]
    """
    edges = np.flatnonzero(np.diff(owner == part, prepend=False, append=False))
    return [slice(int(a), int(b)) for a, b in zip(edges[::2], edges[1::2])]


def segments(steps: Sequence[Sequence[Sequence[Sequence[Phase]]]]) -> list[range]:
    """Return how the items of a step are grouped, so that parts need not wait within.

    Args:
        steps: For each of the first steps, for each part, for each item the phases.
    """
    count, found, first = len(steps[0][0]), [], 0
    known = [[_Touched() for _ in parts] for parts in steps]
    for item in range(count):
        new = [[_Touched(phases[item]) for phases in parts] for parts in steps]
        if any(_clash(before, now) for before, now in zip(known, new)):
            found.append(range(first, item))
            first, known = item, new
            continue
        known = [
            [a.joined(b) for a, b in zip(before, now)]
            for before, now in zip(known, new)
        ]
    return [*found, range(first, count)]


class _Touched:
    """Where phases read and write: pairs of addresses."""

    def __init__(self, phases: Sequence[Phase] = ()) -> None:
        self.read = [_extent(array) for phase in phases for array in phase.given]
        self.written = [_extent(array) for phase in phases for array in phase.outs]

    def joined(self, other: _Touched) -> _Touched:
        whole = _Touched()
        whole.read = self.read + other.read
        whole.written = self.written + other.written
        return whole


def _extent(array: np.ndarray) -> tuple[int, int]:
    start = stop = array.ctypes.data
    for size, step in zip(array.shape, array.strides):
        start += min(0, (size - 1) * step)
        stop += max(0, (size - 1) * step)
    return start, stop + array.itemsize


def _clash(before: Sequence[_Touched], now: Sequence[_Touched]) -> bool:
    """Whether a part needs what others did before, or changes what they read."""
    return any(
        _meet(mine.read, other.written)
        or _meet(mine.written, other.read)
        or _meet(mine.written, other.written)
        for part, mine in enumerate(now)
        for another, other in enumerate(before)
        if part != another
    )


def _meet(some: Sequence[tuple[int, int]], others: Sequence[tuple[int, int]]) -> bool:
    return any(a < d and c < b for a, b in some for c, d in others)
