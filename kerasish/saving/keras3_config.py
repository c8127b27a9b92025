"""Configurations in the form of Keras 3, without what it refuses to read."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_REFUSED = {"Discretization": ("trainable", "autocast")}
_SYMMETRIC = {"RandomShear": ("x_factor", "y_factor")}
# Arguments of optimizers that only older versions have.
_FORMER = ("decay", "epsilon_outside", "schedule_decay")


def keras3_model(description: Any) -> Any:
    """Return a description that real Keras 3 reads.

    Its own `RandomShear` refuses the ranges that it stores; half of a symmetric range
    means the same.

    Args:
        description: As `kerasish.registry.describe` returns it, or a part of it.

    Example:

    >>> keras3_model({"class_name": "RandomShear", "config": {"x_factor": [-0.5, 0.5]}})
    {'class_name': 'RandomShear', 'config': {'x_factor': 0.5}}
    """
    if isinstance(description, (list, tuple)):
        return [keras3_model(item) for item in description]
    if not isinstance(description, Mapping):
        return description
    new = {key: keras3_model(value) for key, value in description.items()}
    name, config = new.get("class_name"), new.get("config")
    if not isinstance(config, Mapping):
        return new
    kept = {k: v for k, v in config.items() if k not in _REFUSED.get(name, ())}
    for key in _SYMMETRIC.get(name, ()):
        kept[key] = _half(kept.get(key))
        if kept[key] is None:
            del kept[key]
    return {**new, "config": kept}


def _half(value: Any) -> Any:
    if isinstance(value, Mapping) and value.get("class_name") == "__tuple__":
        value = value["items"]
    if isinstance(value, list) and len(value) == 2 and value[0] == -value[1]:
        return value[1]
    return value


def keras3_optimizer(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of an optimizer that real Keras 3 reads.

    Args:
        description: As `get_compile_config` has it.

    Returns:
        A description with arguments that Keras 3 refuses beside its configuration, in
        `further_config`.

    Example:

    >>> keras3_optimizer({"class_name": "SGD", "config": {"decay": 0.1}})
    {'class_name': 'SGD', 'config': {}, 'further_config': {'decay': 0.1}}
    """
    config = dict(description["config"])
    further = {name: config.pop(name) for name in _FORMER if name in config}
    if isinstance(config.get("inner_optimizer"), Mapping):
        config["inner_optimizer"] = keras3_optimizer(config["inner_optimizer"])
    beside = {"further_config": further} if further else {}
    return {**description, "config": config, **beside}
