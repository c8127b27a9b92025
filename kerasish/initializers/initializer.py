"""The base class of initializers."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def gives_new_array(call: Callable) -> Callable:
    """Mark a `__call__` of which each result has memory of its own.

    A Variable takes such memory over instead of copying it.

    Args:
        call: The method `__call__(self, shape, dtype=None)`.

    Example:

    >>> from kerasish.backend import ops
    >>> class Half(Initializer):
    ...     @gives_new_array
    ...     def __call__(self, shape, dtype=None):
    ...         return ops.full(shape, 0.5, dtype)
    >>> Half.__call__.new_array
    True
    """
    call.new_array = True
    return call


class Initializer:
    """Base of all initializers: a callable from a shape and a dtype to a tensor.

    Subclasses write `__call__(shape, dtype=None)` and, where they have arguments,
    `get_config`.

    Example:

    >>> from kerasish.backend import ops
    >>> class Half(Initializer):
    ...     def __call__(self, shape, dtype=None):
    ...         return ops.full(shape, 0.5, dtype=dtype)
    >>> Half()((2,)).numpy().tolist()
    [0.5, 0.5]
    """

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Return a tensor of the given shape and dtype (`floatx()` by default)."""
        raise NotImplementedError(
            f"{type(self).__name__} must define __call__(shape, dtype=None)."
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Initializer:
        """Make an initializer from what `get_config` returned."""
        config = dict(config)
        config.pop("dtype", None)
        return cls(**config)

    def clone(self) -> Initializer:
        """Return a new initializer with the same arguments."""
        return type(self).from_config(self.get_config())
