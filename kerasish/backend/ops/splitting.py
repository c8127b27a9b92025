"""Taking a tensor apart along an axis."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Node, Op, Spec, Tensor, as_tensor, register
from kerasish.backend.ops.shape_arguments import normalise_axis, static_value
from kerasish.errors import ShapeError

_MANY = tuple(range(1, 1025))


class Split(Op):
    """Parts of a tensor along an axis: equal ones, or between given positions."""

    name = "split"
    linear = True
    multiple = True

    def infer(
        self, x: Spec, *, sections: int | None, positions: tuple[int, ...], axis: int
    ) -> tuple[Spec, ...]:
        size = x.shape[axis]
        if sections is not None and size is not None and size % sections:
            raise ShapeError(
                f"split: axis {axis} of size {size} has no {sections} equal parts.\n"
                f"  got: x {x}"
            )
        if sections is not None:
            lengths = [None if size is None else size // sections] * sections
        else:
            lengths = _lengths(size, positions)
        before, after = x.shape[:axis], x.shape[axis + 1 :]
        return tuple(Spec((*before, part, *after), x.dtype) for part in lengths)

    def kernel(
        self,
        xp: Any,
        x: Any,
        *,
        out: Any = None,
        sections: int | None,
        positions: tuple[int, ...],
        axis: int,
    ) -> tuple:
        where = list(positions) if sections is None else sections
        return tuple(xp.split(x, where, axis=axis))

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor]:
        filled = [
            ops.zeros_like(output) if g is None else g
            for g, output in zip(grads, node.outputs)
        ]
        return (ops.concatenate(filled, axis=node.attrs["axis"]),)

    def specialise(
        self, node: Node, inputs: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...] | None:
        (x,) = inputs
        axis = node.attrs["axis"]
        sizes = [spec.shape[axis] for spec in node.specs]
        return consecutive(x, axis, sizes) if None not in sizes else None


def total_size(sizes: Sequence[int | None]) -> int | None:
    """Return the sum of sizes, `None` if one of them is unknown."""
    return None if None in sizes else sum(sizes)


def _lengths(size: int | None, positions: tuple[int, ...]) -> list[int | None]:
    """Return the lengths of the parts between positions, as far as they are known."""
    if size is not None:
        ends = [min(p + size if p < 0 else p, size) for p in positions]
        bounds = [0, *(max(end, 0) for end in ends), size]
        return [max(end - start, 0) for start, end in zip(bounds, bounds[1:])]
    if min(positions, default=0) < 0:
        return [None] * (len(positions) + 1)
    # As in Keras, an axis of unknown size is taken to reach beyond the last position.
    return [end - start for start, end in zip([0, *positions], positions)] + [None]


class SplitLike(Op):
    """Consecutive parts along an axis, each as long as one of the further inputs."""

    name = "split_like"
    linear = True
    multiple = True
    shape_only = _MANY

    def infer(self, x: Spec, *likes: Spec, axis: int) -> tuple[Spec, ...]:
        sizes = [like.shape[axis] for like in likes]
        total = total_size(sizes)
        if None not in (total, x.shape[axis]) and total != x.shape[axis]:
            raise ShapeError(
                f"split_like: the sizes {sizes} do not add up to axis {axis} of x.\n"
                f"  got: x {x}"
            )
        before, after = x.shape[:axis], x.shape[axis + 1 :]
        return tuple(Spec((*before, size, *after), x.dtype) for size in sizes)

    def kernel(self, xp: Any, x: Any, *likes: Any, out: Any = None, axis: int) -> tuple:
        ends = itertools.accumulate(like.shape[axis] for like in likes[:-1])
        return tuple(xp.split(x, list(ends), axis=axis))

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        filled = [
            ops.zeros_like(output) if g is None else g
            for g, output in zip(grads, node.outputs)
        ]
        joined = ops.concatenate(filled, axis=node.attrs["axis"])
        return (joined, *(None for _ in filled))

    def specialise(
        self, node: Node, inputs: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...] | None:
        x, *likes = inputs
        axis = node.attrs["axis"]
        sizes = [like.shape[axis] for like in likes]
        return None if None in sizes else consecutive(x, axis, sizes)


def consecutive(x: Tensor, axis: int, sizes: Sequence[int]) -> tuple[Tensor, ...]:
    """Return consecutive parts of given sizes along an axis."""
    ends = list(itertools.accumulate(sizes))
    return tuple(
        ops.slice_axis(x, axis, start, end) for start, end in zip([0, *ends], ends)
    )


split_op = register(Split())
split_like_op = register(SplitLike())


def unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Tensor]:
    """Take a tensor apart along an axis, which disappears.

    Args:
        x: A tensor.
        num: The size of the axis, where it is not known while building.
        axis: The axis.

    Returns:
        A list with a tensor for each position on the axis.

    Raises:
        ShapeError: If the size is unknown, or is not `num`.

    Example:

    >>> [int(part) for part in unstack([7, 8])]
    [7, 8]
    """
    x = as_tensor(x)
    axis = normalise_axis(axis, x.ndim, "unstack")
    size = x.shape[axis]
    count = size if num is None else num
    if count is None or (size is not None and size != count):
        raise ShapeError(
            "unstack: the number of parts must be known and equal the size of the "
            f"axis.\n  got: x {x.spec}, num={num}, axis={axis}"
        )
    return [ops.index_axis(x, axis, position) for position in range(count)]


def split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """Cut a tensor into parts along an axis.

    Args:
        x: A tensor.
        indices_or_sections: The number of equal parts, or the positions at which a
            new part begins.
        axis: The axis.

    Returns:
        A list of views.

    Raises:
        ShapeError: If the axis has no such number of equal parts.

    Example:

    >>> [part.shape for part in split([1, 2, 3, 4], [1, 3])]
    [(1,), (2,), (1,)]
    """
    x = as_tensor(x)
    axis = normalise_axis(axis, x.ndim, "split")
    where = static_value(indices_or_sections)
    if isinstance(where, int):
        if where < 1:
            raise ShapeError(f"split: at least one part is needed.\n  got: {where}")
        return list(split_op(x, sections=where, positions=(), axis=axis))
    positions = tuple(int(position) for position in where)
    if list(positions) != sorted(positions) and min(positions) >= 0:
        raise ShapeError(
            f"split: the positions must ascend.\n  got: {indices_or_sections}"
        )
    return list(split_op(x, sections=None, positions=positions, axis=axis))


def array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """Cut a tensor into parts that are as equal as possible.

    Args:
        x: A tensor.
        indices_or_sections: The number of parts (the first ones are longer by one
            where it does not divide the size), or the positions of the cuts.
        axis: The axis.

    Returns:
        A list of views.

    Raises:
        ShapeError: If the number of parts is not positive.

    Example:

    >>> [part.shape for part in array_split([1, 2, 3, 4, 5], 3)]
    [(2,), (2,), (1,)]
    """
    x = as_tensor(x)
    axis = normalise_axis(axis, x.ndim, "array_split")
    where = static_value(indices_or_sections)
    if not isinstance(where, int):
        return split(x, where, axis)
    if where < 1:
        raise ShapeError(f"array_split: a part is needed at least.\n  got: {where}")
    size = ops.shape(x)[axis]
    parts, longer = size // where, size % where
    ends = [
        i * parts
        + (min(i, longer) if isinstance(size, int) else ops.minimum(i, longer))
        for i in range(where + 1)
    ]
    before = (slice(None),) * axis
    return [x[(*before, slice(*bounds))] for bounds in zip(ends, ends[1:])]


def hsplit(x: Any, indices_or_sections: Any) -> list[Tensor]:
    """Cut a tensor along its second axis, a vector along its only one.

    Args:
        x: A tensor with at least one axis.
        indices_or_sections: As for `split`.

    Returns:
        A list of views.

    Example:

    >>> [part.shape for part in hsplit([[1, 2, 3, 4]], 2)]
    [(1, 2), (1, 2)]
    """
    x = as_tensor(x)
    return split(x, indices_or_sections, axis=0 if x.ndim == 1 else 1)


def vsplit(x: Any, indices_or_sections: Any) -> list[Tensor]:
    """Cut a tensor along its first axis.

    Args:
        x: A tensor with at least two axes.
        indices_or_sections: As for `split`.

    Returns:
        A list of views.

    Example:

    >>> [part.shape for part in vsplit([[1], [2]], 2)]
    [(1, 1), (1, 1)]
    """
    return split(x, indices_or_sections, axis=0)


def dsplit(x: Any, indices_or_sections: Any) -> list[Tensor]:
    """Cut a tensor along its third axis.

    Args:
        x: A tensor with at least three axes.
        indices_or_sections: As for `split`.

    Returns:
        A list of views.

    Example:

    >>> [part.shape for part in dsplit([[[1, 2]]], 2)]
    [(1, 1, 1), (1, 1, 1)]
    """
    return split(x, indices_or_sections, axis=2)
