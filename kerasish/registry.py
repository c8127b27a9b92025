"""Names of objects: custom objects of the user, and one table for each namespace."""

from __future__ import annotations

import importlib
import inspect
import sys
import threading
from collections.abc import Callable, Mapping
from typing import Any

from kerasish.errors import UnknownNameError, did_you_mean
from kerasish.naming import to_snake_case

_custom_objects: dict[str, Any] = {}
_registered_names: dict[Any, str] = {}
_scopes = threading.local()


def get_custom_objects() -> dict[str, Any]:
    """Return the global dictionary of custom objects, to be changed in place.

    Example:

    >>> get_custom_objects()["swish3"] = lambda x: x
    >>> del get_custom_objects()["swish3"]
    """
    return _custom_objects


def scoped_custom_objects() -> dict[str, Any]:
    """Return the custom objects of the scopes that are open in this thread.

    Example:

    >>> with custom_object_scope({"three": 3}):
    ...     scoped_custom_objects()
    {'three': 3}
    """
    return getattr(_scopes, "objects", {})


class CustomObjectScope:
    """Makes custom objects known by name inside a `with` block.

    Args:
        *custom_objects: Dictionaries that map names to classes or functions.

    Example:

    >>> with CustomObjectScope({"double": lambda x: 2 * x}):
    ...     get_registered_object("double")(2)
    4
    """

    def __init__(self, *custom_objects: Mapping[str, Any] | None):
        self.custom_objects = {}
        for mapping in custom_objects:
            self.custom_objects.update(mapping or {})
        self._outer = []

    def __enter__(self) -> CustomObjectScope:
        outer = scoped_custom_objects()
        self._outer.append(outer)
        _scopes.objects = {**outer, **self.custom_objects}
        return self

    def __exit__(self, *exception) -> None:
        _scopes.objects = self._outer.pop()


custom_object_scope = CustomObjectScope


def register_keras_serializable(
    package: str = "Custom", name: str | None = None
) -> Callable[[Any], Any]:
    """Return a decorator that registers a class or function for saving and loading.

    Args:
        package: The first part of the registered name.
        name: The second part; the object's own name if `None`.

    Raises:
        ValueError: If a class without `get_config` is decorated.

    Example:

    >>> @register_keras_serializable("docs")
    ... def triple(x):
    ...     return 3 * x
    >>> get_registered_name(triple)
    'docs>triple'
    """

    def decorator(target: Any) -> Any:
        if inspect.isclass(target) and not hasattr(target, "get_config"):
            raise ValueError(
                "A class that is registered for saving needs a `get_config()` method.\n"
                f"Received: {target.__name__}"
            )
        registered = f"{package}>{name or target.__name__}"
        _custom_objects[registered] = target
        _registered_names[target] = registered
        return target

    return decorator


def get_registered_name(obj: Any) -> str:
    """Return the name an object is registered under, else its own name.

    Example:

    >>> get_registered_name(dict)
    'dict'
    """
    try:
        return _registered_names.get(obj, obj.__name__)
    except TypeError:
        return obj.__name__


def get_registered_object(
    name: str,
    custom_objects: Mapping[str, Any] | None = None,
    module_objects: Mapping[str, Any] | None = None,
) -> Any:
    """Find a custom object by its name.

    Args:
        name: A plain name, or a registered one such as `'package>name'`.
        custom_objects: Looked at after the open scopes and the global dictionary.
        module_objects: Looked at last.

    Returns:
        The object, or `None` if there is none of that name.

    Example:

    >>> get_registered_object("f", {"f": abs})
    <built-in function abs>
    """
    short = name.rpartition(">")[2]
    for candidate in dict.fromkeys((name, short)):
        for table in (
            scoped_custom_objects(),
            _custom_objects,
            custom_objects or {},
            module_objects or {},
        ):
            if candidate in table:
                return table[candidate]
    for registered, target in _custom_objects.items():
        if registered.rpartition(">")[2] == name:
            return target
    return None


def load_entry(entry: str, name: str) -> Any:
    """Import the object that a table entry `"module"` or `"module:attribute"` names.

    Example:

    >>> load_entry("math", "pi") == load_entry("math:pi", "anything")
    True
    """
    module, _, attribute = entry.partition(":")
    return getattr(importlib.import_module(module), attribute or name)


def public_module(obj: Any) -> str | None:
    """Return the module name that files store for a class or function.

    Args:
        obj: A class or function.

    Returns:
        `'keras.layers'` and the like for those of this package, else the object's
        own module.

    Example:

    >>> public_module(Registry)
    'keras.registry'
    """
    module = getattr(obj, "__module__", None) or "builtins"
    parts = module.split(".")
    if parts[0] != __name__.split(".")[0]:
        return module
    if getattr(obj, "__name__", None) == "Functional":
        return "keras.src.models.functional"
    if parts[1:2] == ["models"] or len(parts) == 1:
        return "keras"
    if parts[1:3] == ["optimizers", "schedules"]:
        return "keras.optimizers.schedules"
    return f"keras.{parts[1]}"


class Registry:
    """The names of one namespace: find, serialise and rebuild its objects.

    Names are found exactly, by alias, in snake case (`glorot_uniform` for
    `GlorotUniform`), in any case (`ADAM`), and among the custom objects.

    Args:
        kind: What one object is called in messages, such as `'initializer'`.
        entries: Maps each name to `"module"` or `"module:attribute"`.
        aliases: Maps further names to names of `entries`.
        module: The public module name stored in files; from `kind` if `None`.

    Example:

    >>> registry = Registry("number", {"pi": "math", "Tau": "math:tau"})
    >>> registry.lookup("tau") == registry.lookup("Tau")
    True
    """

    def __init__(
        self,
        kind: str,
        entries: Mapping[str, str],
        aliases: Mapping[str, str] | None = None,
        module: str | None = None,
    ):
        self.kind = kind
        self.entries = dict(entries)
        self.aliases = dict(aliases or {})
        plural = kind + ("es" if kind.endswith("s") else "s")
        self.module = module or "keras." + plural.replace(" ", "_")
        for name in entries:
            snake = to_snake_case(name)
            if snake not in self.entries:
                self.aliases.setdefault(snake, name)
        self._folded: dict[str, str] = {}
        for name in [*self.entries, *self.aliases]:
            self._folded.setdefault(name.lower().replace("_", ""), name)

    def names(self) -> list[str]:
        """Return every name that is known, aliases included, sorted."""
        return sorted({*self.entries, *self.aliases, *scoped_custom_objects()})

    def find(self, name: str) -> Any:
        """Return the class or function of a built-in name, or `None`."""
        key = name if name in self.entries else self.aliases.get(name)
        if key is None:
            key = self._folded.get(name.lower().replace("_", ""))
            key = self.aliases.get(key, key)
        return None if key is None else load_entry(self.entries[key], key)

    def lookup(self, name: str, custom_objects: Mapping[str, Any] | None = None) -> Any:
        """Return the class or function of a name, custom objects first.

        Args:
            name: The name.
            custom_objects: More names to look at.

        Raises:
            UnknownNameError: If there is none; the message suggests the closest name.
        """
        if custom_objects and name in custom_objects:
            return custom_objects[name]
        found = get_registered_object(name, custom_objects)
        if found is None:
            found = self.find(name.rpartition(">")[2])
        if found is None:
            raise UnknownNameError(
                f"Unknown {self.kind}: {name!r}."
                f"{did_you_mean(name, [*self.names(), *(custom_objects or ())])}\n"
                f"Received: identifier={name!r}"
            )
        return found

    def get(self, identifier: Any) -> Any:
        """Turn an identifier into an object.

        Args:
            identifier: `None`, a name, a configuration dictionary, a class, or
                an object or function, which is returned as it is.

        Returns:
            `None`, a function, or an instance (classes are called).

        Raises:
            ValueError: If the name is unknown or the type has no meaning here.
        """
        if identifier is None:
            return None
        if isinstance(identifier, str):
            found = self.lookup(identifier)
            return found() if inspect.isclass(found) else found
        if isinstance(identifier, Mapping):
            return self.deserialize(identifier)
        if inspect.isclass(identifier):
            return identifier()
        if callable(identifier) or hasattr(identifier, "get_config"):
            return identifier
        raise ValueError(
            f"Could not interpret {self.kind} identifier.\n"
            f"Received: identifier={identifier!r} of type {type(identifier).__name__}"
        )

    def owns(self, obj: Any) -> bool:
        """Tell whether a class or function is one of the built-in entries."""
        name = getattr(obj, "__name__", None)
        if name not in self.entries and name not in self.aliases:
            return False
        try:
            return self.find(name) is obj
        except (ImportError, AttributeError):
            return False

    def serialize(self, obj: Any) -> Any:
        """Describe an object by plain data.

        Args:
            obj: `None`, a name, a function, or an object with `get_config()`.

        Returns:
            A name for functions; for objects a dictionary with `module`,
            `class_name`, `config` and `registered_name`.

        Raises:
            ValueError: If the object has neither a name nor a configuration.
        """
        if obj is None or isinstance(obj, (str, Mapping)):
            return obj
        if hasattr(obj, "get_config") and not inspect.isclass(obj):
            module = self.module if self.owns(type(obj)) else None
            return describe(obj, module)
        name = get_registered_name(obj) if hasattr(obj, "__name__") else None
        if name is None or name == "<lambda>":
            raise ValueError(
                f"This {self.kind} cannot be saved: it has no `get_config()` and no "
                f"name.\nReceived: {obj!r}"
            )
        return name

    def deserialize(
        self, config: Any, custom_objects: Mapping[str, Any] | None = None
    ) -> Any:
        """Rebuild an object from plain data.

        Args:
            config: What `serialize` returned, or a form of Keras 2: a name, or a
                dictionary with `class_name` and `config`.
            custom_objects: Maps names to classes or functions of the user.

        Raises:
            ValueError: If the name is unknown or the dictionary has another form.
        """
        if config is None or not isinstance(config, (str, Mapping)):
            return config
        if isinstance(config, str):
            found = self.lookup(config, custom_objects)
            return found() if inspect.isclass(found) else found
        if "class_name" not in config or "config" not in config:
            raise ValueError(
                f"A configuration of a {self.kind} needs the keys 'class_name' and "
                f"'config'.\nReceived: {config!r}"
            )
        if config["class_name"] == "function":
            return self.lookup(config["config"], custom_objects)
        cls = find_class(config, self, custom_objects)
        return build_object(cls, config, custom_objects)


def describe(obj: Any, module: str | None = None) -> dict[str, Any]:
    """Return the four keys that describe an object with `get_config()` in files.

    Args:
        obj: An instance.
        module: The public module of a built-in class; found if `None`.

    Example:

    >>> class Point:
    ...     def get_config(self):
    ...         return {"x": 1}
    >>> describe(Point())["class_name"]
    'Point'
    """
    cls = type(obj)
    module = module or public_module(cls)
    builtin = module.partition(".")[0] == "keras" and cls not in _registered_names
    return {
        "module": module,
        "class_name": cls.__name__,
        "config": _described(obj.get_config()),
        "registered_name": None if builtin else get_registered_name(cls),
        **(obj.get_marks() if hasattr(obj, "get_marks") else {}),
    }


def _described(value: Any) -> Any:
    """Return a configuration in which the objects and functions are described."""
    if isinstance(value, Mapping):
        new = {key: _described(item) for key, item in value.items()}
        return new if any(new[key] is not value[key] for key in new) else value
    if isinstance(value, (list, tuple)):
        items = [_described(item) for item in value]
        return items if any(a is not b for a, b in zip(items, value)) else value
    if hasattr(value, "get_config") and not inspect.isclass(value):
        return describe(value)
    return describe_function(value) if inspect.isfunction(value) else value


def describe_function(function: Callable) -> Any:
    """Return the name of a function of Keras, and what describes one of the user.

    Args:
        function: The function.

    Raises:
        ValueError: If it is a lambda, which has no name.

    Example:

    >>> def double(x):
    ...     return 2 * x
    >>> double.__module__ = "__main__"
    >>> describe_function(double)["class_name"]
    'function'
    """
    name = get_registered_name(function)
    if name == "<lambda>":
        raise ValueError(
            "A lambda cannot be saved: give it a name with `def`, and register it with "
            f"`kerasish.saving.register_keras_serializable()`.\nReceived: {function!r}"
        )
    module = public_module(function)
    if module.startswith("keras.") and ">" not in name:
        return name
    return {
        "module": module,
        "class_name": "function",
        "config": name,
        "registered_name": name,
    }


def imported_object(module: str, name: str) -> Any:
    """Return a class or function of a module of the user that is imported already.

    Files name modules, so nothing else may be reached by them: a class must describe
    itself by `get_config()`, a function must be written in Python in that module, and
    the module must not be one of Python's own.

    Args:
        module: The module's name.
        name: The name in it.

    Returns:
        The object, or `None`.

    Example:

    >>> imported_object("os", "system") is None
    True
    """
    if module.partition(".")[0] in sys.stdlib_module_names - {"__main__"}:
        return None
    found = getattr(sys.modules.get(module), name, None)
    if inspect.isclass(found):
        saved = hasattr(found, "get_config") and hasattr(found, "from_config")
        return found if saved else None
    own = inspect.isfunction(found) and found.__module__ == module
    return found if own else None


def find_class(
    config: Mapping[str, Any],
    registry: Registry,
    custom_objects: Mapping[str, Any] | None = None,
) -> Any:
    """Find the class that a configuration names.

    Registered names come first, then the registry, then modules of the user that
    are imported already.

    Raises:
        ValueError: If there is no such class; the message suggests a close name.
    """
    class_name = config["class_name"]
    registered = config.get("registered_name")
    custom = dict(custom_objects or {})
    for name in (registered, class_name):
        if isinstance(name, str):
            found = custom.get(name) or get_registered_object(name, custom)
            if found is not None:
                return found
    module = config.get("module")
    if module and module.partition(".")[0] not in ("keras", "builtins"):
        found = imported_object(module, class_name)
        if found is not None:
            return found
    return registry.lookup(class_name, custom)


def build_object(
    cls: Any,
    config: Mapping[str, Any],
    custom_objects: Mapping[str, Any] | None = None,
) -> Any:
    """Make an object of a class from a configuration with the key `config`.

    Raises:
        ValueError: If the class refuses the configuration; the message names both.
    """
    arguments = config["config"] or {}
    if isinstance(arguments, Mapping):
        arguments = dict(arguments)
    if not hasattr(cls, "from_config"):
        return cls if not inspect.isclass(cls) else cls(**arguments)
    with CustomObjectScope(custom_objects):
        if "custom_objects" in inspect.signature(cls.from_config).parameters:
            return cls.from_config(arguments, custom_objects=custom_objects)
        return cls.from_config(arguments)
