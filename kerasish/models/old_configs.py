"""Configurations of older Keras layers brought into today's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def modern_layer(description: Mapping[str, Any]) -> dict[str, Any]:
    """Return the description of one layer with today's class name.

    Args:
        description: Has `class_name` and `config`, of any version.

    Returns:
        A copy; the name that old functional models store beside the configuration is
        in the configuration too.

    Example:

    >>> modern_layer({"class_name": "Model", "config": {}, "name": "m"})["config"]
    {'name': 'm'}
    """
    result = dict(description)
    if result["class_name"] == "Model" and result.get("registered_name") is None:
        result["class_name"] = "Functional"
    if isinstance(result["config"], Mapping):
        result["config"] = dict(result["config"])
        if isinstance(result.get("name"), str):
            result["config"].setdefault("name", result["name"])
    return result
