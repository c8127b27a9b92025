"""Reading the axes and the partly symbolic shapes that functions take as arguments."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.graph import (
    Op,
    Spec,
    Tensor,
    Variable,
    as_numpy,
    as_tensor,
    is_tensor,
)
from kerasish.backend.graph.spec import Size
from kerasish.errors import ShapeError

Shape = tuple[int | None, ...]


def normalise_axis(axis: int, rank: int, name: str) -> int:
    """Turn an axis that may count from the end into one that counts from 0.

    Args:
        axis: An integer in `[-rank, rank)`.
        rank: The number of axes.
        name: The function that the error names.

    Returns:
        The axis in `[0, rank)`.

    Raises:
        ShapeError: If the axis is outside the range.

    Example:

    >>> normalise_axis(-1, 3, "flip")
    2
    """
    number = operator.index(axis)
    if not -rank <= number < rank:
        raise ShapeError(
            f"{name}: the axis must lie in [{-rank}, {rank}) for a tensor with {rank} "
            f"axes.\n  got: axis={axis}"
        )
    return number % rank


def normalise_axes(axis: Any, rank: int, name: str) -> tuple[int, ...]:
    """Turn one axis or several into a tuple of distinct axes, in the given order.

    Args:
        axis: An integer, a sequence of integers, or `None` for all axes.
        rank: The number of axes.
        name: The function that the error names.

    Returns:
        Axes in `[0, rank)`.

    Raises:
        ShapeError: If an axis is outside the range or named twice.

    Example:

    >>> normalise_axes((-1, 0), 3, "flip")
    (2, 0)
    """
    if axis is None:
        return tuple(range(rank))
    single = not isinstance(axis, (tuple, list, range, np.ndarray))
    numbers = [axis] if single else list(axis)
    axes = tuple(normalise_axis(number, rank, name) for number in numbers)
    if len(set(axes)) != len(axes):
        raise ShapeError(f"{name}: an axis is named twice.\n  got: axis={axis}")
    return axes


def static_value(value: Any) -> Any:
    """Return the host value of an argument, or `None` if a run decides it.

    Args:
        value: A number, an array, a tensor or a Variable.

    Returns:
        A Python number or nested list.

    Example:

    >>> static_value(np.array([1, 2]))
    [1, 2]
    """
    if isinstance(value, Variable):
        value = as_tensor(value)
    if is_tensor(value):
        if not value.is_symbolic:
            return as_numpy(value).tolist()
        known = value.spec.known
        if known is None or not all(isinstance(item, int) for item in known):
            return None
        return known[0] if value.ndim == 0 else list(known)
    if isinstance(value, (np.ndarray, np.generic)):
        return value.tolist()
    return value


def static_number(value: Any) -> int | float | complex | bool | None:
    """Return an argument as a Python number if it is known to be one.

    Args:
        value: Anything.

    Returns:
        The number, or `None`.

    Example:

    >>> static_number(np.float32(0.5))
    0.5
    """
    known = static_value(value)
    return known if isinstance(known, (bool, int, float, complex)) else None


def size_tensor(size: Any) -> Tensor:
    """Return one entry of a shape as an int32 scalar."""
    return ops.cast(as_tensor(size), "int32")


def shape_argument(shape: Any, name: str) -> tuple[Shape, Tensor | None]:
    """Split a shape into what is known while building and the rest.

    Args:
        shape: An integer, a sequence of integers, `None`s and symbolic scalars, or an
            integer vector.
        name: The function that the error names.

    Returns:
        A tuple of sizes in which `None` stands for an entry that a run decides, and
        the whole shape as an int32 vector, or `None` where all entries are integers.

    Raises:
        ShapeError: If an entry is no integer or the length of the shape is unknown.

    Example:

    >>> shape_argument([2, np.int64(3)], "zeros")
    ((2, 3), None)
    """
    if is_tensor(shape) or isinstance(shape, (Variable, np.ndarray)):
        numbers = static_value(shape)
        if numbers is None:
            return _vector_shape(as_tensor(shape), name)
        shape = numbers
    if not isinstance(shape, Sequence):
        shape = (shape,)
    entries: list[int | None] = []
    symbolic = False
    for entry in shape:
        number = static_value(entry) if entry is not None else None
        if isinstance(number, list) and len(number) == 1:
            number = number[0]
        try:
            entries.append(None if number is None else operator.index(number))
        except TypeError:
            raise ShapeError(
                f"{name}: a shape holds integers and integer scalars.\n"
                f"  got: shape={tuple(shape)}"
            ) from None
        symbolic = symbolic or (number is None and entry is not None)
    if not symbolic:
        return tuple(entries), None
    if any(entry is None for entry in shape):
        raise ShapeError(
            f"{name}: a shape holds either None or symbolic scalars, not both.\n"
            f"  got: shape={tuple(shape)}"
        )
    vector = ops.stack([ops.reshape(size_tensor(entry), ()) for entry in shape])
    return tuple(entries), vector


def _vector_shape(vector: Tensor, name: str) -> tuple[Shape, Tensor]:
    if vector.ndim != 1 or vector.shape[0] is None:
        raise ShapeError(
            f"{name}: a shape given as a tensor must be a vector of known length.\n"
            f"  got: {vector.spec}"
        )
    known = vector.spec.known or (None,) * vector.shape[0]
    entries = tuple(entry if isinstance(entry, int) else None for entry in known)
    return entries, ops.cast(vector, "int32")


def merge_shape(shape: Shape, known: tuple | list | None) -> Shape:
    """Fill the `None`s of a shape with the elements that are known of its vector."""
    if known is None:
        return shape
    return tuple(
        (other if isinstance(other, int) else None) if entry is None else entry
        for entry, other in zip(shape, known)
    )


def sizes_of(x: Tensor) -> tuple[int | Size, ...]:
    """Return the shape of a tensor with a size symbol for each unknown entry."""
    return tuple(
        Size(1, ((x.node.uid, x.index, axis),)) if size is None else size
        for axis, size in enumerate(x.shape)
    )


class DynamicShapeOp(Op):
    """An op whose last input is a shape that a run decides.

    It infers what the known elements of that vector allow and becomes the op with a
    plain attribute as soon as all of them are known.

    Attributes:
        static: The op that takes the shape as an attribute.
        attribute: The name of that attribute; its `None`s are filled by the vector.
    """

    value_shape = True
    static: Op
    attribute = "shape"

    def infer(self, *specs: Spec, **attrs: Any) -> Spec:
        merged = merge_shape(attrs[self.attribute], specs[-1].known)
        return self.static.infer(*specs[:-1], **{**attrs, self.attribute: merged})

    def kernel(self, xp: Any, *arrays: Any, out: Any = None, **attrs: Any) -> Any:
        merged = merge_shape(attrs[self.attribute], arrays[-1].tolist())
        return self.static.kernel(xp, *arrays[:-1], **{**attrs, self.attribute: merged})

    def vjp(self, node: Any, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        return (*self.static.vjp(node, *grads), None)

    def specialise(self, node: Any, inputs: tuple[Tensor, ...]) -> Tensor | None:
        attrs = node.attrs
        merged = merge_shape(attrs[self.attribute], inputs[-1].spec.known)
        if None in merged:
            return None
        return self.static(*inputs[:-1], **{**attrs, self.attribute: merged})


def apply_shaped(
    static: Op,
    dynamic: Op,
    inputs: Sequence[Tensor],
    argument: tuple[Shape, Tensor | None],
    attribute: str = "shape",
    **attrs: Any,
) -> Tensor:
    """Apply an op with a shape as `shape_argument` returns it."""
    shape, vector = argument
    attrs[attribute] = shape
    if vector is None or None not in shape:
        return static(*inputs, **attrs)
    return dynamic(*inputs, vector, **attrs)
