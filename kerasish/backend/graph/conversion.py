"""From anything to tensors and from tensors to NumPy."""

from __future__ import annotations

import importlib
from functools import lru_cache
from typing import Any

import numpy as np

from kerasish.backend import config
from kerasish.backend.devices.base import DLPACK_HOST, current_device
from kerasish.backend.dtypes import dtype_name, numpy_dtype, standardize_dtype
from kerasish.backend.graph.leaves import constant_tensor
from kerasish.backend.graph.node import Node
from kerasish.backend.graph.op import get_op
from kerasish.backend.graph.scope import state, symbolic_scope
from kerasish.backend.graph.tensor import Tensor
from kerasish.backend.graph.variable import Variable
from kerasish.errors import DTypeError

_NUMBERS = (float, int, bool)


def is_tensor(x: Any) -> bool:
    """Tell whether a value is a tensor of this library.

    Example:

    >>> is_tensor([1.0])
    False
    """
    return isinstance(x, Tensor)


def as_tensor(x: Any, dtype: str | None = None) -> Tensor:
    """Return anything as a tensor.

    Tensors are kept, Variables read, arrays and numbers become constants in a symbolic
    scope and values elsewhere. Python numbers take the default float type, int32 or
    bool.

    Args:
        x: A Tensor, Variable, array, nested list or number.
        dtype: The data type wanted; `None` keeps the one that `x` has.

    Raises:
        DTypeError: If `x` has no numeric data type.

    Example:

    >>> as_tensor([1, 2]).dtype
    'int32'
    """
    if isinstance(x, Variable):
        x = x.value
    if not isinstance(x, Tensor):
        if type(x) in _NUMBERS and state.symbolic:
            return Tensor(_number(x, repr(x), dtype, config.floatx()))
        x = _stacked(x) if _holds_tensors(x) else _from_value(x, dtype)
    if dtype is not None and standardize_dtype(dtype) != x.dtype:
        return get_op("cast")(x, dtype=standardize_dtype(dtype))
    return x


@lru_cache(maxsize=1024)
def _number(x: float, text: str, dtype: Any, default: str) -> Node:
    """The node of a Python number, which its text tells from equal ones."""
    return _from_value(x, dtype).node


def _default_dtype(x: Any, array: np.ndarray) -> str | None:
    """The dtype of a value that has none of its own, such as a list of numbers."""
    if hasattr(x, "dtype"):
        return None
    if array.dtype.kind == "f":
        typed = _first_typed(x)
        return typed or config.floatx()
    if array.dtype.kind in "iu":
        fits = not array.size or -(2**31) <= array.min() and array.max() < 2**31
        return _first_typed(x) or ("int32" if fits else "int64")
    return None


def _first_typed(x: Any) -> str | None:
    """The dtype of the first array inside a nested list, if there is one."""
    while isinstance(x, (list, tuple)) and len(x):
        x = x[0]
    return x.dtype.name if isinstance(x, (np.ndarray, np.generic)) else None


def _holds_tensors(x: Any) -> bool:
    return isinstance(x, (list, tuple)) and any(
        isinstance(item, (Tensor, Variable)) or _holds_tensors(item) for item in x
    )


def _stacked(x: Any) -> Tensor:
    """Join a nested list with tensors in it, so that gradients reach them."""
    # By name: the function lies above the graph.
    return importlib.import_module("kerasish.backend.ops").stack(x)


def _from_value(x: Any, dtype: str | None) -> Tensor:
    device = current_device()
    if hasattr(x, "__cuda_array_interface__") or _offers_dlpack_alone(x):
        array = device.asarray(x)
    else:
        array = _host_array(x, dtype)
    # An int list asked for as floats must not pass through int32.
    if dtype is not None and not hasattr(x, "dtype"):
        array = array.astype(numpy_dtype(standardize_dtype(dtype)), copy=False)
    name = dtype_name(array.dtype)
    if state.symbolic:
        return constant_tensor(array, name)
    return Tensor(None, 0, device.asarray(array))


def _offers_dlpack_alone(x: Any) -> bool:
    """Whether an array of another library is on a GPU, or readable in no other way."""
    if isinstance(x, np.ndarray) or not hasattr(x, "__dlpack_device__"):
        return False
    return not hasattr(x, "__array__") or x.__dlpack_device__()[0] != DLPACK_HOST


def _host_array(x: Any, dtype: str | None) -> np.ndarray:
    array = np.asarray(x)
    if array.dtype.kind in "OV" and array.dtype.name != "bfloat16":
        raise DTypeError(
            "A tensor needs numbers of one shape and type.\n"
            f"Received: {type(x).__name__} of dtype {array.dtype}: {str(x)[:200]}"
        )
    default = None if dtype is not None else _default_dtype(x, array)
    return array if default is None else array.astype(numpy_dtype(default))


def as_numpy(x: Any) -> np.ndarray:
    """Return a copy of a value as a NumPy array on the host.

    Args:
        x: A Tensor with a value, a Variable, a device array, or anything array-like.

    Raises:
        TypeError: If `x` is a symbolic tensor.

    Example:

    >>> as_numpy([1.0, 2.0])
    array([1., 2.])
    """
    if isinstance(x, Variable):
        return x.numpy()
    if isinstance(x, Tensor):
        x = x._need_value("conversion to NumPy")
    device = current_device()
    if device.owns(x):
        return device.to_numpy(x)
    if hasattr(x, "get") and hasattr(x, "__cuda_array_interface__"):
        return x.get()
    return np.array(x)


def constant(value: Any, dtype: str | None = None) -> Tensor:
    """Return a symbolic tensor with a fixed value, also outside a symbolic scope.

    Args:
        value: Anything array-like.
        dtype: The data type; `None` keeps the value's own.

    Example:

    >>> constant([1.0, 2.0]).is_symbolic
    True
    """
    with symbolic_scope():
        return as_tensor(value, dtype)
