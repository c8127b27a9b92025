"""Optimizers for large models and batches: Lamb and Adafactor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from kerasish.backend import ops
from kerasish.optimizers.optimizer import Optimizer

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from kerasish.optimizers.options import OptimizerOptions


class Lamb(Optimizer):
    """Adam with a step size in proportion to each Variable's norm.

    With `u` the step of Adam (bias-corrected, `epsilon` added to the root):
    `w -= lr * (|w| / |u|) * u`, the ratio 1 where a norm is 0 (You et al. 2019,
    https://arxiv.org/abs/1904.00962).

    Args:
        learning_rate: Step size; see `Optimizer`.
        beta_1: Decay of the mean of the gradients.
        beta_2: Decay of the mean of their squares.
        epsilon: Keeps the divisor above zero.
        **options: See `Optimizer`.

    Example:

    >>> import kerasish as keras
    >>> weight = keras.Variable([1.0])
    >>> Lamb(learning_rate=0.5).apply([[5.0]], [weight])
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
        """Make the two running means of each Variable."""
        if self.built:
            return
        super().build(var_list)
        self._momentums, self._velocities = self.add_optimizer_variables(
            var_list, ["momentum", "velocity"]
        )

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one Variable."""
        index = self._get_variable_index(variable)
        dtype = variable.dtype
        step = ops.cast(self.iterations + 1, dtype)
        power_1 = ops.power(ops.cast(self.beta_1, dtype), step)
        power_2 = ops.power(ops.cast(self.beta_2, dtype), step)
        momentum, velocity = self._momentums[index], self._velocities[index]
        momentum.assign_add((gradient - momentum) * (1.0 - self.beta_1))
        velocity.assign_add((ops.square(gradient) - velocity) * (1.0 - self.beta_2))
        divisor = ops.sqrt(velocity / (1.0 - power_2)) + self.epsilon
        update = momentum / (1.0 - power_1) / divisor
        length = ops.sqrt(ops.sum(ops.square(variable.value)))
        step_length = ops.sqrt(ops.sum(ops.square(update)))
        usable = ops.logical_and(length > 0.0, step_length > 0.0)
        one = ops.ones_like(length)
        ratio = ops.where(usable, length / ops.where(usable, step_length, one), one)
        variable.assign_sub(ratio * ops.cast(learning_rate, dtype) * update)


class Adafactor(Optimizer):
    """Adaptive steps with row and column means in place of full second moments.

    For a matrix `v = r c / mean(r)` with `r` and `c` the running means of `g^2` along
    the rows and columns; the update `g / sqrt(v)` is clipped to a root mean square of
    `clip_threshold` and scaled by `max(epsilon_2, rms(w)) * min(lr, 1 / sqrt(t))`
    (Shazeer and Stern 2018, https://arxiv.org/abs/1804.04235).

    Args:
        learning_rate: Upper bound of the relative step size; see `Optimizer`.
        beta_2_decay: The decay of the running means is `1 - t^beta_2_decay`.
        epsilon_1: Added to the squared gradients.
        epsilon_2: Smallest scale of a Variable.
        clip_threshold: Largest root mean square of an update.
        relative_step: Whether the learning rate is bounded by `1 / sqrt(t)`.
        **options: See `Optimizer`.

    Example:

    >>> import kerasish as keras
    >>> weight = keras.Variable([1.0])
    >>> Adafactor(learning_rate=0.5).apply([[5.0]], [weight])
    >>> weight.numpy().round(4)
    array([0.5], dtype=float32)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, **options)
        self.beta_2_decay = beta_2_decay
        self.epsilon_1 = epsilon_1
        self.epsilon_2 = epsilon_2
        self.clip_threshold = clip_threshold
        self.relative_step = relative_step

    def build(self, var_list: Any) -> None:
        """Make the running means of each Variable: rows, columns, elements."""
        if self.built:
            return
        super().build(var_list)
        self._r, self._c, self._v = [], [], []
        for variable in var_list:
            shape, matrix = variable.shape, len(variable.shape) >= 2
            dtype, name = variable.dtype, variable.name
            rows = shape[:-1] if matrix else ()
            columns = (*shape[:-2], shape[-1]) if matrix else ()
            self._r.append(self.add_variable(rows, dtype=dtype, name=name))
            self._c.append(self.add_variable(columns, dtype=dtype, name=name))
            self._v.append(self.add_variable_from_reference(variable, "velocity"))

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one Variable."""
        index = self._get_variable_index(variable)
        dtype = variable.dtype
        step = ops.cast(self.iterations + 1, dtype)
        rate = ops.minimum(ops.cast(learning_rate, dtype), 1.0 / ops.sqrt(step))
        scale = ops.maximum(_root_mean_square(variable.value), self.epsilon_2) * rate
        decay = 1.0 - ops.power(step, self.beta_2_decay)
        squares = ops.square(gradient) + self.epsilon_1
        moment = self._v[index]
        if len(variable.shape) >= 2:
            rows, columns = self._r[index], self._c[index]
            rows.assign(decay * rows + (1.0 - decay) * ops.mean(squares, axis=-1))
            columns.assign(decay * columns + (1.0 - decay) * ops.mean(squares, axis=-2))
            share = rows / ops.mean(rows.value, axis=-1, keepdims=True)
            moment.assign(
                ops.expand_dims(share, -1) * ops.expand_dims(columns.value, -2)
            )
        else:
            moment.assign(decay * moment + (1.0 - decay) * squares)
        update = gradient / ops.sqrt(moment.value)
        excess = ops.maximum(_root_mean_square(update) / self.clip_threshold, 1.0)
        variable.assign_sub(scale * update / excess)


def _root_mean_square(x: Any) -> Any:
    return ops.sqrt(ops.mean(ops.square(x)))
