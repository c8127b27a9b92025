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


def _add_leaves(structure: Any, leaves: list) -> None:
    if isinstance(structure, (list, tuple)):
        for item in structure:
            _add_leaves(item, leaves)
    elif isinstance(structure, Mapping):
        for key in _sorted_keys(structure):
            _add_leaves(structure[key], leaves)
    else:
        leaves.append(structure)


def flatten(structure: Any) -> list:
    """List the leaves of a structure.

    Example:

    >>> flatten({"b": [1, 2], "a": 0})
    [0, 1, 2]
    """
    leaves: list = []
    _add_leaves(structure, leaves)
    return leaves


def _rebuild(structure: Any, items: Iterable[Any]) -> Any:
    if isinstance(structure, tuple) and hasattr(structure, "_fields"):
        return type(structure)(*items)
    return type(structure)(items)


def _mapping_like(structure: Mapping, values: dict) -> Any:
    pairs = [(key, values[key]) for key in structure]
    return type(structure)(pairs) if type(structure) is not dict else dict(pairs)


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
        # In the order of `flatten`: a function may take its results one by one.
        values = {
            k: _map(function, first[k], tuple(r[k] for r in rest))
            for k in _sorted_keys(first)
        }
        return _mapping_like(first, values)
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
        return _mapping_like(structure, values)
    if isinstance(structure, (list, tuple)):
        return _rebuild(structure, [_pack(item, iterator) for item in structure])
    return next(iterator)


def assert_same_structure(a: Any, b: Any, check_types: Any = None) -> None:
    """Check that two structures have the same containers in the same places.

    Args:
        a: A structure.
        b: Another one.
        check_types: Of no effect, as in Keras 3.

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


class MAP_TO_NONE:
    """What a function of `traverse` returns to put `None` into the place.

    Example:

    >>> traverse(lambda x: MAP_TO_NONE if x == 1 else None, [1, 2])
    [None, 2]
    """


def traverse(func: Callable, structure: Any, top_down: bool = True) -> Any:
    """Apply a function to every part of a structure, containers included.

    Args:
        func: Returns what to put into the place of a part, `None` to go on with the
            part as it is, or `MAP_TO_NONE`.
        structure: The structure.
        top_down: Whether a container comes before what it holds; what replaces it is
            then left as it is.

    Example:

    >>> traverse(lambda x: tuple(x) if isinstance(x, list) else None, [1, [2]], False)
    (1, (2,))
    """
    if top_down:
        found = func(structure)
        if found is not None:
            return None if found is MAP_TO_NONE else found
    if isinstance(structure, Mapping):
        pairs = [(key, traverse(func, structure[key], top_down)) for key in structure]
        result = type(structure)(pairs) if type(structure) is not dict else dict(pairs)
    elif is_nested(structure):
        parts = [traverse(func, item, top_down) for item in structure]
        result = _rebuild(structure, parts)
    else:
        result = structure
    if not top_down:
        found = func(result)
        if found is not None:
            return None if found is MAP_TO_NONE else found
    return result


def flatten_with_path(structure: Any) -> list[tuple[tuple, Any]]:
    """List the leaves with the keys and positions that lead to them.

    Example:

    >>> flatten_with_path({"a": [5, 6]})
    [(('a', 0), 5), (('a', 1), 6)]
    """
    if isinstance(structure, Mapping):
        children = [(key, structure[key]) for key in _sorted_keys(structure)]
    elif isinstance(structure, tuple) and hasattr(structure, "_fields"):
        children = list(zip(structure._fields, structure))
    elif is_nested(structure):
        children = list(enumerate(structure))
    else:
        return [((), structure)]
    return [
        ((key, *path), leaf)
        for key, child in children
        for path, leaf in flatten_with_path(child)
    ]


def assert_same_paths(a: Any, b: Any) -> None:
    """Check that the same paths lead to leaves in two structures.

    Raises:
        ValueError: If they differ.

    Example:

    >>> assert_same_paths([1, (2,)], (3, [4]))
    """
    left, right = ({path for path, _ in flatten_with_path(s)} for s in (a, b))
    if left != right:
        raise ValueError(
            "The paths of the structures differ.\n"
            f"  only in the first: {sorted(left - right, key=str)}\n"
            f"  only in the second: {sorted(right - left, key=str)}"
        )


def map_structure_up_to(
    shallow_structure: Any, func: Callable, *structures: Any
) -> Any:
    """Apply a function to the parts of structures at the leaves of a shallow one.

    Raises:
        ValueError: If a structure does not begin like the shallow one.

    Example:

    >>> map_structure_up_to([0, 0], len, [[1, 2], [3]])
    [2, 1]
    """
    if not is_nested(shallow_structure):
        return func(*structures)
    if isinstance(shallow_structure, Mapping):
        keys = list(shallow_structure)
    else:
        keys = list(range(len(shallow_structure)))
    for structure in structures:
        if not is_nested(structure) or len(structure) != len(shallow_structure):
            raise ValueError(
                "The structures do not match up to the leaves of the shallow one.\n"
                f"  got: {structure!r}\n  and: {shallow_structure!r}"
            )
    parts = [
        map_structure_up_to(shallow_structure[key], func, *(s[key] for s in structures))
        for key in keys
    ]
    if not isinstance(shallow_structure, Mapping):
        return _rebuild(shallow_structure, parts)
    kind = type(shallow_structure)
    pairs = list(zip(keys, parts))
    return dict(pairs) if kind is dict else kind(pairs)


def lists_to_tuples(structure: Any) -> Any:
    """Replace the lists in a structure by tuples.

    Example:

    >>> lists_to_tuples([1, {"a": [2]}])
    (1, {'a': (2,)})
    """
    return traverse(
        lambda part: tuple(part) if type(part) is list else None, structure, False
    )


def map_shape_structure(func: Callable, structure: Any) -> Any:
    """Apply a function to the shapes in a structure: tuples or lists of sizes.

    Example:

    >>> map_shape_structure(len, {"x": (None, 3), "y": [(2,)]})
    {'x': 2, 'y': [1]}
    """
    if isinstance(structure, (list, tuple)) and all(
        item is None or isinstance(item, int) for item in structure
    ):
        return func(tuple(structure))
    if isinstance(structure, Mapping):
        return {key: map_shape_structure(func, structure[key]) for key in structure}
    if is_nested(structure):
        parts = [map_shape_structure(func, item) for item in structure]
        return _rebuild(structure, parts)
    raise ValueError(f"There is no shape here.\n  got: {structure!r}")
