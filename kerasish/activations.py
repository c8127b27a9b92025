"""Activation functions: element by element, or along one axis.

Every function takes and returns a tensor of the same shape and works on symbolic
tensors, tensors with values, and NumPy arrays. `get` finds one by its name.
"""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import as_tensor
from kerasish.registry import Registry


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
) -> Any:
    """Rectified linear unit, by default `max(x, 0)`.

    In general `f(x) = max_value` where `x >= max_value`, `x` where
    `threshold <= x < max_value`, and `negative_slope * (x - threshold)` elsewhere.

    Args:
        x: Tensor of any shape.
        negative_slope: Slope below the threshold.
        max_value: Largest output; `None` for no limit.
        threshold: Value below which the unit is off (or leaks).

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> relu([-1.0, 0.0, 2.0]).numpy().tolist()
    [0.0, 0.0, 2.0]
    """
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
        y = ops.where(x >= threshold, x, below)
    return y if max_value is None else ops.minimum(y, max_value)


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Any:
    """Rectifier that leaks: `x` where positive, else `negative_slope * x`.

    Args:
        x: Tensor of any shape.
        negative_slope: Slope below zero.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> leaky_relu([-1.0, 2.0], negative_slope=0.5).numpy().tolist()
    [-0.5, 2.0]
    """
    return ops.leaky_relu(x, negative_slope=negative_slope)


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


def softplus(x: Any) -> Any:
    """Smooth rectifier: `log(exp(x) + 1)`.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> round(float(softplus(0.0)), 4)
    0.6931
    """
    return ops.softplus(x)


def softsign(x: Any) -> Any:
    """`x / (1 + |x|)`.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the shape of `x`, with values in (-1, 1).

    Example:

    >>> softsign([-1.0, 3.0]).numpy().tolist()
    [-0.5, 0.75]
    """
    return ops.softsign(x)


def squareplus(x: Any, b: float = 4) -> Any:
    """Smooth rectifier without exponentials: `(x + sqrt(x ** 2 + b)) / 2`.

    See Barron, 2021, https://arxiv.org/abs/2112.11687.

    Args:
        x: Tensor of any shape.
        b: Smoothness; 0 gives the rectifier.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> squareplus([0.0]).numpy().tolist()
    [1.0]
    """
    return ops.squareplus(x, b=b)


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


def gelu(x: Any, approximate: bool = False) -> Any:
    """Gaussian error linear unit: `x * P(X <= x)` with `X ~ N(0, 1)`.

    See Hendrycks and Gimpel, 2016, https://arxiv.org/abs/1606.08415.

    Args:
        x: Tensor of any shape.
        approximate: Use the formula with `tanh` in place of the one with `erf`.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> gelu([0.0]).numpy().tolist()
    [0.0]
    """
    return ops.gelu(x, approximate=approximate)


def tanh(x: Any) -> Any:
    """Hyperbolic tangent.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the shape of `x`, with values in (-1, 1).

    Example:

    >>> tanh([0.0]).numpy().tolist()
    [0.0]
    """
    return ops.tanh(x)


def sigmoid(x: Any) -> Any:
    """Logistic function: `1 / (1 + exp(-x))`.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the shape of `x`, with values in (0, 1).

    Example:

    >>> sigmoid([0.0]).numpy().tolist()
    [0.5]
    """
    return ops.sigmoid(x)


def exponential(x: Any) -> Any:
    """`exp(x)`.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> exponential([0.0]).numpy().tolist()
    [1.0]
    """
    return ops.exp(x)


def hard_sigmoid(x: Any) -> Any:
    """Piecewise linear sigmoid: `clip(x / 6 + 0.5, 0, 1)`.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the shape of `x`, with values in [0, 1].

    Example:

    >>> hard_sigmoid([-4.0, 0.0, 4.0]).numpy().tolist()
    [0.0, 0.5, 1.0]
    """
    return ops.hard_sigmoid(x)


def log_sigmoid(x: Any) -> Any:
    """`log(1 / (1 + exp(-x)))`, computed without overflow.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> round(float(log_sigmoid(0.0)), 4)
    -0.6931
    """
    return ops.log_sigmoid(x)


def sparse_sigmoid(x: Any) -> Any:
    """Sigmoid that is exactly 0 or 1 outside [-1, 1]: `clip((x + 1) / 2, 0, 1)`.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the shape of `x`, with values in [0, 1].

    Example:

    >>> sparse_sigmoid([-2.0, 0.0, 2.0]).numpy().tolist()
    [0.0, 0.5, 1.0]
    """
    return ops.sparse_sigmoid(x)


def silu(x: Any) -> Any:
    """Sigmoid linear unit (swish): `x * sigmoid(x)`.

    See Ramachandran et al., 2017, https://arxiv.org/abs/1710.05941.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> silu([0.0]).numpy().tolist()
    [0.0]
    """
    return ops.silu(x)


def hard_silu(x: Any) -> Any:
    """Piecewise form of silu: `x * clip(x / 6 + 0.5, 0, 1)`.

    See Howard et al., 2019, https://arxiv.org/abs/1905.02244.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> hard_silu([-4.0, 0.0, 4.0]).numpy().tolist()
    [-0.0, 0.0, 4.0]
    """
    return ops.hard_silu(x)


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


def mish(x: Any) -> Any:
    """`x * tanh(softplus(x))`.

    See Misra, 2019, https://arxiv.org/abs/1908.08681.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> mish([0.0]).numpy().tolist()
    [0.0]
    """
    x = as_tensor(x)
    return x * ops.tanh(ops.softplus(x))


def glu(x: Any, axis: int = -1) -> Any:
    """Gated linear unit: `a * sigmoid(b)`, `a` and `b` the two halves of `x`.

    See Dauphin et al., 2016, https://arxiv.org/abs/1612.08083.

    Args:
        x: Tensor whose size along `axis` is even.
        axis: Axis that is halved.

    Returns:
        Tensor with half the size along `axis`.

    Example:

    >>> glu([2.0, 0.0]).numpy().tolist()
    [1.0]
    """
    return ops.glu(x, axis=axis)


def sparse_plus(x: Any) -> Any:
    """0 below -1, `(x + 1) ** 2 / 4` up to 1, `x` above.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> sparse_plus([-2.0, 0.0, 2.0]).numpy().tolist()
    [0.0, 0.25, 2.0]
    """
    return ops.sparse_plus(x)


def softmax(x: Any, axis: int | tuple[int, ...] = -1) -> Any:
    """`exp(x) / sum(exp(x))`: positive values that sum to one along an axis.

    Args:
        x: Tensor of rank one or more.
        axis: Axis (or axes) along which the values sum to one.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> softmax([1.0, 1.0]).numpy().tolist()
    [0.5, 0.5]
    """
    return ops.softmax(x, axis=axis)


def log_softmax(x: Any, axis: int = -1) -> Any:
    """Logarithm of the softmax, computed without overflow.

    Args:
        x: Tensor of rank one or more.
        axis: Axis along which the probabilities sum to one.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> round(float(log_softmax([1.0, 1.0])[0]), 4)
    -0.6931
    """
    return ops.log_softmax(x, axis=axis)


def sparsemax(x: Any, axis: int = -1) -> Any:
    """Projection onto the probability simplex: a softmax with exact zeros.

    See Martins and Astudillo, 2016, https://arxiv.org/abs/1602.02068.

    Args:
        x: Tensor of rank one or more.
        axis: Axis along which the values sum to one.

    Returns:
        Tensor of the shape of `x`.

    Example:

    >>> sparsemax([2.0, 0.0]).numpy().tolist()
    [1.0, 0.0]
    """
    return ops.sparsemax(x, axis=axis)


swish = silu
hard_swish = hard_silu

_REGISTRY = Registry(
    "activation",
    dict.fromkeys(
        (
            "celu elu exponential gelu glu hard_shrink hard_sigmoid hard_silu hard_tanh"
            " leaky_relu linear log_sigmoid log_softmax mish relu relu6 selu sigmoid"
            " silu soft_shrink softmax softplus softsign sparse_plus sparse_sigmoid"
            " sparsemax squareplus tanh tanh_shrink threshold"
        ).split(),
        __name__,
    ),
    aliases={"swish": "silu", "hard_swish": "hard_silu"},
)
serialize = _REGISTRY.serialize
deserialize = _REGISTRY.deserialize


def get(identifier: Any) -> Any:
    """Return the activation function that an identifier names.

    Args:
        identifier: A name, a configuration, a callable (returned as it is), or `None`
            for `linear`.

    Returns:
        A callable.

    Raises:
        ValueError: If the name is unknown.

    Example:

    >>> get("relu") is relu, get(None) is linear
    (True, True)
    """
    return linear if identifier is None else _REGISTRY.get(identifier)
