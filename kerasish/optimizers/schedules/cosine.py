"""Cosine schedules, with warm-up or restarts."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops
from kerasish.optimizers.schedules.schedule import (
    LearningRateSchedule,
    as_step,
    check_positive,
)


class CosineDecay(LearningRateSchedule):
    """Falls along half a cosine, after a linear warm-up if wanted.

    With `s = min(step, decay_steps) / decay_steps`:
    `rate = initial * ((1 - alpha) * (1 + cos(pi * s)) / 2 + alpha)` (Loshchilov and
    Hutter 2016, https://arxiv.org/abs/1608.03983). With a warm-up the rate first goes
    from `initial_learning_rate` to `warmup_target` in a straight line, and falls from
    there.

    Args:
        initial_learning_rate: The first learning rate.
        decay_steps: Length of the fall.
        alpha: Share of the rate that is left at the end.
        name: Name of the schedule.
        warmup_target: Learning rate at the end of the warm-up; `None` for none.
        warmup_steps: Length of the warm-up.

    Raises:
        ValueError: If `decay_steps` is not positive.

    Example:

    >>> round(float(CosineDecay(1.0, decay_steps=10)(5)), 4)
    0.5
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        check_positive(decay_steps=decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.decay_steps = decay_steps
        self.alpha = alpha
        self.name = name
        self.warmup_target = warmup_target
        self.warmup_steps = warmup_steps

    def _fall(self, step: Any, start: float) -> Any:
        share = ops.minimum(step, float(self.decay_steps)) / float(self.decay_steps)
        height = 0.5 * (1.0 + ops.cos(math.pi * share))
        return start * ((1.0 - self.alpha) * height + self.alpha)

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step, a scalar tensor."""
        step = as_step(step)
        start = self.initial_learning_rate
        if self.warmup_target is None:
            return self._fall(step, start)
        fallen = self._fall(step - float(self.warmup_steps), self.warmup_target)
        if not self.warmup_steps:
            return fallen
        grown = start + (self.warmup_target - start) * (step / float(self.warmup_steps))
        return ops.where(step < float(self.warmup_steps), grown, fallen)


class CosineDecayRestarts(LearningRateSchedule):
    """Falls along half a cosine again and again, each time longer.

    Round `i` lasts `first_decay_steps * t_mul^i` steps and starts at
    `initial * m_mul^i` (SGDR: Loshchilov and Hutter 2016,
    https://arxiv.org/abs/1608.03983).

    Args:
        initial_learning_rate: The first learning rate.
        first_decay_steps: Length of the first round.
        t_mul: Factor of the length from round to round.
        m_mul: Factor of the start from round to round.
        alpha: Share of the first rate that is left at the end of a round.
        name: Name of the schedule.

    Raises:
        ValueError: If `first_decay_steps` is not positive.

    Example:

    >>> schedule = CosineDecayRestarts(1.0, first_decay_steps=10, m_mul=0.5)
    >>> [round(float(schedule(step)), 4) for step in (5, 10, 30)]
    [0.5, 0.5, 0.25]
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str = "SGDRDecay",
    ) -> None:
        check_positive(first_decay_steps=first_decay_steps)
        self.initial_learning_rate = initial_learning_rate
        self.first_decay_steps = first_decay_steps
        self.t_mul = t_mul
        self.m_mul = m_mul
        self.alpha = alpha
        self.name = name

    def _round(self, time: Any) -> tuple[Any, Any]:
        """The number of the round and how much of it is over."""
        if self.t_mul == 1.0:
            number = ops.floor(time)
            return number, time - number
        growth = ops.cast(self.t_mul, time.dtype)
        number = ops.floor(ops.log(1.0 - time * (1.0 - growth)) / ops.log(growth))
        before = (1.0 - ops.power(growth, number)) / (1.0 - growth)
        return number, (time - before) / ops.power(growth, number)

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step, a scalar tensor."""
        number, share = self._round(as_step(step) / float(self.first_decay_steps))
        start = ops.power(ops.cast(self.m_mul, number.dtype), number)
        height = 0.5 * start * (1.0 + ops.cos(math.pi * share))
        return self.initial_learning_rate * ((1.0 - self.alpha) * height + self.alpha)
