"""Scopes and small functions of the top namespace."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish.backend.graph.scope import symbolic_scope

_MODES = ("full", "activations", "larger_than", "list_of_layers", None)


def version() -> str:
    """Return the version of kerasish.

    Example:

    >>> version().count(".")
    2
    """
    import kerasish

    return kerasish.__version__


def remat(f: Callable) -> Callable:
    """Return a function unchanged: nothing is computed twice to save memory.

    Args:
        f: The function.

    Example:

    >>> remat(abs)(-1)
    1
    """
    return f


class RematScope:
    """Accepted for scripts of Keras 3; nothing is computed twice to save memory.

    Args:
        mode: `"full"`, `"activations"`, `"larger_than"`, `"list_of_layers"` or `None`.
        output_size_threshold: Kept.
        layer_names: Kept.

    Raises:
        ValueError: If the mode is another one.

    Example:

    >>> with RematScope(mode="full") as scope:
    ...     scope.mode
    'full'
    """

    def __init__(
        self, mode: Any = "full", output_size_threshold: int = 1024, layer_names=None
    ) -> None:
        if mode not in _MODES:
            raise ValueError(f"mode must be one of {_MODES}.\nReceived: mode={mode!r}")
        self.mode = mode
        self.output_size_threshold = output_size_threshold
        self.layer_names = layer_names or []

    def __enter__(self) -> RematScope:
        return self

    def __exit__(self, *exception: object) -> None:
        """Nothing to end."""


class SymbolicScope:
    """Inside, ops build graphs instead of computing.

    Example:

    >>> import kerasish as keras
    >>> with SymbolicScope():
    ...     total = keras.ops.ones(2) + 1.0
    >>> total.is_symbolic
    True
    """

    def __enter__(self) -> SymbolicScope:
        self._scope = symbolic_scope()
        self._scope.__enter__()
        return self

    def __exit__(self, *exception: object) -> None:
        self._scope.__exit__(*exception)
