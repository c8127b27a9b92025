"""Activations along an axis."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops


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
