"""Loops over time of a single row, whose columns several threads share."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.devices import device, threads
from kerasish.backend.devices.cpu import loops, scan_columns, scan_loops, scan_team
from kerasish.backend.devices.cpu.scan_driver import Phase
from kerasish.backend.plan import function, value_and_grad
from tests.devices.test_scan_loops import GATES, values

pytestmark = pytest.mark.skipif(
    not loops.available() or not scan_team.available(),
    reason="no compiler of loops, or no pool of threads",
)
RNG = np.random.default_rng(5)


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


@pytest.fixture
def teams(monkeypatch):
    """Has small rows shared, too; lists how many threads share a loop."""
    found = []
    monkeypatch.setattr(scan_loops, "_WORTH_THREADS", 0)
    monkeypatch.setattr(scan_loops, "_LEAST_OF_ROW", 1)

    class Noted(scan_loops._CompiledLoop):
        def call(self):
            found.append(self.team if self.split else 0)
            return super().call()

    monkeypatch.setattr(scan_loops, "_CompiledLoop", Noted)
    before = threads.num_threads()
    yield found
    threads.set_num_threads(before)


def with_threads(make, arrays, numbers=(1, 2, 3)):
    """The results for numbers of threads, each of a function made anew."""
    found = []
    for number in numbers:
        threads.set_num_threads(number)
        with device("cpu"):
            run = make()
            found.append(values(run(*arrays)))
            again = values(run(*arrays))
        for one, two in zip(found[-1], again, strict=True):
            assert np.array_equal(one, two)
    return found


def agree(found, make, arrays, tolerance=2e-5):
    """The same bits for all numbers of threads, and about the values of NumPy."""
    with device("numpy"):
        wanted = values(make()(*arrays))
    for results in found:
        for one, two, three in zip(results, found[0], wanted, strict=True):
            assert np.array_equal(one, two)
            scale = max(1.0, float(np.abs(three).max(initial=0)))
            np.testing.assert_allclose(one, three, rtol=0, atol=tolerance * scale)


def sequence(kind, x, state, kernel, recurrent, bias, **options):
    if kind == "lstm":
        return ops.lstm_sequence(x, state, 0.5 * state, kernel, recurrent, bias)
    if kind == "simple":
        return ops.simple_rnn_sequence(x, state, kernel, recurrent, bias, **options)
    options["reset_after"] = kind == "gru"
    return ops.gru_sequence(x, state, kernel, recurrent, bias, **options)


def weights(kind, features, units):
    columns = GATES[kind] * units
    bias = normal(2, columns) if kind == "gru" else normal(columns)
    return normal(features, columns), normal(units, columns) / units**0.5, bias


@pytest.mark.parametrize("kind", GATES)
@pytest.mark.parametrize(
    ("time", "units", "kept"),
    [(1, 64, True), (2, 3, True), (7, 33, True), (5, 100, False), (9, 128, True)],
)
def test_layers_in_both_directions(teams, monkeypatch, kind, time, units, kept):
    if not kept:
        monkeypatch.setattr(scan_loops, "_MOST_KEPT", 0)
    x, state = normal(1, time, 6), normal(1, units)
    arrays = (x, state, *weights(kind, 6, units))

    def loss(*arrays):
        last, outputs, final = sequence(kind, *arrays)
        total = ops.sum(last * last) + ops.sum(ops.sin(outputs))
        return total + ops.sum(final[-1])

    for make in (
        lambda: function(lambda *arrays: sequence(kind, *arrays)),
        lambda: value_and_grad(loss, argnums=tuple(range(5))),
    ):
        teams.clear()
        found = with_threads(make, arrays)
        assert set(teams) == {0, 2, 3}
        agree(found, make, arrays)


def test_any_body_of_one_row(teams):
    scale, start, xs = normal(1, 1), normal(1, 37), normal(6, 1, 37)
    matrix = normal(111, 37) / 10

    def run(start, xs, matrix):
        def step(carry, x):
            a, b = carry
            joined = ops.concatenate([b, a * scale + x, x], 1)
            new = ops.tanh(ops.matmul(joined, matrix)) + a[:, :1]
            turned = new[:, ::-1]
            return (new, turned + b), (x, new[:, 1:3], ops.concatenate([b, new], 1))

        return ops.scan(step, (start, 2 * start), xs, reverse=True)

    arrays = (start, xs, matrix)
    found = with_threads(lambda: function(run), arrays, (1, 2, 3, 5))
    assert teams == [0, 2, 3, 5]
    agree(found, lambda: function(run), arrays)


def test_rows_with_little_to_do_are_not_shared(monkeypatch):
    found, x = [], normal(1, 80, 8)

    class Noted(scan_loops._CompiledLoop):
        def call(self):
            found.append(self.team)
            return super().call()

    monkeypatch.setattr(scan_loops, "_CompiledLoop", Noted)
    monkeypatch.setattr(threads, "num_threads", lambda: 2)
    with device("cpu"):
        for units in (32, 128):
            run = function(lambda *arrays: sequence("lstm", *arrays))
            run(x, normal(1, units), *weights("lstm", 8, units))
    assert found == [1, 2]


def test_many_runs_have_the_same_bits(teams):
    x, state = normal(1, 30, 4), normal(1, 64)
    arrays = (x, state, *weights("gru_before", 4, 64))
    threads.set_num_threads(4)
    with device("cpu"):
        run = function(lambda *arrays: sequence("gru_before", *arrays))
        first = values(run(*arrays))
        for _ in range(300):
            for one, two in zip(first, values(run(*arrays)), strict=True):
                assert np.array_equal(one, two)
    assert teams == [4]


_PREDICT = """
import numpy as np
import kerasish as keras
keras.utils.set_random_seed(1)
model = keras.Sequential([keras.Input((20, 8)), keras.layers.LSTM(128)])
x = np.random.default_rng(0).normal(size=(1, 20, 8)).astype("float32")
for _ in range(20):
    found = model.predict(x, verbose=0)
print(found.tobytes().hex())
"""


def test_a_team_may_be_smaller_than_asked_for():
    found = set()
    for settings in (
        {"OMP_NUM_THREADS": "1"},
        {"OMP_NUM_THREADS": "2"},
        {"OMP_NUM_THREADS": "2", "OMP_THREAD_LIMIT": "1"},
        {"OMP_NUM_THREADS": "4", "OMP_THREAD_LIMIT": "3"},
    ):
        done = subprocess.run(
            [sys.executable, "-c", _PREDICT],
            env={**os.environ, "KERASISH_BACKEND": "cpu", **settings},
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        )
        found.add(done.stdout)
    assert len(found) == 1


@pytest.mark.parametrize(("columns", "parts"), [(1, 2), (16, 2), (33, 3), (128, 4)])
def test_columns_are_shared_evenly(columns, parts):
    owner = scan_columns.evenly(columns, parts)
    assert (np.diff(owner) >= 0).all() and 0 <= owner.min() <= owner.max() < parts
    counts = np.bincount(owner, minlength=parts)
    assert counts.max() - counts.min() <= 16
    pieces = [scan_columns.runs(owner, part) for part in range(parts)]
    assert sum(cut.stop - cut.start for cuts in pieces for cut in cuts) == columns


def test_segments_end_where_parts_touch_what_others_do():
    a, b, c = np.zeros((1, 8)), np.zeros((1, 8)), np.zeros((1, 8))
    halves = slice(0, 4), slice(4, 8)

    def item(given, outs):
        return [[Phase(0, [], given(half), outs(half))] for half in halves]

    own = item(lambda h: (a[:, h],), lambda h: (b[:, h],))
    whole = item(lambda h: (b,), lambda h: (c[:, h],))
    later = item(lambda h: (c[:, h],), lambda h: (b[:, h],))
    for items, wanted in (
        ([own, own], [range(0, 2)]),
        ([own, whole], [range(0, 1), range(1, 2)]),
        ([whole, later], [range(0, 1), range(1, 2)]),
        ([own, whole, own], [range(0, 1), range(1, 2), range(2, 3)]),
    ):
        step = [[found[part] for found in items] for part in range(2)]
        assert scan_columns.segments([step, step]) == wanted
