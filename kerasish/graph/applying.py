"""The one way to add an operation to a graph, and what becomes a tensor by it."""

from __future__ import annotations

import contextlib
import importlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from kerasish import tree
from kerasish.backend import graph as engine
from kerasish.backend.dtypes import dtype_name
from kerasish.graph.dtypes import as_dtype
from kerasish.graph.shapes import TensorShape
from kerasish.graph.state import get_default_graph, state
from kerasish.graph.tensors import Deferred, Operation, Tensor


def read_now(tensor: Tensor) -> engine.Tensor:
    """Return the engine's tensor of a tensor, in the run that is being compiled if any.

    Args:
        tensor: A tensor.

    Raises:
        Deferred: If its rank is unknown.
        TypeError: If it is text.
    """
    if tensor.op.graph is None:
        return tensor.stored
    if state.reader is not None:
        return state.reader.read(tensor)
    value = stored_or_deferred(tensor)
    if state.captures is not None:
        variable = getattr(tensor, "template", None)
        state.captures[tensor] = value if variable is None else variable.leaf
    return value


@contextlib.contextmanager
def outside_bodies() -> Iterator[None]:
    """Let what is made in a `with` block be no part of the body of a loop or branch."""
    kept = state.depth, state.captures
    state.depth, state.captures = 0, None
    try:
        with engine.eager_scope(), get_default_graph().control_dependencies(None):
            yield
    finally:
        state.depth, state.captures = kept


@contextlib.contextmanager
def inside_body() -> Iterator[None]:
    """Let what is made in a `with` block be a part of the body of a loop or branch."""
    state.depth += 1
    try:
        yield
    finally:
        state.depth -= 1


def stored_or_deferred(tensor: Tensor) -> engine.Tensor:
    """Return the engine's tensor that a tensor was built with.

    Args:
        tensor: A tensor.

    Raises:
        Deferred: If its rank is unknown.
        TypeError: If it is text.
    """
    if tensor.dtype == "string":
        raise TypeError(f"Text cannot be computed with.\n  got: {tensor!r}")
    if hasattr(tensor, "template"):
        return engine_variable(tensor).value
    if tensor.stored is None:
        raise Deferred(tensor)
    return tensor.stored


def _standard(leaf: Any) -> Any:
    """An argument in the form that operations keep."""
    if isinstance(leaf, TensorShape):
        return tuple(leaf.as_list())
    convert = getattr(leaf, "_as_graph_tensor", None)
    if convert is not None:
        return convert()
    if isinstance(leaf, np.ndarray):
        return leaf.copy()
    return leaf


def apply(
    kind: str,
    function: Callable,
    *arguments: Any,
    name: str | None = None,
    writes: Sequence[Any] = (),
    shapes: Sequence[Any] | None = None,
    dtypes: Sequence[Any] | None = None,
    count: int = 1,
    is_control: bool = False,
) -> Any:
    """Add an operation to the current graph.

    Args:
        kind: What the operation is called unless a name is given.
        function: What it computes, on tensors of the engine.
        *arguments: Its arguments, in which tensors may be nested.
        name: A name.
        writes: Variables that get new values: `function` then returns a list of them
            and, apart, the results.
        shapes: The shapes of the results where arguments have an unknown rank; `None`
            entries are unknown as well.
        dtypes: Their data types; by default that of the first argument.
        count: How many results there are in that case.
        is_control: Whether the function traces functions of the user, which may assign
            variables.

    Returns:
        A structure of tensors like that which `function` returns.

    Raises:
        ValueError: If shapes or types do not fit.
    """
    arguments = tree.map_structure(_standard, arguments)
    if state.depth:
        return _apply_in_body(kind, function, arguments, name, writes)
    graph = get_default_graph()
    unique = graph.unique_operation_name(name or kind)
    operation = Operation(graph, unique, kind, function, arguments, writes)
    _check_graph(operation)
    # What the bodies of loops and branches take from around them is an input as well.
    captures = state.captures = dict.fromkeys(operation.inputs)
    try:
        with engine.Trace() if is_control else contextlib.nullcontext() as trace:
            result = operation.evaluate(read_now)
    except Deferred:
        result = _waiting(operation, shapes, dtypes, count)
    else:
        if is_control:
            _keep_graph(operation, trace.updates, captures, result)
        elif writes:
            result = result[1]
    finally:
        state.captures = state.body_random = None
    operation.inputs = list(captures)
    graph.add_operation(operation)
    return attach_outputs(operation, result)


def _keep_graph(
    operation: Operation, updates: list[tuple], captures: dict, result: Any
) -> None:
    """Make the graph that was traced the function, so that bodies run but once."""
    operation.writes = [variable.owner for variable, _ in updates]
    leaves = [leaf for leaf in tree.flatten(result) if leaf is not None]
    wanted = [*(value for _, value in updates), *leaves]
    count = len(updates)

    def function(*arguments: Any) -> Any:
        pairs = [
            (old, state.reader.read(tensor))
            for tensor, old in captures.items()
            if old is not None
        ]
        found = engine.substitute(wanted, pairs)
        return (found[:count], found[count:]) if count else found

    operation.function = function


def _apply_in_body(
    kind: str, function: Callable, arguments: tuple, name: str | None, writes: Any
) -> Any:
    """Apply at once: the body of a loop or branch has no operations of its own."""
    operation = Operation(None, name or kind, kind, function, arguments, writes)
    result = operation.evaluate(read_now)
    if writes:
        values, result = result
        for variable, value in zip(writes, values):
            engine_variable(variable).assign(value)
    return attach_outputs(operation, result)


def engine_variable(variable: Any) -> Any:
    """Return the engine's Variable behind a variable, that of the run if there is one.

    Args:
        variable: A variable.
    """
    stored = variable.template
    if state.reader is not None:
        stored = state.reader.variable(variable)
    if state.depth:
        state.reads[stored] = None
    return stored


def attach_outputs(operation: Operation, result: Any) -> Any:
    """Make the results of an operation its outputs.

    Args:
        operation: The operation.
        result: A structure of tensors of the engine, or of tensors.
    """
    leaves = []
    for leaf in tree.flatten(result):
        if leaf is None:
            leaves.append(None)
            continue
        if not isinstance(leaf, Tensor):
            leaf = Tensor(operation, len(operation.outputs), leaf)
        operation.outputs.append(leaf)
        leaves.append(leaf)
    return tree.pack_sequence_as(result, leaves)


def _waiting(
    operation: Operation, shapes: Any, dtypes: Any, count: int
) -> Tensor | list[Tensor]:
    """Results of which the rank is known, if at all, only by what the caller says."""
    operation.waits = True
    count = len(shapes) if shapes is not None else count
    dtypes = dtypes or [operation.inputs[0].dtype] * count
    found = []
    for index in range(count):
        shape = None if shapes is None else shapes[index]
        if shape is None:
            stored = None
        else:
            sizes = TensorShape(shape).as_list()
            stored = engine.placeholder(tuple(sizes), str(as_dtype(dtypes[index])))
        found.append(Tensor(operation, index, stored, dtypes[index]))
    return found[0] if count == 1 else found


def _check_graph(operation: Operation) -> None:
    for tensor in operation.inputs:
        if tensor.op.graph is not None and tensor.op.graph is not operation.graph:
            raise ValueError(
                f"Tensor {tensor.name!r} must be from the same graph as the operation "
                f"{operation.name!r}."
            )


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
    return apply("Const", lambda: engine.constant(array, type_name), name=name)


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
    _check_graph(operation)
    graph.add_operation(operation)
    types = [dtype] if dtypes is None else dtypes
    results = [Tensor(operation, i, None, kind) for i, kind in enumerate(types)]
    operation.outputs = list(results)
    return results[0] if dtypes is None else results
