"""The compiled gradient of a convolution's kernel, against the one over NumPy."""

import numpy as np
import pytest

from kerasish.backend.devices import device, threads
from kerasish.backend.devices.cpu import conv_kernel_loops, conv_tiles
from kerasish.backend.graph import as_tensor, get_op
from tests.backend.sample import load_ops

load_ops()
pytestmark = pytest.mark.skipif(
    not conv_tiles.available(), reason="loops are not compiled, or not better"
)


def random_case(rng):
    """Shapes of input and kernel, and attributes."""
    rank = int(rng.integers(1, 3))
    window = tuple(int(n) for n in rng.integers(1, 5, rank))
    attrs = dict(
        strides=tuple(int(n) for n in rng.integers(1, 4, rank)),
        pads=tuple(tuple(int(n) for n in rng.integers(0, 3, 2)) for _ in window),
        dilation=(*(int(n) for n in rng.integers(1, 3, rank - 1)), 1),
        groups=1,
    )
    sizes = tuple(int(n) for n in rng.integers(8, 13, rank))
    window = (*window[:-1], max(window[-1], 2)) if window[0] == 1 else window
    channels, filters = int(rng.choice([1, 2, 3, 5, 8])), int(rng.integers(16, 41))
    shape = (int(rng.integers(1, 12)), *sizes, channels)
    return shape, (*window, channels, filters), attrs


def gradient(on, x, g, w, attrs):
    """The gradient, which is linear in both arrays, on a device."""
    with device(on):
        arrays = [as_tensor(array) for array in (x, g, w)]
        return get_op("conv_kernel")(*arrays, **attrs).numpy()


def arrays_of(rng, shape, kernel, attrs):
    x, w = (rng.normal(size=s).astype("float32") for s in (shape, kernel))
    with device("numpy"):
        y = get_op("conv")(as_tensor(x), as_tensor(w), **attrs).numpy()
    return x, rng.normal(size=y.shape).astype("float32"), w


@pytest.mark.parametrize("seed", range(40))
def test_random_cases(seed, monkeypatch):
    monkeypatch.setattr(conv_kernel_loops, "_LEAST_WORK", 0)
    monkeypatch.setattr(conv_kernel_loops, "_NEAR", 1 << 10 if seed % 2 else 24 << 10)
    rng = np.random.default_rng(seed)
    shape, kernel, attrs = random_case(rng)
    x, g, w = arrays_of(rng, shape, kernel, attrs)
    assert conv_kernel_loops.Case(x.shape, g.shape, w.shape, attrs).possible()
    got = gradient("cpu", x, g, w, attrs)
    expected = gradient("numpy", x.astype("d"), g.astype("d"), w.astype("d"), attrs)
    scale = np.abs(expected).max()
    np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5 * scale)


def test_bits_do_not_depend_on_threads(monkeypatch):
    monkeypatch.setattr(conv_kernel_loops, "_LEAST_WORK", 0)
    attrs = dict(strides=(1, 1), pads=((1, 1),) * 2, dilation=(1, 1), groups=1)
    x, g, w = arrays_of(np.random.default_rng(0), (9, 8, 8, 3), (3, 3, 3, 20), attrs)
    before, found = threads.num_threads(), []
    try:
        for number in (1, 2, 3):
            threads.set_num_threads(number)
            found.append(gradient("cpu", x, g, w, attrs))
    finally:
        threads.set_num_threads(before)
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])


@pytest.mark.parametrize(
    "kernel, changes",
    [
        ((3, 3, 4, 8), {}),
        ((3, 3, 4, 32), {"dilation": (1, 2)}),
        ((3, 3, 2, 32), {"groups": 2}),
        ((2, 1, 4, 32), {"pads": ((-1, 0), (0, 0))}),
        ((1, 1, 4, 32), {}),
    ],
)
def test_what_is_left_to_others(kernel, changes, monkeypatch):
    monkeypatch.setattr(conv_kernel_loops, "_LEAST_WORK", 0)
    attrs = dict(strides=(1, 1), pads=((0, 0),) * 2, dilation=(1, 1), groups=1)
    attrs.update(changes)
    x, g = (2, 9, 9, 4), (2, 7, 7, kernel[-1])
    assert not conv_kernel_loops.Case(x, g, kernel, attrs).possible()
