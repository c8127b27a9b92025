"""Whether steps are captured and replayed as one, on devices that can do so."""

from __future__ import annotations

_enabled = [True]


def enable_cuda_graphs() -> None:
    """Let a GPU replay what it has run once, as one launch; it is the default.

    The second time that a plan runs, its steps are captured as CUDA graphs. What cannot
    be captured runs between them as before.

    Example:

    >>> enable_cuda_graphs()
    >>> is_cuda_graphs_enabled()
    True
    """
    _enabled[0] = True


def disable_cuda_graphs() -> None:
    """Launch every kernel by itself, for instance to look at it in a profiler.

    Example:

    >>> disable_cuda_graphs()
    >>> is_cuda_graphs_enabled()
    False
    >>> enable_cuda_graphs()
    """
    _enabled[0] = False


def is_cuda_graphs_enabled() -> bool:
    """Tell whether steps are captured and replayed.

    Example:

    >>> is_cuda_graphs_enabled()
    True
    """
    return _enabled[0]
