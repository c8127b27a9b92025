"""Moving averages of variables and tensors, and counts of steps."""

from __future__ import annotations

from typing import Any

from kerasish.graph.assignments import assign_add, assign_sub
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.control import group
from kerasish.graph.creation import zeros
from kerasish.graph.current_graph import get_collection
from kerasish.graph.documentation import example
from kerasish.graph.graphs import GraphKeys
from kerasish.graph.mathematics import cast, minimum, pow
from kerasish.graph.state import get_default_graph
from kerasish.graph.tensors import Operation, Tensor
from kerasish.graph.variable_lists import kept_beside
from kerasish.graph.variables import Variable


class ExponentialMovingAverage:
    """Averages in which older values count less and less.

    `average -= (1 - decay) * (average - value)`.

    Args:
        decay: The share of the old average.
        num_updates: The number of updates so far; then the share is at most
            `(1 + n) / (10 + n)`.
        zero_debias: Whether averages of tensors, which begin at zero, are corrected.
        name: A name.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default(), tf.Session() as sess:
    ...     w = tf.Variable(1.0)
    ...     ema = tf.train.ExponentialMovingAverage(0.5)
    ...     update = ema.apply([w])
    ...     sess.run(tf.global_variables_initializer())
    ...     sess.run(w.assign(3.0)), sess.run(update)
    ...     print(sess.run(ema.average(w)))
    (np.float32(3.0), None)
    2.0
    """

    def __init__(
        self,
        decay: Any,
        num_updates: Any = None,
        zero_debias: bool = False,
        name: str = "ExponentialMovingAverage",
    ) -> None:
        self._decay = decay
        self._num_updates = num_updates
        self._zero_debias = zero_debias
        self._name = name
        self._averages: dict[Tensor, Variable] = {}
        self._corrected: dict[Tensor, Tensor] = {}

    @property
    def name(self) -> str:
        """The name."""
        return self._name

    def _make(self, item: Tensor) -> Variable:
        if not isinstance(item, Variable):
            return kept_beside(item, self._name, lambda: zeros(item.shape, item.dtype))
        keys = GraphKeys.MOVING_AVERAGE_VARIABLES
        get_default_graph().add_to_collection(keys, item)
        return kept_beside(item, self._name, item.initialized_value)

    def apply(self, var_list: Any = None) -> Operation:
        """Return the operation that updates the averages.

        Args:
            var_list: Variables and tensors; the trainable variables for `None`.

        Raises:
            TypeError: If one is no float.
            ValueError: If there is an average of one already.
        """
        if var_list is None:
            var_list = get_collection(GraphKeys.TRAINABLE_VARIABLES)
        for item in var_list:
            if not item.dtype.is_floating:
                raise TypeError(f"The variables must be floats: {item.name}")
            if item in self._averages:
                raise ValueError(f"Moving average already computed for: {item.name}")
            self._averages[item] = self._make(item)
        with get_default_graph().name_scope(self._name) as scope:
            share = convert_to_tensor(self._decay, "float32")
            if self._num_updates is not None:
                count = cast(self._num_updates, "float32")
                share = minimum(share, (1.0 + count) / (10.0 + count))
            updates = []
            for item in var_list:
                average = self._averages[item]
                keep = 1.0 - cast(share, item.dtype)
                updates.append(assign_sub(average, (average - item) * keep))
                if self._zero_debias and not isinstance(item, Variable):
                    updates.append(self._count(item, average, share))
            return group(*updates, name=scope)

    def _count(self, item: Tensor, average: Variable, share: Tensor) -> Tensor:
        """Count the updates, and correct the average by their number."""
        count = kept_beside(average, "local_step", 0.0)
        counted = assign_add(count, 1.0)
        self._corrected[item] = average / (1.0 - pow(share, count))
        return counted

    def average(self, var: Tensor) -> Any:
        """Return the average of a variable or tensor, `None` if there is none.

        Args:
            var: The variable or tensor.
        """
        return self._corrected.get(var, self._averages.get(var))

    def average_name(self, var: Tensor) -> str:
        """Return the name of the average of a variable or tensor.

        Args:
            var: The variable or tensor.
        """
        if var in self._averages:
            return self._averages[var].op.name
        return f"{var.op.name}/{self._name}"

    def variables_to_restore(self, moving_avg_variables: Any = None) -> dict:
        """Return names and variables, so that a saver puts averages into variables.

        Args:
            moving_avg_variables: Variables with averages; by default those that are
                trained or have one.
        """
        if moving_avg_variables is None:
            moving_avg_variables = get_collection(GraphKeys.TRAINABLE_VARIABLES)
            moving_avg_variables += get_collection(GraphKeys.MOVING_AVERAGE_VARIABLES)
        found = {self.average_name(v): v for v in dict.fromkeys(moving_avg_variables)}
        for variable in get_collection(GraphKeys.GLOBAL_VARIABLES):
            if variable not in moving_avg_variables and variable.op.name not in found:
                found[variable.op.name] = variable
        return found


@example(
    "tf.train.create_global_step().name", "global_step:0", "step = tf.constant(1)",
    run=False,
)  # fmt: skip
def create_global_step(graph: Any = None) -> Variable:
    """Make the variable that counts steps.

    Args:
        graph: The graph; the default one for `None`.

    Raises:
        ValueError: If it exists already.
    """
    graph = graph or get_default_graph()
    if get_global_step(graph) is not None:
        raise ValueError('"global_step" already exists.')
    with graph.as_default(), graph.name_scope(None):
        keys = [GraphKeys.GLOBAL_VARIABLES, GraphKeys.GLOBAL_STEP]
        return Variable(0, False, keys, dtype="int64", name="global_step")


def get_global_step(graph: Any = None) -> Variable | None:
    """Return the variable that counts steps, `None` if there is none.

    It is in the collection `GLOBAL_STEP`, or is called `global_step`.

    Args:
        graph: The graph; the default one for `None`.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default():
    ...     steps = tf.Variable(0, trainable=False, name="global_step")
    ...     print(tf.train.get_global_step() is steps)
    True
    """
    graph = graph or get_default_graph()
    found = graph.get_collection(GraphKeys.GLOBAL_STEP)
    if found:
        return found[0]
    named = graph.get_collection(GraphKeys.GLOBAL_VARIABLES, "global_step:0$")
    return named[0] if named else None


@example(
    "tf.train.get_or_create_global_step() is step", "True",
    "step = tf.train.get_or_create_global_step()", run=False,
)  # fmt: skip
def get_or_create_global_step(graph: Any = None) -> Variable:
    """Return the variable that counts steps; it is made if there is none.

    Args:
        graph: The graph; the default one for `None`.
    """
    found = get_global_step(graph)
    return create_global_step(graph) if found is None else found


@example(
    "tf.train.global_step(sess, step)", "3",
    'step = tf.Variable(3, name="global_step")', "sess.run(step.initializer)",
    run=False,
)  # fmt: skip
def global_step(sess: Any, global_step_tensor: Tensor) -> int:
    """Return the number of steps so far.

    Args:
        sess: A session.
        global_step_tensor: The variable that counts them.
    """
    return int(sess.run(global_step_tensor))
