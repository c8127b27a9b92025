"""Recurrent layers beyond their numbers: both forms, states, constants, dropout."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from kerasish import layers as L
from kerasish.backend import ops
from kerasish.backend.graph import Trace, placeholder
from kerasish.backend.plan import Function
from kerasish.errors import ShapeError

KINDS = {"LSTM": L.LSTMCell, "GRU": L.GRUCell, "SimpleRNN": L.SimpleRNNCell}
X = np.random.default_rng(0).normal(size=(3, 6, 4)).astype("float32")
MASK = np.random.default_rng(1).uniform(size=(3, 6)) < 0.6


def _same_weights(source: Any, target: Any) -> None:
    target(X)
    target.set_weights(source.get_weights())


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("mask", [None, MASK])
def test_fast_form_equals_the_loop_over_the_cell(kind, backwards, mask) -> None:
    options = {
        "return_sequences": True, "return_state": True, "go_backwards": backwards
    }  # fmt: skip
    fast = getattr(L, kind)(5, **options)
    assert fast.has_fast_form()
    slow = L.RNN(KINDS[kind](5), **options)
    fast(X)
    _same_weights(fast, slow)
    unrolled = L.RNN(KINDS[kind](5), unroll=True, **options)
    _same_weights(fast, unrolled)
    for got, loop, written in zip(
        fast(X, mask=mask), slow(X, mask=mask), unrolled(X, mask=mask), strict=True
    ):
        np.testing.assert_allclose(got.numpy(), loop.numpy(), atol=1e-6)
        np.testing.assert_allclose(got.numpy(), written.numpy(), atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_initial_state_continues_a_sequence(kind) -> None:
    layer = getattr(L, kind)(5, return_state=True, return_sequences=True)
    whole = layer(X)[0].numpy()
    first, *states = layer(X[:, :2])
    second = layer(X[:, 2:], initial_state=states)[0]
    np.testing.assert_allclose(whole[:, :2], first.numpy(), atol=1e-6)
    np.testing.assert_allclose(whole[:, 2:], second.numpy(), atol=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_stateful_layer_continues_and_resets(kind) -> None:
    layer = getattr(L, kind)(5, stateful=True)
    plain = getattr(L, kind)(5)
    first = layer(X[:, :3]).numpy()
    _same_weights(layer, plain)
    second = layer(X[:, 3:]).numpy()
    np.testing.assert_allclose(second, plain(X).numpy(), atol=1e-6)
    layer.reset_state()
    np.testing.assert_allclose(layer(X[:, :3]).numpy(), first, atol=1e-6)
    assert len(layer.weights) == 3


def test_stateful_layer_keeps_its_states_in_a_traced_function() -> None:
    layer = L.LSTM(2, stateful=True)
    layer(X[:, :3])
    layer.reset_states()
    with Trace() as trace:
        x = placeholder((3, 3, 4), "float32")
        y = layer(x)
    run = Function([x], [y], updates=trace.updates)
    first, second = run(X[:, :3])[0], run(X[:, 3:])[0]
    plain = L.LSTM(2)
    _same_weights(layer, plain)
    np.testing.assert_allclose(first, plain(X[:, :3]).numpy(), atol=1e-6)
    np.testing.assert_allclose(second, plain(X).numpy(), atol=1e-6)


def test_stateful_layer_needs_a_batch_size() -> None:
    with pytest.raises(ValueError, match="known batch size"):
        L.LSTM(2, stateful=True).build((None, 3, 4))


def test_time_steps_may_be_unknown() -> None:
    layer = L.GRU(2, return_sequences=True)
    layer(X)
    with Trace():
        x = placeholder((None, None, 4), "float32")
        y = layer(x)
    assert y.shape == (None, None, 2)
    run = Function([x], [y])
    for steps in (1, 3, 6):
        np.testing.assert_allclose(
            run(X[:, :steps])[0], layer(X[:, :steps]).numpy(), atol=1e-6
        )


def test_unroll_needs_known_time_steps() -> None:
    with pytest.raises(ShapeError, match="known number of time steps"):
        L.LSTM(2, unroll=True).compute_output_shape((None, None, 4))


class ScaledCell(L.Layer):
    """A cell of the user's with a constant and one plain state."""

    def __init__(self, units: int, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.units = units
        self.state_size = units

    def build(self, input_shape: Any) -> None:
        self.kernel = self.add_weight(shape=(input_shape[0][-1], self.units))

    def call(self, inputs: Any, states: Any, constants: Any = None) -> Any:
        h = ops.matmul(inputs, self.kernel) * constants[0] + 0.5 * states[0]
        return h, [h]


def test_constants_reach_every_step() -> None:
    layer = L.RNN(ScaledCell(2))
    scale = np.array([[1.0], [2.0], [0.0]], "float32")
    got = layer(X, constants=[scale]).numpy()
    h = np.zeros((3, 2), "float32")
    for step in range(6):
        h = X[:, step] @ layer.cell.kernel.numpy() * scale + 0.5 * h
    np.testing.assert_allclose(got, h, atol=1e-5)


def test_dropout_mask_is_one_for_all_steps() -> None:
    layer = L.SimpleRNN(
        4,
        activation="linear",
        dropout=0.5,
        kernel_initializer="identity",
        recurrent_initializer="zeros",
        return_sequences=True,
    )
    outputs = layer(np.ones((2, 5, 4), "float32"), training=True).numpy()
    assert set(np.unique(outputs)) <= {0.0, 2.0}
    np.testing.assert_array_equal(outputs, outputs[:, :1].repeat(5, axis=1))
    still = layer(np.ones((2, 5, 4), "float32"), training=False).numpy()
    np.testing.assert_array_equal(still, np.ones((2, 5, 4)))


def test_recurrent_dropout_drops_the_state() -> None:
    layer = L.SimpleRNN(
        64,
        activation="linear",
        recurrent_dropout=0.5,
        kernel_initializer="ones",
        recurrent_initializer="identity",
        return_sequences=True,
    )
    outputs = layer(np.ones((1, 2, 1), "float32"), training=True).numpy()
    assert set(np.unique(outputs[:, 0])) == {1.0}
    assert set(np.unique(outputs[:, 1])) == {1.0, 3.0}


def test_stacked_cells_draw_masks_for_each_cell() -> None:
    cells = [L.LSTMCell(3, dropout=0.5), L.GRUCell(2, recurrent_dropout=0.5)]
    layer = L.RNN(cells, return_state=True)
    output, *states = layer(X, training=True)
    assert output.shape == (3, 2)
    assert [len(state) for state in states] == [2, 1]
    assert not np.array_equal(
        layer(X, training=True)[0].numpy(), layer(X, training=True)[0].numpy()
    )


@pytest.mark.parametrize("mode", ["concat", "sum", "mul", "ave", None])
def test_bidirectional_is_two_layers(mode) -> None:
    both = L.Bidirectional(L.GRU(2, return_sequences=True), merge_mode=mode)
    got = both(X, mask=MASK)
    # Keras zeroes the masked steps of both directions.
    forward, backward = (
        L.GRU(2, return_sequences=True, zero_output_for_mask=True),
        L.GRU(2, return_sequences=True, zero_output_for_mask=True, go_backwards=True),
    )
    _same_weights(both.forward_layer, forward)
    _same_weights(both.backward_layer, backward)
    a = forward(X, mask=MASK).numpy()
    b = backward(X, mask=MASK).numpy()[:, ::-1]
    expected = {
        "concat": np.concatenate([a, b], -1), "sum": a + b, "mul": a * b,
        "ave": (a + b) / 2, None: (a, b),
    }[mode]  # fmt: skip
    if mode is None:
        for value, wanted in zip(got, expected, strict=True):
            np.testing.assert_allclose(value.numpy(), wanted, atol=1e-6)
    else:
        np.testing.assert_allclose(got.numpy(), expected, atol=1e-6)


@pytest.mark.parametrize("kind", [L.LSTM, L.GRU, L.SimpleRNN])
@pytest.mark.parametrize("unroll", [False, True])
def test_masked_steps_give_zeros_where_asked(kind, unroll) -> None:
    layer = kind(2, return_sequences=True, zero_output_for_mask=True, unroll=unroll)
    shown, plain = (layer(X, mask=MASK).numpy(), layer(X).numpy())
    assert not shown[~MASK].any() and plain[~MASK].any()
    assert layer.get_config()["zero_output_for_mask"] is True


def test_bidirectional_splits_the_initial_state() -> None:
    layer = L.Bidirectional(L.LSTM(2, return_state=True))
    states = [np.full((3, 2), value, "float32") for value in (0.1, 0.2, 0.3, 0.4)]
    output, *last = layer(X, initial_state=states)
    assert output.shape == (3, 4) and len(last) == 4
    expected = layer.backward_layer(X, initial_state=states[2:])[0]
    np.testing.assert_allclose(output.numpy()[:, 2:], expected.numpy(), atol=1e-6)


def test_bidirectional_refuses_a_pair_in_one_direction() -> None:
    with pytest.raises(ValueError, match="go_backwards"):
        L.Bidirectional(L.LSTM(2), backward_layer=L.LSTM(2))


def test_former_arguments_of_recurrent_layers() -> None:
    layer = L.LSTM(2, implementation=1, input_dim=4, input_length=6)
    assert layer._batch_input_shape == (None, 6, 4)


class _Sum(L.Recurrent):
    units = 3

    def get_constants(self, inputs, training=None):
        return [2.0]

    def preprocess_input(self, inputs, training=None):
        return inputs + 1.0

    def step(self, inputs, states):
        total, factor = states
        total = factor * inputs + total
        return total, [total]


def test_layers_with_a_step_method():
    x = np.arange(12.0).reshape(1, 4, 3).astype("float32")
    sums = 2.0 * np.cumsum(x + 1.0, axis=1)
    np.testing.assert_allclose(_Sum()(x), sums[:, -1])
    np.testing.assert_allclose(_Sum(return_sequences=True)(x), sums)
    output, state = _Sum(return_state=True, go_backwards=True)(x)
    np.testing.assert_allclose(output, sums[:, -1])
    np.testing.assert_allclose(state, sums[:, -1])
    mask = np.array([[True, True, False, False]])
    np.testing.assert_allclose(_Sum()(x, mask=mask), sums[:, 1])
    started = _Sum()(x, initial_state=[np.full((1, 3), 5.0, "float32")])
    np.testing.assert_allclose(started, sums[:, -1] + 5.0)


def test_layers_with_a_step_method_keep_states():
    x = np.ones((2, 4, 3), "float32")
    layer = _Sum(stateful=True)
    assert [float(np.asarray(layer(x))[0, 0]) for _ in range(3)] == [16, 32, 48]
    layer.reset_states()
    assert float(np.asarray(layer(x))[0, 0]) == 16
    layer.reset_states([np.full((2, 3), 4.0)])
    assert float(np.asarray(layer(x))[0, 0]) == 20


def test_layers_of_keras_1():
    x = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")
    layer = L.MaxoutDense(2, 3, weights=[np.ones((3, 4, 2)), np.eye(3, 2)])
    expected = x.sum(axis=1, keepdims=True) + 1.0
    np.testing.assert_allclose(layer(x), np.repeat(expected, 2, 1), rtol=1e-5)
    layer = L.Highway(activation="tanh")
    result = np.asarray(layer(x))
    w, carry, b, carry_b = layer.get_weights()
    part = 1.0 / (1.0 + np.exp(-(x @ carry + carry_b)))
    expected = part * np.tanh(x @ w + b) + (1 - part) * x
    np.testing.assert_allclose(result, expected, rtol=1e-5, atol=1e-6)
    assert carry_b.tolist() == [1.0] * 4


@pytest.mark.parametrize("make", [L.LSTM, L.GRU, L.SimpleRNN])
def test_time_may_be_the_first_axis(make):
    x = np.random.default_rng(0).normal(size=(4, 6, 3)).astype("float32")
    mask = np.arange(6) < np.array([[6], [2], [3], [5]])
    options = {"return_sequences": True, "return_state": True}
    usual, other = make(5, **options), make(5, time_major=True, **options)
    wanted = usual(x, mask=mask)
    swapped = x.swapaxes(0, 1)
    other.build(swapped.shape)
    other.set_weights(usual.get_weights())
    found = other(swapped, mask=mask.T)
    np.testing.assert_allclose(found[0].numpy().swapaxes(0, 1), wanted[0].numpy())
    np.testing.assert_allclose(found[1].numpy(), wanted[1].numpy())
    assert type(other).from_config(other.get_config()).time_major
    assert "time_major" not in usual.get_config()
    both = L.Bidirectional(make(5, return_sequences=True))
    time_first = L.Bidirectional(make(5, return_sequences=True, time_major=True))
    wanted = both(x)
    time_first.build(swapped.shape)
    time_first.set_weights(both.get_weights())
    np.testing.assert_allclose(
        time_first(swapped).numpy().swapaxes(0, 1), wanted.numpy(), rtol=1e-6
    )
