"""Loops: while, scan, fold, map."""

from __future__ import annotations

import builtins
from collections.abc import Callable
from typing import Any

from kerasish import tree
from kerasish.backend import ops
from kerasish.graph.applying import apply
from kerasish.graph.control import converted, engine_body
from kerasish.graph.documentation import example


def while_loop(
    cond: Callable,
    body: Callable,
    loop_vars: Any,
    shape_invariants: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
    maximum_iterations: int | None = None,
) -> Any:
    """Repeat a function while a condition holds.

    Args:
        cond: A function of the loop variables that returns a scalar bool.
        body: A function of them that returns the next ones.
        loop_vars: Their first values, a list of structures of tensors.
        shape_invariants: Kept for the signature; shapes stay the same.
        parallel_iterations: Kept for the signature.
        back_prop: Kept for the signature.
        swap_memory: Kept for the signature.
        name: A name.
        maximum_iterations: The largest number of steps; gradients need it.

    Returns:
        The last values, without a list around a single one.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     i = tf.while_loop(lambda i: i < 10, lambda i: i + 3, [tf.constant(0)])
    ...     print(sess.run(i))
    12
    """
    start = converted(list(loop_vars))

    def function(values: Any) -> Any:
        return ops.while_loop(
            engine_body(cond), engine_body(body), values, maximum_iterations
        )

    count = len(tree.flatten(start))
    result = apply(
        "while", function, start, name=name, is_control=True, count=count,
        dtypes=[tensor.dtype for tensor in tree.flatten(start)],
    )  # fmt: skip
    if not isinstance(result, list):
        return result
    return result[0] if len(result) == 1 else result


def scan(
    fn: Callable,
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    reverse: bool = False,
    name: str | None = None,
) -> Any:
    """Accumulate over the first axis, and keep the result of each step.

    Args:
        fn: A function `fn(accumulated, element)` that returns what is accumulated next.
        elems: A tensor, or a structure of tensors.
        initializer: What is accumulated first; the first element for `None`.
        parallel_iterations: Kept for the signature.
        back_prop: Kept for the signature.
        swap_memory: Kept for the signature.
        infer_shape: Kept for the signature.
        reverse: Whether to begin at the end.
        name: A name.

    Returns:
        The accumulated values of all steps, stacked.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     print(sess.run(tf.scan(lambda a, x: a + x, tf.constant([1, 2, 3]))))
    [1 3 6]
    """
    return _accumulated("scan", fn, elems, initializer, reverse, True, name)


@example(
    "tf.foldl(lambda a, x: a - x, tf.constant([1, 2, 3]))", "-4",
    fn="A function `fn(accumulated, element)`.",
    elems="A tensor, or a structure of tensors.",
    initializer="What is accumulated first; the first element for `None`.",
)  # fmt: skip
def foldl(
    fn: Callable,
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """Accumulate over the first axis; the last result of `scan`."""
    return _accumulated("foldl", fn, elems, initializer, False, False, name)


@example(
    "tf.foldr(lambda a, x: a - x, tf.constant([1, 2, 3]))", "0",
    fn="A function `fn(accumulated, element)`.",
    elems="A tensor, or a structure of tensors.",
    initializer="What is accumulated first; the last element for `None`.",
)  # fmt: skip
def foldr(
    fn: Callable,
    elems: Any,
    initializer: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    name: str | None = None,
) -> Any:
    """Accumulate over the first axis from its end; see `foldl`."""
    return _accumulated("foldr", fn, elems, initializer, True, False, name)


def _accumulated(
    kind: str, fn: Callable, elems: Any, start: Any, reverse: bool, every: bool,
    name: str | None,
) -> Any:  # fmt: skip
    elems = converted(elems)
    first = None if start is None else converted(start)
    step_of_user = engine_body(fn)

    def function(items: Any, before: Any) -> Any:
        begins = -1 if reverse else 0
        own = before is None
        if own:
            before = tree.map_structure(lambda x: x[begins], items)
            rest = builtins.slice(None, -1) if reverse else builtins.slice(1, None)
            items = tree.map_structure(lambda x: x[rest], items)

        def step(carry: Any, item: Any) -> Any:
            carry = step_of_user(carry, item)
            return carry, carry if every else None

        last, stacked = ops.scan(step, before, items, reverse=reverse)
        if not every:
            return last
        if not own:
            return stacked

        def joined(x: Any, more: Any) -> Any:
            parts = [more, x[None]] if reverse else [x[None], more]
            return ops.concatenate(parts, axis=0)

        return tree.map_structure(joined, before, stacked)

    return apply(kind, function, elems, first, name=name, is_control=True)


@example("tf.map_fn(lambda x: x * x, tf.constant([1, 2, 3]))", "[1 4 9]")
def map_fn(
    fn: Callable,
    elems: Any,
    dtype: Any = None,
    parallel_iterations: int = 10,
    back_prop: bool = True,
    swap_memory: bool = False,
    infer_shape: bool = True,
    name: str | None = None,
) -> Any:
    """Apply a function to each entry along the first axis.

    Args:
        fn: A function of one entry, or of a structure of entries.
        elems: A tensor, or a structure of tensors.
        dtype: Kept for the signature: the types of the results are seen.
        parallel_iterations: Kept for the signature.
        back_prop: Kept for the signature.
        swap_memory: Kept for the signature.
        infer_shape: Kept for the signature.
        name: A name.

    Returns:
        The results, stacked.
    """
    function = engine_body(fn)
    return apply(
        "map", lambda items: ops.map(function, items), converted(elems), name=name,
        is_control=True,
    )  # fmt: skip
