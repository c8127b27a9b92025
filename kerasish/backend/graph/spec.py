"""Static facts about a tensor: shape, dtype, and what is known of its value."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache


@dataclass(frozen=True)
class Size:
    """A size that is fixed only at run time: a product of unknown axis lengths.

    Attributes:
        coefficient: An integer factor.
        symbols: The factors, sorted; each is `(node uid, output index, axis)`.
    """

    coefficient: int
    symbols: tuple[tuple[int, int, int], ...]

    def __mul__(self, other: int | Size) -> int | Size:
        if isinstance(other, Size):
            symbols = tuple(sorted(self.symbols + other.symbols))
            return Size(self.coefficient * other.coefficient, symbols)
        return Size(self.coefficient * other, self.symbols) if other else 0

    __rmul__ = __mul__


class Spec:
    """The shape and dtype of a tensor, as far as they are known before a run.

    Args:
        shape: A tuple of ints; `None` stands for a size known only at run time.
        dtype: The name of the data type.
        known: For small integer tensors, what is known of the elements in row-major
            order: each an `int`, a `Size`, or `None`. `None` as a whole means nothing.

    Example:

    >>> Spec((None, 3), "float32")
    Spec((None, 3), 'float32')
    """

    __slots__ = ("shape", "dtype", "known")

    def __init__(
        self,
        shape: tuple[int | None, ...],
        dtype: str,
        known: tuple[int | Size | None, ...] | None = None,
    ) -> None:
        self.shape = tuple(shape)
        self.dtype = dtype
        self.known = known

    @property
    def rank(self) -> int:
        """The number of axes."""
        return len(self.shape)

    @property
    def size(self) -> int | None:
        """The number of elements, `None` where a size is unknown."""
        return None if None in self.shape else math.prod(self.shape)

    @property
    def is_exact(self) -> bool:
        """Whether every size is known."""
        return None not in self.shape

    def matches(self, shape: tuple[int, ...]) -> bool:
        """Tell whether an exact shape is an instance of this one."""
        return len(shape) == len(self.shape) and all(
            mine is None or mine == size for mine, size in zip(self.shape, shape)
        )

    def __eq__(self, other: object) -> bool:
        return (
            isinstance(other, Spec)
            and self.shape == other.shape
            and self.dtype == other.dtype
        )

    def __hash__(self) -> int:
        return hash((self.shape, self.dtype))

    def __str__(self) -> str:
        return f"{self.shape} {self.dtype}"

    def __repr__(self) -> str:
        return f"Spec({self.shape}, {self.dtype!r})"


@lru_cache(maxsize=4096)
def broadcast_shapes(*shapes: tuple[int | None, ...]) -> tuple[int | None, ...] | None:
    """Return the shape that tensors of the given shapes broadcast to.

    An unknown size against 1 stays unknown; against any other size it is taken to be
    that size.

    Returns:
        The common shape, or `None` if the shapes do not fit.

    Example:

    >>> broadcast_shapes((None, 3), (1,))
    (None, 3)
    """
    rank = max((len(shape) for shape in shapes), default=0)
    result: list[int | None] = []
    for position in range(-rank, 0):
        sizes = {s[position] for s in shapes if len(s) >= -position}
        sizes.discard(1)
        numbers = sizes - {None}
        if len(numbers) > 1:
            return None
        if numbers:
            result.append(numbers.pop())
        else:
            result.append(None if None in sizes else 1)
    return tuple(result)
