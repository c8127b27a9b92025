"""Containers that tell their layer about the layers and Variables put into them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any


def _tracks(owner: Any, value: Any) -> Any:
    return value if owner is None else owner._track_value(value)


class TrackedList(list):
    """A list whose layers and Variables belong to a layer.

    Args:
        values: The first items.
        owner: The layer.

    Example:

    >>> TrackedList([1, 2])
    [1, 2]
    """

    def __init__(self, values: Iterable[Any] = (), owner: Any = None):
        self._owner = owner
        super().__init__(_tracks(owner, value) for value in values)

    def append(self, value: Any) -> None:
        """Append an item."""
        super().append(_tracks(self._owner, value))

    def insert(self, index: int, value: Any) -> None:
        """Insert an item before a position."""
        super().insert(index, _tracks(self._owner, value))

    def extend(self, values: Iterable[Any]) -> None:
        """Append several items."""
        super().extend([_tracks(self._owner, value) for value in values])

    def __iadd__(self, values: Iterable[Any]) -> TrackedList:
        self.extend(values)
        return self

    def __setitem__(self, index: Any, value: Any) -> None:
        removed = self[index] if isinstance(index, slice) else [self[index]]
        if isinstance(index, slice):
            value = [_tracks(self._owner, item) for item in value]
        else:
            value = _tracks(self._owner, value)
        super().__setitem__(index, value)
        self._forget(removed)

    def __delitem__(self, index: Any) -> None:
        removed = self[index] if isinstance(index, slice) else [self[index]]
        super().__delitem__(index)
        self._forget(removed)

    def remove(self, value: Any) -> None:
        """Remove the first item equal to a value."""
        del self[self.index(value)]

    def pop(self, index: int = -1) -> Any:
        """Remove an item and return it."""
        value = super().pop(index)
        self._forget([value])
        return value

    def clear(self) -> None:
        """Remove all items."""
        del self[:]

    def _forget(self, values: Iterable[Any]) -> None:
        if self._owner is not None:
            for value in values:
                self._owner._untrack(value)

    def __reduce__(self) -> tuple:
        return type(self), (list(self),), {"_owner": self._owner}


class TrackedDict(dict):
    """A dictionary whose layers and Variables belong to a layer.

    Args:
        values: The first items.
        owner: The layer.

    Example:

    >>> TrackedDict({"a": 1})
    {'a': 1}
    """

    def __init__(self, values: Any = (), owner: Any = None):
        self._owner = owner
        super().__init__()
        self.update(values)

    def __setitem__(self, key: Any, value: Any) -> None:
        previous = self.get(key)
        super().__setitem__(key, _tracks(self._owner, value))
        if previous is not None and previous is not value:
            self._forget(previous)

    def update(self, *values: Any, **more: Any) -> None:
        """Set several items."""
        for key, value in dict(*values, **more).items():
            self[key] = value

    def setdefault(self, key: Any, default: Any = None) -> Any:
        """Return an item, which is set if it is missing."""
        if key not in self:
            self[key] = default
        return self[key]

    def __delitem__(self, key: Any) -> None:
        value = self[key]
        super().__delitem__(key)
        self._forget(value)

    def pop(self, key: Any, *default: Any) -> Any:
        """Remove an item and return it."""
        present = key in self
        value = super().pop(key, *default)
        if present:
            self._forget(value)
        return value

    def popitem(self) -> tuple[Any, Any]:
        """Remove the last item and return its key and value."""
        key, value = super().popitem()
        self._forget(value)
        return key, value

    def clear(self) -> None:
        """Remove all items."""
        for key in list(self):
            del self[key]

    def _forget(self, value: Any) -> None:
        if self._owner is not None:
            self._owner._untrack(value)

    def __reduce__(self) -> tuple:
        return type(self), (dict(self),), {"_owner": self._owner}


class TrackedSet(set):
    """A set whose layers and Variables belong to a layer.

    Args:
        values: The first items.
        owner: The layer.

    Example:

    >>> TrackedSet([1])
    TrackedSet({1})
    """

    def __init__(self, values: Iterable[Any] = (), owner: Any = None):
        self._owner = owner
        super().__init__(_tracks(owner, value) for value in values)

    def add(self, value: Any) -> None:
        """Add an item."""
        super().add(_tracks(self._owner, value))

    def update(self, *others: Iterable[Any]) -> None:
        """Add the items of other collections."""
        for other in others:
            for value in other:
                self.add(value)

    def __reduce__(self) -> tuple:
        return type(self), (list(self),), {"_owner": self._owner}


def wrap(value: Any, owner: Any) -> Any:
    """Return a container that reports to a layer; anything else as it is.

    Args:
        value: Anything.
        owner: A layer with a method `_track(value)` that returns what to keep.

    Example:

    >>> wrap(3, None)
    3
    """
    if isinstance(value, (TrackedList, TrackedDict, TrackedSet)):
        return value if value._owner is owner else _rewrapped(value, owner)
    kinds: dict[type, Callable] = {
        list: TrackedList,
        dict: TrackedDict,
        set: TrackedSet,
    }
    kind = kinds.get(type(value))
    if kind is not None:
        return kind(value, owner)
    if isinstance(value, tuple):
        items = [owner._track_value(item) for item in value]
        if all(old is new for old, new in zip(value, items)):
            return value
        return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)
    if isinstance(value, Mapping):
        for item in value.values():
            owner._track_value(item)
    return value


def _rewrapped(value: Any, owner: Any) -> Any:
    # The container keeps its first owner; this layer tracks what is in it now.
    for item in value.values() if isinstance(value, dict) else value:
        owner._track_value(item)
    return value
