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
from kerasish.backend.devices.cpu import loops, panel_product, scan_driver
from kerasish.backend.devices.cpu.kernels import in_order
from kerasish.backend.devices.cpu.loops_program import Layout
from kerasish.backend.devices.cpu.scan_driver import Phase
from kerasish.backend.devices.scanning import Loop, bound_scan
from kerasish.backend.devices.strided import broadcast_strides

# Multiplications and array elements below which a second thread is not worth it, and
# rows that one should have.
_WORTH_THREADS = 500_000
_LEAST_ROWS = 2
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
        self.panels: dict[Place, np.ndarray] = {}
        self.before: list[Callable[[], Any]] = []
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
                self.computed[_place(tensor)] = np.empty(tensor.shape, tensor.dtype)
        for place, stack in zip(self.results[self.carries :], self.stacked):
            if place in self.computed and place not in self.stacked_at:
                self.stacked_at[place] = stack
        for node in self.nodes:
            if node.op.name == "concatenate":
                self._assign_columns(node)
        swapped = set(self.formals[: self.carries])
        _require(not swapped & set(self.results[: self.carries]))
        _require(fixed.isdisjoint(self.computed))

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

    def _room(self, place: Place, step: int) -> np.ndarray:
        """Where a computed value lies at a step."""
        if place in self.columns:
            whole, part = self.columns[place]
            return self._room(whole, step)[:, part]
        if place in self.stacked_at:
            return self.stacked_at[place][self.order[step]]
        return self.computed[place]

    def _arrays(self, step: int) -> dict[Place, np.ndarray]:
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
                    found[_place(tensor)] = self._room(_place(tensor), step)
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

    def _phases(self, step: int) -> list[Phase]:
        arrays = self._arrays(step)
        phases = [
            _copy(arrays[place], kept[self.order[step]])
            for place, kept in zip(self.formals, self.history)
        ]
        for node in self.nodes:
            given = [arrays[_place(tensor)] for tensor in node.inputs]
            outs = [arrays[_place(tensor)] for tensor in node.outputs]
            if node.op.name == "fused":
                phases.append(self._program(node.attrs, given, outs))
            elif node.op.name == "matmul":
                phases.append(self._product(node, given, outs[0]))
            elif node.op.name == "concatenate":
                phases += self._joined(node, given, outs[0])
        for place, stack in zip(self.results[self.carries :], self.stacked):
            if self.stacked_at.get(place) is not stack:
                phases.append(_copy(arrays[place], stack[self.order[step]]))
        for place, carry in zip(self.results, self.carry):
            if place not in self.stacked_at:
                phases.append(_copy(arrays[place], carry))
        return phases

    def _program(self, attrs: dict, given: list, outs: list) -> Phase:
        program, shape = attrs["program"], attrs["shape"]
        _require(len(shape) == 2 and shape[0] == self.rows)
        _require(not any(output.reduction for output in program.outputs))
        _require(loops.supported(program))
        words, inner = [*shape], []
        for array in (*given, *outs):
            strides = broadcast_strides(array, shape)
            words += [array.ctypes.data, *strides]
            inner.append(loops.inner_step(array.itemsize, strides))
        layout = Layout(2, 0, tuple(inner))
        return Phase(loops.function(program, layout), [*words, 0, 0])

    def _product(self, node: Any, given: list, out: np.ndarray) -> Phase:
        a, b = given
        place = _place(node.inputs[1])
        _require(a.dtype == np.float32 and a.ndim == b.ndim == 2)
        _require(a.strides[1] == a.itemsize or a.shape[1] == 1)
        if place not in self.panels:
            _require(any(np.may_share_memory(b, array) for array in self.captured))
            panels, fill = panel_product.packed(b)
            self.panels[place] = panels
            self.before.append(fill)
        words = [a.ctypes.data, a.strides[0], self.panels[place].ctypes.data]
        words += [out.ctypes.data, out.strides[0], *b.shape]
        return Phase(panel_product.function(), words)

    def _joined(self, node: Any, given: list, out: np.ndarray) -> list[Phase]:
        """The copies of parts that were not computed in their places."""
        phases, start = [], 0
        for tensor, array in zip(node.inputs, given):
            part = slice(start, start + array.shape[1])
            start = part.stop
            if self.columns.get(_place(tensor)) != ((node.uid, 0), part):
                phases.append(_copy(array, out[:, part]))
        return phases

    def call(self) -> Callable[[], Any]:
        """Return the call that runs the loop."""
        steps = [self._phases(step) for step in range(min(3, self.steps))]
        run = scan_driver.bind(steps, self.steps, self.rows, self._team())
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

    def _team(self) -> int:
        work = sum(self.body.multiplications())
        work += sum(math.prod(array.shape) for array in self.computed.values())
        if work * self.steps < _WORTH_THREADS:
            return 1
        return max(1, min(threads.num_threads(), self.rows // _LEAST_ROWS))


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
    return Phase(
        scan_driver.copy_function(), [*words, source.shape[1] * source.itemsize]
    )


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
