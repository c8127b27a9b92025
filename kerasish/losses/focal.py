"""Crossentropies that weigh examples: focal, and robust against wrong labels."""

from __future__ import annotations

from typing import Any

from kerasish.backend import config, ops
from kerasish.losses.loss import LossFunctionWrapper
from kerasish.losses.reduction import prepare
from kerasish.losses.targets import class_numbers, prepare_one_hot, smooth


def categorical_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Compute `-sum(alpha * (1 - p) ** gamma * y_true * log(p))` over the classes.

    Easy examples count less (Lin et al. 2017, https://arxiv.org/abs/1708.02002).

    Args:
        y_true: One-hot labels, shape `(batch, ..., classes)`.
        y_pred: Probabilities, or logits, of the same shape.
        alpha: Weight of the classes: a number, or one for each class.
        gamma: Focusing exponent.
        from_logits: Whether `y_pred` has not been through a softmax.
        label_smoothing: Share of the label mass spread evenly over the classes.
        axis: Axis of the classes.

    Returns:
        Tensor without the class axis.

    Raises:
        ShapeError: If the labels are class numbers or of another width.

    Example:

    >>> loss = categorical_focal_crossentropy([[0.0, 1.0]], [[0.5, 0.5]])
    >>> round(float(loss[0]), 4)
    0.0433
    """
    name = "categorical_focal_crossentropy"
    y_true, y_pred = prepare_one_hot(y_true, y_pred, axis, name)
    y_true = smooth(y_true, label_smoothing, y_pred.shape[-1])
    if from_logits:
        y_pred = ops.softmax(y_pred, axis=axis)
    output = y_pred / ops.sum(y_pred, axis=axis, keepdims=True)
    output = ops.clip(output, config.epsilon(), 1.0 - config.epsilon())
    weight = ops.power(1.0 - output, gamma) * ops.cast(alpha, output.dtype)
    return ops.sum(-weight * y_true * ops.log(output), axis=axis)


def binary_focal_crossentropy(
    y_true: Any,
    y_pred: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    label_smoothing: float = 0.0,
    axis: int = -1,
) -> Any:
    """Compute the mean of `(1 - p_t) ** gamma` times the binary crossentropy.

    `p_t` is the probability given to the true label (Lin et al. 2017,
    https://arxiv.org/abs/1708.02002).

    Args:
        y_true: Labels 0 and 1, shape `(batch, ..., d)`.
        y_pred: Probabilities, or logits, of the same shape.
        apply_class_balancing: Whether label 1 weighs `alpha` and label 0 `1 - alpha`.
        alpha: Weight of label 1.
        gamma: Focusing exponent.
        from_logits: Whether `y_pred` has not been through a sigmoid.
        label_smoothing: Labels become `y * (1 - s) + s / 2`.
        axis: Axis of the mean.

    Returns:
        Tensor without that axis.

    Raises:
        ShapeError: If the shapes differ.

    Example:

    >>> loss = binary_focal_crossentropy([[1.0]], [[0.5]])
    >>> round(float(loss[0]), 4)
    0.1733
    """
    y_true, y_pred = prepare(y_true, y_pred, "binary_focal_crossentropy")
    y_true = smooth(y_true, label_smoothing, 2)
    if from_logits:
        y_pred = ops.sigmoid(y_pred)
    likelihood = y_true * y_pred + (1.0 - y_true) * (1.0 - y_pred)
    loss = ops.binary_crossentropy(y_true, y_pred, from_logits=False)
    loss = ops.power(1.0 - likelihood, gamma) * loss
    if apply_class_balancing:
        loss = (y_true * alpha + (1.0 - y_true) * (1.0 - alpha)) * loss
    return ops.mean(loss, axis=axis)


def categorical_generalized_cross_entropy(y_true: Any, y_pred: Any, q: float) -> Any:
    """Compute `(1 - p ** q) / q` with `p` the probability of the true class.

    Between the crossentropy (`q` near 0) and the mean absolute error (`q = 1`), robust
    against wrong labels (Zhang and Sabuncu 2018, https://arxiv.org/abs/1805.07836).

    Args:
        y_true: Class numbers, shape `(batch,)` or `(batch, 1)`.
        y_pred: Probabilities, shape `(batch, classes)`.
        q: Between 0 and 1.

    Returns:
        Tensor of shape `(batch,)`.

    Raises:
        ShapeError: If the labels are of another shape.

    Example:

    >>> categorical_generalized_cross_entropy([1], [[0.75, 0.25]], q=0.5).numpy()
    array([1.], dtype=float32)
    """
    y_pred = ops.convert_to_tensor(y_pred)
    y_true = class_numbers(ops.convert_to_tensor(y_true), y_pred, -1)
    one_hot = ops.one_hot(
        ops.cast(y_true, "int32"), y_pred.shape[-1], dtype=y_pred.dtype
    )
    probability = ops.sum(y_pred * one_hot, axis=-1)
    return (1.0 - ops.power(probability, q)) / q


class BinaryFocalCrossentropy(LossFunctionWrapper):
    """Binary crossentropy in which easy examples count less (Lin et al. 2017).

    Args:
        apply_class_balancing: Whether label 1 weighs `alpha` and label 0 `1 - alpha`.
        alpha: Weight of label 1.
        gamma: Focusing exponent.
        from_logits: Whether predictions have not been through a sigmoid.
        label_smoothing: Labels become `y * (1 - s) + s / 2`.
        axis: Axis of the mean.
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> round(float(BinaryFocalCrossentropy()([[1.0]], [[0.5]])), 4)
    0.1733
    """

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "binary_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            binary_focal_crossentropy,
            reduction,
            name,
            dtype,
            apply_class_balancing=apply_class_balancing,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalFocalCrossentropy(LossFunctionWrapper):
    """Categorical crossentropy in which easy examples count less (Lin et al. 2017).

    Args:
        alpha: Weight of the classes: a number, or one for each class.
        gamma: Focusing exponent.
        from_logits: Whether predictions have not been through a softmax.
        label_smoothing: Share of the label mass spread evenly over the classes.
        axis: Axis of the classes.
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Example:

    >>> round(float(CategoricalFocalCrossentropy()([[0.0, 1.0]], [[0.5, 0.5]])), 4)
    0.0433
    """

    def __init__(
        self,
        alpha: Any = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(
            categorical_focal_crossentropy,
            reduction,
            name,
            dtype,
            alpha=alpha,
            gamma=gamma,
            from_logits=from_logits,
            label_smoothing=label_smoothing,
            axis=axis,
        )


class CategoricalGeneralizedCrossEntropy(LossFunctionWrapper):
    """Loss that is robust against wrong labels: `(1 - p ** q) / q`.

    Args:
        q: Between 0 (crossentropy) and 1 (mean absolute error), both excluded.
        reduction: See `Loss`.
        name: Name of the loss.
        dtype: See `Loss`.

    Raises:
        ValueError: If `q` is out of range.

    Example:

    >>> float(CategoricalGeneralizedCrossEntropy()([1], [[0.75, 0.25]]))
    1.0
    """

    def __init__(
        self,
        q: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str = "categorical_generalized_cross_entropy",
        dtype: Any = None,
    ) -> None:
        if not 0 < q < 1:
            raise ValueError(f"`q` must lie between 0 and 1.\nReceived: q={q}")
        super().__init__(
            categorical_generalized_cross_entropy, reduction, name, dtype, q=q
        )
