"""Schedules that decay: exponential, inverse time, polynomial, piecewise constant."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend import config, ops
from kerasish.optimizers.schedules.schedule import (
    LearningRateSchedule,
    as_step,
    check_positive,
)


class ExponentialDecay(LearningRateSchedule):
    """`initial_learning_rate * decay_rate ^ (step / decay_steps)`.

    Args:
        initial_learning_rate: The first learning rate.
        decay_steps: After how many steps it has been multiplied by `decay_rate`.
        decay_rate: The factor.
        staircase: Whether the exponent is rounded down, so that the rate falls in
            steps.
        name: Name of the schedule.

    Raises:
        ValueError: If `decay_steps` is not positive.

    Example:

    >>> float(ExponentialDecay(1.0, decay_steps=10, decay_rate=0.5)(20))
    0.25
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "ExponentialDecay",
    ) -> None:
        check_positive(decay_steps=decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step, a scalar tensor."""
        exponent = as_step(step) / float(self.decay_steps)
        if self.staircase:
            exponent = ops.floor(exponent)
        factor = ops.power(ops.cast(self.decay_rate, exponent.dtype), exponent)
        return self.initial_learning_rate * factor


class InverseTimeDecay(LearningRateSchedule):
    """`initial_learning_rate / (1 + decay_rate * step / decay_steps)`.

    Args:
        initial_learning_rate: The first learning rate.
        decay_steps: The unit of time.
        decay_rate: The speed of the decay.
        staircase: Whether the time is rounded down, so that the rate falls in steps.
        name: Name of the schedule.

    Raises:
        ValueError: If `decay_steps` is not positive.

    Example:

    >>> float(InverseTimeDecay(1.0, decay_steps=10, decay_rate=0.5)(20))
    0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str = "InverseTimeDecay",
    ) -> None:
        check_positive(decay_steps=decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.decay_rate = decay_rate
        self.staircase = staircase
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step, a scalar tensor."""
        time = as_step(step) / float(self.decay_steps)
        if self.staircase:
            time = ops.floor(time)
        return self.initial_learning_rate / (1.0 + self.decay_rate * time)


class PolynomialDecay(LearningRateSchedule):
    """`(initial - end) * (1 - step / decay_steps) ^ power + end`, then `end`.

    Args:
        initial_learning_rate: The first learning rate.
        decay_steps: After how many steps the end is reached.
        end_learning_rate: The last learning rate.
        power: Exponent, 1 for a straight line.
        cycle: Whether to begin anew at the end, over the next multiple of
            `decay_steps`.
        name: Name of the schedule.

    Raises:
        ValueError: If `decay_steps` is not positive.

    Example:

    >>> float(PolynomialDecay(1.0, decay_steps=10, end_learning_rate=0.0)(5))
    0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str = "PolynomialDecay",
    ) -> None:
        check_positive(decay_steps=decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.end_learning_rate = end_learning_rate
        self.power = power
        self.cycle = cycle
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step, a scalar tensor."""
        step = as_step(step)
        length = float(self.decay_steps)
        if self.cycle:
            rounds = ops.maximum(ops.ceil(step / length), 1.0)
            share = step / (length * rounds)
        else:
            share = ops.minimum(step, length) / length
        height = self.initial_learning_rate - self.end_learning_rate
        return height * ops.power(1.0 - share, self.power) + self.end_learning_rate


class PiecewiseConstantDecay(LearningRateSchedule):
    """Constant between boundaries: `values[i]` for `boundaries[i-1] < step <= b[i]`.

    Args:
        boundaries: Increasing step numbers.
        values: Learning rates, one more than boundaries.
        name: Name of the schedule.

    Raises:
        ValueError: If the numbers of values and boundaries do not fit.

    Example:

    >>> schedule = PiecewiseConstantDecay([10, 20], [1.0, 0.5, 0.25])
    >>> [float(schedule(step)) for step in (10, 11, 21)]
    [1.0, 0.5, 0.25]
    """

    def __init__(
        self,
        boundaries: Sequence[float],
        values: Sequence[float],
        name: str = "PiecewiseConstant",
    ) -> None:
        if len(boundaries) != len(values) - 1:
            raise ValueError(
                "There must be one value more than boundaries.\n"
                f"Received: boundaries={boundaries}, values={values}"
            )
        self.boundaries = boundaries
        self.values = values
        self.name = name

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step, a scalar tensor."""
        step = ops.convert_to_tensor(step)
        rate = ops.convert_to_tensor(self.values[0], dtype=config.floatx())
        for boundary, value in zip(self.boundaries, self.values[1:]):
            passed = step > ops.cast(boundary, step.dtype)
            rate = ops.where(passed, ops.cast(value, rate.dtype), rate)
        return rate
