"""Initializers: shapes, moments, seeds, names, configurations."""

from __future__ import annotations

import json
import math

import numpy as np
import pytest
import scipy.signal

from kerasish import initializers
from kerasish.backend.random import SeedGenerator
from kerasish.errors import ShapeError
from kerasish.initializers import ALIASES, INITIALIZERS
from kerasish.initializers.spectral import window_values

ARGUMENTS = {
    "Constant": {"value": 2.5},
    "Identity": {"gain": 0.5},
    "RandomNormal": {"mean": 1.0, "stddev": 0.2, "seed": 7},
    "RandomUniform": {"minval": 1.0, "maxval": 2.0, "seed": 7},
    "TruncatedNormal": {"mean": 1.0, "stddev": 0.2, "seed": 7},
    "VarianceScaling": {"scale": 2.0, "mode": "fan_out", "seed": 7},
    "Orthogonal": {"gain": 2.0, "seed": 7},
}
NAMES = sorted(set(INITIALIZERS) - {"Initializer"})
FIXED = {"Constant", "Identity", "Ones", "STFT", "Zeros"}
RANDOM = sorted(set(NAMES) - FIXED)


@pytest.mark.parametrize("name", NAMES)
def test_shape_dtype_and_configuration(name: str) -> None:
    made = getattr(initializers, name)(**ARGUMENTS.get(name, {}))
    shape = (4, 1, 3) if name == "STFT" else (4, 5)
    for dtype in ("float32", "float16", "float64"):
        value = made(shape, dtype=dtype)
        assert value.shape == shape and value.dtype == dtype
    assert made(shape).dtype == "float32"
    described = json.loads(json.dumps(initializers.serialize(made)))
    assert described["module"] == "keras.initializers"
    again = initializers.deserialize(described)
    assert type(again) is type(made) and again.get_config() == made.get_config()
    assert made.clone().get_config() == made.get_config()
    if name in ARGUMENTS or name in ("Ones", "STFT", "Zeros"):
        np.testing.assert_array_equal(again(shape), made(shape))


@pytest.mark.parametrize("name", RANDOM)
def test_seeds(name: str) -> None:
    cls = getattr(initializers, name)
    seeded = cls(seed=3)
    np.testing.assert_array_equal(seeded((4, 5)), seeded((4, 5)))
    np.testing.assert_array_equal(seeded((4, 5)), cls(seed=3)((4, 5)))
    assert not np.array_equal(seeded((4, 5)), cls(seed=4)((4, 5)))
    free = cls()
    assert not np.array_equal(free((4, 5)), free((4, 5)))
    moving = cls(seed=SeedGenerator(5))
    assert not np.array_equal(moving((4, 5)), moving((4, 5)))


@pytest.mark.parametrize(
    ("name", "variance", "bound"),
    [
        ("glorot_uniform", 2 / (60 + 120), math.sqrt(6 / 180)),
        ("glorot_normal", 2 / (60 + 120), None),
        ("he_normal", 2 / 60, None),
        ("he_uniform", 2 / 60, math.sqrt(6 / 60)),
        ("lecun_normal", 1 / 60, None),
        ("lecun_uniform", 1 / 60, math.sqrt(3 / 60)),
        ("random_normal", 0.05**2, None),
        ("random_uniform", 0.05**2 / 3, 0.05),
    ],
)
def test_moments(name: str, variance: float, bound: float | None) -> None:
    made = getattr(initializers, name)(seed=1)
    values = made((60, 120)).numpy()
    assert abs(values.mean()) < 0.02 * math.sqrt(variance) * 3
    assert values.var() == pytest.approx(variance, rel=0.05)
    if bound is not None:
        assert np.abs(values).max() <= bound


def test_truncated_normal_stays_within_two_deviations() -> None:
    values = initializers.TruncatedNormal(1.0, 0.5, seed=1)((2000,)).numpy()
    assert np.abs(values - 1.0).max() <= 1.0
    assert values.std() == pytest.approx(0.5 * 0.8796, rel=0.05)


@pytest.mark.parametrize(
    ("shape", "fans"),
    [
        ((), (1, 1)),
        ((5,), (5, 5)),
        ((3, 4), (3, 4)),
        ((2, 3, 4, 5), (24, 30)),
    ],
)
def test_fans(shape: tuple, fans: tuple) -> None:
    from kerasish.initializers.random_values import compute_fans

    assert compute_fans(shape) == fans


def test_fans_by_axes() -> None:
    from kerasish.initializers.random_values import compute_fans

    assert compute_fans((6, 2, 3), input_axes=[0], output_axes=[1, 2]) == (6, 6)


@pytest.mark.parametrize("shape", [(3, 3), (5, 3), (3, 5), (2, 2, 3)])
def test_orthogonal(shape: tuple) -> None:
    matrix = initializers.Orthogonal(seed=2)(shape).numpy().reshape(-1, shape[-1])
    rows, columns = matrix.shape
    product = matrix.T @ matrix if rows >= columns else matrix @ matrix.T
    np.testing.assert_allclose(product, np.eye(min(rows, columns)), atol=1e-5)


def test_constant_takes_arrays() -> None:
    value = np.arange(6.0).reshape(2, 3)
    np.testing.assert_array_equal(initializers.Constant(value)((2, 3)), value)
    np.testing.assert_array_equal(initializers.get(value)((2, 3)), value)


@pytest.mark.parametrize("alias", sorted(ALIASES))
def test_aliases(alias: str) -> None:
    cls = getattr(initializers, alias)
    assert cls.__name__ == ALIASES[alias]
    assert type(initializers.get(alias)) is cls


def test_get() -> None:
    assert initializers.get(None) is None
    assert type(initializers.get(initializers.HeNormal)) is initializers.HeNormal

    def mine(shape, dtype=None):
        return np.ones(shape, dtype)

    assert initializers.get(mine) is mine
    with pytest.raises(ValueError, match="Did you mean 'glorot_uniform'"):
        initializers.get("glorot_unifrom")


def test_impossible_shapes_and_arguments() -> None:
    with pytest.raises(ShapeError):
        initializers.Identity()((3,))
    with pytest.raises(ShapeError):
        initializers.Orthogonal()((3,))
    for arguments in ({"scale": 0.0}, {"mode": "fan"}, {"distribution": "cauchy"}):
        with pytest.raises(ValueError, match="VarianceScaling"):
            initializers.VarianceScaling(**arguments)


@pytest.mark.parametrize("window", ["hann", "hamming", "blackman", "boxcar", "cosine"])
@pytest.mark.parametrize("periodic", [True, False])
def test_windows_are_those_of_scipy(window: str, periodic: bool) -> None:
    expected = scipy.signal.get_window(window, 9, periodic)
    np.testing.assert_allclose(window_values(window, 9, periodic), expected, atol=1e-9)


@pytest.mark.parametrize("scaling", ["density", "spectrum", None])
@pytest.mark.parametrize("window", ["hann", "values", None])
def test_stft_kernels_are_the_fourier_transform(window, scaling) -> None:
    frame = np.random.default_rng(0).normal(size=12)
    weights = {"hann": np.hanning(12), "values": np.arange(1.0, 13.0), None: 1.0}
    scale = {"density": np.sqrt(np.sum(weights[window] ** 2))} if window else {}
    scale["spectrum" if window else ""] = np.sum(weights[window])
    spectrum = np.fft.rfft(frame * weights[window], 16) / scale.get(scaling, 1.0)
    given = weights["values"] if window == "values" else window
    for side, part in (("real", spectrum.real), ("imag", spectrum.imag)):
        kernel = np.asarray(initializers.STFT(side, given, scaling)((12, 1, 9)))
        np.testing.assert_allclose(frame @ kernel[:, 0], part, atol=1e-5)


def test_stft_says_what_is_wrong() -> None:
    with pytest.raises(ValueError, match="`side` must be"):
        initializers.STFT("left")
    with pytest.raises(ValueError, match="`scaling` must be"):
        initializers.STFT(scaling="loud")
    with pytest.raises(ShapeError, match="as many values"):
        initializers.STFT(window=[1.0, 2.0])((3, 1, 2))
