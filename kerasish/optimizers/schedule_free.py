"""Schedule-free AdamW."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasish.backend import ops
from kerasish.backend.graph import eager_scope
from kerasish.optimizers.optimizer import Optimizer
from kerasish.optimizers.shared_updates import same_for_equal_shapes

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from kerasish.optimizers.options import OptimizerOptions


class ScheduleFreeAdamW(Optimizer):
    """AdamW that needs no learning-rate schedule.

    Steps are made from `y = (1 - beta_1) * z + beta_1 * x`, where `z` moves by Adam's
    second moment alone and `x` is the mean of all `z`; the Variables hold `y` (Defazio
    et al. 2024, https://arxiv.org/abs/2405.15682).

    Args:
        learning_rate: Step size; see `Optimizer`.
        beta_1: How near `y` is to `x`.
        beta_2: Decay of the mean of the squared gradients.
        epsilon: Keeps the divisor above zero.
        warmup_steps: Over how many steps the learning rate grows from 0.
        **options: See `Optimizer`.

    Example:

    >>> import kerasish as keras
    >>> weight = keras.Variable([1.0])
    >>> ScheduleFreeAdamW(learning_rate=0.5).apply([[5.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.5], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.0025,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        warmup_steps: int = 0,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **options)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = self._epsilon(epsilon)
        self.warmup_steps = warmup_steps

    def build(self, var_list: Any) -> None:
        """Make `z`, which starts as the Variable, and the second moment of each."""
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(
            var_list, ["momentum", "velocity"]
        )
        with eager_scope():
            for momentum, variable in zip(self._momentums, var_list):
                momentum.assign(variable.value)

    @same_for_equal_shapes
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one Variable."""
        index = self._get_variable_index(variable)
        dtype = variable.dtype
        step = ops.cast(self.iterations + 1, dtype)
        rate = ops.cast(learning_rate, dtype)
        if self.warmup_steps > 0:
            rate = rate * ops.minimum(step / float(self.warmup_steps), 1.0)
        z, velocity = self._momentums[index], self._velocities[index]
        mean = variable - (1.0 - self.beta_1) * z
        mean = mean / self.beta_1
        velocity.assign_add((ops.square(gradient) - velocity) * (1.0 - self.beta_2))
        power = ops.power(ops.cast(self.beta_2, dtype), step)
        divisor = ops.sqrt(velocity / (1.0 - power)) + self.epsilon
        z.assign_sub(rate * gradient / divisor)
        weight = 1.0 / step
        mean = (1.0 - weight) * mean + weight * z
        variable.assign((1.0 - self.beta_1) * z + self.beta_1 * mean)
