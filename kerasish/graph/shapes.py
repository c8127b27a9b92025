"""Static shapes: sizes that may be unknown, of ranks that may be unknown."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any


class Dimension(int):
    """A known size: an integer with a `value`.

    Example:

    >>> Dimension(3).value, Dimension(3) * 2
    (3, 6)
    """

    __slots__ = ()

    @property
    def value(self) -> int:
        """The integer."""
        return int(self)

    def __repr__(self) -> str:
        return f"Dimension({int(self)})"


class UnknownDimension:
    """A size that is known only when a graph runs; what is computed of it is as well.

    Example:

    >>> print(UnknownDimension() * 2)
    ?
    """

    __slots__ = ()
    value = None

    def _unknown(self, other: Any = None) -> UnknownDimension:
        return self

    __add__ = __radd__ = __sub__ = __rsub__ = __mul__ = __rmul__ = _unknown
    __floordiv__ = __rfloordiv__ = __mod__ = __truediv__ = _unknown

    def __eq__(self, other: object) -> bool:
        return other is None or isinstance(other, UnknownDimension)

    def __hash__(self) -> int:
        return hash(UnknownDimension)

    def __str__(self) -> str:
        return "?"

    def __repr__(self) -> str:
        return "Dimension(None)"


def _dimension(size: int | None) -> Dimension | UnknownDimension:
    return UnknownDimension() if size is None else Dimension(size)


def _size(value: Any) -> int | None:
    value = getattr(value, "value", value)
    if value is None or isinstance(value, UnknownDimension):
        return None
    size = int(value)
    return None if size < 0 else size


class TensorShape:
    """The shape of a tensor as far as it is known before a run.

    Args:
        dims: Sizes, each an integer, a `Dimension` or `None`; `None` as a whole where
            not even the rank is known.

    Example:

    >>> shape = TensorShape([None, 3])
    >>> shape.as_list(), shape[1].value, str(shape)
    ([None, 3], 3, '(?, 3)')
    """

    __slots__ = ("_sizes",)

    def __init__(self, dims: Any) -> None:
        if isinstance(dims, TensorShape):
            self._sizes = dims._sizes
        elif dims is None:
            self._sizes = None
        elif hasattr(dims, "__iter__"):
            self._sizes = tuple(_size(size) for size in dims)
        else:
            self._sizes = (_size(dims),)

    @property
    def dims(self) -> list | None:
        """The sizes as `Dimension`s, `None` for an unknown rank."""
        return None if self._sizes is None else list(self)

    @property
    def ndims(self) -> int | None:
        """The number of axes, `None` where it is unknown."""
        return None if self._sizes is None else len(self._sizes)

    rank = ndims

    def as_list(self) -> list[int | None]:
        """Return the sizes.

        Raises:
            ValueError: If the rank is unknown.
        """
        if self._sizes is None:
            raise ValueError("as_list() is not defined on an unknown TensorShape.")
        return list(self._sizes)

    def is_fully_defined(self) -> bool:
        """Tell whether every size is known."""
        return self._sizes is not None and None not in self._sizes

    def num_elements(self) -> int | None:
        """Return the number of elements, `None` where it is unknown."""
        return math.prod(self._sizes) if self.is_fully_defined() else None

    def is_compatible_with(self, other: Any) -> bool:
        """Tell whether a shape can be the same as this one.

        Args:
            other: A shape.
        """
        other = TensorShape(other)
        if self._sizes is None or other._sizes is None:
            return True
        return len(self._sizes) == len(other._sizes) and all(
            None in (a, b) or a == b for a, b in zip(self._sizes, other._sizes)
        )

    def merge_with(self, other: Any) -> TensorShape:
        """Return what two shapes say together.

        Args:
            other: A shape.

        Raises:
            ValueError: If they contradict each other.
        """
        other = TensorShape(other)
        if not self.is_compatible_with(other):
            raise ValueError(f"Shapes {self} and {other} are not compatible")
        if self._sizes is None or other._sizes is None:
            return other if self._sizes is None else self
        return TensorShape(
            [b if a is None else a for a, b in zip(self._sizes, other._sizes)]
        )

    def assert_is_compatible_with(self, other: Any) -> None:
        """Raise unless `is_compatible_with`.

        Args:
            other: A shape.

        Raises:
            ValueError: If the shapes contradict each other.
        """
        self.merge_with(other)

    def with_rank(self, rank: int) -> TensorShape:
        """Return this shape, with a rank that it must have.

        Args:
            rank: The number of axes.

        Raises:
            ValueError: If it has another one.
        """
        return self.merge_with([None] * rank)

    assert_has_rank = with_rank

    def concatenate(self, other: Any) -> TensorShape:
        """Return this shape followed by another.

        Args:
            other: A shape.
        """
        return TensorShape(self.as_list() + TensorShape(other).as_list())

    def __len__(self) -> int:
        return len(self.as_list())

    def __bool__(self) -> bool:
        return self._sizes is not None

    def __iter__(self) -> Iterator:
        return iter([_dimension(size) for size in self.as_list()])

    def __getitem__(self, key: Any) -> Any:
        if self._sizes is None:
            return TensorShape(None) if isinstance(key, slice) else UnknownDimension()
        if isinstance(key, slice):
            return TensorShape(self._sizes[key])
        return _dimension(self._sizes[key])

    def __eq__(self, other: object) -> bool:
        if isinstance(other, (list, tuple, TensorShape)) or other is None:
            return self._sizes == TensorShape(other)._sizes
        return NotImplemented

    def __hash__(self) -> int:
        return hash(self._sizes)

    def __str__(self) -> str:
        if self._sizes is None:
            return "<unknown>"
        shown = ["?" if size is None else str(size) for size in self._sizes]
        return f"({shown[0]},)" if len(shown) == 1 else f"({', '.join(shown)})"

    def __repr__(self) -> str:
        if self._sizes is None:
            return "TensorShape(None)"
        return f"TensorShape([{', '.join(repr(d) for d in self)}])"
