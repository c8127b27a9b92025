"""RMSprop."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasish.backend import ops
from kerasish.optimizers.optimizer import Optimizer
from kerasish.optimizers.shared_updates import same_for_equal_shapes

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from kerasish.optimizers.options import OptimizerOptions


class RMSprop(Optimizer):
    """Divides gradients by a running mean of their magnitude.

    `v = rho * v + (1 - rho) * g^2`; the step is `lr * g / sqrt(v + epsilon)`; if
    centered, `v` less the square of the running mean of `g`. With momentum the steps
    are gathered as `m = momentum * m + step` (Hinton 2012, lecture 6 of his course).

    Args:
        learning_rate: Step size; see `Optimizer`.
        rho: Decay of the running means.
        momentum: Share of the last step that is kept.
        epsilon: Keeps the divisor above zero.
        centered: Whether to divide by the variance in place of the mean square.
        **options: See `Optimizer`; and `epsilon_outside`: whether the divisor is
            `sqrt(v) + epsilon`, as in Keras 2.

    Example:

    >>> import kerasish as keras
    >>> weight = keras.Variable([1.0])
    >>> RMSprop(learning_rate=0.1, rho=0.75).apply([[5.0]], [weight])
    >>> weight.numpy()
    array([0.8], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        epsilon_outside = bool(options.pop("epsilon_outside", False))
        super().__init__(learning_rate, **options)
        self.epsilon_outside = epsilon_outside
        self.rho = rho
        self.momentum = momentum
        self.epsilon = self._epsilon(epsilon)
        self.centered = centered

    def build(self, var_list: Any) -> None:
        """Make the running means of each Variable."""
        if self.built:
            return
        super().build(var_list)
        self._velocities = self.add_optimizer_variables(var_list, "velocity")
        if self.momentum > 0:
            self._momentums = self.add_optimizer_variables(var_list, "momentum")
        if self.centered:
            self._average_gradients = self.add_optimizer_variables(
                var_list, "average_gradient"
            )

    @same_for_equal_shapes
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one Variable."""
        index = self._get_variable_index(variable)
        velocity = self._velocities[index]
        rho = self.rho
        velocity.assign(rho * velocity + (1.0 - rho) * ops.square(gradient))
        squares = velocity.value
        if self.centered:
            average = self._average_gradients[index]
            average.assign(rho * average + (1.0 - rho) * gradient)
            squares = velocity - ops.square(average)
        step = ops.cast(learning_rate, variable.dtype) * gradient / self._root(squares)
        if self.momentum > 0:
            momentum = self._momentums[index]
            momentum.assign(self.momentum * momentum + step)
            step = momentum.value
        variable.assign_sub(step)
