"""The parts of a model that have a place of their own in files of Keras 3.

A part is a layer or an optimizer; its place follows from the attributes that lead to
it: `layers/dense_1` is the second Dense of a model, `layers/lstm/cell` a cell.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator, Mapping
from typing import Any

from kerasish.naming import to_snake_case

# Attributes that Keras has under other names, for classes and those derived from them.
_NAMES_IN_KERAS = {
    "GroupQueryAttention": {},
    "MultiHeadAttention": {
        f"_{name}_dense": f"{name}_dense"
        for name in ("key", "output", "query", "value")
    },
    "TextVectorization": {"lookup": "_lookup_layer"},
}
# Classes whose public name is not the one that Keras names places by.
_CLASSES_IN_KERAS = {"GroupQueryAttention": "GroupedQueryAttention"}
_FURTHER_SKIPPED = {"_whole", "_program", "_inputs", "_outputs", "_endpoints"}


def saved_parts(model: Any) -> Iterator[tuple[str, Any]]:
    """Yield the path and the part for a model and everything inside it, once each.

    Args:
        model: The model.

    Example:

    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> [path for path, part in saved_parts(model)]
    ['', 'layers/dense']
    """
    yield from _parts(model, "", set())


def is_part(value: Any) -> bool:
    """Tell whether a value is a layer, a model or an optimizer."""
    from kerasish.layers.layer import Layer
    from kerasish.optimizers.optimizer import Optimizer

    return isinstance(value, (Layer, Optimizer))


def children(part: Any) -> Iterator[tuple[str, Any]]:
    """Yield the names and values of attributes that are, or may hold, parts.

    Args:
        part: A layer, a model or an optimizer.
    """
    from kerasish.models.model import Model

    attributes = dict(part.__dict__)
    if isinstance(part, Model):
        attributes["layers"] = part.layers
        if part.optimizer is not None:
            attributes["optimizer"] = part.optimizer
    skipped = _skipped()
    classes = (cls.__name__ for cls in type(part).__mro__)
    known = next((_NAMES_IN_KERAS[c] for c in classes if c in _NAMES_IN_KERAS), {})
    for ours, name in known.items():
        attributes[name] = attributes.pop(ours, None)
    names = sorted(attributes, key=lambda name: name.replace("_", "~", name[:1] == "_"))
    if has_functional_form(part):
        names.remove("layers")
        names.insert(0, "layers")
    for name in names:
        value = attributes[name]
        if name not in skipped and (
            is_part(value) or isinstance(value, (list, tuple, Mapping))
        ):
            yield name, value


def has_functional_form(part: Any) -> bool:
    """Tell whether a model is a graph or a chain of layers."""
    return hasattr(part, "_program") or bool(getattr(part, "_chain", None))


@functools.lru_cache(maxsize=1)
def _skipped() -> frozenset[str]:
    from kerasish.layers.layer import Layer
    from kerasish.models.model import Model

    own = set(Layer(name="layer").__dict__) | set(Model(name="model").__dict__)
    return frozenset(own | _FURTHER_SKIPPED)


def _parts(part: Any, path: str, visited: set[int]) -> Iterator[tuple[str, Any]]:
    if id(part) in visited:
        return
    visited.add(id(part))
    yield path, part
    for name, value in children(part):
        inner = f"{path}/{name}" if path else name
        if is_part(value):
            yield from _parts(value, inner, visited)
        else:
            yield from _parts_inside(value, inner, visited)


def _parts_inside(
    container: Any, path: str, visited: set[int]
) -> Iterator[tuple[str, Any]]:
    if id(container) in visited:
        return
    visited.add(id(container))
    for name, value in numbered(container):
        if is_part(value):
            yield from _parts(value, f"{path}/{name}", visited)
        else:
            yield from _parts_inside(value, f"{path}/{name}", visited)


def class_in_places(part: Any) -> str:
    """Return the name that the place of a part in a list has from its class.

    Args:
        part: A layer, a model or an optimizer.

    Example:

    >>> import kerasish as keras
    >>> class_in_places(keras.layers.Conv2D(2, 3))
    'conv2d'
    """
    kind = type(part).__name__
    return to_snake_case(_CLASSES_IN_KERAS.get(kind, kind))


def numbered(container: Any) -> Iterator[tuple[str, Any]]:
    """Yield the parts and containers in a container, named and numbered by class.

    Args:
        container: A list, tuple or dictionary.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Dense
    >>> [name for name, part in numbered([layer(1), layer(2), [layer(3)]])]
    ['dense', 'dense_1', 'container']
    """
    values = container.values() if isinstance(container, Mapping) else container
    counts: dict[str, int] = {}
    for value in values:
        if is_part(value):
            name = class_in_places(value)
        elif isinstance(value, (list, tuple, Mapping)):
            name = "container"
        else:
            continue
        number = counts.get(name, 0)
        counts[name] = number + 1
        yield (f"{name}_{number}" if number else name), value
