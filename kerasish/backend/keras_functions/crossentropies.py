"""Crossentropies with the truth as the first argument."""

from __future__ import annotations

from typing import Any

from kerasish.backend import config, ops
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.keras_functions.scopes import follows_arguments


@follows_arguments
def categorical_crossentropy(
    target: Any, output: Any, from_logits: bool = False, axis: int = -1
) -> Tensor:
    """Compute `-sum(target * log(output))` over the classes.

    Args:
        target: The truth.
        output: Predictions.
        from_logits: Whether predictions have not been through a softmax.
        axis: The axis of the classes.

    Returns:
        A tensor without that axis.

    Example:

    >>> import numpy as np
    >>> loss = categorical_crossentropy(np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]]))
    >>> loss.numpy()
    array([0.69314718])
    """
    return ops.categorical_crossentropy(target, output, from_logits, axis)


@follows_arguments
def sparse_categorical_crossentropy(
    target: Any,
    output: Any,
    from_logits: bool = False,
    axis: int = -1,
    ignore_class: int | None = None,
) -> Tensor:
    """Compute `-log(output)` of the right classes.

    Args:
        target: The numbers of the right classes.
        output: Predictions, with an axis more.
        from_logits: Whether predictions have not been through a softmax.
        axis: The axis of the classes.
        ignore_class: A class number whose loss is 0.

    Returns:
        A tensor in the shape of the target.

    Example:

    >>> import numpy as np
    >>> loss = sparse_categorical_crossentropy(np.array([1]), np.array([[0.5, 0.5]]))
    >>> loss.numpy()
    array([0.69314718])
    """
    target, output = as_tensor(target), as_tensor(output)
    axis = axis % output.ndim
    if target.ndim == output.ndim and target.shape[axis] == 1:
        target = ops.squeeze(target, axis)
    target = ops.cast(target, "int32")
    if ignore_class is not None:
        counts = target != ignore_class
        target = ops.where(counts, target, 0)
    if not from_logits:
        output = ops.log(ops.clip(output, config.epsilon(), 1.0 - config.epsilon()))
    if axis != output.ndim - 1:
        output = ops.moveaxis(output, axis, -1)
    if target.ndim == 1 and output.ndim > 2:
        target = ops.reshape(target, ops.shape(output)[:-1])
    loss = ops.sparse_categorical_crossentropy(target, output, from_logits=True)
    return loss if ignore_class is None else ops.where(counts, loss, 0.0)


@follows_arguments
def binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Tensor:
    """Compute the crossentropy of each element.

    Args:
        target: The truth.
        output: Predictions.
        from_logits: Whether predictions have not been through a sigmoid.

    Returns:
        A tensor of the shape of the predictions.

    Example:

    >>> import numpy as np
    >>> binary_crossentropy(np.array([1.0]), np.array([0.5])).numpy()
    array([0.69314718])
    """
    return ops.binary_crossentropy(target, output, from_logits)


@follows_arguments
def binary_focal_crossentropy(
    target: Any,
    output: Any,
    apply_class_balancing: bool = False,
    alpha: float = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
) -> Tensor:
    """Compute a crossentropy in which easy elements count less.

    Args:
        target: The truth.
        output: Predictions.
        apply_class_balancing: Whether `alpha` counts.
        alpha: The weight of ones; zeros have `1 - alpha`.
        gamma: The focusing exponent.
        from_logits: Whether predictions have not been through a sigmoid.

    Returns:
        A tensor of the shape of the predictions
        (Lin et al. 2017, https://arxiv.org/abs/1708.02002).

    Example:

    >>> import numpy as np
    >>> binary_focal_crossentropy(np.array([1.0]), np.array([0.5])).numpy()
    array([0.1732868])
    """
    output = as_tensor(output)
    target = as_tensor(target, output.dtype)
    if from_logits:
        output = ops.sigmoid(output)
    right = target * output + (1.0 - target) * (1.0 - output)
    loss = ops.power(1.0 - right, gamma) * ops.binary_crossentropy(target, output)
    if not apply_class_balancing:
        return loss
    return (target * alpha + (1.0 - target) * (1.0 - alpha)) * loss


@follows_arguments
def categorical_focal_crossentropy(
    target: Any,
    output: Any,
    alpha: Any = 0.25,
    gamma: float = 2.0,
    from_logits: bool = False,
    axis: int = -1,
) -> Tensor:
    """Compute a crossentropy over classes in which easy examples count less.

    Args:
        target: The truth.
        output: Predictions.
        alpha: The weight of the classes, one or one for each.
        gamma: The focusing exponent.
        from_logits: Whether predictions have not been through a softmax.
        axis: The axis of the classes.

    Returns:
        A tensor without that axis (Lin et al. 2017, https://arxiv.org/abs/1708.02002).

    Example:

    >>> import numpy as np
    >>> target, output = np.array([[0.0, 1.0]]), np.array([[0.5, 0.5]])
    >>> categorical_focal_crossentropy(target, output).numpy()
    array([0.0433217])
    """
    output = as_tensor(output)
    target = as_tensor(target, output.dtype)
    if from_logits:
        output = ops.softmax(output, axis=axis)
    output = output / ops.sum(output, axis=axis, keepdims=True)
    output = ops.clip(output, config.epsilon(), 1.0 - config.epsilon())
    weight = alpha * ops.power(1.0 - output, gamma)
    return -ops.sum(weight * target * ops.log(output), axis=axis)
