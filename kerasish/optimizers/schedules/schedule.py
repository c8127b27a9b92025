"""The base class of learning-rate schedules."""

from __future__ import annotations

import inspect
from typing import Any

from kerasish.backend import config, ops
from kerasish.backend.graph import Tensor


class LearningRateSchedule:
    """The learning rate as a function of the step.

    A subclass implements `__call__(step)`, best with ops, so that it becomes part of
    the compiled training step; and, to be saved, keeps its arguments as attributes of
    the same names.

    Example:

    >>> import kerasish as keras
    >>> class Halving(keras.optimizers.schedules.LearningRateSchedule):
    ...     def __init__(self, start):
    ...         self.start = start
    ...     def __call__(self, step):
    ...         return self.start * 0.5 ** keras.ops.cast(step, "float32")
    >>> float(keras.optimizers.SGD(Halving(0.1)).learning_rate)
    0.10000000149011612
    """

    def __call__(self, step: Any) -> Any:
        """Return the learning rate of a step; a subclass implements it.

        Args:
            step: The number of steps made, an integer tensor or number.

        Raises:
            NotImplementedError: In this base class.
        """
        raise NotImplementedError(
            f"Schedule {type(self).__name__!r} must implement `__call__(step)`."
        )

    def get_config(self) -> dict[str, Any]:
        """Return the constructor arguments as a dict.

        Raises:
            NotImplementedError: If one of them is no attribute.
        """
        names = [
            name
            for name, parameter in inspect.signature(type(self)).parameters.items()
            if parameter.kind not in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD)
        ]
        missing = [name for name in names if not hasattr(self, name)]
        if missing:
            raise NotImplementedError(
                f"Schedule {type(self).__name__!r} cannot be saved: it must implement "
                f"`get_config()`, or have the attributes {missing}."
            )
        return {name: getattr(self, name) for name in names}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> LearningRateSchedule:
        """Make a schedule from the result of `get_config`."""
        return cls(**config)


def as_step(step: Any) -> Tensor:
    """Return a step number as a float tensor.

    Example:

    >>> as_step(3).dtype
    'float32'
    """
    return ops.cast(step, config.floatx())


def check_positive(**steps: Any) -> None:
    """Refuse numbers of steps that are not positive.

    Raises:
        ValueError: If one is not.

    Example:

    >>> check_positive(decay_steps=10)
    """
    for name, value in steps.items():
        if value <= 0:
            raise ValueError(f"`{name}` must be positive.\nReceived: {name}={value}")
