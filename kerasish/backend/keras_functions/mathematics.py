"""Functions of single elements, comparisons, running sums."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.graph import Tensor
from kerasish.backend.keras_functions.scopes import follows_arguments


@follows_arguments
def abs(x: Any) -> Tensor:
    """Return absolute values.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> abs(np.array([-1.0, 2.0])).numpy()
    array([1., 2.])
    """
    return ops.abs(x)


@follows_arguments
def square(x: Any) -> Tensor:
    """Return squares.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> square(np.array([3.0])).numpy()
    array([9.])
    """
    return ops.square(x)


@follows_arguments
def sqrt(x: Any) -> Tensor:
    """Return square roots; those of negative numbers are 0.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> sqrt(np.array([4.0, -1.0])).numpy()
    array([2., 0.])
    """
    zero = ops.zeros_like(x)
    return ops.sqrt(ops.maximum(x, zero))


@follows_arguments
def exp(x: Any) -> Tensor:
    """Return `e ** x`.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> exp(np.array([0.0])).numpy()
    array([1.])
    """
    return ops.exp(x)


@follows_arguments
def log(x: Any) -> Tensor:
    """Return natural logarithms.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> log(np.array([1.0])).numpy()
    array([0.])
    """
    return ops.log(x)


@follows_arguments
def sin(x: Any) -> Tensor:
    """Return sines.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> sin(np.array([0.0])).numpy()
    array([0.])
    """
    return ops.sin(x)


@follows_arguments
def cos(x: Any) -> Tensor:
    """Return cosines.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> cos(np.array([0.0])).numpy()
    array([1.])
    """
    return ops.cos(x)


@follows_arguments
def round(x: Any) -> Tensor:
    """Return the nearest integers; halves go to the even one.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> round(np.array([1.5, 2.5])).numpy()
    array([2., 2.])
    """
    return ops.round(x)


@follows_arguments
def sign(x: Any) -> Tensor:
    """Return -1, 0 or 1.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> sign(np.array([-3.0, 0.0])).numpy()
    array([-1.,  0.])
    """
    return ops.sign(x)


@follows_arguments
def pow(x: Any, a: Any) -> Tensor:
    """Return `x ** a`.

    Args:
        x: A tensor, Variable or array.
        a: The exponent.

    Example:

    >>> pow(np.array([2.0, 3.0]), 2).numpy()
    array([4., 9.])
    """
    return ops.power(x, a)


@follows_arguments
def clip(x: Any, min_value: Any, max_value: Any) -> Tensor:
    """Bring values into a range.

    Args:
        x: A tensor, Variable or array.
        min_value: The smallest value; `None` for no bound.
        max_value: The largest value; `None` for no bound.

    Example:

    >>> clip(np.array([-2.0, 5.0]), 0, 1).numpy()
    array([0., 1.])
    """
    if isinstance(min_value, (int, float)) and isinstance(max_value, (int, float)):
        max_value = builtins.max(min_value, max_value)
    low = -np.inf if min_value is None else min_value
    high = np.inf if max_value is None else max_value
    return ops.clip(x, low, high)


@follows_arguments
def maximum(x: Any, y: Any) -> Tensor:
    """Return the larger of two values.

    Args:
        x: A tensor, Variable or array.
        y: Another one, of a shape that fits.

    Example:

    >>> maximum(np.array([1.0, 2.0]), 1.5).numpy()
    array([1.5, 2. ])
    """
    return ops.maximum(x, y)


@follows_arguments
def minimum(x: Any, y: Any) -> Tensor:
    """Return the smaller of two values.

    Args:
        x: A tensor, Variable or array.
        y: Another one, of a shape that fits.

    Example:

    >>> minimum(np.array([1.0, 2.0]), 1.5).numpy()
    array([1. , 1.5])
    """
    return ops.minimum(x, y)


@follows_arguments
def equal(x: Any, y: Any) -> Tensor:
    """Compare for `x == y`, element by element.

    Args:
        x: A tensor, Variable or array.
        y: Another one, of a shape that fits.

    Example:

    >>> equal(np.array([1.0, 2.0]), 1.5).numpy()
    array([False, False])
    """
    return ops.equal(x, y)


@follows_arguments
def not_equal(x: Any, y: Any) -> Tensor:
    """Compare for `x != y`, element by element.

    Args:
        x: A tensor, Variable or array.
        y: Another one, of a shape that fits.

    Example:

    >>> not_equal(np.array([1.0, 2.0]), 1.5).numpy()
    array([ True,  True])
    """
    return ops.not_equal(x, y)


@follows_arguments
def greater(x: Any, y: Any) -> Tensor:
    """Compare for `x > y`, element by element.

    Args:
        x: A tensor, Variable or array.
        y: Another one, of a shape that fits.

    Example:

    >>> greater(np.array([1.0, 2.0]), 1.5).numpy()
    array([False,  True])
    """
    return ops.greater(x, y)


@follows_arguments
def greater_equal(x: Any, y: Any) -> Tensor:
    """Compare for `x >= y`, element by element.

    Args:
        x: A tensor, Variable or array.
        y: Another one, of a shape that fits.

    Example:

    >>> greater_equal(np.array([1.0, 2.0]), 1.5).numpy()
    array([False,  True])
    """
    return ops.greater_equal(x, y)


@follows_arguments
def less(x: Any, y: Any) -> Tensor:
    """Compare for `x < y`, element by element.

    Args:
        x: A tensor, Variable or array.
        y: Another one, of a shape that fits.

    Example:

    >>> less(np.array([1.0, 2.0]), 1.5).numpy()
    array([ True, False])
    """
    return ops.less(x, y)


@follows_arguments
def less_equal(x: Any, y: Any) -> Tensor:
    """Compare for `x <= y`, element by element.

    Args:
        x: A tensor, Variable or array.
        y: Another one, of a shape that fits.

    Example:

    >>> less_equal(np.array([1.0, 2.0]), 1.5).numpy()
    array([ True, False])
    """
    return ops.less_equal(x, y)


@follows_arguments
def cast(x: Any, dtype: str) -> Tensor:
    """Return values in another data type.

    Args:
        x: A tensor, Variable or array.
        dtype: The name of the type.

    Example:

    >>> cast(np.array([1.7]), "int32").numpy()
    array([1], dtype=int32)
    """
    return ops.cast(x, dtype)


@follows_arguments
def identity(x: Any, name: str | None = None) -> Tensor:
    """Return a tensor of equal value.

    Args:
        x: A tensor, Variable or array.
        name: An optional name.

    Example:

    >>> identity(np.array([1.0])).numpy()
    array([1.])
    """
    copy = ops.copy(x).fresh()
    copy.name = name
    return copy


@follows_arguments
def cumsum(x: Any, axis: int = 0) -> Tensor:
    """Return running sums.

    Args:
        x: A tensor, Variable or array.
        axis: Along which axis.

    Example:

    >>> cumsum(np.array([1.0, 2.0])).numpy()
    array([1., 3.])
    """
    return ops.cumsum(x, axis=axis)


@follows_arguments
def cumprod(x: Any, axis: int = 0) -> Tensor:
    """Return running products.

    Args:
        x: A tensor, Variable or array.
        axis: Along which axis.

    Example:

    >>> cumprod(np.array([2.0, 3.0])).numpy()
    array([2., 6.])
    """
    return ops.cumprod(x, axis=axis)


@follows_arguments
def stop_gradient(variables: Any) -> Any:
    """Return values that count as constants for gradients.

    Args:
        variables: A tensor or Variable, or a list of them.

    Example:

    >>> stop_gradient(np.array([1.0])).numpy()
    array([1.])
    """
    if isinstance(variables, (list, tuple)):
        return [ops.stop_gradient(x) for x in variables]
    return ops.stop_gradient(variables)
