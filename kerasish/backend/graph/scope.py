"""What decides whether an op is symbolic or runs at once, and where state lives.

Every thread has its own stack of scopes. A `Trace` carries the state environment: the
current tensor of each Variable that was assigned while tracing.
"""

from __future__ import annotations

import contextlib
import threading
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
        trace: Trace | None = self
        self.read_variables[id(variable)] = variable
        while trace is not None:
            entry = trace._changed.get(id(variable))
            entry = entry or trace._given_by_id.get(id(variable))
            if entry is not None:
                return entry[1]
            trace = trace._parent
        return variable.leaf

    def assign(self, variable: Variable, tensor: Tensor) -> None:
        """Make a tensor the current one of a Variable."""
        self._changed[id(variable)] = (variable, tensor)

    @property
    def updates(self) -> list[tuple[Variable, Tensor]]:
        """The Variables assigned in this trace, with their last tensors."""
        return list(self._changed.values())
