"""Reordering and broadcasting axes."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Node, Op, Spec, Tensor, as_tensor, register
from kerasish.backend.ops.shape_arguments import (
    DynamicShapeOp,
    Shape,
    apply_shaped,
    normalise_axes,
    normalise_axis,
    shape_argument,
)
from kerasish.errors import ShapeError


class Transpose(Op):
    """The axes in another order."""

    name = "transpose"
    views = True
    linear = True

    def infer(self, x: Spec, *, axes: tuple[int, ...]) -> Spec:
        return Spec(tuple(x.shape[axis] for axis in axes), x.dtype, x.known)

    def kernel(self, xp: Any, x: Any, *, out: Any = None, axes: tuple[int, ...]) -> Any:
        return x.transpose(axes)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (transpose_op(g, axes=_inverse(node.attrs["axes"])),)


def _inverse(axes: tuple[int, ...]) -> tuple[int, ...]:
    return tuple(sorted(range(len(axes)), key=axes.__getitem__))


def _check_broadcast(x: Spec, shape: Shape, name: str) -> None:
    fits = len(shape) >= x.rank and all(
        size in (1, None) or target in (size, None)
        for size, target in zip(reversed(x.shape), reversed(shape))
    )
    if not fits:
        raise ShapeError(
            f"{name}: the shape {x.shape} does not broadcast to {tuple(shape)}.\n"
            f"  got: x {x}, shape={tuple(shape)}"
        )


class BroadcastTo(Op):
    """The tensor repeated, without copying, along axes of size 1 and new ones."""

    name = "broadcast_to"
    views = True
    linear = True

    def infer(self, x: Spec, *, shape: Shape) -> Spec:
        _check_broadcast(x, shape, self.name)
        return Spec(shape, x.dtype)

    def kernel(self, xp: Any, x: Any, *, out: Any = None, shape: Shape) -> Any:
        return xp.broadcast_to(x, shape)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (unbroadcast(g, node.inputs[0]),)

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        (x,) = inputs
        return x if x.shape == node.attrs["shape"] else None


class BroadcastDynamic(DynamicShapeOp):
    """`broadcast_to` a shape that a run decides."""

    name = "broadcast_dynamic"
    linear = True


class BroadcastLike(Op):
    """The tensor broadcast to the shape of the second input."""

    name = "broadcast_like"
    views = True
    linear = True
    shape_only = (1,)

    def infer(self, x: Spec, like: Spec) -> Spec:
        _check_broadcast(x, like.shape, self.name)
        return Spec(like.shape, x.dtype)

    def kernel(self, xp: Any, x: Any, like: Any, *, out: Any = None) -> Any:
        return xp.broadcast_to(x, like.shape)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, None]:
        return unbroadcast(g, node.inputs[0]), None

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        x, like = inputs
        if not like.spec.is_exact:
            return None
        return x if x.shape == like.shape else broadcast_op(x, shape=like.shape)


def _summed_axes(shape: Shape, target: Shape) -> tuple[int, ...]:
    """Return the axes over which a broadcast tensor is summed back."""
    extra = len(shape) - len(target)
    inner = (
        extra + axis
        for axis, size in enumerate(target)
        if size == 1 and shape[extra + axis] != 1
    )
    return (*range(extra), *inner)


class Unbroadcast(Op):
    """The sum over the axes along which the second input was broadcast."""

    name = "unbroadcast"
    linear = True
    shape_only = (1,)

    def infer(self, g: Spec, like: Spec) -> Spec:
        _check_broadcast(like, g.shape, self.name)
        return Spec(like.shape, g.dtype)

    def kernel(self, xp: Any, g: Any, like: Any, *, out: Any = None) -> Any:
        axes = _summed_axes(g.shape, like.shape)
        if not axes:
            return g
        return xp.sum(g, axis=axes, dtype=g.dtype).reshape(like.shape)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, None]:
        return broadcast_like(g, node.inputs[0]), None

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        g, like = inputs
        if not (g.spec.is_exact and like.spec.is_exact):
            return None
        axes = _summed_axes(g.shape, like.shape)
        if not axes:
            return g
        total = ops.cast(ops.sum(g, axis=axes), g.dtype)
        return ops.reshape(total, like.shape)


transpose_op = register(Transpose())
broadcast_op = register(BroadcastTo())
BroadcastDynamic.static = broadcast_op
broadcast_dynamic_op = register(BroadcastDynamic())
broadcast_like_op = register(BroadcastLike())
unbroadcast_op = register(Unbroadcast())


def transpose(x: Any, axes: Any = None) -> Tensor:
    """Reorder the axes.

    Args:
        x: A tensor.
        axes: For each axis of the result the axis of `x`; `None` reverses them.

    Returns:
        A view with the axes in the new order.

    Raises:
        ShapeError: If `axes` is no permutation of the axes of `x`.

    Example:

    >>> transpose([[1, 2, 3], [4, 5, 6]]).shape
    (3, 2)
    """
    x = as_tensor(x)
    if axes is None:
        axes = range(x.ndim)[::-1]
    order = normalise_axes(tuple(axes), x.ndim, "transpose")
    if len(order) != x.ndim:
        raise ShapeError(
            f"transpose: axes must name each of the {x.ndim} axes once.\n"
            f"  got: x {x.spec}, axes={tuple(axes)}"
        )
    return x if order == tuple(range(x.ndim)) else transpose_op(x, axes=order)


def moveaxis(x: Any, source: Any, destination: Any) -> Tensor:
    """Move axes to other positions; the others keep their order.

    Args:
        x: A tensor.
        source: An axis or a sequence of axes.
        destination: Where they end up, as many positions.

    Returns:
        A view with the axes in the new order.

    Raises:
        ShapeError: If the two name different numbers of axes.

    Example:

    >>> moveaxis([[[1, 2, 3]]], 0, -1).shape
    (1, 3, 1)
    """
    x = as_tensor(x)
    sources = normalise_axes(source, x.ndim, "moveaxis")
    targets = normalise_axes(destination, x.ndim, "moveaxis")
    if len(sources) != len(targets):
        raise ShapeError(
            "moveaxis: source and destination must name equally many axes.\n"
            f"  got: source={source}, destination={destination}"
        )
    order = [axis for axis in range(x.ndim) if axis not in sources]
    for target, axis in sorted(zip(targets, sources)):
        order.insert(target, axis)
    return transpose(x, order)


def swapaxes(x: Any, axis1: int, axis2: int) -> Tensor:
    """Exchange two axes.

    Args:
        x: A tensor.
        axis1: One axis.
        axis2: The other one.

    Returns:
        A view with the two axes exchanged.

    Example:

    >>> swapaxes([[[1, 2, 3]]], 0, 2).shape
    (3, 1, 1)
    """
    x = as_tensor(x)
    first = normalise_axis(axis1, x.ndim, "swapaxes")
    second = normalise_axis(axis2, x.ndim, "swapaxes")
    order = list(range(x.ndim))
    order[first], order[second] = second, first
    return transpose(x, order)


def broadcast_to(x: Any, shape: Any) -> Tensor:
    """Repeat a tensor, without copying, up to a shape.

    Args:
        x: A tensor.
        shape: The shape; its last sizes equal those of `x` where these are not 1. It
            may hold symbolic scalars, or be an integer vector.

    Returns:
        A view of that shape.

    Raises:
        ShapeError: If `x` does not broadcast to the shape.

    Example:

    >>> broadcast_to([1, 2, 3], (2, 3)).numpy()
    array([[1, 2, 3],
           [1, 2, 3]], dtype=int32)
    """
    x = as_tensor(x)
    argument = shape_argument(shape, "broadcast_to")
    if argument[1] is None and None in argument[0]:
        raise ShapeError(f"broadcast_to: every size is needed.\n  got: shape={shape}")
    return apply_shaped(broadcast_op, broadcast_dynamic_op, (x,), argument)


def broadcast_like(x: Any, like: Any) -> Tensor:
    """Repeat a tensor, without copying, up to the shape of another one.

    Args:
        x: A tensor.
        like: A tensor to whose shape `x` broadcasts; only its shape matters.

    Returns:
        A view of the shape of `like`.

    Raises:
        ShapeError: If the shapes do not fit.

    Example:

    >>> broadcast_like(1.0, [[0, 0], [0, 0]]).shape
    (2, 2)
    """
    return broadcast_like_op(as_tensor(x), as_tensor(like))


def unbroadcast(g: Any, like: Any) -> Tensor:
    """Sum a tensor over the axes along which another one was broadcast.

    It is the gradient of `broadcast_like`.

    Args:
        g: A tensor.
        like: A tensor that broadcasts to the shape of `g`; only its shape matters.

    Returns:
        A tensor of the shape of `like`.

    Raises:
        ShapeError: If the shapes do not fit.

    Example:

    >>> unbroadcast([[1.0, 2.0], [3.0, 4.0]], [[0.0, 0.0]]).numpy()
    array([[4., 6.]], dtype=float32)
    """
    g, like = as_tensor(g), as_tensor(like)
    if g.spec.is_exact and g.shape == like.shape:
        return g
    return unbroadcast_op(g, like)
