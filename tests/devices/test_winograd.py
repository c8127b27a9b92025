"""Convolutions with fewer multiplications, against sums of all products on NumPy."""

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.devices import device, threads
from kerasish.backend.devices.cpu import conv_tiles, winograd
from kerasish.backend.graph import as_tensor, get_op
from tests.backend.sample import load_ops

load_ops()
pytestmark = pytest.mark.skipif(
    not conv_tiles.available(), reason="loops are not compiled, or not better"
)
PLAIN = dict(strides=(1, 1), pads=((0, 0),) * 2, dilation=(1, 1), groups=1)
POOL = dict(pool_size=(2, 2), pool_strides=(2, 2))


@pytest.fixture
def bound(monkeypatch):
    """How often the loop was bound, with limits that let small cases pass."""
    calls = []
    bind = winograd.Case.bind

    def counted(self, *arrays):
        calls.append(self)
        return bind(self, *arrays)

    monkeypatch.setattr(winograd.Case, "bind", counted)
    monkeypatch.setattr(winograd, "_MOST_SHARE", 100)
    monkeypatch.setattr(winograd, "_LEAST_TILES", 1)
    return calls


def run(on, name, *arrays, **attrs):
    """The results of an op on a device, as a list."""
    with device(on):
        results = get_op(name)(*map(as_tensor, arrays), **attrs)
        results = results if isinstance(results, tuple) else (results,)
        return [result.numpy() for result in results]


def random_case(rng):
    """Shapes of input and kernel, and attributes."""
    pads = tuple(tuple(int(n) for n in rng.integers(0, 4, 2)) for _ in range(2))
    batch, high, wide = (
        int(rng.integers(1, 6)),
        *(int(n) for n in rng.integers(3, 15, 2)),
    )
    channels, filters = (int(n) for n in rng.integers(16, 52, 2))
    shape, kernel = (batch, high, wide, channels), (3, 3, channels, filters)
    return shape, kernel, {**PLAIN, "pads": pads}


def normal(rng, *shapes):
    return [rng.normal(size=shape).astype("float32") for shape in shapes]


def assert_near(got, expected):
    """Compare with what was computed from float64, beside the largest."""
    assert got.dtype == np.float32 and got.shape == expected.shape
    np.testing.assert_allclose(
        got, expected, rtol=0, atol=2e-6 * np.abs(expected).max()
    )


@pytest.mark.parametrize("seed", range(30))
def test_random_cases(seed, bound):
    rng = np.random.default_rng(seed)
    shape, kernel, attrs = random_case(rng)
    x, w = normal(rng, shape, kernel)
    (got,) = run("cpu", "conv", x, w, **attrs)
    assert len(bound) == 1
    (expected,) = run("numpy", "conv", x.astype("d"), w.astype("d"), **attrs)
    assert_near(got, expected)


@pytest.mark.parametrize("seed", range(30))
def test_random_gradients(seed, bound):
    rng = np.random.default_rng(seed)
    shape, kernel, attrs = random_case(rng)
    x, w = normal(rng, shape, kernel)
    (y,) = run("numpy", "conv", x, w, **attrs)
    (g,) = normal(rng, y.shape)
    attrs["output_padding"] = None if seed % 2 else (0, 0)
    like = (x,) if seed % 2 else ()
    (got,) = run("cpu", "conv_input", g, w, *like, **attrs)
    assert len(bound) == 1
    arrays = [array.astype("d") for array in (g, w, *like)]
    (expected,) = run("numpy", "conv_input", *arrays, **attrs)
    assert_near(got, expected)


@pytest.mark.parametrize("seed", range(30))
def test_random_cases_with_pooling(seed, bound):
    rng = np.random.default_rng(seed)
    shape, kernel, attrs = random_case(rng)
    shape = (shape[0], shape[1] + 1, shape[2] + 1, shape[3])
    attrs |= {**POOL, "indexed": bool(seed % 2)}
    # Small whole numbers: sums are exact, and there are ties.
    x, w = (rng.integers(-3, 4, s).astype("float32") for s in (shape, kernel))
    got = run("cpu", "conv_max_pool", x, w, **attrs)
    assert len(bound) == 1
    for array, expected in zip(
        got, run("numpy", "conv_max_pool", x, w, **attrs), strict=True
    ):
        np.testing.assert_array_equal(array, expected)


def test_nan_spreads_to_its_tiles_alone(bound):
    rng = np.random.default_rng(0)
    x = rng.integers(-3, 4, (2, 12, 12, 16)).astype("float32")
    w = rng.integers(-3, 4, (3, 3, 16, 16)).astype("float32")
    attrs = {**PLAIN, **POOL, "indexed": True}
    clean = run("cpu", "conv_max_pool", x, w, **attrs)
    x[1, 4, 5, 7] = np.nan
    largest, index = run("cpu", "conv_max_pool", x, w, **attrs)
    expected, _ = run("numpy", "conv_max_pool", x, w, **attrs)
    lost = np.isnan(largest)
    np.testing.assert_array_equal(lost, np.isnan(expected))
    assert lost.any() and (index[lost] == 4).all()
    np.testing.assert_array_equal(largest[~lost], clean[0][~lost])
    np.testing.assert_array_equal(index[~lost], clean[1][~lost])


@pytest.mark.parametrize("pooled", [False, True])
def test_memory_around_the_arrays_is_left_alone(pooled):
    rng = np.random.default_rng(0)
    sizes = {"x": (3, 5, 7, 20), "w": (3, 3, 20, 21)}
    sizes["y"] = (3, 2, 3, 21) if pooled else (3, 5, 7, 21)
    room, arrays = {}, {}
    for name, shape in sizes.items():
        room[name] = np.full(np.prod(shape) + 512, np.nan, "float32")
        arrays[name] = room[name][256:-256].reshape(shape)
    arrays["x"][...], arrays["w"][...] = normal(rng, sizes["x"], sizes["w"])
    bytes_around = np.full(arrays["y"].size + 512, 77, "uint8")
    index = bytes_around[256:-256].reshape(sizes["y"]) if pooled else None
    case = winograd.Case(sizes["x"], 21, (1, 1), (5, 7), pooled)
    case.bind(arrays["x"], arrays["w"], arrays["y"], index)()
    assert np.isfinite(arrays["y"]).all()
    assert not pooled or (index < 4).all()
    for block in room.values():
        assert np.isnan(block[:256]).all() and np.isnan(block[-256:]).all()
    assert (bytes_around[:256] == 77).all() and (bytes_around[-256:] == 77).all()


def test_bits_depend_neither_on_threads_nor_on_the_batch(bound, monkeypatch):
    monkeypatch.setattr(winograd, "_WORTH_THREADS", 0)
    rng = np.random.default_rng(0)
    x, w = normal(rng, (7, 9, 11, 24), (3, 3, 24, 40))
    attrs = {**PLAIN, "pads": ((1, 1),) * 2}
    before, found = threads.num_threads(), []
    try:
        for number in (1, 2, 3):
            threads.set_num_threads(number)
            found.append(run("cpu", "conv", x, w, **attrs)[0])
    finally:
        threads.set_num_threads(before)
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[2])
    (alone,) = run("cpu", "conv", x[5:6], w, **attrs)
    np.testing.assert_array_equal(found[0][5:6], alone)
    assert len(bound) == 4


def test_pooling_gives_the_largest_of_what_comes_without_it(bound):
    rng = np.random.default_rng(0)
    x, w = normal(rng, (2, 11, 13, 32), (3, 3, 32, 48))
    (y,) = run("cpu", "conv", x, w, **PLAIN)
    (largest,) = run("cpu", "conv_max_pool", x, w, **PLAIN, **POOL, indexed=False)
    windows = y[:, :8, :10].reshape(2, 4, 2, 5, 2, 48)
    np.testing.assert_array_equal(largest, windows.max((2, 4)))
    assert len(bound) == 2


@pytest.mark.parametrize("channels", [16, 64, 256])
def test_errors_are_those_of_the_direct_way(channels, bound, monkeypatch):
    rng = np.random.default_rng(channels)
    x, w = normal(rng, (2, 12, 12, channels), (3, 3, channels, 32))
    x = np.maximum(x, 0)
    (exact,) = run("numpy", "conv", x.astype("d"), w.astype("d"), **PLAIN)
    (got,) = run("cpu", "conv", x, w, **PLAIN)
    assert len(bound) == 1
    # Products one after the other, in the order of memory.
    direct = np.zeros(exact.shape, "float32")
    for i in range(3):
        for j in range(3):
            for c in range(channels):
                direct += x[:, i : i + 10, j : j + 10, c, None] * w[i, j, c]
    error, usual = (np.abs(y - exact).max() for y in (got, direct))
    assert error < 2 * usual


@pytest.mark.parametrize("data_format", ["channels_last", "channels_first"])
@pytest.mark.parametrize("padding", ["same", "valid"])
def test_data_formats(data_format, padding, bound):
    rng = np.random.default_rng(0)
    x, w = normal(rng, (2, 16, 19, 21), (3, 3, 16, 24))
    if data_format == "channels_last":
        x = np.ascontiguousarray(x.transpose(0, 2, 3, 1))
    found = []
    for on, kind in (("cpu", "float32"), ("numpy", "float64")):
        with device(on):
            y = ops.conv(x.astype(kind), w.astype(kind), 1, padding, data_format)
            found.append(y.numpy())
    assert len(bound) == 1
    assert_near(*found)


@pytest.mark.parametrize("dtype", ["float16", "float64"])
def test_other_data_types_take_the_old_way(dtype, bound):
    rng = np.random.default_rng(0)
    x, w = (a.astype(dtype) for a in normal(rng, (8, 9, 9, 32), (3, 3, 32, 32)))
    (got,) = run("cpu", "conv", x, w, **PLAIN)
    (expected,) = run("numpy", "conv", x, w, **PLAIN)
    assert not bound and got.dtype == expected.dtype
    np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(
    "x, kernel, changes",
    [
        ((8, 12, 12, 8), (3, 3, 8, 32), {}),
        ((8, 12, 12, 32), (3, 3, 32, 8), {}),
        ((8, 12, 12, 32), (3, 3, 32, 17), {}),
        ((8, 12, 12, 32), (3, 3, 16, 32), {"groups": 2}),
        ((8, 12, 12, 32), (3, 3, 32, 32), {"strides": (1, 2)}),
        ((8, 12, 12, 32), (3, 3, 32, 32), {"dilation": (2, 1)}),
        ((8, 12, 12, 32), (3, 2, 32, 32), {}),
        ((8, 12, 12, 12, 32), (3, 3, 3, 32, 32), {}),
        ((8, 3, 3, 32), (3, 3, 32, 32), {}),
        ((1, 6, 6, 32), (3, 3, 32, 32), {}),
        ((1, 8, 8, 512), (3, 3, 512, 512), {}),
    ],
)
def test_what_is_left_to_others(x, kernel, changes):
    axes = len(x) - 2
    attrs = dict(
        strides=(1,) * axes, pads=((0, 0),) * axes, dilation=(1,) * axes, groups=1
    )
    attrs |= changes
    outputs = tuple(size - n + 1 for size, n in zip(x[1:-1], kernel))
    assert winograd.forward(x, kernel, outputs, attrs) is None


def test_gradients_that_are_left_to_others():
    g, w, sizes = (8, 9, 9, 32), (3, 3, 32, 32), (11, 11)
    assert winograd.input_gradient(g, w, sizes, PLAIN) is not None
    for changes in ({"strides": (2, 1)}, {"dilation": (1, 2)}, {"groups": 2}):
        assert winograd.input_gradient(g, w, sizes, PLAIN | changes) is None
    assert winograd.input_gradient((8, 9, 9, 8), (3, 3, 32, 8), sizes, PLAIN) is None
