"""Find, save and rebuild optimizers by name."""

from __future__ import annotations

from typing import Any

from kerasish import optimizers
from kerasish.optimizers.optimizer import Optimizer
from kerasish.registry import Registry

REGISTRY = Registry("optimizer", optimizers.OPTIMIZERS)
serialize = REGISTRY.serialize
deserialize = REGISTRY.deserialize


def get(identifier: Any) -> Optimizer | None:
    """Return the optimizer that an identifier stands for.

    Args:
        identifier: A name in any case (`"adam"`), a config dict, a class, an
            `Optimizer`, or `None`.

    Returns:
        An `Optimizer`; `None` for `None`.

    Raises:
        ValueError: If there is no such optimizer.

    Example:

    >>> type(get("adam")).__name__
    'Adam'
    """
    found = REGISTRY.get(identifier)
    if found is None or isinstance(found, Optimizer):
        return found
    raise ValueError(
        "An optimizer is a name, a config, or an `Optimizer` object.\n"
        f"Received: identifier={identifier!r} of type {type(identifier).__name__}"
    )
