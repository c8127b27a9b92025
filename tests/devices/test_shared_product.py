"""Products of medium size: the values of NumPy, whoever takes the pieces."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.devices import device, threads
from kerasish.backend.devices.cpu import loops, matmul, panel_product, shared_product
from kerasish.backend.plan import function

pytestmark = pytest.mark.skipif(
    not loops.available(), reason=f"no compiler of loops: {loops.status()}"
)
RNG = np.random.default_rng(7)


def normal(*shape):
    return RNG.normal(size=shape).astype("float32")


@pytest.fixture
def two_threads():
    before = threads.num_threads()
    threads.set_num_threads(2)
    yield
    threads.set_num_threads(before)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize(
    ("rows", "terms", "panels"),
    [(40, 1, 1), (80, 33, 3), (191, 5, 2), (193, 7, 1), (1000, 4, 5)],
)
def test_any_number_of_threads_gives_the_values_of_numpy(rows, terms, panels, turned):
    columns = panels * panel_product.tile().width
    a = normal(rows, terms + 3)[:, 1 : terms + 1]
    b = normal(columns, terms).T if turned else normal(terms, columns)
    found = []
    for team in (1, 2, 5):
        whole = np.full((rows, columns + 2), 9.0, "float32")
        out = whole[:, :columns]
        assert shared_product.suits(a, b, out)
        run = shared_product.bind(a, b, out, team)
        run()
        found.append(out.copy())
        out[:] = 0
        run()
        assert np.array_equal(found[-1], out)
        assert (whole[:, columns:] == 9.0).all()
    wanted = a.astype("float64") @ b
    np.testing.assert_allclose(found[0], wanted, rtol=0, atol=1e-5 * terms)
    assert np.array_equal(found[0], found[1]) and np.array_equal(found[0], found[2])


def test_others_are_left_to_numpy():
    width = panel_product.tile().width
    a, b, out = normal(48, 8), normal(8, width), normal(48, width)
    assert shared_product.suits(a, b, out)
    assert not shared_product.suits(normal(8, 48).T, b, out)
    assert not shared_product.suits(a, normal(8, width + 1), normal(48, width + 1))
    assert not shared_product.suits(a[:4], b, out[:4])
    assert not shared_product.suits(a[None], b, out[None])


@pytest.mark.parametrize(
    ("a_shape", "b_shape", "pieces"),
    [
        ((64, 128), (128, 128), True),
        ((8, 16, 128), (128, 64), True),
        ((64, 128), (128, 129), False),
        ((8, 128), (128, 1024), False),
        ((8, 16, 128), (8, 128, 64), False),
        ((16, 16), (16, 64), False),
    ],
)
def test_layers_use_them(monkeypatch, two_threads, a_shape, b_shape, pieces):
    made = []

    def noted(*arguments):
        made.append(arguments)
        return bind(*arguments)

    bind = shared_product.bind
    monkeypatch.setattr(shared_product, "bind", noted)
    a, b = normal(*a_shape), normal(*b_shape)
    with device("cpu"):
        run = function(lambda a, b: ops.matmul(2 * a, b))
        found = run(a, b).numpy()
    assert len(made) == pieces
    np.testing.assert_allclose(found, np.matmul(2 * a, b), rtol=0, atol=2e-3)


def test_at_once_numpy_multiplies(monkeypatch, two_threads):
    monkeypatch.setattr(shared_product, "bind", None)
    a, b = normal(64, 128), normal(128, 256)
    out = np.empty((64, 256), "float32")
    with device("cpu"):
        found = ops.matmul(a, b).numpy()
    assert matmul.MatMul()(np, a, b, out=out) is out
    for values in (found, out):
        np.testing.assert_allclose(values, a @ b, rtol=0, atol=1e-3)


def test_bits_do_not_depend_on_threads(two_threads):
    found, a, b = [], normal(64, 128), normal(128, 256)
    for number in (1, 2, 4):
        threads.set_num_threads(number)
        with device("cpu"):
            found.append(function(ops.matmul)(a, b).numpy())
        assert np.array_equal(found[0], found[-1])
