"""Rectifiers and shrinking functions."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import as_tensor


def linear(x: Any) -> Any:
    """Return the input as it is: `f(x) = x`.

    Args:
        x: Tensor of any shape.

    Returns:
        `x`.

    Example:

    >>> linear(3.0)
    3.0
    """
    return x


def relu(
    x: Any,
    negative_slope: float = 0.0,
    max_value: float | None = None,
    threshold: float = 0.0,
    alpha: float | None = None,
) -> Any:
    """Rectified linear unit, by default `max(x, 0)`.

    In general `f(x) = max_value` where `x >= max_value`, `x` where
    `threshold < x < max_value`, and `negative_slope * (x - threshold)` elsewhere.

    Args:
        x: Tensor of any shape.
        negative_slope: Slope below the threshold.
        max_value: Largest output; `None` for no limit.
        threshold: Value below which the unit is off (or leaks).
        alpha: The name of Keras 2 for `negative_slope`.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> relu([-1.0, 0.0, 2.0]).numpy().tolist()
    [0.0, 0.0, 2.0]
    """
    negative_slope = negative_slope if alpha is None else alpha
    if threshold == 0.0:
        if negative_slope:
            y = ops.leaky_relu(x, negative_slope=negative_slope)
        elif max_value == 6:
            return ops.relu6(x)
        else:
            y = ops.relu(x)
    else:
        x = as_tensor(x)
        below = (x - threshold) * negative_slope if negative_slope else x * 0.0
        y = ops.where(x > threshold, x, below)
    return y if max_value is None else ops.minimum(y, max_value)


def leaky_relu(x: Any, negative_slope: float = 0.2, alpha: float | None = None) -> Any:
    """Rectifier that leaks: `x` where positive, else `negative_slope * x`.

    Args:
        x: Tensor of any shape.
        negative_slope: Slope below zero.
        alpha: Its name in Keras 2.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> leaky_relu([-1.0, 2.0], negative_slope=0.5).numpy().tolist()
    [-0.5, 2.0]
    """
    slope = negative_slope if alpha is None else alpha
    return ops.leaky_relu(x, negative_slope=slope)


def relu6(x: Any) -> Any:
    """Rectifier that saturates at six: `min(max(x, 0), 6)`.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> relu6([-1.0, 3.0, 8.0]).numpy().tolist()
    [0.0, 3.0, 6.0]
    """
    return ops.relu6(x)


def elu(x: Any, alpha: float = 1.0) -> Any:
    """Exponential linear unit: `x` where positive, else `alpha * (exp(x) - 1)`.

    See Clevert et al., 2015, https://arxiv.org/abs/1511.07289.

    Args:
        x: Tensor of any shape.
        alpha: Value that the unit approaches far below zero, negated.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> elu([0.0, 2.0]).numpy().tolist()
    [0.0, 2.0]
    """
    return ops.elu(x, alpha=alpha)


def celu(x: Any, alpha: float = 1.0) -> Any:
    """Continuously differentiable ELU: `max(x, 0) + min(0, a * (exp(x / a) - 1))`.

    See Barron, 2017, https://arxiv.org/abs/1704.07483.

    Args:
        x: Tensor of any shape.
        alpha: The `a` of the formula.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> celu([0.0, 2.0]).numpy().tolist()
    [0.0, 2.0]
    """
    return ops.celu(x, alpha=alpha)


def selu(x: Any) -> Any:
    """Scaled exponential linear unit, which keeps mean and variance.

    `1.0507 * x` where positive, else `1.0507 * 1.6733 * (exp(x) - 1)`.
    See Klambauer et al., 2017, https://arxiv.org/abs/1706.02515.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> selu([0.0]).numpy().tolist()
    [0.0]
    """
    return ops.selu(x)


def soft_shrink(x: Any, threshold: float = 0.5) -> Any:
    """Shrink towards zero by the threshold: `sign(x) * max(|x| - threshold, 0)`.

    Args:
        x: Tensor of any shape.
        threshold: How far values are moved towards zero.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> soft_shrink([-1.0, 0.25, 2.0]).numpy().tolist()
    [-0.5, 0.0, 1.5]
    """
    return ops.soft_shrink(x, threshold=threshold)


def hard_shrink(x: Any, threshold: float = 0.5) -> Any:
    """Zero where `|x| <= threshold`, `x` elsewhere.

    Args:
        x: Tensor of any shape.
        threshold: Bound below which values become zero.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> hard_shrink([-1.0, 0.25, 2.0]).numpy().tolist()
    [-1.0, 0.0, 2.0]
    """
    return ops.hard_shrink(x, threshold=threshold)


def tanh_shrink(x: Any) -> Any:
    """`x - tanh(x)`.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> tanh_shrink([0.0]).numpy().tolist()
    [0.0]
    """
    return ops.tanh_shrink(x)


def threshold(x: Any, threshold: float, default_value: float) -> Any:
    """`x` where it exceeds the threshold, a fixed value elsewhere.

    Args:
        x: Tensor of any shape.
        threshold: Bound that values must exceed to pass.
        default_value: What the others become.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> threshold([-1.0, 2.0], 0.0, -5.0).numpy().tolist()
    [-5.0, 2.0]
    """
    return ops.threshold(x, threshold, default_value)


def hard_tanh(x: Any) -> Any:
    """`clip(x, -1, 1)`.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> hard_tanh([-4.0, 0.5, 4.0]).numpy().tolist()
    [-1.0, 0.5, 1.0]
    """
    return ops.hard_tanh(x)
