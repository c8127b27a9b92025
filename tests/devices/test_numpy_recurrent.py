"""Loops of recurrent layers on NumPy, beside their definitions and single steps."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.devices import device, get_device, numpy_recurrent, threads
from kerasish.backend.graph import get_op, placeholder, symbolic_scope, topological
from kerasish.backend.plan import Function, function, value_and_grad
from kerasish.backend.plan.arena import Arena
from kerasish.backend.plan.plan import Plan
from kerasish.backend.rewrite.passes import optimise
from tests.backend.test_recurrent import plain, sequence

RNG = np.random.default_rng(8)
GATES = {"lstm": 4, "gru": 3, "simple": 1}
STATES = {"lstm": 2, "gru": 1, "simple": 1}
OPS = {"lstm": "lstm_steps", "gru": "gru_steps", "simple": "simple_rnn_steps"}
NAMES = {"activation": "tanh", "gate_activation": "sigmoid"}
SIZES = [(1, 1, 3), (1, 6, 5), (2, 5, 1), (3, 1, 4), (33, 4, 7), (70, 3, 16)]


@pytest.fixture(autouse=True)
def on_numpy():
    with device("numpy"):
        yield


@pytest.fixture(params=[1, 3])
def team(request, monkeypatch):
    """Some threads, which may share however few rows."""
    before = threads.num_threads()
    monkeypatch.setattr(numpy_recurrent, "_WORTH_THREADS", 1)
    threads.set_num_threads(request.param)
    yield request.param
    threads.set_num_threads(before)


def normal(*shape, dtype="float64"):
    return RNG.normal(size=shape).astype(dtype)


def weights(kind, features, units):
    columns = GATES[kind] * units
    bias = normal(2, columns) if kind == "gru" else normal(columns)
    return normal(features, columns), normal(units, columns) / units**0.5, bias


def masks(batch, time):
    """No mask, one with holes, and one where some steps count for nobody."""
    holes = RNG.random((batch, time)) < 0.6
    ends = np.arange(time) < RNG.integers(0, time + 1, (batch, 1))
    return [None, holes, ends & (np.arange(time) != 1)]


@pytest.mark.parametrize("kind", GATES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("batch, time, units", SIZES)
def test_results_are_those_of_single_steps(team, kind, dtype, batch, time, units):
    x, states = normal(batch, time, 4), [normal(batch, units) for _ in "hc"]
    parameters = weights(kind, 4, units)
    tolerance = 1e-12 if dtype == "float64" else 3e-6
    for mask, backwards in itertools.product(masks(batch, time), (False, True)):
        options = {"mask": mask, "go_backwards": backwards}
        expected = plain(kind, x, states, parameters, mask, backwards)

        def everything(x, *arrays, options=options):
            return sequence(kind, x, arrays[:2], *arrays[2:], **options)

        # What nobody reads is left out, and so is what only the gradient needs.
        parts = (
            (lambda *a: everything(*a)[:2], expected[:2]),
            (lambda *a: everything(*a)[0], expected[0]),
            (lambda *a: everything(*a)[2][-1], expected[2][-1]),
        )
        given = [a.astype(dtype) for a in (x, *states, *parameters)]
        for build, wanted in parts:
            found = function(build)(*given)
            several = isinstance(found, (tuple, list))
            for one, other in zip(
                found if several else [found], wanted if several else [wanted]
            ):
                assert one.dtype == dtype
                np.testing.assert_allclose(
                    one.numpy(), other, rtol=tolerance, atol=tolerance
                )


def inputs_of(kind, batch, time, units, mask):
    columns = GATES[kind] * units
    _, recurrent, bias = weights(kind, 1, units)
    states = [normal(batch, units) for _ in range(STATES[kind])]
    given = [normal(time, batch, columns), *states, recurrent, bias]
    return given if mask is None else [*given, mask.T[..., np.newaxis]]


@pytest.mark.parametrize("kind", GATES)
@pytest.mark.parametrize("batch, time, units", SIZES)
def test_gradients_are_those_of_the_definition(team, kind, batch, time, units):
    op = get_op(OPS[kind])
    names = NAMES if kind != "simple" else {"activation": "tanh"}

    def loss(outputs):
        states = outputs[: 1 + STATES[kind]]
        return sum(ops.sum(ops.sin(3 * y)) for y in states)

    for mask in masks(batch, time):
        given = inputs_of(kind, batch, time, units, mask)
        count = 3 + STATES[kind]
        floats, flags = given[:count], given[count:]
        numbers = tuple(range(len(floats)))

        def ours(*floats, flags=flags):
            return loss(op(*map(ops.convert_to_tensor, (*floats, *flags)), **names))

        def defined(*floats, flags=flags):
            tensors = tuple(map(ops.convert_to_tensor, (*floats, *flags)))
            return loss(op.expand(tensors, names))

        value, found = value_and_grad(ours, argnums=numbers)(*floats)
        expected, wanted = value_and_grad(defined, argnums=numbers)(*floats)
        np.testing.assert_allclose(float(value), float(expected), rtol=1e-11)
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_allclose(one.numpy(), other.numpy(), 1e-9, 1e-11)


@pytest.mark.parametrize("kind", GATES)
@pytest.mark.parametrize("batch", [1, 5])
def test_saved_values_are_those_of_the_definition(kind, batch):
    op = get_op(OPS[kind])
    names = NAMES if kind != "simple" else {"activation": "tanh"}
    for mask in masks(batch, 4):
        given = inputs_of(kind, batch, 4, 3, mask)
        found = function(lambda *a: op(*a, **names))(*given)
        wanted = function(lambda *a: op.expand(a, names))(*given)
        for one, other in zip(found, wanted, strict=True):
            np.testing.assert_allclose(one.numpy(), other.numpy(), 1e-11, 1e-12)


@pytest.mark.parametrize("kind", GATES)
def test_gradients_of_some_inputs_only(kind):
    x, states, parameters = normal(3, 4, 2), [normal(3, 5)] * 2, weights(kind, 2, 5)

    def loss(*arrays):
        return ops.sum(sequence(kind, arrays[0], arrays[1:3], *arrays[3:])[1])

    everything = x, *states, *parameters
    numbers = [i for i in range(len(everything)) if i != 2 or kind == "lstm"]
    all_at_once = value_and_grad(loss, argnums=tuple(numbers))(*everything)[1]
    for number, wanted in zip(numbers, all_at_once):
        found = value_and_grad(loss, argnums=number)(*everything)[1]
        np.testing.assert_allclose(found.numpy(), wanted.numpy(), 1e-11, 1e-12)


@pytest.mark.parametrize("kind", GATES)
@pytest.mark.parametrize("batch", [1, 3])
def test_kernels_and_inputs_of_any_layout(kind, batch):
    x, states = normal(batch, 4, 2), [normal(batch, 10) for _ in "hc"]
    kernel, recurrent, bias = weights(kind, 2, 5)
    wide = np.repeat(np.repeat(recurrent, 2, axis=0), 2, axis=1)

    def build(x, states, wide):
        halves = [state[:, ::2] for state in states]
        return sequence(kind, x, halves, kernel, wide[::2, ::2], bias)[1]

    found = function(build)(x, states, wide).numpy()
    halves = [state[:, ::2] for state in states]
    expected = plain(kind, x, halves, (kernel, recurrent, bias))[1]
    np.testing.assert_allclose(found, expected, rtol=1e-12, atol=1e-12)


def test_large_and_infinite_sums():
    """A gate is shut or open then, and nothing is NaN."""
    x = np.array([[[200.0]], [[-200.0]], [[np.inf]], [[-np.inf]]], "float32")
    zeros, ones = np.zeros((4, 1), "float32"), np.ones((1, 4), "float32")
    for batch in (slice(0, 4), slice(0, 1), slice(1, 2)):
        part, state = x[batch], zeros[batch]
        given = part, state, state, ones, 0 * ones
        outputs = function(lambda *arrays: ops.lstm_sequence(*arrays)[1])(*given)
        expected = np.where(part > 0, np.tanh(np.float32(1)), 0)
        np.testing.assert_allclose(outputs.numpy(), expected, atol=1e-6)


def planned(op_name, given, wanted):
    """The plan of some results of an op."""
    formals = [placeholder(a.shape, a.dtype.name) for a in given]
    on = get_device("numpy")
    with symbolic_scope():
        results = get_op(op_name)(*formals, **NAMES)
        outputs = [results[number] for number in wanted]
        found = optimise(formals, outputs, formals, {}, on)
    return Plan(formals, found, (), on, Arena(on))


def test_what_nobody_reads_has_no_memory():
    given = inputs_of("lstm", 8, 50, 16, None)
    states = planned("lstm_steps", given, [1, 2])
    everything = planned("lstm_steps", given, range(9))
    assert {node.op.name for node in states.nodes} == {"placeholder", "lstm_steps"}
    each = given[0].nbytes // 4
    assert everything.layout.size - states.layout.size >= 7 * each
    with get_device("numpy").guard():
        few, many = (plan.bound().run(given) for plan in (states, everything))
    for one, other in zip(few, many[1:3]):
        np.testing.assert_allclose(one, other, rtol=1e-12)


@pytest.mark.parametrize(
    "options", [{"activation": "relu"}, {"recurrent_activation": "hard_sigmoid"}]
)
def test_other_functions_run_by_definition(options):
    x, states, parameters = normal(2, 3, 2), [normal(2, 4)] * 2, weights("lstm", 2, 4)
    inputs = [placeholder(x.shape, "float64")]
    with symbolic_scope():
        last = ops.lstm_sequence(inputs[0], *states, *parameters, **options)[0]
        graph = optimise(inputs, [last], inputs, {}, get_device("numpy"))
    assert "scan" in {node.op.name for node in topological(graph)}
    value = Function(inputs, [last])(x)[0]
    eager = ops.lstm_sequence(x, *states, *parameters, **options)[0].numpy()
    np.testing.assert_allclose(value, eager, rtol=1e-12)
