"""Evenly spaced numbers and the grids made of them."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.dtypes import (
    float_type,
    is_integer,
    numpy_dtype,
    result_type,
    standardize_dtype,
)
from kerasish.backend.graph import Node, Op, Spec, Tensor, as_tensor, register
from kerasish.backend.graph.known import KNOWN_ELEMENTS
from kerasish.backend.ops.shape_arguments import (
    normalise_axis,
    static_number,
    static_value,
)


class Arange(Op):
    """Numbers from `start` by `step`, `count` of them."""

    name = "arange"
    differentiable = False

    def infer(self, *, start: Any, step: Any, count: int | None, dtype: str) -> Spec:
        known = None
        if is_integer(dtype) and count is not None and count <= KNOWN_ELEMENTS:
            known = tuple(int(start + step * i) for i in range(count))
        return Spec((count,), dtype, known)

    def kernel(
        self,
        xp: Any,
        *,
        out: Any = None,
        start: Any,
        step: Any,
        count: int,
        dtype: str,
    ) -> Any:
        exact = "int64" if is_integer(dtype) else "float64"
        numbers = xp.arange(count, dtype=exact) * step + start
        return numbers.astype(numpy_dtype(dtype))


class ArangeDynamic(Op):
    """Numbers from the first input up to the second by the third."""

    name = "arange_dynamic"
    differentiable = False
    value_shape = True

    def infer(self, start: Spec, stop: Spec, step: Spec, *, dtype: str) -> Spec:
        return Spec((None,), dtype)

    def kernel(
        self, xp: Any, start: Any, stop: Any, step: Any, *, out: Any = None, dtype: str
    ) -> Any:
        first, last, by = start.tolist(), stop.tolist(), step.tolist()
        return xp.arange(first, last, by, dtype=numpy_dtype(dtype))

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        start, stop, step = (static_value(scalar) for scalar in inputs)
        if None in (start, stop, step):
            return None
        dtype = node.attrs["dtype"]
        return arange_op(
            start=start, step=step, count=_count(start, stop, step), dtype=dtype
        )


def _count(start: Any, stop: Any, step: Any) -> int:
    return max(0, math.ceil((stop - start) / step))


arange_op = register(Arange())
arange_dynamic_op = register(ArangeDynamic())


def arange(start: Any, stop: Any = None, step: Any = None, dtype: Any = None) -> Tensor:
    """Return evenly spaced numbers of an interval without its end.

    Args:
        start: The first number; the end, if `stop` is not given.
        stop: The end, which is not part of the result.
        step: The distance of the numbers, 1 by default.
        dtype: The data type; by default the common one of the arguments.

    Returns:
        A vector. Arguments may be symbolic scalars.

    Raises:
        ValueError: If `step` is 0.

    Example:

    >>> arange(2, 5).numpy()
    array([2, 3, 4], dtype=int32)
    """
    start, stop = (0, start) if stop is None else (start, stop)
    step = 1 if step is None else step
    given = (start, stop, step)
    common = result_type(*(getattr(item, "dtype", type(item)) for item in given))
    dtype = standardize_dtype(common if dtype is None else dtype)
    numbers = [static_number(item) for item in given]
    if numbers[2] == 0:
        raise ValueError(f"arange: the step must not be 0.\nReceived: step={step}")
    if None in numbers:
        exact = "int32" if is_integer(common) else "float64"
        scalars = (ops.cast(as_tensor(item), exact) for item in given)
        return arange_dynamic_op(*scalars, dtype=dtype)
    first, last, by = numbers
    return arange_op(start=first, step=by, count=_count(first, last, by), dtype=dtype)


def _common_float(start: Any, stop: Any, dtype: Any) -> tuple[str, str]:
    """Return the types to compute in and to return."""
    given = (getattr(item, "dtype", type(item)) for item in (start, stop))
    given = (np.asarray(i).dtype if i in (list, tuple) else i for i in given)
    inner = float_type(result_type(*given, float))
    return inner, inner if dtype is None else standardize_dtype(dtype)


def linspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    retstep: bool = False,
    dtype: Any = None,
    axis: int = 0,
) -> Tensor | tuple[Tensor, Tensor]:
    """Return evenly spaced numbers of an interval.

    Args:
        start: The first number, or a tensor of first numbers.
        stop: The last one (left out with `endpoint=False`).
        num: How many.
        endpoint: Whether `stop` is among them.
        retstep: Whether the distance of the numbers is returned too.
        dtype: The data type of the result; by default a float type.
        axis: The axis of the numbers in the result, if `start` or `stop` is a tensor.

    Returns:
        The numbers; with `retstep` also their distance.

    Raises:
        ValueError: If `num` is negative.

    Example:

    >>> linspace(0, 1, 3).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    if num < 0:
        raise ValueError(f"linspace: num must not be negative.\nReceived: num={num}")
    inner, dtype = _common_float(start, stop, dtype)
    start = ops.cast(as_tensor(start), inner)
    stop = ops.cast(as_tensor(stop), inner)
    span = stop - start
    parts = num - 1 if endpoint else num
    step = span / parts if parts > 0 else span * float("nan")
    axis = normalise_axis(axis, span.ndim + 1, "linspace")
    line = [1] * (span.ndim + 1)
    line[axis] = num
    # The ends are exact: the positions are fractions of the span, not multiples.
    fractions = np.arange(num, dtype="float64") / max(parts, 1)
    fraction = as_tensor(fractions.reshape(line), inner)
    first, whole = ops.expand_dims(start + span * 0, axis), ops.expand_dims(span, axis)
    numbers = first + whole * fraction
    if endpoint and num > 1:
        last = as_tensor((np.arange(num) == num - 1).reshape(line))
        numbers = ops.where(last, ops.expand_dims(stop + span * 0, axis), numbers)
    numbers = ops.cast(numbers, dtype)
    return (numbers, step) if retstep else numbers


def logspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    base: Any = 10,
    dtype: Any = None,
    axis: int = 0,
) -> Tensor:
    """Return powers of a base with evenly spaced exponents.

    Args:
        start: The first exponent, or a tensor of them.
        stop: The last exponent (left out with `endpoint=False`).
        num: How many.
        endpoint: Whether `base ** stop` is among them.
        base: The base.
        dtype: The data type of the result; by default a float type.
        axis: The axis of the numbers in the result, if `start` or `stop` is a tensor.

    Returns:
        The powers.

    Example:

    >>> logspace(0, 2, 3).numpy()
    array([  1.,  10., 100.], dtype=float32)
    """
    inner, dtype = _common_float(start, stop, dtype)
    exponents = linspace(start, stop, num, endpoint, dtype=inner, axis=axis)
    return ops.cast(ops.power(ops.cast(base, inner), exponents), dtype)


def geomspace(
    start: Any,
    stop: Any,
    num: int = 50,
    endpoint: bool = True,
    dtype: Any = None,
    axis: int = 0,
) -> Tensor:
    """Return numbers of an interval with equal ratios between neighbours.

    Args:
        start: The first number, or a tensor of first numbers; not 0.
        stop: The last one, of the same sign (left out with `endpoint=False`).
        num: How many.
        endpoint: Whether `stop` is among them.
        dtype: The data type of the result; by default a float type.
        axis: The axis of the numbers in the result, if `start` or `stop` is a tensor.

    Returns:
        The numbers.

    Example:

    >>> geomspace(1, 16, 3).numpy()
    array([ 1.,  4., 16.], dtype=float32)
    """
    inner, dtype = _common_float(start, stop, dtype)
    start = ops.cast(as_tensor(start), inner)
    stop = ops.cast(as_tensor(stop), inner)
    exponents = linspace(
        start * 0, ops.log(stop / start), num, endpoint, dtype=inner, axis=axis
    )
    first = start + stop * 0
    axis = normalise_axis(axis, first.ndim + 1, "geomspace")
    return ops.cast(ops.expand_dims(first, axis) * ops.exp(exponents), dtype)


def meshgrid(*x: Any, indexing: str = "xy") -> list[Tensor]:
    """Return the coordinates of a grid, one tensor for each of its axes.

    Args:
        *x: Vectors of coordinates; scalars count as vectors of length 1.
        indexing: `"xy"` makes the first vector run along the second axis, as in
            pictures; `"ij"` keeps the order.

    Returns:
        A list of tensors of the shape of the grid.

    Raises:
        ValueError: If `indexing` is another string.

    Example:

    >>> [grid.shape for grid in meshgrid([1, 2], [3, 4, 5])]
    [(3, 2), (3, 2)]
    """
    if indexing not in ("xy", "ij"):
        raise ValueError(
            f"meshgrid: indexing must be 'xy' or 'ij'.\nReceived: indexing={indexing!r}"
        )
    vectors = [ops.ravel(item) for item in x]
    order = list(range(len(vectors)))
    if indexing == "xy" and len(vectors) > 1:
        order[:2] = [1, 0]
    sizes: list[Any] = [None] * len(vectors)
    for axis, vector in zip(order, vectors):
        sizes[axis] = ops.shape(vector)[0]
    grids = []
    for axis, vector in zip(order, vectors):
        others = tuple(a for a in range(len(vectors)) if a != axis)
        grids.append(ops.broadcast_to(ops.expand_dims(vector, others), sizes))
    return grids
