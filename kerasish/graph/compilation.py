"""From fetches and feeds to a compiled function of the engine.

The operations that a run needs are applied again, in the order in which they were
made, to the variables of the session and to what is fed. Variables are read as they
were before the run, except by operations that were made to wait for others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from kerasish import tree
from kerasish.backend import graph as engine
from kerasish.backend.graph.leaves import PLACEHOLDER, VARIABLE
from kerasish.backend.plan import Function
from kerasish.graph.applying import engine_variable, identity_op
from kerasish.graph.errors import InvalidArgumentError
from kerasish.graph.state import state
from kerasish.graph.tensors import Deferred, Operation, Tensor
from kerasish.graph.variables import RandomState


def needed_operations(
    targets: Iterable[Tensor | Operation], stop: Callable[[Tensor], bool]
) -> list[Operation]:
    """List the operations that some targets depend on, as they were made.

    Args:
        targets: Tensors and operations.
        stop: Tensors for which this is true are not followed.
    """
    pending = list(targets)
    found: set[Operation] = set()
    while pending:
        item = pending.pop()
        if isinstance(item, Tensor) and stop(item):
            continue
        operation = item.op
        if operation not in found:
            found.add(operation)
            pending += operation.inputs
            pending += operation.control_inputs
    return sorted(found, key=lambda operation: operation.number)


def _is_text(tensor: Tensor) -> bool:
    return tensor.dtype == "string"


class Compilation:
    """One run, compiled.

    Args:
        session: Finds the engine's Variable of a variable, as `session.storage(v)`.
        tensors: The tensors to compute.
        operations: The operations to run.
        feeds: The tensors that are fed, with the ranks of their values.
        with_effects: Whether variables are written.

    Attributes:
        feeds: The tensors that are fed.
        function: The compiled function, called with their values.
        reads: The Variables that must have been initialized.
        writes: The Variables that are initialized afterwards.
        rows: Variables of which some rows change; the last results of the function are
            their numbers and new values.
        count: The number of results before these.

    Raises:
        InvalidArgumentError: If a placeholder is needed that is not fed.
    """

    def __init__(
        self,
        session: Any,
        tensors: Sequence[Tensor],
        operations: Sequence[Operation],
        feeds: dict[Tensor, int],
        with_effects: bool = True,
    ) -> None:
        self._session = session
        self._feeds = feeds
        self.feeds = list(feeds)
        self._values: dict[Tensor, engine.Tensor] = {}
        # Which operations have run when another one has.
        self._done: dict[Operation, frozenset] = {}
        self._versions: dict[Tensor, list[tuple[Operation, engine.Tensor]]] = {}
        self._current: Operation | None = None
        targets = [*tensors, *operations]
        running = needed_operations(targets, feeds.__contains__)
        self._active = {op for op in running if op.writes} if with_effects else set()
        outer, state.reader = state.reader, self
        try:
            with engine.eager_scope(), engine.symbolic_scope():
                for operation in needed_operations(targets, lambda tensor: False):
                    self._apply(operation)
                self._finish(tensors, running, with_effects)
        finally:
            state.reader = outer

    def _apply(self, operation: Operation) -> None:
        self._current = operation
        before = [self._done.get(t.op, frozenset()) for t in operation.inputs]
        before += [self._done.get(c, frozenset()) for c in operation.control_inputs]
        done = frozenset().union(*before)
        if operation in self._active:
            done |= {operation}
        if done:
            self._done[operation] = done
        if operation.function is None or operation.on_host:
            return
        try:
            result = self._evaluate(operation)
        except Deferred:
            # A placeholder is missing; whether it matters is seen at the end.
            return
        if operation.writes:
            values, result = result
            self._write(operation, values)
        leaves = [leaf for leaf in tree.flatten(result) if leaf is not None]
        for tensor, value in zip(operation.outputs, leaves, strict=True):
            if tensor in self._feeds:
                value = self._fed(tensor, value)
            self._values[tensor] = value

    def _evaluate(self, operation: Operation) -> Any:
        if not operation.waits:
            return operation.evaluate(self.read)
        with engine.Trace() as trace:
            result = operation.evaluate(self.read)
        if trace.updates:
            raise InvalidArgumentError(
                None,
                operation,
                f"{operation.name}: a loop or branch that assigns variables needs "
                "tensors of known rank: give placeholders a shape.",
            )
        return result

    def _fed(self, tensor: Tensor, value: engine.Tensor) -> engine.Tensor:
        """A place to feed, through which gradients flow as without the feed."""
        if tensor.op.type == "PlaceholderWithDefault":
            return self._place(tensor)
        return identity_op(value)

    def _place(self, tensor: Tensor) -> engine.Tensor:
        shape = (None,) * self._feeds[tensor]
        if tensor.stored is not None:
            shape = tensor.stored.shape
        return engine.placeholder(shape, str(tensor.dtype), tensor.op.name)

    def _write(self, operation: Operation, values: Sequence[engine.Tensor]) -> None:
        if operation not in self._active:
            return
        for variable, value in zip(operation.writes, values):
            self._versions.setdefault(variable, []).append((operation, value))

    def read(self, tensor: Tensor) -> engine.Tensor:
        """Return what a tensor is in this run.

        Args:
            tensor: A tensor.

        Raises:
            Deferred: If it depends on a placeholder of unknown rank that is not fed.
        """
        found = self._values.get(tensor)
        if found is not None:
            return found
        if hasattr(tensor, "template"):
            if tensor in self._feeds:
                self._values[tensor] = self._place(tensor)
                return self._values[tensor]
            return self._read_variable(tensor)
        if tensor in self._feeds:
            self._values[tensor] = self._place(tensor)
        elif tensor.op.function is None and tensor.stored is not None:
            self._values[tensor] = tensor.stored
        else:
            raise Deferred(tensor)
        return self._values[tensor]

    def _read_variable(self, variable: Tensor) -> engine.Tensor:
        stored = engine_variable(variable)
        current = stored.value
        if current.node is not stored.leaf.node or variable not in self._versions:
            return current
        operation = self._current
        before: frozenset = frozenset().union(
            *(self._done.get(c, frozenset()) for c in operation.control_inputs)
        )
        mine = any(target is variable for target in operation.writes)
        for writer, value in reversed(self._versions[variable]):
            if mine or writer in before:
                return value
        return current

    def variable(self, variable: Tensor) -> Any:
        """Return the session's Variable of a variable.

        Args:
            variable: A variable.
        """
        return self._session.storage(variable)

    def _finish(
        self, tensors: Sequence[Tensor], running: list[Operation], with_effects: bool
    ) -> None:
        inputs = [self.read(tensor) for tensor in self._feeds]
        self._current = Operation(None, "fetch", "Fetch", None, ())
        outputs = []
        for tensor in tensors:
            try:
                outputs.append(self.read(tensor))
            except Deferred:
                raise self._unfed(running) from None
        # What only checks or prints must run as well.
        for operation in running:
            if operation.type in ("Assert", "Print"):
                outputs += [self._values[t] for t in operation.outputs]
        self.count = len(outputs)
        self.rows: list[Any] = []
        updates = []
        for variable, versions in self._versions.items():
            update = self.variable(variable), versions[-1][1]
            if _changes_rows(*update):
                self.rows.append(update[0])
                _, fresh, places = update[1].node.inputs
                outputs += [places, fresh]
            else:
                updates.append(update)
        self._check_complete(inputs, outputs, updates, running)
        self.reads += self.rows
        if with_effects:
            updates += self._advances()
        self.function = Function(inputs, outputs, updates, "session.run")
        self.writes = [*self.rows, *(variable for variable, _ in updates)]

    def _unfed(self, running: list[Operation]) -> InvalidArgumentError:
        for operation in running:
            for tensor in operation.outputs:
                is_placeholder = operation.type == "Placeholder"
                if is_placeholder and tensor not in self._feeds:
                    return _must_feed(operation, tensor.dtype.shown)
        return InvalidArgumentError(None, None, "A value is missing that must be fed.")

    def _check_complete(
        self, inputs: list, outputs: list, updates: list, running: list[Operation]
    ) -> None:
        fed = {engine.place(tensor) for tensor in inputs}
        for operation in running:
            if operation.function is not None and not operation.on_host:
                if any(tensor not in self._values for tensor in operation.outputs):
                    raise self._unfed(running)
        by_node = {
            tensor.stored.node.uid: tensor
            for operation in running
            for tensor in operation.outputs
            if operation.type == "Placeholder" and tensor.stored is not None
        }
        wanted = [*outputs, *(value for _, value in updates)]
        nodes = engine.topological(wanted, fed)
        self.reads, self._states = [], []
        for node in nodes:
            if node.op is PLACEHOLDER:
                tensor = by_node[node.uid]
                raise _must_feed(tensor.op, tensor.dtype.shown)
            if node.op is VARIABLE:
                variable = node.attrs["variable"]
                self.reads.append(variable)
                if isinstance(variable.owner, RandomState):
                    self._states.append(variable)

    def _advances(self) -> list[tuple]:
        """The next states of random operations that nothing else has advanced."""
        written = {id(self.variable(variable)) for variable in self._versions}
        step = engine.as_tensor(np.array([0, 1], "uint32"))
        return [(v, v.leaf + step) for v in self._states if id(v) not in written]


def _changes_rows(variable: Any, value: engine.Tensor) -> bool:
    """Whether a new value is the old one with other values in some rows."""
    node = value.node
    return (
        node.op.name == "scatter_update"
        and node.attrs["reduction"] is None
        and len(node.inputs) == 3
        and node.inputs[0].node is variable.leaf.node
    )


def _must_feed(operation: Operation, dtype: str) -> InvalidArgumentError:
    return InvalidArgumentError(
        None,
        operation,
        f"You must feed a value for placeholder tensor {operation.name!r} with dtype "
        f"{dtype}",
    )
