"""Recurrent layers: each step is one product of matrices and one kernel for the rest.

The products of all inputs, and the gradients of the weights, are made outside of these
loops, for all steps at once.
"""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from kerasish.backend.devices.cupy.calls import Call, in_order, packed
from kerasish.backend.devices.cupy.cuda import (
    FLOATS,
    CudaFunction,
    blocks,
    cuda_function,
    cuda_kernel,
    each,
)
from kerasish.backend.devices.cupy.rooms import room

_ACTIVATIONS = (
    "linear",
    "tanh",
    "sigmoid",
    "relu",
    "hard_sigmoid",
    "hard_sigmoid_keras2",
)

_SOURCE = r"""
typedef Compute<T>::type A;
#define HEAD(name) extern "C" __global__ __launch_bounds__(THREADS) void name
#define SIZES const void* mask, int32 masked, int32 squash, int32 gate, int64 steps, \
    int64 rows, int32 units, int64 step

/* A thread's elements e of (rows, units), which lie at `at` among all steps'. */
#define EACH_UNIT \
    const int64 count = rows * units, at_step = step * count; \
    for (int64 e = thread_number(); e < count; e += thread_count())
#define PLACE \
    const int64 row = (uint32)e / (uint32)units, at = at_step + e; \
    const bool active = !masked || ((const bool*)mask)[step * rows + row];
#define UNIT (int)(e - row * units)
/* Where a vector of n parts for the gates begins. */
#define PARTS(n) ((step * rows + row) * n * units + UNIT)
#define PRODUCT(n) (row * n * units + UNIT)
/* The states that the next step finds, or the last ones. */
#define NEXT(before, last) (step + 1 < steps ? before + at_step + count : last)
/* What reaches the state behind a step. */
#define REACHING (widen(dh[e]) + widen(skipped[e]) + (given ? widen(g[at]) : 0))

__device__ __forceinline__ A line(A slope, A x) {
    A y = slope * x + (A)0.5;
    return y < 0 ? 0 : y > 1 ? 1 : y;
}
__device__ __forceinline__ A apply(int kind, A x) {
    switch (kind) {
        case 1: return tanh(x);
        case 2: return 1 / (1 + exp(-x));
        case 3: return x < 0 ? 0 : x;
        case 4: return line((A)(1.0 / 6.0), x);
        case 5: return line((A)0.2, x);
        default: return x;
    }
}
/* The derivative where the result is y. */
__device__ __forceinline__ A slope(int kind, A y) {
    switch (kind) {
        case 1: return 1 - y * y;
        case 2: return y * (1 - y);
        case 3: return y > 0;
        case 4: return y > 0 && y < 1 ? (A)(1.0 / 6.0) : 0;
        case 5: return y > 0 && y < 1 ? (A)0.2 : 0;
        default: return 1;
    }
}
"""

_LSTM = r"""
HEAD(lstm_step)(
    const T* z, const T* product, const T* bias, T* hs, T* h_last, T* c_last,
    T* h_before, T* c_before, T* inputs, T* forgets, T* candidates, T* outputs, SIZES
) {
    EACH_UNIT {
        PLACE
        A sum[4];
        for (int k = 0; k < 4; ++k)
            sum[k] = widen(z[PARTS(4) + k * units])
                + widen(product[PRODUCT(4) + k * units])
                + widen(bias[k * units + UNIT]);
        A i = apply(gate, sum[0]), f = apply(gate, sum[1]);
        A candidate = apply(squash, sum[2]), o = apply(gate, sum[3]);
        A c = widen(c_before[at]), h = widen(h_before[at]);
        inputs[at] = narrow<T>(i);
        forgets[at] = narrow<T>(f);
        candidates[at] = narrow<T>(candidate);
        outputs[at] = narrow<T>(o);
        if (active) {
            c = f * c + i * candidate;
            h = o * apply(squash, c);
        }
        hs[at] = NEXT(h_before, h_last)[e] = narrow<T>(h);
        NEXT(c_before, c_last)[e] = narrow<T>(c);
    }
}
"""

_LSTM_GRADIENT = r"""
HEAD(lstm_step_gradient)(
    const T* c_before, const T* inputs, const T* forgets, const T* candidates,
    const T* outputs, const T* g, int32 given, T* inner, T* dh, T* dc, T* skipped, SIZES
) {
    EACH_UNIT {
        PLACE
        A dh_all = REACHING, dc_all = widen(dc[e]);
        A h_part = active ? dh_all : 0, c_part = active ? dc_all : 0;
        A i = widen(inputs[at]), f = widen(forgets[at]), c = widen(c_before[at]);
        A candidate = widen(candidates[at]), o = widen(outputs[at]);
        A squashed = apply(squash, f * c + i * candidate);
        c_part += h_part * o * slope(squash, squashed);
        T* parts = inner + PARTS(4);
        parts[0] = narrow<T>(c_part * candidate * slope(gate, i));
        parts[units] = narrow<T>(c_part * c * slope(gate, f));
        parts[2 * units] = narrow<T>(c_part * i * slope(squash, candidate));
        parts[3 * units] = narrow<T>(h_part * squashed * slope(gate, o));
        dc[e] = narrow<T>(active ? c_part * f : dc_all);
        skipped[e] = narrow<T>(active ? 0 : dh_all);
    }
}
"""

_GRU = r"""
HEAD(gru_step)(
    const T* z, const T* product, const T* bias, T* hs, T* h_last, T* h_before,
    T* updates, T* resets, T* candidates, T* inners, SIZES
) {
    EACH_UNIT {
        PLACE
        A sum[2];
        for (int k = 0; k < 2; ++k)
            sum[k] = widen(z[PARTS(3) + k * units])
                + widen(product[PRODUCT(3) + k * units])
                + widen(bias[k * units + UNIT]) + widen(bias[(3 + k) * units + UNIT]);
        A update = apply(gate, sum[0]), reset = apply(gate, sum[1]);
        A inner = widen(product[PRODUCT(3) + 2 * units])
            + widen(bias[5 * units + UNIT]);
        A candidate = apply(squash, widen(z[PARTS(3) + 2 * units]) + reset * inner
            + widen(bias[2 * units + UNIT]));
        A h = widen(h_before[at]);
        updates[at] = narrow<T>(update);
        resets[at] = narrow<T>(reset);
        candidates[at] = narrow<T>(candidate);
        inners[at] = narrow<T>(inner);
        if (active) h = update * h + (1 - update) * candidate;
        hs[at] = NEXT(h_before, h_last)[e] = narrow<T>(h);
    }
}
"""

_GRU_GRADIENT = r"""
HEAD(gru_step_gradient)(
    const T* h_before, const T* updates, const T* resets, const T* candidates,
    const T* inners, const T* g, int32 given, T* to_x, T* to_h, T* dh, T* skipped, SIZES
) {
    EACH_UNIT {
        PLACE
        A all = REACHING, part = active ? all : 0;
        A update = widen(updates[at]), reset = widen(resets[at]);
        A candidate = widen(candidates[at]);
        A d_candidate = part * (1 - update) * slope(squash, candidate);
        A d_update = part * (widen(h_before[at]) - candidate) * slope(gate, update);
        A d_reset = d_candidate * widen(inners[at]) * slope(gate, reset);
        T *x_parts = to_x + PARTS(3), *h_parts = to_h + PARTS(3);
        x_parts[0] = h_parts[0] = narrow<T>(d_update);
        x_parts[units] = h_parts[units] = narrow<T>(d_reset);
        x_parts[2 * units] = narrow<T>(d_candidate);
        h_parts[2 * units] = narrow<T>(d_candidate * reset);
        skipped[e] = narrow<T>(active ? part * update : all);
    }
}
"""

_SIMPLE = r"""
HEAD(simple_step)(
    const T* z, const T* product, const T* bias, T* hs, T* h_last, T* h_before, SIZES
) {
    EACH_UNIT {
        PLACE
        A h = apply(squash, widen(z[at]) + widen(product[e]) + widen(bias[UNIT]));
        hs[at] = NEXT(h_before, h_last)[e] = active ? narrow<T>(h) : h_before[at];
    }
}
"""

_SIMPLE_GRADIENT = r"""
HEAD(simple_step_gradient)(
    const T* hs, const T* g, int32 given, T* inner, T* dh, T* skipped, SIZES
) {
    EACH_UNIT {
        PLACE
        A all = REACHING;
        inner[at] = narrow<T>(active ? all * slope(squash, widen(hs[at])) : 0);
        skipped[e] = narrow<T>(active ? 0 : all);
    }
}
"""


def _function(name: str, body: str) -> CudaFunction:
    return cuda_function(name, _SOURCE + body, each(T=FLOATS), hot=True)


def _sizes(mask: list[Any], other: Any, attrs: dict, shape: tuple) -> list[Any]:
    """Return the arguments that `SIZES` declares, but for the step."""
    gate = attrs.get("gate_activation", "linear")
    kinds = [_ACTIVATIONS.index(name) for name in (attrs["activation"], gate)]
    steps, rows, units = shape
    return [
        mask[0] if mask else other,
        np.int32(bool(mask)),
        *map(np.int32, kinds),
        steps,
        rows,
        np.int32(units),
    ]


def _acceptable(specs: tuple, masks: list, shape: tuple) -> bool:
    floats = [spec for spec in specs if spec not in masks]
    return (
        all(spec.is_exact and 0 not in spec.shape for spec in specs)
        and shape[1] * shape[2] < 1 << 31
        and floats[0].dtype in FLOATS
        and all(spec.dtype == floats[0].dtype for spec in floats)
        and all(m.dtype == "bool" and m.shape == (*shape[:2], 1) for m in masks)
    )


def _register_steps(
    op_name: str, states: int, parts: int, saved: int, body: str
) -> None:
    """Register the loop of a cell.

    Args:
        op_name: The op: its inputs are the products of the inputs, the states, the
            recurrent kernel, the bias and perhaps the mask; its results all states, the
            last ones, those that each step found, and what is saved for the gradient.
        states: How many states there are.
        parts: How many times the units a product is wide.
        saved: How much is saved.
        body: The step.
    """
    function = _function(op_name.replace("steps", "step").replace("_rnn", ""), body)

    def shape_of(z: Any, h: Any) -> tuple:
        return (z.shape[0], *h.shape)

    def results(arrays: tuple, attrs: dict) -> list[tuple]:
        shape, dtype = shape_of(*arrays[:2]), arrays[0].dtype
        many, few = [(shape, dtype)], [(shape[1:], dtype)]
        return many + few * states + many * (states + saved)

    def accepts(specs: tuple, attrs: dict) -> bool:
        masks = list(specs[3 + states :])
        known = specs[0].is_exact and specs[1].is_exact
        return known and _acceptable(specs, masks, shape_of(*specs[:2]))

    @cuda_kernel(op_name, results, accepts)
    def bind(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
        calls: list[Call] = []
        given = packed(xp, arrays, calls)
        z, *first, kernel, bias = given[: 3 + states]
        before, shape = outs[1 + states : 1 + 2 * states], outs[0].shape
        calls += [partial(xp.copyto, xs[0], x) for xs, x in zip(before, first)]
        width = parts * shape[-1]
        (product,) = room(xp, z, (shape[1] * width, z.dtype))
        product = product.reshape(shape[1], width)
        sizes = _sizes(given[3 + states :], z, attrs, shape)
        variant, grid = {"T": z.dtype.name}, blocks(first[0].size)
        for step in range(shape[0]):
            arguments = [z, product, bias, *outs, *sizes, step]
            calls.append(partial(xp.matmul, before[0][step], kernel, out=product))
            calls.append(function.bind(xp, variant, grid, arguments))
        return in_order(calls)


def _register_gradient(
    op_name: str, carries: int, saved: int, through: int, body: str
) -> None:
    """Register the loop that is the gradient of one.

    Args:
        op_name: The op: its inputs are the gradients of the last states, the recurrent
            kernel, what was saved, perhaps the mask, and perhaps the gradient of all
            states; its results gradients of the products of all steps, and of the
            first states.
        carries: How many states there are.
        saved: How much was saved.
        through: The number of the result that goes back through the kernel; the
            gradient of the first state comes behind it.
        body: The step.
    """
    name = op_name.replace("steps", "step").replace("_rnn", "")
    function = _function(name, body)

    def results(arrays: tuple, attrs: dict) -> list[tuple]:
        h, kernel, kept = arrays[0], arrays[carries], arrays[carries + 1]
        wide = (*kept.shape[:2], kernel.shape[1])
        return [(wide, h.dtype)] * (through + 1) + [(h.shape, h.dtype)] * carries

    def accepts(specs: tuple, attrs: dict) -> bool:
        kept, end = specs[carries + 1], carries + 1 + saved
        masks = list(specs[end : end + attrs["masked"]])
        return kept.is_exact and _acceptable(specs, masks, kept.shape)

    @cuda_kernel(op_name, results, accepts)
    def bind(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
        calls: list[Call] = []
        given = packed(xp, arrays, calls)
        kernel, end = given[carries], carries + 1 + saved
        kept, others = given[carries + 1 : end], given[end:]
        mask, g = others[: attrs["masked"]], others[attrs["masked"] :]
        shape, dh = kept[0].shape, outs[through + 1]
        (skipped,) = room(xp, dh, (dh.size, dh.dtype))
        skipped = skipped.reshape(dh.shape)
        calls += [partial(xp.copyto, *pair) for pair in zip(outs[through + 1 :], given)]
        calls.append(partial(skipped.fill, 0))
        flags = (g[0] if g else dh, np.int32(bool(g)))
        arguments = [*kept, *flags, *outs, skipped, *_sizes(mask, dh, attrs, shape)]
        variant, grid = {"T": dh.dtype.name}, blocks(dh.size)
        for step in reversed(range(shape[0])):
            calls.append(function.bind(xp, variant, grid, [*arguments, step]))
            product = partial(xp.matmul, outs[through][step], kernel.T, out=dh)
            calls.append(product)
        return in_order([*calls, partial(xp.add, dh, skipped, out=dh)])


_register_steps("lstm_steps", 2, 4, 4, _LSTM)
_register_steps("gru_steps", 1, 3, 4, _GRU)
_register_steps("simple_rnn_steps", 1, 1, 0, _SIMPLE)
_register_gradient("lstm_steps_gradient", 2, 5, 0, _LSTM_GRADIENT)
_register_gradient("gru_steps_gradient", 1, 5, 1, _GRU_GRADIENT)
_register_gradient("simple_rnn_steps_gradient", 1, 1, 0, _SIMPLE_GRADIENT)
