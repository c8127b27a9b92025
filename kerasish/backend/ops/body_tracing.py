"""Turning Python functions into bodies of loops and branches.

A body runs in a trace of its own. What it takes from around it becomes an input of the
node, so that it is computed once; Variables that it assigns become further results.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from kerasish import tree
from kerasish.backend.graph import (
    Spec,
    Tensor,
    Trace,
    Variable,
    as_tensor,
    current_trace,
    in_symbolic_scope,
    placeholder,
)
from kerasish.backend.graph.node import symbolic
from kerasish.errors import DTypeError, ShapeError


@dataclass
class Structure:
    """A nested structure of which the tensors are kept apart; `None` leaves stay.

    Attributes:
        template: The structure.
        tensors: Its leaves that are not `None`, as tensors.
    """

    template: Any
    tensors: list[Tensor]

    def rebuilt(self, tensors: Sequence[Any]) -> Any:
        """Return the structure with other tensors in the same places."""
        remaining = iter(tensors)
        leaves = [
            None if leaf is None else next(remaining)
            for leaf in tree.flatten(self.template)
        ]
        return tree.pack_sequence_as(self.template, leaves)


def structured(value: Any) -> Structure:
    """Split a nested structure into its form and its tensors.

    Example:

    >>> structured([1.0, None]).rebuilt(["a"])
    ['a', None]
    """
    leaves = tree.flatten(value)
    tensors = [as_tensor(leaf) for leaf in leaves if leaf is not None]
    if in_symbolic_scope():
        tensors = [symbolic(tensor) for tensor in tensors]
    return Structure(value, tensors)


def runs_symbolically(*structures: Any) -> bool:
    """Tell whether control flow on these values has to build a node.

    Example:

    >>> runs_symbolically([1.0, 2.0])
    False
    """
    return in_symbolic_scope() or any(
        isinstance(leaf, Tensor) and leaf.is_symbolic
        for leaf in tree.flatten(list(structures))
    )


def formal(spec: Spec) -> Tensor:
    """Return a formal parameter for values of a spec."""
    return placeholder(spec.shape, spec.dtype)


@dataclass
class TracedBody:
    """What tracing a function gave.

    Attributes:
        result: The structure that the function returned.
        variables: The Variables that it assigns.
        entries: The formal parameters that stand for their values at the beginning.
        updated: Their values at the end.
    """

    result: Structure
    variables: list[Variable]
    entries: list[Tensor]
    updated: list[Tensor]


def trace_body(function: Callable[[], Any]) -> TracedBody:
    """Trace a function; Variables that it assigns get formal parameters.

    A function that assigns Variables is traced again, because what it read before must
    be the formal parameter. What only one of the two traces assigns is made anew by
    each call of the function, and ends with it.

    Args:
        function: A function without arguments, closed over its formal parameters.
    """
    # Without a trace around, nobody has said yet for which phase the graph is made.
    building = current_trace() is None
    with Trace(building=building) as trace:
        result = structured(function())
    environment = {variable: formal(variable.spec) for variable, _ in trace.updates}
    if environment:
        with Trace(environment, building) as trace:
            result = structured(function())
    lasting = {id(variable) for variable, _ in trace.updates}
    variables = [variable for variable in environment if id(variable) in lasting]
    return TracedBody(
        result,
        variables,
        [environment[variable] for variable in variables],
        [trace.read(variable) for variable in variables],
    )


def read_states(variables: Sequence[Variable]) -> list[Tensor]:
    """Return the current values of Variables in the trace around."""
    trace = current_trace()
    return [trace.read(v) if trace is not None else v.leaf for v in variables]


def assign_states(variables: Sequence[Variable], values: Sequence[Tensor]) -> None:
    """Make values the current ones in the trace around.

    Without a trace, in a plain graph, state does not change.
    """
    trace = current_trace()
    if trace is not None:
        for variable, value in zip(variables, values):
            trace.assign(variable, value)


def check_same_kind(name: str, what: str, first: Spec, second: Spec) -> None:
    """Raise unless two specs may belong to one value.

    Raises:
        DTypeError: If the data types differ.
        ShapeError: If the shapes contradict each other.
    """
    if first.dtype != second.dtype:
        raise DTypeError(
            f"{name}: the data type of {what} differs.\n  got: {first} and {second}"
        )
    fits = first.rank == second.rank and all(
        a is None or b is None or a == b for a, b in zip(first.shape, second.shape)
    )
    if not fits:
        raise ShapeError(
            f"{name}: the shape of {what} differs.\n  got: {first} and {second}"
        )
