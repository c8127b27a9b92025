"""The one way to add an operation to a graph, and what becomes a tensor by it."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from kerasish import tree
from kerasish.backend import graph as engine
from kerasish.graph.dtypes import as_dtype
from kerasish.graph.shapes import TensorShape
from kerasish.graph.state import get_default_graph, state
from kerasish.graph.tensors import Deferred, Operation, Tensor


def identity_op(x: engine.Tensor) -> engine.Tensor:
    """Return a tensor as a node of its own, at which gradients and feeds can cut.

    Args:
        x: A tensor of the engine.
    """
    return _IDENTITY(x)


class _Identity(engine.Op):
    """The input, never merged with anything, until it is compiled."""

    name = "graph_identity"
    impure = True
    views = True
    linear = True

    def infer(self, x: engine.Spec) -> engine.Spec:
        return x

    def kernel(self, xp: Any, x: Any, *, out: Any = None) -> Any:
        return x

    def vjp(self, node: engine.Node, g: Any) -> tuple:
        return (g,)

    def specialise(self, node: engine.Node, inputs: tuple) -> engine.Tensor:
        return inputs[0]


_IDENTITY = _Identity()


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
    return tensor.inside if state.depth and tensor.inside is not None else value


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
    check_graph(operation)
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
            for tensor, found in captures.items()
            for old in (found, tensor.inside)
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


def check_graph(operation: Operation) -> None:
    """Raise if an operation has inputs from another graph.

    Args:
        operation: The operation.

    Raises:
        ValueError: If it has.
    """
    for tensor in operation.inputs:
        if tensor.op.graph is not None and tensor.op.graph is not operation.graph:
            raise ValueError(
                f"Tensor {tensor.name!r} must be from the same graph as the operation "
                f"{operation.name!r}."
            )
