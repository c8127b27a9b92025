"""Padding a tensor at its borders, and turning and shifting it."""

from __future__ import annotations

import operator
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Node, Op, Spec, Tensor, as_tensor, register
from kerasish.backend.ops.shape_arguments import (
    normalise_axes,
    normalise_axis,
    static_value,
)
from kerasish.errors import ShapeError

Widths = tuple[tuple[int, int], ...]
MODES = ("constant", "reflect", "symmetric", "edge")


def _inner(widths: Widths, shape: tuple[int, ...]) -> tuple[slice, ...]:
    return tuple(slice(a, a + size) for (a, _), size in zip(widths, shape))


class Pad(Op):
    """A border of one value around a tensor."""

    name = "pad"

    def infer(self, x: Spec, *, widths: Widths, value: Any) -> Spec:
        shape = tuple(
            None if size is None else size + before + after
            for size, (before, after) in zip(x.shape, widths)
        )
        return Spec(shape, x.dtype)

    def kernel(
        self, xp: Any, x: Any, *, out: Any = None, widths: Widths, value: Any
    ) -> Any:
        shape = tuple(n + a + b for n, (a, b) in zip(x.shape, widths))
        out = xp.empty(shape, x.dtype) if out is None else out
        out[...] = value
        out[_inner(widths, x.shape)] = x
        return out

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (crop_op(g, widths=node.attrs["widths"]),)


class Crop(Op):
    """A tensor without its border; the inverse of `pad`."""

    name = "crop"
    views = True
    linear = True

    def infer(self, x: Spec, *, widths: Widths) -> Spec:
        shape = tuple(
            None if size is None else size - before - after
            for size, (before, after) in zip(x.shape, widths)
        )
        if any(size is not None and size < 0 for size in shape):
            raise ShapeError(
                f"crop: the border is wider than the tensor.\n  got: x {x}, "
                f"widths={widths}"
            )
        return Spec(shape, x.dtype)

    def kernel(self, xp: Any, x: Any, *, out: Any = None, widths: Widths) -> Any:
        return x[tuple(slice(a, n - b) for n, (a, b) in zip(x.shape, widths))]

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (pad_op(g, widths=node.attrs["widths"], value=0),)


class PadMirrored(Op):
    """A border that repeats or mirrors the tensor's own elements."""

    name = "pad_mirrored"
    linear = True

    def infer(self, x: Spec, *, widths: Widths, mode: str) -> Spec:
        for size, width in zip(x.shape, widths):
            if size is None or not any(width):
                continue
            limit = {"reflect": size - 1, "symmetric": size}.get(mode)
            if size == 0 or (limit is not None and max(width) > limit):
                raise ShapeError(
                    f"pad: an axis of size {size} is too short for mode={mode!r} with "
                    f"a border of {width}.\n  got: x {x}, pad_width={widths}"
                )
        return pad_op.infer(x, widths=widths, value=0)

    def kernel(
        self, xp: Any, x: Any, *, out: Any = None, widths: Widths, mode: str
    ) -> Any:
        return xp.pad(x, widths, mode=mode)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (fold_border_op(g, **node.attrs),)


class FoldBorder(Op):
    """The inner part of a tensor, with the border added where it was copied from."""

    name = "fold_border"
    linear = True

    def infer(self, g: Spec, *, widths: Widths, mode: str) -> Spec:
        return crop_op.infer(g, widths=widths)

    def kernel(
        self, xp: Any, g: Any, *, out: Any = None, widths: Widths, mode: str
    ) -> Any:
        for axis, (before, after) in enumerate(widths):
            if before or after:
                moved = _fold(xp, xp.moveaxis(g, axis, 0), before, after, mode)
                g = xp.moveaxis(moved, 0, axis)
        return g

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (pad_mirrored_op(g, **node.attrs),)


def _fold(xp: Any, g: Any, before: int, after: int, mode: str) -> Any:
    """Add the borders of the first axis to the elements that they repeat."""
    size = g.shape[0] - before - after
    inner = xp.array(g[before : before + size])
    head, tail = g[:before], g[before + size :]
    if mode == "edge":
        inner[:1] += xp.sum(head, axis=0, keepdims=True)
        inner[size - 1 :] += xp.sum(tail, axis=0, keepdims=True)
        return inner
    skipped = 1 if mode == "reflect" else 0
    inner[skipped : skipped + before] += head[::-1]
    end = size - skipped
    inner[end - after : end] += tail[::-1]
    return inner


class Flip(Op):
    """The elements in reversed order along some axes."""

    name = "flip"
    views = True
    linear = True

    def infer(self, x: Spec, *, axes: tuple[int, ...]) -> Spec:
        return Spec(x.shape, x.dtype)

    def kernel(self, xp: Any, x: Any, *, out: Any = None, axes: tuple[int, ...]) -> Any:
        steps = (-1 if axis in axes else 1 for axis in range(x.ndim))
        return x[(*(slice(None, None, step) for step in steps), Ellipsis)]

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (flip_op(g, **node.attrs),)


class Roll(Op):
    """The elements shifted along some axes; what leaves comes in at the other end."""

    name = "roll"
    linear = True

    def infer(self, x: Spec, *, shifts: tuple[int, ...], axes: tuple[int, ...]) -> Spec:
        return Spec(x.shape, x.dtype)

    def kernel(
        self,
        xp: Any,
        x: Any,
        *,
        out: Any = None,
        shifts: tuple[int, ...],
        axes: tuple[int, ...],
    ) -> Any:
        return xp.roll(x, shifts, axis=axes)

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        shifts = tuple(-shift for shift in node.attrs["shifts"])
        return (roll_op(g, shifts=shifts, axes=node.attrs["axes"]),)


pad_op = register(Pad())
crop_op = register(Crop())
pad_mirrored_op = register(PadMirrored())
fold_border_op = register(FoldBorder())
flip_op = register(Flip())
roll_op = register(Roll())


def _widths(pad_width: Any, rank: int) -> Widths:
    """Return a pair of widths for each axis, from any of the forms of `pad`."""
    given = static_value(pad_width)
    try:
        if isinstance(given, int):
            pairs: Any = ((given, given),)
        elif len(given) and all(isinstance(static_value(g), int) for g in given):
            pairs = ((given[0], given[-1]),) if len(given) <= 2 else given
        else:
            pairs = given
        widths = tuple(
            tuple(operator.index(static_value(width)) for width in (pair[0], pair[-1]))
            for pair in pairs
        )
    except TypeError:
        widths = ()
    if len(widths) == 1:
        widths *= rank
    if len(widths) != rank or any(width < 0 for pair in widths for width in pair):
        raise ShapeError(
            "pad: pad_width is one number, one pair, or a pair for each axis, none of "
            f"them negative.\n  got: pad_width={pad_width}, for {rank} axes"
        )
    return widths


def pad(
    x: Any, pad_width: Any, mode: str = "constant", constant_values: Any = None
) -> Tensor:
    """Add a border to a tensor.

    Args:
        x: A tensor.
        pad_width: How many elements to add: `((before, after), ...)` for each axis, or
            one pair or one integer for all axes.
        mode: `"constant"`, `"reflect"` (mirrored, without the outermost element),
            `"symmetric"` (mirrored, with it) or `"edge"` (that element repeated).
        constant_values: The value of the border in the mode `"constant"`, 0 by default.

    Returns:
        The larger tensor.

    Raises:
        ShapeError: If the widths do not fit the tensor.
        ValueError: If there is no such mode, or it takes no `constant_values`.

    Example:

    >>> pad([1, 2, 3], 1, mode="reflect").numpy()
    array([2, 1, 2, 3, 2], dtype=int32)
    """
    x = as_tensor(x)
    mode = mode.lower()
    if mode not in MODES:
        raise ValueError(f"pad: mode must be one of {MODES}.\nReceived: mode={mode!r}")
    widths = _widths(pad_width, x.ndim)
    if mode != "constant":
        if constant_values is not None:
            raise ValueError(
                "pad: constant_values belong to mode='constant'.\n"
                f"Received: mode={mode!r}, constant_values={constant_values}"
            )
        if not any(map(any, widths)):
            return x
        return pad_mirrored_op(x, widths=widths, mode=mode)
    value = 0 if constant_values is None else static_value(constant_values)
    if not isinstance(value, (int, float, complex)):
        # A value that a run decides: pad a mask as well, and select by it.
        inside = pad_op(ops.ones_like(x, dtype="bool"), widths=widths, value=0)
        border = ops.cast(constant_values, x.dtype)
        return ops.where(inside, pad_op(x, widths=widths, value=0), border)
    return pad_op(x, widths=widths, value=value) if any(map(any, widths)) else x


def flip(x: Any, axis: Any = None) -> Tensor:
    """Reverse the order of the elements along axes.

    Args:
        x: A tensor.
        axis: The axis, several axes, or `None` for all.

    Returns:
        A view.

    Example:

    >>> flip([1, 2, 3]).numpy()
    array([3, 2, 1], dtype=int32)
    """
    x = as_tensor(x)
    axes = tuple(sorted(normalise_axes(axis, x.ndim, "flip")))
    return flip_op(x, axes=axes) if axes else x


def fliplr(x: Any) -> Tensor:
    """Reverse the order of the columns, the second axis.

    Args:
        x: A tensor with at least two axes.

    Returns:
        A view.

    Example:

    >>> fliplr([[1, 2], [3, 4]]).numpy()
    array([[2, 1],
           [4, 3]], dtype=int32)
    """
    return flip(x, 1)


def flipud(x: Any) -> Tensor:
    """Reverse the order of the rows, the first axis.

    Args:
        x: A tensor with at least one axis.

    Returns:
        A view.

    Example:

    >>> flipud([[1, 2], [3, 4]]).numpy()
    array([[3, 4],
           [1, 2]], dtype=int32)
    """
    return flip(x, 0)


def roll(x: Any, shift: Any, axis: Any = None) -> Tensor:
    """Shift the elements along axes; what leaves comes in at the other end.

    Args:
        x: A tensor.
        shift: By how many places, an integer or one for each axis.
        axis: The axis or axes; `None` shifts the flattened tensor.

    Returns:
        A tensor of the same shape.

    Raises:
        ShapeError: If there are not as many shifts as axes.

    Example:

    >>> roll([1, 2, 3], 1).numpy()
    array([3, 1, 2], dtype=int32)
    """
    x = as_tensor(x)
    if axis is None:
        flat = ops.ravel(x)
        return ops.reshape_like(roll(flat, shift, 0), x)
    shift = static_value(shift)
    shifts = (shift,) if isinstance(shift, int) else tuple(map(int, shift))
    axes = tuple(axis) if isinstance(axis, (tuple, list)) else (axis,)
    axes = tuple(normalise_axis(one, x.ndim, "roll") for one in axes)
    if len(shifts) == 1:
        shifts *= len(axes)
    if len(shifts) != len(axes):
        raise ShapeError(
            "roll: there must be a shift for each axis.\n"
            f"  got: shift={shift}, axis={axis}"
        )
    return roll_op(x, shifts=shifts, axes=axes)


def rot90(array: Any, k: int = 1, axes: tuple[int, int] = (0, 1)) -> Tensor:
    """Turn a tensor by multiples of 90 degrees in the plane of two axes.

    Args:
        array: A tensor with at least two axes.
        k: The number of quarter turns, from the first axis of `axes` to the second.
        axes: The two axes of the plane.

    Returns:
        The turned tensor.

    Raises:
        ShapeError: If the axes are not two different ones.

    Example:

    >>> rot90([[1, 2], [3, 4]]).numpy()
    array([[2, 4],
           [1, 3]], dtype=int32)
    """
    x = as_tensor(array)
    plane = normalise_axes(tuple(axes), x.ndim, "rot90")
    if len(plane) != 2:
        raise ShapeError(f"rot90: two axes are needed.\n  got: axes={axes}")
    first, second = plane
    turns = k % 4
    if turns == 0:
        return x
    if turns == 2:
        return flip(x, plane)
    if turns == 1:
        return ops.swapaxes(flip(x, second), first, second)
    return flip(ops.swapaxes(x, first, second), second)
