"""What the constructors and `build` methods of many layers share."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish import activations, constraints, initializers, regularizers
from kerasish.errors import ShapeError

_GETTERS = {
    "activation": activations.get,
    "initializer": initializers.get,
    "regularizer": regularizers.get,
    "constraint": constraints.get,
}


def set_arguments(layer: Any, **arguments: Any) -> None:
    """Keep constructor arguments as attributes, with names turned into objects.

    Arguments whose name ends in `activation`, `initializer`, `regularizer` or
    `constraint` are looked up; the others are kept as they are.

    Args:
        layer: The layer that is being made.
        **arguments: The arguments by name.

    Example:

    >>> class Holder: pass
    >>> holder = Holder()
    >>> set_arguments(holder, units=3, activation="relu")
    >>> holder.activation is activations.relu
    True
    """
    for name, value in arguments.items():
        getter = _GETTERS.get(name.rpartition("_")[2])
        setattr(layer, name, value if getter is None else getter(value))


def old_name(kwargs: dict[str, Any], old: str, value: Any) -> Any:
    """Return the value given under an argument's former name, else the present one.

    Args:
        kwargs: Further arguments; the former name is taken out.
        old: The former name.
        value: The value given under the present name.

    Example:

    >>> old_name({"alpha": 0.1}, "alpha", 0.3)
    0.1
    """
    return kwargs.pop(old, value)


def drop_old(kwargs: dict[str, Any], **neutral: Any) -> None:
    """Take out former arguments that may only have the values that change nothing.

    Args:
        kwargs: Further arguments, changed in place.
        **neutral: Former argument names with a tuple of the values allowed.

    Raises:
        ValueError: If one has another value.

    Example:

    >>> drop_old({"implementation": 2}, implementation=(1, 2))
    """
    for name, allowed in neutral.items():
        if name in kwargs and kwargs.pop(name) not in allowed:
            raise ValueError(f"The argument `{name}` can only be one of {allowed}.")


def passed(names: dict[str, Any]) -> dict[str, Any]:
    """Return the arguments of a constructor, to be handed on to the base class.

    Args:
        names: What `locals()` gives at the beginning of the constructor.

    Example:

    >>> passed({"self": None, "units": 3, "kwargs": {"name": "a"}})
    {'units': 3, 'name': 'a'}
    """
    arguments = {
        name: value
        for name, value in names.items()
        if name not in ("self", "__class__", "kwargs")
    }
    return {**arguments, **names.get("kwargs", {})}


def positive_int(value: Any, argument: str) -> int:
    """Return an argument that must be a positive integer.

    Raises:
        ValueError: If it is not.

    Example:

    >>> positive_int(3, "units")
    3
    """
    try:
        number = int(value)
    except (TypeError, ValueError):
        number = 0
    if number < 1 or number != value:
        raise ValueError(
            f"`{argument}` must be a positive integer.\nReceived: {argument}={value!r}"
        )
    return number


def rate_argument(value: Any, argument: str = "rate") -> float:
    """Return an argument that must lie in [0, 1].

    Raises:
        ValueError: If it does not.

    Example:

    >>> rate_argument(0.5)
    0.5
    """
    if not isinstance(value, (int, float)) or not 0 <= value <= 1:
        raise ValueError(
            f"`{argument}` must be a number between 0 and 1.\n"
            f"Received: {argument}={value!r}"
        )
    return value


def add_parameter(
    layer: Any, name: str, shape: Sequence[int], prefix: str | None = None
) -> Any:
    """Add a trainable weight that follows the layer's arguments for it.

    Args:
        layer: The layer; its `{prefix}_initializer`, `{prefix}_regularizer` and
            `{prefix}_constraint` are used.
        name: Name of the weight.
        shape: Shape of the weight.
        prefix: Beginning of the arguments' names; `name` by default.

    Returns:
        The Variable.
    """
    prefix = prefix or name
    return layer.add_weight(
        name=name,
        shape=tuple(shape),
        initializer=getattr(layer, f"{prefix}_initializer"),
        regularizer=getattr(layer, f"{prefix}_regularizer", None),
        constraint=getattr(layer, f"{prefix}_constraint", None),
    )


def known_size(layer: Any, shape: Sequence[int | None], axis: int, what: str) -> int:
    """Return the size of an input axis that must be known to make the weights.

    Args:
        layer: The layer that is being built.
        shape: The shape of its input.
        axis: The axis.
        what: What its entries are called in the message, such as `"channels"`.

    Raises:
        ShapeError: If there is no such axis or its size is `None`.
    """
    if not -len(shape) <= axis < len(shape) or shape[axis] is None:
        raise ShapeError(
            f'layer "{layer.name}": the number of {what} (axis {axis}) must be known '
            f"to make the weights.\n  got: input {tuple(shape)}"
        )
    return shape[axis]


def check_width(
    layer: Any, inputs: Any, axis: int, expected: int, kernel: Any, what: str
) -> None:
    """Check that the width of an input fits a kernel.

    Args:
        layer: The layer that is called.
        inputs: Its input.
        axis: The axis that the kernel is multiplied with.
        expected: The size it must have.
        kernel: The kernel, for the message.
        what: What the axis holds, such as `"channels"`.

    Raises:
        ShapeError: If it does not.
    """
    width = inputs.shape[axis]
    if width is None or width == expected:
        return
    data_format = getattr(layer, "data_format", None)
    raise ShapeError(
        f'layer "{layer.name}": the input has {width} {what}, but the kernel of shape '
        f"{tuple(kernel.shape)} expects {expected}.\n"
        f"  got: input {tuple(inputs.shape)} {inputs.dtype}"
        + (f", data_format={data_format!r}" if data_format else "")
    )
