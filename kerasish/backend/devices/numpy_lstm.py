"""The loops of an LSTM on NumPy.

Gates come in the order input, forget, candidate, output. Their sum is taken with its
sign turned: a sigmoid is 1 / (1 + exp(-x)), and a tanh only turns its own sign. Where
nobody asks for a gate itself, what it lets through is divided by 1 + exp(-x).
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
    if any(array is not None for array in (*given.before, *given.saved)):
        return _saving(given)
    return _one_row(given) if given.z.shape[1] == 1 else _many_rows(given)


def _one_row(given: Forward) -> Callable[[], None]:
    """What is added to the products is known for all steps before the first."""
    (steps, _, width), z, mask = given.z.shape, given.z[:, 0], given.mask
    units, one = width // 4, np.array(1, z.dtype)
    h = States(given.first[0], given.hs, None, given.last[0], steps)
    found, left = ([place[0] for place in places] for places in (h.found, h.left))
    others, sums = scratch(steps, width, like=z), scratch(width, like=z)
    # Two gates lie beside each other as do the two values that they choose from.
    pair, parts = scratch(2 * units, like=z), scratch(2 * units, like=z)
    chosen, candidate, c = sums[: 2 * units], pair[:units], pair[units:]
    to_candidate, shown = sums[2 * units : 3 * units], sums[3 * units :]
    taken, kept, squashed = parts[:units], parts[units:], scratch(units, like=z)
    dot, subtract, add, divide = np.dot, np.subtract, np.add, np.divide
    exp, tanh, lines = np.exp, np.tanh, list(zip(others, found, left))

    def run() -> None:
        subtract(-given.bias, z, others)
        h.begin()
        c[...] = given.first[1][0]
        counts = repeat(True) if mask is None else mask[:, 0, 0].tolist()
        for (line, old, new), count in zip(lines, counts):
            if not count:
                new[...] = old
                continue
            dot(old, given.kernel, sums)
            subtract(line, sums, sums)
            tanh(to_candidate, candidate)
            exp(sums, sums)
            add(sums, one, sums)
            divide(pair, chosen, parts)
            subtract(kept, taken, c)
            tanh(c, squashed)
            divide(squashed, shown, new)
        h.end()
        if given.last[1] is not None:
            given.last[1][0] = c

    return run


def _many_rows(given: Forward) -> Callable[[], None]:
    """Gates are taken out of the rows of a product, and then lie one by one."""
    (steps, rows, width), z = given.z.shape, given.z
    units, one = width // 4, np.array(1, z.dtype)
    h = States(given.first[0], given.hs, None, given.last[0], steps)
    turned, sums = scratch(2, rows, width, like=z)
    to_chosen, to_candidate, to_shown = _gates_of(sums)
    gates = scratch(3, rows, units, like=z)
    chosen, shown = gates[:2], gates[2]
    pair, parts = (scratch(2, rows, units, like=z) for _ in "ab")
    (candidate, c), (taken, kept) = pair, parts
    squashed = scratch(rows, units, like=z)
    lines = list(zip(z, h.found, h.left, each_step(given.mask, steps)))
    dot, subtract, add, divide = np.dot, np.subtract, np.add, np.divide
    exp, tanh = np.exp, np.tanh

    def run() -> None:
        turned[...] = -given.bias
        h.begin()
        c[...] = given.first[1]
        for x, old, new, count in lines:
            dot(old, given.kernel, sums)
            add(sums, x, sums)
            subtract(turned, sums, sums)
            exp(to_chosen, chosen)
            exp(to_shown, shown)
            add(gates, one, gates)
            tanh(to_candidate, candidate)
            divide(pair, chosen, parts)
            if count is None:
                subtract(kept, taken, c)
                tanh(c, squashed)
                divide(squashed, shown, new)
            else:
                subtract(kept, taken, kept)
                tanh(kept, squashed)
                divide(squashed, shown, squashed)
                keep(c, c, kept, count)
                keep(new, old, squashed, count)
        h.end()
        if given.last[1] is not None:
            given.last[1][...] = c

    return run


def _gates_of(sums: Array) -> tuple[Array, Array, Array]:
    """The input and the forget gate, the candidate, and the output gate."""
    parts = by_gates(sums, 4)
    return parts[:2], parts[2], parts[3]


def _saving(given: Forward) -> Callable[[], None]:
    """What the gradient needs is left where it is wanted."""
    (steps, rows, width), z = given.z.shape, given.z
    units, one = width // 4, np.array(1, z.dtype)
    h = States(given.first[0], given.hs, given.before[0], given.last[0], steps)
    c = States(given.first[1], None, given.before[1], given.last[1], steps)
    turned, sums = scratch(2, rows, width, like=z)
    to_chosen, to_candidate, to_shown = _gates_of(sums)
    gates, others = scratch(3, rows, units, like=z), scratch(4, rows, units, like=z)
    chosen, (kept, taken, squashed, room) = gates[:2], others
    saved = zip(given.saved, (*chosen, room, gates[2]))
    places = [each_step(array, steps, spare) for array, spare in saved]
    lines = list(zip(z, h.found, h.left, c.found, c.left, *places))
    counts = each_step(given.mask, steps)
    dot, subtract, add, multiply = np.dot, np.subtract, np.add, np.multiply
    exp, tanh, reciprocal, negative = np.exp, np.tanh, np.reciprocal, np.negative

    def run() -> None:
        turned[...] = -given.bias
        h.begin()
        c.begin()
        for line, count in zip(lines, counts):
            x, h_old, h_new, c_old, c_new, i, f, candidate, o = line
            dot(h_old, given.kernel, sums)
            add(sums, x, sums)
            subtract(turned, sums, sums)
            exp(to_chosen, chosen)
            exp(to_shown, gates[2])
            add(gates, one, gates)
            reciprocal(gates[0], i)
            reciprocal(gates[1], f)
            reciprocal(gates[2], o)
            tanh(to_candidate, squashed)
            negative(squashed, candidate)
            multiply(f, c_old, kept)
            multiply(i, candidate, taken)
            if count is None:
                add(kept, taken, c_new)
                tanh(c_new, squashed)
                multiply(o, squashed, h_new)
            else:
                add(kept, taken, kept)
                tanh(kept, squashed)
                multiply(o, squashed, squashed)
                keep(c_new, c_old, kept, count)
                keep(h_new, h_old, squashed, count)
        h.end()
        c.end()

    return run


def _prepare(
    c: Array, i: Array, f: Array, candidate: Array, o: Array, *rooms: Array
) -> None:
    """Compute the factors of gradients, which do not depend on later steps.

    The rooms are for those of the cell's new state for the input and the forget gate
    and the candidate, of the hidden one for the output gate and the cell's new state,
    and for what is squashed.
    """
    to_i, to_f, to_candidate, to_o, to_c, squashed = rooms
    one = np.array(1, c.dtype)
    np.multiply(f, c, squashed)
    np.multiply(i, candidate, to_c)
    np.add(squashed, to_c, squashed)
    np.tanh(squashed, squashed)
    for gate, factor, room in ((i, candidate, to_i), (f, c, to_f), (o, squashed, to_o)):
        np.subtract(one, gate, room)
        np.multiply(room, gate, room)
        np.multiply(room, factor, room)
    for value, factor, room in ((candidate, i, to_candidate), (squashed, o, to_c)):
        np.multiply(value, value, room)
        np.subtract(one, room, room)
        np.multiply(room, factor, room)


def _backward(given: Backward) -> Callable[[], None]:
    inner, mask = given.inner[0], given.mask
    off = None if mask is None else np.empty(mask.shape, bool)
    g, offs = each_step(given.g, len(inner)), each_step(off, len(inner))
    forget, split = given.kept[2], by_gates(inner, 4)
    dh, dc = map(carried, given.starts, given.ends)
    parts = scratch(5, *dh.shape, like=dh)
    by_c, by_h, all_gates, through = parts[:3], parts[3:], parts[:4], parts[4]
    dh_passed, dc_passed = scratch(2, *dh.shape, like=dh)

    def line(t: int) -> tuple:
        return g[t], offs[t], forget[t], inner[t], split[:, t]

    blocks = in_blocks(given.kept, 6, line)
    dot, add, multiply, copyto = np.dot, np.add, np.multiply, np.copyto
    transposed = given.kernel.T

    def step(
        g: Array | None,
        off: Array | None,
        forget: Array,
        joined: Array,
        gates: Array,
        factors: Array,
    ) -> None:
        if g is not None:
            add(dh, g, dh)
        if off is not None:
            dh_passed[...], dc_passed[...] = dh, dc
            copyto(dh, 0, where=off)
            copyto(dc, 0, where=off)
        multiply(factors[3:5], dh, by_h)
        add(dc, through, dc)
        multiply(factors[:3], dc, by_c)
        multiply(dc, forget, dc)
        gates[...] = all_gates
        dot(joined, transposed, dh)
        if off is not None:
            copyto(dh, dh_passed, where=off)
            copyto(dc, dc_passed, where=off)

    return backwards(given, off, [dh, dc], blocks, _prepare, step)


register_steps("lstm_steps", 2, 4, _forward)
register_gradient("lstm_steps_gradient", 2, 5, 1, _backward)
