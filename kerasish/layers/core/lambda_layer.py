"""Any function as a layer."""

from __future__ import annotations

import base64
import inspect
import marshal
import sys
import types
from collections.abc import Callable, Mapping
from typing import Any

from kerasish.backend.limits import is_unsafe_deserialization_enabled
from kerasish.layers.call_signature import is_shape
from kerasish.layers.core.lambda_graph import GraphFunction, graph_of
from kerasish.layers.layer import Layer
from kerasish.registry import get_registered_object
from kerasish.serialization import deserialize_keras_object, serialize_keras_object


class Lambda(Layer):
    """Applies a function.

    Layers that a file has to hold are better written as classes: the code of a Python
    lambda is stored as bytes that only the same version of Python can run.

    Args:
        function: Function of the inputs; it may also have arguments `mask` and
            `training`.
        output_shape: Shape of the output without the batch axis, or a function of the
            shape of the input. Sizes that running the function tells are not taken
            from it.
        mask: Mask of the output, or a function `mask(inputs, mask)` that returns it.
        arguments: Further keyword arguments of the function.

    Input shape: any.

    Output shape: what the function makes of it.

    Example:

    >>> import kerasish as keras
    >>> x = keras.ops.array([1.0, 2.0])
    >>> keras.layers.Lambda(lambda x: x * 2)(x).numpy().tolist()
    [2.0, 4.0]
    """

    def __init__(
        self,
        function: Callable,
        output_shape: Any = None,
        mask: Any = None,
        arguments: Mapping[str, Any] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not callable(function):
            raise TypeError(
                f"`function` must be callable.\nReceived: function={function!r}"
            )
        self.function = function
        self.arguments = dict(arguments or {})
        self.mask = mask
        self._given_output_shape = output_shape
        self.supports_masking = mask is not None
        names = _parameters(function)
        self._takes_mask = "mask" in names
        self._takes_training = "training" in names

    def call(self, inputs: Any, mask: Any = None, training: bool | None = None) -> Any:
        """Return the function of the inputs."""
        arguments = dict(self.arguments)
        if self._takes_mask:
            arguments["mask"] = mask
        if self._takes_training:
            arguments["training"] = training
        return self.function(inputs, **arguments)

    def _promises_shape(self) -> bool:
        return self._given_output_shape is not None

    def compute_output_shape(self, input_shape: Any) -> Any:
        """Return the shape of the output for an input of this shape."""
        given = self._given_output_shape
        if given is None:
            return super().compute_output_shape(input_shape)
        if callable(given):
            return given(input_shape)
        batch = input_shape[0] if is_shape(input_shape) else None
        return (batch, *given)

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the output."""
        return self.mask(inputs, mask) if callable(self.mask) else self.mask

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, functions as names or as code."""
        config = dict(super().get_config())
        config.pop("output_shape", None)
        own = self.function
        graph = isinstance(own, GraphFunction)
        config["function"] = own.described if graph else _describe(own)
        config["arguments"] = serialize_keras_object(dict(self.arguments))
        config.pop("mask", None)
        if self.mask is not None:
            plain = not callable(self.mask)
            config["mask"] = (serialize_keras_object if plain else _describe)(self.mask)
        if self._given_output_shape is not None:
            shape = self._given_output_shape
            config["output_shape"] = _describe(shape) if callable(shape) else shape
        return config

    def get_marks(self) -> dict[str, Any]:
        """Return what files say beside the configuration: the function as a graph."""
        graph = graph_of(self)
        return {} if graph is None else {"graph": graph}

    @classmethod
    def from_config(
        cls,
        config: Mapping[str, Any],
        custom_objects: Any = None,
        safe_mode: bool = True,
    ) -> Lambda:
        """Make a layer from what `get_config` returned.

        Args:
            config: The arguments.
            custom_objects: Maps names to functions of the user.
            safe_mode: Whether to refuse stored Python code, which could do anything.

        Raises:
            ValueError: If there is stored code and `safe_mode` is true.
        """
        config = dict(config)
        for name in ("function", "mask", "output_shape"):
            if name in config:
                config[name] = _rebuild(config[name], custom_objects, safe_mode)
        config["arguments"] = deserialize_keras_object(config.get("arguments"))
        return super().from_config(config)


def _parameters(function: Callable) -> set[str]:
    try:
        return set(inspect.signature(function).parameters)
    except (TypeError, ValueError):
        return set()


def func_dump(func: Callable) -> tuple[str, tuple | None, tuple | None]:
    """Return the code of a function as text.

    Args:
        func: The function.

    Returns:
        The code, the values of default arguments, and the values that it closes over.

    Example:

    >>> func_load(func_dump(lambda x, n=2: x * n))(3)
    6
    """
    code = base64.encodebytes(marshal.dumps(func.__code__)).decode()
    closure = func.__closure__
    values = closure and tuple(cell.cell_contents for cell in closure)
    return code, func.__defaults__, values


def func_load(
    code: Any, defaults: Any = None, closure: Any = None, globs: dict | None = None
) -> Callable:
    """Make a function of its stored code. Code of others could do anything.

    Args:
        code: The code as text, or all that `func_dump` returned.
        defaults: The values of default arguments.
        closure: The values that it closes over.
        globs: The global names that it sees; those of this module by default.

    Example:

    >>> func_load(func_dump(lambda x: x + 1))(3)
    4
    """
    if isinstance(code, (tuple, list)):
        code, defaults, closure = code
    stored = marshal.loads(base64.decodebytes(code.encode()))
    cells = closure and tuple(types.CellType(value) for value in closure)
    names = globals() if globs is None else globs
    return types.FunctionType(
        stored, names, stored.co_name, defaults and tuple(defaults), cells
    )


class _Code(dict):
    """What is stored of a function that, in this process, still is at hand."""

    function: Callable


def _describe(function: Callable) -> Any:
    """Returns a name for a function with one, else its code as text."""
    if getattr(function, "__name__", "<lambda>") != "<lambda>":
        described = serialize_keras_object(function)
        named = isinstance(described, dict)
        return _at_hand(described, function) if named else described
    names = ("code", "defaults", "closure")
    stored = dict(zip(names, func_dump(function)))
    stored["python"] = f"{sys.version_info.major}.{sys.version_info.minor}"
    return _at_hand({"class_name": "__lambda__", "config": stored}, function)


def _at_hand(described: dict[str, Any], function: Callable) -> _Code:
    code = _Code(described)
    code.function = function
    return code


def _rebuild(value: Any, custom_objects: Any, safe_mode: bool) -> Any:
    if isinstance(value, str):
        found = get_registered_object(value, custom_objects)
        return value if found is None else found
    if isinstance(value, _Code):
        return value.function
    if not isinstance(value, Mapping) or value.get("class_name") != "__lambda__":
        return deserialize_keras_object(value, custom_objects)
    if safe_mode and not is_unsafe_deserialization_enabled():
        raise ValueError(
            "A Lambda layer with a Python lambda holds code, which could do anything "
            "when it is loaded. If you trust its source, pass `safe_mode=False`."
        )
    stored = value["config"]
    return func_load(stored["code"], stored.get("defaults"), stored.get("closure"))
