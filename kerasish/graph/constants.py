"""What becomes a tensor: constants, lists, and what runs in Python."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasish import tree
from kerasish.backend import graph as engine
from kerasish.backend.dtypes import dtype_name
from kerasish.graph.applying import apply, check_graph, identity_op
from kerasish.graph.dtypes import as_dtype
from kerasish.graph.shapes import TensorShape
from kerasish.graph.state import get_default_graph
from kerasish.graph.tensors import Operation, Tensor


def constant_array(value: Any, dtype: Any = None) -> np.ndarray:
    """Return the array of a constant, with the type that Python's values have here.

    Args:
        value: Numbers, arrays, text, or nested lists of them.
        dtype: The data type; `None` for that of the value.

    Raises:
        TypeError: If the value has another type than the one asked for.
    """
    if isinstance(value, TensorShape):
        value = value.as_list()
    typed = hasattr(value, "dtype")
    array = np.asarray(value)
    if array.dtype.kind in "USO":
        if dtype is not None and as_dtype(dtype) != "string":
            raise TypeError(
                f"Expected {as_dtype(dtype)}, got {value!r} of type "
                f"{type(value).__name__!r} instead."
            )
        return np.vectorize(_encoded, otypes=[object])(array)
    if dtype is None:
        if not typed and array.dtype == "float64" and not _holds_arrays(value):
            return array.astype("float32")
        if not typed and array.dtype == "int64" and np.all(np.abs(array) < 2**31):
            return array.astype("int32")
        return array
    wanted = as_dtype(dtype)
    if array.dtype.kind in "fc" and wanted.is_integer and array.size and not typed:
        raise TypeError(
            f"Expected {wanted}, got {value!r} of type "
            f"{type(value).__name__!r} instead."
        )
    return array.astype(wanted.as_numpy_dtype)


def _encoded(item: Any) -> bytes:
    return item if isinstance(item, bytes) else str(item).encode()


def _holds_arrays(value: Any) -> bool:
    while isinstance(value, (list, tuple)) and value:
        value = value[0]
    return hasattr(value, "dtype")


def convert_to_tensor(
    value: Any,
    dtype: Any = None,
    name: str | None = None,
    preferred_dtype: Any = None,
) -> Tensor:
    """Return anything as a tensor.

    Args:
        value: A tensor, variable, array, number, or nested list of these.
        dtype: The data type that it must have.
        name: A name for the operation.
        preferred_dtype: The data type if the value may have it.

    Raises:
        ValueError: If a tensor has another data type.

    Example:

    >>> import kerasish.graph as tf
    >>> tf.convert_to_tensor([1.0, 2.0]).dtype
    tf.float32
    """
    convert = getattr(value, "_as_graph_tensor", None)
    if convert is not None:
        value = convert()
    if isinstance(value, Tensor):
        if dtype is not None and as_dtype(dtype) != value.dtype:
            raise ValueError(
                f"Tensor conversion requested dtype {as_dtype(dtype)} for Tensor with "
                f"dtype {value.dtype}: {value!r}"
            )
        return value
    if any(isinstance(leaf, Tensor) for leaf in tree.flatten(value)):
        stack = importlib.import_module("kerasish.graph.arrays").stack
        wanted = dtype or next(
            leaf.dtype for leaf in tree.flatten(value) if isinstance(leaf, Tensor)
        )
        parts = [convert_to_tensor(item, wanted) for item in value]
        return stack(parts, name=name or "packed")
    if dtype is None and preferred_dtype is not None:
        try:
            return constant(constant_array(value, preferred_dtype), name=name)
        except (TypeError, ValueError):
            return constant(value, name=name)
    return constant(value, dtype, name=name)


def constant(
    value: Any,
    dtype: Any = None,
    shape: Any = None,
    name: str | None = None,
    verify_shape: bool = False,
) -> Tensor:
    """Return a tensor with a fixed value.

    Args:
        value: Numbers, an array, text, or nested lists of these.
        dtype: The data type; `None` for float32, int32, or that of an array.
        shape: A shape that the value is filled up to with its last element.
        name: A name.
        verify_shape: Whether the value must have that shape already.

    Raises:
        TypeError: If the value cannot have the type.
        ValueError: If the value does not fit the shape.

    Example:

    >>> import kerasish.graph as tf
    >>> tf.constant([1, 2]).dtype
    tf.int32
    """
    array = constant_array(value, dtype)
    if shape is not None:
        sizes = tuple(TensorShape(shape).as_list())
        if verify_shape and array.shape != sizes:
            raise TypeError(f"Expected Tensor's shape: {sizes}, got {array.shape}.")
        total = int(np.prod(sizes))
        if array.size > total:
            raise ValueError(
                f"Too many elements provided. Needed at most {total}, but received "
                f"{array.size}"
            )
        flat = array.reshape(-1)
        filling = np.repeat(flat[-1:], total - flat.size)
        array = np.concatenate([flat, filling]).reshape(sizes)
    if array.dtype == object:
        return apply_on_host("Const", lambda session: array, name=name, dtype="string")
    type_name = dtype_name(array.dtype)
    tensor = apply("Const", lambda: engine.constant(array, type_name), name=name)
    tensor.inside = identity_op(tensor.stored)
    return tensor


def apply_on_host(
    kind: str,
    function: Callable,
    *arguments: Any,
    name: str | None = None,
    dtype: Any = "string",
    dtypes: Sequence[Any] | None = None,
) -> Any:
    """Add an operation that runs in Python, on NumPy arrays.

    Args:
        kind: What the operation is called unless a name is given.
        function: A function `function(session, *arrays)`.
        *arguments: Its arguments: tensors, arrays and numbers.
        name: A name.
        dtype: The data type of its one result.
        dtypes: The data types of its results if it returns a list.

    Returns:
        A tensor of unknown shape, or a list of them.
    """
    graph = get_default_graph()
    inputs = tuple(convert_to_tensor(argument) for argument in arguments)
    unique = graph.unique_operation_name(name or kind)
    operation = Operation(graph, unique, kind, function, inputs, on_host=True)
    check_graph(operation)
    graph.add_operation(operation)
    types = [dtype] if dtypes is None else dtypes
    results = [Tensor(operation, i, None, kind) for i, kind in enumerate(types)]
    operation.outputs = list(results)
    return results[0] if dtypes is None else results
