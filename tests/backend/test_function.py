"""Functions: signatures, plans, updates, static inputs, feeding, interrupts."""

from __future__ import annotations

import os
import signal

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.graph import (
    Tensor,
    Variable,
    as_tensor,
    learning_phase,
    placeholder,
    symbolic_scope,
)
from kerasish.backend.plan import Function, GradientTape, function, value_and_grad
from kerasish.errors import DTypeError, GradientError, GraphError, ShapeError


def test_a_view_of_an_input_is_not_overwritten_while_it_is_read():
    x = placeholder((3, 3))
    with symbolic_scope():
        y = ops.matmul(x, x)
        symmetric = 0.5 * (y + ops.transpose(y))
    array = np.arange(9.0, dtype="float32").reshape(3, 3)
    expected = array @ array
    got = Function([x], [symmetric])(array)[0]
    np.testing.assert_array_equal(got, (expected + expected.T) / 2)


def test_one_plan_for_each_signature():
    x = placeholder((None, 3))
    f = Function([x], [x * 2.0])
    for rows in (4, 4, 1, 4, 1):
        assert f(np.ones((rows, 3)))[0].shape == (rows, 3)
    assert len(f._plans) == 2


def test_later_signatures_are_interpreted_until_seen_twice():
    x = placeholder((None,))
    f = Function([x], [ops.exp(x) + 1.0])
    for size in range(1, 9):
        np.testing.assert_allclose(f(np.zeros(size))[0], np.full(size, 2.0), rtol=1e-6)
    assert len(f._plans) == 4
    f(np.zeros(8))
    assert len(f._plans) == 5


def test_plans_are_bounded():
    x = placeholder((None,))
    f = Function([x], [x + 1.0])
    for size in range(40):
        f(np.zeros(size))
        f(np.zeros(size))
    assert len(f._plans) <= 16


def test_results_stay_valid():
    x = placeholder((2,))
    v = Variable([1.0, 1.0])
    with symbolic_scope():
        f = Function([x], [x, v.value, ops.reshape(x, (2, 1))])
    given = np.array([1.0, 2.0], "float32")
    first = f(given)
    f(np.array([7.0, 8.0], "float32"))
    v.assign([9.0, 9.0])
    given[:] = 0
    assert [a.reshape(-1).tolist() for a in first] == [[1, 2], [1, 1], [1, 2]]


def test_static_input_selects_a_plan():
    x, phase = placeholder((2,)), learning_phase()
    with symbolic_scope():
        y = ops.in_train_phase(lambda: x * 10.0, lambda: x)
    f = Function([x, phase], [y])
    assert f([1.0, 2.0], 1)[0].tolist() == [10, 20]
    assert f([1.0, 2.0], 0)[0].tolist() == [1, 2]
    assert Function([x], [y])([1.0, 2.0])[0].tolist() == [1, 2]
    assert len(f._plans) == 2


def test_feeding_an_intermediate_tensor_cuts_its_ancestors():
    x = placeholder((2,))
    middle = ops.exp(x)
    f = Function([middle], [middle + 1.0])
    assert f([1.0, 2.0])[0].tolist() == [2, 3]


def test_unfed_placeholder():
    x, y = placeholder((2,), name="x"), placeholder((2,), name="y")
    with pytest.raises(GraphError, match="'y'"):
        Function([x], [x + y])([1.0, 2.0])


def test_wrong_inputs():
    f = Function([placeholder((None, 3), name="x")], [])
    with pytest.raises(ShapeError, match="expected"):
        f(np.ones((2, 4)))
    with pytest.raises(DTypeError, match="numeric"):
        f(np.array([["a"] * 3]))
    with pytest.raises(TypeError, match="takes 1 inputs"):
        f()


def test_two_updates_of_one_variable():
    v = Variable(1.0)
    with symbolic_scope(), pytest.raises(GraphError, match="two updates"):
        Function([], [], [(v, v.value), (v, v.value + 1.0)])


def test_nothing_is_written_when_a_kernel_fails():
    a, b = Variable(1.0), Variable([1.0, 2.0])
    index = placeholder((), "int32")
    with symbolic_scope():
        f = Function(
            [index],
            [ops.take(b.value, index, axis=0)],
            [(a, a.value + 1.0), (b, b.value * 2.0)],
        )
    with pytest.raises(Exception, match="take|index"):
        f(7)
    assert float(a) == 1.0 and b.numpy().tolist() == [1, 2]
    f(1)
    assert float(a) == 2.0 and b.numpy().tolist() == [2, 4]


def test_interrupts_wait_for_the_writes():
    first, second = Variable(0.0), Variable(0.0)
    with symbolic_scope():
        f = Function([], [], [(first, first.value + 1.0), (second, second.value + 1.0)])
    f()
    (plan,) = f._plans.values()
    write = plan._bound.writes[0]

    def interrupted():
        write()
        os.kill(os.getpid(), signal.SIGINT)

    plan._bound.writes[0] = interrupted
    with pytest.raises(KeyboardInterrupt):
        f()
    assert float(first) == float(second) == 2.0


def test_value_dependent_shapes_are_interpreted():
    x = placeholder((None,))
    f = Function([x], [ops.nonzero(x)[0]])
    assert f([0.0, 1.0, 2.0])[0].tolist() == [1, 2]
    assert f([5.0, 0.0, 0.0])[0].tolist() == [0]


def test_all_before_a_value_dependent_shape_is_planned():
    x, step = placeholder((None, 3)), Variable(0.0)
    product = ops.matmul(x, ops.transpose(x))
    (rows,) = ops.nonzero(ops.sum(product, axis=1) > 0)
    picked = ops.take(product, rows, axis=0) + step.leaf
    f = Function([x], [picked, product], [(step, step.leaf + 1.0)])
    for number in range(3):
        array = np.random.default_rng(number).normal(size=(4, 3)).astype("float32")
        squares = array @ array.T
        chosen, whole = f(array)
        np.testing.assert_allclose(whole, squares, rtol=1e-5)
        kept = squares[squares.sum(axis=1) > 0]
        np.testing.assert_allclose(chosen, kept + number, rtol=1e-5)
    (graph,) = f._interpreted.values()
    assert "matmul" in {node.op.name for node in graph._plan.nodes}
    assert "matmul" not in {step.node.op.name for step in graph._rest._steps}


def test_in_place_and_views_agree_with_the_interpreter(monkeypatch):
    rng = np.random.default_rng(0)
    x = placeholder((None, 4, 6))
    y = ops.transpose(x, (0, 2, 1))
    z = ops.reshape(y * 2.0, (-1, 24))
    w = ops.reshape(y, (-1, 24)) + z
    out = ops.exp(-ops.abs(w)) + ops.flip(z, axis=1) * w
    array = rng.normal(size=(3, 4, 6)).astype("float32")
    planned = Function([x], [out, w, y])(array)
    monkeypatch.setattr("kerasish.backend.plan.functions._EAGERLY_PLANNED", 0)
    for one, other in zip(planned, Function([x], [out, w, y])(array)):
        np.testing.assert_allclose(one, other, rtol=1e-6)


def test_long_chain_differentiates_and_runs():
    x = placeholder((2,))
    y = x
    for _ in range(20_000):
        y = y * 1.0001
    from kerasish.backend.autodiff import gradients

    (slope,) = gradients(y, [x])
    value, gradient = Function([x], [y, slope])([1.0, 2.0])
    np.testing.assert_allclose(gradient, [1.0001**20_000] * 2, rtol=1e-3)
    np.testing.assert_allclose(value, gradient * [1, 2], rtol=1e-3)


class TestTracing:
    def test_traces_once_for_each_kind_of_arguments(self):
        calls = []

        @function
        def f(x, scale=1.0):
            calls.append(x)
            return {"y": x * scale, "label": "same"}

        for _ in range(3):
            result = f(as_tensor([1.0, 2.0]), scale=3.0)
        assert result["label"] == "same" and result["y"].numpy().tolist() == [3, 6]
        f(as_tensor([1.0]), scale=3.0)
        f(as_tensor([1.0]), scale=4.0)
        assert len(calls) == 3

    def test_updates_variables(self):
        v = Variable(0.0)

        @function
        def count(x):
            v.assign_add(ops.sum(x))
            return v.value

        assert float(count(as_tensor([1.0, 2.0]))) == 3.0
        assert float(count(as_tensor([1.0, 2.0]))) == 6.0
        assert float(v) == 6.0

    def test_value_and_grad_of_arguments_and_variables(self):
        value, (dx, dy) = value_and_grad(lambda x, y: ops.sum(x * y), (0, 1))(
            as_tensor([1.0, 2.0]), as_tensor([3.0, 4.0])
        )
        assert (float(value), dx.tolist(), dy.tolist()) == (11.0, [3, 4], [1, 2])
        v = Variable([1.0, 2.0])
        _, found = value_and_grad(lambda: ops.sum(v * v), variables=[v])()
        assert found[0].tolist() == [2, 4]

    def test_disconnected_variable(self):
        v = Variable([1.0], name="lonely")
        with pytest.raises(GradientError, match="lonely"):
            value_and_grad(lambda x: x * 2.0, variables=[v])(as_tensor(1.0))


class TestTape:
    def test_first_and_second_order(self):
        x = Variable(3.0)
        with GradientTape() as outer:
            with GradientTape() as inner:
                y = x * x * x
            first = inner.gradient(y, x)
        assert float(first) == 27.0 and float(outer.gradient(first, x)) == 18.0

    def test_values_are_those_at_the_time_of_reading(self):
        v = Variable(2.0)
        with GradientTape() as tape:
            y = v * v
        v.assign(100.0)
        assert float(tape.gradient(y, v)) == 4.0

    def test_python_control_flow(self):
        x = as_tensor(3.0)
        with GradientTape() as tape:
            tape.watch(x)
            y = x * x if x > 2.0 else -x
        assert float(tape.gradient(y, x)) == 6.0

    def test_used_twice(self):
        v = Variable(2.0)
        with GradientTape() as tape:
            y = v * v
        tape.gradient(y, v)
        with pytest.raises(GradientError, match="persistent"):
            tape.gradient(y, v)

    def test_structures_and_unconnected(self):
        a, b = Variable(1.0), Variable(2.0)
        with GradientTape(persistent=True) as tape:
            y = a * 3.0
        found = tape.gradient(y, {"a": a, "b": b})
        assert float(found["a"]) == 3.0 and found["b"] is None
        zero = tape.gradient(y, b, unconnected_gradients="zero")
        assert float(zero) == 0.0

    def test_jacobian(self):
        x = as_tensor([1.0, 2.0])
        with GradientTape() as tape:
            tape.watch(x)
            y = ops.stack([x[0] * x[1], x[0] + x[1], x[1] * 2.0])
        assert tape.jacobian(y, x).tolist() == [[2, 1], [1, 1], [0, 2]]

    def test_inside_a_traced_function(self):
        @function
        def slope(x):
            with GradientTape() as tape:
                tape.watch(x)
                y = ops.sum(x * x)
            return tape.gradient(y, x)

        assert slope(as_tensor([1.0, 2.0])).tolist() == [2, 4]

    def test_recorded_graph_does_not_outlive_its_tape(self):
        v = Variable([1.0])
        for _ in range(3):
            with GradientTape() as tape:
                y = v * 2.0
            tape.gradient(y, v)
        assert isinstance(v.value, Tensor) and v.value.node is None


def test_a_traced_function_returns_dicts_in_any_order():
    @function
    def both(x):
        return {"z": x + 1.0, "a": x * 10.0}

    results = both(as_tensor(2.0))
    assert {key: float(value) for key, value in results.items()} == {
        "z": 3.0,
        "a": 20.0,
    }
