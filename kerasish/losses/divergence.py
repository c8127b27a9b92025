"""Losses between distributions that are no crossentropies."""

from __future__ import annotations

from typing import Any

from kerasish.backend import config, ops
from kerasish.losses.loss import LossFunctionWrapper
from kerasish.losses.reduction import prepare


def kl_divergence(y_true: Any, y_pred: Any) -> Any:
    """Compute `sum(y_true * log(y_true / y_pred))` over the last axis.

    Both are clipped to `[epsilon(), 1]` (Kullback and Leibler 1951).

    Args:
        y_true: Probabilities, shape `(batch, ..., classes)`.
        y_pred: Probabilities of the same shape.

    Returns:
        Tensor of shape `(batch, ...)`.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> float(kl_divergence([0.5, 0.5], [0.5, 0.5]))
    0.0
    """
    y_true, y_pred = prepare(y_true, y_pred, "kl_divergence")
    y_true = ops.clip(y_true, config.epsilon(), 1.0)
    y_pred = ops.clip(y_pred, config.epsilon(), 1.0)
    return ops.sum(y_true * ops.log(y_true / y_pred), axis=-1)


def poisson(y_true: Any, y_pred: Any) -> Any:
    """Compute `mean(y_pred - y_true * log(y_pred + epsilon()))` over the last axis.

    The negative log-likelihood of counts up to a constant.

    Args:
        y_true: Counts, shape `(batch, ..., d)`.
        y_pred: Positive rates of the same shape.

    Returns:
        Tensor of shape `(batch, ...)`.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> float(poisson([0.0, 0.0], [1.0, 3.0]))
    2.0
    """
    y_true, y_pred = prepare(y_true, y_pred, "poisson")
    return ops.mean(y_pred - y_true * ops.log(y_pred + config.epsilon()), axis=-1)


class KLDivergence(LossFunctionWrapper):
    """Divergence of Kullback and Leibler: `sum(y_true * log(y_true / y_pred))`.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> float(KLDivergence()([[0.5, 0.5]], [[0.5, 0.5]]))
    0.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "kl_divergence",
        dtype: Any = None,
    ) -> None:
        super().__init__(kl_divergence, reduction, name, dtype)


class Poisson(LossFunctionWrapper):
    """Loss of counts: `mean(y_pred - y_true * log(y_pred))`.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> float(Poisson()([[0.0, 0.0]], [[1.0, 3.0]]))
    2.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "poisson",
        dtype: Any = None,
    ) -> None:
        super().__init__(poisson, reduction, name, dtype)
