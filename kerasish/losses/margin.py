"""Losses of maximum-margin classification."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.losses.loss import LossFunctionWrapper
from kerasish.losses.reduction import prepare


def _signed(y_true: Any) -> Any:
    """Turn labels that are all 0 or 1 into -1 and 1; leave others as they are."""
    binary = ops.logical_or(ops.equal(y_true, 0), ops.equal(y_true, 1))
    return ops.where(ops.all(binary), 2.0 * y_true - 1.0, y_true)


def hinge(y_true: Any, y_pred: Any) -> Any:
    """Compute `mean(max(0, 1 - y_true * y_pred))` over the last axis.

    Args:
        y_true: Labels -1 and 1, or 0 and 1, shape `(batch, ..., d)`.
        y_pred: Predictions of the same shape.

    Returns:
        Tensor of shape `(batch, ...)`.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> hinge([[-1.0, 1.0]], [[0.5, 0.5]]).numpy()
    array([1.], dtype=float32)
    """
    y_true, y_pred = prepare(y_true, y_pred, "hinge")
    return ops.mean(ops.maximum(1.0 - _signed(y_true) * y_pred, 0.0), axis=-1)


def squared_hinge(y_true: Any, y_pred: Any) -> Any:
    """Compute `mean(max(0, 1 - y_true * y_pred) ** 2)` over the last axis.

    Args:
        y_true: Labels -1 and 1, or 0 and 1, shape `(batch, ..., d)`.
        y_pred: Predictions of the same shape.

    Returns:
        Tensor of shape `(batch, ...)`.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> squared_hinge([[-1.0, 1.0]], [[0.5, 0.5]]).numpy()
    array([1.25], dtype=float32)
    """
    y_true, y_pred = prepare(y_true, y_pred, "squared_hinge")
    margin = ops.maximum(1.0 - _signed(y_true) * y_pred, 0.0)
    return ops.mean(ops.square(margin), axis=-1)


def categorical_hinge(y_true: Any, y_pred: Any) -> Any:
    """Compute `max(0, 1 + neg - pos)`.

    `pos = sum(y_true * y_pred)` and `neg = max((1 - y_true) * y_pred)`, both over the
    last axis.

    Args:
        y_true: One-hot labels, shape `(batch, ..., classes)`.
        y_pred: Predictions of the same shape.

    Returns:
        Tensor of shape `(batch, ...)`.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> categorical_hinge([[0.0, 1.0]], [[0.5, 0.75]]).numpy()
    array([0.75], dtype=float32)
    """
    y_true, y_pred = prepare(y_true, y_pred, "categorical_hinge")
    positive = ops.sum(y_true * y_pred, axis=-1)
    negative = ops.max((1.0 - y_true) * y_pred, axis=-1)
    return ops.maximum(negative - positive + 1.0, 0.0)


class Hinge(LossFunctionWrapper):
    """Hinge loss: `mean(max(0, 1 - y_true * y_pred))`.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> float(Hinge()([[-1.0], [1.0]], [[0.5], [0.5]]))
    1.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(hinge, reduction, name, dtype)


class SquaredHinge(LossFunctionWrapper):
    """Squared hinge loss: `mean(max(0, 1 - y_true * y_pred) ** 2)`.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> float(SquaredHinge()([[-1.0], [1.0]], [[0.5], [0.5]]))
    1.25
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "squared_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(squared_hinge, reduction, name, dtype)


class CategoricalHinge(LossFunctionWrapper):
    """Hinge loss of several classes: `max(0, 1 + neg - pos)`.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> float(CategoricalHinge()([[0.0, 1.0]], [[0.5, 0.75]]))
    0.75
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(categorical_hinge, reduction, name, dtype)
