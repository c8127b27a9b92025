"""Adam and its family."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasish.backend import ops
from kerasish.optimizers.optimizer import Optimizer
from kerasish.optimizers.shared_updates import same_for_equal_shapes

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from kerasish.optimizers.options import OptimizerOptions


class Adam(Optimizer):
    """Adaptive moments: the running mean of gradients over that of their magnitude.

    `m += (1 - beta_1) * (g - m)`, `v += (1 - beta_2) * (g^2 - v)`, and
    `w -= lr * sqrt(1 - beta_2^t) / (1 - beta_1^t) * m / (sqrt(v) + epsilon)`
    (Kingma and Ba 2014, https://arxiv.org/abs/1412.6980; the form just before
    section 2.1).

    Args:
        learning_rate: Step size; see `Optimizer`.
        beta_1: Decay of the mean of the gradients.
        beta_2: Decay of the mean of their squares.
        epsilon: Keeps the divisor above zero.
        amsgrad: Whether to divide by the largest `v` so far (Reddi et al. 2018).
        **options: See `Optimizer`.

    Example:

    >>> import kerasish as keras
    >>> weight = keras.Variable([1.0])
    >>> Adam(learning_rate=0.5).apply([[5.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.5], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **options)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = self._epsilon(epsilon)
        self.amsgrad = amsgrad

    def build(self, var_list: Any) -> None:
        """Make the two running means of each Variable."""
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(
            var_list, ["momentum", "velocity"]
        )
        if self.amsgrad:
            self._velocity_hats = self.add_optimizer_variables(var_list, "velocity_hat")

    @same_for_equal_shapes
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one Variable."""
        index = self._get_variable_index(variable)
        dtype = variable.dtype
        step = ops.cast(self.iterations + 1, dtype)
        power_1 = ops.power(ops.cast(self.beta_1, dtype), step)
        power_2 = ops.power(ops.cast(self.beta_2, dtype), step)
        rate = (
            ops.cast(learning_rate, dtype) * ops.sqrt(1.0 - power_2) / (1.0 - power_1)
        )
        momentum, velocity = self._momentums[index], self._velocities[index]
        momentum.assign_add((gradient - momentum) * (1.0 - self.beta_1))
        velocity.assign_add((ops.square(gradient) - velocity) * (1.0 - self.beta_2))
        if self.amsgrad:
            largest = self._velocity_hats[index]
            largest.assign(ops.maximum(largest, velocity))
            velocity = largest
        variable.assign_sub(momentum * rate / (ops.sqrt(velocity) + self.epsilon))


class AdamW(Adam):
    """Adam with weight decay that does not pass through the moments.

    Each step also takes `lr * weight_decay * w` off (Loshchilov and Hutter 2017,
    https://arxiv.org/abs/1711.05101).

    Args:
        learning_rate: Step size; see `Optimizer`.
        weight_decay: How much of the weights is taken off.
        beta_1: See `Adam`.
        beta_2: See `Adam`.
        epsilon: See `Adam`.
        amsgrad: See `Adam`.
        **options: See `Optimizer`.

    Raises:
        ValueError: If there is no weight decay.

    Example:

    >>> import kerasish as keras
    >>> weight = keras.Variable([1.0])
    >>> AdamW(learning_rate=0.5, weight_decay=0.1).apply([[5.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.45], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        if weight_decay is None:
            raise ValueError("AdamW needs a `weight_decay`.\nReceived: None")
        super().__init__(
            learning_rate,
            beta_1,
            beta_2,
            epsilon,
            amsgrad,
            weight_decay=weight_decay,
            **options,
        )


class Adamax(Optimizer):
    """Adam with the largest recent gradient in place of the mean square.

    `m += (1 - beta_1) * (g - m)`, `u = max(beta_2 * u, |g|)`, and
    `w -= lr * m / ((1 - beta_1^t) * (u + epsilon))` (Kingma and Ba 2014, section 7).

    Args:
        learning_rate: Step size; see `Optimizer`.
        beta_1: Decay of the mean of the gradients.
        beta_2: Decay of the largest gradient.
        epsilon: Keeps the divisor above zero.
        **options: See `Optimizer`.

    Example:

    >>> import kerasish as keras
    >>> weight = keras.Variable([1.0])
    >>> Adamax(learning_rate=0.5).apply([[5.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.5], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **options)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = self._epsilon(epsilon)

    def build(self, var_list: Any) -> None:
        """Make the running mean and the largest gradient of each Variable."""
        if self.built:
            return
        super().build(var_list)
        self._m, self._u = self.add_optimizer_variables(var_list, ["momentum", "norm"])

    @same_for_equal_shapes
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one Variable."""
        index = self._get_variable_index(variable)
        dtype = variable.dtype
        step = ops.cast(self.iterations + 1, dtype)
        power = ops.power(ops.cast(self.beta_1, dtype), step)
        mean, largest = self._m[index], self._u[index]
        mean.assign_add((gradient - mean) * (1.0 - self.beta_1))
        largest.assign(ops.maximum(self.beta_2 * largest, ops.abs(gradient)))
        divisor = (1.0 - power) * (largest + self.epsilon)
        variable.assign_sub(ops.cast(learning_rate, dtype) * mean / divisor)


class Nadam(Optimizer):
    """Adam with Nesterov's momentum.

    With `u_t = beta_1 * (1 - 0.5 * 0.96^t)` and `p_t` the product of all `u` so far:
    `m' = u_{t+1} * m / (1 - p_{t+1}) + (1 - u_t) * g / (1 - p_t)`, and
    `w -= lr * m' / (sqrt(v / (1 - beta_2^t)) + epsilon)` (Dozat 2015).

    Args:
        learning_rate: Step size; see `Optimizer`.
        beta_1: Decay of the mean of the gradients.
        beta_2: Decay of the mean of their squares.
        epsilon: Keeps the divisor above zero.
        **options: See `Optimizer`; and `schedule_decay`, 0.004 in Keras 2: the `t` in
            the exponent of `u_t` is multiplied by it.

    Example:

    >>> import kerasish as keras
    >>> weight = keras.Variable([1.0])
    >>> Nadam(learning_rate=0.5).apply([[5.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.4686], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        schedule_decay = float(options.pop("schedule_decay", 1.0))
        super().__init__(learning_rate, **options)
        self.schedule_decay = schedule_decay
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = self._epsilon(epsilon)

    def build(self, var_list: Any) -> None:
        """Make the running means of each Variable and the product of the `u`."""
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(
            var_list, ["momentum", "velocity"]
        )
        dtype = var_list[0].dtype if var_list else None
        self._u_product = self.add_variable((), "ones", dtype, name="u_product")

    def _weight_of(self, step: Any) -> Any:
        power = ops.power(ops.cast(0.96, step.dtype), step * self.schedule_decay)
        return self.beta_1 * (1.0 - 0.5 * power)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict."""
        config = super().get_config()
        if self.schedule_decay != 1.0:
            config["schedule_decay"] = self.schedule_decay
        return config

    def update_variables(
        self, gradients: Any, variables: Any, learning_rate: Any
    ) -> None:
        """Change all Variables, after the product they share."""
        step = ops.cast(self.iterations + 1, self._u_product.dtype)
        self._u_product.assign(self._u_product * self._weight_of(step))
        super().update_variables(gradients, variables, learning_rate)

    @same_for_equal_shapes
    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one Variable."""
        index = self._get_variable_index(variable)
        dtype = variable.dtype
        step = ops.cast(self.iterations + 1, dtype)
        weight, next_weight = self._weight_of(step), self._weight_of(step + 1.0)
        product = ops.cast(self._u_product, dtype)
        power_2 = ops.power(ops.cast(self.beta_2, dtype), step)
        momentum, velocity = self._momentums[index], self._velocities[index]
        momentum.assign_add((gradient - momentum) * (1.0 - self.beta_1))
        velocity.assign_add((ops.square(gradient) - velocity) * (1.0 - self.beta_2))
        ahead = next_weight * momentum / (1.0 - product * next_weight)
        ahead = ahead + (1.0 - weight) * gradient / (1.0 - product)
        divisor = ops.sqrt(velocity / (1.0 - power_2)) + self.epsilon
        variable.assign_sub(ahead * ops.cast(learning_rate, dtype) / divisor)
