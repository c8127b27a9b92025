"""Values that depend on whether the model trains, and K's `switch`."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import (
    Node,
    Op,
    Spec,
    Tensor,
    as_tensor,
    current_phase,
    in_building_scope,
    learning_phase,
    register,
)
from kerasish.backend.ops.control import cond
from kerasish.backend.ops.promotion import promote
from kerasish.errors import ShapeError


class _SelectPhase(Op):
    """The second input while training, else the third; chosen when compiling."""

    name = "select_phase"

    def infer(self, phase: Spec, train: Spec, test: Spec) -> Spec:
        shape = tuple(a if a == b else None for a, b in zip(train.shape, test.shape))
        return Spec(shape, train.dtype)

    def kernel(
        self, xp: Any, phase: Any, train: Any, test: Any, *, out: Any = None
    ) -> Any:
        return train if phase.item() else test

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        phase, train, test = inputs
        if phase.node.op.name != "constant":
            return None
        return train if phase.node.attrs["array"].item() else test

    def vjp(self, node: Node, g: Tensor) -> tuple[None, Tensor, Tensor]:
        phase, train, test = node.inputs
        return (
            None,
            select_phase_op(phase, g, ops.zeros_like(train)),
            select_phase_op(phase, ops.zeros_like(test), g),
        )


select_phase_op = register(_SelectPhase())


def _evaluated(value: Any) -> Any:
    return value() if callable(value) else value


def _open_choice(phase: Tensor, x: Any, alt: Any) -> Tensor:
    """Leave the choice to the run; the value with fewer axes gets leading ones."""
    values = promote(_evaluated(x), _evaluated(alt))
    rank = max(value.ndim for value in values)
    train, test = (
        ops.expand_dims(value, tuple(range(rank - value.ndim))) for value in values
    )
    return select_phase_op(phase, train, test)


def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Choose between a value for training and one for testing.

    Each keeps its shape, but for leading axes of length one: the value with fewer axes
    gets them when the choice is left open.

    Args:
        x: A tensor, or a function without arguments that returns one, for training.
        alt: The same for testing.
        training: A bool or number chooses at once; a symbolic scalar when the graph
            runs. For `None` the layer call that is running decides; outside of one a
            graph that is built outside a traced function depends on the learning
            phase, and anything else is testing.

    Returns:
        The chosen value, or a symbolic tensor.

    Example:

    >>> in_train_phase("noisy", "plain", training=True)
    'noisy'
    """
    if training is None:
        training = current_phase()
    if training is None:
        if not in_building_scope():
            return _evaluated(alt)
        return _open_choice(learning_phase(), x, alt)
    if isinstance(training, Tensor) and training.is_symbolic:
        if training.node is learning_phase().node:
            return _open_choice(training, x, alt)
        return cond(training, lambda: _evaluated(x), lambda: _evaluated(alt))
    return _evaluated(x) if bool(training) else _evaluated(alt)


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Choose between a value for testing and one for training.

    Args:
        x: A tensor, or a function without arguments that returns one, for testing.
        alt: The same for training.
        training: As for `in_train_phase`.

    Returns:
        The chosen value, or a symbolic tensor.

    Example:

    >>> in_test_phase("plain", "noisy", training=False)
    'plain'
    """
    return in_train_phase(alt, x, training)


def choose(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """Choose by a scalar, or element by element.

    Args:
        condition: A scalar bool, or a tensor whose shape is the beginning of the
            shape of the values.
        then_expression: A tensor, or a function without arguments that returns one.
        else_expression: The same where the condition does not hold.

    Returns:
        The chosen value or values.

    Raises:
        ShapeError: If the condition has more axes than the values.

    Example:

    >>> choose([True, False], [[1.0], [2.0]], [[0.0], [0.0]]).numpy().tolist()
    [[1.0], [0.0]]
    """
    condition = as_tensor(condition)
    if condition.ndim == 0:
        return cond(
            condition,
            lambda: _evaluated(then_expression),
            lambda: _evaluated(else_expression),
        )
    then, other = promote(_evaluated(then_expression), _evaluated(else_expression))
    extra = then.ndim - condition.ndim
    if extra < 0:
        raise ShapeError(
            "choose: the condition must not have more axes than the values.\n"
            f"  got: condition {condition.shape}, values {then.shape}"
        )
    if extra:
        last = condition.ndim
        condition = ops.expand_dims(condition, tuple(range(last, last + extra)))
    return ops.where(ops.cast(condition, "bool"), then, other)
