"""A switch for runs that must be repeatable to the bit."""

from __future__ import annotations

from collections.abc import Callable

_enabled = [False]
_listeners: list[Callable[[], None]] = []


def enable_determinism() -> None:
    """Refuse whatever could make a run differ from the one before.

    The same seed, settings and processor give the same bits without this too, on NumPy
    and on compiled loops, whatever the number of runs before. The switch adds what
    Keras users know from TensorFlow: drawing random numbers or initial values is an
    error until a seed is set with `kerasish.utils.set_random_seed`, or given to the
    layer or function; and on a GPU, where sums over equal indices (the gradients of
    embeddings and of `take`) come in any order otherwise, they keep one order, at the
    price of speed.

    Example:

    >>> enable_determinism()
    >>> is_determinism_enabled()
    True
    >>> disable_determinism()
    """
    _set(True)


def disable_determinism() -> None:
    """Go back to what is the default.

    Example:

    >>> disable_determinism()
    """
    _set(False)


def _set(enabled: bool) -> None:
    if _enabled[0] != enabled:
        _enabled[0] = enabled
        for listener in _listeners:
            listener()


def on_change(listener: Callable[[], None]) -> None:
    """Have a function called whenever the switch changes."""
    _listeners.append(listener)


def is_determinism_enabled() -> bool:
    """Tell whether `enable_determinism` is in force.

    Example:

    >>> is_determinism_enabled()
    False
    """
    return _enabled[0]
