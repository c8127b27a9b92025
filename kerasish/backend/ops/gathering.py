"""Looking up elements by index arrays, and the sums that are their gradients."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.determinism import is_determinism_enabled
from kerasish.backend.dtypes import is_integer
from kerasish.backend.graph import (
    Node,
    Op,
    Spec,
    Tensor,
    as_tensor,
    broadcast_shapes,
    register,
)
from kerasish.backend.ops.shape_arguments import Shape, normalise_axis
from kerasish.errors import DTypeError, ShapeError


def _check_indices(name: str, *indices: Spec) -> None:
    for spec in indices:
        if not is_integer(spec.dtype):
            raise DTypeError(f"{name}: indices must be integers.\n  got: {spec}")


def _outside(name: str, xp: Any, index: Any, size: int) -> IndexError:
    low, high = xp.min(index), xp.max(index)
    return IndexError(
        f"{name}: an index lies outside an axis of size {size}; valid are 0 to "
        f"{size - 1}, and -1 to {-size} from the end.\n"
        f"  got: indices from {low} to {high}"
    )


def add_at(xp: Any, shape: tuple[int, ...], places: Any, values: Any) -> Any:
    """Sum values into zeros at places counted in row-major order.

    One flat index a value is several times as fast in NumPy as index tuples, and adds
    in the order of the values. CuPy adds no signed 64 bit integers, but unsigned ones
    have the same bits, and no narrow ones.
    """
    dtype, values = values.dtype, values.reshape(-1)
    if dtype.kind in "iu":
        wide = dtype.itemsize == 8
        values = values.view("uint64") if wide else values.astype("int32")
    total = xp.zeros(math.prod(shape), values.dtype)
    if is_determinism_enabled() and not isinstance(total, np.ndarray):
        _add_in_rounds(xp, total, places.reshape(-1), values)
    else:
        xp.add.at(total, places.reshape(-1), values)
    same_bits = total.dtype.itemsize == dtype.itemsize
    return (total.view(dtype) if same_bits else total.astype(dtype)).reshape(shape)


def _add_in_rounds(xp: Any, total: Any, places: Any, values: Any) -> None:
    """Add the first value of each place, then the second of each, and so on.

    In one round no two threads add to one place, so that the order is always the same.
    """
    order = xp.argsort(places, kind="stable")
    places, values = places[order], values[order]
    numbers = xp.arange(places.size) - xp.searchsorted(places, places)
    for number in range(int(numbers.max()) + 1 if places.size else 0):
        chosen = numbers == number
        total[places[chosen]] += values[chosen]


class Take(Op):
    """The parts of a tensor at the given positions on one axis."""

    name = "take"
    linear = True

    def infer(self, x: Spec, indices: Spec, *, axis: int) -> Spec:
        _check_indices(self.name, indices)
        shape = x.shape[:axis] + indices.shape + x.shape[axis + 1 :]
        known = None
        if x.known is not None and indices.known and None not in indices.known:
            if all(isinstance(i, int) for i in indices.known) and x.rank == 1:
                known = tuple(x.known[i] for i in indices.known)
        return Spec(shape, x.dtype, known)

    def kernel(
        self, xp: Any, x: Any, indices: Any, *, out: Any = None, axis: int
    ) -> Any:
        try:
            return xp.take(x, indices, axis=axis)
        except IndexError:
            raise _outside(self.name, xp, indices, x.shape[axis]) from None

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, None]:
        x, indices = node.inputs
        return take_adjoint_op(g, x, indices, axis=node.attrs["axis"]), None


class TakeAdjoint(Op):
    """Zeros of the shape of the second input with parts summed in at positions."""

    name = "take_adjoint"
    linear = True
    shape_only = (1,)

    def infer(self, g: Spec, like: Spec, indices: Spec, *, axis: int) -> Spec:
        _check_indices(self.name, indices)
        return Spec(like.shape, g.dtype)

    def kernel(
        self,
        xp: Any,
        g: Any,
        like: Any,
        indices: Any,
        *,
        out: Any = None,
        axis: int,
    ) -> Any:
        size = like.shape[axis]
        before = math.prod(like.shape[:axis])
        after = math.prod(like.shape[axis + 1 :])
        positions = indices.reshape(1, -1, 1).astype("int64")
        positions = xp.where(positions < 0, positions + size, positions)
        blocks = xp.arange(before).reshape(-1, 1, 1) * (size * after)
        places = blocks + positions * after + xp.arange(after)
        return add_at(xp, like.shape, places, g)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, None, None]:
        return take_op(g, node.inputs[2], axis=node.attrs["axis"]), None, None


class Gather(Op):
    """The elements at index arrays on several axes, placed as NumPy places them."""

    name = "gather"
    linear = True

    def infer(self, x: Spec, *indices: Spec, axes: tuple[int, ...]) -> Spec:
        _check_indices(self.name, *indices)
        common = broadcast_shapes(*(index.shape for index in indices))
        if common is None:
            raise ShapeError(
                "The index arrays do not broadcast to one shape.\n  got: "
                f"{', '.join(str(index.shape) for index in indices)}"
            )
        rest = [size for axis, size in enumerate(x.shape) if axis not in axes]
        adjacent = axes == tuple(range(axes[0], axes[0] + len(axes)))
        where = axes[0] if adjacent else 0
        return Spec((*rest[:where], *common, *rest[where:]), x.dtype)

    def kernel(
        self, xp: Any, x: Any, *indices: Any, out: Any = None, axes: tuple[int, ...]
    ) -> Any:
        try:
            return x[(*_key(x.ndim, axes, indices), Ellipsis)]
        except IndexError as error:
            raise IndexError(f"gather: {error}.\n  got: x of shape {x.shape}") from None

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor | None, ...]:
        x, *indices = node.inputs
        adjoint = gather_adjoint_op(g, x, *indices, axes=node.attrs["axes"])
        return (adjoint, *(None for _ in indices))


def _key(rank: int, axes: tuple[int, ...], indices: Sequence[Any]) -> tuple:
    key: list[Any] = [slice(None)] * rank
    for axis, index in zip(axes, indices):
        key[axis] = index
    return tuple(key)


class GatherAdjoint(Op):
    """Zeros of the shape of the second input with elements summed in at indices."""

    name = "gather_adjoint"
    linear = True
    shape_only = (1,)

    def infer(self, g: Spec, like: Spec, *indices: Spec, axes: tuple[int, ...]) -> Spec:
        _check_indices(self.name, *indices)
        return Spec(like.shape, g.dtype)

    def kernel(
        self,
        xp: Any,
        g: Any,
        like: Any,
        *indices: Any,
        out: Any = None,
        axes: tuple[int, ...],
    ) -> Any:
        # Only the indexed axes are numbered where they are the first ones.
        leading = axes == tuple(range(len(axes)))
        rank = len(axes) if leading else len(like.shape)
        sizes = like.shape[:rank]
        numbers = xp.arange(math.prod(sizes)).reshape(sizes)
        try:
            places = numbers[_key(rank, axes, indices)]
        except IndexError as error:
            raise IndexError(
                f"scatter: {error}.\n  got: a target of shape {like.shape}"
            ) from None
        width = math.prod(like.shape[rank:])
        places = places.reshape(-1, 1) * width + xp.arange(width)
        return add_at(xp, like.shape, places, g)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor | None, ...]:
        _, _, *indices = node.inputs
        gathered = gather_op(g, *indices, axes=node.attrs["axes"])
        return (gathered, *(None for _ in node.inputs[1:]))


class TakeAlongAxis(Op):
    """For each line along an axis the elements at that line's own positions."""

    name = "take_along_axis"
    linear = True

    def infer(self, x: Spec, indices: Spec, *, axis: int) -> Spec:
        _check_indices(self.name, indices)
        return Spec(_along_shape(x, indices, axis), x.dtype)

    def kernel(
        self, xp: Any, x: Any, indices: Any, *, out: Any = None, axis: int
    ) -> Any:
        try:
            return x[_grid(xp, x.shape, indices, axis)]
        except IndexError:
            raise _outside(self.name, xp, indices, x.shape[axis]) from None

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, None]:
        x, indices = node.inputs
        return take_along_axis_adjoint_op(g, x, indices, **node.attrs), None


def _along_shape(x: Spec, indices: Spec, axis: int) -> Shape:
    mine, other = list(x.shape), list(indices.shape)
    if len(mine) != len(other):
        mine, other = [], [None]
    else:
        mine[axis] = 1
    shape = broadcast_shapes(tuple(mine), tuple(other)) if mine else None
    if shape is None:
        raise ShapeError(
            "take_along_axis: indices must have the axes of x, and sizes that "
            f"broadcast on all but axis {axis}.\n  got: x {x}, indices {indices}"
        )
    return shape


def _grid(xp: Any, shape: tuple[int, ...], indices: Any, axis: int) -> tuple:
    """Return the index arrays of the elements that lie at `indices` along an axis."""
    key = []
    for position, size in enumerate(shape):
        line = [1] * len(shape)
        line[position] = -1
        own = xp.arange(size).reshape(line)
        key.append(indices if position == axis else own)
    return tuple(key)


class TakeAlongAxisAdjoint(Op):
    """Zeros of the shape of the second input, summed into along an axis."""

    name = "take_along_axis_adjoint"
    linear = True
    shape_only = (1,)

    def infer(self, g: Spec, like: Spec, indices: Spec, *, axis: int) -> Spec:
        _check_indices(self.name, indices)
        return Spec(like.shape, g.dtype)

    def kernel(
        self,
        xp: Any,
        g: Any,
        like: Any,
        indices: Any,
        *,
        out: Any = None,
        axis: int,
    ) -> Any:
        shape = like.shape
        own = xp.where(indices < 0, indices + shape[axis], indices).astype("int64")
        places = 0
        for position, index in enumerate(_grid(xp, shape, own, axis)):
            places = places + index * math.prod(shape[position + 1 :])
        return add_at(xp, shape, xp.broadcast_to(places, g.shape), g)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, None, None]:
        return take_along_axis_op(g, node.inputs[2], **node.attrs), None, None


take_op = register(Take())
take_adjoint_op = register(TakeAdjoint())
gather_op = register(Gather())
gather_adjoint_op = register(GatherAdjoint())
take_along_axis_op = register(TakeAlongAxis())
take_along_axis_adjoint_op = register(TakeAlongAxisAdjoint())


def take(x: Any, indices: Any, axis: int | None = None) -> Tensor:
    """Take the parts of a tensor at positions on an axis.

    Args:
        x: A tensor.
        indices: Integers of any shape; negative ones count from the end.
        axis: The axis; `None` flattens the tensor first.

    Returns:
        A tensor in whose shape that of `indices` stands in the place of the axis.

    Raises:
        DTypeError: If the indices are no integers.
        IndexError: At run time, if an index lies outside the axis.

    Example:

    >>> take([10, 20, 30], [[0, 2]]).numpy()
    array([[10, 30]], dtype=int32)
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = ops.ravel(x), 0
    axis = normalise_axis(axis, x.ndim, "take")
    indices = as_tensor(indices)
    # An empty list has no type of its own.
    return take_op(
        x, ops.cast(indices, "int32") if indices.spec.size == 0 else indices, axis=axis
    )


def gather(x: Any, indices: Sequence[Any], axes: Sequence[int]) -> Tensor:
    """Take elements by index arrays on several axes, as `x[i, j]` does.

    Args:
        x: A tensor.
        indices: Integer tensors that broadcast to one shape.
        axes: Ascending axes, one for each of them.

    Returns:
        A tensor in which the common shape of the indices stands where the axes were
        if these are neighbours, and in front if they are not.

    Raises:
        ShapeError: If the indices do not broadcast.
        IndexError: At run time, if an index lies outside its axis.

    Example:

    >>> gather([[1, 2], [3, 4]], [[0, 1], [1, 0]], (0, 1)).numpy()
    array([2, 3], dtype=int32)
    """
    arrays = [as_tensor(index) for index in indices]
    return gather_op(as_tensor(x), *arrays, axes=tuple(axes))


def take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Tensor:
    """Take for each line along an axis the elements at positions of its own.

    Args:
        x: A tensor.
        indices: Integers with as many axes as `x`, as from `argsort`.
        axis: The axis; `None` flattens `x` first.

    Returns:
        A tensor of the shape of `indices`, broadcast on the other axes.

    Raises:
        ShapeError: If the shapes do not fit.
        IndexError: At run time, if an index lies outside the axis.

    Example:

    >>> take_along_axis([[1, 2], [3, 4]], [[1], [0]], axis=1).numpy()
    array([[2],
           [3]], dtype=int32)
    """
    x = as_tensor(x)
    if axis is None:
        x, axis = ops.ravel(x), 0
    axis = normalise_axis(axis, x.ndim, "take_along_axis")
    return take_along_axis_op(x, as_tensor(indices), axis=axis)


def take_along_axis_adjoint(g: Any, like: Any, indices: Any, axis: int) -> Tensor:
    """Sum elements into zeros at positions along an axis.

    It is the gradient of `take_along_axis`.

    Args:
        g: What is summed, as `take_along_axis(like, indices, axis)` is shaped.
        like: A tensor whose shape the result has; only its shape matters.
        indices: The positions.
        axis: The axis.

    Returns:
        A tensor of the shape of `like`.

    Example:

    >>> take_along_axis_adjoint([5.0], [0.0, 0.0, 0.0], [1], 0).numpy()
    array([0., 5., 0.], dtype=float32)
    """
    tensors = (as_tensor(item) for item in (g, like, indices))
    return take_along_axis_adjoint_op(*tensors, axis=axis)


def extract_sequences(x: Any, sequence_length: int, sequence_stride: int) -> Tensor:
    """Cut the last axis into parts that may overlap.

    Args:
        x: A tensor.
        sequence_length: The length of the parts.
        sequence_stride: The distance of their beginnings.

    Returns:
        A tensor of shape `x.shape[:-1] + (parts, sequence_length)`.

    Raises:
        ShapeError: If the last axis is known to be shorter than a part.

    Example:

    >>> extract_sequences([1, 2, 3, 4], 2, 1).numpy()
    array([[1, 2],
           [2, 3],
           [3, 4]], dtype=int32)
    """
    x = as_tensor(x)
    size = ops.shape(x)[-1] if x.ndim else 0
    too_short = isinstance(size, int) and size < sequence_length
    if too_short or sequence_length < 1 or sequence_stride < 1:
        raise ShapeError(
            "extract_sequences: the last axis must be at least as long as a sequence, "
            f"and the stride positive.\n  got: x {x.spec}, sequence_length="
            f"{sequence_length}, sequence_stride={sequence_stride}"
        )
    count = (size - sequence_length) // sequence_stride + 1
    starts = ops.expand_dims(ops.arange(count, dtype="int32") * sequence_stride, 1)
    return take(x, starts + ops.arange(sequence_length, dtype="int32"), axis=-1)


def unravel_index(indices: Any, shape: Any) -> tuple[Tensor, ...]:
    """Turn places counted in row-major order into coordinates.

    Args:
        indices: Integers; negative ones count from the end.
        shape: The shape in which they are places, integers.

    Returns:
        A tuple with a tensor of the shape of `indices` for each axis.

    Example:

    >>> [part.tolist() for part in unravel_index([5, 11], (3, 4))]
    [[1, 2], [1, 3]]
    """
    places = as_tensor(indices)
    coordinates: list[Tensor] = []
    for size in reversed(tuple(shape)):
        coordinates.append(ops.mod(places, size))
        places = ops.floor_divide(places, size)
    return tuple(reversed(coordinates))
