"""Window functions, which weight the samples of a signal."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from kerasish.backend import ops
from kerasish.backend.config import floatx
from kerasish.backend.graph import Tensor


def _sampled(x: Any, formula: Callable[[Tensor], Tensor]) -> Tensor:
    """Evaluate a formula at `x` points from 0 to 1."""
    count = int(x)
    if count <= 1:
        return ops.ones((count,) if count == 1 else (0,), floatx())
    return formula(ops.arange(count, dtype=floatx()) / (count - 1))


def _cosines(x: Any, *weights: float) -> Tensor:
    """Add up `weights[k] * cos(2 pi k t)`."""

    def formula(t: Tensor) -> Tensor:
        total = ops.full_like(t, weights[0])
        for order, weight in enumerate(weights[1:], 1):
            total = total + weight * ops.cos((2 * math.pi * order) * t)
        return total

    return _sampled(x, formula)


def bartlett(x: Any) -> Tensor:
    """Return the Bartlett window, a triangle that is 0 at both ends.

    `1 - |2 t - 1|` for `t` from 0 to 1.

    Args:
        x: The number of points, an integer.

    Returns:
        A vector of `x` floats, symmetric about its middle.

    Example:

    >>> bartlett(5).numpy()
    array([0. , 0.5, 1. , 0.5, 0. ], dtype=float32)
    """
    return _sampled(x, lambda t: 1 - ops.abs(2 * t - 1))


def hanning(x: Any) -> Tensor:
    """Return the Hann window.

    `0.5 - 0.5 cos(2 pi t)` for `t` from 0 to 1.

    Args:
        x: The number of points, an integer.

    Returns:
        A vector of `x` floats, symmetric about its middle.

    Example:

    >>> hanning(5).numpy().round(3)
    array([0. , 0.5, 1. , 0.5, 0. ], dtype=float32)
    """
    return _cosines(x, 0.5, -0.5)


def hamming(x: Any) -> Tensor:
    """Return the Hamming window.

    `0.54 - 0.46 cos(2 pi t)` for `t` from 0 to 1.

    Args:
        x: The number of points, an integer.

    Returns:
        A vector of `x` floats, symmetric about its middle.

    Example:

    >>> hamming(5).numpy().round(3)
    array([0.08, 0.54, 1.  , 0.54, 0.08], dtype=float32)
    """
    return _cosines(x, 0.54, -0.46)


def blackman(x: Any) -> Tensor:
    """Return the Blackman window.

    `0.42 - 0.5 cos(2 pi t) + 0.08 cos(4 pi t)` for `t` from 0 to 1.

    Args:
        x: The number of points, an integer.

    Returns:
        A vector of `x` floats, symmetric about its middle.

    Example:

    >>> abs(blackman(5).numpy().round(3))
    array([0.  , 0.34, 1.  , 0.34, 0.  ], dtype=float32)
    """
    return _cosines(x, 0.42, -0.5, 0.08)


def kaiser(x: Any, beta: float) -> Tensor:
    """Return the Kaiser window.

    `i0(beta sqrt(1 - (2 t - 1)^2)) / i0(beta)` for `t` from 0 to 1.

    Args:
        x: The number of points, an integer.
        beta: How narrow the window is.

    Returns:
        A vector of `x` floats, symmetric about its middle.

    Example:

    >>> kaiser(5, 2.0).numpy().round(3)
    array([0.439, 0.835, 1.   , 0.835, 0.439], dtype=float32)
    """

    def formula(t: Tensor) -> Tensor:
        height = ops.sqrt(ops.maximum(1 - ops.square(2 * t - 1), 0))
        return ops.i0(height * beta) / ops.i0(beta)

    return _sampled(x, formula)
