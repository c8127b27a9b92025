"""Whole recurrent layers: directions, masks, both GRU forms, gradients."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import Trace, as_tensor, placeholder
from kerasish.backend.plan import Function, function, value_and_grad
from kerasish.errors import ShapeError

RNG = np.random.default_rng(0)
BATCH, TIME, FEATURES, UNITS = 2, 4, 3, 2
KINDS = ("lstm", "gru", "gru_before", "simple")
GATES = {"lstm": 4, "gru": 3, "gru_before": 3, "simple": 1}


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


X = normal(BATCH, TIME, FEATURES)
MASK = np.array([[0, 1, 1, 0], [1, 0, 1, 1]], bool)


def weights(kind):
    columns = GATES[kind] * UNITS
    bias = normal(2, columns) if kind == "gru" else normal(columns)
    return normal(FEATURES, columns), normal(UNITS, columns), bias


def sequence(kind, x, states, kernel, recurrent, bias, **options):
    if kind == "lstm":
        return ops.lstm_sequence(x, *states, kernel, recurrent, bias, **options)
    run = ops.simple_rnn_sequence
    if kind != "simple":
        run, options = ops.gru_sequence, {"reset_after": kind == "gru", **options}
    return run(x, states[0], kernel, recurrent, bias, **options)


def logistic(x):
    return 1 / (1 + np.exp(-x))


def step(kind, x, states, kernel, recurrent, bias):
    """One step in plain NumPy."""
    h = states[0]
    z = x @ kernel + (bias[0] if kind == "gru" else bias)
    if kind == "simple":
        return (np.tanh(z + h @ recurrent),)
    if kind == "lstm":
        i, f, g, o = np.split(z + h @ recurrent, 4, axis=-1)
        c = logistic(f) * states[1] + logistic(i) * np.tanh(g)
        return logistic(o) * np.tanh(c), c
    z, r, g = np.split(z, 3, axis=-1)
    u_z, u_r, u_g = np.split(recurrent, 3, axis=-1)
    b_z, b_r, b_g = np.split(bias[1], 3) if kind == "gru" else (0, 0, 0)
    z, r = logistic(z + h @ u_z + b_z), logistic(r + h @ u_r + b_r)
    inner = r * (h @ u_g + b_g) if kind == "gru" else (r * h) @ u_g
    return (z * h + (1 - z) * np.tanh(g + inner),)


def plain(kind, x, states, parameters, mask=None, backwards=False, zeros=False):
    order = range(x.shape[1])[:: -1 if backwards else 1]
    output, outputs = np.zeros_like(states[0]), []
    for t in order:
        new = step(kind, x[:, t], states, *parameters)
        keep = np.ones((len(x), 1), bool) if mask is None else mask[:, t, None]
        states = [np.where(keep, a, b) for a, b in zip(new, states)]
        output = np.where(keep, new[0], output)
        outputs.append(np.where(keep, new[0], 0) if zeros else output)
    return output, np.stack(outputs, axis=1), states


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("mask", [None, MASK])
@pytest.mark.parametrize("backwards", [False, True])
def test_sequence_equals_single_steps(kind, mask, backwards):
    states, parameters = [normal(BATCH, UNITS) for _ in range(2)], weights(kind)

    def build(x):
        return sequence(kind, x, states, *parameters, mask=mask, go_backwards=backwards)

    expected = plain(kind, X, states, parameters, mask, backwards)
    for last, outputs, final in (build(as_tensor(X)), function(build)(X)):
        np.testing.assert_allclose(last.numpy(), expected[0], rtol=1e-4, atol=1e-6)
        np.testing.assert_allclose(outputs.numpy(), expected[1], rtol=1e-4, atol=1e-6)
        for got, wanted in zip(final, expected[2]):
            np.testing.assert_allclose(got.numpy(), wanted, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_time_major_and_zeros_for_masked_steps(kind):
    states, parameters = [normal(BATCH, UNITS) for _ in range(2)], weights(kind)
    outputs = sequence(
        kind,
        X.transpose(1, 0, 2),
        states,
        *parameters,
        mask=MASK.T,
        time_major=True,
        zero_output_for_mask=True,
    )[1]
    expected = plain(kind, X, states, parameters, MASK, zeros=True)[1]
    got = outputs.numpy().transpose(1, 0, 2)
    np.testing.assert_allclose(got, expected, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_gradient_equals_that_of_the_unrolled_loop(kind):
    states = [normal(BATCH, UNITS) for _ in range(2)]
    kernel, recurrent, bias = weights(kind)

    def loss(last, outputs, final):
        return ops.sum(outputs * outputs) + sum(ops.sum(ops.sin(s)) for s in final)

    def compiled(x, kernel, recurrent, bias):
        return loss(*sequence(kind, x, states, kernel, recurrent, bias, mask=MASK))

    def unrolled(x, kernel, recurrent, bias):
        now, outputs = [as_tensor(state) for state in states], []
        shown = ops.zeros_like(now[0])
        for t in range(TIME):
            _, _, new = sequence(kind, x[:, t : t + 1], now, kernel, recurrent, bias)
            keep = MASK[:, t, None]
            now = [ops.where(keep, a, b) for a, b in zip(new, now)]
            shown = ops.where(keep, new[0], shown)
            outputs.append(shown)
        return loss(None, ops.stack(outputs, axis=1), now[: len(new)])

    everything = X, kernel, recurrent, bias
    one = value_and_grad(compiled, argnums=(0, 1, 2, 3))(*everything)
    two = value_and_grad(unrolled, argnums=(0, 1, 2, 3))(*everything)
    np.testing.assert_allclose(float(one[0]), float(two[0]), rtol=1e-5)
    for a, b in zip(one[1], two[1]):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
def test_batch_and_time_may_be_unknown(kind):
    kernel, recurrent, bias = weights(kind)
    with Trace() as trace:
        x = placeholder((None, None, FEATURES))
        start = ops.zeros((ops.shape(x)[0], UNITS))
        last, outputs, _ = sequence(kind, x, [start] * 2, kernel, recurrent, bias)
        slope = gradients(ops.sum(last), [x])[0]
    assert last.shape == (None, UNITS) and outputs.shape == (None, None, UNITS)
    run = Function([x], [last, outputs, slope], trace.updates)
    for batch, steps in ((1, 2), (3, 1)):
        values = run(X[:1, :steps].repeat(batch, axis=0))
        assert [v.shape for v in values] == [
            (batch, UNITS),
            (batch, steps, UNITS),
            (batch, steps, FEATURES),
        ]


def test_without_bias_and_with_wrong_axes():
    kernel, recurrent, _ = weights("gru")
    state = normal(BATCH, UNITS)
    zeros = np.zeros((2, 3 * UNITS), "float32")
    one = ops.gru_sequence(X, state, kernel, recurrent)[0].numpy()
    two = ops.gru_sequence(X, state, kernel, recurrent, zeros)[0].numpy()
    np.testing.assert_array_equal(one, two)
    with pytest.raises(ShapeError, match="batch, time"):
        ops.gru_sequence(X[0], state, kernel, recurrent)
