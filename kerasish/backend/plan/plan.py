"""Plans: one graph, one input signature, one device, as a flat list of calls."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from kerasish.backend.devices.base import Device
from kerasish.backend.graph.body import Body, found_within
from kerasish.backend.graph.leaves import CONSTANT, PLACEHOLDER, VARIABLE
from kerasish.backend.graph.node import Node
from kerasish.backend.graph.op import Op
from kerasish.backend.graph.spec import Spec
from kerasish.backend.graph.tensor import Tensor
from kerasish.backend.graph.variable import Variable
from kerasish.backend.graph.walk import place, topological
from kerasish.backend.plan import profiling
from kerasish.backend.plan.arena import Arena
from kerasish.backend.plan.errors import located
from kerasish.backend.plan.garbage import collection_paused
from kerasish.backend.plan.interrupts import InterruptsDeferred
from kerasish.backend.plan.memory import arena_array, plan_memory
from kerasish.backend.plan.shortage import shortage
from kerasish.backend.plan.updates import final_nodes

Update = tuple[Variable, Tensor]


class Plan:
    """A graph with exact shapes, ready to run.

    Every buffer has a fixed address as long as the arena does not grow; the calls are
    bound to the buffers once.

    Args:
        formals: The placeholders of the inputs.
        outputs: The results.
        updates: Pairs of a Variable and its new value.
        device: Where it runs.
        arena: The memory it works in.
        pin_inputs: Whether inputs keep their memory to the end of a run.
        fixed: Arrays of inputs that never change their memory: they are not copied.
        may_replay: Whether it is run by itself, and not as a part of another plan.
    """

    def __init__(
        self,
        formals: Sequence[Tensor],
        outputs: Sequence[Tensor],
        updates: Sequence[Update],
        device: Device,
        arena: Arena,
        pin_inputs: bool = False,
        fixed: dict[int, Any] | None = None,
        may_replay: bool = True,
    ) -> None:
        self.may_replay = may_replay
        self.device = device
        self.arena = arena
        self.outputs = list(outputs)
        self.updates = list(updates)
        nodes = topological([*self.outputs, *(value for _, value in self.updates)])
        self.last = final_nodes(nodes, self.outputs, self.updates)
        final = {node.uid for node in self.last}
        self.nodes = [node for node in nodes if node.uid not in final]
        self.targets = {
            place(value): variable
            for variable, value in self.updates
            if value.node.uid in final
        }
        self.copies = [
            (variable, value)
            for variable, value in self.updates
            if value.node.uid not in final
        ]
        kept = [*self.outputs, *(value for _, value in self.copies)]
        kept += [tensor for node in self.last for tensor in node.inputs]
        self.unread = self._unread(kept)
        self.layout = plan_memory(self.nodes, kept, pin_inputs, self.unread)
        self.variables = [
            node.attrs["variable"] for node in self.nodes if node.op is VARIABLE
        ]
        self.variables += [variable for variable, _ in self.updates]
        used = {node.uid for node in self.nodes}
        self.used_inputs = [
            (position, tensor)
            for position, tensor in enumerate(formals)
            if tensor.node.uid in used and position not in (fixed or {})
        ]
        self.fixed = {
            place(formals[position]): array for position, array in (fixed or {}).items()
        }
        self._bound: Binding | None = None

    def _unread(self, kept: Sequence[Tensor]) -> set[tuple[int, int]]:
        """Results that nobody reads, of kernels that need not fill them."""
        read = {place(tensor) for node in self.nodes for tensor in node.inputs}
        read.update(map(place, kept))
        found = set()
        for node in self.nodes:
            missing = [t for t in map(place, node.outputs) if t not in read]
            if missing and len(node.specs) > 1 and not node.op.views:
                specs = tuple(tensor.spec for tensor in node.inputs)
                kernel = self.device.kernel(node.op, specs, node.attrs)
                if getattr(kernel, "optional", False):
                    found.update(missing)
        return found

    def bound(self, nested: bool = False) -> Binding:
        """Return the calls on the current memory.

        Args:
            nested: Whether this happens inside another run on the device, which needs
                memory of its own.
        """
        if nested:
            return self._bind(Arena(self.device))
        version = (self.arena.version, self.device.epoch)
        if self._bound is None or self._bound.version != version:
            self._bound = self._bind(self.arena)
        return self._bound

    def _bind(self, arena: Arena) -> Binding:
        try:
            with collection_paused():
                arena.reserve(self.layout.size, self)
                return Binding(self, arena)
        except MemoryError as error:
            raise shortage(self, error) from None

    def unbind(self) -> None:
        """Let go of the arena's memory."""
        self._bound = None


class Binding:
    """The calls of a plan on one state of an arena."""

    def __init__(self, plan: Plan, arena: Arena) -> None:
        self.plan = plan
        self.device = plan.device
        self.version = (arena.version, self.device.epoch)
        self.arrays: dict[tuple[int, int], Any] = {}
        self.steps: list[Callable[[], Any]] = []
        self.step_nodes: list[Node] = []
        self._arena = arena
        for variable in plan.variables:
            variable.on(self.device)
        with self.device.guard():
            for node in plan.nodes:
                self._bind(node)
            self.writes = self._bind_writes()
        self.inputs = [
            (position, self.arrays[place(tensor)])
            for position, tensor in plan.used_inputs
        ]
        self.buffers = [buffer for _, buffer in self.inputs]
        self.results = [self.arrays[place(tensor)] for tensor in plan.outputs]
        self.replay = None
        if plan.may_replay:
            fit = [not found_within(node, _on_host) for node in self.step_nodes]
            self.replay = self.device.replay(self.steps, self.writes, fit)

    def _bind(self, node: Node) -> None:
        if node.op is CONSTANT:
            self.arrays[node.uid, 0] = self.device.asarray(node.attrs["array"])
        elif node.op is VARIABLE:
            self.arrays[node.uid, 0] = node.attrs["variable"].on(self.device)
        elif node.op is PLACEHOLDER:
            fixed = self.plan.fixed.get((node.uid, 0))
            if fixed is None:
                self._buffer(node.outputs[0])
            else:
                self.arrays[node.uid, 0] = fixed
        else:
            self._bind_call(node)

    def _buffer(self, tensor: Tensor) -> Any:
        offset = self.plan.layout.offsets[place(tensor)]
        array = arena_array(self._arena.buffer, offset, tensor)
        self.arrays[place(tensor)] = array
        return array

    def _bind_call(self, node: Node) -> None:
        xp = self.device.xp
        arrays = tuple(self.arrays[place(tensor)] for tensor in node.inputs)
        specs = tuple(tensor.spec for tensor in node.inputs)
        kernel = self.device.kernel(node.op, specs, node.attrs)
        attrs = self._attributes(node, arrays)
        if node.op.views:
            out = kernel(xp, *arrays, **attrs)
            self.arrays[node.uid, 0] = out
            if self.device.shares_memory(out, arrays[0]):
                return
            call = partial(_fill, xp, kernel, arrays, out, attrs)
        else:
            outs = tuple(
                None if place(tensor) in self.plan.unread else self._buffer(tensor)
                for tensor in node.outputs
            )
            call = _bound_call(node.op, kernel, xp, arrays, outs, attrs)
        self.steps.append(call)
        self.step_nodes.append(node)

    def _attributes(self, node: Node, arrays: tuple) -> dict:
        if not node.op.bodies:
            return node.attrs
        specs = tuple(tensor.spec for tensor in node.inputs)
        wanted = node.op.body_specs(*specs, **node.attrs)
        same = node.op.body_constants(**node.attrs)
        fixed = {inner: arrays[outer] for inner, outer in same.items()}
        attrs = dict(node.attrs)
        for name in node.op.bodies:
            attrs[name] = BodyRunner(attrs[name], wanted[name], self.device, fixed)
        return attrs

    def _bind_writes(self) -> list[Callable[[], Any]]:
        """Calls that put new values into storage.

        First those that read storage while they write it, then copies. Values that are
        storage themselves are copied aside before.
        """
        copyto = self.device.xp.copyto
        storages = [variable.on(self.device) for variable, _ in self.plan.copies]
        stored = {(n.uid, 0) for n in self.plan.nodes if n.op is VARIABLE}
        writes = self.device.together([self._final_call(n) for n in self.plan.last])
        values = []
        for _, tensor in self.plan.copies:
            value = self.arrays[place(tensor)]
            if self.plan.layout.roots[place(tensor)] in stored:
                snapshot = self.device.empty(value.shape, value.dtype)
                self.steps.append(partial(copyto, snapshot, value))
                self.step_nodes.append(tensor.node)
                value = snapshot
            values.append(value)
        for storage, value in zip(storages, values):
            writes.append(partial(copyto, storage, value))
        return writes

    def _final_call(self, node: Node) -> Callable[[], Any]:
        arrays = tuple(self.arrays[place(tensor)] for tensor in node.inputs)
        outs = tuple(
            self.plan.targets[place(tensor)].on(self.device) for tensor in node.outputs
        )
        specs = tuple(tensor.spec for tensor in node.inputs)
        kernel = self.device.kernel(node.op, specs, node.attrs)
        return _bound_call(node.op, kernel, self.device.xp, arrays, outs, node.attrs)

    def run(self, arrays: Sequence[Any]) -> list[Any]:
        """Run once and return the results' buffers, valid until the next run.

        The caller holds the device's guard.
        """
        device = self.device
        for variable in self.plan.variables:
            if variable._home != device.name:
                variable.on(device)
        device.feed(self.buffers, [arrays[position] for position, _ in self.inputs])
        steps = self.steps
        if profiling.is_running():
            steps = profiling.timed(steps, self.step_nodes, device)
        elif self.replay is not None:
            self.replay.begin()
            steps = self.replay.steps
        step = None
        try:
            for step in steps:
                step()
        except MemoryError as error:
            raise shortage(self.plan, error) from None
        except Exception as error:
            if len(steps) != len(self.step_nodes):
                raise
            node = self.step_nodes[steps.index(step)]
            raise located(error, node, device) from error.__cause__
        return self.results

    def commit(self) -> None:
        """Write the new values of Variables, all of them or none; as `run`."""
        writes = self.writes
        if not writes:
            return
        if self.replay is not None:
            writes = self.replay.writes
        if profiling.is_running():
            last = self.plan.last
            copied = [value.node for _, value in self.plan.copies]
            writes = profiling.timed(self.writes, last, self.device)
            rest = self.writes[len(last) :]
            writes += profiling.timed(rest, copied, self.device, "assign")
        with InterruptsDeferred():
            for write in writes:
                write()


class BodyRunner:
    """Runs a body again and again; its results are valid until the next call.

    Arguments at the positions in `fixed` must always be those arrays.

    Attributes:
        plan: The plan of the body.
        formals: The placeholders of its inputs.
    """

    def __init__(
        self,
        body: Body,
        specs: Sequence[Spec],
        device: Device,
        fixed: dict[int, Any] | None = None,
    ) -> None:
        from kerasish.backend.graph.leaves import placeholder
        from kerasish.backend.rewrite.passes import optimise

        self.formals = [placeholder(spec.shape, spec.dtype) for spec in specs]
        outputs = optimise(body.inputs, body.outputs, self.formals, {}, device)
        arena = Arena(device)
        self.plan = Plan(self.formals, outputs, (), device, arena, True, fixed, False)

    def __call__(self, *arrays: Any) -> list[Any]:
        return self.binding().run(arrays)

    def binding(self) -> Binding:
        """Return the calls of the body, for loops that make them themselves."""
        return self.plan.bound()

    def multiplications(self) -> list[int]:
        """Return for each product of matrices how many multiplications it takes."""
        nodes = [node for node in self.plan.nodes if node.op.name == "matmul"]
        return [node.op.multiplications(node) for node in nodes]


def _bound_call(
    op: Op, kernel: Callable, xp: Any, arrays: tuple, outs: tuple, attrs: dict
) -> Callable[[], Any]:
    """A call that fills `outs`: the kernel's own one, the op's, or the usual one."""
    bind = getattr(kernel, "bind", None)
    call = bind(xp, arrays, outs, attrs) if bind is not None else None
    if call is not None:
        return call
    if len(outs) > 1:
        return partial(_compute_many, xp, kernel, arrays, outs, attrs)
    call = op.bind(kernel, xp, arrays, outs[0], attrs)
    return call or partial(_compute, xp, kernel, arrays, outs[0], attrs)


def _on_host(node: Node) -> bool:
    return node.op.on_host


def _compute(xp: Any, kernel: Callable, arrays: tuple, out: Any, attrs: dict) -> None:
    result = kernel(xp, *arrays, out=out, **attrs)
    if result is not out:
        xp.copyto(out, result)


def _fill(xp: Any, kernel: Callable, arrays: tuple, out: Any, attrs: dict) -> None:
    xp.copyto(out, kernel(xp, *arrays, **attrs))


def _compute_many(
    xp: Any, kernel: Callable, arrays: tuple, outs: tuple, attrs: dict
) -> None:
    results = kernel(xp, *arrays, out=outs, **attrs)
    for out, result in zip(outs, results, strict=True):
        if result is not out:
            xp.copyto(out, result)
