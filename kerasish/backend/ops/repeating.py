"""Repeating a tensor, as a whole or element by element."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.graph import Node, Op, Spec, Tensor, as_tensor, register
from kerasish.backend.ops.shape_arguments import (
    DynamicShapeOp,
    Shape,
    apply_shaped,
    normalise_axis,
    shape_argument,
    static_value,
)
from kerasish.errors import ShapeError


def _times(size: int | None, count: int | None) -> int | None:
    if 0 in (size, count):
        return 0
    return None if None in (size, count) else size * count


class Tile(Op):
    """Copies of the whole tensor side by side along each axis."""

    name = "tile"
    linear = True

    def infer(self, x: Spec, *, repeats: Shape) -> Spec:
        return Spec(tuple(map(_times, x.shape, repeats)), x.dtype)

    def kernel(self, xp: Any, x: Any, *, out: Any = None, repeats: Shape) -> Any:
        return xp.tile(x, repeats)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (untile_op(g, node.inputs[0], repeats=node.attrs["repeats"]),)


class TileDynamic(DynamicShapeOp):
    """`tile` with numbers of copies that a run decides."""

    name = "tile_dynamic"
    attribute = "repeats"
    linear = True

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, None]:
        x, vector = node.inputs
        repeats = node.attrs["repeats"]
        return untile_dynamic_op(g, x, vector, repeats=repeats), None


class Untile(Op):
    """The sum over the copies that `tile` made of the second input."""

    name = "untile"
    linear = True
    shape_only = (1,)

    def infer(self, g: Spec, like: Spec, *, repeats: Shape) -> Spec:
        return Spec(like.shape, g.dtype)

    def kernel(
        self, xp: Any, g: Any, like: Any, *, out: Any = None, repeats: Shape
    ) -> Any:
        pairs = [part for pair in zip(repeats, like.shape) for part in pair]
        copies = tuple(range(0, len(pairs), 2))
        return xp.sum(g.reshape(pairs), axis=copies, dtype=g.dtype, out=out)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, None]:
        return tile_op(g, repeats=node.attrs["repeats"]), None


class UntileDynamic(DynamicShapeOp):
    """`untile` with numbers of copies that a run decides."""

    name = "untile_dynamic"
    attribute = "repeats"
    linear = True
    shape_only = (1,)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, None, None]:
        vector = node.inputs[2]
        repeated = tile_dynamic_op(g, vector, repeats=node.attrs["repeats"])
        return repeated, None, None


class Repeat(Op):
    """Each element several times in a row along an axis."""

    name = "repeat"
    linear = True

    def infer(self, x: Spec, *, repeats: int, axis: int) -> Spec:
        shape = list(x.shape)
        shape[axis] = _times(shape[axis], repeats)
        return Spec(tuple(shape), x.dtype)

    def kernel(
        self, xp: Any, x: Any, *, out: Any = None, repeats: int, axis: int
    ) -> Any:
        return x.repeat(repeats, axis=axis)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (unrepeat_op(g, node.inputs[0], **node.attrs),)


class Unrepeat(Op):
    """The sum over the copies that `repeat` made of the second input."""

    name = "unrepeat"
    linear = True
    shape_only = (1,)

    def infer(self, g: Spec, like: Spec, *, repeats: int, axis: int) -> Spec:
        return Spec(like.shape, g.dtype)

    def kernel(
        self,
        xp: Any,
        g: Any,
        like: Any,
        *,
        out: Any = None,
        repeats: int,
        axis: int,
    ) -> Any:
        shape = (*like.shape[: axis + 1], repeats, *like.shape[axis + 1 :])
        return xp.sum(g.reshape(shape), axis=axis + 1, dtype=g.dtype, out=out)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, None]:
        return repeat_op(g, **node.attrs), None


tile_op = register(Tile())
TileDynamic.static = tile_op
tile_dynamic_op = register(TileDynamic())
untile_op = register(Untile())
UntileDynamic.static = untile_op
untile_dynamic_op = register(UntileDynamic())
repeat_op = register(Repeat())
unrepeat_op = register(Unrepeat())


def tile(x: Any, repeats: Any) -> Tensor:
    """Put copies of a tensor side by side.

    Args:
        x: A tensor.
        repeats: The number of copies along each axis; an integer is for the last one.
            Missing entries count as 1, further ones add axes in front. Entries may be
            symbolic scalars.

    Returns:
        The tensor of all copies.

    Example:

    >>> tile([1, 2], (2, 2)).numpy()
    array([[1, 2, 1, 2],
           [1, 2, 1, 2]], dtype=int32)
    """
    x = as_tensor(x)
    counts, vector = shape_argument(repeats, "tile")
    missing = x.ndim - len(counts)
    if missing < 0:
        x = ops.expand_dims(x, tuple(range(-missing)))
    elif missing:
        counts = (1,) * missing + counts
        if vector is not None:
            vector = ops.concatenate([np.ones(missing, "int32"), vector])
    if all(count == 1 for count in counts):
        return x
    return apply_shaped(tile_op, tile_dynamic_op, (x,), (counts, vector), "repeats")


def repeat(x: Any, repeats: Any, axis: int | None = None) -> Tensor:
    """Repeat each element of a tensor.

    Args:
        x: A tensor.
        repeats: How often, an integer or a symbolic scalar, or a sequence with one for
            each position on the axis. The sequence must be known while building.
        axis: The axis to repeat along; `None` flattens the tensor first.

    Returns:
        A tensor that is longer along the axis.

    Raises:
        ShapeError: If `repeats` has another length than the axis, or is not known.

    Example:

    >>> repeat([1, 2], [1, 2]).numpy()
    array([1, 2, 2], dtype=int32)
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = ops.ravel(x), 0
    axis = normalise_axis(axis, x.ndim, "repeat")
    counts = static_value(repeats)
    if counts is None and as_tensor(repeats).ndim == 0:
        return _repeat_dynamic(x, repeats, axis)
    if isinstance(counts, (tuple, list)) and len(counts) == 1:
        counts = counts[0]
    if isinstance(counts, int):
        return x if counts == 1 else repeat_op(x, repeats=counts, axis=axis)
    if counts is None or len(counts) != (x.shape[axis] or len(counts)):
        raise ShapeError(
            "repeat: repeats must be known while building: one integer, or one for "
            f"each position on the axis.\n  got: x {x.spec}, repeats={repeats}"
        )
    positions = np.repeat(np.arange(len(counts)), counts).astype("int32")
    return ops.take(x, positions, axis=axis)


def _repeat_dynamic(x: Tensor, repeats: Any, axis: int) -> Tensor:
    if x.shape[axis] == 1:
        return tile(x, (1,) * axis + (repeats,) + (1,) * (x.ndim - axis - 1))
    copies = _repeat_dynamic(ops.expand_dims(x, axis + 1), repeats, axis + 1)
    sizes = ops.shape(x)
    return ops.reshape(
        copies, (*sizes[:axis], sizes[axis] * repeats, *sizes[axis + 1 :])
    )
