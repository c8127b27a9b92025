"""Gradient clipping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend import ops


def clip_by_norm(gradient: Any, norm: float) -> Any:
    """Scale a gradient down so that its L2 norm is at most `norm`.

    Args:
        gradient: Tensor of any shape.
        norm: The bound.

    Example:

    >>> clip_by_norm([3.0, 4.0], 1.0).numpy()
    array([0.6, 0.8], dtype=float32)
    """
    gradient = ops.convert_to_tensor(gradient)
    length = ops.sqrt(ops.sum(ops.square(gradient)))
    return gradient * norm / ops.maximum(length, norm)


def global_norm(gradients: Sequence[Any]) -> Any:
    """Compute the L2 norm of all gradients together.

    Args:
        gradients: Tensors; `None` entries do not count.

    Example:

    >>> float(global_norm([[3.0], [4.0]]))
    5.0
    """
    squares = [ops.sum(ops.square(g)) for g in gradients if g is not None]
    return ops.sqrt(sum(squares[1:], start=squares[0]))


def clip_by_global_norm(gradients: Sequence[Any], norm: float) -> list[Any]:
    """Scale all gradients by one factor so that their common norm is at most `norm`.

    A norm that is not finite makes every gradient NaN.

    Args:
        gradients: Tensors; `None` entries stay.
        norm: The bound.

    Example:

    >>> [float(g[0]) for g in clip_by_global_norm([[3.0], [4.0]], 2.5)]
    [1.5, 2.0]
    """
    length = global_norm(gradients)
    scale = norm * ops.minimum(1.0 / length, 1.0 / norm) + (length - length)
    return [g if g is None else g * scale for g in gradients]


def clip_norm(g: Any, c: float, n: Any) -> Any:
    """Scale a tensor down if a norm is above a bound (a function of Keras 2).

    Args:
        g: Tensor of any shape.
        c: The bound; with 0 or less nothing is scaled.
        n: The norm, a scalar.

    Example:

    >>> clip_norm([3.0, 4.0], 1.0, 5.0).numpy()
    array([0.6, 0.8], dtype=float32)
    """
    g = ops.convert_to_tensor(g)
    if c <= 0:
        return g
    n = ops.cast(n, g.dtype)
    return ops.where(n >= c, g * (c / n), g)
