"""What acts on the current graph."""

from __future__ import annotations

import contextlib
from typing import Any

from kerasish.graph.documentation import example
from kerasish.graph.state import get_default_graph


@example(
    'tf.get_collection("mine")', "[1]", 'tf.add_to_collection("mine", 1)', run=False
)
def add_to_collection(name: str, value: Any) -> None:
    """Add a value to a collection of the graph.

    Args:
        name: The name of the collection.
        value: Anything.
    """
    get_default_graph().add_to_collection(name, value)


@example(
    'tf.get_collection("b")', "[1]", 'tf.add_to_collections(["a", "b"], 1)', run=False
)
def add_to_collections(names: Any, value: Any) -> None:
    """Add a value to several collections of the graph.

    Args:
        names: Their names.
        value: Anything.
    """
    get_default_graph().add_to_collections(names, value)


@example(
    'tf.get_collection("mine", "b")[0].name', "b:0", 'for name in "ab":',
    '    tf.add_to_collection("mine", tf.constant(1, name=name))', run=False,
)  # fmt: skip
def get_collection(key: str, scope: str | None = None) -> list:
    """Return a copy of a collection of the graph.

    Args:
        key: The name of the collection.
        scope: A regular expression that the names of its items begin with.
    """
    return get_default_graph().get_collection(key, scope)


@example(
    'tf.get_collection("mine")', "[1]", 'tf.get_collection_ref("mine").append(1)',
    run=False,
)  # fmt: skip
def get_collection_ref(key: str) -> list:
    """Return a collection of the graph itself.

    Args:
        key: The name of the collection.
    """
    return get_default_graph().get_collection_ref(key)


def control_dependencies(control_inputs: Any) -> contextlib.AbstractContextManager:
    """Let operations run only after others, and see what those have assigned.

    Args:
        control_inputs: Operations and tensors; `None` forgets those of the blocks
            around.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     w = tf.Variable(1.0)
    ...     with tf.control_dependencies([tf.assign_add(w, 1.0)]):
    ...         after = tf.identity(w)
    ...     sess.run(tf.global_variables_initializer())
    ...     print(sess.run(after))
    2.0
    """
    return get_default_graph().control_dependencies(control_inputs)


@example("x", "1", 'with tf.device("/gpu:0"):', "    x = tf.constant(1)")
def device(device_name_or_function: Any) -> contextlib.AbstractContextManager:
    """Accept a device: a session runs on the one that is chosen for it.

    Args:
        device_name_or_function: Kept for the signature.
    """
    return get_default_graph().device(device_name_or_function)


@example("x", "1", "with tf.colocate_with(tf.constant(1)):", "    x = tf.constant(1)")
def colocate_with(
    op: Any, ignore_existing: bool = False
) -> contextlib.AbstractContextManager:
    """Accept a wish for a device; see `device`.

    Args:
        op: Kept for the signature.
        ignore_existing: Kept for the signature.
    """
    return get_default_graph().colocate_with(op, ignore_existing)


def name_scope(
    name: str | None, default_name: str | None = None, values: Any = None
) -> contextlib.AbstractContextManager:
    """Put a name and a `/` before the names of all that is made in a `with` block.

    Args:
        name: The name of the scope, made unique; see `Graph.name_scope`.
        default_name: The name where that is `None`.
        values: Kept for the signature.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.name_scope("loss"):
    ...     difference = tf.constant(1.0) - 2.0
    >>> difference.name
    'loss/sub:0'
    """
    if isinstance(default_name, (list, tuple)) or isinstance(name, (list, tuple)):
        # The oldest order of arguments was `op_scope(values, name, default)`.
        values, name, default_name = name, default_name, values
    return get_default_graph().name_scope(default_name if name is None else name)


def set_random_seed(seed: int | None) -> None:
    """Choose the seed of the graph's random operations that follow.

    Args:
        seed: An integer.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default():
    ...     tf.set_random_seed(1)
    """
    get_default_graph().seed = seed
