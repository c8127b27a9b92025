"""Turning the arguments of a function into tensors of one data type."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import float_type, result_type
from kerasish.backend.graph import (
    Tensor,
    Variable,
    as_tensor,
    in_symbolic_scope,
    symbolic_scope,
)
from kerasish.errors import DTypeError

_PYTHON_NUMBERS = (bool, int, float, complex)


def with_dtype(x: Any, dtype: str) -> Tensor:
    """Return anything as a tensor of a data type.

    Args:
        x: A tensor, Variable, array, nested list or number.
        dtype: The name of the type.

    Returns:
        `x` itself where it is such a tensor already.

    Example:

    >>> with_dtype([1, 2], "float32").dtype
    'float32'
    """
    if isinstance(x, Tensor) and x.dtype == dtype:
        return x
    if type(x) in _PYTHON_NUMBERS:
        return as_tensor(x, dtype)
    x = as_tensor(x)
    return x if x.dtype == dtype else ops.cast(x, dtype)


def promote(*values: Any, to_float: bool = False) -> tuple[Tensor, ...]:
    """Return values as tensors of their common type; Python numbers are weak.

    Args:
        *values: Tensors, Variables, arrays, nested lists and numbers.
        to_float: Whether integers and bools become the default float type.

    Returns:
        One tensor for each value.

    Raises:
        DTypeError: If the types do not mix.

    Example:

    >>> [t.dtype for t in promote(2.0, [1, 2])]
    ['float32', 'float32']
    """
    if not in_symbolic_scope() and _mixes_variables(values):
        with symbolic_scope():
            return promote(*values, to_float=to_float)
    converted: list[Any] = []
    dtypes: list[Any] = []
    for value in values:
        if isinstance(value, Tensor):
            dtypes.append(value.dtype)
        elif type(value) in _PYTHON_NUMBERS:
            dtypes.append(type(value))
        else:
            value = as_tensor(value)
            dtypes.append(value.dtype)
        converted.append(value)
    dtype = result_type(*dtypes)
    if to_float:
        dtype = float_type(dtype)
    return tuple(
        [
            value if own == dtype else with_dtype(value, dtype)
            for value, own in zip(converted, dtypes)
        ]
    )


def _mixes_variables(values: tuple) -> bool:
    """Whether a Variable meets a symbolic tensor, which must see its later values."""
    for value in values:
        if isinstance(value, Variable):
            return any(isinstance(v, Tensor) and v.is_symbolic for v in values)
    return False


def as_float(x: Any) -> Tensor:
    """Return anything as a float (or complex) tensor.

    Args:
        x: A tensor, Variable, array, nested list or number.

    Returns:
        A tensor; integers and bools have become the default float type.

    Example:

    >>> as_float([1, 2]).dtype
    'float32'
    """
    x = as_tensor(x)
    dtype = float_type(x.dtype)
    return x if x.dtype == dtype else ops.cast(x, dtype)


def as_number(x: Any) -> Tensor:
    """Return anything as a tensor, with bools as `int32`.

    Args:
        x: A tensor, Variable, array, nested list or number.

    Returns:
        A tensor that is not of type `bool`.

    Example:

    >>> as_number([True, False]).numpy()
    array([1, 0], dtype=int32)
    """
    x = as_tensor(x)
    return ops.cast(x, "int32") if x.dtype == "bool" else x


def refuse_bool(name: str, *tensors: Tensor) -> None:
    """Raise for a function that bools have no meaning for.

    Args:
        name: The function that the error names.
        *tensors: Its promoted arguments.

    Raises:
        DTypeError: If they are of type `bool`.

    Example:

    >>> refuse_bool("negative", as_tensor([1.0]))
    """
    if any(tensor.dtype == "bool" for tensor in tensors):
        raise DTypeError(
            f"{name}: bools have no {name}; cast them to a number type first.\n"
            f"  got: {', '.join(str(tensor.spec) for tensor in tensors)}"
        )
