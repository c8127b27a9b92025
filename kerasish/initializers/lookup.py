"""Finding initializers by name, and describing them by plain data."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from kerasish.backend.graph import as_numpy, is_tensor
from kerasish.initializers import ALIASES, INITIALIZERS
from kerasish.initializers.fixed_values import Constant
from kerasish.registry import Registry

_REGISTRY = Registry("initializer", INITIALIZERS, ALIASES)
serialize = _REGISTRY.serialize
deserialize = _REGISTRY.deserialize


def get(identifier: Any) -> Any:
    """Return the initializer that an identifier names.

    Args:
        identifier: A name, a configuration, a class, a callable (returned as it is),
            an array or number (which becomes a `Constant`), or `None`.

    Returns:
        A callable `(shape, dtype=None) -> tensor`, or `None`.

    Raises:
        ValueError: If the name is unknown.

    Example:

    >>> get("he_normal").get_config()["seed"] is None
    True
    """
    if isinstance(identifier, (int, float)):
        return Constant(identifier)
    if is_tensor(identifier) or (
        hasattr(identifier, "__array__") and not callable(identifier)
    ):
        return Constant(as_numpy(identifier))
    if inspect.isclass(identifier) or isinstance(identifier, (str, Mapping)):
        return _REGISTRY.get(identifier)
    return identifier if callable(identifier) else _REGISTRY.get(identifier)
