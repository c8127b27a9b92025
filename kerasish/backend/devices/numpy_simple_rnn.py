"""The loops of a simple recurrent layer on NumPy."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from kerasish.backend.devices.numpy_recurrent import (
    Array,
    Backward,
    Forward,
    States,
    backwards,
    carried,
    each_step,
    in_blocks,
    keep,
    register_gradient,
    register_steps,
    scratch,
)


def _forward(given: Forward) -> Callable[[], None]:
    z, (steps, rows, units) = given.z, given.z.shape
    h = States(given.first[0], given.hs, given.before[0], given.last[0], steps)
    products, new_h = scratch(2, rows, units, like=z)
    # With one row it is the number of calls that counts.
    others = scratch(*z.shape, like=z) if rows == 1 else None
    xs = z if others is None else others
    lines = list(zip(xs, h.found, h.left, each_step(given.mask, steps)))
    dot, add, tanh, bias = np.dot, np.add, np.tanh, given.bias

    def run() -> None:
        if others is not None:
            add(z, bias, others)
        h.begin()
        for x, old, new, count in lines:
            dot(old, given.kernel, products)
            add(products, x, products)
            if others is None:
                add(products, bias, products)
            if count is None:
                tanh(products, new)
            else:
                tanh(products, new_h)
                keep(new, old, new_h, count)
        h.end()

    return run


def _prepare(hs: Array, slope: Array) -> None:
    np.multiply(hs, hs, slope)
    np.subtract(np.array(1, hs.dtype), slope, slope)


def _backward(given: Backward) -> Callable[[], None]:
    inner, mask = given.inner[0], given.mask
    off = None if mask is None else np.empty(mask.shape, bool)
    g, offs = each_step(given.g, len(inner)), each_step(off, len(inner))
    dh = carried(given.starts[0], given.ends[0])
    passed = scratch(*dh.shape, like=dh)
    blocks = in_blocks(given.kept, 1, lambda t: (g[t], offs[t], inner[t]))
    dot, add, multiply, copyto = np.dot, np.add, np.multiply, np.copyto
    transposed = given.kernel.T

    def step(g: Array | None, off: Array | None, inner: Array, factors: Array) -> None:
        if g is not None:
            add(dh, g, dh)
        if off is not None:
            passed[...] = dh
            copyto(dh, 0, where=off)
        multiply(dh, factors[0], inner)
        dot(inner, transposed, dh)
        if off is not None:
            copyto(dh, passed, where=off)

    return backwards(given, off, [dh], blocks, _prepare, step)


register_steps("simple_rnn_steps", 1, 0, _forward)
register_gradient("simple_rnn_steps_gradient", 1, 1, 1, _backward)
