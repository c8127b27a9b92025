"""Threads that help NumPy with products."""

from __future__ import annotations

import os
import threading

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.devices import device, get_device, helpers, threads
from kerasish.backend.ops.philox import random_bits
from kerasish.backend.plan import function

RNG = np.random.default_rng(0)


@pytest.fixture(params=[1, 2, 3])
def team(request):
    before = threads.chosen()
    number = threads.num_threads()
    threads.set_num_threads(request.param)
    yield request.param
    threads.set_num_threads(number)
    threads._chosen[0] = before


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


@pytest.mark.parametrize(
    ("a", "b"),
    [
        (normal(700, 90), normal(90, 140)),
        (normal(90, 700).T, normal(140, 90).T),
        (normal(40, 300), normal(300, 900)),
        (normal(7, 120, 90), normal(90, 140)),
        (normal(9, 2, 120, 64), normal(9, 1, 64, 120)),
        (normal(1, 300, 200), normal(9, 200, 140)),
    ],
)
def test_products_of_all_shapes(team, a, b):
    with device("numpy"):
        got = function(ops.matmul)(a, b).numpy()
    np.testing.assert_allclose(got, a @ b, rtol=1e-4, atol=1e-3)


def test_all_calls_are_made_and_errors_come_back():
    done = []
    helpers.run_together([lambda: done.append(threading.get_ident())] * 3)
    assert len(done) == 3 and threading.get_ident() in done

    def fail():
        raise ZeroDivisionError

    for calls in ([fail, done.clear], [done.clear, fail]):
        done.append(1)
        with pytest.raises(ZeroDivisionError):
            helpers.run_together(calls)
        assert not done
    helpers.run_together([lambda: done.append(1)] * 2)
    assert done == [1, 1]


def test_calls_inside_calls_and_from_other_threads_do_not_wait_for_each_other():
    done = []

    def both():
        helpers.run_together([lambda: done.append(1)] * 2)

    helpers.run_together([both, both])
    others = [threading.Thread(target=both) for _ in range(4)]
    for thread in others:
        thread.start()
    for thread in others:
        thread.join(30)
    assert len(done) == 12


@pytest.mark.skipif(not hasattr(os, "fork"), reason="only where processes fork")
def test_forked_child_gets_helpers_of_its_own():
    helpers.run_together([int, int])
    child = os.fork()
    if not child:
        try:
            helpers.run_together([int, int])
        finally:
            os._exit(0 if len(helpers._helpers) == 1 else 1)
    assert os.waitpid(child, 0)[1] == 0


@pytest.mark.skipif(not threads.openblas(), reason="NumPy has another BLAS")
def test_numpy_has_no_second_pool():
    blas = threads.openblas()
    before = blas.get()
    with get_device("numpy").guard():
        assert blas.get() == 1
    assert blas.get() == before


def test_softmax_of_many_rows(team):
    x = 30 * normal(700, 3, 200)
    e = np.exp(x.astype("float64") - x.max(-1, keepdims=True))
    for dtype in ("float32", "float64"):
        with device("numpy"):
            got = function(ops.softmax)(x.astype(dtype)).numpy()
            turned = function(ops.softmax)(x.astype(dtype).transpose(2, 1, 0)).numpy()
        np.testing.assert_allclose(got, e / e.sum(-1, keepdims=True), atol=1e-6)
        assert turned.shape == (200, 3, 700) and np.allclose(turned.sum(-1), 1)


@pytest.mark.parametrize("count", [0, 1, 7, 32767, 32768, 65541, 16384 * 5 + 3])
@pytest.mark.parametrize("kind", ["numpy", "cpu"])
def test_words_are_those_of_numpy_however_many_threads_draw(team, kind, count):
    state = np.array([5, 9], "uint32")
    words = np.random.Philox(key=[5, 9]).random_raw(-(-count // 2)).view("uint32")
    with device(kind):
        draw = function(lambda state: random_bits(state, (count,)))
        for _ in range(2):
            np.testing.assert_array_equal(draw(state).numpy(), words[:count])
