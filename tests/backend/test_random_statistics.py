"""Draws against those of NumPy's generators, and streams against each other."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kerasish import random

SIZE = 20000
NUMPY = np.random.default_rng(7)


def truncated(size):
    draws = NUMPY.normal(size=3 * size)
    return draws[np.abs(draws) < 2][:size]


PAIRS = {
    "uniform": (
        lambda seed: random.uniform((SIZE,), -1.0, 3.0, seed=seed),
        NUMPY.uniform(-1.0, 3.0, SIZE),
    ),
    "normal": (
        lambda seed: random.normal((SIZE,), 1.0, 2.0, seed=seed),
        NUMPY.normal(1.0, 2.0, SIZE),
    ),
    "truncated_normal": (
        lambda seed: random.truncated_normal((SIZE,), seed=seed),
        truncated(SIZE),
    ),
    "gamma": (
        lambda seed: random.gamma((SIZE,), 2.5, seed=seed),
        NUMPY.gamma(2.5, size=SIZE),
    ),
    "gamma_small": (
        lambda seed: random.gamma((SIZE,), 0.3, seed=seed),
        NUMPY.gamma(0.3, size=SIZE),
    ),
    "beta": (
        lambda seed: random.beta((SIZE,), 0.5, 2.0, seed=seed),
        NUMPY.beta(0.5, 2.0, size=SIZE),
    ),
    "binomial": (
        lambda seed: random.binomial((SIZE,), 9, 0.3, seed=seed),
        NUMPY.binomial(9, 0.3, size=SIZE),
    ),
    "categorical": (
        lambda seed: random.categorical(
            np.log(np.float32([[0.2, 0.5, 0.3]])), SIZE, seed=seed
        ),
        NUMPY.choice(3, size=SIZE, p=[0.2, 0.5, 0.3]),
    ),
}


def draw(name, seed):
    return np.ravel(PAIRS[name][0](seed)).astype("float64")


def largest_gap(a, b):
    """The statistic of Kolmogorov and Smirnov for two samples."""
    places = np.concatenate([a, b])
    ranks = (np.searchsorted(np.sort(x), places, side="right") / x.size for x in (a, b))
    return np.abs(np.subtract(*ranks)).max()


@pytest.mark.parametrize("name", PAIRS)
def test_distributions_are_those_of_numpy(name):
    for seed in (11, 12):
        # A larger gap has a probability of one in a hundred thousand.
        limit = math.sqrt(-math.log(1e-5 / 2) / SIZE)
        assert largest_gap(draw(name, seed), PAIRS[name][1]) < limit


@pytest.mark.parametrize("name", PAIRS)
def test_streams_are_not_correlated(name):
    generator = random.SeedGenerator(14)
    draws = [draw(name, 11), draw(name, 12), draw(name, 13)]
    draws += [draw(name, generator), draw(name, generator)]
    draws += [np.roll(draws[0], 1)]
    matrix = np.corrcoef(np.log1p(np.abs(np.stack(draws))))
    assert np.abs(matrix - np.eye(len(draws))).max() < 5 / math.sqrt(SIZE)
