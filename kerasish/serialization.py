"""Any value as plain data and back: objects, arrays, tuples, functions, types."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from kerasish.registry import (
    CustomObjectScope,
    Registry,
    build_object,
    describe,
    describe_function,
    get_registered_object,
    imported_object,
    public_module,
)

_NAMESPACES = (
    "layers",
    "initializers",
    "regularizers",
    "constraints",
    "activations",
    "losses",
    "metrics",
    "optimizers",
)


def serialize_keras_object(obj: Any) -> Any:
    """Describe a value by data that JSON can hold.

    Args:
        obj: `None`, a number, string, list, tuple, dictionary, array, tensor,
            function, data type, or an object with `get_config()`.

    Returns:
        Plain data; objects become dictionaries with `module`, `class_name`, `config`
        and `registered_name`.

    Raises:
        ValueError: If the value has no description, as a lambda has none.

    Example:

    >>> serialize_keras_object((1, "a"))
    {'class_name': '__tuple__', 'items': [1, 'a']}
    """
    if obj is None or isinstance(obj, (bool, str)):
        return obj
    if isinstance(obj, (int, float)):
        return obj
    if isinstance(obj, np.generic):
        return obj.item()
    if isinstance(obj, bytes):
        return {"class_name": "__bytes__", "value": obj.decode("latin-1")}
    if isinstance(obj, tuple):
        items = [serialize_keras_object(item) for item in obj]
        return {"class_name": "__tuple__", "items": items}
    if isinstance(obj, (list, set)):
        return [serialize_keras_object(item) for item in obj]
    if isinstance(obj, Mapping):
        return {key: serialize_keras_object(item) for key, item in obj.items()}
    if isinstance(obj, np.ndarray):
        config = {"value": obj.tolist(), "dtype": obj.dtype.name}
        return {"class_name": "__numpy__", "config": config}
    if isinstance(obj, np.dtype):
        return obj.name
    if isinstance(obj, slice):
        config = {"start": obj.start, "stop": obj.stop, "step": obj.step}
        return {"class_name": "__slice__", "config": serialize_keras_object(config)}
    if obj is Ellipsis:
        return {"class_name": "__ellipsis__", "config": {}}
    if hasattr(obj, "get_config") and not inspect.isclass(obj):
        return describe(obj)
    if hasattr(obj, "numpy") and hasattr(obj, "dtype"):
        config = {"value": obj.numpy().tolist(), "dtype": str(obj.dtype)}
        return {"class_name": "__tensor__", "config": config}
    if inspect.isclass(obj):
        return {
            "class_name": "__type__",
            "module": public_module(obj),
            "config": obj.__name__,
        }
    if callable(obj) and hasattr(obj, "__name__"):
        return describe_function(obj)
    raise ValueError(
        f"This value cannot be saved: it has no `get_config()`.\n"
        f"Received: {obj!r} of type {type(obj).__name__}"
    )


def deserialize_keras_object(
    config: Any,
    custom_objects: Mapping[str, Any] | None = None,
    safe_mode: bool = True,
    **kwargs: Any,
) -> Any:
    """Rebuild a value from what `serialize_keras_object` returned.

    Args:
        config: Plain data.
        custom_objects: Maps names to classes and functions of the user.
        safe_mode: Whether to refuse stored Python code.
        **kwargs: Arguments of Keras 2: `module_objects`, a further table of names, and
            `printable_module_name`.

    Returns:
        The value.

    Raises:
        ValueError: If a class or function is unknown.

    Example:

    >>> deserialize_keras_object({"class_name": "__tuple__", "items": [1, "a"]})
    (1, 'a')
    """
    older = safe_mode if isinstance(safe_mode, Mapping) else {}  # Keras 2's third.
    tables = (kwargs.get("module_objects"), custom_objects, older)
    custom = {name: found for table in tables for name, found in (table or {}).items()}
    with CustomObjectScope(custom):
        return _rebuild(config)


def _rebuild(config: Any) -> Any:
    if isinstance(config, (list, tuple)):
        return type(config)(_rebuild(item) for item in config)
    if not isinstance(config, Mapping):
        return config
    name = config.get("class_name")
    if name is None:
        return {key: _rebuild(item) for key, item in config.items()}
    if name in _SPECIAL:
        return _SPECIAL[name](config)
    if "config" not in config:
        return {key: _rebuild(item) for key, item in config.items()}
    cls = resolve_class(config)
    return build_object(cls, config)


def _rebuild_array(config: Mapping) -> np.ndarray:
    return np.array(config["config"]["value"], dtype=config["config"]["dtype"])


def _rebuild_tensor(config: Mapping) -> Any:
    from kerasish.backend.graph import as_tensor

    return as_tensor(_rebuild_array(config))


def _rebuild_function(config: Mapping) -> Any:
    name = config["config"]
    found = get_registered_object(config.get("registered_name") or name)
    found = found or get_registered_object(name)
    if found is not None:
        return found
    module = config.get("module") or ""
    if not module.startswith("keras"):
        found = imported_object(module, name)
    return found if found is not None else _by_namespace(name, module)


def _rebuild_type(config: Mapping) -> Any:
    name = config["config"]
    plain = {kind.__name__: kind for kind in (bool, int, float, complex, str)}
    known = {"builtins": plain, np.__name__: np.sctypeDict}
    found = known.get(config.get("module"), {}).get(name)
    return found or resolve_class({**config, "class_name": name})


def _rebuild_policy(config: Mapping) -> Any:
    from kerasish import dtype_policies

    return dtype_policies.deserialize(config)


_SPECIAL: dict[str, Callable[[Mapping], Any]] = {
    "__tuple__": lambda config: tuple(_rebuild(item) for item in config["items"]),
    "__slice__": lambda config: slice(
        *(_rebuild(config["config"].get(name)) for name in ("start", "stop", "step"))
    ),
    "__ellipsis__": lambda config: Ellipsis,
    "__bytes__": lambda config: config["value"].encode("latin-1"),
    "__numpy__": _rebuild_array,
    "__tensor__": _rebuild_tensor,
    "__type__": _rebuild_type,
    "function": _rebuild_function,
    "DTypePolicy": _rebuild_policy,
}


def resolve_class(config: Mapping[str, Any]) -> Any:
    """Find the class or function that a description names, whatever its namespace.

    Args:
        config: Has `class_name`, and maybe `module` and `registered_name`.

    Raises:
        ValueError: If there is none; the message suggests a close name.

    Example:

    >>> resolve_class({"class_name": "Layer", "module": "keras.layers"}).__name__
    'Layer'
    """
    for key in ("registered_name", "class_name"):
        if isinstance(config.get(key), str):
            found = get_registered_object(config[key])
            if found is not None:
                return found
    name, module = config["class_name"], config.get("module") or ""
    if module.partition(".")[0] not in ("keras", ""):
        found = imported_object(module, name)
        if found is not None:
            return found
    return _by_namespace(name, module)


def namespace_registry(namespace: str) -> Registry:
    """Return the registry of a namespace such as `'layers'`.

    Example:

    >>> namespace_registry("losses").kind
    'loss'
    """
    package = importlib.import_module(f"{__package__}.{namespace}")
    return package.deserialize.__self__


def _by_namespace(name: str, module: str) -> Any:
    parts = module.split(".")
    wanted = [part for part in parts if part in _NAMESPACES]
    first = namespace_registry((wanted or ["layers"])[0])
    for namespace in [] if wanted else _NAMESPACES:
        registry = namespace_registry(namespace)
        found = registry.find(name) if name in registry.entries else None
        if found is not None:
            return found
    return first.lookup(name)
