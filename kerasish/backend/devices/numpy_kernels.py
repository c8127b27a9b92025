"""Kernels that NumPy does better than through the functions it shares with CuPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasish.backend.devices.base import device_kernel

_WIDE_FLOATS = ("float32", "float64")


def _wide_float(specs: tuple, attrs: dict) -> bool:
    return specs[0].dtype in _WIDE_FLOATS


def _not_empty(specs: tuple, attrs: dict) -> bool:
    return _wide_float(specs, attrs) and 0 not in specs[0].shape


def _reduction(function: np.ufunc) -> Callable:
    """A reduction without the Python layers of `np.sum` and its like."""
    reduce = function.reduce

    def kernel(
        xp: Any,
        x: np.ndarray,
        out: np.ndarray | None = None,
        axis: tuple[int, ...] | int | None = None,
        keepdims: bool = False,
    ) -> np.ndarray:
        return reduce(x, axis=axis, out=out, keepdims=keepdims)

    return kernel


device_kernel("numpy", "sum", _wide_float)(_reduction(np.add))
device_kernel("numpy", "max", _not_empty)(_reduction(np.maximum))
device_kernel("numpy", "min", _not_empty)(_reduction(np.minimum))


@device_kernel("numpy", "mean", _wide_float)
def _mean(
    xp: Any,
    x: np.ndarray,
    out: np.ndarray | None = None,
    axis: tuple[int, ...] = (),
    keepdims: bool = False,
) -> np.ndarray:
    count = math.prod(x.shape[i] for i in axis)
    total = np.add.reduce(x, axis=axis, out=out, keepdims=keepdims)
    return np.true_divide(total, x.dtype.type(count), out=out)
