"""The optimizers of `tf.train`: gradients, and the operations that apply them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish.backend import ops
from kerasish.graph.applying import outside_bodies
from kerasish.graph.assignments import assign
from kerasish.graph.documentation import example
from kerasish.graph.optimizer import Optimizer
from kerasish.graph.state import get_default_graph
from kerasish.graph.tensors import Operation
from kerasish.graph.variables import Variable


def _stepped(optimizer: str, printed: str) -> Callable:
    """An example of one step."""
    return example(
        "w", printed, "w = tf.Variable(1.0)",
        f"step = tf.train.{optimizer}.minimize(w * w)",
        "sess.run(tf.global_variables_initializer())", "sess.run(step)",
    )  # fmt: skip


@_stepped("GradientDescentOptimizer(0.25)", "0.5")
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


@_stepped("MomentumOptimizer(0.25, 0.9)", "0.5")
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


@_stepped("AdagradOptimizer(0.25, 12.0)", "0.875")
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


@_stepped("AdadeltaOptimizer(0.25, 0.0, 2.25)", "0.7")
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


@_stepped("RMSPropOptimizer(0.25, 0.0, epsilon=0.0)", "0.75")
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


@_stepped("FtrlOptimizer(0.25, initial_accumulator_value=0.0)", "0.75")
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


@_stepped("AdamOptimizer(0.25, 0.5, 0.75, epsilon=0.0)", "0.75")
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
