"""Samples of whole recurrent layers, against a loop over single steps."""

from __future__ import annotations

import numpy as np

from tests.backend.sample import Sample

RNG = np.random.default_rng(9)
TIME, BATCH, UNITS = 3, 2, 2
MASK = np.array([[False, True], [True, False], [True, True]])[..., None]


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


def logistic(x):
    return 1 / (1 + np.exp(-x))


def kept(mask, t, new, old):
    return np.where(mask[0][t], new, old) if mask else new


NAMES = {"activation": "tanh", "gate_activation": "sigmoid"}


def lstm(z, h, c, kernel, bias, *mask, **names):
    hs, found = [], []
    for t in range(len(z)):
        parts = np.split(z[t].astype("float64") + h @ kernel + bias, 4, axis=-1)
        i, f, o = (logistic(parts[k]) for k in (0, 1, 3))
        g = np.tanh(parts[2])
        found.append((h, c, i, f, g, o))
        new = f * c + i * g
        h = kept(mask, t, o * np.tanh(new), h)
        c = kept(mask, t, new, c)
        hs.append(h)
    return np.stack(hs), h, c, *map(np.stack, zip(*found))


def gru(z, h, kernel, bias, *mask, **names):
    hs, found = [], []
    for t in range(len(z)):
        x = np.split(z[t].astype("float64") + bias[0], 3, axis=-1)
        s = np.split(h @ kernel + bias[1], 3, axis=-1)
        update, reset = logistic(x[0] + s[0]), logistic(x[1] + s[1])
        candidate = np.tanh(x[2] + reset * s[2])
        found.append((h, update, reset, candidate, s[2]))
        h = kept(mask, t, update * h + (1 - update) * candidate, h)
        hs.append(h)
    return np.stack(hs), h, *map(np.stack, zip(*found))


def gru_before(z, h, kernel, bias, *mask, **names):
    hs, found = [], []
    u = kernel.shape[0]
    for t in range(len(z)):
        x = np.split(z[t].astype("float64") + bias, 3, axis=-1)
        update = logistic(x[0] + h @ kernel[:, :u])
        reset = logistic(x[1] + h @ kernel[:, u : 2 * u])
        candidate = np.tanh(x[2] + (reset * h) @ kernel[:, 2 * u :])
        found.append((h, update, reset, candidate))
        h = kept(mask, t, update * h + (1 - update) * candidate, h)
        hs.append(h)
    return np.stack(hs), h, *map(np.stack, zip(*found))


def simple(z, h, kernel, bias, *mask, **names):
    hs, found = [], []
    for t in range(len(z)):
        found.append(h)
        h = kept(mask, t, np.tanh(z[t].astype("float64") + h @ kernel + bias), h)
        hs.append(h)
    return np.stack(hs), h, np.stack(found)


def step_gradients(cell):
    """Run a cell's gradient back through all steps, with the mask and without."""

    def reference(*arrays, masked, **names):
        arrays = [a.astype("float64") if a.dtype.kind == "f" else a for a in arrays]
        count = cell.states
        states, kernel, rest = arrays[:count], arrays[count], arrays[count + 1 :]
        found, others = rest[: cell.found], rest[cell.found :]
        mask, given = others[:masked], others[masked:]
        rows = []
        for t in reversed(range(TIME)):
            if given:
                states = [states[0] + given[0][t], *states[1:]]
            on = mask[0][t] if mask else True
            active = [np.where(on, state, 0) for state in states]
            passed = [np.where(on, 0, state) for state in states]
            parts, through, carried = cell(active, *(x[t] for x in found))
            carried[0] = carried[0] + through @ kernel.T
            states = [x + y for x, y in zip(carried, passed)]
            rows.append(parts)
        return *(np.stack(part[::-1]) for part in zip(*rows)), *states

    return reference


def lstm_back(states, c, i, f, candidate, o):
    dh, dc = states
    squashed = np.tanh(f * c + i * candidate)
    dc = dc + dh * o * (1 - squashed**2)
    inner = np.concatenate(
        [
            dc * candidate * i * (1 - i),
            dc * c * f * (1 - f),
            dc * i * (1 - candidate**2),
            dh * squashed * o * (1 - o),
        ],
        axis=-1,
    )
    return (inner,), inner, [0, dc * f]


def gru_back(states, h, update, reset, candidate, inner):
    (dh,) = states
    d_candidate = dh * (1 - update) * (1 - candidate**2)
    d_update = dh * (h - candidate) * update * (1 - update)
    d_reset = d_candidate * inner * reset * (1 - reset)
    to_x, to_h = (
        np.concatenate([d_update, d_reset, last], axis=-1)
        for last in (d_candidate, d_candidate * reset)
    )
    return (to_x, to_h), to_h, [dh * update]


def simple_back(states, h):
    inner = states[0] * (1 - h**2)
    return (inner,), inner, [0]


lstm_back.states, lstm_back.found = 2, 5
gru_back.states, gru_back.found = 1, 5
simple_back.states, simple_back.found = 1, 1


def backwards(cell, parts, **names):
    """The gradient with mask and gradients of all states, or only one of them."""
    states = [normal(BATCH, UNITS) for _ in range(cell.states)]
    kernel = normal(UNITS, parts * UNITS)
    found = [RNG.uniform(size=(TIME, BATCH, UNITS)) for _ in range(cell.found)]
    given = normal(TIME, BATCH, UNITS)
    return [
        Sample(
            *states,
            kernel,
            *(x.astype("float32") for x in found),
            *others,
            reference=step_gradients(cell),
            unknown=False,
            masked=len(others) > 0 and others[0] is MASK,
            **names,
        )
        for others in ((given,), (MASK, given), (MASK,))
    ]


def both(reference, *arrays, **names):
    """The layer without a mask and with one; gate sizes must be known."""
    return [
        Sample(*arrays, *mask, reference=reference, unknown=False, **names)
        for mask in ((), (MASK,))
    ]


STATE = normal(BATCH, UNITS)

SAMPLES = {
    "lstm_steps": both(
        lstm,
        normal(TIME, BATCH, 4 * UNITS),
        STATE,
        STATE[::-1],
        normal(UNITS, 4 * UNITS),
        normal(4 * UNITS),
        **NAMES,
    ),
    "gru_steps": both(
        gru,
        normal(TIME, BATCH, 3 * UNITS),
        STATE,
        normal(UNITS, 3 * UNITS),
        normal(2, 3 * UNITS),
        **NAMES,
    ),
    "lstm_steps_gradient": backwards(lstm_back, 4, **NAMES),
    "gru_steps_gradient": backwards(gru_back, 3, **NAMES),
    "simple_rnn_steps_gradient": backwards(simple_back, 1, activation="tanh"),
    "gru_reset_before_steps": both(
        gru_before,
        normal(TIME, BATCH, 3 * UNITS),
        STATE,
        normal(UNITS, 3 * UNITS),
        normal(3 * UNITS),
        **NAMES,
    ),
    "simple_rnn_steps": both(
        simple,
        normal(TIME, BATCH, UNITS),
        STATE,
        normal(UNITS, UNITS),
        normal(UNITS),
        activation="tanh",
    ),
}
