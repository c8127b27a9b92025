"""Adagrad and Adadelta: step sizes from all, or all recent, gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasish import initializers
from kerasish.backend import ops
from kerasish.optimizers.optimizer import Optimizer
from kerasish.optimizers.shared_updates import same_for_equal_shapes

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from kerasish.optimizers.options import OptimizerOptions


class Adagrad(Optimizer):
    """Divides gradients by the root of the sum of all their squares.

    `a += g^2`, `w -= lr * g / sqrt(a + epsilon)` (Duchi et al. 2011).

    Args:
        learning_rate: Step size; see `Optimizer`.
        initial_accumulator_value: What `a` starts with.
        epsilon: Keeps the divisor above zero.
        **options: See `Optimizer`; and `epsilon_outside`: whether the divisor is
            `sqrt(a) + epsilon`, as in Keras 2.

    Example:

    >>> import kerasish as keras
    >>> weight = keras.Variable([1.0])
    >>> optimizer = Adagrad(learning_rate=0.5, initial_accumulator_value=0.0)
    >>> optimizer.apply([[5.0]], [weight])
    >>> weight.numpy()
    array([0.5], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        epsilon_outside = bool(options.pop("epsilon_outside", False))
        super().__init__(learning_rate, **options)
        self.epsilon_outside = epsilon_outside
        self.initial_accumulator_value = initial_accumulator_value
        self.epsilon = self._epsilon(epsilon)

    def build(self, var_list: Any) -> None:
        """Make the sum of squares of each Variable."""
        if self.built:
            return
        super().build(var_list)
        start = initializers.get(self.initial_accumulator_value)
        self._accumulators = self.add_optimizer_variables(
            var_list, "accumulator", start
        )

    @same_for_equal_shapes
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one Variable."""
        accumulator = self._accumulators[self._get_variable_index(variable)]
        accumulator.assign_add(ops.square(gradient))
        step = ops.cast(learning_rate, variable.dtype) * gradient
        variable.assign_sub(step / self._root(accumulator.value))


class Adadelta(Optimizer):
    """Adagrad over a window, with a step size from the steps made before.

    `a = rho * a + (1 - rho) * g^2`, `d = -sqrt(s + epsilon) / sqrt(a + epsilon) * g`,
    `s = rho * s + (1 - rho) * d^2`, `w += lr * d` (Zeiler 2012,
    https://arxiv.org/abs/1212.5701; there the learning rate is 1).

    Args:
        learning_rate: Step size; see `Optimizer`.
        rho: Decay of the running means.
        epsilon: Keeps the divisor above zero.
        **options: See `Optimizer`.

    Example:

    >>> import kerasish as keras
    >>> weight = keras.Variable([1.0])
    >>> Adadelta(learning_rate=1.0, rho=0.75, epsilon=1.0).apply([[2.0]], [weight])
    >>> weight.numpy().round(4)
    array([-0.4142], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.95,
        epsilon: float = 1e-7,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **options)
        self.rho = rho
        self.epsilon = self._epsilon(epsilon)

    def build(self, var_list: Any) -> None:
        """Make the two running means of each Variable."""
        if self.built:
            return
        super().build(var_list)
        self._accumulated_grads, self._accumulated_delta_vars = (
            self.add_optimizer_variables(
                var_list, ["accumulated_grad", "accumulated_delta_var"]
            )
        )

    @same_for_equal_shapes
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one Variable."""
        index = self._get_variable_index(variable)
        squares = self._accumulated_grads[index]
        steps = self._accumulated_delta_vars[index]
        rho = self.rho
        squares.assign(rho * squares + (1.0 - rho) * ops.square(gradient))
        scale = ops.sqrt(steps + self.epsilon) / ops.sqrt(squares + self.epsilon)
        step = scale * gradient
        steps.assign(rho * steps + (1.0 - rho) * ops.square(step))
        variable.assign_sub(ops.cast(learning_rate, variable.dtype) * step)
