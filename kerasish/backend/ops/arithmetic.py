"""Arithmetic: sums, products, quotients, powers and absolute values."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import is_complex
from kerasish.backend.graph import Tensor, as_tensor, elementwise
from kerasish.backend.ops.promotion import (
    as_float,
    as_number,
    promote,
    refuse_bool,
    with_dtype,
)


def _where(condition: Tensor, g: Tensor) -> Tensor:
    """Keep the gradient where the condition holds."""
    return ops.where(condition, g, 0)


def _power_by_base(g: Tensor, y: Tensor, x1: Tensor, x2: Tensor) -> Tensor:
    # A zero exponent must not meet a zero base as 0 * 0 ** -1.
    lowered = ops.where(ops.equal(x2, 0), 1, x2 - 1)
    return g * x2 * ops.power(x1, lowered)


def _power_by_exponent(g: Tensor, y: Tensor, x1: Tensor, x2: Tensor) -> Tensor:
    positive = x1 > 0
    return _where(positive, g * y * ops.log(ops.where(positive, x1, 1)))


add_op = elementwise(
    "add",
    "x1 + x2",
    commutative=True,
    vjp=(lambda g, y, x1, x2: g, lambda g, y, x1, x2: g),
)
subtract_op = elementwise(
    "subtract",
    "x1 - x2",
    vjp=(lambda g, y, x1, x2: g, lambda g, y, x1, x2: -g),
)
multiply_op = elementwise(
    "multiply",
    "x1 * x2",
    commutative=True,
    vjp=(lambda g, y, x1, x2: g * x2, lambda g, y, x1, x2: g * x1),
)
divide_op = elementwise(
    "divide",
    "x1 / x2",
    vjp=(lambda g, y, x1, x2: g / x2, lambda g, y, x1, x2: -g * y / x2),
)
floor_divide_op = elementwise("floor_divide", "x1 // x2", differentiable=False)
mod_op = elementwise(
    "mod",
    "x1 % x2",
    vjp=(lambda g, y, x1, x2: g, lambda g, y, x1, x2: -g * ops.floor(x1 / x2)),
)
fmod_op = elementwise(
    "fmod",
    "fmod(x1, x2)",
    vjp=(lambda g, y, x1, x2: g, lambda g, y, x1, x2: -g * ops.trunc(x1 / x2)),
)
power_op = elementwise("power", "x1 ** x2", vjp=(_power_by_base, _power_by_exponent))
negative_op = elementwise("negative", "-x", vjp=(lambda g, y, x: -g,))
abs_op = elementwise("abs", "abs(x)", vjp=(lambda g, y, x: g * ops.sign(x),))
square_op = elementwise("square", "x * x", vjp=(lambda g, y, x: 2 * g * x,))
reciprocal_op = elementwise("reciprocal", "1 / x", vjp=(lambda g, y, x: -g * y * y,))


def add(x1: Any, x2: Any) -> Tensor:
    """Add elementwise.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        `x1 + x2`, of the common data type.

    Example:

    >>> add([1, 2], 3).numpy()
    array([4, 5], dtype=int32)
    """
    return add_op(*promote(x1, x2))


def subtract(x1: Any, x2: Any) -> Tensor:
    """Subtract elementwise.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        `x1 - x2`, of the common data type.

    Raises:
        DTypeError: If both are bools.

    Example:

    >>> subtract([1, 2], 3).numpy()
    array([-2, -1], dtype=int32)
    """
    x1, x2 = promote(x1, x2)
    refuse_bool("subtract", x1, x2)
    return subtract_op(x1, x2)


def multiply(x1: Any, x2: Any) -> Tensor:
    """Multiply elementwise.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        `x1 * x2`, of the common data type.

    Example:

    >>> multiply([1, 2], 3).numpy()
    array([3, 6], dtype=int32)
    """
    return multiply_op(*promote(x1, x2))


def divide(x1: Any, x2: Any) -> Tensor:
    """Divide elementwise; integers become floats.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        `x1 / x2`, a float tensor.

    Example:

    >>> divide([1, 2], 2).numpy()
    array([0.5, 1. ], dtype=float32)
    """
    return divide_op(*promote(x1, x2, to_float=True))


def true_divide(x1: Any, x2: Any) -> Tensor:
    """Divide elementwise; the same as `divide`.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        `x1 / x2`, a float tensor.

    Example:

    >>> true_divide(1, [2, 4]).numpy()
    array([0.5 , 0.25], dtype=float32)
    """
    return divide(x1, x2)


def divide_no_nan(x1: Any, x2: Any) -> Tensor:
    """Divide elementwise, with 0 wherever the divisor is 0.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        `x1 / x2`, a float tensor; its gradient is 0 where the divisor is.

    Example:

    >>> divide_no_nan([1.0, 2.0], [0.0, 4.0]).numpy()
    array([0. , 0.5], dtype=float32)
    """
    x1, x2 = promote(x1, x2, to_float=True)
    defined = ops.not_equal(x2, 0)
    return ops.where(defined, divide_op(x1, ops.where(defined, x2, 1)), 0)


def floor_divide(x1: Any, x2: Any) -> Tensor:
    """Divide elementwise and round towards minus infinity. It has no gradient.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        `x1 // x2`, of the common data type.

    Example:

    >>> floor_divide([7, -7], 2).numpy()
    array([ 3, -4], dtype=int32)
    """
    x1, x2 = promote(x1, x2)
    refuse_bool("floor_divide", x1, x2)
    return floor_divide_op(x1, x2)


def mod(x1: Any, x2: Any) -> Tensor:
    """Return the remainder of `floor_divide`; it has the sign of the divisor.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        `x1 % x2`, of the common data type; bools become `int32`.

    Example:

    >>> mod([7, -7], 4).numpy()
    array([3, 1], dtype=int32)
    """
    x1, x2 = promote(x1, x2)
    return mod_op(as_number(x1), as_number(x2))


def fmod(x1: Any, x2: Any) -> Tensor:
    """Return the remainder of a division that rounds towards 0.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        The remainder, with the sign of `x1`; bools become `int32`.

    Example:

    >>> fmod([7, -7], 4).numpy()
    array([ 3, -3], dtype=int32)
    """
    x1, x2 = promote(x1, x2)
    return fmod_op(as_number(x1), as_number(x2))


def power(x1: Any, x2: Any) -> Tensor:
    """Raise to a power elementwise.

    Args:
        x1: The bases.
        x2: The exponents, which broadcast with `x1`.

    Returns:
        `x1 ** x2`, of the common data type. The gradient by the exponent is 0 where
        the base is not positive.

    Raises:
        DTypeError: If both are bools.

    Example:

    >>> power([1.0, 2.0], 3).numpy()
    array([1., 8.], dtype=float32)
    """
    if type(x2) in (int, float) and x2 == 2:
        dtype = promote(x1, x2)[0].dtype
        return square_op(with_dtype(x1, dtype))
    x1, x2 = promote(x1, x2)
    refuse_bool("power", x1, x2)
    return power_op(x1, x2)


def negative(x: Any) -> Tensor:
    """Change the sign.

    Args:
        x: A tensor.

    Returns:
        `-x`, of the same shape and data type.

    Raises:
        DTypeError: For bools.

    Example:

    >>> negative([1.0, -2.0]).numpy()
    array([-1.,  2.], dtype=float32)
    """
    x = as_tensor(x)
    refuse_bool("negative", x)
    return negative_op(x)


def absolute(x: Any) -> Tensor:
    """Return absolute values. The gradient at 0 is 0.

    Args:
        x: A tensor.

    Returns:
        `|x|`, of the same shape and data type; real for complex numbers.

    Example:

    >>> absolute([-1.5, 2.0]).numpy()
    array([1.5, 2. ], dtype=float32)
    """
    x = as_tensor(x)
    if is_complex(x.dtype):
        return ops.hypot(ops.real(x), ops.imag(x))
    return x if x.dtype == "bool" else abs_op(x)


def abs(x: Any) -> Tensor:
    """Return absolute values; the same as `absolute`.

    Args:
        x: A tensor.

    Returns:
        `|x|`, of the same shape and data type.

    Example:

    >>> abs([-1, 2]).numpy()
    array([1, 2], dtype=int32)
    """
    return absolute(x)


def fabs(x: Any) -> Tensor:
    """Return absolute values as floats.

    Args:
        x: A tensor.

    Returns:
        `|x|`, a float tensor.

    Example:

    >>> fabs([-1, 2]).numpy()
    array([1., 2.], dtype=float32)
    """
    return abs_op(as_float(x))


def square(x: Any) -> Tensor:
    """Square elementwise.

    Args:
        x: A tensor.

    Returns:
        `x * x`, of the same data type; bools become `int32`.

    Example:

    >>> square([1.0, -3.0]).numpy()
    array([1., 9.], dtype=float32)
    """
    return square_op(as_number(x))


def reciprocal(x: Any) -> Tensor:
    """Return `1 / x`.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> reciprocal([2.0, -4.0]).numpy()
    array([ 0.5 , -0.25], dtype=float32)
    """
    return reciprocal_op(as_float(x))
