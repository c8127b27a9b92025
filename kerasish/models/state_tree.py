"""The Variables of a model as nested dicts by their paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

_FORMATS = ("backend_tensor", "numpy_array")


def _groups(model: Any) -> dict[str, list]:
    optimizer = getattr(model, "optimizer", None)
    return {
        "trainable_variables": model.trainable_variables,
        "non_trainable_variables": model.non_trainable_variables,
        "optimizer_variables": list(optimizer.variables) if optimizer else [],
        "metrics_variables": model.metrics_variables,
    }


def state_tree(model: Any, value_format: str = "backend_tensor") -> dict[str, dict]:
    """Return the values of all Variables of a model, nested as their paths are.

    Args:
        model: The model.
        value_format: `"backend_tensor"` or `"numpy_array"`.

    Raises:
        ValueError: If the format is another one, or two Variables have one path.

    Example:

    >>> import kerasish as keras
    >>> dense = keras.layers.Dense(1, name="d")
    >>> model = keras.Sequential([keras.Input((1,)), dense], name="m")
    >>> sorted(state_tree(model)["trainable_variables"]["m"]["d"])
    ['bias', 'kernel']
    """
    if value_format not in _FORMATS:
        raise ValueError(
            f"value_format must be one of {_FORMATS}.\n"
            f"Received: value_format={value_format!r}"
        )
    found: dict[str, dict] = {}
    for name, variables in _groups(model).items():
        found[name] = {}
        for path, variable in _by_path(variables).items():
            *folders, last = path.split("/")
            place = found[name]
            for folder in folders:
                place = place.setdefault(folder, {})
            as_tensor = value_format == "backend_tensor"
            place[last] = variable.value if as_tensor else variable.numpy()
    return found


def _by_path(variables: list) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for variable in variables:
        if variable.path in found:
            raise ValueError(
                "Two variables have the same path, so that they cannot be told apart; "
                f"give layers different names.\n  got: {variable.path!r} twice"
            )
        found[variable.path] = variable
    return found


def set_state_tree(model: Any, values: Mapping[str, Any]) -> None:
    """Set Variables of a model to values that `state_tree` returned.

    Args:
        model: The model.
        values: The nested dicts; what is left out stays as it is.

    Raises:
        ValueError: If there is no such group or Variable.

    Example:

    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])
    >>> set_state_tree(model, state_tree(model))
    """
    groups = _groups(model)
    for name, nested in values.items():
        if name not in groups:
            raise ValueError(
                f"A state tree has the groups {sorted(groups)}.\nReceived: {name!r}"
            )
        variables = _by_path(groups[name])
        for path, value in _leaves(nested):
            if path not in variables:
                raise ValueError(
                    f"There is no such variable among the {name}.\nReceived: {path!r}"
                )
            variables[path].assign(value)


def _leaves(nested: Any, prefix: str = "") -> Iterator[tuple[str, Any]]:
    for name, value in nested.items():
        path = f"{prefix}{name}"
        if isinstance(value, Mapping):
            yield from _leaves(value, f"{path}/")
        else:
            yield path, value
