"""What runs, when and how often: branches, loops, groups, dependencies."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

from kerasish import tree
from kerasish.backend import graph as engine
from kerasish.backend import ops
from kerasish.graph.applying import apply, inside_body, read_now
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.creation import identity
from kerasish.graph.current_graph import control_dependencies
from kerasish.graph.documentation import example
from kerasish.graph.state import get_default_graph, state
from kerasish.graph.tensors import Operation, Tensor


def _inner(value: Any) -> Any:
    """Values of the engine as tensors that exist within a body."""
    return tree.map_structure(
        lambda leaf: Tensor(Operation(None, "body", "Body", None, ()), 0, leaf), value
    )


def _outer(value: Any) -> Any:
    """What a body returned, as values of the engine."""

    def convert(leaf: Any) -> Any:
        if leaf is None or isinstance(leaf, Operation):
            # A branch of operations alone has nothing to return.
            return ops.cast(True, "bool")
        return read_now(convert_to_tensor(leaf))

    if isinstance(value, Operation):
        return convert(value)
    return tree.map_structure(convert, value)


def engine_body(function: Callable) -> Callable:
    """Return a function of tensors of a body as one on values of the engine.

    The engine may trace a body more than once; the user's function runs once, and what
    it built is taken again.

    Args:
        function: The function of the user.
    """
    known: list[Any] = []

    def call(*values: Any) -> Any:
        parent, inputs = engine.current_trace(), tree.flatten(list(values))
        if not known:
            outer, state.reads = state.reads, {}
            try:
                with inside_body(), engine.Trace() as trace:
                    result = _outer(function(*(_inner(value) for value in values)))
                reads = state.reads
            finally:
                state.reads = outer
            if state.depth:
                outer.update(reads)
            before = {variable: parent.read(variable) for variable in reads}
            known.append((inputs, before, trace.updates, result))
        old_inputs, before, updates, result = known[0]
        pairs = list(zip(old_inputs, inputs))
        pairs += [(old, parent.read(variable)) for variable, old in before.items()]
        leaves = [*(value for _, value in updates), *tree.flatten(result)]
        found = engine.substitute(leaves, pairs)
        for (variable, _), value in zip(updates, found):
            parent.assign(variable, value)
        return tree.pack_sequence_as(result, found[len(updates) :])

    return call


def converted(structure: Any) -> Any:
    """Return a structure of anything as one of tensors.

    Args:
        structure: Nested values.
    """
    return tree.map_structure(convert_to_tensor, structure)


def scalar(value: Any, dtype: Any = None) -> Tensor:
    """Return a tensor without axes, also of a placeholder of unknown shape.

    Args:
        value: A number or tensor.
        dtype: The data type of a number.
    """
    tensor = convert_to_tensor(value, None if isinstance(value, Tensor) else dtype)
    if tensor.shape.ndims == 0:
        return tensor
    return apply("scalar", lambda x: ops.reshape(x, ()), tensor, shapes=[()])


def cond(
    pred: Any,
    true_fn: Callable | None = None,
    false_fn: Callable | None = None,
    strict: bool = False,
    name: str | None = None,
    fn1: Callable | None = None,
    fn2: Callable | None = None,
) -> Any:
    """Run one of two functions.

    Args:
        pred: A scalar bool tensor.
        true_fn: What runs if it is true; a function without arguments.
        false_fn: What runs if it is false, with results of the same structure.
        strict: Whether lists of one element stay lists.
        name: A name.
        fn1: The older name of `true_fn`.
        fn2: The older name of `false_fn`.

    Returns:
        The results.

    Raises:
        TypeError: If `pred` is a Python value, or a branch is no function.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     x = tf.placeholder(tf.float32, [])
    ...     y = tf.cond(x > 0, lambda: x, lambda: -x)
    ...     print(sess.run(y, {x: -3.0}))
    3.0
    """
    true_fn, false_fn = true_fn or fn1, false_fn or fn2
    if isinstance(pred, bool):
        raise TypeError("pred must not be a Python bool")
    if not callable(true_fn) or not callable(false_fn):
        raise TypeError("true_fn and false_fn must be callable.")

    def function(test: Any) -> Any:
        return ops.cond(test, engine_body(true_fn), engine_body(false_fn))

    result = apply("cond", function, scalar(pred), name=name, is_control=True)
    is_single = isinstance(result, (list, builtins.tuple)) and len(result) == 1
    return result[0] if is_single and not strict else result


@example(
    "tf.case(pairs, lambda: 3)", "2", "two = tf.constant(2)",
    "pairs = [(two > 3, lambda: 1), (two > 1, lambda: 2)]",
)  # fmt: skip
def case(
    pred_fn_pairs: Any,
    default: Callable | None = None,
    exclusive: bool = False,
    strict: bool = False,
    name: str = "case",
) -> Any:
    """Run the function of the first predicate that is true.

    Args:
        pred_fn_pairs: Pairs `(predicate, function)`, or a dictionary.
        default: What runs if none is; the last function for `None`.
        exclusive: Kept for the signature.
        strict: Whether lists of one element stay lists.
        name: A name.
    """
    pairs = list(
        pred_fn_pairs.items() if isinstance(pred_fn_pairs, dict) else pred_fn_pairs
    )
    if default is None:
        default = pairs.pop()[1]

    def chosen(rest: list) -> Any:
        if not rest:
            return default()
        (pred, function), *others = rest
        return cond(pred, function, lambda: chosen(others), strict, name)

    return chosen(pairs)


def group(*inputs: Any, name: str | None = None) -> Operation:
    """Return an operation that has run when all of some others have.

    Args:
        *inputs: Operations, tensors and variables, or lists of them.
        name: A name.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     a, b = tf.Variable(1.0), tf.Variable(2.0)
    ...     swap = tf.group(a.assign(b), b.assign(a))
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(swap)
    ...     print(sess.run([a, b]) == [2.0, 1.0])
    True
    """
    found = [item for item in tree.flatten(list(inputs)) if item is not None]
    if state.depth:
        return Operation(None, name or "group_deps", "NoOp", None, ())
    graph = get_default_graph()
    unique = graph.unique_operation_name(name or "group_deps")
    operation = Operation(graph, unique, "NoOp", None, ())
    operation.control_inputs = [
        (item if isinstance(item, Operation) else convert_to_tensor(item)).op
        for item in found
    ]
    graph.add_operation(operation)
    return operation


@example("tf.no_op()", "None")
def no_op(name: str | None = None) -> Operation:
    """Return an operation that does nothing."""
    return group(name=name or "NoOp")


@example("tf.tuple([tf.constant(1), tf.constant(2)])[1]", "2")
def tuple(tensors: Any, name: str | None = None, control_inputs: Any = None) -> list:
    """Return tensors that have values only when all of them have.

    Args:
        tensors: Tensors; `None` stays.
        name: A name.
        control_inputs: More operations to wait for.
    """
    waited = [tensor for tensor in tensors if tensor is not None]
    with control_dependencies([*waited, *(control_inputs or ())]):
        return [None if tensor is None else identity(tensor) for tensor in tensors]
