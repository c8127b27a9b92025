"""Learning rates that depend on the number of the step."""

from __future__ import annotations

import functools
import math
from typing import Any

from kerasish.graph.arrays import stack
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.current_graph import name_scope
from kerasish.graph.documentation import example
from kerasish.graph.gathering import gather, where
from kerasish.graph.mathematics import (
    add,
    cast,
    ceil,
    cos,
    equal,
    exp,
    floor,
    maximum,
    minimum,
    multiply,
    pow,
    truediv,
)
from kerasish.graph.reductions import reduce_sum
from kerasish.graph.tensors import Tensor

_decay = functools.partial(
    example, learning_rate="The first learning rate.",
    global_step="The number of the step.",
    decay_steps="After how many steps the rate falls once.",
    decay_rate="How far it falls.", staircase="Whether it stays the same in between.",
)  # fmt: skip


def _share(rate: Any, step: Any, decay_steps: Any, staircase: bool = False) -> tuple:
    rate = convert_to_tensor(rate, name="learning_rate")
    step, period = cast(step, rate.dtype), cast(decay_steps, rate.dtype)
    share = truediv(step, period)
    return rate, floor(share) if staircase else share


@_decay("tf.train.exponential_decay(1.0, 20, 10, 0.5)", "0.25")
def exponential_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """Return `learning_rate * decay_rate ** (global_step / decay_steps)`.

    Raises:
        ValueError: If there is no step.
    """
    if global_step is None:
        raise ValueError("global_step is required for exponential_decay.")
    with name_scope(name, "ExponentialDecay") as scope:
        rate, share = _share(learning_rate, global_step, decay_steps, staircase)
        return multiply(rate, pow(cast(decay_rate, rate.dtype), share), name=scope)


@_decay("tf.train.natural_exp_decay(1.0, 0, 10, 0.5)", "1.0")
def natural_exp_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """Return `learning_rate * exp(-decay_rate * global_step / decay_steps)`."""
    with name_scope(name, "NaturalExpDecay") as scope:
        rate, share = _share(learning_rate, global_step, decay_steps, staircase)
        left = exp(-cast(decay_rate, rate.dtype) * share)
        return multiply(rate, left, name=scope)


@_decay("tf.train.inverse_time_decay(1.0, 20, 10, 0.5)", "0.5")
def inverse_time_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    decay_rate: Any,
    staircase: bool = False,
    name: str | None = None,
) -> Tensor:
    """Return `learning_rate / (1 + decay_rate * global_step / decay_steps)`."""
    with name_scope(name, "InverseTimeDecay") as scope:
        rate, share = _share(learning_rate, global_step, decay_steps, staircase)
        slowed = 1.0 + cast(decay_rate, rate.dtype) * share
        return truediv(rate, slowed, name=scope)


@example("tf.train.polynomial_decay(1.0, 5, 10, 0.0)", "0.5")
def polynomial_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    end_learning_rate: Any = 0.0001,
    power: Any = 1.0,
    cycle: bool = False,
    name: str | None = None,
) -> Tensor:
    """Return a rate that falls from one value to another.

    Args:
        learning_rate: The first learning rate.
        global_step: The number of the step.
        decay_steps: The number of steps until the last rate.
        end_learning_rate: The last learning rate.
        power: 1 for a straight line.
        cycle: Whether the number of steps doubles, triples, ... beyond its end.
        name: A name.
    """
    with name_scope(name, "PolynomialDecay") as scope:
        rate = convert_to_tensor(learning_rate, name="learning_rate")
        step, period = cast(global_step, rate.dtype), cast(decay_steps, rate.dtype)
        if cycle:
            rounds = ceil(step / period)
            period = period * where(equal(step, 0.0), rounds * 0.0 + 1.0, rounds)
        else:
            step = minimum(step, period)
        left = pow(1.0 - step / period, cast(power, rate.dtype))
        fallen = (rate - end_learning_rate) * left
        return add(fallen, end_learning_rate, name=scope)


@example("tf.train.cosine_decay(1.0, 10, 10, 0.25)", "0.25")
def cosine_decay(
    learning_rate: Any,
    global_step: Any,
    decay_steps: Any,
    alpha: Any = 0.0,
    name: str | None = None,
) -> Tensor:
    """Return a rate that falls along half a cosine (Loshchilov and Hutter, 2016).

    Args:
        learning_rate: The first learning rate.
        global_step: The number of the step.
        decay_steps: The number of steps until the last rate.
        alpha: The last rate, as a share of the first.
        name: A name.
    """
    with name_scope(name, "CosineDecay"):
        rate, share = _share(learning_rate, global_step, decay_steps)
        left = 0.5 * (1.0 + cos(math.pi * minimum(share, 1.0)))
        return rate * ((1.0 - alpha) * left + alpha)


@example("tf.train.piecewise_constant(7, [5, 9], [1.0, 0.5, 0.25])", "0.5")
def piecewise_constant(
    x: Any, boundaries: Any, values: Any, name: str | None = None
) -> Tensor:
    """Return one of several values.

    Args:
        x: The number of the step.
        boundaries: Up to which step each value but the last holds.
        values: The values, one more than there are boundaries.
        name: A name.

    Raises:
        ValueError: If the numbers do not fit.
    """
    if len(boundaries) != len(values) - 1:
        raise ValueError(
            "The length of boundaries should be 1 less than the length of values"
        )
    with name_scope(name, "PiecewiseConstant"):
        step = convert_to_tensor(x)
        limits = convert_to_tensor(list(boundaries), step.dtype)
        place = reduce_sum(cast(limits < step, "int32"))
        rates = stack([convert_to_tensor(value) for value in values])
        return gather(rates, maximum(place, 0))
