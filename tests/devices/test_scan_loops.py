"""Loops over time as one compiled call: when, and with the values of NumPy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

import kerasish as keras
from kerasish.backend import ops
from kerasish.backend.devices import device, threads
from kerasish.backend.devices.cpu import loops, panel_product, scan_loops
from kerasish.backend.devices.scanning import bound_scan
from kerasish.backend.plan import function, value_and_grad

pytestmark = pytest.mark.skipif(
    not loops.available(), reason=f"no compiler of loops: {loops.status()}"
)
RNG = np.random.default_rng(3)
GATES = {"lstm": 4, "gru": 3, "gru_before": 3, "simple": 1}


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


@pytest.fixture
def compiled(monkeypatch):
    """Counts loops: those that were compiled, and those that were left to NumPy."""
    counts = {"compiled": 0, "left": 0}

    class Counted(scan_loops._CompiledLoop):
        def call(self):
            found = super().call()
            counts["compiled"] += 1
            return found

    class Left:
        def bind(self, *arguments):
            counts["left"] += 1
            return bound_scan.bind(*arguments)

    monkeypatch.setattr(scan_loops, "_CompiledLoop", Counted)
    monkeypatch.setattr(scan_loops, "bound_scan", Left())
    return counts


def values(result):
    if isinstance(result, (tuple, list)):
        return [array for part in result for array in values(part)]
    return [result.numpy()]


def on_both(function, *arrays, tolerance=2e-5):
    """The function's results on both devices, which must agree."""
    found = []
    for name in ("numpy", "cpu"):
        with device(name):
            found.append(values(function(*arrays)))
    for one, two in zip(*found, strict=True):
        scale = max(1.0, float(np.abs(one).max(initial=0)))
        np.testing.assert_allclose(two, one, rtol=0, atol=tolerance * scale)
    return found[1]


def layer(kind, x, state, parameters, mask=None, **options):
    kernel, recurrent, bias = parameters
    if kind == "lstm":
        run, states = ops.lstm_sequence, (state, 0.5 * state)
    elif kind == "simple":
        run, states = ops.simple_rnn_sequence, (state,)
    else:
        run, states = ops.gru_sequence, (state,)
        options["reset_after"] = kind == "gru"
    last, outputs, final = run(
        x, *states, kernel, recurrent, bias, mask=mask, **options
    )
    return ops.sum(last * last) + ops.sum(ops.sin(outputs)) + ops.sum(final[-1])


def weights(kind, features, units):
    columns = GATES[kind] * units
    bias = normal(2, columns) if kind == "gru" else normal(columns)
    return normal(features, columns), normal(units, columns) / units**0.5, bias


@pytest.mark.parametrize("kind", GATES)
@pytest.mark.parametrize(
    ("batch", "time", "units", "masked"),
    [(1, 1, 3, False), (3, 2, 16, True), (1, 5, 33, True), (13, 4, 20, False)],
)
def test_layers_are_compiled_in_both_directions(
    compiled, kind, batch, time, units, masked
):
    x, state = normal(batch, time, 6), normal(batch, units)
    mask = RNG.random((batch, time)) < 0.6 if masked else None
    options = {"activation": "relu"} if units == 16 else {}

    def loss(x, state, *parameters):
        return layer(kind, x, state, parameters, mask, **options)

    run = value_and_grad(loss, argnums=tuple(range(5)))
    on_both(run, x, state, *weights(kind, 6, units))
    assert compiled == {"compiled": 2, "left": 0}


def test_number_of_threads_does_not_change_bits():
    parameters, x = weights("lstm", 8, 40), normal(64, 20, 8)
    state = np.zeros((64, 40), "float32")

    def loss(*parameters):
        return layer("lstm", x, state, parameters)

    found, before = [], threads.num_threads()
    try:
        for number in (1, 2, 3):
            threads.set_num_threads(number)
            with device("cpu"):
                run = value_and_grad(loss, argnums=1)
                found.append(run(*parameters)[0].numpy())
    finally:
        threads.set_num_threads(before)
    assert found[0] == found[1] == found[2]


def test_any_body_of_rows_is_compiled(compiled):
    scale, start, xs = normal(3, 1), normal(3, 5), normal(4, 3, 5)
    flags = np.array([[1], [0], [1]], bool)

    def run(start, xs):
        def step(carry, x):
            a, b = carry
            new = ops.where(flags, a * scale + x, b)
            return (new, a + b), (x, new[:, 1:3], ops.concatenate([b, new, new], 1))

        return ops.scan(step, (start, 2 * start), xs, reverse=True)

    on_both(function(run), start, xs)
    assert compiled == {"compiled": 1, "left": 0}


@pytest.mark.parametrize(
    "step",
    [
        lambda a, b, x: ((b, a + x), a),
        lambda a, b, x: ((a + ops.sum(x, 0, keepdims=True), b * 0.5), b),
        lambda a, b, x: ((a + ops.transpose(b), b * 0.5), b),
        lambda a, b, x: ((a, ops.matmul(b, a)), x),
        lambda a, b, x: ((a + ops.sum(x), b + x), ops.sum(a)),
    ],
    ids=["swap", "sum", "transpose", "product", "numbers"],
)
def test_other_bodies_are_left_to_the_general_loop(compiled, step):
    start, xs = normal(4, 4), normal(3, 4, 4)

    def run(start, xs):
        return ops.scan(lambda c, x: step(*c, x), (start, 2 * start), xs)

    on_both(function(run), start, xs)
    assert compiled == {"compiled": 0, "left": 1}


def test_packed_product():
    shapes = [(1, 1, 1), (7, 33, 70), (17, 5, 64), (6, 8, 16), (3, 9, 300)]
    for (rows, terms, columns), turned in itertools.product(shapes, (True, False)):
        a = normal(rows, 2 * terms)[:, :terms]
        b = normal(columns, terms).T if turned else normal(terms, columns)
        panels, fill = panel_product.packed(b)
        fill()
        out = np.zeros((rows, columns + 3), "float32")
        words = [a.ctypes.data, a.strides[0], panels.ctypes.data, out.ctypes.data]
        words += [out.strides[0], terms, columns]
        loops.launcher().bind(panel_product.function(), rows, 1, words, 1)()
        np.testing.assert_allclose(out[:, :columns], a @ b, rtol=1e-4, atol=1e-5)
        assert not out[:, columns:].any()


@pytest.mark.parametrize("name", ["LSTM", "GRU", "SimpleRNN"])
def test_layer_names_its_activations(compiled, name):
    layers = keras.layers
    model = keras.Sequential(
        [
            layers.Input((None, 3)),
            getattr(layers, name)(4, activation="relu", return_sequences=True),
            getattr(layers, name)(4, activation="tanh", go_backwards=True),
        ]
    )
    model.compile("sgd", "mse")
    with device("cpu"):
        model.train_on_batch(normal(5, 3, 3), normal(5, 4))
    assert compiled == {"compiled": 4, "left": 0}
