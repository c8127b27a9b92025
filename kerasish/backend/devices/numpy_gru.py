"""The loops of a GRU on NumPy, whose reset gate acts after the product with the kernel.

Gates come in the order update, reset, candidate. The sum of the first two is taken with
its sign turned: a sigmoid is 1 / (1 + exp(-x)).
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat

import numpy as np

from kerasish.backend.devices.numpy_recurrent import (
    Array,
    Backward,
    Forward,
    States,
    backwards,
    by_gates,
    carried,
    each_step,
    in_blocks,
    keep,
    register_gradient,
    register_steps,
    scratch,
)


def _forward(given: Forward) -> Callable[[], None]:
    unread = all(array is None for array in (*given.before, *given.saved))
    return (_one_row if unread and given.z.shape[1] == 1 else _many_rows)(given)


def _one_row(given: Forward) -> Callable[[], None]:
    """States have a 1 behind them, and so the bias is a row of the kernel.

    What a gate lets through is divided by 1 + exp(-x).
    """
    (steps, _, width), z, mask = given.z.shape, given.z[:, 0], given.mask
    units, one = width // 3, np.array(1, z.dtype)
    both = 2 * units
    states = scratch(steps + 1, units + 1, like=z)
    kernel = scratch(units + 1, width, like=z)
    others, products = scratch(steps, width, like=z), scratch(width, like=z)
    update, reset, gates = products[:units], products[units:both], products[:both]
    inner, change = products[both:], scratch(units, like=z)
    places = states[:-1], states[:-1, :units], states[1:, :units]
    lines = list(zip(others[:, :both], others[:, both:], *places))
    dot, subtract, add, divide = np.dot, np.subtract, np.add, np.divide
    exp, tanh = np.exp, np.tanh

    def begin() -> None:
        kernel[:units], kernel[units] = given.kernel, given.bias[1]
        add(z, given.bias[0], others)
        np.negative(others[:, :both], others[:, :both])
        states[:, units] = 1
        states[0, :units] = given.first[0][0]

    def run() -> None:
        begin()
        counts = repeat(True) if mask is None else mask[:, 0, 0].tolist()
        for (to_gates, to_candidate, joined, old, new), count in zip(lines, counts):
            if not count:
                new[...] = old
                continue
            dot(joined, kernel, products)
            subtract(to_gates, gates, gates)
            exp(gates, gates)
            add(gates, one, gates)
            divide(inner, reset, inner)
            add(inner, to_candidate, inner)
            tanh(inner, inner)
            subtract(old, inner, change)
            divide(change, update, change)
            add(change, inner, new)
        if given.hs is not None:
            given.hs[:, 0] = states[1:, :units]
        if given.last[0] is not None:
            given.last[0][0] = states[-1, :units]

    return run


def _many_rows(given: Forward) -> Callable[[], None]:
    """Gates are taken out of the rows of a sum, and then lie one by one."""
    (steps, rows, width), z = given.z.shape, given.z
    units, one = width // 3, np.array(1, z.dtype)
    h = States(given.first[0], given.hs, given.before[0], given.last[0], steps)
    turned, products, others, sums = scratch(4, rows, width, like=z)
    to_gates, to_inner = by_gates(sums, 3)[:2], by_gates(products, 3)[2]
    to_candidate = by_gates(others, 3)[2]
    b_inner, change, found, *rooms = scratch(7, rows, units, like=z)
    gates = scratch(2, rows, units, like=z)
    saved = zip(given.saved, rooms)
    places = [each_step(array, steps, room) for array, room in saved]
    lines = list(zip(z, h.found, h.left, *places))
    counts = each_step(given.mask, steps)
    dot, subtract, add, multiply = np.dot, np.subtract, np.add, np.multiply
    exp, tanh, reciprocal = np.exp, np.tanh, np.reciprocal

    def fill() -> None:
        both = 2 * units
        turned[...] = -given.bias[0]
        turned[:, :both] -= given.bias[1, :both]
        b_inner[...] = given.bias[1, both:]

    def run() -> None:
        fill()
        h.begin()
        for line, count in zip(lines, counts):
            x, old, new, update, reset, candidate, inner = line
            dot(old, given.kernel, products)
            subtract(turned, x, others)
            subtract(others, products, sums)
            exp(to_gates, gates)
            add(gates, one, gates)
            reciprocal(gates[0], update)
            reciprocal(gates[1], reset)
            add(to_inner, b_inner, inner)
            multiply(inner, reset, change)
            subtract(change, to_candidate, change)
            tanh(change, candidate)
            subtract(old, candidate, change)
            multiply(change, update, change)
            if count is None:
                add(change, candidate, new)
            else:
                add(change, candidate, found)
                keep(new, old, found, count)
        h.end()

    return run


def _prepare(
    h: Array, update: Array, reset: Array, candidate: Array, inner: Array, *rooms: Array
) -> None:
    """Compute the factors of gradients, which do not depend on later steps.

    They are those of a new state for the update and the reset gate, for the candidate,
    and for the inner product.
    """
    to_update, to_reset, to_candidate, to_inner = rooms
    one = np.array(1, h.dtype)
    np.subtract(one, update, to_candidate)
    np.subtract(h, candidate, to_update)
    np.multiply(to_update, update, to_update)
    np.multiply(to_update, to_candidate, to_update)
    np.multiply(candidate, candidate, to_inner)
    np.subtract(one, to_inner, to_inner)
    np.multiply(to_candidate, to_inner, to_candidate)
    np.multiply(to_candidate, reset, to_inner)
    np.subtract(one, reset, to_reset)
    np.multiply(to_reset, inner, to_reset)
    np.multiply(to_reset, to_inner, to_reset)


def _backward(given: Backward) -> Callable[[], None]:
    (to_x, to_h), mask = given.inner, given.mask
    (steps, _, width), update = to_x.shape, given.kept[1]
    both = 2 * (width // 3)
    off = None if mask is None else np.empty(mask.shape, bool)
    g, offs = each_step(given.g, steps), each_step(off, steps)
    dh = carried(given.starts[0], given.ends[0])
    parts = scratch(4, *dh.shape, like=dh)
    d_x, d_inner = parts[:3], parts[3]
    passed, through = scratch(2, *dh.shape, like=dh)
    split = by_gates(to_x, 3)

    def line(t: int) -> tuple:
        gates = to_x[t, :, :both], to_h[t, :, :both], to_h[t, :, both:]
        return (g[t], offs[t], update[t], split[:, t], *gates, to_h[t])

    blocks = in_blocks(given.kept, 4, line)
    dot, add, multiply, copyto = np.dot, np.add, np.multiply, np.copyto
    transposed = given.kernel.T

    def step(
        g: Array | None,
        off: Array | None,
        update: Array,
        x_gates: Array,
        gates: Array,
        same_gates: Array,
        inner: Array,
        joined: Array,
        factors: Array,
    ) -> None:
        if g is not None:
            add(dh, g, dh)
        if off is not None:
            passed[...] = dh
            copyto(dh, 0, where=off)
        multiply(factors, dh, parts)
        x_gates[...] = d_x
        same_gates[...] = gates
        inner[...] = d_inner
        dot(joined, transposed, through)
        multiply(dh, update, dh)
        add(dh, through, dh)
        if off is not None:
            copyto(dh, passed, where=off)

    return backwards(given, off, [dh], blocks, _prepare, step)


register_steps("gru_steps", 1, 4, _forward)
register_gradient("gru_steps_gradient", 1, 5, 2, _backward)
