"""Layers of files whose classes or functions have to come from the user."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from typing import Any

from kerasish.backend.limits import is_unsafe_deserialization_enabled
from kerasish.layers.core.lambda_graph import GraphFunction
from kerasish.registry import find_class, get_registered_object
from kerasish.saving.upgrade.operations import read_operation

# A name in the scope of custom objects: whether stored code may run.
CODE_ALLOWED = "stored code"
PYTHON = f"{sys.version_info.major}.{sys.version_info.minor}"
_LONGEST = 400
_FORMS_OF_KERAS_2 = (
    "function_type", "module", "output_shape", "output_shape_type",
    "output_shape_module",
)  # fmt: skip


class UnknownLayerError(ValueError):
    """A layer is not known, or the function of a `Lambda` is not."""


def lambda_key(name: str) -> str:
    """Return the name of the function of a `Lambda` among custom objects.

    Example:

    >>> lambda_key("scale")
    'lambda scale'
    """
    return f"lambda {name}"


class UnknownLayers:
    """Collects the layers of a configuration that are not known.

    Example:

    >>> unknown = UnknownLayers()
    >>> unknown.check({"class_name": "Mine", "config": {"name": "a"}})
    >>> unknown.report()
    Traceback (most recent call last):
    ...
    kerasish.saving.upgrade.unknown_layers.UnknownLayerError: Unknown layer: 'Mine'.
    layer 'a' of class Mine with {"name": "a"}: give `custom_objects={'Mine': Mine}`
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.first = ""

    def check(self, item: Mapping[str, Any]) -> None:
        """Note a layer if its class is not known."""
        from kerasish.layers import lookup

        class_name, config = item["class_name"], item.get("config")
        if config is None or read_operation({**item, "config": config}) is not None:
            return
        try:
            find_class(item, lookup.registry)
        except ValueError as error:
            self.first = self.first or str(error).splitlines()[0]
            name = config.get("name") if isinstance(config, Mapping) else None
            short = class_name.rpartition(">")[2]
            self.lines.append(
                f"layer {name or item.get('name')!r} of class {class_name} with "
                f"{_shortened(config)}: give `custom_objects={{{short!r}: {short}}}`"
            )

    def lambda_layer(self, item: Mapping[str, Any]) -> dict[str, Any]:
        """Return the arguments of a `Lambda` with its function, or note it."""
        config = dict(item["config"])
        name = str(config.get("name") or item.get("name"))
        stored = config.get("function")
        if stored is not None and not isinstance(stored, (str, Mapping, list)):
            return config
        output_shape = config.get("output_shape")
        if config.get("output_shape_type") == "lambda":
            output_shape = None
        if "function_type" in config:
            for key in _FORMS_OF_KERAS_2:
                config.pop(key, None)
        function = _function(name, stored, item)
        if function is None:
            self._note_lambda(name, item, output_shape)
        config["function"] = function
        return config

    def _note_lambda(self, name: str, item: Mapping, output_shape: Any) -> None:
        build = item.get("build_config")
        shape = build.get("input_shape") if isinstance(build, Mapping) else None
        sources = _sources(item.get("inbound_nodes"))
        known = [
            f"input shape {shape}" if shape else "",
            f"after {', '.join(map(repr, sources))}" if sources else "",
            f"output shape {output_shape}" if output_shape else "",
        ]
        where = "; ".join(part for part in known if part) or "shapes are not stored"
        self.first = self.first or (
            "The file holds Python functions as code, which is not run: it could do "
            "anything, and code of another version of Python may crash."
        )
        self.lines.append(
            f"Lambda {name!r} ({where}): give `lambdas={{{name!r}: function}}`"
        )

    def report(self) -> None:
        """Raise one error about all layers that were noted.

        Raises:
            UnknownLayerError: If there are any.
        """
        if self.lines:
            raise UnknownLayerError("\n".join([self.first, *self.lines]))


def _function(name: str, stored: Any, item: Mapping[str, Any]) -> Any:
    own = get_registered_object(lambda_key(name))
    if own is not None:
        return own
    if isinstance(stored, str):
        found = get_registered_object(stored)
        if found is not None:
            return found
    elif isinstance(stored, Mapping) and stored.get("class_name") == "function":
        return _named(stored)
    if isinstance(item.get("graph"), Mapping):
        return GraphFunction(item["graph"], stored)
    if isinstance(stored, Mapping) and stored.get("class_name") == "__lambda__":
        return _code(stored)
    return None


def _named(stored: Mapping[str, Any]) -> Any:
    from kerasish.serialization import deserialize_keras_object

    try:
        return deserialize_keras_object(stored)
    except ValueError:
        return None


def _code(stored: Mapping[str, Any]) -> Any:
    """Return a stored function if it may run; code itself says no Python version."""
    from kerasish.layers.core.lambda_layer import func_load

    inner = stored.get("config")
    allowed = get_registered_object(CODE_ALLOWED) or is_unsafe_deserialization_enabled()
    if hasattr(stored, "function"):
        return stored.function
    if not isinstance(inner, Mapping) or inner.get("python") != PYTHON or not allowed:
        return None
    return func_load(inner["code"], inner.get("defaults"), inner.get("closure"))


def _sources(nodes: Any) -> list[str]:
    found, stack = [], [nodes]
    while stack:
        value = stack.pop(0)
        if isinstance(value, Mapping):
            stack += value.values()
        elif isinstance(value, (list, tuple)):
            if len(value) > 2 and isinstance(value[0], str):
                found.append(value[0])
            else:
                stack += value
    return found


def _shortened(config: Any) -> str:
    text = json.dumps(config, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}..."
