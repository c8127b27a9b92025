"""Changing the shape of a tensor: reshape, and adding and removing axes."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Node, Op, Spec, Tensor, as_tensor, register
from kerasish.backend.graph.known import product, quotient
from kerasish.backend.graph.spec import Size
from kerasish.backend.ops.shape_arguments import (
    DynamicShapeOp,
    Shape,
    apply_shaped,
    normalise_axes,
    shape_argument,
    sizes_of,
)
from kerasish.errors import ShapeError


def _reshape_error(x: Spec, shape: Shape) -> ShapeError:
    return ShapeError(
        f"reshape: {x.size} elements do not fit the shape {shape}.\n"
        f"  got: x {x}, newshape={shape}"
    )


class Reshape(Op):
    """The elements in the same order with another shape; -1 takes what is left."""

    name = "reshape"
    views = True
    linear = True

    def infer(self, x: Spec, *, shape: Shape) -> Spec:
        rest = [size for size in shape if size != -1]
        if None in rest or (x.size is None and -1 in shape):
            # Sizes that are 0 or unknown leave the open entry unknown.
            result = tuple(None if size == -1 else size for size in shape)
            return Spec(result, x.dtype, x.known)
        count = math.prod(rest)
        if -1 in shape:
            if (count == 0 and x.size) or (count and x.size % count):
                raise _reshape_error(x, shape)
            open_size = x.size // count if count else 0
            shape = tuple(open_size if size == -1 else size for size in shape)
        elif not _may_hold(x.shape, count):
            raise _reshape_error(x, shape)
        return Spec(shape, x.dtype, x.known)

    def kernel(self, xp: Any, x: Any, *, out: Any = None, shape: Shape) -> Any:
        return x.reshape(shape)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (reshape_like(g, node.inputs[0]),)

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        (x,) = inputs
        shape = node.attrs["shape"]
        if x.shape == shape:
            return x
        if -1 not in shape or x.spec.size is None:
            return None
        return reshape_op(x, shape=self.infer(x.spec, shape=shape).shape)


def _may_hold(shape: Shape, count: int) -> bool:
    """Tell whether a partly known shape may have a number of elements."""
    known = math.prod(size for size in shape if size is not None)
    if None not in shape:
        return known == count
    return count == 0 or (known > 0 and count % known == 0)


class ReshapeDynamic(DynamicShapeOp):
    """`reshape` to a shape that a run decides."""

    name = "reshape_dynamic"
    linear = True


class ReshapeLike(Op):
    """The elements in the same order with the shape of the second input."""

    name = "reshape_like"
    views = True
    linear = True
    shape_only = (1,)

    def infer(self, x: Spec, like: Spec) -> Spec:
        sizes = (x.size, like.size)
        if None not in sizes and sizes[0] != sizes[1]:
            raise _reshape_error(x, like.shape)
        return Spec(like.shape, x.dtype, x.known)

    def kernel(self, xp: Any, x: Any, like: Any, *, out: Any = None) -> Any:
        return x.reshape(like.shape)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, None]:
        return reshape_like(g, node.inputs[0]), None

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        x, like = inputs
        if not like.spec.is_exact:
            return None
        return x if x.shape == like.shape else reshape_op(x, shape=like.shape)


class ExpandDims(Op):
    """New axes of size 1 at the given positions of the result."""

    name = "expand_dims"
    views = True
    linear = True

    def infer(self, x: Spec, *, axes: tuple[int, ...]) -> Spec:
        sizes = iter(x.shape)
        rank = x.rank + len(axes)
        shape = tuple(1 if axis in axes else next(sizes) for axis in range(rank))
        return Spec(shape, x.dtype, x.known)

    def kernel(self, xp: Any, x: Any, *, out: Any = None, axes: tuple[int, ...]) -> Any:
        rank = x.ndim + len(axes)
        return x[tuple(None if i in axes else slice(None) for i in range(rank))]

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (squeeze_op(g, axes=node.attrs["axes"]),)


class Squeeze(Op):
    """The tensor without the given axes of size 1."""

    name = "squeeze"
    views = True
    linear = True

    def infer(self, x: Spec, *, axes: tuple[int, ...]) -> Spec:
        if any(x.shape[axis] not in (1, None) for axis in axes):
            raise ShapeError(
                "squeeze: only axes of size 1 can be removed.\n"
                f"  got: x {x}, axis={axes}"
            )
        kept = tuple(size for axis, size in enumerate(x.shape) if axis not in axes)
        return Spec(kept, x.dtype, x.known)

    def kernel(self, xp: Any, x: Any, *, out: Any = None, axes: tuple[int, ...]) -> Any:
        return xp.squeeze(x, axis=axes)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (expand_op(g, axes=node.attrs["axes"]),)


reshape_op = register(Reshape())
ReshapeDynamic.static = reshape_op
reshape_dynamic_op = register(ReshapeDynamic())
reshape_like_op = register(ReshapeLike())
expand_op = register(ExpandDims())
squeeze_op = register(Squeeze())


def reshape(x: Any, newshape: Any) -> Tensor:
    """Give a tensor another shape; its elements keep their row-major order.

    Sizes may be symbolic scalars, as `shape(x)` has them. Those that `x` has too
    cancel, so that the size in place of -1 is known while building where it can be.

    Args:
        x: A tensor.
        newshape: An integer or a sequence of integers and symbolic scalars, or an
            integer vector. One entry may be -1 (or `None`): it takes what is left.

    Returns:
        A tensor of shape `newshape`, a view where possible.

    Raises:
        ShapeError: If the number of elements differs or several sizes are open.

    Example:

    >>> reshape([[1, 2, 3], [4, 5, 6]], (3, -1)).shape
    (3, 2)
    """
    x = as_tensor(x)
    shape, vector = shape_argument(newshape, "reshape")
    if vector is None:
        shape = tuple(-1 if size is None else size for size in shape)
    invalid = any(size is not None and size < -1 for size in shape)
    if shape.count(-1) > 1 or invalid:
        raise ShapeError(
            "reshape: sizes are not negative, and at most one may be left open by -1 "
            f"or None.\n  got: newshape={newshape}"
        )
    if x.is_symbolic:
        shape = _close(x, shape, vector)
    return apply_shaped(reshape_op, reshape_dynamic_op, (x,), (shape, vector))


def _close(x: Tensor, shape: Shape, vector: Tensor | None) -> Shape:
    """Replace -1 by the number it stands for, if symbols cancel."""
    if -1 not in shape:
        return shape
    known = vector.spec.known if vector is not None else None
    target: list[int | Size | None] = list(shape)
    for position, size in enumerate(shape):
        if size is None and known is not None:
            target[position] = known[position]
    target.remove(-1)
    size = quotient(product(sizes_of(x)), product(target))
    if not isinstance(size, int):
        return shape
    return tuple(size if entry == -1 else entry for entry in shape)


def reshape_like(x: Any, like: Any) -> Tensor:
    """Give a tensor the shape of another one.

    Args:
        x: A tensor.
        like: A tensor with as many elements; only its shape matters.

    Returns:
        The elements of `x` in the shape of `like`.

    Raises:
        ShapeError: If the numbers of elements differ.

    Example:

    >>> reshape_like([1, 2, 3, 4], [[0, 0], [0, 0]]).shape
    (2, 2)
    """
    return reshape_like_op(as_tensor(x), as_tensor(like))


def ravel(x: Any) -> Tensor:
    """Flatten a tensor to a vector.

    Args:
        x: A tensor.

    Returns:
        A vector with the elements in row-major order.

    Example:

    >>> ravel([[1, 2], [3, 4]]).numpy()
    array([1, 2, 3, 4], dtype=int32)
    """
    return reshape(x, (-1,))


def expand_dims(x: Any, axis: Any) -> Tensor:
    """Insert axes of size 1.

    Args:
        x: A tensor.
        axis: Position of the new axis in the result, or several positions; negative
            ones count from the end.

    Returns:
        A view with the additional axes.

    Raises:
        ShapeError: If a position lies outside the result.

    Example:

    >>> expand_dims([1, 2, 3], axis=-1).shape
    (3, 1)
    """
    x = as_tensor(x)
    count = len(axis) if isinstance(axis, (tuple, list)) else 1
    axes = normalise_axes(axis, x.ndim + count, "expand_dims")
    return expand_op(x, axes=tuple(sorted(axes))) if axes else x


def squeeze(x: Any, axis: Any = None) -> Tensor:
    """Remove axes of size 1.

    Args:
        x: A tensor.
        axis: The axis, or several axes, to remove. `None` removes all that are known
            to have size 1.

    Returns:
        A view without these axes.

    Raises:
        ShapeError: If such an axis has another size.

    Example:

    >>> squeeze([[[1], [2]]]).shape
    (2,)
    """
    x = as_tensor(x)
    if axis is None:
        axes = tuple(i for i, size in enumerate(x.shape) if size == 1)
    else:
        axes = tuple(sorted(normalise_axes(axis, x.ndim, "squeeze")))
    return squeeze_op(x, axes=axes) if axes else x


def depth_to_space(
    x: Any, block_size: int, data_format: str = "channels_last"
) -> Tensor:
    """Move blocks of channels into the two spatial axes.

    Args:
        x: A tensor of shape (batch, height, width, channels), or (batch, channels,
            height, width) with `data_format="channels_first"`.
        block_size: Side of the square that each group of channels becomes.
        data_format: `"channels_last"` or `"channels_first"`.

    Returns:
        A tensor with `block_size` times the height and width and `block_size ** 2`
        times fewer channels.

    Raises:
        ShapeError: If the channels are no multiple of `block_size ** 2`.

    Example:

    >>> depth_to_space([[[[1, 2, 3, 4]]]], 2).shape
    (1, 2, 2, 1)
    """
    x, rows, columns, channels = _image(x, data_format, "depth_to_space")
    if not isinstance(channels, int) or channels % block_size**2:
        raise ShapeError(
            f"depth_to_space: the channels must be a multiple of {block_size**2}.\n"
            f"  got: x {x.spec}, block_size={block_size}"
        )
    depth = channels // block_size**2
    if data_format == "channels_last":
        split = (-1, rows, columns, block_size, block_size, depth)
        joined = (-1, rows * block_size, columns * block_size, depth)
        order = (0, 1, 3, 2, 4, 5)
    else:
        split = (-1, block_size, block_size, depth, rows, columns)
        joined = (-1, depth, rows * block_size, columns * block_size)
        order = (0, 3, 4, 1, 5, 2)
    return reshape(ops.transpose(reshape(x, split), order), joined)


def space_to_depth(
    x: Any, block_size: int, data_format: str = "channels_last"
) -> Tensor:
    """Move squares of pixels into the channels, the inverse of `depth_to_space`.

    Args:
        x: A tensor of shape (batch, height, width, channels), or (batch, channels,
            height, width) with `data_format="channels_first"`.
        block_size: Side of the squares.
        data_format: `"channels_last"` or `"channels_first"`.

    Returns:
        A tensor with `block_size` times less height and width and `block_size ** 2`
        times the channels.

    Raises:
        ShapeError: If height or width is no multiple of `block_size`.

    Example:

    >>> space_to_depth([[[[1], [2]], [[3], [4]]]], 2).shape
    (1, 1, 1, 4)
    """
    x, rows, columns, channels = _image(x, data_format, "space_to_depth")
    if any(isinstance(s, int) and s % block_size for s in (rows, columns)):
        raise ShapeError(
            f"space_to_depth: height and width must be multiples of {block_size}.\n"
            f"  got: x {x.spec}, block_size={block_size}"
        )
    rows, columns = rows // block_size, columns // block_size
    depth = channels * block_size**2
    if data_format == "channels_last":
        split = (-1, rows, block_size, columns, block_size, channels)
        joined = (-1, rows, columns, depth)
        order = (0, 1, 3, 2, 4, 5)
    else:
        split = (-1, channels, rows, block_size, columns, block_size)
        joined = (-1, depth, rows, columns)
        order = (0, 3, 5, 1, 2, 4)
    return reshape(ops.transpose(reshape(x, split), order), joined)


def _image(x: Any, data_format: str, name: str) -> tuple[Tensor, Any, Any, int]:
    """Return a tensor of images with its height, width and channels."""
    x = as_tensor(x)
    if x.ndim != 4 or data_format not in ("channels_last", "channels_first"):
        raise ShapeError(
            f"{name}: images have 4 axes and are 'channels_last' or 'channels_first'."
            f"\n  got: x {x.spec}, data_format={data_format!r}"
        )
    _, *sizes = ops.shape(x)
    if data_format == "channels_first":
        channels, rows, columns = sizes
    else:
        rows, columns, channels = sizes
    return x, rows, columns, channels
