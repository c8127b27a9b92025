"""Operations on the bits of integers and bools, none of which has a gradient."""

from __future__ import annotations

from typing import Any

from kerasish.backend.dtypes import is_integer
from kerasish.backend.graph import Op, Tensor, as_tensor, elementwise
from kerasish.backend.ops.promotion import promote
from kerasish.errors import DTypeError

bitwise_and_op = elementwise("bitwise_and", "x1 & x2", commutative=True)
bitwise_or_op = elementwise("bitwise_or", "x1 | x2", commutative=True)
bitwise_xor_op = elementwise("bitwise_xor", "x1 ^ x2", commutative=True)
bitwise_not_op = elementwise("bitwise_not", "~x")
left_shift_op = elementwise("left_shift", "x1 << x2")
right_shift_op = elementwise("right_shift", "x1 >> x2")


def _check(name: str, x: Tensor, bools: bool) -> None:
    if not (is_integer(x.dtype) or (bools and x.dtype == "bool")):
        kinds = "integers or bools" if bools else "integers"
        raise DTypeError(f"{name}: needs {kinds}.\n  got: {x.spec}")


def _binary(op: Op, x: Any, y: Any, bools: bool = True) -> Tensor:
    x, y = promote(x, y)
    _check(op.name, x, bools)
    return op(x, y)


def bitwise_and(x: Any, y: Any) -> Tensor:
    """Combine bits by AND.

    Args:
        x: A tensor of integers or bools.
        y: A tensor of integers or bools that broadcasts with `x`.

    Returns:
        A tensor of the common data type and the broadcast shape.

    Raises:
        DTypeError: For any other data type.

    Example:

    >>> bitwise_and([6, 5], 3).numpy()
    array([2, 1], dtype=int32)
    """
    return _binary(bitwise_and_op, x, y)


def bitwise_or(x: Any, y: Any) -> Tensor:
    """Combine bits by OR.

    Args:
        x: A tensor of integers or bools.
        y: A tensor of integers or bools that broadcasts with `x`.

    Returns:
        A tensor of the common data type and the broadcast shape.

    Raises:
        DTypeError: For any other data type.

    Example:

    >>> bitwise_or([6, 5], 3).numpy()
    array([7, 7], dtype=int32)
    """
    return _binary(bitwise_or_op, x, y)


def bitwise_xor(x: Any, y: Any) -> Tensor:
    """Combine bits by exclusive OR.

    Args:
        x: A tensor of integers or bools.
        y: A tensor of integers or bools that broadcasts with `x`.

    Returns:
        A tensor of the common data type and the broadcast shape.

    Raises:
        DTypeError: For any other data type.

    Example:

    >>> bitwise_xor([6, 5], 3).numpy()
    array([5, 6], dtype=int32)
    """
    return _binary(bitwise_xor_op, x, y)


def left_shift(x: Any, y: Any) -> Tensor:
    """Shift bits to the left.

    Args:
        x: A tensor of integers.
        y: A tensor of integers that broadcasts with `x`.

    Returns:
        A tensor of the common data type and the broadcast shape.

    Raises:
        DTypeError: For any other data type.

    Example:

    >>> left_shift([1, 3], 2).numpy()
    array([ 4, 12], dtype=int32)
    """
    return _binary(left_shift_op, x, y, bools=False)


def bitwise_left_shift(x: Any, y: Any) -> Tensor:
    """Shift bits to the left; the same as `left_shift`.

    Args:
        x: A tensor of integers.
        y: A tensor of integers that broadcasts with `x`.

    Returns:
        A tensor of the common data type and the broadcast shape.

    Raises:
        DTypeError: For any other data type.

    Example:

    >>> bitwise_left_shift([1, 3], 2).numpy()
    array([ 4, 12], dtype=int32)
    """
    return _binary(left_shift_op, x, y, bools=False)


def right_shift(x: Any, y: Any) -> Tensor:
    """Shift bits to the right; negative numbers stay negative.

    Args:
        x: A tensor of integers.
        y: A tensor of integers that broadcasts with `x`.

    Returns:
        A tensor of the common data type and the broadcast shape.

    Raises:
        DTypeError: For any other data type.

    Example:

    >>> right_shift([4, -8], 2).numpy()
    array([ 1, -2], dtype=int32)
    """
    return _binary(right_shift_op, x, y, bools=False)


def bitwise_right_shift(x: Any, y: Any) -> Tensor:
    """Shift bits to the right; the same as `right_shift`.

    Args:
        x: A tensor of integers.
        y: A tensor of integers that broadcasts with `x`.

    Returns:
        A tensor of the common data type and the broadcast shape.

    Raises:
        DTypeError: For any other data type.

    Example:

    >>> bitwise_right_shift([4, -8], 2).numpy()
    array([ 1, -2], dtype=int32)
    """
    return _binary(right_shift_op, x, y, bools=False)


def bitwise_not(x: Any) -> Tensor:
    """Invert all bits. Bools become their opposite.

    Args:
        x: A tensor of integers or bools.

    Returns:
        A tensor of the same shape and data type.

    Raises:
        DTypeError: For any other data type.

    Example:

    >>> bitwise_not([0, 5]).numpy()
    array([-1, -6], dtype=int32)
    """
    x = as_tensor(x)
    _check("bitwise_not", x, bools=True)
    return bitwise_not_op(x)


def bitwise_invert(x: Any) -> Tensor:
    """Invert all bits; the same as `bitwise_not`. Bools become their opposite.

    Args:
        x: A tensor of integers or bools.

    Returns:
        A tensor of the same shape and data type.

    Raises:
        DTypeError: For any other data type.

    Example:

    >>> bitwise_invert([0, 5]).numpy()
    array([-1, -6], dtype=int32)
    """
    x = as_tensor(x)
    _check("bitwise_invert", x, bools=True)
    return bitwise_not_op(x)
