"""Rounding, signs, steps, and what only integers or neighbouring floats have."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import float_type, is_float, is_integer
from kerasish.backend.graph import Tensor, as_tensor, elementwise
from kerasish.backend.ops.promotion import (
    as_float,
    promote,
    refuse_bool,
    with_dtype,
)
from kerasish.errors import DTypeError

floor_op = elementwise("floor", "floor(x)", differentiable=False)
ceil_op = elementwise("ceil", "ceil(x)", differentiable=False)
trunc_op = elementwise("trunc", "trunc(x)", differentiable=False)
round_op = elementwise("round", "rint(x)", differentiable=False)
gcd_op = elementwise("gcd", "gcd(x1, x2)", commutative=True, differentiable=False)
lcm_op = elementwise("lcm", "lcm(x1, x2)", commutative=True, differentiable=False)
nextafter_op = elementwise("nextafter", "nextafter(x1, x2)", differentiable=False)
heaviside_op = elementwise(
    "heaviside",
    # The innermost `where` hands on what is not a number.
    "where(x1 < 0, 0, where(x1 > 0, 1, where(x1 == 0, x2, x1)))",
    args=("x1", "x2"),
    vjp=(None, lambda g, y, x1, x2: ops.where(ops.equal(x1, 0), g, 0)),
)
sign_op = elementwise("sign", "sign(x)", differentiable=False)


def sign(x: Any) -> Tensor:
    """Return -1, 0 or 1 by the sign. It has no gradient.

    Args:
        x: A tensor.

    Returns:
        The signs, of the same shape and data type.

    Raises:
        DTypeError: For bools.

    Example:

    >>> sign([-3.0, 0.0, 2.0]).numpy()
    array([-1.,  0.,  1.], dtype=float32)
    """
    x = as_tensor(x)
    refuse_bool("sign", x)
    return sign_op(x)


def floor(x: Any) -> Tensor:
    """Round down to whole numbers. It has no gradient.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> floor([1.7, -1.2]).numpy()
    array([ 1., -2.], dtype=float32)
    """
    return floor_op(as_float(x))


def ceil(x: Any) -> Tensor:
    """Round up to whole numbers. It has no gradient.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> ceil([1.2, -1.7]).numpy()
    array([ 2., -1.], dtype=float32)
    """
    return ceil_op(as_float(x))


def trunc(x: Any) -> Tensor:
    """Round towards 0 to whole numbers. It has no gradient.

    Args:
        x: A tensor.

    Returns:
        A tensor of the same shape and data type.

    Example:

    >>> trunc([1.7, -1.7]).numpy()
    array([ 1., -1.], dtype=float32)
    """
    x = as_tensor(x)
    return trunc_op(x) if is_float(x.dtype) else x


def round(x: Any, decimals: int = 0) -> Tensor:
    """Round to the nearest value, halves to the even neighbour. It has no gradient.

    Args:
        x: A tensor.
        decimals: The number of decimal places; negative for tens, hundreds, ...

    Returns:
        A tensor of the same shape and data type.

    Raises:
        DTypeError: For bools.

    Example:

    >>> round([1.5, 2.5, 0.26]).numpy()
    array([2., 2., 0.], dtype=float32)
    >>> round([1.25, 0.26], 1).numpy()
    array([1.2, 0.3], dtype=float32)
    """
    x = as_tensor(x)
    refuse_bool("round", x)
    if is_integer(x.dtype) and decimals >= 0:
        return x
    if decimals == 0:
        return round_op(x)
    factor = 10.0**decimals
    scaled = round_op(with_dtype(x, float_type(x.dtype)) * factor)
    return with_dtype(scaled / factor, x.dtype)


def _integers(name: str, x1: Any, x2: Any) -> tuple[Tensor, Tensor]:
    x1, x2 = promote(x1, x2)
    if not is_integer(x1.dtype):
        raise DTypeError(f"{name}: needs integers.\n  got: {x1.spec} and {x2.spec}")
    return x1, x2


def gcd(x1: Any, x2: Any) -> Tensor:
    """Return greatest common divisors.

    Args:
        x1: An integer tensor.
        x2: An integer tensor that broadcasts with `x1`.

    Returns:
        The divisors, never negative.

    Raises:
        DTypeError: If the common data type is not an integer type.

    Example:

    >>> gcd([12, 18], 8).numpy()
    array([4, 2], dtype=int32)
    """
    return gcd_op(*_integers("gcd", x1, x2))


def lcm(x1: Any, x2: Any) -> Tensor:
    """Return least common multiples.

    Args:
        x1: An integer tensor.
        x2: An integer tensor that broadcasts with `x1`.

    Returns:
        The multiples, never negative.

    Raises:
        DTypeError: If the common data type is not an integer type.

    Example:

    >>> lcm([4, 6], 10).numpy()
    array([20, 30], dtype=int32)
    """
    return lcm_op(*_integers("lcm", x1, x2))


def ldexp(x1: Any, x2: Any) -> Tensor:
    """Return `x1 * 2 ** x2`.

    Args:
        x1: A tensor; integers become floats.
        x2: An integer tensor that broadcasts with `x1`.

    Returns:
        A float tensor.

    Raises:
        DTypeError: If `x2` does not hold integers.

    Example:

    >>> ldexp([1.0, 0.5], [3, 2]).numpy()
    array([8., 2.], dtype=float32)
    """
    exponents = as_tensor(x2)
    if not is_integer(exponents.dtype):
        raise DTypeError(f"ldexp: `x2` must hold integers.\n  got: {exponents.spec}")
    x1 = as_float(x1)
    return ops.multiply(x1, ops.exp2(ops.cast(exponents, x1.dtype)))


def nextafter(x1: Any, x2: Any) -> Tensor:
    """Return the next float after `x1` in the direction of `x2`.

    Args:
        x1: A tensor; integers become floats.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        A float tensor.

    Example:

    >>> bool(nextafter(1.0, 2.0) > 1.0)
    True
    """
    return nextafter_op(*promote(x1, x2, to_float=True))


def heaviside(x1: Any, x2: Any) -> Tensor:
    """Return the step function: 0 below zero, 1 above, `x2` at zero, NaN for NaN.

    Args:
        x1: A tensor; integers become floats.
        x2: The value at zero; broadcasts with `x1`.

    Returns:
        A float tensor.

    Example:

    >>> heaviside([-2.0, 0.0, 3.0], 0.5).numpy()
    array([0. , 0.5, 1. ], dtype=float32)
    """
    return heaviside_op(*promote(x1, x2, to_float=True))
