"""The switch for repeatable runs."""

from __future__ import annotations

import numpy as np
import pytest

import kerasish as keras
from kerasish.backend import random
from kerasish.backend.ops import gathering
from kerasish.backend.seed_generator import set_global_seed


@pytest.fixture
def determinism():
    set_global_seed(None)
    keras.config.enable_determinism()
    try:
        yield
    finally:
        keras.config.disable_determinism()


@pytest.mark.parametrize(
    "draw",
    [
        lambda: random.normal((2,)),
        lambda: keras.random.SeedGenerator(),
        lambda: keras.layers.Dense(2)(np.ones((1, 2), "float32")),
        lambda: keras.layers.Dropout(0.5),
    ],
)
def test_draws_need_a_seed(draw, determinism):
    with pytest.raises(RuntimeError, match="set_random_seed"):
        draw()
    keras.utils.set_random_seed(1)
    draw()


def test_a_seed_of_its_own_is_enough(determinism):
    values = random.normal((2,), seed=3).numpy()
    np.testing.assert_array_equal(values, random.normal((2,), seed=3).numpy())
    keras.layers.Dropout(0.5, seed=1)
    keras.initializers.GlorotUniform(seed=1)((2, 2))


def test_runs_repeat_after_the_seed(determinism):
    def losses():
        keras.utils.set_random_seed(5)
        model = keras.Sequential(
            [keras.Input((3,)), keras.layers.Dropout(0.5), keras.layers.Dense(1)]
        )
        model.compile("adam", "mse")
        x = keras.random.normal((32, 3)).numpy()
        return model.fit(x, x[:, :1], epochs=2, verbose=0).history["loss"]

    assert losses() == losses()


def test_sums_over_equal_indices_have_one_order(strict_cupy, determinism, monkeypatch):
    rounds = []
    add = gathering._add_in_rounds
    monkeypatch.setattr(
        gathering, "_add_in_rounds", lambda *args: rounds.append(1) or add(*args)
    )
    values = np.random.default_rng(0).normal(size=(9, 2)).astype("float32")
    places = np.array([0, 2, 2, 1, 0, 2, 4, 4, 2], "int32")
    got = keras.ops.segment_sum(values, places, num_segments=6).numpy()
    expected = np.zeros((6, 2), "float32")
    np.add.at(expected, places, values)
    np.testing.assert_array_equal(got, expected)
    assert rounds
    empty = keras.ops.segment_sum(values[:0], places[:0], num_segments=6).numpy()
    np.testing.assert_array_equal(empty, np.zeros((6, 2), "float32"))


def test_the_switch():
    assert not keras.config.is_determinism_enabled()
