"""Profiles: what is in them. How long things take is not tested."""

import numpy as np
import pytest

import kerasish as keras
from kerasish import ops
from kerasish.backend.graph import Variable, placeholder
from kerasish.backend.plan import Function, profiling

DEVICES = ("numpy", "cpu")


@pytest.fixture(params=DEVICES)
def device(request):
    with keras.device(request.param) as chosen:
        yield chosen


def row_of(report, op):
    (row,) = [row for row in report.rows if row.op == op]
    return row


def test_products_are_counted(device):
    a, b = placeholder((6, 8)), placeholder((8, 10))
    multiply = Function([a, b], [ops.matmul(a, b)])
    with keras.profile() as report:
        for _ in range(3):
            multiply(np.ones((6, 8)), np.ones((8, 10)))
    row = row_of(report, "matmul")
    assert (row.calls, row.operations) == (3, 2 * 6 * 8 * 10)
    assert (row.memory, row.moved) == (4 * 60, 4 * (60 + 48 + 80))
    assert row.rate()[1] == "GFLOP/s"
    assert 0 < report.kernel_seconds <= report.seconds


def test_the_three_products_of_a_convolution_count_alike():
    x, w = placeholder((2, 7, 7, 3)), placeholder((3, 3, 3, 7))
    g = ops.conv(x, w)
    dx, dw = g.node.op.vjp(g.node, g)
    for node in (g.node, dx.node, dw.node):
        assert node.op.multiplications(node) == (2 * 5 * 5 * 7) * 27


def test_updates_are_recorded():
    counter = Variable(np.zeros(3, "float32"), name="counter")
    step = Function([], [], [(counter, counter.leaf + 1.0)])
    with keras.profile() as report:
        step()
    assert {row.calls for row in report.rows} == {1}


def test_only_what_runs_inside_is_recorded():
    x = placeholder((4,))
    double = Function([x], [ops.exp(x)])
    double(np.ones(4))
    with keras.profile() as outer:
        double(np.ones(4))
        with keras.profile() as inner:
            double(np.ones(4))
    double(np.ones(4))
    assert [row.calls for row in outer.rows] == [2]
    assert [row.calls for row in inner.rows] == [1]
    assert not profiling.is_running()


def test_the_body_of_a_loop_counts_as_the_loop():
    x = placeholder((5, 4))
    total = ops.scan(lambda carry, row: (carry + ops.tanh(row), carry), x[0], x)[0]
    run = Function([x], [total])
    with keras.profile() as report:
        run(np.ones((5, 4)))
    assert "scan" in [row.op for row in report.rows]
    assert all(row.calls == 1 for row in report.rows)


def test_a_signature_that_is_interpreted_is_recorded_too():
    x = placeholder((None,))
    double = Function([x], [ops.exp(x)])
    with keras.profile() as report:
        for size in range(1, 8):
            double(np.ones(size))
    assert sum(row.calls for row in report.rows) == 7


def test_an_error_ends_the_profile():
    x = placeholder((4,))
    double = Function([x], [ops.exp(x)])
    with pytest.raises(Exception, match="does not fit"), keras.profile():
        double(np.ones((2, 2)))
    assert not profiling.is_running()


@pytest.fixture
def model():
    layers = keras.layers
    model = keras.Sequential(
        [keras.Input((6,)), layers.Dense(5, activation="relu"), layers.Dropout(0.5)]
        + [layers.BatchNormalization(), layers.Dense(1, name="last")]
    )
    model.compile("adam", "mse", metrics=["mae"])
    return model


def test_a_profile_of_training_leaves_the_model_as_it_is(model, device):
    x, y = np.random.default_rng(0).normal(size=(2, 8, 6)).astype("float32")
    y = y[:, :1]
    model.train_on_batch(x, y)
    state = [v.numpy() for v in [*model.variables, *model.optimizer.variables]]
    report = model.profile(x, y, steps=4)
    after = [v.numpy() for v in [*model.variables, *model.optimizer.variables]]
    for old, new in zip(state, after, strict=True):
        np.testing.assert_array_equal(old, new)
    assert {row.calls % 4 for row in report.rows} == {0}
    origins = " ".join(row.origin for row in report.rows)
    assert 'layer "last"' in origins and "gradient" in origins and "adam" in origins


def test_a_profile_of_prediction(model, device):
    report = model.profile(np.ones((3, 6)), batch_size=2)
    assert report.rows and {row.calls % 3 for row in report.rows} == {0}
    assert not any("gradient" in row.origin for row in report.rows)


def test_targets_need_a_compiled_model():
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    with pytest.raises(ValueError, match="compile"):
        model.profile(np.ones((2, 3)), np.ones((2, 1)))


def test_the_table(model, monkeypatch):
    monkeypatch.setattr(profiling, "peaks", lambda device: (100.0, 10.0))
    report = model.profile(np.ones((8, 6)), np.ones((8, 1)))
    lines = str(report).splitlines()
    assert lines[0].split()[:3] == ["op", "layer", "calls"]
    assert len(lines) == len(report.rows[:30]) + 3 + (len(report.rows) > 30)
    assert "products 100.0 GFLOP/s" in lines[-1]
    assert "of peak" in lines[0] and "outside kernels" in lines[-2]
    assert f"{len(report.rows) - 2} more" in report.table(2)
