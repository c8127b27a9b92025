"""Kernels of locally connected layers in all layouts of Keras 2."""

import itertools

import numpy as np
import pytest

import kerasish as keras
from kerasish import layers
from kerasish.saving.upgrade.local_kernels import local_kernel

CASES = [
    (layers.LocallyConnected1D, (7, 3), {"strides": 2}),
    (layers.LocallyConnected2D, (5, 4, 2), {"strides": (2, 1)}),
    (layers.LocallyConnected2D, (5, 4, 2), {"padding": "same"}),
    (layers.LocallyConnected2D, (2, 5, 4), {"data_format": "channels_first"}),
]


def reached(layer, place, position):
    """Tell whether the window of a place reaches a position."""
    for axis, (at, size) in enumerate(zip(place, position[1])):
        span, step = layer.kernel_size[axis], layer.strides[axis]
        start = at * step
        if layer.padding == "same":
            needed = max((-(-size // step) - 1) * step + span - size, 0)
            start -= needed // 2
        if not start <= position[0][axis] < start + span:
            return False
    return True


@pytest.mark.parametrize(("make", "shape", "options"), CASES)
def test_every_layout_gives_the_same_layer(make, shape, options):
    layer = make(2, 3, implementation=2, use_bias=False, **options)
    layer.build((None, *shape))
    first = options.get("data_format") == "channels_first"
    sizes, channels = (shape[1:], shape[0]) if first else (shape[:-1], shape[-1])
    counts = layer._counts(list(sizes))
    rng = np.random.default_rng(0)
    pairs = np.zeros((*sizes, channels, *counts, 2), "float32")
    for position in itertools.product(*map(range, sizes)):
        for place in itertools.product(*map(range, counts)):
            if reached(layer, place, (position, sizes)):
                pairs[position][(slice(None), *place)] = rng.random((channels, 2))
    x = rng.random((3, *shape)).astype("float32")
    rank = len(sizes)
    if first:
        order = [rank, *range(rank), 2 * rank + 1, *range(rank + 1, 2 * rank + 1)]
        pairs = pairs.transpose(order)
    wanted = np.tensordot(x, pairs, rank + 1)
    inputs = int(np.prod(shape))
    by_output = pairs.reshape(inputs, -1).T
    row = by_output[by_output != 0]
    for stored in (pairs, row):
        layer.kernel.assign(local_kernel(layer, stored))
        np.testing.assert_allclose(layer(x).numpy(), wanted, rtol=1e-5)
    assert local_kernel(layer, layer.kernel.numpy()) is not None


def test_files_hold_the_first_layout(tmp_path):
    model = keras.Sequential(
        [keras.Input((6, 2)), layers.LocallyConnected1D(2, 3, implementation=3)]
    )
    with pytest.warns(UserWarning, match="no layer LocallyConnected1D"):
        model.save(tmp_path / "m.h5")
    again = keras.models.load_model(tmp_path / "m.h5", compile=False)
    assert again.layers[0].implementation == 1
    x = np.random.default_rng(0).random((2, 6, 2))
    np.testing.assert_array_equal(model.predict(x), again.predict(x))
