"""Whole loops over time as one compiled call.

A body whose values are rows that do not see each other, and whose products are with
matrices that stay the same, runs without Python: each thread takes some rows through
all steps.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.base import device_kernel
from kerasish.backend.devices.cpu import (
    loops,
    panel_product,
    scan_columns,
    scan_driver,
    scan_team,
)
from kerasish.backend.devices.cpu.kernels import in_order
from kerasish.backend.devices.cpu.loops_program import Layout
from kerasish.backend.devices.cpu.scan_driver import Phase
from kerasish.backend.devices.scanning import Loop, bound_scan
from kerasish.backend.devices.strided import broadcast_strides

# Multiplications and array elements below which a second thread is not worth it, and
# rows that one should have.
_WORTH_THREADS = 500_000
_LEAST_ROWS = 2
# What a thread should have to do at each step of a single row, and how many numbers may
# be kept of what passes from step to step, so that nobody waits before it is replaced.
_LEAST_OF_ROW = 16_000
_MOST_KEPT = 1 << 18
# How the names of whole recurrent layers, and of their gradients, end.
_LOOPS = ("_steps", "_steps_gradient")
_LEAVES = ("constant", "placeholder")
Place = tuple[int, int]


class _NotPossible(Exception):
    """A body that is left to the general loop."""


def _require(condition: Any) -> None:
    if not condition:
        raise _NotPossible


def _place(tensor: Any) -> Place:
    return tensor.node.uid, tensor.index


class _CompiledLoop(Loop):
    """Finds out where each value lies at each step, and writes the phases."""

    def __init__(self, arrays: tuple, outs: tuple, attrs: dict) -> None:
        super().__init__(arrays, outs, attrs)
        _require(self.carries and self.steps)
        self.rows = self.start[0].shape[0] if self.start[0].ndim == 2 else 0
        _require(self.rows)
        plan = self.body.plan
        self.nodes = [node for node in plan.nodes if node.op.name not in _LEAVES]
        self.formals = [_place(tensor) for tensor in self.body.formals]
        self.results = [_place(tensor) for tensor in plan.outputs]
        self.constants = {
            (node.uid, 0): np.asarray(node.attrs["array"])
            for node in plan.nodes
            if node.op.name == "constant"
        }
        self.computed: dict[Place, np.ndarray] = {}
        self.stacked_at: dict[Place, np.ndarray] = {}
        self.columns: dict[Place, tuple[Place, slice]] = {}
        self.carry = [np.empty_like(first) for first in self.start]
        self.panels: dict[tuple, np.ndarray] = {}
        self.before: list[Callable[[], Any]] = []
        self.first: list[list[Phase]] = []
        self.shares: dict[int, np.ndarray] = {}
        self.own: list[dict[Place, np.ndarray]] = []
        self.fetched: dict[tuple, np.ndarray] = {}
        self.team = self._team()
        self.split = self.rows == 1 and self.team > 1
        self._make_room()
        _require(all(carry.flags.c_contiguous for carry in self.carry))

    def _make_room(self) -> None:
        """Give each computed value its place: among the results where it is one."""
        fixed = {*self.formals, *self.constants}
        for node in self.nodes:
            _require(node.op.name != "variable")
            if node.op.views:
                continue
            _require(node.op.name in ("fused", "matmul", "concatenate"))
            for tensor in node.outputs:
                _require(len(tensor.shape) == 2 and tensor.shape[0] == self.rows)
                self.computed[_place(tensor)] = scan_team.aligned(
                    tensor.shape, tensor.dtype
                )
        for place, stack in zip(self.results[self.carries :], self.stacked):
            if place in self.computed and place not in self.stacked_at:
                self.stacked_at[place] = stack
        if self.split:
            self._keep_carries()
        for node in self.nodes:
            if node.op.name == "concatenate":
                self._assign_columns(node)
        swapped = set(self.formals[: self.carries])
        _require(not swapped & set(self.results[: self.carries]))
        _require(fixed.isdisjoint(self.computed))

    def _keep_carries(self) -> None:
        """Have each step leave what the next one finds in another place."""
        for place, carry in zip(self.results, self.carry):
            free = place in self.computed and place not in self.stacked_at
            if free and self.steps * carry.size <= _MOST_KEPT:
                shape = (self.steps, *carry.shape)
                self.stacked_at[place] = scan_team.aligned(shape, carry.dtype)

    def _assign_columns(self, node: Any) -> None:
        """Have parts computed where they are needed, next to each other."""
        _require(node.attrs["axis"] in (1, -1))
        start = 0
        for tensor in node.inputs:
            stop = start + tensor.shape[1]
            here = _place(tensor)
            free = here not in self.stacked_at and here not in self.columns
            if here in self.computed and free:
                self.columns[here] = (node.uid, 0), slice(start, stop)
            start = stop

    def _room(self, place: Place, step: int, part: int) -> np.ndarray:
        """Where a computed value lies at a step, as a part of the team sees it."""
        if part < len(self.own) and place in self.own[part]:
            return self.own[part][place]
        if place in self.columns:
            whole, columns = self.columns[place]
            return self._room(whole, step, part)[:, columns]
        if place in self.stacked_at:
            return self.stacked_at[place][self.order[step]]
        return self.computed[place]

    def _arrays(self, step: int, part: int = 0) -> dict[Place, np.ndarray]:
        """Where every value lies at a step."""
        found = dict(self.constants)
        for number, place in enumerate(self.formals):
            if number < self.carries:
                found[place] = self._carried(number, step)
            elif number < self.carries + len(self.sequences):
                found[place] = self.sequences[number - self.carries][self.order[step]]
            else:
                found[place] = self.captured[
                    number - self.carries - len(self.sequences)
                ]
        moving = {*self.formals[: self.carries], *self.computed}
        for node in self.nodes:
            if not node.op.views:
                for tensor in node.outputs:
                    found[_place(tensor)] = self._room(_place(tensor), step, part)
                continue
            source = found[_place(node.inputs[0])]
            others = [found[_place(tensor)] for tensor in node.inputs[1:]]
            view = node.op.kernel(np, source, *others, **node.attrs)
            found[node.uid, 0] = view
            _require(np.may_share_memory(view, source))
            if _place(node.inputs[0]) in moving:
                moving.add((node.uid, 0))
                _require(_same_rows(view, source))
        return found

    def _carried(self, number: int, step: int) -> np.ndarray:
        """Where a carry lies as a step finds it."""
        place = self.results[number]
        if place in self.stacked_at and step:
            return self.stacked_at[place][self.order[step - 1]]
        return self.carry[number]

    def _items(self, step: int, part: int = 0) -> list[list[Phase]]:
        """What is done at a step one after the other, each a few phases."""
        arrays = self._arrays(step, part)
        items = [
            self._copies(arrays[place], kept[self.order[step]], part)
            for place, kept in zip(self.formals, self.history)
        ]
        for node in self.nodes:
            given = [arrays[_place(tensor)] for tensor in node.inputs]
            outs = [arrays[_place(tensor)] for tensor in node.outputs]
            cuts = [] if node.op.views else self._cuts(outs[0], part, node.uid)
            if node.op.name == "fused":
                items.append([self._program(node.attrs, given, outs, c) for c in cuts])
            elif node.op.name == "matmul":
                first = self._fetched(given, part) if self.split and cuts else []
                products = [self._product(node, given, outs[0], c) for c in cuts]
                items.append([*first, *products])
            elif node.op.name == "concatenate":
                items += self._joined(node, given, outs[0], part)
        for place, stack in zip(self.results[self.carries :], self.stacked):
            if self.stacked_at.get(place) is not stack:
                target = stack[self.order[step]]
                items.append(self._copies(arrays[place], target, part, place[0]))
        for place, carry in zip(self.results, self.carry):
            if place not in self.stacked_at:
                items.append(self._copies(arrays[place], carry, part, place[0]))
        return items

    def _cuts(self, array: np.ndarray, part: int, uid: int = -1) -> list[slice]:
        """The columns of an array that a part computes."""
        _require(array.ndim == 2)
        if not self.split:
            return [slice(0, array.shape[1])]
        owner = self.shares.get(uid)
        if owner is None:
            owner = scan_columns.evenly(array.shape[1], self.team)
        return scan_columns.runs(owner, part)

    def _copies(
        self, source: np.ndarray, target: np.ndarray, part: int, uid: int = -1
    ) -> list[Phase]:
        _require(source.shape == target.shape)
        cuts = self._cuts(target, part, uid)
        return [_copy(source[:, columns], target[:, columns]) for columns in cuts]

    def _program(self, attrs: dict, given: list, outs: list, columns: slice) -> Phase:
        program, shape = attrs["program"], attrs["shape"]
        _require(len(shape) == 2 and shape[0] == self.rows)
        _require(not any(output.reduction for output in program.outputs))
        _require(loops.supported(program))
        if self.split:
            given = [_part(array, shape[1], columns) for array in given]
            outs = [array[:, columns] for array in outs]
            shape = outs[0].shape
        words, inner = [*shape], []
        for array in (*given, *outs):
            strides = broadcast_strides(array, shape)
            words += [array.ctypes.data, *strides]
            inner.append(loops.inner_step(array.itemsize, strides))
        layout = Layout(2, 0, tuple(inner))
        return Phase(loops.function(program, layout), [*words, 0, 0], given, outs)

    def _product(
        self, node: Any, given: list, out: np.ndarray, columns: slice
    ) -> Phase:
        a, b = given
        place = (*_place(node.inputs[1]), columns.start)
        _require(a.dtype == np.float32 and a.ndim == b.ndim == 2)
        _require(a.strides[1] == a.itemsize or a.shape[1] == 1)
        b, out = b[:, columns], out[:, columns]
        if place not in self.panels:
            _require(any(np.may_share_memory(b, array) for array in self.captured))
            self._pack(place, b)
        words = [a.ctypes.data, a.strides[0], self.panels[place].ctypes.data]
        words += [out.ctypes.data, out.strides[0], *b.shape]
        return Phase(panel_product.function(), words, (a,), (out,))

    def _fetched(self, given: list, part: int) -> list[Phase]:
        """Get a row that others have computed at one go, not number by number."""
        row = given[0]
        place = part, row.shape
        if place not in self.fetched:
            self.fetched[place] = scan_team.aligned(row.shape, row.dtype)
        given[0] = self.fetched[place]
        return [_copy(row, given[0])]

    def _pack(self, place: tuple, matrix: np.ndarray) -> None:
        """Have panels filled before the steps, by those who will need them."""
        packing = panel_product.packing(matrix)
        self.panels[place] = packing.panels
        if not self.split:
            self.before += packing.calls()
            return
        if packing.rest is not None:
            self.before.append(packing.rest)
        if packing.whole:
            phase = Phase(packing.function, packing.words, (), (), packing.whole)
            self.first[-1].append(phase)

    def _joined(
        self, node: Any, given: list, out: np.ndarray, part: int
    ) -> list[list[Phase]]:
        """The copies of inputs that were not computed in their places."""
        items, start = [], 0
        for tensor, array in zip(node.inputs, given):
            columns = slice(start, start + array.shape[1])
            start = columns.stop
            if self.columns.get(_place(tensor)) != ((node.uid, 0), columns):
                items.append(self._copies(array, out[:, columns], part))
        return items

    def call(self) -> Callable[[], Any]:
        """Return the call that runs the loop."""
        run = self._run_split() if self.split else self._run()
        begin = [
            partial(np.copyto, carry, first)
            for carry, first in zip(self.carry, self.start)
        ]
        end = [
            partial(np.copyto, target, self._carried(number, self.steps))
            for number, target in enumerate(self.last)
        ]
        call = partial(in_order([*self.before, *begin, run, *end]))
        call.keep = self
        return call

    def _run(self) -> Callable[[], Any]:
        """The call that takes all steps, where threads share the rows."""
        steps = [
            [phase for item in self._items(step) for phase in item]
            for step in range(min(3, self.steps))
        ]
        return scan_driver.bind(steps, self.steps, self.rows, self.team)

    def _run_split(self) -> Callable[[], Any]:
        """The call that takes all steps, where threads share the columns of a row."""
        arrays = self._arrays(0)
        self.shares = scan_columns.owners(self.nodes, arrays, self.team)
        steps: list[list] = [[] for _ in range(min(3, self.steps))]
        kept = {*self.results, *self.columns}
        private = scan_columns.private(self.nodes, arrays, self.shares, kept)
        for part in range(self.team):
            self.first.append([])
            self.own.append(
                {
                    place: scan_team.aligned(arrays[place].shape, arrays[place].dtype)
                    for place in private
                }
            )
            for step, parts in enumerate(steps):
                parts.append(self._items(step, part))
        groups = scan_columns.segments(steps)
        return scan_team.bind(self.first, steps, groups, self.steps)

    def _team(self) -> int:
        """How many threads share the rows, or the columns of a single one."""
        work = sum(self.body.multiplications())
        work += sum(
            math.prod(tensor.shape)
            for node in self.nodes
            if not node.op.views
            for tensor in node.outputs
        )
        if work * self.steps < _WORTH_THREADS:
            return 1
        most, number = self.rows // _LEAST_ROWS, threads.num_threads()
        if self.rows == 1 and scan_team.available():
            most = work // _LEAST_OF_ROW
        return max(1, min(number, most))


def _part(array: np.ndarray, size: int, columns: slice) -> np.ndarray:
    """Some columns of an array that is broadcast to rows of a size."""
    return array[..., columns] if array.ndim and array.shape[-1] == size else array


def _same_rows(view: np.ndarray, source: np.ndarray) -> bool:
    """Whether each row of a view is a part of the same row of its source."""
    if source.shape[0] == 1:
        return True
    step = source.strides[0]
    start = view.ctypes.data - source.ctypes.data
    return (
        view.ndim == 2
        and view.shape[0] == source.shape[0]
        and view.strides[0] == step
        and 0 <= start < step
    )


def _copy(source: np.ndarray, target: np.ndarray) -> Phase:
    _require(source.ndim == 2 and source.shape == target.shape)
    _require(all(x.strides[1] == x.itemsize for x in (source, target)))
    _require(source.dtype == target.dtype)
    words = [source.ctypes.data, source.strides[0]]
    words += [target.ctypes.data, target.strides[0]]
    words.append(source.shape[1] * source.itemsize)
    return Phase(scan_driver.copy_function(), words, (source,), (target,))


def prefers_definition(name: str, specs: tuple) -> bool:
    """Tell whether the definition of a composite is a loop that is compiled here."""
    return name.endswith(_LOOPS) and _accepts(specs, {})


def _accepts(specs: tuple, attrs: dict) -> bool:
    return loops.available() and specs[0].dtype == "float32"


def _bind(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Callable[[], Any]:
    try:
        return _CompiledLoop(arrays, outs, attrs).call()
    except _NotPossible:
        return bound_scan.bind(xp, arrays, outs, attrs)


@device_kernel("cpu", "scan", _accepts)
def compiled_scan(xp: Any, *arrays: np.ndarray, **attrs: Any) -> Any:
    """Run a body that is not bound to arrays."""
    return bound_scan(xp, *arrays, **attrs)


compiled_scan.bind = _bind
