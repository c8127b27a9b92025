"""Exponentials, logarithms and roots."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Tensor, elementwise
from kerasish.backend.ops.promotion import as_float, promote

_LOG_2 = math.log(2.0)
_LOG_10 = math.log(10.0)

exp_op = elementwise("exp", "exp(x)", vjp=(lambda g, y, x: g * y,))
exp2_op = elementwise("exp2", "exp2(x)", vjp=(lambda g, y, x: g * y * _LOG_2,))
expm1_op = elementwise("expm1", "expm1(x)", vjp=(lambda g, y, x: g * (y + 1),))
log_op = elementwise("log", "log(x)", vjp=(lambda g, y, x: g / x,))
log2_op = elementwise("log2", "log2(x)", vjp=(lambda g, y, x: g / (x * _LOG_2),))
log10_op = elementwise("log10", "log10(x)", vjp=(lambda g, y, x: g / (x * _LOG_10),))
log1p_op = elementwise("log1p", "log1p(x)", vjp=(lambda g, y, x: g / (x + 1),))
sqrt_op = elementwise("sqrt", "sqrt(x)", vjp=(lambda g, y, x: 0.5 * g / y,))
rsqrt_op = elementwise(
    "rsqrt", "1 / sqrt(x)", vjp=(lambda g, y, x: -0.5 * g * y * y * y,)
)
cbrt_op = elementwise("cbrt", "cbrt(x)", vjp=(lambda g, y, x: g / (3 * y * y),))
logaddexp_op = elementwise(
    "logaddexp",
    "logaddexp(x1, x2)",
    commutative=True,
    vjp=(
        lambda g, y, x1, x2: g * ops.exp(x1 - y),
        lambda g, y, x1, x2: g * ops.exp(x2 - y),
    ),
)
logaddexp2_op = elementwise(
    "logaddexp2",
    "logaddexp2(x1, x2)",
    commutative=True,
    vjp=(
        lambda g, y, x1, x2: g * ops.exp2(x1 - y),
        lambda g, y, x1, x2: g * ops.exp2(x2 - y),
    ),
)


def exp(x: Any) -> Tensor:
    """Return e to the power of each element.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> exp([0.0, 1.0]).numpy().round(4)
    array([1.    , 2.7183], dtype=float32)
    """
    return exp_op(as_float(x))


def exp2(x: Any) -> Tensor:
    """Return 2 to the power of each element.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> exp2([0, 3]).numpy()
    array([1., 8.], dtype=float32)
    """
    return exp2_op(as_float(x))


def expm1(x: Any) -> Tensor:
    """Return `exp(x) - 1`, exact also for small values.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> expm1([0.0, 0.001]).numpy().round(7)
    array([0.       , 0.0010005], dtype=float32)
    """
    return expm1_op(as_float(x))


def log(x: Any) -> Tensor:
    """Return natural logarithms.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> log([1.0, 10.0]).numpy().round(4)
    array([0.    , 2.3026], dtype=float32)
    """
    return log_op(as_float(x))


def log2(x: Any) -> Tensor:
    """Return logarithms to the base 2.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> log2([1, 8]).numpy()
    array([0., 3.], dtype=float32)
    """
    return log2_op(as_float(x))


def log10(x: Any) -> Tensor:
    """Return logarithms to the base 10.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> log10([1, 1000]).numpy()
    array([0., 3.], dtype=float32)
    """
    return log10_op(as_float(x))


def log1p(x: Any) -> Tensor:
    """Return `log(1 + x)`, exact also for small values.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> log1p([0.0, 0.001]).numpy().round(7)
    array([0.       , 0.0009995], dtype=float32)
    """
    return log1p_op(as_float(x))


def sqrt(x: Any) -> Tensor:
    """Return square roots; NaN for negative numbers.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> sqrt([1, 9]).numpy()
    array([1., 3.], dtype=float32)
    """
    return sqrt_op(as_float(x))


def rsqrt(x: Any) -> Tensor:
    """Return reciprocal square roots, `1 / sqrt(x)`.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> rsqrt([1, 4]).numpy()
    array([1. , 0.5], dtype=float32)
    """
    return rsqrt_op(as_float(x))


def cbrt(x: Any) -> Tensor:
    """Return real cube roots, also of negative numbers.

    Args:
        x: A tensor; integers become floats.

    Returns:
        A float tensor of the same shape.

    Example:

    >>> cbrt([8, -27]).numpy()
    array([ 2., -3.], dtype=float32)
    """
    return cbrt_op(as_float(x))


def logaddexp(x1: Any, x2: Any) -> Tensor:
    """Return `log(exp(x1) + exp(x2))` without overflow.

    Args:
        x1: A tensor; integers become floats.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        A float tensor of the broadcast shape.

    Example:

    >>> logaddexp([0.0, 1000.0], [0.0, 1000.0]).numpy().round(4)
    array([6.9309998e-01, 1.0006932e+03], dtype=float32)
    """
    return logaddexp_op(*promote(x1, x2, to_float=True))


def logaddexp2(x1: Any, x2: Any) -> Tensor:
    """Return `log2(2 ** x1 + 2 ** x2)` without overflow.

    Args:
        x1: A tensor; integers become floats.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        A float tensor of the broadcast shape.

    Example:

    >>> logaddexp2([0.0, 1000.0], [0.0, 1000.0]).numpy().round(4)
    array([1.000e+00, 1.001e+03], dtype=float32)
    """
    return logaddexp2_op(*promote(x1, x2, to_float=True))
