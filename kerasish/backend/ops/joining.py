"""Joining tensors along an axis and taking them apart again."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Node, Op, Spec, Tensor, register
from kerasish.backend.ops.promotion import promote
from kerasish.backend.ops.shape_arguments import (
    normalise_axis,
)
from kerasish.backend.ops.splitting import consecutive, split_like_op, total_size
from kerasish.errors import ShapeError


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


class Concatenate(Op):
    """Tensors one after the other along an axis."""

    name = "concatenate"
    linear = True

    def infer(self, *specs: Spec, axis: int) -> Spec:
        sizes = _merge(specs, axis, self.name)
        sizes[axis] = total_size([spec.shape[axis] for spec in specs])
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
        return consecutive(g, axis, [x.shape[axis] for x in node.inputs])


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


concatenate_op = register(Concatenate())
stack_op = register(Stack())


def _several(xs: Any, name: str) -> tuple[Tensor, ...]:
    if isinstance(xs, Tensor) or hasattr(xs, "shape"):
        xs = ops.unstack(xs)
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
