"""Follow the regularised leader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasish import initializers
from kerasish.backend import ops
from kerasish.optimizers.optimizer import Optimizer
from kerasish.optimizers.shared_updates import same_for_equal_shapes

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from kerasish.optimizers.options import OptimizerOptions


class Ftrl(Optimizer):
    """Follow-the-regularised-leader, for sparse linear models.

    With `n` the sum of squared gradients, `p = learning_rate_power` and
    `s = (n_new^-p - n^-p) / lr`: `z += g + 2 * l2_shrinkage * w - s * w`, and
    `w = (clip(z, -l1, l1) - z) / (n_new^-p / lr + 2 * (l2 + beta / (2 * lr)))`
    (McMahan et al. 2013).

    Args:
        learning_rate: Step size; see `Optimizer`.
        learning_rate_power: How steps shrink, at most 0.
        initial_accumulator_value: What `n` starts with.
        l1_regularization_strength: `l1`.
        l2_regularization_strength: `l2`.
        l2_shrinkage_regularization_strength: A penalty on the gradient alone.
        beta: As in the paper.
        **options: See `Optimizer`.

    Raises:
        ValueError: If an argument is out of range.

    Example:

    >>> import kerasish as keras
    >>> weight = keras.Variable([0.0])
    >>> optimizer = Ftrl(learning_rate=0.5, initial_accumulator_value=0.0)
    >>> optimizer.apply([[5.0]], [weight])
    >>> weight.numpy()
    array([-0.5], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        learning_rate_power: float = -0.5,
        initial_accumulator_value: float = 0.1,
        l1_regularization_strength: float = 0.0,
        l2_regularization_strength: float = 0.0,
        l2_shrinkage_regularization_strength: float = 0.0,
        beta: float = 0.0,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **options)
        self.learning_rate_power = learning_rate_power
        self.initial_accumulator_value = initial_accumulator_value
        self.l1_regularization_strength = l1_regularization_strength
        self.l2_regularization_strength = l2_regularization_strength
        self.l2_shrinkage_regularization_strength = l2_shrinkage_regularization_strength
        self.beta = beta
        self._check()

    def _check(self) -> None:
        names = (
            "initial_accumulator_value",
            "l1_regularization_strength",
            "l2_regularization_strength",
            "l2_shrinkage_regularization_strength",
        )
        for name in names:
            if getattr(self, name) < 0.0:
                raise ValueError(
                    f"`{name}` must not be negative.\n"
                    f"Received: {name}={getattr(self, name)}"
                )
        if self.learning_rate_power > 0.0:
            raise ValueError(
                "`learning_rate_power` must not be positive.\n"
                f"Received: learning_rate_power={self.learning_rate_power}"
            )

    def build(self, var_list: Any) -> None:
        """Make the sum of squares and the linear term of each Variable."""
        if self.built:
            return
        super().build(var_list)
        self._accumulators, self._linears = self.add_optimizer_variables(
            var_list,
            ["accumulator", "linear"],
            [initializers.get(self.initial_accumulator_value), "zeros"],
        )

    @same_for_equal_shapes
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one Variable."""
        index = self._get_variable_index(variable)
        squares, linear = self._accumulators[index], self._linears[index]
        rate = ops.cast(learning_rate, variable.dtype)
        power = -self.learning_rate_power
        new_squares = squares + ops.square(gradient)
        pull = ops.power(new_squares, power)
        shift = (pull - ops.power(squares.value, power)) / rate
        shrinkage = 2.0 * self.l2_shrinkage_regularization_strength
        linear.assign_add(gradient + shrinkage * variable - shift * variable)
        l1, l2 = self.l1_regularization_strength, self.l2_regularization_strength
        curvature = pull / rate + 2.0 * (l2 + self.beta / (2.0 * rate))
        variable.assign((ops.clip(linear.value, -l1, l1) - linear) / curvature)
        squares.assign(new_squares)
