"""Crossentropies of classifiers: binary, categorical, sparse."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.losses.loss import LossFunctionWrapper
from kerasish.losses.reduction import prepare
from kerasish.losses.targets import (
    check_axis,
    class_numbers,
    prepare_one_hot,
    smooth,
)


def categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Compute `-sum(y_true * log(y_pred))` over the classes.

    Probabilities are divided by their sum and clipped to
    `[epsilon(), 1 - epsilon()]`.

    Args:
        y_true: One-hot labels or probabilities, shape `(batch, ..., classes)`.
        y_pred: Probabilities, or logits, of the same shape.
        from_logits: Whether `y_pred` has not been through a softmax.
        label_smoothing: Share of the label mass spread evenly over the classes.
        axis: Axis of the classes.

    Returns:
        Tensor without the class axis.

    Raises:
        ShapeError: If the labels are class numbers or of another width.

    Example:

    >>> loss = categorical_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
    >>> round(float(loss[0]), 4)
    0.6931
    """
    y_true, y_pred = prepare_one_hot(y_true, y_pred, axis, "categorical_crossentropy")
    y_true = smooth(y_true, label_smoothing, y_pred.shape[-1])
    return ops.categorical_crossentropy(
        y_true, y_pred, from_logits=from_logits, axis=axis
    )


def sparse_categorical_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    ignore_class: int | None = None,
    axis: int = -1,
) -> Any:
    """Compute `-log(y_pred[y_true])`, the crossentropy with class numbers.

    Args:
        y_true: Class numbers, shape `(batch, ...)` or `(batch, ..., 1)`.
        y_pred: Probabilities, or logits, shape `(batch, ..., classes)`.
        from_logits: Whether `y_pred` has not been through a softmax.
        ignore_class: A label whose positions count nothing (and are masked).
        axis: Axis of the classes.

    Returns:
        Tensor of shape `(batch, ...)`.

    Raises:
        ShapeError: If the labels are one-hot or of another shape.

    Example:

    >>> loss = sparse_categorical_crossentropy([1], [[0.5, 0.5]])
    >>> round(float(loss[0]), 4)
    0.6931
    """
    check_axis(axis)
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = ops.convert_to_tensor(y_true)
    y_true = class_numbers(y_true, y_pred, axis)
    valid = None
    if ignore_class is not None:
        valid = ops.not_equal(y_true, ops.cast(ignore_class, y_true.dtype))
        y_true = ops.where(valid, y_true, ops.zeros_like(y_true))
        kept = ops.expand_dims(valid, axis)
        y_pred = ops.where(kept, y_pred, ops.zeros_like(y_pred))
    loss = ops.sparse_categorical_crossentropy(
        ops.cast(y_true, "int32"), y_pred, from_logits=from_logits, axis=axis
    )
    if valid is not None:
        loss = ops.where(valid, loss, ops.zeros_like(loss))
        loss._keras_mask = valid
    return loss


def binary_crossentropy(
    y_true: Any,
    y_pred: Any,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Compute `-mean(y_true * log(p) + (1 - y_true) * log(1 - p))`.

    Args:
        y_true: Labels 0 and 1, shape `(batch, ..., d)`.
        y_pred: Probabilities, or logits, of the same shape.
        from_logits: Whether `y_pred` has not been through a sigmoid.
        label_smoothing: Labels become `y * (1 - s) + s / 2`.
        axis: Axis of the mean.

    Returns:
        Tensor without that axis.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> loss = binary_crossentropy([[1.0]], [[0.5]])
    >>> round(float(loss[0]), 4)
    0.6931
    """
    y_true, y_pred = prepare(y_true, y_pred, "binary_crossentropy")
    y_true = smooth(y_true, label_smoothing, 2)
    loss = ops.binary_crossentropy(y_true, y_pred, from_logits=from_logits)
    return ops.mean(loss, axis=axis)


class BinaryCrossentropy(LossFunctionWrapper):
    """Crossentropy of two classes with one output unit each.

    Args:
        from_logits: Whether predictions have not been through a sigmoid.
        label_smoothing: Labels become `y * (1 - s) + s / 2`.
        axis: Axis of the mean.
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> round(float(BinaryCrossentropy()([[1.0], [0.0]], [[0.5], [0.5]])), 4)
    0.6931
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "binary_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            binary_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalCrossentropy(LossFunctionWrapper):
    """Crossentropy of several classes with one-hot labels.

    Args:
        from_logits: Whether predictions have not been through a softmax.
        label_smoothing: Share of the label mass spread evenly over the classes.
        axis: Axis of the classes.
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> round(float(CategoricalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.6931
    """

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class SparseCategoricalCrossentropy(LossFunctionWrapper):
    """Crossentropy of several classes with class numbers as labels.

    Args:
        from_logits: Whether predictions have not been through a softmax.
        ignore_class: A label whose positions do not count.
        reduction: See `Loss`.
        axis: Axis of the classes.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> round(float(SparseCategoricalCrossentropy()([1], [[0.5, 0.5]])), 4)
    0.6931
    """

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            sparse_categorical_crossentropy,
            reduction,
            name,
            dtype,
            from_logits=from_logits,
            ignore_class=ignore_class,
            axis=axis,
        )
