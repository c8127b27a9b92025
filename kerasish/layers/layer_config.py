"""A layer as plain data: the configuration derived from the constructor."""

from __future__ import annotations

import inspect
from collections.abc import Collection, Mapping
from typing import Any

from kerasish import dtype_policies
from kerasish.errors import ConfigError
from kerasish.serialization import deserialize_keras_object, serialize_keras_object

_MISSING = object()
_BASE = ("activity_regularizer", "trainable", "dtype", "autocast", "name")
_PLAIN = (bool, int, float, str, list, tuple, dict, type(None))


def constructor_parameters(
    cls: type, stop: type, given: Collection[str] = ()
) -> dict[str, inspect.Parameter]:
    """Return the named constructor arguments of a class and, through `**kwargs`, bases.

    Of a base that is a user's class only the arguments that were given count: a
    constructor may fix the others in its `super().__init__(...)`.

    Args:
        cls: A class.
        stop: The base class whose own arguments are left out.
        given: Names of arguments that an object was made with.

    Example:

    >>> class Point:
    ...     def __init__(self, x, y=0): pass
    >>> list(constructor_parameters(Point, object))
    ['x', 'y']
    """
    found: dict[str, inspect.Parameter] = {}
    own = True
    for base in cls.__mro__:
        if base is stop or base is object:
            break
        if "__init__" not in base.__dict__:
            continue
        every = own or base.__module__.startswith("kerasish.")
        own = False
        parameters = list(inspect.signature(base.__init__).parameters.values())[1:]
        for parameter in parameters:
            if parameter.kind in (parameter.VAR_KEYWORD, parameter.VAR_POSITIONAL):
                continue
            if every or parameter.name in given:
                found.setdefault(parameter.name, parameter)
        if not any(p.kind is p.VAR_KEYWORD for p in parameters):
            break
    return found


class LayerConfig:
    """The part of a layer that describes itself."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make the layer and remember what it was made with."""
        layer = super().__new__(cls)
        object.__setattr__(layer, "_made_with", (args, kwargs))
        return layer

    def _arguments_made_with(self) -> dict[str, Any]:
        args, kwargs = self.__dict__.get("_made_with", ((), {}))
        try:
            signature = inspect.signature(type(self).__init__)
            bound = signature.bind_partial(self, *args, **kwargs).arguments
        except TypeError:
            return dict(kwargs)
        found = {**bound}
        for parameter in signature.parameters.values():
            if parameter.kind is parameter.VAR_KEYWORD:
                found.update(found.pop(parameter.name, {}))
        return found

    def get_config(self) -> dict[str, Any]:
        """Return the arguments that make an equal layer.

        They are found by the constructor's argument names: each is the attribute of
        the same name, else what the constructor was given.

        Returns:
            A dictionary of plain data.

        Raises:
            NotImplementedError: If an argument can be found or described in no way.
        """
        from kerasish.layers.layer import Layer

        config: dict[str, Any] = {
            "name": self.name,
            "trainable": self._trainable,
            "dtype": dtype_policies.serialize(self._dtype_policy),
        }
        if self.activity_regularizer is not None:
            regularizer = serialize_keras_object(self.activity_regularizer)
            config["activity_regularizer"] = regularizer
        if not self.autocast:
            config["autocast"] = False
        overridden = type(self).get_config is not LayerConfig.get_config
        given = self._arguments_made_with()
        for name, parameter in constructor_parameters(type(self), Layer, given).items():
            if name in _BASE:
                continue
            value = self._constructor_argument(name, parameter, given)
            if value is _MISSING:
                if not overridden and parameter.default is inspect.Parameter.empty:
                    self._refuse_config(name)
                continue
            try:
                plain = _is_plain(value)
                config[name] = value if plain else serialize_keras_object(value)
            except (ValueError, TypeError):
                if not overridden:
                    self._refuse_config(name)
        return config

    def _constructor_argument(
        self, name: str, parameter: Any, given: dict[str, Any]
    ) -> Any:
        attribute = getattr(self, name, _MISSING)
        if type(self).__module__.startswith("kerasish."):
            return given.get(name, _MISSING) if attribute is _MISSING else attribute
        # A user's attribute may be made from the argument rather than be it.
        value = given.get(name, parameter.default)
        if value is inspect.Parameter.empty:
            return attribute if isinstance(attribute, _PLAIN) else _MISSING
        if isinstance(attribute, _PLAIN) and isinstance(value, type(attribute)):
            return attribute
        return value

    def _refuse_config(self, name: str) -> None:
        raise NotImplementedError(
            f'layer "{self.name}": the argument {name!r} of {type(self).__name__} '
            "cannot be described by plain data. Override `get_config()` (and "
            "`from_config()`)."
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any]) -> Any:
        """Make a layer from what `get_config()` returned.

        Args:
            config: The arguments; described objects among them are rebuilt.

        Raises:
            ConfigError: If the constructor does not take them.
        """
        arguments = {name: _rebuilt(value, name) for name, value in config.items()}
        try:
            return cls(**arguments)
        except TypeError as error:
            raise ConfigError(
                f"{cls.__name__} cannot be made from its configuration: {error}. Its "
                "constructor must take all that get_config() returns; **kwargs handed "
                "on to super().__init__() takes the name, the dtype and trainable.\n"
                f"Received: config={dict(config)}"
            ) from error

    def get_build_config(self) -> dict[str, Any] | None:
        """Return the shapes that the layer was built with, `None` before."""
        shapes = self.__dict__.get("_build_shapes")
        if shapes is None:
            return None
        if len(shapes) == 1:
            return {"input_shape": next(iter(shapes.values()))}
        return {"shapes_dict": shapes}

    def build_from_config(self, config: Mapping[str, Any]) -> None:
        """Build the layer with what `get_build_config()` returned."""
        if config.get("shapes_dict"):
            self.build(**config["shapes_dict"])
        elif "input_shape" in config:
            self.build(_as_shape(config["input_shape"]))

    def stores_otherwise(self) -> bool:
        """Tell whether it has its own way to store its weights."""
        return type(self).load_own_variables is not LayerConfig.load_own_variables

    def save_own_variables(self, store: Any) -> None:
        """Put the layer's own weights, not those of layers inside, into a store.

        Override it together with `load_own_variables` to store something else.

        Args:
            store: Takes arrays under names, as a dictionary does.
        """
        weights = [*self._trainable_variables, *self._non_trainable_variables]
        for index, weight in enumerate(weights):
            store[str(index)] = weight.numpy()

    def load_own_variables(self, store: Mapping[str, Any]) -> None:
        """Take the layer's own weights from a store.

        Args:
            store: What `save_own_variables` filled.

        Raises:
            ValueError: If the number of weights differs.
        """
        weights = [*self._trainable_variables, *self._non_trainable_variables]
        if len(weights) != len(store.keys()):
            raise ValueError(
                f"Layer {self.name!r} has {len(weights)} weights of its own.\n"
                f"Received: {len(store.keys())} arrays"
            )
        for index, weight in enumerate(weights):
            weight.assign(store[str(index)])


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple):
        return type(value) is tuple and all(_is_plain(item) for item in value)
    return value is None or isinstance(value, (bool, int, float, str))


def _as_shape(value: Any) -> Any:
    if isinstance(value, list) and all(isinstance(v, (int, type(None))) for v in value):
        return tuple(value)
    if isinstance(value, list):
        return [_as_shape(item) for item in value]
    return value


def _rebuilt(value: Any, name: str = "") -> Any:
    # Keras 2 describes inner layers without their module.
    if isinstance(value, Mapping) and "class_name" in value:
        if name == "dtype":
            return dtype_policies.deserialize(value)
        if value.get("module") or name.endswith("layer"):
            return deserialize_keras_object(value)
        return value
    if isinstance(value, (list, tuple)):
        return type(value)(_rebuilt(item) for item in value)
    return value
