"""Batch normalisation."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.keras_functions.scopes import follows_arguments


@follows_arguments
def batch_normalization(
    x: Any,
    mean: Any,
    var: Any,
    beta: Any,
    gamma: Any,
    axis: int = -1,
    epsilon: float = 1e-3,
) -> Tensor:
    """Compute `gamma * (x - mean) / sqrt(var + epsilon) + beta`.

    Args:
        x: A tensor, Variable or array.
        mean: One number for each entry of the axis, or an array that fits `x`.
        var: The variances, likewise.
        beta: The shift, likewise; `None` for none.
        gamma: The scale, likewise; `None` for none.
        axis: The axis of the channels.
        epsilon: Added to the variance.

    Example:

    >>> import numpy as np
    >>> x, one = np.array([[3.0]]), np.array([1.0])
    >>> batch_normalization(x, one, one, None, None, epsilon=0.0).numpy()
    array([[2.]])
    """
    x = as_tensor(x)
    axis = axis % x.ndim

    def placed(values: Any) -> Tensor | None:
        if values is None:
            return None
        values = as_tensor(values)
        if values.ndim != 1 or x.ndim == 1:
            return values
        others = tuple(i for i in range(x.ndim) if i != axis)
        return ops.expand_dims(values, others)

    factor = ops.rsqrt(placed(var) + epsilon)
    if gamma is not None:
        factor = factor * placed(gamma)
    result = (x - placed(mean)) * factor
    return result if beta is None else result + placed(beta)


@follows_arguments
def normalize_batch_in_training(
    x: Any, gamma: Any, beta: Any, reduction_axes: Any, epsilon: float = 1e-3
) -> tuple[Tensor, Tensor, Tensor]:
    """Normalise a batch by its own mean and variance.

    Args:
        x: A tensor, Variable or array.
        gamma: The scale, one number for each entry of the other axes, or `None`.
        beta: The shift, likewise.
        reduction_axes: The axes to take means over.
        epsilon: Added to the variance.

    Returns:
        `(normalised, mean, variance)`.

    Example:

    >>> import numpy as np
    >>> x = np.array([[1.0], [3.0]])
    >>> normal, mean, variance = normalize_batch_in_training(x, None, None, [0], 0.0)
    >>> normal.numpy().ravel(), float(mean[0]), float(variance[0])
    (array([-1.,  1.]), 2.0, 1.0)
    """
    x = as_tensor(x)
    axes = tuple(axis % x.ndim for axis in reduction_axes)
    mean, variance = ops.moments(x, axes)

    def placed(values: Any) -> Any:
        return None if values is None else ops.expand_dims(as_tensor(values), axes)

    normal = batch_normalization(
        x, placed(mean), placed(variance), placed(beta), placed(gamma), epsilon=epsilon
    )
    return normal, mean, variance
