"""The compiled convolution with pooling, against its definition on NumPy."""

import numpy as np
import pytest

from kerasish.backend.devices import device
from kerasish.backend.devices.cpu import conv_pool_loops, conv_tiles
from kerasish.backend.graph import Spec, as_tensor, get_op
from tests.backend.sample import load_ops
from tests.devices.test_conv_kernel_loops import random_case

load_ops()
pytestmark = pytest.mark.skipif(
    not conv_tiles.available(), reason="loops are not compiled, or not better"
)


def run(on, x, w, attrs):
    with device(on):
        return get_op("conv_max_pool")(as_tensor(x), as_tensor(w), **attrs)


@pytest.mark.parametrize("seed", range(40))
def test_random_cases(seed, monkeypatch):
    monkeypatch.setattr(conv_pool_loops, "_LEAST_WORK", 0)
    rng = np.random.default_rng(seed)
    shape, kernel, attrs = random_case(rng)
    shape, axes = (8 + shape[0], *shape[1:]), len(shape) - 2
    attrs["strides"] = tuple(min(step, 2) for step in attrs["strides"])
    attrs["pool_size"] = tuple(int(n) for n in rng.integers(1, 3, axes))
    attrs["pool_strides"] = tuple(int(n) for n in rng.integers(1, 4, axes))
    attrs["indexed"] = bool(seed % 2)
    # Small whole numbers: sums are exact, and there are ties.
    x, w = (rng.integers(-3, 4, s).astype("float32") for s in (shape, kernel))
    if seed % 3 == 0:
        x[rng.random(shape) < 0.01] = np.nan
    specs = (Spec(shape, "float32"), Spec(kernel, "float32"))
    possible = conv_pool_loops._accepts(specs, attrs)
    assert possible or np.prod(conv_pool_loops._positions(shape, kernel, attrs)) < 12
    for got, expected in zip(run("cpu", x, w, attrs), run("numpy", x, w, attrs)):
        np.testing.assert_array_equal(got.numpy(), expected.numpy())
