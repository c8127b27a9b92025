"""Indexing with brackets: numbers, slices, new axes, index arrays and masks."""

from __future__ import annotations

import builtins
import operator
from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.dtypes import is_integer
from kerasish.backend.graph import (
    Node,
    Op,
    Spec,
    Tensor,
    Variable,
    as_tensor,
    is_tensor,
    register,
)
from kerasish.backend.ops.shape_arguments import static_value
from kerasish.errors import DTypeError, ShapeError

# A key has an entry for each axis of the input and each new one: an int, a slice as
# a tuple (start, stop, step), or None for a new axis. A slice bound that a run decides
# is the name of its place in a vector of bounds, such as "0".
Key = tuple[Any, ...]
WHOLE = (None, None, None)


def _python_key(key: Key) -> tuple:
    # The ellipsis makes NumPy return arrays where it would return scalars.
    parts = (builtins.slice(*k) if isinstance(k, tuple) else k for k in key)
    return (*parts, Ellipsis)


def _with_bounds(key: Key, bounds: Any) -> Key:
    """Put known bounds in the places of their names."""

    def bound(entry: Any) -> Any:
        if not isinstance(entry, str):
            return entry
        value = bounds[int(entry)] if bounds is not None else None
        return value if isinstance(value, int) else entry

    return tuple(
        tuple(bound(e) for e in part) if isinstance(part, tuple) else part
        for part in key
    )


def _open(key: Key) -> bool:
    return any(
        isinstance(entry, str)
        for part in key
        if isinstance(part, tuple)
        for entry in part
    )


class GetItem(Op):
    """A part of a tensor, by numbers, slices and new axes."""

    name = "getitem"
    views = True
    linear = True

    def infer(self, x: Spec, *, key: Key) -> Spec:
        sizes = iter(x.shape)
        shape: list[int | None] = []
        for part in key:
            if part is None:
                shape.append(1)
                continue
            size = next(sizes)
            if isinstance(part, tuple):
                shape.append(_slice_length(size, part))
            elif size is not None and not -size <= part < size:
                raise IndexError(
                    f"Index {part} is outside an axis of size {size}.\n  got: x {x}"
                )
        known = None
        if x.known is not None and not _open(key):
            known = _select_known(x, key)
        return Spec(tuple(shape), x.dtype, known)

    def kernel(self, xp: Any, x: Any, *, out: Any = None, key: Key) -> Any:
        return x[_python_key(key)]

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (getitem_adjoint_op(g, node.inputs[0], key=node.attrs["key"]),)

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        (x,) = inputs
        same = x.spec.is_exact and all(
            isinstance(part, tuple)
            and range(*builtins.slice(*part).indices(size)) == range(size)
            for part, size in zip(node.attrs["key"], x.shape)
        )
        return x if same and len(node.attrs["key"]) == x.ndim else None


def _slice_length(size: int | None, bounds: tuple) -> int | None:
    if bounds in (WHOLE, (0, None, None), (None, None, -1)):
        return size
    if size is None or any(isinstance(bound, str) for bound in bounds):
        return None
    return len(range(*builtins.slice(*bounds).indices(size)))


def _select_known(x: Spec, key: Key) -> tuple | None:
    elements = np.empty(len(x.known), object)
    elements[:] = x.known
    picked = elements.reshape(x.shape)[_python_key(key)]
    return tuple(picked.reshape(-1)) if picked.ndim <= 1 else None


class GetItemAdjoint(Op):
    """Zeros of the shape of the second input, with the first one put in at a key."""

    name = "getitem_adjoint"
    linear = True
    shape_only = (1,)

    def infer(self, g: Spec, like: Spec, *, key: Key) -> Spec:
        return Spec(like.shape, g.dtype)

    def kernel(self, xp: Any, g: Any, like: Any, *, out: Any = None, key: Key) -> Any:
        out = xp.empty(like.shape, g.dtype) if out is None else out
        out[...] = 0
        out[_python_key(key)] = g
        return out

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, None]:
        return getitem_op(g, key=node.attrs["key"]), None


class GetItemDynamic(Op):
    """`getitem` with slice bounds that a run decides, given as a last vector."""

    name = "getitem_dynamic"
    linear = True
    value_shape = True

    def infer(self, x: Spec, bounds: Spec, *, key: Key) -> Spec:
        return getitem_op.infer(x, key=_with_bounds(key, bounds.known))

    def kernel(self, xp: Any, x: Any, bounds: Any, *, out: Any = None, key: Key) -> Any:
        return x[_python_key(_with_bounds(key, bounds.tolist()))]

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, None]:
        x, bounds = node.inputs
        return getitem_dynamic_adjoint_op(g, x, bounds, key=node.attrs["key"]), None

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        key = _with_bounds(node.attrs["key"], inputs[-1].spec.known)
        return None if _open(key) else getitem_op(inputs[0], key=key)


class GetItemDynamicAdjoint(Op):
    """`getitem_adjoint` with slice bounds that a run decides."""

    name = "getitem_dynamic_adjoint"
    linear = True
    shape_only = (1,)

    def infer(self, g: Spec, like: Spec, bounds: Spec, *, key: Key) -> Spec:
        return Spec(like.shape, g.dtype)

    def kernel(
        self, xp: Any, g: Any, like: Any, bounds: Any, *, out: Any = None, key: Key
    ) -> Any:
        key = _with_bounds(key, bounds.tolist())
        return getitem_adjoint_op.kernel(xp, g, like, out=out, key=key)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor, None, None]:
        key = node.attrs["key"]
        return getitem_dynamic_op(g, node.inputs[2], key=key), None, None

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        g, like, bounds = inputs
        key = _with_bounds(node.attrs["key"], bounds.spec.known)
        return None if _open(key) else getitem_adjoint_op(g, like, key=key)


getitem_op = register(GetItem())
getitem_adjoint_op = register(GetItemAdjoint())
getitem_dynamic_op = register(GetItemDynamic())
getitem_dynamic_adjoint_op = register(GetItemDynamicAdjoint())


def index_axis(x: Tensor, axis: int, position: int) -> Tensor:
    """Take one position on an axis, which disappears.

    Args:
        x: A tensor.
        axis: The axis.
        position: The position, negative from the end.

    Returns:
        A view with one axis less.

    Example:

    >>> index_axis(as_tensor([[1, 2], [3, 4]]), 1, 0).numpy()
    array([1, 3], dtype=int32)
    """
    rest = x.ndim - axis - 1
    return getitem_op(x, key=(WHOLE,) * axis + (position,) + (WHOLE,) * rest)


def slice_axis(
    x: Tensor, axis: int, start: int | None, stop: int | None, step: int | None = None
) -> Tensor:
    """Take a slice of one axis.

    Args:
        x: A tensor.
        axis: The axis.
        start: As in `x[start:stop:step]`.
        stop: As in `x[start:stop:step]`.
        step: As in `x[start:stop:step]`.

    Returns:
        A view.

    Example:

    >>> slice_axis(as_tensor([1, 2, 3]), 0, 1, None).numpy()
    array([2, 3], dtype=int32)
    """
    rest = x.ndim - axis - 1
    part = (start, stop, step)
    return getitem_op(x, key=(WHOLE,) * axis + (part,) + (WHOLE,) * rest)


def get_item(x: Any, key: Any) -> Tensor:
    """Return `x[key]`, by NumPy's rules.

    Args:
        x: A tensor.
        key: A number, slice, `None`, `Ellipsis`, integer or boolean array or tensor,
            or a tuple of these. Slice bounds may be symbolic scalars.

    Returns:
        A view for numbers, slices and new axes; else a new tensor. With a boolean mask
        its length is known only at run time.

    Raises:
        IndexError: If there are too many indices or one is outside its axis.

    Example:

    >>> get_item([[1, 2, 3], [4, 5, 6]], (..., [0, 2])).numpy()
    array([[1, 3],
           [4, 6]], dtype=int32)
    """
    x = as_tensor(x)
    parts = _expanded(key, x)
    if any(is_tensor(part) for part in parts):
        # Beside index arrays NumPy treats a number as one of them.
        parts = [as_tensor(p, "int32") if isinstance(p, int) else p for p in parts]
    indices = [(axis, part) for axis, part in enumerate(parts) if is_tensor(part)]
    bounds: list[Any] = []
    basic = [_basic_part(part, bounds) for part in parts]
    x = _basic(x, tuple(basic), bounds)
    if not indices:
        return x
    axes = tuple(axis for axis, _ in indices)
    if len(axes) == 1:
        return ops.take(x, indices[0][1], axis=axes[0])
    return ops.gather(x, [index for _, index in indices], axes)


def _basic(x: Tensor, key: Key, bounds: list) -> Tensor:
    if bounds:
        vector = ops.stack([ops.cast(as_tensor(bound), "int32") for bound in bounds])
        return getitem_dynamic_op(x, vector, key=key)
    if all(part == WHOLE for part in key):
        return x
    return getitem_op(x, key=key)


def _basic_part(part: Any, bounds: list) -> Any:
    if is_tensor(part):
        return WHOLE
    return _slice_part(part, bounds) if isinstance(part, builtins.slice) else part


def _slice_part(part: builtins.slice, bounds: list) -> tuple:
    entries: list[Any] = []
    for entry in (part.start, part.stop, part.step):
        value = None if entry is None else static_value(entry)
        if entry is not None and value is None:
            value = str(len(bounds))
            bounds.append(entry)
        elif value is not None:
            value = operator.index(value)
        entries.append(value)
    if entries[2] == 0:
        raise ValueError("The step of a slice must not be 0.\nReceived: step=0")
    return tuple(entries)


def _index_part(part: Any) -> Any:
    """Return a number, or an index tensor of integers or bools."""
    if isinstance(part, (bool, np.bool_)):
        raise IndexError(f"A single bool is no index here.\nReceived: {part}")
    if not isinstance(part, (Tensor, Variable, list, tuple, np.ndarray)):
        try:
            return operator.index(part)
        except TypeError:
            if not hasattr(part, "dtype"):
                raise IndexError(
                    "Indices are integers, slices, None, Ellipsis, and arrays of "
                    f"integers or bools.\nReceived: {part!r}"
                ) from None
    if isinstance(part, (list, tuple)) and not len(part):
        part = np.zeros(0, "int32")
    tensor = as_tensor(part)
    if not is_integer(tensor.dtype) and tensor.dtype != "bool":
        raise DTypeError(f"Index arrays hold integers or bools.\n  got: {tensor.spec}")
    if tensor.ndim == 0:
        number = static_value(tensor)
        return tensor if number is None else number
    return tensor


def _expanded(key: Any, x: Tensor) -> list:
    """Return a key part for each axis and each new one, masks as index arrays."""
    parts: list[Any] = []
    for part in key if isinstance(key, tuple) else (key,):
        if part is None or part is Ellipsis or isinstance(part, builtins.slice):
            parts.append(part)
            continue
        part = _index_part(part)
        if is_tensor(part) and part.dtype == "bool":
            parts.extend(ops.nonzero(part))
        else:
            parts.append(part)
    used = sum(part is not None and part is not Ellipsis for part in parts)
    dots = [position for position, part in enumerate(parts) if part is Ellipsis]
    if used > x.ndim or len(dots) > 1:
        raise IndexError(
            f"A tensor with {x.ndim} axes takes up to {x.ndim} indices and one "
            f"ellipsis.\n  got: x {x.spec}, key={key}"
        )
    fill = [builtins.slice(None)] * (x.ndim - used)
    where = dots[0] if dots else len(parts)
    return parts[:where] + fill + parts[where + 1 :]


def slice(inputs: Any, start_indices: Any, shape: Any) -> Tensor:
    """Take a block of a tensor.

    Args:
        inputs: A tensor.
        start_indices: Where the block begins on each axis; it may be a tensor.
        shape: The shape of the block; -1 stands for all that follows the start.

    Returns:
        The block.

    Raises:
        ShapeError: If the block is known not to lie inside the tensor.

    Example:

    >>> slice([[1, 2, 3], [4, 5, 6]], [0, 1], [2, 2]).numpy()
    array([[2, 3],
           [5, 6]], dtype=int32)
    """
    x = as_tensor(inputs)
    starts, sizes = _entries(start_indices), _entries(shape)
    for axis, known in enumerate(zip(starts, sizes, x.shape)):
        if all(isinstance(item, int) for item in known) and known[1] == -1:
            sizes[axis] = known[2] - known[0]
    exact = all(isinstance(size, int) and size >= 0 for size in sizes)
    decided = all(isinstance(start, int) for start in starts)
    if exact and len(sizes) == x.ndim and (not decided or None in x.shape):
        return ops.window(x, start_indices, sizes)
    key = []
    for axis, (start, size) in enumerate(zip(starts, sizes, strict=True)):
        known = (start, size, x.shape[axis])
        if all(isinstance(item, int) for item in known):
            if not (0 <= start and start + max(size, 0) <= known[2]):
                raise ShapeError(
                    "slice: the block must lie inside the tensor.\n  got: inputs "
                    f"{x.spec}, start_indices={start_indices}, shape={shape}"
                )
        stop = None if isinstance(size, int) and size == -1 else start + size
        key.append(builtins.slice(start, stop))
    return get_item(x, tuple(key))


def _entries(values: Any) -> list:
    """Return the elements of a vector: integers, and scalars where a run decides."""
    if not isinstance(values, (tuple, list)):
        numbers = static_value(values)
        if numbers is None:
            return ops.unstack(values)
        values = [numbers] if isinstance(numbers, int) else numbers
    numbers = [static_value(value) for value in values]
    return [v if n is None else n for v, n in zip(values, numbers)]
