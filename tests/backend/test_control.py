"""Loops and branches: eager, compiled, with state, and differentiated."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.devices import get_device
from kerasish.backend.graph import (
    Trace,
    Variable,
    as_tensor,
    learning_phase,
    place,
    placeholder,
    symbolic_scope,
)
from kerasish.backend.plan import Function, GradientTape, function, value_and_grad
from kerasish.backend.plan.interpreter import interpret
from kerasish.backend.rewrite.loops import trim_loops
from kerasish.errors import DTypeError, GradientError, ShapeError

X = np.array([1.0, -2.0, 3.0], "float32")


def both_ways(build, *arrays):
    """The results of a function run at once and compiled; they must agree."""
    eager = build(*map(as_tensor, arrays)).numpy()
    compiled = function(build)(*arrays).numpy()
    np.testing.assert_allclose(eager, compiled, rtol=1e-6)
    assert eager.dtype == compiled.dtype
    return compiled


def test_scan_of_nested_structures():
    def build(x):
        def step(carry, item):
            total = carry["total"] + item["x"]
            return {"total": total, "n": carry["n"] + 1}, (total, None)

        init = {"total": 0.0, "n": 0}
        carry, (totals, nothing) = ops.scan(step, init, {"x": x})
        assert nothing is None
        return ops.append(totals, ops.cast(carry["n"], "float32"))

    assert both_ways(build, X).tolist() == [1, -1, 2, 3]


def test_scan_backwards_leaves_results_in_place():
    def build(x):
        return ops.scan(lambda c, v: (c + v, c), 0.0, x, reverse=True)[1]

    assert both_ways(build, X).tolist() == [1, 3, 0]


def test_scan_of_no_steps():
    def build(x):
        last, ys = ops.scan(lambda c, v: (c + v, ops.stack([c, v])), 5.0, x)
        assert ys.shape == (0, 2)
        return last

    assert float(both_ways(build, X[:0])) == 5


def test_carried_values_may_change_places():
    def build(x):
        (a, b, c), _ = ops.scan(
            lambda s, v: ((s[1], s[2], s[0]), None), (x, x * 2, x * 3), length=4
        )
        return ops.concatenate([a, b, c])

    assert both_ways(build, X).tolist() == [*(X * 2), *(X * 3), *X]
    x = placeholder((3,))
    with symbolic_scope():
        outputs = trim_loops([build(x)])
    (value,) = interpret(outputs, {place(x): X}, get_device("numpy"))
    assert value.tolist() == [*(X * 2), *(X * 3), *X]


def test_loop_values_may_change_places():
    def build(x):
        a, b, _ = ops.while_loop(
            lambda a, b, i: i < 3, lambda a, b, i: (b, a, i + 1), (x, x * 2, 0)
        )
        return ops.concatenate([a, b])

    assert both_ways(build, X).tolist() == [*(X * 2), *X]
    x = placeholder((3,))
    with symbolic_scope():
        y = build(x)
    (value,) = interpret([y], {place(x): X}, get_device("numpy"))
    assert value.tolist() == [*(X * 2), *X]


def test_scan_over_an_unknown_length():
    x = placeholder((None, 2))
    last, ys = ops.scan(lambda c, v: (c + v, c * v), np.zeros(2, "float32"), x)
    assert last.shape == (2,) and ys.shape == (None, 2)
    slope = gradients(ops.sum(last * last), [x])[0]
    run = Function([x], [last, ys, slope])
    for steps in (1, 4, 0):
        value = np.full((steps, 2), 2.0)
        total, products, slopes = run(value)
        assert total.tolist() == [2.0 * steps] * 2 and products.shape == (steps, 2)
        np.testing.assert_array_equal(slopes, np.full((steps, 2), 4.0 * steps))


def test_values_decide_the_size_of_what_a_loop_stacks():
    x, count = placeholder((3, 4)), placeholder((), dtype="int32")
    rows = ops.map(lambda row: row[:count] * 2, x)
    largest = ops.map(lambda row: ops.max(row[:count]), x)
    run = Function([x, count], [rows, gradients(ops.sum(rows), [x])[0], largest])
    value = np.arange(12, dtype="float32").reshape(3, 4)
    for n in (3, 1, 0):
        doubled, slopes, found = run(value, n)
        np.testing.assert_array_equal(doubled, value[:, :n] * 2)
        np.testing.assert_array_equal(slopes, [2.0 * (np.arange(4) < n)] * 3)
        np.testing.assert_array_equal(found, value[:, n - 1] if n else [-np.inf] * 3)


def test_scan_reads_and_assigns_variables():
    weight = Variable(2.0)
    count = Variable(0.0, trainable=False)

    def build(x):
        def step(carry, v):
            count.assign_add(1.0)
            return carry * weight + count.value, v

        return ops.scan(step, x[0], x)[0]

    compiled = function(build)
    assert float(compiled(X)) == 1 * 8 + 1 * 4 + 2 * 2 + 3
    assert float(count) == 3
    assert float(build(as_tensor(X))) == 8 + 4 * 4 + 5 * 2 + 6
    assert float(count) == 6


def test_gradient_of_scan_by_variables_and_sequences():
    weight = Variable(0.5)

    def build(x):
        return ops.scan(lambda c, v: (c * weight + v, None), 0.0, x)[0]

    value, slopes = value_and_grad(build, variables=[weight])(X)
    assert float(value) == 1 * 0.25 - 2 * 0.5 + 3
    assert float(slopes[0]) == 2 * 0.5 * 1 - 2
    by_x = value_and_grad(build)(X)[1].numpy()
    assert by_x.tolist() == [0.25, 0.5, 1.0]


def test_a_tape_differentiates_an_eager_scan():
    x = as_tensor(X)
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.scan(lambda c, v: (c * v, None), 1.0, x)[0]
    assert tape.gradient(y, x).numpy().tolist() == [-6, 3, -2]


def test_scan_inside_scan():
    def build(x):
        def outer(carry, row):
            inner = ops.scan(lambda c, v: (c + v * carry, None), 0.0, row)[0]
            return carry + inner, inner

        return ops.scan(outer, 1.0, x)[0]

    x = np.array([[1.0, 2.0], [3.0, -1.0]], "float32")
    assert float(both_ways(build, x)) == 4 + 4 * 2
    slope = value_and_grad(build)(x)[1].numpy()
    np.testing.assert_allclose(slope, [[3, 3], [4, 4]])


@pytest.mark.parametrize(
    "call, error",
    [
        (lambda x: ops.scan(3, 0.0, x), TypeError),
        (lambda x: ops.scan(lambda c, v: (c, v), 0.0), ValueError),
        (lambda x: ops.scan(lambda c, v: (c, v), 0.0, x, length=9), ValueError),
        (lambda x: ops.scan(lambda c, v: (c, v), 0.0, x, unroll=0), ValueError),
        (lambda x: ops.scan(lambda c, v: ((c, c), v), 0.0, x), ValueError),
        (lambda x: ops.scan(lambda c, v: (ops.stack([c, c]), v), 0.0, x), ShapeError),
        (lambda x: ops.scan(lambda c, v: (c > 0, v), 0.0, x), DTypeError),
        (lambda x: ops.cond(x[0] > 0, lambda: x, lambda: x[0]), ShapeError),
        (lambda x: ops.cond(x[0] > 0, lambda: (x,), lambda: x), ValueError),
        (lambda x: ops.cond(x > 0, lambda: x, lambda: x), ShapeError),
        (lambda x: ops.cond(x[0] > 0, x, x), TypeError),
        (lambda x: ops.while_loop(lambda v: True, 3, x), TypeError),
        (lambda x: ops.switch(0, []), ValueError),
        (lambda x: ops.associative_scan(3, x), TypeError),
    ],
)
def test_errors(call, error):
    with pytest.raises(error), symbolic_scope():
        call(as_tensor(X))


def test_cond_runs_one_branch_and_keeps_the_state_of_both():
    a, b = Variable(1.0), Variable(10.0)

    def grow_a():
        a.assign_add(1.0)
        return a.value

    def grow_b():
        b.assign_add(1.0)
        return b.value * 2.0

    build = function(lambda x: ops.cond(x > 0, grow_a, grow_b))
    assert float(build(np.float32(1))) == 2 and (float(a), float(b)) == (2, 10)
    assert float(build(np.float32(-1))) == 22 and (float(a), float(b)) == (2, 11)
    assert float(ops.cond(True, grow_a, grow_b)) == 3


def test_gradient_of_cond_is_that_of_the_branch_taken():
    def build(x, y):
        return ops.cond(x > 0, lambda: x * y, lambda: x * x)

    step = value_and_grad(build, argnums=(0, 1))
    for x, expected in ((2.0, (5.0, 2.0)), (-3.0, (-6.0, 0.0))):
        slopes = step(np.float32(x), np.float32(5.0))[1]
        assert tuple(float(slope) for slope in slopes) == expected


@pytest.mark.parametrize("planned", [4, 0])
def test_what_is_not_chosen_is_not_computed(monkeypatch, planned):
    monkeypatch.setattr("kerasish.backend.plan.functions._EAGERLY_PLANNED", planned)
    x = placeholder((None,))
    logs = ops.log(x)

    def build():
        # The second time all nodes exist already, but are no less part of the branch.
        counts = ops.bincount(ops.cast(x, "int32"), minlength=3)
        return ops.sum(ops.log(x)) + ops.sum(ops.cast(counts, "float32"))

    for _ in range(2):
        y = ops.cond(ops.min(x) > 0, build, lambda: ops.sum(logs * 0) + x[0])
        f = Function([x], [y, *gradients([y], [x])])
        value, gradient = f(np.float32([1.0, 2.0]))
        np.testing.assert_allclose(value, 2 + np.log(2), rtol=1e-6)
        assert gradient.tolist() == [1, 0.5]
    safe = ops.cond(ops.min(x) > 0, build, lambda: x[0] * 3)
    value, gradient = Function([x], [safe, *gradients([safe], [x])])(
        np.float32([-1.0, 0.0])
    )
    # Negative numbers cannot be counted, and the logarithm has no gradient there.
    assert value == -3 and gradient.tolist() == [3, 0]


def test_branches_inside_branches_and_loops_of_unknown_size():
    def chosen(v):
        return ops.cond(ops.min(v) > 0, lambda: ops.log(v), lambda: v * 3)

    x = placeholder((None, 3))
    for build, slope in (
        (lambda: ops.cond(ops.max(x) > 9, lambda: x, lambda: chosen(x)), 1 / 2),
        (lambda: ops.switch(ops.cast(x[0, 0], "int32"), [chosen] * 3, x), 1 / 2),
        (lambda: ops.scan(lambda c, v: (c, chosen(v)), 0.0, ops.transpose(x))[1], 0.5),
        (lambda: ops.cond(ops.max(x) > 9, lambda: chosen(x), lambda: x * 2), 2),
    ):
        y = build()
        value, gradient = Function([x], [y, *gradients([ops.sum(y)], [x])])(
            np.full((2, 3), 2, "float32")
        )
        assert value.size == 6 and (gradient == slope).all()


def test_values_may_decide_shapes_inside_loops():
    def build(x):
        def step(total, bound):
            return total + ops.sum(ops.take(x, ops.nonzero(x > bound)[0])), None

        by_scan = ops.scan(step, 0.0, x)[0]
        by_while = ops.while_loop(
            lambda i, total: i < 3,
            lambda i, total: (i + 1, step(total, x[i])[0]),
            (0, 0.0),
        )[1]
        return ops.stack([by_scan, by_while])

    assert both_ways(build, X).tolist() == [3 + 4, 3 + 4]


def test_cond_on_a_static_input_leaves_one_branch():
    x = placeholder((3,))
    with symbolic_scope():
        y = ops.cond(learning_phase(), lambda: ops.exp(x), lambda: x * 2.0)
    run = Function([x, learning_phase()], [y])
    np.testing.assert_array_equal(run(X, 0)[0], X * 2)
    np.testing.assert_allclose(run(X, 1)[0], np.exp(X), rtol=1e-6)


def test_while_loop_with_state():
    calls = Variable(0)

    def step(i, x):
        calls.assign_add(1)
        return i + 2, x + 1.0

    def build(x):
        return ops.while_loop(lambda i, x: i < 7, step, (0, x))[1]

    assert both_ways(build, X).tolist() == (X + 4).tolist()
    assert int(calls) == 8
    limited = function(lambda x: ops.while_loop(lambda v: True, lambda v: v + 1, x, 3))
    assert limited(X).numpy().tolist() == (X + 3).tolist()
    several = ops.while_loop(lambda a, b: a < 2, lambda a, b: [a + 1, b], [0, X])
    assert isinstance(several, list) and int(several[0]) == 2


@pytest.mark.parametrize("limit", [None, 9])
def test_gradients_of_while_loops(limit):
    def squares(x):
        return ops.while_loop(lambda v: v < 100.0, lambda v: v * v, x, limit)

    # Three steps: x ** 8; no step: x.
    for start, power in ((3.0, 8), (200.0, 1)):
        x = placeholder(())
        y = squares(x)
        (slope,) = gradients([y], [x])
        (second,) = gradients([slope], [x])
        run = Function([x], [y, slope, second])
        value, first, bend = run(np.float32(start))
        assert value == start**power and first == power * start ** (power - 1)
        assert bend == power * (power - 1) * start ** max(power - 2, 0)
    assert float(value_and_grad(squares)(np.float32(3.0))[1]) == 8 * 3**7


def test_gradients_of_loops_inside_loops():
    weights = Variable([0.5, 1.5])

    def inner(v, w):
        return ops.while_loop(lambda u: ops.sum(u) < 4.0, lambda u: u * (w + 1.0), v)

    def build(x, w):
        def step(i, v):
            return i + 1, inner(v, w) - x

        by_while = ops.while_loop(lambda i, v: i < 3, step, (0, x))[1]
        by_scan = ops.scan(lambda v, _: (inner(v, w) * 0.5, None), x, length=2)[0]
        return ops.sum(by_while * by_while + by_scan * w)

    def loss(x):
        return build(x, weights.value)

    x = np.float32([0.7, 0.4])
    value, slopes = value_and_grad(loss, variables=[weights])(x)
    for k, step in enumerate(np.eye(2, dtype="float64") * 1e-6):
        w = np.float64([0.5, 1.5])
        high, low = (float(build(np.float64(x), w + s)) for s in (step, -step))
        np.testing.assert_allclose(slopes[0].numpy()[k], (high - low) / 2e-6, rtol=1e-4)


def test_fori_loop_with_fixed_and_with_run_time_bounds():
    def total(lower, upper, start):
        return ops.fori_loop(
            lower, upper, lambda i, t: t + ops.cast(i, "float32"), start
        )

    assert float(both_ways(lambda s: total(1, 5, s), np.float32(1))) == 11
    assert float(total(4, 2, 1.0)) == 1
    at_run = function(lambda lower, upper: total(lower, upper, 0.0))
    assert float(at_run(np.int32(2), np.int32(5))) == 9


def test_maps_and_switch():
    assert both_ways(lambda x: ops.map(lambda v: v * v, x), X).tolist() == [1, 4, 9]
    rows = np.arange(6.0).reshape(3, 2)
    summed = both_ways(lambda x: ops.vectorized_map(ops.sum, x), rows)
    assert summed.tolist() == [1, 5, 9]
    branches = [lambda x: x, lambda x: x * 10, lambda x: -x]
    chosen = function(lambda i, x: ops.switch(i, branches, x))
    for index, expected in ((-4, X), (0, X), (1, X * 10), (7, -X)):
        np.testing.assert_array_equal(chosen(np.int32(index), X).numpy(), expected)
        np.testing.assert_array_equal(ops.switch(index, branches, X), expected)


@pytest.mark.parametrize("size", [1, 2, 3, 6, 7])
@pytest.mark.parametrize("reverse", [False, True])
def test_associative_scan(size, reverse):
    x = np.random.default_rng(size).normal(size=(2, size)).astype("float32")
    turned = x[:, ::-1] if reverse else x
    expected = np.cumsum(turned, axis=1)
    expected = expected[:, ::-1] if reverse else expected
    got = both_ways(
        lambda x: ops.associative_scan(ops.add, x, reverse=reverse, axis=1), x
    )
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("reverse", [False, True])
@pytest.mark.parametrize("axis", [0, 1])
def test_associative_scan_of_a_length_that_a_run_decides(axis, reverse):
    x = placeholder((None, None))
    with symbolic_scope():
        found = ops.associative_scan(ops.multiply, x, reverse, axis)
    data = np.arange(1, 7, dtype="float32").reshape(3, 2)
    turned = np.flip(data, axis) if reverse else data
    wanted = np.cumprod(turned, axis)
    wanted = np.flip(wanted, axis) if reverse else wanted
    np.testing.assert_allclose(Function([x], [found])(data)[0], wanted)
    with pytest.raises(ShapeError):
        ops.associative_scan(ops.add, [np.ones(2), np.ones(3)])


def test_stop_gradient_and_custom_gradient():
    def build(x):
        return ops.sum(x * ops.stop_gradient(x * x))

    assert value_and_grad(build)(X)[1].numpy().tolist() == [1, 4, 9]

    @ops.custom_gradient
    def halved(x, y):
        return x * y, lambda g: (g * 0.5, None)

    slope = value_and_grad(lambda x: ops.sum(halved(x, x) * 3.0))
    assert slope(X)[1].numpy().tolist() == [1.5] * 3
    x = as_tensor(X)
    with GradientTape() as tape:
        y = ops.sum(halved(x, x))
    assert tape.gradient(y, x).numpy().tolist() == [0.5] * 3

    @ops.custom_gradient
    def wrong(x):
        return x, lambda g: (g, g)

    with pytest.raises(GradientError, match="one gradient"):
        value_and_grad(lambda x: ops.sum(wrong(x)))(X)


def test_phases_and_elementwise_choice():
    assert ops.in_train_phase(lambda: 1, lambda: 2, training=1) == 1
    assert ops.in_test_phase(1, 2, training=True) == 2
    assert ops.in_train_phase("train", "test") == "test"
    with Trace():
        assert ops.in_train_phase("train", "test") == "test"
    flag = placeholder((), "bool")
    y = ops.in_train_phase(lambda: flag, lambda: ops.logical_not(flag), training=flag)
    assert Function([flag], [y])(False)[0] and Function([flag], [y])(True)[0]
    rows = np.ones((2, 3), "float32")
    chosen = both_ways(lambda c: ops.choose(c, rows, 0.0), np.array([True, False]))
    assert chosen.tolist() == [[1, 1, 1], [0, 0, 0]]
    with pytest.raises(ShapeError):
        ops.choose(np.ones((2, 2)) > 0, 1.0, X)


def test_gradient_of_a_phase():
    x = placeholder((3,))
    with symbolic_scope():
        y = ops.in_train_phase(lambda: x * x, lambda: 3.0 * x)
        slope = gradients(y, [x])[0]
    run = Function([x, learning_phase()], [slope])
    np.testing.assert_array_equal(run(X, 1)[0], 2 * X)
    np.testing.assert_array_equal(run(X, 0)[0], np.full(3, 3.0))


def test_directional_derivatives():
    def build(x, y):
        return ops.sin(x) * y, {"sum": ops.sum(x * y)}

    x, y = as_tensor(X), as_tensor(X * 2)
    dx, dy = np.float32([1, 0, 2]), np.float32([0, 1, 1])
    outputs = [ops.jvp(build, (x, y), (dx, dy))]
    outputs.append(function(lambda a, b: ops.jvp(build, (a, b), (dx, dy)))(X, X * 2))
    for (value, sums), (slope, slopes) in outputs:
        np.testing.assert_allclose(value.numpy(), np.sin(X) * X * 2, rtol=1e-6)
        expected = np.cos(X) * dx * X * 2 + np.sin(X) * dy
        np.testing.assert_allclose(slope.numpy(), expected, rtol=1e-5)
        assert float(sums["sum"]) == 28
        assert float(slopes["sum"]) == float((dx * X * 2 + X * dy).sum())
    result = ops.jvp(lambda x: (x * x, "kept"), [x], [dx], has_aux=True)
    assert result[2] == "kept" and result[1].numpy().tolist() == (2 * X * dx).tolist()
    with pytest.raises(ValueError):
        ops.jvp(build, (x, y), (dx,))


def test_vectorized_functions_broadcast():
    rows = np.arange(6, dtype="float32").reshape(2, 3)

    def scaled(a, b, power):
        return ops.sum(a * b) ** power, a[0]

    calls = ops.vectorize(scaled, excluded={2}, signature="(n),(n)->(),()")
    weights = np.float32([[[1, 1, 1]], [[0, 1, 2]], [[2, 0, 0]]])
    for build in (calls, function(lambda a, b: calls(a, b, 2))):
        squares, first = build(rows, weights, *((2,) if build is calls else ()))
        expected = (rows * weights).sum(axis=-1) ** 2
        np.testing.assert_array_equal(squares.numpy(), expected)
        assert first.numpy().tolist() == [[0, 3]] * 3
    add = ops.vectorize(lambda a, b: a + b)
    assert add(X, X[:, None]).shape == (3, 3)
    assert float(add(1.0, 2.0)) == 3
    for arguments, signature, error in (
        ((X, X), "(n)->()", ValueError),
        ((X,), "n->()", ValueError),
        ((X, X[:2]), "(n),(n)->()", ShapeError),
        ((X[0],), "(n)->()", ShapeError),
        ((X, X[:2]), None, ShapeError),
    ):
        with pytest.raises(error):
            ops.vectorize(lambda *a: a[0], signature=signature)(*arguments)
    with pytest.raises(TypeError):
        ops.vectorize(3)


def test_branches_depend_on_the_learning_phase():
    x = placeholder((3,))
    y = ops.cond(x[0] > 0, lambda: ops.in_train_phase(x * 2, x), lambda: x)
    f = Function([x, learning_phase()], [y])
    assert f(X, True)[0].tolist() == [2, -4, 6]
    assert f(X, False)[0].tolist() == X.tolist()


@pytest.mark.parametrize("limit", [None, 6])
def test_a_model_learns_through_a_loop_of_unknown_length(limit):
    import kerasish as keras

    class Growing(keras.layers.Layer):
        def build(self, shape):
            self.w = self.add_weight(shape=(shape[-1],), initializer="ones")

        def call(self, x):
            return keras.ops.while_loop(
                lambda v: keras.ops.max(v) < 8.0, lambda v: v * self.w + 1.0, x, limit
            )

    x = np.linspace(0, 3, 12, dtype="float32").reshape(6, 2)
    model = keras.Sequential([keras.Input((2,)), Growing(), keras.layers.Dense(1)])
    model.set_weights([np.float32([1.5, 0.5]), np.float32([[1], [-1]]), np.zeros(1)])
    model.compile(keras.optimizers.SGD(0.001), "mse")
    losses = model.fit(x, x[:, :1], epochs=3, shuffle=False, verbose=0).history["loss"]
    # As Keras on TensorFlow.
    assert losses == pytest.approx([6.13688, 4.337246, 3.123741], rel=1e-5)
