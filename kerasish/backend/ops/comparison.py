"""Comparisons and logic: results of type `bool`, none of which has a gradient."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import is_complex, is_float
from kerasish.backend.graph import Tensor, as_tensor, elementwise
from kerasish.backend.ops.promotion import promote, with_dtype

equal_op = elementwise("equal", "x1 == x2", dtype="bool", commutative=True)
not_equal_op = elementwise("not_equal", "x1 != x2", dtype="bool", commutative=True)
less_op = elementwise("less", "x1 < x2", dtype="bool")
less_equal_op = elementwise("less_equal", "x1 <= x2", dtype="bool")
greater_op = elementwise("greater", "x1 > x2", dtype="bool")
greater_equal_op = elementwise("greater_equal", "x1 >= x2", dtype="bool")
logical_and_op = elementwise(
    "logical_and", "logical_and(x1, x2)", dtype="bool", commutative=True
)
logical_or_op = elementwise(
    "logical_or", "logical_or(x1, x2)", dtype="bool", commutative=True
)
logical_xor_op = elementwise(
    "logical_xor", "logical_xor(x1, x2)", dtype="bool", commutative=True
)
logical_not_op = elementwise("logical_not", "logical_not(x)", dtype="bool")
isnan_op = elementwise("isnan", "isnan(x)", dtype="bool")
isinf_op = elementwise("isinf", "isinf(x)", dtype="bool")
isfinite_op = elementwise("isfinite", "isfinite(x)", dtype="bool")
signbit_op = elementwise("signbit", "signbit(x)", dtype="bool")


def equal(x1: Any, x2: Any) -> Tensor:
    """Tell where elements are equal. NaN equals nothing.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        A bool tensor of the broadcast shape.

    Example:

    >>> equal([1, 2, 3], 2).numpy()
    array([False,  True, False])
    """
    return equal_op(*promote(x1, x2))


def not_equal(x1: Any, x2: Any) -> Tensor:
    """Tell where elements differ.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        A bool tensor of the broadcast shape.

    Example:

    >>> not_equal([1, 2, 3], 2).numpy()
    array([ True, False,  True])
    """
    return not_equal_op(*promote(x1, x2))


def less(x1: Any, x2: Any) -> Tensor:
    """Tell where `x1` is less than `x2`.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        A bool tensor of the broadcast shape.

    Example:

    >>> less([1, 2, 3], 2).numpy()
    array([ True, False, False])
    """
    return less_op(*promote(x1, x2))


def less_equal(x1: Any, x2: Any) -> Tensor:
    """Tell where `x1` is at most `x2`.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        A bool tensor of the broadcast shape.

    Example:

    >>> less_equal([1, 2, 3], 2).numpy()
    array([ True,  True, False])
    """
    return less_equal_op(*promote(x1, x2))


def greater(x1: Any, x2: Any) -> Tensor:
    """Tell where `x1` is greater than `x2`.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        A bool tensor of the broadcast shape.

    Example:

    >>> greater([1, 2, 3], 2).numpy()
    array([False, False,  True])
    """
    return greater_op(*promote(x1, x2))


def greater_equal(x1: Any, x2: Any) -> Tensor:
    """Tell where `x1` is at least `x2`.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        A bool tensor of the broadcast shape.

    Example:

    >>> greater_equal([1, 2, 3], 2).numpy()
    array([False,  True,  True])
    """
    return greater_equal_op(*promote(x1, x2))


def logical_and(x1: Any, x2: Any) -> Tensor:
    """Tell where both are true.

    Args:
        x1: A tensor; numbers count as true unless they are 0.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        A bool tensor of the broadcast shape.

    Example:

    >>> logical_and([True, False], [1, 1]).numpy()
    array([ True, False])
    """
    return logical_and_op(with_dtype(x1, "bool"), with_dtype(x2, "bool"))


def logical_or(x1: Any, x2: Any) -> Tensor:
    """Tell where at least one is true.

    Args:
        x1: A tensor; numbers count as true unless they are 0.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        A bool tensor of the broadcast shape.

    Example:

    >>> logical_or([True, False], [0, 0]).numpy()
    array([ True, False])
    """
    return logical_or_op(with_dtype(x1, "bool"), with_dtype(x2, "bool"))


def logical_xor(x1: Any, x2: Any) -> Tensor:
    """Tell where exactly one is true.

    Args:
        x1: A tensor; numbers count as true unless they are 0.
        x2: A tensor that broadcasts with `x1`.

    Returns:
        A bool tensor of the broadcast shape.

    Example:

    >>> logical_xor([True, False], [1, 1]).numpy()
    array([False,  True])
    """
    return logical_xor_op(with_dtype(x1, "bool"), with_dtype(x2, "bool"))


def logical_not(x: Any) -> Tensor:
    """Tell where an element is false or 0.

    Args:
        x: A tensor.

    Returns:
        A bool tensor of the same shape.

    Example:

    >>> logical_not([True, False]).numpy()
    array([False,  True])
    """
    return logical_not_op(with_dtype(x, "bool"))


def isnan(x: Any) -> Tensor:
    """Tell where elements are NaN.

    Args:
        x: A tensor.

    Returns:
        A bool tensor of the same shape.

    Example:

    >>> isnan([1.0, float("nan")]).numpy()
    array([False,  True])
    """
    x = as_tensor(x)
    if is_float(x.dtype) or is_complex(x.dtype):
        return isnan_op(x)
    return ops.zeros_like(x, dtype="bool")


def isinf(x: Any) -> Tensor:
    """Tell where elements are infinite, of either sign.

    Args:
        x: A tensor.

    Returns:
        A bool tensor of the same shape.

    Example:

    >>> isinf([1.0, float("-inf")]).numpy()
    array([False,  True])
    """
    x = as_tensor(x)
    if is_float(x.dtype) or is_complex(x.dtype):
        return isinf_op(x)
    return ops.zeros_like(x, dtype="bool")


def isfinite(x: Any) -> Tensor:
    """Tell where elements are neither infinite nor NaN.

    Args:
        x: A tensor.

    Returns:
        A bool tensor of the same shape.

    Example:

    >>> isfinite([1.0, float("-inf")]).numpy()
    array([ True, False])
    """
    x = as_tensor(x)
    if is_float(x.dtype) or is_complex(x.dtype):
        return isfinite_op(x)
    return ops.ones_like(x, dtype="bool")


def isposinf(x: Any) -> Tensor:
    """Tell where elements are plus infinity.

    Args:
        x: A tensor.

    Returns:
        A bool tensor of the same shape.

    Example:

    >>> isposinf([float("inf"), float("-inf")]).numpy()
    array([ True, False])
    """
    x = as_tensor(x)
    return logical_and_op(isinf(x), greater(x, 0))


def isneginf(x: Any) -> Tensor:
    """Tell where elements are minus infinity.

    Args:
        x: A tensor.

    Returns:
        A bool tensor of the same shape.

    Example:

    >>> isneginf([float("inf"), float("-inf")]).numpy()
    array([False,  True])
    """
    x = as_tensor(x)
    return logical_and_op(isinf(x), less(x, 0))


def isreal(x: Any) -> Tensor:
    """Tell where elements have no imaginary part.

    Args:
        x: A tensor.

    Returns:
        A bool tensor of the same shape.

    Example:

    >>> isreal([1.0, 2.0]).numpy()
    array([ True,  True])
    """
    x = as_tensor(x)
    if is_complex(x.dtype):
        return equal(ops.imag(x), 0)
    return ops.ones_like(x, dtype="bool")


def signbit(x: Any) -> Tensor:
    """Tell where the sign bit is set: for negative numbers and for -0.0.

    Args:
        x: A tensor.

    Returns:
        A bool tensor of the same shape.

    Example:

    >>> signbit([-1.0, 0.0, -0.0]).numpy()
    array([ True, False,  True])
    """
    x = as_tensor(x)
    if is_float(x.dtype):
        return signbit_op(x)
    return less(x, 0) if x.dtype != "bool" else ops.zeros_like(x, dtype="bool")


def isclose(
    x1: Any,
    x2: Any,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> Tensor:
    """Tell where `|x1 - x2| <= atol + rtol * |x2|`.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.
        rtol: The tolerance relative to `x2`.
        atol: The absolute tolerance.
        equal_nan: Whether NaN counts as close to NaN.

    Returns:
        A bool tensor of the broadcast shape. Equal infinities are close; integers are
        close if they are equal.

    Example:

    >>> isclose([1.0, 1.0], [1.000001, 1.1]).numpy()
    array([ True, False])
    """
    x1, x2 = promote(x1, x2)
    close = equal_op(x1, x2)
    if not is_float(x1.dtype):
        return close
    within = less_equal(ops.abs(x1 - x2), atol + rtol * ops.abs(x2))
    close = logical_or_op(close, logical_and_op(within, isfinite(x2)))
    if equal_nan:
        close = logical_or_op(close, logical_and_op(isnan(x1), isnan(x2)))
    return close


def allclose(
    x1: Any,
    x2: Any,
    rtol: float = 1e-5,
    atol: float = 1e-8,
    equal_nan: bool = False,
) -> Tensor:
    """Tell whether `isclose` holds everywhere.

    Args:
        x1: A tensor.
        x2: A tensor that broadcasts with `x1`.
        rtol: The tolerance relative to `x2`.
        atol: The absolute tolerance.
        equal_nan: Whether NaN counts as close to NaN.

    Returns:
        A bool scalar.

    Example:

    >>> bool(allclose([1.0, 2.0], [1.0, 2.000001]))
    True
    """
    return ops.all(isclose(x1, x2, rtol, atol, equal_nan))


def isin(x1: Any, x2: Any, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Tell which elements of `x1` occur anywhere in `x2`.

    Args:
        x1: A tensor.
        x2: A tensor of any shape.
        assume_unique: Accepted for likeness with NumPy; the result does not depend
            on it.
        invert: Whether to tell which elements do not occur.

    Returns:
        A bool tensor of the shape of `x1`.

    Example:

    >>> isin([1, 2, 3], [3, 1]).numpy()
    array([ True, False,  True])
    """
    x1, x2 = promote(x1, x2)
    found = ops.any(equal_op(ops.expand_dims(x1, -1), ops.ravel(x2)), axis=-1)
    return logical_not_op(found) if invert else found
