"""Muon: orthogonal updates for matrices."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from kerasish.backend import ops
from kerasish.optimizers.optimizer import Optimizer

if TYPE_CHECKING:
    from typing_extensions import Unpack

    from kerasish.optimizers.options import OptimizerOptions


class Muon(Optimizer):
    """Momentum whose update of a matrix is made orthogonal; AdamW for the rest.

    `m += g - (1 - momentum) * m`; the update is the nearest (semi-)orthogonal matrix
    of `g + momentum * m`, found by `ns_steps` steps of Newton and Schulz's iteration
    `x = a x + (b A + c A^2) x` with `A = x x^T`, times
    `rms_rate * sqrt(max(rows, columns))` (Jordan et al. 2024,
    https://kellerjordan.github.io/posts/muon/).

    Args:
        learning_rate: Step size; see `Optimizer`.
        adam_beta_1: `beta_1` of the AdamW part.
        adam_beta_2: `beta_2` of the AdamW part.
        adam_weight_decay: Weight decay of the AdamW part.
        epsilon: See `Adam`.
        weight_decay: Weight decay of the matrices.
        exclude_layers: Regular expressions; a Variable whose path holds one takes the
            AdamW part.
        exclude_embeddings: Whether embeddings take the AdamW part.
        muon_a: `a` of the iteration.
        muon_b: `b` of the iteration.
        muon_c: `c` of the iteration.
        adam_lr_ratio: Learning rate of the AdamW part over that of the matrices.
        momentum: Decay of the momentum.
        ns_steps: Number of steps of the iteration.
        nesterov: Whether to look ahead by `g + momentum * m`.
        rms_rate: Scale of the update; `None` leaves it orthogonal.
        **options: See `Optimizer`.

    Example:

    >>> import kerasish as keras
    >>> weight = keras.Variable([[1.0, 0.0], [0.0, 1.0]])
    >>> Muon(learning_rate=0.1).apply([[[1.0, 0.0], [0.0, 2.0]]], [weight])
    >>> weight.shape
    (2, 2)
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        adam_beta_1: float = 0.9,
        adam_beta_2: float = 0.999,
        adam_weight_decay: float | None = 0.004,
        epsilon: float = 1e-7,
        weight_decay: float | None = 0.004,
        exclude_layers: Sequence[str] | None = None,
        exclude_embeddings: bool = True,
        muon_a: float = 3.4445,
        muon_b: float = -4.775,
        muon_c: float = 2.0315,
        adam_lr_ratio: float = 1,
        momentum: float = 0.95,
        ns_steps: int = 5,
        nesterov: bool = True,
        rms_rate: float | None = 0.2,
        **options: Unpack[OptimizerOptions],
    ) -> None:
        super().__init__(learning_rate, weight_decay=weight_decay, **options)
        self.adam_beta_1 = adam_beta_1
        self.adam_beta_2 = adam_beta_2
        self.adam_weight_decay = adam_weight_decay
        self.epsilon = self._epsilon(epsilon)
        self.exclude_layers = list(exclude_layers or [])
        self.exclude_embeddings = exclude_embeddings
        self.muon_a = muon_a
        self.muon_b = muon_b
        self.muon_c = muon_c
        self.adam_lr_ratio = adam_lr_ratio
        self.momentum = momentum
        self.ns_steps = ns_steps
        self.nesterov = nesterov
        self.rms_rate = rms_rate

    def _takes_adam(self, variable: Any) -> bool:
        path = variable.path
        if len(variable.shape) != 2:
            return True
        if self.exclude_embeddings and "embedding" in path.lower():
            return True
        return any(re.search(pattern, path) for pattern in self.exclude_layers)

    def build(self, var_list: Any) -> None:
        """Make the momentum of each Variable, and the second moment where needed."""
        if self.built:
            return
        super().build(var_list)
        self.momentums, self.adam_velocities = [], []
        for variable in var_list:
            self.momentums.append(
                self.add_variable_from_reference(variable, "momentum")
            )
            velocity = None
            if self._takes_adam(variable):
                velocity = self.add_variable_from_reference(variable, "velocity")
            self.adam_velocities.append(velocity)

    def _weight_decay_of(self, variable: Any) -> float | None:
        amount = super()._weight_decay_of(variable)
        if amount is None or not self._takes_adam(variable):
            return amount
        return self.adam_weight_decay

    def update_step(self, gradient: Any, variable: Any, learning_rate: Any) -> None:
        """Change one Variable."""
        index = self._get_variable_index(variable)
        momentum, velocity = self.momentums[index], self.adam_velocities[index]
        rate = ops.cast(learning_rate, variable.dtype)
        if velocity is not None:
            rate = rate * self.adam_lr_ratio
            self._adam_step(gradient, variable, rate, momentum, velocity)
            return
        momentum.assign_add(gradient + momentum * (self.momentum - 1.0))
        ahead = momentum.value
        if self.nesterov:
            ahead = gradient + self.momentum * momentum
        update = rate * self._orthogonal(ahead)
        if self.rms_rate is not None:
            update = update * (math.sqrt(max(variable.shape)) * self.rms_rate)
        variable.assign_sub(update)

    def _adam_step(
        self, gradient: Any, variable: Any, rate: Any, momentum: Any, velocity: Any
    ) -> None:
        dtype = variable.dtype
        step = ops.cast(self.iterations + 1, dtype)
        power_1 = ops.power(ops.cast(self.adam_beta_1, dtype), step)
        power_2 = ops.power(ops.cast(self.adam_beta_2, dtype), step)
        rate = rate * ops.sqrt(1.0 - power_2) / (1.0 - power_1)
        momentum.assign_add((gradient - momentum) * (1.0 - self.adam_beta_1))
        velocity.assign_add(
            (ops.square(gradient) - velocity) * (1.0 - self.adam_beta_2)
        )
        variable.assign_sub(momentum * rate / (ops.sqrt(velocity) + self.epsilon))

    def _orthogonal(self, x: Any) -> Any:
        """Bring all singular values near 1, working on the smaller side."""
        tall = x.shape[0] > x.shape[1]
        x = ops.transpose(x) if tall else x
        x = x / (ops.sqrt(ops.sum(ops.square(x))) + 1e-7)
        for _ in range(self.ns_steps):
            square = ops.matmul(x, ops.transpose(x))
            mixed = self.muon_b * square + self.muon_c * ops.matmul(square, square)
            x = self.muon_a * x + ops.matmul(mixed, x)
        return ops.transpose(x) if tall else x
