"""Whether a function of Keras 2 builds a graph or runs at once."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from kerasish.backend.graph import Tensor, Variable, is_open, symbolic_scope
from kerasish.backend.graph.scope import state


def leaves(structure: Any) -> Iterator[Any]:
    """Yield what lists, tuples and dictionaries hold, also within each other.

    Example:

    >>> list(leaves([1, (2, {"a": 3})]))
    [1, 2, 3]
    """
    if isinstance(structure, dict):
        structure = structure.values()
    elif not isinstance(structure, (list, tuple)):
        yield structure
        return
    for item in structure:
        yield from leaves(item)


def building_scope(arguments: Iterable[Any]) -> contextlib.AbstractContextManager:
    """Open a symbolic scope where these arguments ask for one.

    A symbolic tensor always does. A Variable does outside of layers, traces and
    recordings: what is made of it there can be differentiated, and has another value
    once the Variable has.

    Args:
        arguments: Arguments of a function, without structure.
    """
    if state.symbolic:
        return contextlib.nullcontext()
    is_free = is_open()
    for argument in arguments:
        if isinstance(argument, Tensor):
            if argument.is_symbolic:
                return symbolic_scope()
        elif is_free and isinstance(argument, Variable):
            return symbolic_scope()
    return contextlib.nullcontext()


def follows_arguments(function: Callable) -> Callable:
    """Let a function be symbolic where one of its arguments is, or is a Variable.

    Args:
        function: A function that is written with `kerasish.ops`.

    Example:

    >>> from kerasish.backend import ops
    >>> double = follows_arguments(lambda x: ops.add(x, x))
    >>> total = double(Variable([1.0, 2.0]))
    >>> total.is_symbolic, total.numpy()
    (True, array([2., 4.], dtype=float32))
    """

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with building_scope(leaves((args, kwargs))):
            return function(*args, **kwargs)

    return wrapper


def builds_when_open(function: Callable) -> Callable:
    """Let a function be symbolic outside of layers, whatever its arguments are.

    Args:
        function: A function whose result differs from run to run.

    Example:

    >>> from kerasish.backend import random
    >>> builds_when_open(random.uniform)((2,)).is_symbolic
    True
    """

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        scope = (
            symbolic_scope() if is_open() else building_scope(leaves((args, kwargs)))
        )
        with scope:
            return function(*args, **kwargs)

    return wrapper
