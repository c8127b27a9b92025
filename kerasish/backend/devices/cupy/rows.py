"""Softmax, crossentropies and standardising: kernels that walk along rows.

A row is a run of neighbouring axes. With what lies before and behind them, element k of
row (outer, inner) is at `(outer * size + k) * inner_size + inner`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasish.backend.devices.cupy.calls import (
    Call,
    in_order,
    is_float,
    like_first,
    packed,
)
from kerasish.backend.devices.cupy.cuda import (
    FLOATS,
    THREADS,
    CudaFunction,
    blocks,
    cuda_function,
    cuda_kernel,
    each,
)

# Threads that share a row, and the longest row for each number.
_LANES = {8: 16, 32: 512, THREADS: math.inf}
_LABELS = ("uint8", "int32", "int64")
_MOST_BLOCKS = (1 << 31) - 1

_SOURCE = r"""
typedef Compute<T>::type A;
#define HEAD(name) extern "C" __global__ __launch_bounds__(THREADS) void name
#define SIZES int64 rows, int32 size, int64 inner, int32 lanes
/* So many lanes, a power of two, walk along a row. Beyond the last row nothing is read
   or written, but all threads go on to the barriers. */
#define EACH_ROW \
    const int lane = threadIdx.x & (lanes - 1); \
    const int64 row = (thread_number() - lane) / lanes; \
    const int stop = row < rows ? size : 0; \
    const int64 begin = row < rows ? row / inner * size * inner + row % inner : 0;
#define LEADS (lane == 0 && row < rows)
#define EACH(k) for (int k = lane; k < stop; k += lanes)
#define AT(k) (begin + (k) * inner)
#define INFINITE __int_as_float(0x7f800000)
#define LARGEST(a, b) ((a) < (b) ? (b) : (a))
#define SUM(a, b) ((a) + (b))

/* What the threads of a row have, combined, for all of them. */
#define OVER_ROW(value, COMBINE) { \
    for (int by = (lanes < 32 ? lanes : 32) / 2; by; by /= 2) { \
        A other = __shfl_xor_sync(0xffffffffu, value, by); \
        value = COMBINE(value, other); \
    } \
    if (lanes > 32) { \
        __shared__ A cells[THREADS / 32]; \
        __syncthreads(); \
        if (threadIdx.x % 32 == 0) cells[threadIdx.x / 32] = value; \
        __syncthreads(); \
        value = cells[0]; \
        for (int k = 1; k < THREADS / 32; ++k) value = COMBINE(value, cells[k]); \
    } \
}
"""

_SOFTMAX = r"""
HEAD(softmax)(const T* x, T* y, SIZES, int32 logarithm) {
    EACH_ROW
    A top = -INFINITE, sum = 0;
    EACH(k) top = LARGEST(top, widen(x[AT(k)]));
    OVER_ROW(top, LARGEST)
    EACH(k) sum += exp(widen(x[AT(k)]) - top);
    OVER_ROW(sum, SUM)
    if (logarithm) {
        sum = log(sum);
        EACH(k) y[AT(k)] = narrow<T>(widen(x[AT(k)]) - top - sum);
    } else {
        sum = 1 / sum;
        EACH(k) y[AT(k)] = narrow<T>(exp(widen(x[AT(k)]) - top) * sum);
    }
}
"""

_SOFTMAX_GRADIENT = r"""
HEAD(softmax_gradient)(const T* g, const T* y, T* x, SIZES, int32 logarithm) {
    EACH_ROW
    A sum = 0;
    EACH(k) sum += widen(g[AT(k)]) * (logarithm ? 1 : widen(y[AT(k)]));
    OVER_ROW(sum, SUM)
    EACH(k) {
        A given = widen(g[AT(k)]), value = widen(y[AT(k)]);
        x[AT(k)] = narrow<T>(logarithm ? given - exp(value) * sum
                                       : value * (given - sum));
    }
}
"""

_NORMALISER = r"""
    A top = -INFINITE, norm = 0;
    EACH(k) top = LARGEST(top, widen(logits[AT(k)]));
    OVER_ROW(top, LARGEST)
    EACH(k) norm += exp(widen(logits[AT(k)]) - top);
    OVER_ROW(norm, SUM)
    norm = top + log(norm);
    if (LEADS) normaliser[row] = narrow<T>(norm);
"""

_CROSSENTROPY = (
    r"""
HEAD(softmax_crossentropy)(
    const T* target, const T* logits, T* loss, T* normaliser, SIZES
) {
    EACH_ROW"""
    + _NORMALISER
    + r"""
    A total = 0;
    EACH(k) total -= widen(target[AT(k)]) * (widen(logits[AT(k)]) - norm);
    OVER_ROW(total, SUM)
    if (LEADS) loss[row] = narrow<T>(total);
}
"""
)

_SPARSE_CROSSENTROPY = (
    r"""
HEAD(sparse_softmax_crossentropy)(
    const I* target, const T* logits, T* loss, T* normaliser, SIZES
) {
    EACH_ROW"""
    + _NORMALISER
    + r"""
    if (LEADS) {
        I chosen = target[row];
        bool inside = 0 <= chosen && chosen < size;
        loss[row] = narrow<T>(inside ? norm - widen(logits[AT(chosen)]) : 0);
    }
}
"""
)

_CROSSENTROPY_GRADIENT = r"""
HEAD(softmax_crossentropy_gradient)(
    const T* logits, const T* target, const T* normaliser, const T* g, T* result, SIZES
) {
    EACH_ROW
    A total = 0;
    EACH(k) total += widen(target[AT(k)]);
    OVER_ROW(total, SUM)
    const A given = stop ? widen(g[row]) : 0, norm = stop ? widen(normaliser[row]) : 0;
    EACH(k) {
        A probability = exp(widen(logits[AT(k)]) - norm);
        result[AT(k)] = narrow<T>(given * (probability * total - widen(target[AT(k)])));
    }
}
"""

_STANDARDIZE = r"""
HEAD(standardize)(
    const T* x, T* y, T* mean, T* variance, SIZES, float64 epsilon
) {
    EACH_ROW
    A centre = 0, spread = 0;
    EACH(k) centre += widen(x[AT(k)]);
    OVER_ROW(centre, SUM)
    centre /= size;
    EACH(k) {
        A change = widen(x[AT(k)]) - centre;
        spread += change * change;
    }
    OVER_ROW(spread, SUM)
    spread /= size;
    const A scale = 1 / sqrt(spread + (A)epsilon);
    EACH(k) y[AT(k)] = narrow<T>((widen(x[AT(k)]) - centre) * scale);
    if (LEADS) {
        mean[row] = narrow<T>(centre);
        variance[row] = narrow<T>(spread);
    }
}
"""

_STANDARDIZE_GRADIENT = r"""
HEAD(standardize_gradient)(
    const T* g, const T* y, const T* variance, T* x, SIZES, float64 epsilon
) {
    EACH_ROW
    A sum = 0, product = 0;
    EACH(k) {
        A given = widen(g[AT(k)]);
        sum += given;
        product += given * widen(y[AT(k)]);
    }
    OVER_ROW(sum, SUM)
    OVER_ROW(product, SUM)
    sum /= size;
    product /= size;
    const A scale = stop ? 1 / sqrt(widen(variance[row]) + (A)epsilon) : 0;
    EACH(k) {
        A change = widen(g[AT(k)]) - sum - widen(y[AT(k)]) * product;
        x[AT(k)] = narrow<T>(scale * change);
    }
}
"""


def _rows(shape: tuple, axes: tuple[int, ...]) -> tuple[int, int, int]:
    """Return the number of rows, their length, and how far elements lie apart."""
    size = math.prod(shape[axis] for axis in axes)
    inner = math.prod(shape[axes[-1] + 1 :])
    return math.prod(shape) // max(size, 1), size, inner


def _axes(attrs: dict) -> tuple[int, ...]:
    """Return the axes of a row, under the names that ops have for them."""
    axes = attrs["axes"] if "axes" in attrs else attrs["axis"]
    return (axes,) if isinstance(axes, int) else axes


def _neighbours(specs: tuple, attrs: dict) -> bool:
    """Tell whether rows are runs of neighbouring axes, of one type, and not empty."""
    axes = _axes(attrs)
    whole = axes == tuple(range(axes[0], axes[-1] + 1)) if axes else False
    return (
        is_float(specs, attrs)
        and all(spec.dtype == specs[0].dtype for spec in specs)
        and whole
        and 0 < _rows(specs[0].shape, axes)[1] < 1 << 31
    )


def _together(specs: tuple, attrs: dict) -> bool:
    """Tell whether rows are such, and their elements lie side by side."""
    return _neighbours(specs, attrs) and _rows(specs[0].shape, _axes(attrs))[2] == 1


def _labelled(specs: tuple, attrs: dict) -> bool:
    target, logits = specs
    return target.dtype in _LABELS and target.is_exact and _neighbours((logits,), attrs)


def _bound(
    function: CudaFunction,
    xp: Any,
    arrays: tuple,
    outs: tuple,
    attrs: dict,
    rows_of: Any,
    *more: Any,
    **types: Any,
) -> Call:
    """Return the call on arrays; the shape of `rows_of` and the axes tell the rows."""
    before: list[Callable] = []
    given = packed(xp, arrays, before)
    rows, size, inner = _rows(rows_of.shape, _axes(attrs))
    # Where rows lie next to each other, neighbouring threads have one each.
    lanes = next(n for n, most in _LANES.items() if size <= most) if inner == 1 else 1
    sizes = (rows, np.int32(size), inner, np.int32(lanes))
    if "epsilon" in attrs:
        more = (*more, float(attrs["epsilon"]))
    grid = blocks(rows * lanes, most=_MOST_BLOCKS)
    variant = {"T": rows_of.dtype.name, **types}
    launch = function.bind(xp, variant, grid, [*given, *outs, *sizes, *more])
    return in_order((*before, launch))


def _function(name: str, body: str, **types: Any) -> CudaFunction:
    return cuda_function(name, _SOURCE + body, each(T=FLOATS, **types), hot=True)


def _register_softmax(name: str, body: str) -> None:
    function = _function(name, body)

    def register(op_name: str, logarithm: int) -> None:
        @cuda_kernel(op_name, like_first, _neighbours)
        def bind(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
            flag = np.int32(logarithm)
            return _bound(function, xp, arrays, outs, attrs, arrays[0], flag)

    register(name, 0)
    register(f"log_{name}", 1)


_register_softmax("softmax", _SOFTMAX)
_register_softmax("softmax_gradient", _SOFTMAX_GRADIENT)
_DENSE = _function("softmax_crossentropy", _CROSSENTROPY)
_SPARSE = _function("sparse_softmax_crossentropy", _SPARSE_CROSSENTROPY, I=_LABELS)
_DENSE_GRADIENT = _function("softmax_crossentropy_gradient", _CROSSENTROPY_GRADIENT)
_STANDARD = _function("standardize", _STANDARDIZE)
_STANDARD_GRADIENT = _function("standardize_gradient", _STANDARDIZE_GRADIENT)


def _kept(shape: tuple, axes: tuple[int, ...]) -> tuple:
    return tuple(1 if i in axes else n for i, n in enumerate(shape))


def _losses(arrays: tuple, attrs: dict) -> list[tuple]:
    logits, axis = arrays[1], attrs["axis"]
    shape = logits.shape[:axis] + logits.shape[axis + 1 :]
    return [(shape, logits.dtype), (_kept(logits.shape, (axis,)), logits.dtype)]


@cuda_kernel("softmax_crossentropy", _losses, _neighbours)
def _crossentropy(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    return _bound(_DENSE, xp, arrays, outs, attrs, arrays[1])


@cuda_kernel("sparse_softmax_crossentropy", _losses, _labelled)
def _sparse_crossentropy(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    labels = arrays[0].dtype.name
    return _bound(_SPARSE, xp, arrays, outs, attrs, arrays[1], I=labels)


@cuda_kernel("softmax_crossentropy_gradient", like_first, _neighbours)
def _crossentropy_gradient(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    return _bound(_DENSE_GRADIENT, xp, arrays, outs, attrs, arrays[0])


def _standard(arrays: tuple, attrs: dict) -> list[tuple]:
    (x,) = arrays
    kept = _kept(x.shape, attrs["axes"])
    return [(x.shape, x.dtype), (kept, x.dtype), (kept, x.dtype)]


@cuda_kernel("standardize", _standard, _together)
def _standardize(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    return _bound(_STANDARD, xp, arrays, outs, attrs, arrays[0])


@cuda_kernel("standardize_gradient", like_first, _together)
def _standardize_gradient(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    return _bound(_STANDARD_GRADIENT, xp, arrays, outs, attrs, arrays[0])
