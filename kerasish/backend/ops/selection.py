"""Choosing between values: where, limits, larger and smaller ones, and NaN repair."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import is_float
from kerasish.backend.graph import Tensor, as_tensor, elementwise
from kerasish.backend.ops.casting import limits
from kerasish.backend.ops.promotion import as_number, promote, with_dtype


def _kept(condition: Tensor, g: Tensor) -> Tensor:
    """The gradient where the condition holds, 0 elsewhere."""
    return ops.where(condition, g, 0)


def _second(x1: Tensor, later: Tensor) -> Tensor:
    """Where the second of two elements is taken: the other is worse, or NaN."""
    return ops.logical_or(ops.isnan(x1), later)


where_op = elementwise(
    "where",
    "where(condition, x1, x2)",
    vjp=(
        None,
        lambda g, y, condition, x1, x2: _kept(condition, g),
        lambda g, y, condition, x1, x2: ops.where(condition, 0, g),
    ),
)
# Where both are equal, the first input takes the whole gradient.
maximum_op = elementwise(
    "maximum",
    "maximum(x1, x2)",
    vjp=(
        lambda g, y, x1, x2: _kept(x1 >= x2, g),
        lambda g, y, x1, x2: _kept(x1 < x2, g),
    ),
)
minimum_op = elementwise(
    "minimum",
    "minimum(x1, x2)",
    vjp=(
        lambda g, y, x1, x2: _kept(x1 <= x2, g),
        lambda g, y, x1, x2: _kept(x1 > x2, g),
    ),
)
fmax_op = elementwise(
    "fmax",
    "where(isnan(x2), x1, where(isnan(x1), x2, maximum(x1, x2)))",
    vjp=(
        lambda g, y, x1, x2: ops.where(_second(x1, x1 < x2), 0, g),
        lambda g, y, x1, x2: _kept(_second(x1, x1 < x2), g),
    ),
)
fmin_op = elementwise(
    "fmin",
    "where(isnan(x2), x1, where(isnan(x1), x2, minimum(x1, x2)))",
    vjp=(
        lambda g, y, x1, x2: ops.where(_second(x1, x1 > x2), 0, g),
        lambda g, y, x1, x2: _kept(_second(x1, x1 > x2), g),
    ),
)
clip_op = elementwise(
    "clip",
    "minimum(maximum(x, x_min), x_max)",
    vjp=(
        lambda g, y, x, x_min, x_max: _kept(ops.logical_and(x >= x_min, x <= x_max), g),
        lambda g, y, x, x_min, x_max: _kept(x < x_min, g),
        lambda g, y, x, x_min, x_max: _kept(x > x_max, g),
    ),
)
nan_to_num_op = elementwise(
    "nan_to_num",
    "where(isnan(x), nan, where(logical_and(isinf(x), x > 0), posinf, "
    "where(logical_and(isinf(x), x < 0), neginf, x)))",
    attrs=("nan", "posinf", "neginf"),
    dtype=lambda x: x.dtype,
    vjp=(lambda g, y, x, nan, posinf, neginf: _kept(ops.isfinite(x), g),),
)


def where(condition: Any, x1: Any = None, x2: Any = None) -> Tensor | tuple:
    """Take elements of `x1` where a condition holds and of `x2` elsewhere.

    Args:
        condition: A bool tensor; numbers count as true unless they are 0.
        x1: A tensor that broadcasts with the others.
        x2: A tensor that broadcasts with the others.

    Returns:
        A tensor of the common data type of `x1` and `x2`. With the condition alone,
        the indices where it holds, one integer tensor for each axis, as `nonzero`
        gives them.

    Raises:
        ValueError: If only one of `x1` and `x2` is given.

    Example:

    >>> where([True, False], [1, 2], 0).numpy()
    array([1, 0], dtype=int32)
    """
    if x1 is None and x2 is None:
        return ops.nonzero(condition)
    if x1 is None or x2 is None:
        raise ValueError(
            "where: `x1` and `x2` must both be given or both be left out.\n"
            f"Received: x1={x1}, x2={x2}"
        )
    return where_op(with_dtype(condition, "bool"), *promote(x1, x2))


def select(
    condlist: Sequence[Any], choicelist: Sequence[Any], default: Any = 0
) -> Tensor:
    """Take elements from the choice of the first condition that holds.

    Args:
        condlist: Bool tensors.
        choicelist: As many tensors, which broadcast with the conditions.
        default: What is taken where no condition holds.

    Returns:
        A tensor of the common data type of the choices and the default.

    Raises:
        ValueError: If the lists are empty or differ in length.

    Example:

    >>> x = as_tensor([0, 1, 2, 3, 4])
    >>> select([x < 2, x > 3], [x, x * 10], -1).numpy()
    array([ 0,  1, -1, -1, 40], dtype=int32)
    """
    if not condlist or len(condlist) != len(choicelist):
        raise ValueError(
            "select: needs one choice for each condition, and at least one.\n"
            f"Received: {len(condlist)} conditions and {len(choicelist)} choices"
        )
    *choices, result = promote(*choicelist, default)
    for condition, choice in zip(reversed(condlist), reversed(choices)):
        result = where(condition, choice, result)
    return result


def clip(x: Any, x_min: Any, x_max: Any) -> Tensor:
    """Limit values to an interval.

    Args:
        x: A tensor.
        x_min: The least value, a number or a tensor; `None` for no limit.
        x_max: The largest value, a number or a tensor; `None` for no limit.

    Returns:
        A tensor of the data type of `x` (bools become `int32`). The gradient passes
        where `x` lies in the interval, its ends included.

    Example:

    >>> clip([-2.0, 0.5, 3.0], 0.0, 1.0).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    x = as_number(x)
    low = None if x_min is None else with_dtype(x_min, x.dtype)
    high = None if x_max is None else with_dtype(x_max, x.dtype)
    if low is None and high is None:
        return x
    if high is None:
        return maximum_op(x, low)
    if low is None:
        return minimum_op(x, high)
    return clip_op(x, low, high)


def maximum(x1: Any, x2: Any) -> Tensor:
    """Return the larger of two elements; NaN if one of them is.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        A tensor of the common data type. Where both are equal, the gradient goes to
        `x1`.

    Example:

    >>> maximum([1.0, 5.0], 3.0).numpy()
    array([3., 5.], dtype=float32)
    """
    return maximum_op(*promote(x1, x2))


def minimum(x1: Any, x2: Any) -> Tensor:
    """Return the smaller of two elements; NaN if one of them is.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        A tensor of the common data type. Where both are equal, the gradient goes to
        `x1`.

    Example:

    >>> minimum([1.0, 5.0], 3.0).numpy()
    array([1., 3.], dtype=float32)
    """
    return minimum_op(*promote(x1, x2))


def fmax(x1: Any, x2: Any) -> Tensor:
    """Return the larger of two elements, of the one that is not NaN if one is.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        A tensor of the common data type.

    Example:

    >>> fmax([1.0, float("nan")], 3.0).numpy()
    array([3., 3.], dtype=float32)
    """
    x1, x2 = promote(x1, x2)
    return (fmax_op if is_float(x1.dtype) else maximum_op)(x1, x2)


def fmin(x1: Any, x2: Any) -> Tensor:
    """Return the smaller of two elements, of the one that is not NaN if one is.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        A tensor of the common data type.

    Example:

    >>> fmin([1.0, float("nan")], 3.0).numpy()
    array([1., 3.], dtype=float32)
    """
    x1, x2 = promote(x1, x2)
    return (fmin_op if is_float(x1.dtype) else minimum_op)(x1, x2)


def nan_to_num(
    x: Any,
    nan: float = 0.0,
    posinf: float | None = None,
    neginf: float | None = None,
) -> Tensor:
    """Replace NaN and infinities by numbers.

    Args:
        x: A tensor.
        nan: What replaces NaN.
        posinf: What replaces plus infinity; `None` for the largest number.
        neginf: What replaces minus infinity; `None` for the lowest number.

    Returns:
        A tensor of the same shape and data type. No gradient passes where something
        was replaced.

    Example:

    >>> nan_to_num([1.0, float("nan"), float("inf")], posinf=9.0).numpy()
    array([1., 0., 9.], dtype=float32)
    """
    x = as_tensor(x)
    if not is_float(x.dtype):
        return x
    low, high = limits(x.dtype)
    return nan_to_num_op(
        x,
        nan=float(nan),
        posinf=high if posinf is None else float(posinf),
        neginf=low if neginf is None else float(neginf),
    )
