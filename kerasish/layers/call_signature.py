"""Which arguments a layer's `call` has, and which of them are tensors."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import Any

from kerasish import tree
from kerasish.backend.graph import Tensor

_CONTEXT = ("training", "mask")


class CallSignature:
    """The parameters of a function `call(self, ...)`.

    Args:
        function: The unbound function.

    Example:

    >>> signature = CallSignature(lambda self, x, mask=None: x)
    >>> signature.first, signature.has_mask, signature.has_training
    ('x', True, False)
    """

    def __init__(self, function: Callable):
        parameters = list(inspect.signature(function).parameters.values())[1:]
        kinds = inspect.Parameter
        self.positional = [
            p.name
            for p in parameters
            if p.kind in (kinds.POSITIONAL_ONLY, kinds.POSITIONAL_OR_KEYWORD)
        ]
        self.names = {p.name for p in parameters}
        variable = [p.name for p in parameters if p.kind is kinds.VAR_POSITIONAL]
        self.var_positional = variable[0] if variable else None
        self.has_kwargs = any(p.kind is kinds.VAR_KEYWORD for p in parameters)
        self.defaults = {
            p.name: p.default for p in parameters if p.default is not kinds.empty
        }
        self.has_training = "training" in self.names
        self.has_mask = "mask" in self.names
        self.first = self.positional[0] if self.positional else self.var_positional

    def bind(self, args: tuple, kwargs: dict) -> dict[str, Any]:
        """Return the passed arguments by name, in the order of the signature."""
        bound = dict(zip(self.positional, args))
        rest = args[len(self.positional) :]
        if rest:
            one = len(rest) == 1 and not self.positional
            bound[self.var_positional or "args"] = rest[0] if one else list(rest)
        bound.update(kwargs)
        return bound


@functools.lru_cache(maxsize=4096)
def call_signature(function: Callable) -> CallSignature:
    """Return the signature of an unbound `call` function, from a cache.

    Example:

    >>> call_signature(lambda self, inputs: inputs).first
    'inputs'
    """
    return CallSignature(inspect.unwrap(function))


def is_mask_name(name: str) -> bool:
    """Tell whether an argument is a mask by its name.

    Example:

    >>> is_mask_name("query_mask"), is_mask_name("x")
    (True, False)
    """
    return name == "mask" or name.endswith("_mask")


def tensor_arguments(bound: dict[str, Any]) -> dict[str, Any]:
    """Return those arguments that consist of tensors, without masks.

    Args:
        bound: Arguments by name.
    """
    return {
        name: value
        for name, value in bound.items()
        if name not in _CONTEXT and not is_mask_name(name) and _has_tensors(value)
    }


def _has_tensors(value: Any) -> bool:
    if isinstance(value, Tensor):
        return True
    if not tree.is_nested(value):
        return False
    return any(isinstance(leaf, Tensor) for leaf in tree.flatten(value))


def shapes_of(value: Any) -> Any:
    """Return the shapes of a structure of tensors, `None` for other leaves.

    Example:

    >>> shapes_of([None])
    [None]
    """
    return tree.map_structure(
        lambda leaf: tuple(leaf.shape) if isinstance(leaf, Tensor) else None, value
    )


def call_with_shapes(function: Callable, shapes: dict[str, Any]) -> Any:
    """Call `build` or `compute_output_shape` with the shapes of tensor arguments.

    Args:
        function: The bound method: it names `<argument>_shape` parameters, or takes
            the first shape only.
        shapes: Shapes by `<argument>_shape`.

    Example:

    >>> call_with_shapes(lambda input_shape: input_shape, {"x_shape": (None, 3)})
    (None, 3)
    """
    parameters = inspect.signature(function).parameters
    names = [p.name for p in parameters.values() if p.kind != p.VAR_KEYWORD]
    takes_any = len(names) < len(parameters)
    if len(shapes) > 1 and (takes_any or any(name in shapes for name in names)):
        kept = {n: s for n, s in shapes.items() if takes_any or n in names}
        return function(**kept)
    if names and shapes:
        return function(next(iter(shapes.values())))
    if takes_any:
        return function(**shapes)
    return function(None) if names else function()


def is_shape(value: Any) -> bool:
    """Tell whether a value is one shape rather than a structure of shapes.

    Example:

    >>> is_shape((None, 3)), is_shape([(None, 3), (None, 4)])
    (True, False)
    """
    return isinstance(value, (tuple, list)) and all(
        item is None or isinstance(item, int) or hasattr(item, "__index__")
        for item in value
    )
