"""Smooth activations and their piecewise forms."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import as_tensor


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


def hard_sigmoid_keras2(x: Any) -> Any:
    """Piecewise linear sigmoid as Keras 1 and 2 had it: `clip(0.2 * x + 0.5, 0, 1)`.

    Models of these versions are read with it in the place of `hard_sigmoid`.

    Args:
        x: Tensor of any shape.

    Returns:
        Tensor of the shape of `x`, with values in [0, 1].

    Example:

    >>> hard_sigmoid_keras2([-3.0, 0.0, 3.0]).numpy().tolist()
    [0.0, 0.5, 1.0]
    """
    return ops.clip(0.2 * ops.convert_to_tensor(x) + 0.5, 0.0, 1.0)


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
