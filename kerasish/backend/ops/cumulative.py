"""Running sums and products, linear recurrences, differences along an axis."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import standardize_dtype
from kerasish.backend.graph import Node, Op, Spec, Tensor, as_tensor, register
from kerasish.backend.ops.promotion import as_float, as_number, promote, with_dtype
from kerasish.backend.ops.shape_arguments import normalise_axis
from kerasish.errors import ShapeError


def _along(rank: int, axis: int, part: slice) -> tuple[slice, ...]:
    """Index with a slice on one axis."""
    return tuple(part if i == axis else slice(None) for i in range(rank))


class Shift(Op):
    """Move elements along an axis; what is pushed out is lost, gaps are filled."""

    name = "shift"

    def infer(self, x: Spec, *, axis: int, offset: int, fill: float) -> Spec:
        """Return the same spec."""
        return Spec(x.shape, x.dtype)

    def kernel(
        self, xp: Any, x: Any, *, out: Any = None, axis: int, offset: int, fill: float
    ) -> Any:
        """Copy the part that stays inside."""
        result = xp.empty(x.shape, x.dtype) if out is None else out
        result[...] = fill
        if abs(offset) >= x.shape[axis]:
            return result
        target = slice(offset, None) if offset >= 0 else slice(None, offset)
        source = slice(None, -offset or None) if offset >= 0 else slice(-offset, None)
        result[_along(x.ndim, axis, target)] = x[_along(x.ndim, axis, source)]
        return result

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        """Move back, with zeros in the gaps."""
        axis, offset = node.attrs["axis"], node.attrs["offset"]
        return (self(grads[0], axis=axis, offset=-offset, fill=0),)


class Cumulative(Op):
    """A running sum or product along one axis, in either direction.

    Attributes:
        function: The array function.
    """

    function = ""

    def infer(self, x: Spec, *, axis: int, reverse: bool) -> Spec:
        """Return the same spec."""
        return Spec(x.shape, x.dtype)

    def kernel(
        self, xp: Any, x: Any, *, out: Any = None, axis: int, reverse: bool
    ) -> Any:
        """Accumulate; 16 bit floats in float32."""
        accumulate = getattr(xp, self.function)
        narrow = x.dtype.itemsize == 2 and x.dtype.kind not in "iu"
        if not (reverse or narrow):
            return accumulate(x, axis=axis, dtype=x.dtype, out=out)
        turn = _along(x.ndim, axis, slice(None, None, -1 if reverse else 1))
        wide = "float32" if narrow else x.dtype
        return accumulate(x[turn], axis=axis, dtype=wide)[turn].astype(x.dtype)


class Cumsum(Cumulative):
    """The running sum."""

    name = function = "cumsum"
    linear = True

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        """Sum in the other direction."""
        axis, reverse = node.attrs["axis"], node.attrs["reverse"]
        return (self(grads[0], axis=axis, reverse=not reverse),)


class Cumprod(Cumulative):
    """The running product."""

    name = function = "cumprod"

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        """Sum over all later products without dividing: right also at zeros.

        With `p` the product before an element, and `s[j] = g[j] + x[j+1] * s[j+1]`
        collecting the later ones, the gradient is `p * s`.
        """
        (x,), axis, reverse = node.inputs, node.attrs["axis"], node.attrs["reverse"]
        step = -1 if reverse else 1
        before = self(shift(x, step, axis, fill=1), axis=axis, reverse=reverse)
        factors = shift(x, -step, axis)
        later = recurrence_op(factors, grads[0], axis=axis, reverse=not reverse)
        return (before * later,)


class LinearRecurrence(Op):
    """The solution of `h[t] = a[t] * h[t - 1] + b[t]` along an axis, from zero."""

    name = "linear_recurrence"

    def infer(self, a: Spec, b: Spec, *, axis: int, reverse: bool) -> Spec:
        """Return the spec of `b`."""
        fits = a.rank == b.rank and not any(
            None not in pair and pair[0] != pair[1] for pair in zip(a.shape, b.shape)
        )
        if not fits:
            raise ShapeError(
                f"linear_recurrence: both inputs must have one shape.\n"
                f"  got: {a} and {b}"
            )
        return Spec(b.shape, b.dtype)

    def kernel(
        self, xp: Any, a: Any, b: Any, *, out: Any = None, axis: int, reverse: bool
    ) -> Any:
        """Step through the axis."""
        result = xp.empty(b.shape, b.dtype) if out is None else out
        length = b.shape[axis]
        order = range(length - 1, -1, -1) if reverse else range(length)
        previous = None
        for position in order:
            here = _along(b.ndim, axis, slice(position, position + 1))
            if previous is None:
                result[here] = b[here]
            else:
                result[here] = a[here] * previous + b[here]
            previous = result[here]
        return result

    def vjp(self, node: Node, *grads: Tensor | None) -> tuple[Tensor | None, ...]:
        """A recurrence in the other direction with the factors moved by one."""
        (a, _), axis, reverse = node.inputs, node.attrs["axis"], node.attrs["reverse"]
        step = -1 if reverse else 1
        by_b = self(shift(a, -step, axis), grads[0], axis=axis, reverse=not reverse)
        by_a = by_b * shift(node.outputs[0], step, axis)
        return by_a, by_b


shift_op = register(Shift())
cumsum_op = register(Cumsum())
cumprod_op = register(Cumprod())
recurrence_op = register(LinearRecurrence())


def shift(x: Any, offset: int, axis: int = -1, fill: float = 0) -> Tensor:
    """Move elements along an axis without wrapping around.

    Args:
        x: A tensor with at least one axis.
        offset: By how many places, to the end or (negative) to the start.
        axis: The axis.
        fill: What the free places hold.

    Returns:
        A tensor of the same shape and data type.

    Example:

    >>> shift([1, 2, 3], 1).numpy()
    array([0, 1, 2], dtype=int32)
    """
    x = as_tensor(x)
    return shift_op(
        x, axis=normalise_axis(axis, x.ndim, "shift"), offset=int(offset), fill=fill
    )


def linear_recurrence(a: Any, b: Any, axis: int = 0, reverse: bool = False) -> Tensor:
    """Solve `h[t] = a[t] * h[t - 1] + b[t]` along an axis, beginning with `h = b`.

    Args:
        a: The factors, a float tensor.
        b: What is added, of the shape of `a`.
        axis: The axis of `t`.
        reverse: Whether `t` runs from the end to the start.

    Returns:
        All `h`, a tensor of the same shape.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> linear_recurrence([9.0, 2.0, 3.0], [1.0, 1.0, 1.0]).numpy()
    array([ 1.,  3., 10.], dtype=float32)
    """
    a, b = promote(a, b, to_float=True)
    axis = normalise_axis(axis, b.ndim, "linear_recurrence")
    return recurrence_op(a, b, axis=axis, reverse=bool(reverse))


def cumulative_product(x: Any, axis: int, reverse: bool = False) -> Tensor:
    """Return running products in either direction.

    Args:
        x: A tensor.
        axis: The axis.
        reverse: Whether products run from the end to the start.

    Returns:
        A tensor of the same shape; bools become int32.

    Example:

    >>> cumulative_product([1, 2, 3], 0, reverse=True).numpy()
    array([6, 6, 3], dtype=int32)
    """
    x = as_number(x)
    axis = normalise_axis(axis, x.ndim, "cumulative_product")
    return cumprod_op(x, axis=axis, reverse=reverse)


def _prepared(x: Any, axis: int | None, dtype: Any, name: str) -> tuple[Tensor, int]:
    x = as_tensor(x) if dtype is None else with_dtype(x, standardize_dtype(dtype))
    x = as_number(x)
    if axis is None:
        return ops.ravel(x), 0
    return x, normalise_axis(axis, x.ndim, name)


def cumsum(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Return running sums.

    Args:
        x: A tensor.
        axis: The axis to sum along; `None` for the flattened tensor.
        dtype: The data type to sum in; `None` for that of `x`, with bools as int32.

    Returns:
        A tensor of the shape of `x`, or a vector without an axis.

    Example:

    >>> cumsum([[1, 2], [3, 4]], axis=1).numpy()
    array([[1, 3],
           [3, 7]], dtype=int32)
    """
    x, axis = _prepared(x, axis, dtype, "cumsum")
    return cumsum_op(x, axis=axis, reverse=False)


def cumprod(x: Any, axis: int | None = None, dtype: Any = None) -> Tensor:
    """Return running products.

    Args:
        x: A tensor.
        axis: The axis to multiply along; `None` for the flattened tensor.
        dtype: The data type to multiply in; `None` for that of `x`, with bools as
            int32.

    Returns:
        A tensor of the shape of `x`, or a vector without an axis. The gradient is
        right also where factors are 0.

    Example:

    >>> cumprod([[1, 2], [3, 4]], axis=1).numpy()
    array([[ 1,  2],
           [ 3, 12]], dtype=int32)
    """
    x, axis = _prepared(x, axis, dtype, "cumprod")
    return cumprod_op(x, axis=axis, reverse=False)


def diff(a: Any, n: int = 1, axis: int = -1) -> Tensor:
    """Return differences of neighbours along an axis.

    Args:
        a: A tensor with at least one axis.
        n: How many times differences are taken.
        axis: The axis.

    Returns:
        A tensor that is shorter by `n` along the axis; for bools, where neighbours
        differ.

    Raises:
        ValueError: If `n` is negative, or `a` is a scalar.

    Example:

    >>> diff([1, 4, 9]).numpy()
    array([3, 5], dtype=int32)
    """
    a = as_tensor(a)
    if n < 0 or a.ndim == 0:
        raise ShapeError(
            "diff: needs an axis, and `n` of at least 0.\n"
            f"  got: {a.spec}, n={n}, axis={axis}"
        )
    axis = normalise_axis(axis, a.ndim, "diff")
    later, earlier = (
        _along(a.ndim, axis, part) for part in (slice(1, None), slice(None, -1))
    )
    combine = ops.not_equal if a.dtype == "bool" else ops.subtract
    for _ in range(n):
        a = combine(a[later], a[earlier])
    return a


def trapezoid(y: Any, x: Any = None, dx: float = 1.0, axis: int = -1) -> Tensor:
    """Integrate along an axis by the trapezoid rule.

    Args:
        y: The values; integers become floats.
        x: Where they were taken: of the shape of `y`, or a vector along `axis`.
        dx: Their distance where `x` is not given.
        axis: The axis.

    Returns:
        A float tensor without the axis.

    Example:

    >>> float(trapezoid([1.0, 2.0, 3.0], dx=2.0))
    8.0
    """
    y = as_float(y)
    axis = normalise_axis(axis, y.ndim, "trapezoid")
    if x is None:
        width = dx
    else:
        x = with_dtype(x, y.dtype)
        if x.ndim == 1:
            others = [i for i in range(y.ndim) if i != axis]
            width = ops.expand_dims(diff(x), others) if others else diff(x)
        else:
            width = diff(x, axis=axis)
    later = y[_along(y.ndim, axis, slice(1, None))]
    earlier = y[_along(y.ndim, axis, slice(None, -1))]
    return ops.sum((later + earlier) * 0.5 * width, axis)
