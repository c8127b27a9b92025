"""The learning phase, and choices that depend on it or on a condition."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import (
    Tensor,
    current_phase,
    is_open,
    phase_scope,
    set_default_phase,
    symbolic_scope,
)
from kerasish.backend.graph import learning_phase as phase_tensor
from kerasish.backend.keras_functions.scopes import building_scope, leaves


def learning_phase() -> Tensor | int:
    """Return what tells training (1) from testing (0).

    Returns:
        A symbolic scalar, to be fed to functions as an input: 0 where it is not fed.
        A number where the phase has been set, and inside a layer that runs for one.

    Example:

    >>> learning_phase().shape
    ()
    """
    phase = current_phase()
    return phase_tensor() if phase is None else int(phase)


def set_learning_phase(value: int | bool) -> None:
    """Fix the learning phase of what is built from now on.

    A `training` argument of a layer or model, such as `fit` and `predict` pass, counts
    more. `clear_session` undoes this.

    Args:
        value: 0 for testing, 1 for training.

    Raises:
        ValueError: For any other value.

    Example:

    >>> set_learning_phase(1)
    >>> learning_phase()
    1
    >>> from kerasish.backend import clear_session
    >>> clear_session()
    """
    set_default_phase(_checked(value))


def _checked(value: int | bool) -> bool:
    if value not in (0, 1):
        raise ValueError(f"A learning phase must be 0 or 1.\nReceived: {value!r}")
    return bool(value)


@contextlib.contextmanager
def learning_phase_scope(value: int | bool) -> Iterator[None]:
    """Fix the learning phase of what is built inside.

    Args:
        value: 0 for testing, 1 for training.

    Raises:
        ValueError: For any other value.

    Example:

    >>> with learning_phase_scope(1):
    ...     in_train_phase("noisy", "plain")
    'noisy'
    """
    with phase_scope(_checked(value)):
        yield


def _phase_scope(values: tuple, training: Any) -> contextlib.AbstractContextManager:
    if training is None and current_phase() is None and is_open():
        return symbolic_scope()
    return building_scope(leaves((values, training)))


def in_train_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Choose between a value for training and one for testing.

    Args:
        x: A tensor, or a function without arguments that returns one, for training.
        alt: The same for testing.
        training: A bool or number, or a symbolic scalar; for `None` the learning
            phase.

    Returns:
        The chosen value, or a symbolic tensor while the choice is open.

    Example:

    >>> in_train_phase("noisy", "plain", training=True)
    'noisy'
    """
    with _phase_scope((x, alt), training):
        return ops.in_train_phase(x, alt, training)


def in_test_phase(x: Any, alt: Any, training: Any = None) -> Any:
    """Choose between a value for testing and one for training.

    Args:
        x: A tensor, or a function without arguments that returns one, for testing.
        alt: The same for training.
        training: As for `in_train_phase`.

    Returns:
        The chosen value, or a symbolic tensor while the choice is open.

    Example:

    >>> in_test_phase("plain", "noisy", training=0)
    'plain'
    """
    return in_train_phase(alt, x, training)


def switch(condition: Any, then_expression: Any, else_expression: Any) -> Any:
    """Choose by a scalar, or element by element.

    Args:
        condition: A scalar, or a tensor whose shape is the beginning of the shape of
            the values.
        then_expression: A tensor, or a function without arguments that returns one.
        else_expression: The same where the condition is false.

    Returns:
        The chosen value or values.

    Raises:
        ShapeError: If the condition has more axes than the values.

    Example:

    >>> import numpy as np
    >>> import numpy as np
    >>> switch(np.array([True, False]), np.ones(2), np.zeros(2)).numpy()
    array([1., 0.])
    """
    with building_scope(leaves((condition, then_expression, else_expression))):
        if isinstance(condition, Tensor) and condition.node is phase_tensor().node:
            return ops.in_train_phase(then_expression, else_expression, condition)
        return ops.choose(condition, then_expression, else_expression)
