"""Convolutions pool what they compute, where nobody else wants it."""

import numpy as np
import pytest

import kerasish as keras
from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.devices import get_device
from kerasish.backend.devices.cpu import conv_tiles
from kerasish.backend.graph import placeholder, symbolic_scope, topological
from kerasish.backend.plan import Function
from kerasish.backend.rewrite.check import check_pass
from kerasish.backend.rewrite.passes import optimise
from kerasish.backend.rewrite.pooling import pool_convolutions

pytestmark = pytest.mark.skipif(
    not conv_tiles.available(), reason="no device pools while it convolves"
)
RNG = np.random.default_rng(0)
IMAGES = RNG.normal(size=(32, 14, 14, 3)).astype("float32")
KERNEL = RNG.normal(size=(3, 3, 3, 16)).astype("float32")


def graph(build):
    """The optimised graph of a function of images and a kernel, on `cpu`."""
    x, w = placeholder(IMAGES.shape), placeholder(KERNEL.shape)
    with symbolic_scope():
        outputs = build(x, w)
        results = optimise([x, w], outputs, [x, w], {}, get_device("cpu"))
    return [node.op.name for node in topological(results)]


def pooled(x, w):
    y = ops.conv(x, w, 1, "valid")
    return y, ops.max_pool(y, 2)


def trained(x, w):
    y = pooled(x, w)[1]
    return [y, *gradients([ops.sum(ops.square(y))], [w])]


def test_the_output_of_the_convolution_is_gone():
    names = graph(lambda x, w: [pooled(x, w)[1]])
    assert "conv_max_pool" in names
    assert not {"conv", "max_pool"} & set(names)


def test_training_takes_the_places_from_it_too():
    names = graph(trained)
    assert "conv_max_pool" in names and "max_unpool" in names
    assert not {"conv", "max_pool", "max_pool_index"} & set(names)


@pytest.mark.parametrize(
    "build",
    [
        lambda x, w: list(pooled(x, w)),
        lambda x, w: [pooled(x, w)[1], ops.mean(pooled(x, w)[0])],
        lambda x, w: [ops.max_pool(ops.conv(x, w, 1, "valid"), 3, 2, "same")],
        lambda x, w: [
            ops.max_pool(pooled(x, w)[0], 2),
            ops.max_pool(pooled(x, w)[0], 3),
        ],
    ],
)
def test_what_others_want_stays(build):
    assert "conv" in graph(build)


def test_a_device_without_the_kernel_is_left_alone():
    x, w = placeholder(IMAGES.shape), placeholder(KERNEL.shape)
    with symbolic_scope():
        outputs = [pooled(x, w)[1]]
        results = pool_convolutions(outputs, get_device("numpy"))
    check_pass("pooling", outputs, results)
    assert results == outputs


def test_values_and_gradients_stay_the_same():
    x, w = placeholder(IMAGES.shape), placeholder(KERNEL.shape)
    with symbolic_scope():
        run = Function([x, w], trained(x, w))
    found = {}
    for on in ("cpu", "numpy"):
        with keras.device(on):
            found[on] = run(IMAGES, KERNEL)
    for got, expected in zip(found["cpu"], found["numpy"], strict=True):
        scale = np.abs(expected).max()
        np.testing.assert_allclose(got, expected, rtol=0, atol=1e-5 * scale)
