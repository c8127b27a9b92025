"""Finding activation functions by name, and naming them."""

from __future__ import annotations

from typing import Any

from kerasish.activations import ACTIVATIONS, ALIASES
from kerasish.activations.rectifiers import linear
from kerasish.registry import Registry

_REGISTRY = Registry("activation", ACTIVATIONS, ALIASES)
serialize = _REGISTRY.serialize
deserialize = _REGISTRY.deserialize


def get(identifier: Any) -> Any:
    """Return the activation function that an identifier names.

    Args:
        identifier: A name, a configuration, a callable (returned as it is), or `None`
            for `linear`.

    Returns:
        A callable.

    Raises:
        ValueError: If the name is unknown.

    Example:

    >>> get("relu").__name__, get(None).__name__
    ('relu', 'linear')
    """
    return linear if identifier is None else _REGISTRY.get(identifier)
