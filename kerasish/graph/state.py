"""What is current in a thread: graphs, sessions, and how operations are evaluated."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kerasish.graph.graphs import Graph


class _State(threading.local):
    def __init__(self) -> None:
        self.graphs: list[Graph] = []
        self.sessions: list[Any] = []
        # While a run is compiled: finds the engine's tensors of that run.
        self.reader: Any = None
        # How many bodies of loops and branches are being traced, and what they and
        # the operation around them read.
        self.depth = 0
        self.captures: dict | None = None
        # The engine's Variables that the body being traced reads.
        self.reads: dict = {}
        # The state that all draws within one loop or branch share.
        self.body_random: Any = None


state = _State()
_default: list[Graph] = []


def get_default_graph() -> Graph:
    """Return the graph that operations are added to.

    Example:

    >>> get_default_graph() is get_default_graph()
    True
    """
    if state.graphs:
        return state.graphs[-1]
    if not _default:
        reset_default_graph()
    return _default[0]


def reset_default_graph() -> None:
    """Begin with an empty default graph.

    Raises:
        AssertionError: Inside a `with graph.as_default()`.

    Example:

    >>> reset_default_graph()
    >>> get_default_graph().get_operations()
    []
    """
    from kerasish.graph.graphs import Graph

    if state.graphs:
        raise AssertionError(
            "Do not use tf.reset_default_graph() to clear nested graphs. If you need a "
            "cleared graph, exit the nesting and create a new graph."
        )
    _default[:] = [Graph()]


def get_default_session() -> Any:
    """Return the session of the innermost `with session`, `None` without one.

    Example:

    >>> get_default_session() is None
    True
    """
    return state.sessions[-1] if state.sessions else None


@contextlib.contextmanager
def pushed(stack: list, item: Any) -> Iterator[Any]:
    """Put an item on a stack for the time of a `with` block.

    Args:
        stack: The stack.
        item: The item.
    """
    stack.append(item)
    try:
        yield item
    finally:
        # Others may have left in another order.
        position = len(stack) - 1 - stack[::-1].index(item)
        del stack[position]
