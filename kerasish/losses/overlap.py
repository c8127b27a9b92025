"""Losses of overlap and similarity: Dice, Tversky, circle."""

from __future__ import annotations

from typing import Any

from kerasish.backend import config, ops
from kerasish.errors import ShapeError
from kerasish.losses.loss import LossFunctionWrapper


def _same_shape(y_true: Any, y_pred: Any, name: str) -> tuple[Any, Any]:
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true, dtype=y_pred.dtype)
    if y_true.ndim != y_pred.ndim:
        raise ShapeError(
            f"{name}: targets and predictions need the same shape.\n"
            f"  got: y_true {y_true.shape}, y_pred {y_pred.shape}"
        )
    return y_true, y_pred


def dice(y_true: Any, y_pred: Any, axis: Any = None) -> Any:
    """Compute `1 - 2 * sum(t * p) / (sum(t) + sum(p) + epsilon())`.

    Args:
        y_true: Targets, any shape.
        y_pred: Predictions of the same shape.
        axis: Axes of the sums; all by default.

    Returns:
        Tensor without those axes.

    Raises:
        ShapeError: If the ranks differ.

    Example:

    >>> round(float(dice([1.0, 0.0], [1.0, 0.0])), 4)
    0.0
    """
    y_true, y_pred = _same_shape(y_true, y_pred, "dice")
    overlap = ops.sum(y_true * y_pred, axis=axis)
    size = ops.sum(y_true, axis=axis) + ops.sum(y_pred, axis=axis)
    return 1.0 - 2.0 * overlap / (size + config.epsilon())


def tversky(
    y_true: Any, y_pred: Any, alpha: float = 0.5, beta: float = 0.5, axis: Any = None
) -> Any:
    """Compute `1 - s / (s + alpha * a + beta * b + epsilon())`.

    `s = sum(t * p)`, `a = sum(t * (1 - p))`, `b = sum(p * (1 - t))` (Salehi et al.
    2017, https://arxiv.org/abs/1706.05721).

    Args:
        y_true: Targets, any shape.
        y_pred: Predictions of the same shape.
        alpha: Weight of what is missed.
        beta: Weight of what is found wrongly.
        axis: Axes of the sums; all by default.

    Returns:
        Tensor without those axes.

    Raises:
        ShapeError: If the ranks differ.

    Example:

    >>> round(float(tversky([1.0, 0.0], [1.0, 0.0])), 4)
    0.0
    """
    y_true, y_pred = _same_shape(y_true, y_pred, "tversky")
    overlap = ops.sum(y_true * y_pred, axis=axis)
    missed = ops.sum(y_true * (1.0 - y_pred), axis=axis)
    wrong = ops.sum(y_pred * (1.0 - y_true), axis=axis)
    total = overlap + alpha * missed + beta * wrong + config.epsilon()
    return 1.0 - overlap / total


def circle(
    y_true: Any,
    y_pred: Any,
    ref_labels: Any = None,
    ref_embeddings: Any = None,
    remove_diagonal: bool = True,
    gamma: float = 80,
    margin: float = 0.4,
) -> Any:
    """Compute the circle loss of embeddings (https://arxiv.org/abs/2002.10857).

    Samples of one class are pulled together, others pushed apart, each pair by a
    weight of its own.

    Args:
        y_true: Class numbers, shape `(batch,)`.
        y_pred: Embeddings of length 1, shape `(batch, d)`.
        ref_labels: Labels to compare with, shape `(references,)`; `y_true` by default.
        ref_embeddings: Embeddings to compare with; `y_pred` by default.
        remove_diagonal: Whether a sample is not compared with itself.
        gamma: Scale.
        margin: Relaxation.

    Returns:
        Tensor of shape `(batch,)`; samples whose loss is 0 are masked.

    Example:

    >>> circle([0, 1], [[1.0, 0.0], [0.0, 1.0]]).shape
    (2,)
    """
    y_pred = ops.convert_to_tensor(y_pred)
    labels = ops.cast(y_true, "int32")
    references = y_pred
    if ref_embeddings is not None:
        references = ops.convert_to_tensor(ref_embeddings)
    others = labels if ref_labels is None else ops.cast(ref_labels, "int32")
    distance = ops.maximum(1.0 - ops.matmul(y_pred, ops.transpose(references)), 0.0)
    alike, different = _pair_masks(labels, others, remove_diagonal)

    pull = gamma * ops.maximum(margin + distance, 0.0) * (distance - margin)
    push = gamma * ops.maximum(1.0 + margin - distance, 0.0) * (1.0 - margin - distance)
    nothing = ops.full_like(distance, float("-inf"))
    positive = ops.logsumexp(ops.where(alike, pull, nothing), axis=1)
    negative = ops.logsumexp(ops.where(different, push, nothing), axis=1)
    loss = ops.softplus(positive + negative)
    loss._keras_mask = loss > 0.0
    return loss


def _pair_masks(labels: Any, others: Any, remove_diagonal: bool) -> tuple[Any, Any]:
    """Which pairs (sample, reference) share their class, and which do not."""
    if labels.ndim == 1:
        labels = ops.expand_dims(labels, 1)
    if others.ndim == 1:
        others = ops.expand_dims(others, 1)
    alike = ops.equal(labels, ops.transpose(others))
    different = ops.logical_not(alike)
    if remove_diagonal:
        ones = ops.ones_like(alike, dtype="int32")
        rows = ops.cumsum(ones, axis=0)
        columns = ops.cumsum(ones, axis=1)
        alike = ops.logical_and(alike, ops.not_equal(rows, columns))
    return alike, different


class Dice(LossFunctionWrapper):
    """Dice loss of segmentation: `1 - 2 * |A and B| / (|A| + |B|)`.

    Args:
        reduction: See `Loss`.
        name: Name of the loss.
        axis: Axes of the sums; all by default.
        dtype: See `Loss`.

    Example:

    >>> round(float(Dice()([[1.0, 0.0]], [[1.0, 0.0]])), 4)
    0.0
    """

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str = "dice",
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(dice, reduction, name, dtype, axis=axis)


class Tversky(LossFunctionWrapper):
    """Tversky loss of segmentation: Dice with weights for the two kinds of error.

    Args:
        alpha: Weight of what is missed.
        beta: Weight of what is found wrongly.
        reduction: See `Loss`.
        name: Name of the loss.
        axis: Axes of the sums; all by default.
        dtype: See `Loss`.

    Example:

    >>> round(float(Tversky()([[1.0, 0.0]], [[1.0, 0.0]])), 4)
    0.0
    """

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str = "tversky",
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(
            tversky, reduction, name, dtype, alpha=alpha, beta=beta, axis=axis
        )


class Circle(LossFunctionWrapper):
    """Circle loss of metric learning (https://arxiv.org/abs/2002.10857).

    Args:
        gamma: Scale.
        margin: Relaxation.
        remove_diagonal: Whether a sample is not compared with itself.
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> loss = Circle()([0, 0], [[1.0, 0.0], [1.0, 0.0]])
    >>> loss.shape
    ()
    """

    def __init__(
        self,
        gamma: float = 80.0,
        margin: float = 0.4,
        remove_diagonal: bool = True,
        reduction: str | None = "sum_over_batch_size",
        name: str = "circle",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            circle,
            reduction,
            name,
            dtype,
            gamma=gamma,
            margin=margin,
            remove_diagonal=remove_diagonal,
        )
