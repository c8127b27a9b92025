"""Run code on Variables without changing what they store."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from typing import Any

from kerasish.backend.graph import scope
from kerasish.backend.graph.conversion import as_tensor
from kerasish.backend.graph.scope import Trace
from kerasish.backend.graph.tensor import Tensor
from kerasish.backend.graph.variable import Variable


class _ValueTrace(Trace):
    """A state environment for ops that run at once: its entries have values."""

    def __enter__(self) -> Trace:
        self._parent = scope.state.trace
        self._scope = scope._Changed(trace=self)
        self._scope.__enter__()
        return self

    def read(self, variable: Variable) -> Tensor:
        """Return the current value of a Variable."""
        tensor = super().read(variable)
        if tensor is not variable.leaf:
            return tensor
        with scope.eager_scope():
            return variable.value


class StatelessScope:
    """Inside, Variables have given values, and assignments leave their storage alone.

    Args:
        state_mapping: Pairs `(variable, value)`; other Variables have their own value.
        collect_losses: Kept for the signature; losses are collected by the layers.
        initialize_variables: Kept for the signature; Variables are always initialised.

    Example:

    >>> v = Variable(1.0)
    >>> with StatelessScope([(v, 5.0)]) as scope:
    ...     _ = v.assign_add(1.0)
    >>> float(scope.get_current_value(v)), float(v)
    (6.0, 1.0)
    """

    def __init__(
        self,
        state_mapping: Iterable[tuple[Variable, Any]] | None = None,
        collect_losses: bool = False,
        initialize_variables: bool = True,
    ) -> None:
        self.collect_losses = collect_losses
        self.initialize_variables = initialize_variables
        self._given = [(v, as_tensor(value)) for v, value in state_mapping or ()]
        self._trace: Trace | None = None

    def __enter__(self) -> StatelessScope:
        symbolic = scope.in_symbolic_scope() or any(
            tensor.is_symbolic for _, tensor in self._given
        )
        kind = Trace if symbolic else _ValueTrace
        self._trace = kind(dict(self._given)).__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._trace.__exit__(*exception)

    @property
    def updates(self) -> list[tuple[Variable, Tensor]]:
        """The Variables assigned in this scope, with their last values."""
        return self._trace.updates

    def add_update(self, update: tuple[Variable, Any]) -> None:
        """Make a value the current one of a Variable.

        Args:
            update: The pair `(variable, value)`.
        """
        variable, value = update
        self._trace.assign(variable, as_tensor(value, variable.dtype))

    def get_current_value(self, variable: Variable) -> Tensor:
        """Return the value that a Variable has in this scope.

        Args:
            variable: Any Variable.
        """
        with contextlib.ExitStack() as stack:
            if not isinstance(self._trace, _ValueTrace):
                stack.enter_context(scope.symbolic_scope())
            return self._trace.read(variable)
