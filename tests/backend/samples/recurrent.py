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
