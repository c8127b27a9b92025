"""The learning rate of an optimizer: a Variable, a schedule or a function."""

from __future__ import annotations

import numbers
from typing import Any

from kerasish.backend import config, ops
from kerasish.backend.graph import (
    Tensor,
    Variable,
    current_trace,
    eager_scope,
    in_symbolic_scope,
    is_tensor,
)
from kerasish.optimizers.schedules.schedule import LearningRateSchedule


class LearningRate:
    """The part of an optimizer that holds its learning rate.

    Example:

    >>> from kerasish.optimizers import SGD
    >>> optimizer = SGD(0.5)
    >>> optimizer.learning_rate = 0.25
    >>> float(optimizer.learning_rate)
    0.25
    """

    _host_rate: Variable | None = None
    # What an own `get_updates` has set: in the graph it stands for the Variable.
    _described_rate: Tensor | None = None

    def _start_learning_rate(self, value: Any) -> None:
        if isinstance(value, (LearningRateSchedule, Variable)):
            self._learning_rate = value
        elif isinstance(value, numbers.Real) or is_tensor(value) or _is_scalar(value):
            start = float(value)
            self._learning_rate = self.add_variable(
                (),
                lambda shape, dtype: ops.full(shape, start, dtype=dtype),
                dtype=config.floatx(),
                name="learning_rate",
            )
        elif callable(value):
            self._learning_rate = value
        else:
            raise ValueError(
                "`learning_rate` must be a number, a `LearningRateSchedule`, or a "
                "function without arguments.\n"
                f"Received: learning_rate={value!r} of type {type(value).__name__}"
            )

    @property
    def learning_rate(self) -> Any:
        """The learning rate: a Variable, or what the schedule gives at this step."""
        if self._described_rate is not None:
            return self._described_rate
        if isinstance(self._learning_rate, LearningRateSchedule):
            return self._learning_rate(self._iterations)
        if isinstance(self._learning_rate, Variable):
            return self._learning_rate
        return self._learning_rate()

    @learning_rate.setter
    def learning_rate(self, value: Any) -> None:
        self.__dict__.pop("_described_rate", None)
        if value is self._learning_rate:
            return
        if is_tensor(value) and value.is_symbolic and current_trace() is None:
            self.__dict__["_described_rate"] = value
        elif isinstance(value, LearningRateSchedule) or (
            callable(value) and not isinstance(value, (Variable, Tensor))
        ):
            self._variables[:] = [
                v for v in self._variables if v is not self._learning_rate
            ]
            self._learning_rate = value
            self._host_rate = None
        elif isinstance(self._learning_rate, Variable):
            self._learning_rate.assign(value)
        else:
            raise TypeError(
                "The learning rate of this optimizer follows a schedule and cannot be "
                "set; make the optimizer with a number to set it later.\n"
                f"Received: learning_rate={value!r}"
            )

    @property
    def lr(self) -> Any:
        """The learning rate (the name of Keras 2)."""
        return self.learning_rate

    @lr.setter
    def lr(self, value: Any) -> None:
        self.learning_rate = value

    def current_learning_rate(self) -> Any:
        """Return the learning rate of this step, with the time decay of Keras 2.

        A schedule or function of plain Python, which cannot be traced, is evaluated on
        the host; `prepare_step` renews its value before each run of a compiled step.

        Returns:
            A scalar tensor.
        """
        rate = self._traced_rate()
        if isinstance(self.decay, Variable) or self.decay:
            steps = ops.cast(self.iterations, config.floatx())
            rate = rate / (1.0 + self.decay * steps)
        return ops.convert_to_tensor(rate)

    def _traced_rate(self) -> Any:
        if self._described_rate is not None:
            return self._described_rate
        if isinstance(self._learning_rate, Variable):
            return self._learning_rate.value
        if not in_symbolic_scope():
            return self.learning_rate
        if self._host_rate is None:
            try:
                rate = self.learning_rate
            except TypeError:
                rate = None
            if is_tensor(rate):
                return rate
            with eager_scope():
                # Not an attribute: it is no part of the saved state.
                self.__dict__["_host_rate"] = Variable(
                    float(self.learning_rate), dtype=config.floatx(), trainable=False
                )
        return self._host_rate.value

    def prepare_step(self) -> None:
        """Evaluate on the host a learning rate that cannot be traced.

        Whoever runs a compiled step calls this before each run. For numbers and for
        schedules made of ops it does nothing.
        """
        if self._host_rate is not None:
            self._host_rate.assign(float(self.learning_rate))

    def _learning_rate_config(self) -> Any:
        if isinstance(self._learning_rate, Variable):
            return float(self._learning_rate.numpy())
        from kerasish.optimizers.schedules import serialize

        return serialize(self._learning_rate)


def _is_scalar(value: Any) -> bool:
    return hasattr(value, "dtype") and getattr(value, "ndim", None) == 0
