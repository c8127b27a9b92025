"""The variables of a graph, their initialization, and what is kept beside them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish.graph.applying import outside_bodies
from kerasish.graph.control import group
from kerasish.graph.current_graph import get_collection
from kerasish.graph.documentation import example
from kerasish.graph.graphs import GraphKeys
from kerasish.graph.scopes import variable_scope
from kerasish.graph.state import get_default_graph
from kerasish.graph.tensors import Operation
from kerasish.graph.variables import Variable


def _listing(name: str, key: str) -> Callable:
    def listing(scope: str | None = None) -> list[Variable]:
        return get_collection(key, scope)

    listing.__doc__ = f"""Return the variables of the collection `{key}`.

    Args:
        scope: A regular expression that their names begin with.
    """
    make = f"w = tf.Variable(1.0, collections=['{key}'], name='w')"
    return example(f"tf.{name}()[0].name", "w:0", make, run=False)(listing)


global_variables = _listing("global_variables", GraphKeys.GLOBAL_VARIABLES)
trainable_variables = _listing("trainable_variables", GraphKeys.TRAINABLE_VARIABLES)
local_variables = _listing("local_variables", GraphKeys.LOCAL_VARIABLES)
model_variables = _listing("model_variables", GraphKeys.MODEL_VARIABLES)
moving_average_variables = _listing(
    "moving_average_variables", GraphKeys.MOVING_AVERAGE_VARIABLES
)


all_variables = global_variables


@example("w", "1.0", "w = tf.Variable(1.0)", "sess.run(tf.variables_initializer([w]))")
def variables_initializer(var_list: Any, name: str = "init") -> Operation:
    """Return an operation that initializes variables.

    Args:
        var_list: The variables.
        name: A name.
    """
    return group(*(variable.initializer for variable in var_list), name=name)


initialize_variables = variables_initializer


def global_variables_initializer() -> Operation:
    """Return an operation that initializes the global variables.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     w = tf.Variable(2.0)
    ...     sess.run(tf.global_variables_initializer())
    ...     print(sess.run(w))
    2.0
    """
    return variables_initializer(global_variables())


initialize_all_variables = global_variables_initializer


@example(
    "w", "1.0", 'w = tf.get_local_variable("w", initializer=1.0)',
    "sess.run(tf.local_variables_initializer())",
)  # fmt: skip
def local_variables_initializer() -> Operation:
    """Return an operation that initializes the local variables, such as of metrics."""
    return variables_initializer(local_variables())


initialize_local_variables = local_variables_initializer


def kept_beside(primary: Any, name: str, initial: Any) -> Variable:
    """Return a new variable that is kept for a tensor, and called after it.

    Args:
        primary: The tensor or variable.
        name: What is kept, the last part of the new name.
        initial: The first value, or a function that returns it.
    """
    full = f"{primary.op.name}/{name}"
    with variable_scope(None, full, auxiliary_name_scope=False) as scope:
        with outside_bodies(), get_default_graph().name_scope(None):
            return Variable(initial, trainable=False, name=scope.name)
