"""What all optimizers share: gradients, kept variables, operations of a step."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend import ops
from kerasish.graph.applying import apply
from kerasish.graph.assignments import assign, assign_add, rows_sum
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.control import group, scalar
from kerasish.graph.creation import fill
from kerasish.graph.current_graph import control_dependencies, get_collection
from kerasish.graph.differentiation import IndexedSlices, gradients
from kerasish.graph.documentation import example
from kerasish.graph.graphs import GraphKeys
from kerasish.graph.state import get_default_graph
from kerasish.graph.tensors import Operation, Tensor
from kerasish.graph.variable_lists import kept_beside
from kerasish.graph.variables import Variable

# Up to so many rows are compared with each other; more are added up in place.
_FEW_ROWS = 1024


@example(
    "w", "0.5", "class Halving(tf.train.Optimizer):", "    def settings(self):",
    "        return []", "    def step(self, value, gradient, slots, settings):",
    "        return [value / 2.0]", "w = tf.Variable(1.0)",
    'step = Halving(name="halving").minimize(w * w)',
    "sess.run(tf.global_variables_initializer())", "sess.run(step)",
)  # fmt: skip
class Optimizer:
    """What all optimizers share; subclasses say what one step does.

    Args:
        use_locking: Kept for the signature.
        name: The name of the operations, and of the variables that are kept.

    Attributes:
        slots: For each kept variable its name and its first value.
        rows_only: Whether a gradient of chosen rows leaves all the others as they are.
    """

    GATE_NONE, GATE_OP, GATE_GRAPH = 0, 1, 2
    slots: tuple[tuple[str, float], ...] = ()
    rows_only = True

    def __init__(self, use_locking: bool = False, name: str = "Optimizer") -> None:
        if not name:
            raise ValueError("Must specify the optimizer name")
        self._name = name
        self._kept: dict[str, dict[Variable, Variable]] = {}

    def settings(self) -> list[Any]:
        """Return the numbers that a step depends on, such as the learning rate."""
        raise NotImplementedError

    def step(self, value: Any, gradient: Any, slots: list, settings: list) -> list:
        """Return the new value of a variable, and those of its slots.

        Args:
            value: The value, as a tensor of the engine.
            gradient: The gradient.
            slots: The kept variables.
            settings: What `settings` returned.
        """
        raise NotImplementedError

    def prepare(self) -> None:
        """Make the variables that are kept for all variables together."""

    def finish(self) -> list[Operation]:
        """Return what else is done in a step, besides changing the variables."""
        return []

    def get_name(self) -> str:
        """Return the name."""
        return self._name

    def get_slot_names(self) -> list[str]:
        """Return the names of what is kept for each variable."""
        return sorted(self._kept)

    def get_slot(self, var: Variable, name: str) -> Variable | None:
        """Return what is kept for a variable.

        Args:
            var: The variable.
            name: The name of the slot.
        """
        return self._kept.get(name, {}).get(var)

    def variables(self) -> list[Variable]:
        """Return all variables that the optimizer keeps."""
        return [slot for slots in self._kept.values() for slot in slots.values()]

    def _slot(self, variable: Variable, name: str, initial: float) -> Variable:
        slots = self._kept.setdefault(name, {})
        if variable not in slots:
            shape, dtype = variable.shape.as_list(), variable.dtype
            slots[variable] = kept_beside(
                variable, self._name,
                lambda: fill(shape, convert_to_tensor(initial, dtype)),
            )  # fmt: skip
        return slots[variable]

    def minimize(
        self,
        loss: Tensor,
        global_step: Variable | None = None,
        var_list: Any = None,
        gate_gradients: int = 1,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        name: str | None = None,
        grad_loss: Any = None,
    ) -> Operation:
        """Return the operation of one step.

        Args:
            loss: What becomes smaller.
            global_step: A variable that counts the steps.
            var_list: The variables to change; all trainable ones for `None`.
            gate_gradients: Kept for the signature.
            aggregation_method: Kept for the signature.
            colocate_gradients_with_ops: Kept for the signature.
            name: A name.
            grad_loss: The gradient of the loss, 1 by default.

        Raises:
            ValueError: If the loss depends on none of the variables.

        Example:

        >>> import kerasish.graph as tf
        >>> with tf.Graph().as_default(), tf.Session() as sess:
        ...     w = tf.Variable(4.0)
        ...     step = tf.train.GradientDescentOptimizer(0.5).minimize(w * w)
        ...     sess.run(tf.global_variables_initializer())
        ...     sess.run(step)
        ...     print(sess.run(w))
        0.0
        """
        pairs = self.compute_gradients(loss, var_list, grad_loss=grad_loss)
        if all(gradient is None for gradient, _ in pairs):
            raise ValueError(
                "No gradients provided for any variable, check your graph for ops that "
                f"do not support gradients, between variables "
                f"{[str(v) for _, v in pairs]} and loss {loss}."
            )
        return self.apply_gradients(pairs, global_step, name)

    def compute_gradients(
        self,
        loss: Tensor,
        var_list: Any = None,
        gate_gradients: int = 1,
        aggregation_method: Any = None,
        colocate_gradients_with_ops: bool = False,
        grad_loss: Any = None,
    ) -> list[tuple[Any, Variable]]:
        """Return pairs of a gradient and its variable; see `minimize`."""
        variables = list(_variables(var_list))
        starts = None if grad_loss is None else [grad_loss]
        return list(zip(gradients(loss, variables, starts), variables))

    def apply_gradients(
        self,
        grads_and_vars: Any,
        global_step: Variable | None = None,
        name: str | None = None,
    ) -> Operation:
        """Return the operation that applies gradients.

        Args:
            grads_and_vars: Pairs of a gradient and its variable.
            global_step: A variable that counts the steps.
            name: A name.

        Raises:
            ValueError: If there are no gradients.
        """
        pairs = [(g, v) for g, v in grads_and_vars if g is not None]
        if not pairs:
            raise ValueError("No gradients provided for any variable.")
        self.prepare()
        kept = [
            [self._slot(variable, slot, value) for slot, value in self.slots]
            for _, variable in pairs
        ]
        with get_default_graph().name_scope(name or self._name) as scope:
            settings = [
                scalar(value() if callable(value) else value, "float32")
                for value in self.settings()
            ]
            updates: list[Any] = [
                self._update(variable, gradient, slots, settings)
                for (gradient, variable), slots in zip(pairs, kept)
            ]
            updates += self.finish()
            if global_step is not None:
                updates.append(assign_add(global_step, 1))
        operation = group(*updates, name=scope)
        get_default_graph().add_to_collection(GraphKeys.TRAIN_OP, operation)
        return operation

    def _step_of_rows(
        self, value: Any, kept: list, numbers: list, rows: Any, places: Any
    ) -> list:
        """Change some rows of a variable and of its slots."""
        old = [value, *kept]
        found = [ops.take(tensor, places, axis=0) for tensor in old]
        total = _sums(places, rows, value)
        fresh = self.step(found[0], total, found[1:], numbers)
        columns = ops.expand_dims(places, 1)
        return [ops.scatter_update(was, columns, new) for was, new in zip(old, fresh)]

    def _update(
        self, variable: Variable, gradient: Any, slots: list, settings: list
    ) -> Tensor:
        is_sparse = isinstance(gradient, IndexedSlices)
        rows_only = is_sparse and self.rows_only
        dtype = str(variable.dtype)

        def function(value: Any, kept: list, numbers: list, given: list) -> tuple:
            numbers = [ops.cast(number, dtype) for number in numbers]
            rows = ops.cast(given[0], dtype)
            if rows_only:
                fresh = self._step_of_rows(value, kept, numbers, rows, given[1])
            else:
                total = rows_sum(given[1], rows, value) if is_sparse else rows
                fresh = self.step(value, total, kept, numbers)
            return fresh, fresh[0]

        given = [gradient.values, gradient.indices] if is_sparse else [gradient]
        result = apply(
            f"update_{variable.op.name.replace('/', '_')}", function, variable, slots,
            settings, given, writes=[variable, *slots],
            shapes=[variable.shape.as_list()], dtypes=[variable.dtype],
        )  # fmt: skip
        if variable.constraint is None:
            return result
        with control_dependencies([result]):
            return assign(variable, variable.constraint(variable.read_value()))


def _sums(places: Any, rows: Any, value: Any) -> Any:
    """For each row the sum of those at its place."""
    flat = ops.reshape(rows, (ops.shape(rows)[0], -1))
    if places.shape[0] is not None and places.shape[0] <= _FEW_ROWS:
        same = ops.equal(ops.expand_dims(places, 1), ops.expand_dims(places, 0))
        return ops.reshape(ops.cast(same, rows.dtype) @ flat, ops.shape(rows))
    return ops.take(rows_sum(places, rows, value), places, axis=0)


def _variables(var_list: Any) -> Sequence[Variable]:
    if var_list is None:
        var_list = get_collection(GraphKeys.TRAINABLE_VARIABLES)
    variables = [var_list] if isinstance(var_list, Tensor) else list(var_list)
    if not variables:
        raise ValueError("No variables to optimize.")
    return variables
