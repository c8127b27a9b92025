"""Nested structures of lists, tuples and dicts: flatten, map, rebuild.

A leaf is anything that is no list, tuple (named ones included) or dict; `None` is a
leaf. Dicts are walked in the order of their sorted keys.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any


def is_nested(structure: Any) -> bool:
    """Tell whether a value is a list, tuple or dict.

    Example:

    >>> is_nested([1]), is_nested(1)
    (True, False)
    """
    return isinstance(structure, (list, tuple, Mapping))


def _sorted_keys(mapping: Mapping) -> list:
    try:
        return sorted(mapping)
    except TypeError:
        return list(mapping)


def _leaves(structure: Any) -> Iterator[Any]:
    if isinstance(structure, Mapping):
        for key in _sorted_keys(structure):
            yield from _leaves(structure[key])
    elif isinstance(structure, (list, tuple)):
        for item in structure:
            yield from _leaves(item)
    else:
        yield structure


def flatten(structure: Any) -> list:
    """List the leaves of a structure.

    Example:

    >>> flatten({"b": [1, 2], "a": 0})
    [0, 1, 2]
    """
    return list(_leaves(structure))


def _rebuild(structure: Any, items: Iterable[Any]) -> Any:
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return type(structure)(*items)
    return type(structure)(items)


def map_structure(function: Callable, *structures: Any) -> Any:
    """Apply a function to corresponding leaves and keep the structure.

    Raises:
        ValueError: If the structures differ.

    Example:

    >>> map_structure(lambda x, y: x + y, [1, (2,)], [10, (20,)])
    [11, (22,)]
    """
    first, rest = structures[0], structures[1:]
    for other in rest:
        assert_same_structure(first, other)
    return _map(function, first, rest)


def _map(function: Callable, first: Any, rest: tuple) -> Any:
    if isinstance(first, Mapping):
        pairs = [
            (k, _map(function, first[k], tuple(r[k] for r in rest))) for k in first
        ]
        return type(first)(pairs) if type(first) is not dict else dict(pairs)
    if isinstance(first, (list, tuple)):
        return _rebuild(
            first, [_map(function, *_split(group)) for group in zip(first, *rest)]
        )
    return function(first, *rest)


def _split(group: tuple) -> tuple[Any, tuple]:
    return group[0], group[1:]


def pack_sequence_as(structure: Any, flat_sequence: Iterable[Any]) -> Any:
    """Rebuild a structure from the flat list of its leaves.

    Raises:
        ValueError: If the number of leaves does not fit.

    Example:

    >>> pack_sequence_as([0, (0,)], [1, 2])
    [1, (2,)]
    """
    leaves = list(flat_sequence)
    expected = len(flatten(structure))
    if len(leaves) != expected:
        raise ValueError(
            f"The structure has {expected} leaves, but {len(leaves)} values came.\n"
            f"Received: structure={structure}"
        )
    iterator = iter(leaves)
    return _pack(structure, iterator)


def _pack(structure: Any, iterator: Iterator[Any]) -> Any:
    if isinstance(structure, Mapping):
        values = {
            key: _pack(structure[key], iterator) for key in _sorted_keys(structure)
        }
        pairs = [(key, values[key]) for key in structure]
        return type(structure)(pairs) if type(structure) is not dict else dict(pairs)
    if isinstance(structure, (list, tuple)):
        return _rebuild(structure, [_pack(item, iterator) for item in structure])
    return next(iterator)


def assert_same_structure(a: Any, b: Any) -> None:
    """Check that two structures have the same containers in the same places.

    Raises:
        ValueError: If they differ.

    Example:

    >>> assert_same_structure([1, {"a": 2}], [3, {"a": 4}])
    """
    same = is_nested(a) == is_nested(b)
    if same and isinstance(a, Mapping):
        same = isinstance(b, Mapping) and set(a) == set(b)
        children = [(a[key], b[key]) for key in a] if same else []
    elif same and is_nested(a):
        same = not isinstance(b, Mapping) and len(a) == len(b)
        children = list(zip(a, b)) if same else []
    else:
        children = []
    if not same:
        raise ValueError(f"Structures do not match.\n  got: {a!r}\n  and: {b!r}")
    for left, right in children:
        assert_same_structure(left, right)
