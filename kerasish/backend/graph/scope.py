"""What decides whether an op is symbolic or runs at once, and where state lives.

Every thread has its own stack of scopes. A `Trace` carries the state environment: the
current tensor of each Variable that was assigned while tracing.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from kerasish.backend.graph.node import Tensor
    from kerasish.backend.graph.variable import Variable


class _State(threading.local):
    symbolic = False
    trace: Trace | None = None
    recorders = 0
    origin = ""
    autocast: str | None = None
    phase: bool | None = None
    made: set[int] | None = None


state = _State()
_UNSET = object()
_default_phase: list[bool | None] = [None]


class _Changed:
    """A context in which some fields of the state have other values."""

    __slots__ = ("changes", "previous")

    def __init__(self, **changes: object) -> None:
        self.changes = changes

    def __enter__(self) -> None:
        fields = state.__dict__
        self.previous = {name: fields.get(name, _UNSET) for name in self.changes}
        fields.update(self.changes)

    def __exit__(self, *exception: object) -> None:
        fields = state.__dict__
        for name, value in self.previous.items():
            if value is _UNSET:
                del fields[name]
            else:
                fields[name] = value


def in_symbolic_scope() -> bool:
    """Tell whether ops build graph nodes regardless of their arguments."""
    return state.symbolic


def in_building_scope() -> bool:
    """Tell whether a graph is built that no traced function contains.

    Such a graph is not made for one phase: what differs between training and testing
    depends on the learning phase that it is run with.
    """
    return state.symbolic and (state.trace is None or state.trace.building)


def symbolic_scope() -> contextlib.AbstractContextManager:
    """Make every op inside symbolic: Variables are leaves, arrays constants."""
    return _Changed(symbolic=True)


def eager_scope() -> contextlib.AbstractContextManager:
    """Leave every symbolic scope and trace: ops on values run at once inside."""
    return _Changed(symbolic=False, trace=None)


def recording() -> contextlib.AbstractContextManager:
    """Let ops that run at once also record nodes, to be differentiated."""
    return _Changed(recorders=state.recorders + 1)


def stop_recording() -> contextlib.AbstractContextManager:
    """Run the enclosed code without recording."""
    return _Changed(recorders=0)


def origin_scope(origin: str) -> contextlib.AbstractContextManager:
    """Name where the nodes built inside come from, for error messages."""
    return _Changed(origin=origin)


def autocast_scope(dtype: str | None) -> contextlib.AbstractContextManager:
    """Read float Variables inside as another float type (`None`: as they are)."""
    return _Changed(autocast=dtype)


def phase_scope(training: bool | None) -> contextlib.AbstractContextManager:
    """Say whether the code inside runs for training (`None`: nothing is known)."""
    return _Changed(phase=training)


@contextlib.contextmanager
def noting_nodes() -> Iterator[set[int]]:
    """Collect the numbers of all nodes that are applied inside, also equal old ones.

    Example:

    >>> with noting_nodes() as made:
    ...     pass
    >>> made
    set()
    """
    outer, made = state.made, set()
    try:
        with _Changed(made=made):
            yield made
    finally:
        if outer is not None:
            outer |= made


def current_phase() -> bool | None:
    """Return whether what runs now is training, `None` where nobody has said it."""
    return _default_phase[0] if state.phase is None else state.phase


def set_default_phase(training: bool | None) -> None:
    """Choose the phase of all code that nobody gives one (`None`: of none)."""
    _default_phase[0] = training


def is_open() -> bool:
    """Tell whether code runs outside of every scope, trace, recording and layer."""
    return not (state.symbolic or state.trace or state.recorders or state.origin)


def current_trace() -> Trace | None:
    """Return the innermost trace of this thread."""
    return state.trace


class Trace:
    """A symbolic scope with a state environment.

    Reading a Variable gives its entry, at first its leaf; assigning replaces the entry,
    so that program order holds. At the end the changed entries are the updates.

    An assignment ends what the old value was made of: what is read after it counts as
    the Variable itself when one differentiates, and no gradient flows into the value
    that was assigned. Entries that are given stay tensors, through which it flows.

    Args:
        environment: Entries to begin with, as a stateless call has them.
        building: Whether the graph is only built, as by a layer call on placeholders,
            and its updates are not meant to run.

    Example:

    >>> from kerasish.backend.graph import Variable
    >>> counter = Variable(0.0)
    >>> with Trace() as trace:
    ...     doubled = counter.assign(counter.value * 2.0)
    >>> [variable is counter for variable, _ in trace.updates]
    [True]
    """

    def __init__(
        self,
        environment: dict[Variable, Tensor] | None = None,
        building: bool = False,
    ) -> None:
        self.building = building
        self._given = dict(environment or {})
        self._changed: dict[int, tuple[Variable, Tensor]] = {}
        self._given_by_id = {id(v): (v, t) for v, t in self._given.items()}
        self._parent: Trace | None = None
        self._scope: contextlib.AbstractContextManager | None = None
        self.read_variables: dict[int, Variable] = {}
        self._versions: dict[int, list[Tensor]] = {}

    def __enter__(self) -> Trace:
        self._parent = state.trace
        if self._parent is not None:
            self.building = self._parent.building
        self._scope = _Changed(symbolic=True, trace=self)
        self._scope.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._scope.__exit__(*exception)

    def read(self, variable: Variable) -> Tensor:
        """Return the current tensor of a Variable."""
        self.read_variables[id(variable)] = variable
        for trace in self._with_parents():
            entry = trace._changed.get(id(variable))
            if entry is not None:
                return trace._version(variable, entry[1])
            entry = trace._given_by_id.get(id(variable))
            if entry is not None:
                return entry[1]
        return variable.leaf

    def _with_parents(self) -> Iterator[Trace]:
        trace: Trace | None = self
        while trace is not None:
            yield trace
            trace = trace._parent

    def _version(self, variable: Variable, tensor: Tensor) -> Tensor:
        """Return what an assigned tensor is to those who read the Variable."""
        key = id(variable)
        given = any(key in trace._given_by_id for trace in self._with_parents())
        if given or tensor.node is None:
            return tensor
        from kerasish.backend.graph.op import get_op

        version = get_op("stop_gradient")(tensor)
        if all(version.node is not known.node for known in self._versions.get(key, ())):
            self._versions.setdefault(key, []).append(version)
        return version

    def versions(self, variable: Variable) -> list[Tensor]:
        """Return what was read of a Variable after assignments to it."""
        return [
            version
            for trace in self._with_parents()
            for version in trace._versions.get(id(variable), ())
        ]

    def assign(self, variable: Variable, tensor: Tensor) -> None:
        """Make a tensor the current one of a Variable."""
        self._changed[id(variable)] = (variable, tensor)

    @property
    def updates(self) -> list[tuple[Variable, Tensor]]:
        """The Variables assigned in this trace, with their last tensors."""
        return list(self._changed.values())
