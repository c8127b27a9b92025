"""Kernels that NumPy does better than through the functions it shares with CuPy."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from kerasish.backend.devices.base import device_kernel

_WIDE_FLOATS = ("float32", "float64")
# What is added up in its own type.
_WIDE = (*_WIDE_FLOATS, "int32", "int64", "uint32", "uint64")
# Elements that are worked on at a time.
_BLOCK = 16384


def _wide_float(specs: tuple, attrs: dict) -> bool:
    return specs[0].dtype in _WIDE_FLOATS


def _not_empty(specs: tuple, attrs: dict) -> bool:
    return _wide_float(specs, attrs) and all(specs[0].shape)


def _comparable(specs: tuple, attrs: dict) -> bool:
    return specs[0].dtype in _WIDE and all(specs[0].shape)


def _summable(specs: tuple, attrs: dict) -> bool:
    (x,) = specs
    return x.dtype in _WIDE or (x.dtype == "bool" and len(attrs["axis"]) == x.rank)


def _reduction(function: np.ufunc) -> Callable:
    """A reduction without the Python layers of `np.sum` and its like."""
    reduce = function.reduce

    def bind(
        xp: Any, arrays: tuple, outs: tuple, attrs: dict
    ) -> Callable[[], Any] | None:
        (x,), axis, keepdims = arrays, attrs.get("axis"), attrs.get("keepdims", False)
        if x.dtype == bool and function is np.add:
            return partial(_count_true, x, outs[0])
        return partial(reduce, x, axis, x.dtype, outs[0], keepdims)

    def kernel(
        xp: Any,
        x: np.ndarray,
        out: np.ndarray | None = None,
        axis: tuple[int, ...] | int | None = None,
        keepdims: bool = False,
    ) -> np.ndarray:
        if x.dtype == bool and function is np.add:
            shape = (1,) * x.ndim if keepdims else ()
            return _count_true(x, np.empty(shape, np.int32) if out is None else out)
        return reduce(x, axis=axis, dtype=x.dtype, out=out, keepdims=keepdims)

    kernel.bind = bind
    return kernel


def _ufunc(function: np.ufunc) -> Callable:
    """A kernel that calls the function of NumPy of the same name."""

    def bind(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Callable[[], Any]:
        return partial(function, *arrays, outs[0])

    def kernel(xp: Any, *arrays: np.ndarray, out: Any = None) -> np.ndarray:
        return function(*arrays, out=out)

    kernel.bind = bind
    return kernel


def _over_all_axes(specs: tuple, attrs: dict) -> bool:
    return len(attrs["axis"]) == specs[0].rank


@device_kernel("numpy", "count_nonzero", _over_all_axes)
def _count_nonzero(
    xp: Any, x: np.ndarray, out: Any = None, axis: tuple[int, ...] = ()
) -> np.ndarray:
    return _count_true(x, np.empty((), np.int32) if out is None else out)


_count_nonzero.bind = lambda xp, arrays, outs, attrs: partial(
    _count_true, arrays[0], outs[0]
)


def _count_true(x: np.ndarray, out: np.ndarray) -> np.ndarray:
    out[...] = np.count_nonzero(x)
    return out


device_kernel("numpy", "sum", _summable)(_reduction(np.add))
device_kernel("numpy", "max", _comparable)(_reduction(np.maximum))
device_kernel("numpy", "min", _comparable)(_reduction(np.minimum))
device_kernel("numpy", "fmax")(_ufunc(np.fmax))
device_kernel("numpy", "fmin")(_ufunc(np.fmin))
device_kernel("numpy", "heaviside", _wide_float)(_ufunc(np.heaviside))
device_kernel("numpy", "nanmax", _not_empty)(_reduction(np.fmax))
device_kernel("numpy", "nanmin", _not_empty)(_reduction(np.fmin))


@device_kernel("numpy", "bessel_i", lambda specs, attrs: attrs["order"] == 0)
def _bessel_i(xp: Any, x: np.ndarray, out: Any = None, order: int = 0) -> np.ndarray:
    return np.i0(x).astype(x.dtype, copy=False)


@device_kernel("numpy", "mean", _wide_float)
def _mean(
    xp: Any,
    x: np.ndarray,
    out: np.ndarray | None = None,
    axis: tuple[int, ...] = (),
    keepdims: bool = False,
) -> np.ndarray:
    total = np.add.reduce(x, axis=axis, out=out, keepdims=keepdims)
    return np.true_divide(total, _count(x, axis), out=out)


def _count(x: np.ndarray, axis: tuple[int, ...]) -> np.generic:
    return x.dtype.type(math.prod(x.shape[i] for i in axis))


def _bind_mean(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Callable[[], Any]:
    (x,), (out,) = arrays, outs
    axis, keepdims = attrs["axis"], attrs.get("keepdims", False)
    add, divide, count = np.add.reduce, np.true_divide, _count(x, axis)

    def mean() -> None:
        add(x, axis, None, out, keepdims)
        divide(out, count, out)

    return mean


_mean.bind = _bind_mean


def over_leading_axes(specs: tuple, attrs: dict) -> bool:
    """Tell whether all axes but the last are reduced, and there is something to."""
    (x,) = specs
    return (
        _not_empty(specs, attrs)
        and x.rank > 1
        and attrs["axes"] == tuple(range(x.rank - 1))
    )


def moments_of_sums(
    total: np.ndarray, squares: np.ndarray, origin: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and variance from sums of differences from an origin.

    Args:
        total: The sums of the differences, in double precision.
        squares: The sums of their squares.
        origin: From what the differences were taken.
        count: How many were added.
    """
    total, squares = total / count, squares / count
    return origin + total, np.maximum(squares - total * total, 0.0)


@device_kernel("numpy", "batch_moments", over_leading_axes)
def _batch_moments(
    xp: Any, x: np.ndarray, *, out: Any = None, axes: tuple[int, ...]
) -> tuple[np.ndarray, np.ndarray]:
    """Read the array once, in blocks that stay in the cache."""
    channels = x.shape[-1]
    rows = x.reshape(-1, channels)
    step = max(_BLOCK // channels, 1)
    buffer, ones = np.empty((min(step, len(rows)), channels), x.dtype), None
    sums = np.zeros((2, channels), np.float64)
    origin = rows[0]
    for start in range(0, len(rows), step):
        part = rows[start : start + step]
        change = np.subtract(part, origin, out=buffer[: len(part)])
        if ones is None or len(ones) != len(part):
            ones = np.ones(len(part), x.dtype)
        sums[0] += ones @ change
        sums[1] += ones @ np.multiply(change, change, out=change)
    kept = (1,) * (x.ndim - 1) + (channels,)
    found = moments_of_sums(*sums, origin.astype(np.float64), len(rows))
    return tuple(value.astype(x.dtype).reshape(kept) for value in found)


def _few_of_many(specs: tuple, attrs: dict) -> bool:
    size = specs[0].shape[-1]
    return size is not None and size >= 64 and 1 <= attrs["k"] <= size // 8


@device_kernel("numpy", "top_k", _few_of_many)
def _top_k(
    xp: Any, x: np.ndarray, out: Any = None, k: int = 1
) -> tuple[np.ndarray, np.ndarray]:
    """Sorts the largest elements alone; of equal ones the first come first."""
    largest = np.partition(x, x.shape[-1] - k, axis=-1)[..., -k:]
    least = largest[..., :1]
    if x.dtype.kind == "f" and np.isnan(largest).any():
        chosen = np.argsort(x[..., ::-1], axis=-1, kind="stable")[..., -k:]
        indices = x.shape[-1] - 1 - chosen[..., ::-1]
        return np.take_along_axis(x, indices, -1), indices.astype("int32")
    chosen = x >= least
    if np.count_nonzero(chosen) > largest.size:
        above, equal = x > least, x == least
        wanted = k - above.sum(axis=-1, keepdims=True)
        chosen = above | (equal & (equal.cumsum(axis=-1) <= wanted))
    indices = np.nonzero(chosen)[-1].reshape(largest.shape)
    values = np.take_along_axis(x, indices, -1)
    order = np.argsort(values[..., ::-1], axis=-1, kind="stable")
    indices = np.take_along_axis(indices, k - 1 - order[..., ::-1], -1)
    return np.take_along_axis(x, indices, -1), indices.astype("int32")
