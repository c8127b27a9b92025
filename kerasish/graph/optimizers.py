"""The optimizers of `tf.train`: gradients, and the operations that apply them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend import ops
from kerasish.graph.applying import apply, convert_to_tensor, outside_bodies
from kerasish.graph.control import group, scalar
from kerasish.graph.creation import fill
from kerasish.graph.differentiation import IndexedSlices, gradients
from kerasish.graph.graphs import GraphKeys, control_dependencies, get_collection
from kerasish.graph.scopes import kept_beside
from kerasish.graph.state import get_default_graph
from kerasish.graph.tensors import Operation, Tensor
from kerasish.graph.variables import Variable, assign, assign_add, rows_sum

# Up to so many rows are compared with each other; more are added up in place.
_FEW_ROWS = 1024


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


class GradientDescentOptimizer(Optimizer):
    """Follows the gradient: `w -= learning_rate * g`.

    Args:
        learning_rate: A number or tensor.
        use_locking: Kept for the signature.
        name: A name.
    """

    def __init__(
        self, learning_rate: Any, use_locking: bool = False,
        name: str = "GradientDescent",
    ) -> None:  # fmt: skip
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate

    def settings(self) -> list[Any]:
        return [self._learning_rate]

    def step(self, value: Any, gradient: Any, slots: list, settings: list) -> list:
        return [value - settings[0] * gradient]


class MomentumOptimizer(Optimizer):
    """Keeps moving: `m = momentum * m + g`, `w -= learning_rate * m`.

    Args:
        learning_rate: A number or tensor.
        momentum: The share of the last step.
        use_locking: Kept for the signature.
        name: A name.
        use_nesterov: Whether the step looks ahead: `g + momentum * m` in place of `m`.
    """

    slots = (("momentum", 0.0),)

    def __init__(
        self, learning_rate: Any, momentum: Any, use_locking: bool = False,
        name: str = "Momentum", use_nesterov: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(use_locking, name)
        self._numbers = [learning_rate, momentum]
        self._use_nesterov = use_nesterov

    def settings(self) -> list[Any]:
        return self._numbers

    def step(self, value: Any, gradient: Any, slots: list, settings: list) -> list:
        rate, momentum = settings
        moved = momentum * slots[0] + gradient
        ahead = gradient + momentum * moved if self._use_nesterov else moved
        return [value - rate * ahead, moved]


class AdagradOptimizer(Optimizer):
    """Divides by the root of the sum of squares (Duchi et al., 2011).

    Args:
        learning_rate: A number or tensor.
        initial_accumulator_value: Where the sum begins.
        use_locking: Kept for the signature.
        name: A name.
    """

    def __init__(
        self, learning_rate: Any, initial_accumulator_value: float = 0.1,
        use_locking: bool = False, name: str = "Adagrad",
    ) -> None:  # fmt: skip
        if initial_accumulator_value <= 0.0:
            raise ValueError(
                "initial_accumulator_value must be positive: "
                f"{initial_accumulator_value}"
            )
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self.slots = (("accumulator", initial_accumulator_value),)

    def settings(self) -> list[Any]:
        return [self._learning_rate]

    def step(self, value: Any, gradient: Any, slots: list, settings: list) -> list:
        total = slots[0] + ops.square(gradient)
        return [value - settings[0] * gradient / ops.sqrt(total), total]


class AdadeltaOptimizer(Optimizer):
    """Scales by the ratio of averages (Zeiler, 2012).

    Args:
        learning_rate: A number or tensor.
        rho: How slowly the averages change.
        epsilon: Added to them.
        use_locking: Kept for the signature.
        name: A name.
    """

    slots = (("accum", 0.0), ("accum_update", 0.0))

    def __init__(
        self, learning_rate: Any = 0.001, rho: Any = 0.95, epsilon: Any = 1e-8,
        use_locking: bool = False, name: str = "Adadelta",
    ) -> None:  # fmt: skip
        super().__init__(use_locking, name)
        self._numbers = [learning_rate, rho, epsilon]

    def settings(self) -> list[Any]:
        return self._numbers

    def step(self, value: Any, gradient: Any, slots: list, settings: list) -> list:
        rate, rho, epsilon = settings
        squares = rho * slots[0] + (1.0 - rho) * ops.square(gradient)
        change = ops.sqrt(slots[1] + epsilon) / ops.sqrt(squares + epsilon) * gradient
        changes = rho * slots[1] + (1.0 - rho) * ops.square(change)
        return [value - rate * change, squares, changes]


class RMSPropOptimizer(Optimizer):
    """Divides by the root of an average of squares (Tieleman and Hinton, 2012).

    Args:
        learning_rate: A number or tensor.
        decay: How slowly the average changes.
        momentum: The share of the last step.
        epsilon: Added to the average, under the root.
        use_locking: Kept for the signature.
        centered: Whether the square of the average gradient is subtracted.
        name: A name.
    """

    def __init__(
        self, learning_rate: Any, decay: Any = 0.9, momentum: Any = 0.0,
        epsilon: Any = 1e-10, use_locking: bool = False, centered: bool = False,
        name: str = "RMSProp",
    ) -> None:  # fmt: skip
        super().__init__(use_locking, name)
        self._numbers = [learning_rate, decay, momentum, epsilon]
        self.slots = (("rms", 1.0), ("momentum", 0.0))
        if centered:
            self.slots += (("mg", 0.0),)

    def settings(self) -> list[Any]:
        return self._numbers

    def step(self, value: Any, gradient: Any, slots: list, settings: list) -> list:
        rate, decay, momentum, epsilon = settings
        squares = slots[0] + (ops.square(gradient) - slots[0]) * (1.0 - decay)
        spread, averages = squares, []
        if len(slots) > 2:
            averages = [slots[2] + (gradient - slots[2]) * (1.0 - decay)]
            spread = squares - ops.square(averages[0])
        moved = momentum * slots[1] + rate * gradient / ops.sqrt(spread + epsilon)
        return [value - moved, squares, moved, *averages]


class FtrlOptimizer(Optimizer):
    """Follows the regularized leader (McMahan et al., 2013).

    Args:
        learning_rate: A number or tensor.
        learning_rate_power: The power of the sum of squares, zero or negative.
        initial_accumulator_value: Where that sum begins.
        l1_regularization_strength: The weight of the sum of magnitudes.
        l2_regularization_strength: The weight of the sum of squares.
        use_locking: Kept for the signature.
        name: A name.
        l2_shrinkage_regularization_strength: The weight of a penalty in the gradient.
    """

    def __init__(
        self, learning_rate: Any, learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0, use_locking: bool = False,
        name: str = "Ftrl", l2_shrinkage_regularization_strength: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(use_locking, name)
        self._learning_rate = learning_rate
        self._power = -learning_rate_power
        self._l1, self._l2 = l1_regularization_strength, l2_regularization_strength
        self._shrinkage = l2_shrinkage_regularization_strength
        self.slots = (("accum", initial_accumulator_value), ("linear", 0.0))

    def settings(self) -> list[Any]:
        return [self._learning_rate]

    def step(self, value: Any, gradient: Any, slots: list, settings: list) -> list:
        total = slots[0] + ops.square(gradient)
        before, after = ops.power(slots[0], self._power), ops.power(total, self._power)
        shrunk = gradient + 2.0 * self._shrinkage * value
        linear = slots[1] + shrunk - (after - before) / settings[0] * value
        quadratic = after / settings[0] + 2.0 * self._l2
        least = ops.clip(linear, -self._l1, self._l1)
        return [(least - linear) / quadratic, total, linear]


class AdamOptimizer(Optimizer):
    """Adaptive moments (Kingma and Ba, 2015).

    Args:
        learning_rate: A number or tensor.
        beta1: How slowly the average of gradients changes.
        beta2: How slowly that of their squares does.
        epsilon: Added to the root.
        use_locking: Kept for the signature.
        name: A name.
    """

    slots = (("m", 0.0), ("v", 0.0))
    rows_only = False

    def __init__(
        self, learning_rate: Any = 0.001, beta1: Any = 0.9, beta2: Any = 0.999,
        epsilon: Any = 1e-8, use_locking: bool = False, name: str = "Adam",
    ) -> None:  # fmt: skip
        super().__init__(use_locking, name)
        self._numbers = [learning_rate, beta1, beta2, epsilon]
        self._powers: dict[Any, list[Variable]] = {}

    def prepare(self) -> None:
        graph = get_default_graph()
        if graph not in self._powers:
            with outside_bodies():
                self._powers[graph] = [
                    Variable(beta, trainable=False, name=f"beta{number}_power")
                    for number, beta in enumerate(self._numbers[1:3], 1)
                ]

    def _beta_powers(self) -> list[Variable]:
        return self._powers[get_default_graph()]

    def variables(self) -> list[Variable]:
        """Return all variables that the optimizer keeps."""
        powers = [power for pair in self._powers.values() for power in pair]
        return super().variables() + powers

    def settings(self) -> list[Any]:
        return [*self._numbers, *self._beta_powers()]

    def step(self, value: Any, gradient: Any, slots: list, settings: list) -> list:
        rate, beta1, beta2, epsilon, power1, power2 = settings
        first = beta1 * slots[0] + (1.0 - beta1) * gradient
        second = beta2 * slots[1] + (1.0 - beta2) * ops.square(gradient)
        rate = rate * ops.sqrt(1.0 - power2) / (1.0 - power1)
        return [value - rate * first / (ops.sqrt(second) + epsilon), first, second]

    def finish(self) -> list[Operation]:
        return [
            assign(power, power * beta)
            for power, beta in zip(self._beta_powers(), self._numbers[1:3])
        ]
