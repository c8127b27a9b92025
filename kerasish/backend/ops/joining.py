"""Joining tensors along an axis and taking them apart again."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Node, Op, Spec, Tensor, as_tensor, register
from kerasish.backend.ops.promotion import promote
from kerasish.backend.ops.shape_arguments import (
    normalise_axis,
    static_value,
)
from kerasish.errors import ShapeError

_MANY = tuple(range(1, 1025))


def _merge(specs: Sequence[Spec], axis: int | None, name: str) -> list[int | None]:
    """Return the sizes that tensors share, with that of one axis left out of it."""
    first = specs[0]
    sizes = list(first.shape)
    for spec in specs[1:]:
        fits = spec.rank == first.rank and all(
            position == axis or None in (mine, other) or mine == other
            for position, (mine, other) in enumerate(zip(sizes, spec.shape))
        )
        if not fits:
            where = "" if axis is None else f" but for axis {axis}"
            raise ShapeError(
                f"{name}: the tensors must have equal shapes{where}.\n"
                f"  got: {', '.join(str(s.shape) for s in specs[:10])}"
            )
        sizes = [o if s is None else s for s, o in zip(sizes, spec.shape)]
    return sizes


def _total(sizes: Sequence[int | None]) -> int | None:
    return None if None in sizes else sum(sizes)


class Concatenate(Op):
    """Tensors one after the other along an axis."""

    name = "concatenate"
    linear = True

    def infer(self, *specs: Spec, axis: int) -> Spec:
        sizes = _merge(specs, axis, self.name)
        sizes[axis] = _total([spec.shape[axis] for spec in specs])
        known = None
        if len(sizes) == 1 and any(spec.known for spec in specs) and sizes[0]:
            parts = [spec.known or (None,) * spec.shape[0] for spec in specs]
            known = tuple(itertools.chain(*parts))
        return Spec(tuple(sizes), specs[0].dtype, known)

    def kernel(self, xp: Any, *xs: Any, out: Any = None, axis: int) -> Any:
        return xp.concatenate(xs, axis=axis, out=out)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, ...]:
        axis = node.attrs["axis"]
        if len(node.inputs) == 1:
            return (g,)
        if any(x.shape[axis] is None for x in node.inputs):
            return split_like_op(g, *node.inputs, axis=axis)
        return _views(g, axis, [x.shape[axis] for x in node.inputs])


class Stack(Op):
    """Tensors of one shape along a new axis."""

    name = "stack"
    linear = True

    def infer(self, *specs: Spec, axis: int) -> Spec:
        sizes = _merge(specs, None, self.name)
        sizes.insert(axis, len(specs))
        known = None
        if len(sizes) == 1 and any(spec.known for spec in specs):
            known = tuple(spec.known[0] if spec.known else None for spec in specs)
        return Spec(tuple(sizes), specs[0].dtype, known)

    def kernel(self, xp: Any, *xs: Any, out: Any = None, axis: int) -> Any:
        return xp.stack(xs, axis=axis, out=out)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, ...]:
        axis = node.attrs["axis"]
        return tuple(
            ops.index_axis(g, axis, position) for position in range(len(node.inputs))
        )


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
        return (concatenate(filled, axis=node.attrs["axis"]),)

    def specialise(
        self, node: Node, inputs: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...] | None:
        (x,) = inputs
        axis = node.attrs["axis"]
        sizes = [spec.shape[axis] for spec in node.specs]
        return _views(x, axis, sizes) if None not in sizes else None


def _lengths(size: int | None, positions: tuple[int, ...]) -> list[int | None]:
    """Return the lengths of the parts between positions, as far as they are known."""
    if size is not None:
        ends = [min(p + size if p < 0 else p, size) for p in positions]
        bounds = [0, *(max(end, 0) for end in ends), size]
        return [max(end - start, 0) for start, end in zip(bounds, bounds[1:])]
    # A part of an axis of unknown size may turn out shorter than its bounds say.
    return [None] * (len(positions) + 1)


class SplitLike(Op):
    """Consecutive parts along an axis, each as long as one of the further inputs."""

    name = "split_like"
    linear = True
    multiple = True
    shape_only = _MANY

    def infer(self, x: Spec, *likes: Spec, axis: int) -> tuple[Spec, ...]:
        sizes = [like.shape[axis] for like in likes]
        total = _total(sizes)
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
        joined = concatenate_op(*filled, axis=node.attrs["axis"])
        return (joined, *(None for _ in filled))

    def specialise(
        self, node: Node, inputs: tuple[Tensor, ...]
    ) -> tuple[Tensor, ...] | None:
        x, *likes = inputs
        axis = node.attrs["axis"]
        sizes = [like.shape[axis] for like in likes]
        return None if None in sizes else _views(x, axis, sizes)


def _views(x: Tensor, axis: int, sizes: Sequence[int]) -> tuple[Tensor, ...]:
    """Return consecutive parts of given sizes along an axis."""
    ends = list(itertools.accumulate(sizes))
    return tuple(
        ops.slice_axis(x, axis, start, end) for start, end in zip([0, *ends], ends)
    )


concatenate_op = register(Concatenate())
stack_op = register(Stack())
split_op = register(Split())
split_like_op = register(SplitLike())


def _several(xs: Any, name: str) -> tuple[Tensor, ...]:
    if isinstance(xs, Tensor) or hasattr(xs, "shape"):
        xs = unstack(xs)
    tensors = promote(*xs)
    if not tensors:
        raise ShapeError(f"{name}: at least one tensor is needed.\n  got: []")
    return tensors


def concatenate(xs: Any, axis: int | None = 0) -> Tensor:
    """Join tensors along an axis that they all have.

    Args:
        xs: A sequence of tensors. Their sizes may differ on `axis` only; their types
            are promoted to a common one.
        axis: The axis; `None` flattens the tensors first.

    Returns:
        The joined tensor.

    Raises:
        ShapeError: If the shapes do not fit.

    Example:

    >>> concatenate([[[1, 2]], [[3, 4], [5, 6]]], axis=0).shape
    (3, 2)
    """
    tensors = _several(xs, "concatenate")
    if axis is None:
        tensors, axis = tuple(ops.ravel(x) for x in tensors), 0
    axis = normalise_axis(axis, tensors[0].ndim, "concatenate")
    return tensors[0] if len(tensors) == 1 else concatenate_op(*tensors, axis=axis)


def stack(x: Any, axis: int = 0) -> Tensor:
    """Join tensors of one shape along a new axis.

    Args:
        x: A sequence of tensors; their types are promoted to a common one.
        axis: The position of the new axis in the result.

    Returns:
        A tensor with one axis more.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> stack([[1, 2], [3, 4], [5, 6]], axis=-1).shape
    (2, 3)
    """
    tensors = _several(x, "stack")
    axis = normalise_axis(axis, tensors[0].ndim + 1, "stack")
    return stack_op(*tensors, axis=axis)


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
        axis: The axis; its size must be known for uneven parts.

    Returns:
        A list of views.

    Raises:
        ShapeError: If the size of the axis is unknown.

    Example:

    >>> [part.shape for part in array_split([1, 2, 3, 4, 5], 3)]
    [(2,), (2,), (1,)]
    """
    x = as_tensor(x)
    axis = normalise_axis(axis, x.ndim, "array_split")
    where = static_value(indices_or_sections)
    if not isinstance(where, int):
        return split(x, where, axis)
    size = x.shape[axis]
    if size is None or where < 1:
        raise ShapeError(
            "array_split: the size of the axis must be known and the number of parts "
            f"positive.\n  got: x {x.spec}, sections={where}, axis={axis}"
        )
    parts, longer = divmod(size, where)
    lengths = [parts + 1] * longer + [parts] * (where - longer)
    return split(x, list(itertools.accumulate(lengths))[:-1], axis)


def hstack(xs: Any) -> Tensor:
    """Join tensors along their second axis, vectors along their only one.

    Args:
        xs: A sequence of tensors.

    Returns:
        The joined tensor.

    Example:

    >>> hstack([[[1], [2]], [[3], [4]]]).numpy()
    array([[1, 3],
           [2, 4]], dtype=int32)
    """
    tensors = [_at_least(x, 1) for x in _several(xs, "hstack")]
    return concatenate(tensors, axis=0 if tensors[0].ndim == 1 else 1)


def vstack(xs: Any) -> Tensor:
    """Join tensors along their first axis; vectors count as rows.

    Args:
        xs: A sequence of tensors.

    Returns:
        The joined tensor, with two axes at least.

    Example:

    >>> vstack([[1, 2], [3, 4]]).shape
    (2, 2)
    """
    return concatenate([_at_least(x, 2) for x in _several(xs, "vstack")], axis=0)


def dstack(xs: Any) -> Tensor:
    """Join tensors along their third axis; vectors count as rows of depth 1.

    Args:
        xs: A sequence of tensors.

    Returns:
        The joined tensor, with three axes at least.

    Example:

    >>> dstack([[1, 2], [3, 4]]).shape
    (1, 2, 2)
    """
    return concatenate([_at_least(x, 3) for x in _several(xs, "dstack")], axis=2)


def _at_least(x: Tensor, rank: int) -> Tensor:
    """Add the axes that `atleast_1d` to `atleast_3d` of NumPy add."""
    if x.ndim == 0:
        return ops.reshape(x, (1,) * rank)
    if x.ndim == 1 and rank > 1:
        x = ops.expand_dims(x, 0)
    return ops.expand_dims(x, -1) if x.ndim == 2 and rank == 3 else x


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


def append(x1: Any, x2: Any, axis: int | None = None) -> Tensor:
    """Join two tensors.

    Args:
        x1: The first tensor.
        x2: The second one.
        axis: The axis to join along; `None` flattens both first.

    Returns:
        The joined tensor.

    Example:

    >>> append([1, 2], [[3], [4]]).numpy()
    array([1, 2, 3, 4], dtype=int32)
    """
    return concatenate([x1, x2], axis=axis)
