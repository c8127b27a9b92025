"""The samples of every op on the device `cpu`, and its kernels on random shapes."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.devices import device, get_device
from kerasish.backend.devices.cpu import dnnl, libraries, matmul
from kerasish.backend.graph import as_tensor, get_op, symbolic_scope
from kerasish.backend.plan import Function
from tests.backend.sample import load_ops, load_samples, placeholders

SAMPLES = load_samples()
load_ops()
CASES = [
    pytest.param(name, sample, id=f"{name}-{position}")
    for name in sorted(SAMPLES)
    for position, sample in enumerate(SAMPLES[name])
]
needs_onednn = pytest.mark.skipif(
    not libraries.onednn(), reason=f"oneDNN is absent: {libraries.onednn().text}"
)


def compiled(name, arrays, attrs=None, apply=None, wanted=()):
    """A Function of an op and of the gradients of its inputs that are wanted."""
    inputs = placeholders(arrays, False)
    with symbolic_scope():
        results = apply(inputs) if apply else get_op(name)(*inputs, **attrs)
        outputs = list(results) if isinstance(results, (tuple, list)) else [results]
        floats = [y for y in outputs if y.dtype.startswith("float")]
        sources = [inputs[i] for i in wanted]
        if sources and floats:
            outputs += gradients(floats, sources, unconnected="zero")
    return Function(inputs, outputs)


def assert_close(got, expected, tolerance=1e-5):
    assert got.shape == expected.shape and got.dtype == expected.dtype
    if expected.dtype.kind not in "fc":
        np.testing.assert_array_equal(got, expected)
        return
    scale = max(1.0, np.abs(expected[np.isfinite(expected)]).max(initial=0.0))
    np.testing.assert_allclose(got, expected, rtol=0, atol=tolerance * scale)


@pytest.mark.parametrize("name, sample", CASES)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_same_values_as_numpy(name, sample, dtype):
    arrays = [a.astype(dtype) if a.dtype == "float32" else a for a in sample.arrays]
    wanted = [i for i, flag in enumerate(sample.gradient) if flag]

    def run(on):
        with device(on):
            function = compiled(
                name, arrays, apply=lambda xs: sample.apply(name, xs), wanted=wanted
            )
            eager = sample.apply(name, [as_tensor(array) for array in arrays])
            return function(*arrays), [tensor.numpy() for tensor in eager]

    if sample.reference is None and not name.startswith("random"):
        pytest.skip("the sample has no reference")
    for ours, theirs in zip(run("cpu"), run("numpy"), strict=True):
        for got, expected in zip(ours, theirs, strict=True):
            assert_close(got, expected, max(sample.tolerance, 1e-5))


def random_convolution(rng):
    """Shapes and attributes of a convolution that is possible."""
    rank = int(rng.integers(1, 4))
    groups = int(rng.choice([1, 1, 1, 2, 4]))
    channels = groups * int(rng.choice([1, 1, 3, 8]))
    filters = groups * int(rng.choice([1, 2, 5, 8]))
    window = tuple(int(n) for n in rng.integers(1, 4, rank))
    dilation = tuple(int(n) for n in rng.choice([1, 1, 2], rank))
    strides = tuple(int(n) for n in rng.choice([1, 1, 2, 3], rank))
    pads = tuple(tuple(int(n) for n in rng.integers(0, 3, 2)) for _ in range(rank))
    sizes = tuple(int(n) for n in rng.integers(6, 12, rank))
    attrs = dict(strides=strides, pads=pads, dilation=dilation, groups=groups)
    x = (int(rng.integers(1, 4)), *sizes, channels)
    return x, (*window, channels // groups, filters), attrs


def random_pooling(rng):
    """Shape and attributes of a pooling."""
    rank = int(rng.integers(1, 4))
    window = tuple(int(n) for n in rng.integers(1, 4, rank))
    strides = tuple(int(n) for n in rng.integers(1, 4, rank))
    pads = tuple(tuple(int(n) for n in rng.integers(0, size, 2)) for size in window)
    sizes = tuple(int(n) for n in rng.integers(4, 10, rank))
    x = (int(rng.integers(1, 4)), *sizes, int(rng.choice([1, 3, 8, 17])))
    return x, dict(pool_size=window, strides=strides, pads=pads)


def on_both_devices(name, arrays, attrs):
    wanted = range(len(arrays))
    results = {}
    for on in ("cpu", "numpy"):
        with device(on):
            function = compiled(name, arrays, attrs, wanted=wanted)
            results[on] = function(*arrays)
            if on == "cpu":
                again = function(*arrays)
                for one, other in zip(results[on], again):
                    np.testing.assert_array_equal(one, other)
    for got, expected in zip(results["cpu"], results["numpy"], strict=True):
        assert_close(got, expected)


@pytest.mark.parametrize("seed", range(40))
def test_random_convolutions(seed):
    rng = np.random.default_rng(seed)
    x, w, attrs = random_convolution(rng)
    arrays = [rng.normal(size=shape).astype("float32") for shape in (x, w)]
    on_both_devices("conv", arrays, attrs)


@pytest.mark.parametrize("seed", range(20))
def test_random_average_pooling(seed):
    rng = np.random.default_rng(seed)
    x, attrs = random_pooling(rng)
    on_both_devices("average_pool", [rng.normal(size=x).astype("float32")], attrs)


@pytest.mark.parametrize(
    "shape",
    [(50, 8), (64, 16, 16, 8), (2, 3, 17), (40, 9, 9, 48), (8, 9, 3), (1, 16), (0, 8)],
)
@pytest.mark.parametrize("centre", [0.0, 300.0])
def test_batch_normalisation(shape, centre):
    rng = np.random.default_rng(0)
    x, g = (rng.normal(centre, 3.0, shape).astype("float32") for _ in range(2))
    axes = tuple(range(len(shape) - 1))

    def normalise(inputs):
        y, mean, variance = ops.batch_normalization_training(inputs[0], -1)
        return gradients(y * inputs[1], [inputs[0]]) + [y, mean, variance]

    results = {}
    for on in ("cpu", "numpy"):
        with device(on):
            results[on] = compiled(None, [x, g], apply=normalise)(x, g)
            eager = get_op("batch_moments")(as_tensor(x), axes=axes)
            results[on] += [tensor.numpy() for tensor in eager]
    for got, expected in zip(results["cpu"], results["numpy"], strict=True):
        assert_close(got, expected, 1e-3 if centre else 1e-5)
    if x.size:
        exact = x.astype("float64")
        assert_close(results["cpu"][2].astype("float64"), exact.mean(axes), 1e-6)
        assert_close(results["cpu"][3].astype("float64"), exact.var(axes), 1e-5)


@pytest.mark.parametrize("on", ["cpu", "numpy"])
def test_moments_pass_nan_on(on):
    x = np.ones((300, 8), "float32")
    x[200, 3] = np.nan
    with device(on):
        mean, variance = get_op("batch_moments")(as_tensor(x), axes=(0,))
    for value, rest in ((mean.numpy()[0], 1.0), (variance.numpy()[0], 0.0)):
        assert np.isnan(value[3])
        np.testing.assert_array_equal(np.delete(value, 3), rest)


@pytest.mark.parametrize("padded", [False, True])
@pytest.mark.parametrize("seed", range(12))
def test_random_maximum_pooling(seed, padded):
    rng = np.random.default_rng(seed)
    shape, attrs = random_pooling(rng)
    window = attrs["pool_size"]
    if not padded:
        attrs["pads"] = ((0, 0),) * len(window)
    if seed % 2:
        attrs["strides"] = window
    x = rng.integers(-3, 3, shape).astype("float32")
    x[rng.random(shape) < 0.05] = np.nan
    x[rng.random(shape) < 0.05] = -np.inf

    def pool(inputs):
        y = get_op("max_pool")(inputs[0], **attrs)
        index = get_op("max_pool_index")(inputs[0], y, **attrs)
        return y, index, get_op("max_unpool")(y, index, inputs[0], **attrs)

    results = {}
    for on in ("cpu", "numpy"):
        with device(on):
            tensors = [as_tensor(x)]
            results[on] = compiled(None, [x], apply=pool)(x)
            results[on] += [tensor.numpy() for tensor in pool(tensors)]
    for got, expected in zip(results["cpu"], results["numpy"], strict=True):
        assert got.dtype == expected.dtype
        np.testing.assert_array_equal(got, expected)


@pytest.mark.parametrize(
    "a, b",
    [
        ((70, 80), (80, 90)),
        ((1, 700), (700, 900)),
        ((700, 1), (1, 900)),
        ((4, 30, 60), (60, 70)),
        ((4, 3, 40, 50), (4, 3, 50, 60)),
        ((4, 1, 40, 50), (3, 50, 60)),
    ],
)
@pytest.mark.parametrize("flips", [(False, False), (True, False), (False, True)])
def test_matrices(a, b, flips, monkeypatch):
    monkeypatch.setattr(matmul, "_LEAST_WORK", 0)
    rng = np.random.default_rng(0)
    # All of one sign, so that nothing cancels in long sums.
    arrays = [rng.uniform(size=shape).astype("float32") for shape in (a, b)]
    arrays = [
        np.ascontiguousarray(x.swapaxes(-1, -2)).swapaxes(-1, -2) if flip else x
        for x, flip in zip(arrays, flips)
    ]
    on_both_devices("matmul", arrays, {})


def kernel(name, arrays, attrs):
    """The kernel of the device `cpu` for an op on arrays."""
    specs = tuple(as_tensor(array).spec for array in arrays)
    return get_device("cpu").kernel(get_op(name), specs, attrs)


@needs_onednn
class TestKernels:
    attrs = dict(strides=(1, 1), pads=((1, 1), (0, 0)), dilation=(1, 1), groups=1)
    shapes = ((2, 8, 8, 4), (3, 3, 4, 8))

    def arrays(self, dtype="float32"):
        rng = np.random.default_rng(0)
        return [rng.normal(size=shape).astype(dtype) for shape in self.shapes]

    def test_compiled_convolution_is_taken(self):
        arrays = self.arrays()
        assert kernel("conv", arrays, self.attrs) != get_op("conv").kernel

    def test_other_types_are_left_to_numpy(self):
        arrays = self.arrays("float64")
        assert kernel("conv", arrays, self.attrs) == get_op("conv").kernel

    def test_large_products_are_taken(self):
        arrays = [np.ones((512, 512), "float32")] * 2
        assert kernel("matmul", arrays, {}) != get_op("matmul").kernel

    def test_small_products_are_left_to_numpy(self):
        arrays = [np.ones((2, 2), "float32")] * 2
        assert kernel("matmul", arrays, {}) == get_op("matmul").kernel

    def test_arrays_with_gaps(self):
        x, w = self.arrays()
        wide = np.repeat(x, 2, axis=-1)[..., ::2]
        found = kernel("conv", [x, w], self.attrs)
        expected = found(np, x, w, **self.attrs)
        np.testing.assert_array_equal(found(np, wide, w, **self.attrs), expected)

    def test_result_goes_where_it_is_wanted(self):
        x, w = self.arrays()
        found = kernel("conv", [x, w], self.attrs)
        out = np.empty((2, 8, 6, 8), "float32")
        assert found(np, x, w, out=out, **self.attrs) is out

    def test_bound_calls_read_the_arrays_anew(self):
        x, w = self.arrays()
        found = kernel("conv", [x, w], self.attrs)
        out = np.empty((2, 8, 6, 8), "float32")
        call = found.bind(np, (x, w), (out,), self.attrs)
        call()
        first = out.copy()
        x *= 2
        call()
        np.testing.assert_allclose(out, 2 * first, rtol=1e-6)

    def test_refusals_are_errors_of_their_own(self):
        with pytest.raises(dnnl.Refused, match="status"):
            dnnl.library().layout((-1,))
