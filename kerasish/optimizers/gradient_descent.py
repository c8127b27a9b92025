"""Stochastic gradient descent, and its signed form."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasish.backend import ops
from kerasish.optimizers.optimizer import Optimizer
from kerasish.optimizers.shared_updates import same_for_equal_shapes

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from kerasish.optimizers.options import OptimizerOptions


class SGD(Optimizer):
    """Gradient descent, with momentum if wanted.

    Without momentum `w -= lr * g`. With momentum `m = momentum * m - lr * g`, then
    `w += m`, or with Nesterov's form `w += momentum * m - lr * g` (Sutskever et al.
    2013).

    Args:
        learning_rate: Step size; see `Optimizer`.
        momentum: Share of the last step that is kept, between 0 and 1.
        nesterov: Whether to use Nesterov's form.
        **options: See `Optimizer`.

    Raises:
        ValueError: If the momentum is out of range.

    Example:

    >>> import kerasish as keras
    >>> weight = keras.Variable([1.0])
    >>> SGD(learning_rate=0.1).apply([[5.0]], [weight])
    >>> weight.numpy()
    array([0.5], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **options)
        if not 0 <= momentum <= 1:
            raise ValueError(
                f"`momentum` must lie in [0, 1].\nReceived: momentum={momentum}"
            )
        self.momentum = momentum
        self.nesterov = nesterov

    def build(self, variables: Any) -> None:
        """Make the momentum of each Variable, if there is momentum."""
        if self.built:
            return
        super().build(variables)
        self.momentums = []
        if self.momentum != 0:
            self.momentums = self.add_optimizer_variables(variables, "momentum")

    @same_for_equal_shapes
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one Variable."""
        step = ops.cast(learning_rate, variable.dtype) * gradient
        if self.momentum == 0:
            variable.assign_sub(step)
            return
        momentum = self.momentums[self._get_variable_index(variable)]
        momentum.assign(momentum * self.momentum - step)
        if self.nesterov:
            variable.assign_add(momentum * self.momentum - step)
        else:
            variable.assign_add(momentum.value)


class Lion(Optimizer):
    """Steps by the sign of an interpolated momentum.

    `w -= lr * sign(beta_1 * m + (1 - beta_1) * g)`, then
    `m = beta_2 * m + (1 - beta_2) * g` (Chen et al. 2023,
    https://arxiv.org/abs/2302.06675).

    Args:
        learning_rate: Step size, smaller than Adam's; see `Optimizer`.
        beta_1: Share of the momentum in the step, above 0 and at most 1.
        beta_2: Decay of the momentum.
        **options: See `Optimizer`.

    Raises:
        ValueError: If `beta_1` is out of range.

    Example:

    >>> import kerasish as keras
    >>> weight = keras.Variable([1.0])
    >>> Lion(learning_rate=0.5).apply([[5.0]], [weight])
    >>> weight.numpy()
    array([0.5], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.99,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **options)
        if not 0 < beta_1 <= 1:
            raise ValueError(
                "`beta_1` must be above 0 and at most 1; with 0 the steps would be the "
                f"signs of the gradients alone.\nReceived: beta_1={beta_1}"
            )
        self.beta_1 = beta_1
        self.beta_2 = beta_2

    def build(self, var_list: Any) -> None:
        """Make the momentum of each Variable."""
        if self.built:
            return
        super().build(var_list)
        self._momentums = self.add_optimizer_variables(var_list, "momentum")

    @same_for_equal_shapes
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one Variable."""
        momentum = self._momentums[self._get_variable_index(variable)]
        direction = ops.sign(momentum * self.beta_1 + gradient * (1.0 - self.beta_1))
        variable.assign_sub(ops.cast(learning_rate, variable.dtype) * direction)
        momentum.assign(momentum * self.beta_2 + gradient * (1.0 - self.beta_2))
