"""Convolution and pooling by CUDA kernels, on the stand-in for CuPy."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend.devices.cupy import convolution
from tests.devices import cuda_host
from tests.devices.cuda_values import DTYPES, agree
from tests.devices.test_ops_cpu import random_convolution, random_pooling

pytestmark = [
    pytest.mark.usefixtures("strict_cupy"),
    pytest.mark.skipif(not cuda_host.compiler(), reason="needs the compiler g++"),
]


def arrays(*shapes):
    rng = np.random.default_rng(0)
    return [rng.standard_normal(shape) for shape in shapes]


def attributes(rank, **given):
    plain = dict(
        strides=(1,) * rank,
        pads=((0, 0),) * rank,
        dilation=(1,) * rank,
        groups=1,
    )
    return {**plain, **given}


CASES = {
    "pointwise": ((2, 5, 4, 3), (1, 1, 3, 6), attributes(2)),
    "strides": ((2, 5, 4, 3), (1, 1, 3, 6), attributes(2, strides=(2, 3))),
    "pointwise in groups": ((2, 5, 4, 4), (1, 1, 2, 6), attributes(2, groups=2)),
    "more channels": ((3, 7, 8), (3, 8, 2), attributes(1, pads=((2, 0),))),
    "more filters": ((3, 7, 2), (3, 2, 8), attributes(1, dilation=(2,))),
    "groups": (
        (2, 6, 5, 6), (3, 2, 2, 9),
        attributes(2, groups=3, pads=((1, 2), (0, 1)), strides=(2, 1)),
    ),
    "groups turned": (
        (2, 5, 6, 8), (2, 2, 4, 2), attributes(2, groups=2, pads=((1, 1), (1, 0)))
    ),
    "depthwise": (
        (2, 6, 5, 35), (3, 2, 1, 70),
        attributes(
            2, groups=35, pads=((1, 2), (0, 1)), strides=(2, 1), dilation=(1, 2)
        ),
    ),
    "three axes": (
        (2, 4, 3, 5, 2), (2, 1, 3, 2, 3),
        attributes(3, pads=((1, 0), (0, 0), (2, 2)), strides=(1, 2, 2)),
    ),
    "size one": ((1, 1, 1, 1), (1, 1, 1, 1), attributes(2, pads=((0, 0), (1, 0)))),
    "empty batch": ((0, 4, 4, 2), (3, 3, 2, 2), attributes(2)),
}  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", CASES)
def test_convolutions(case, dtype):
    x, w, attrs = CASES[case]
    agree("conv", arrays(x, w), dtype, **attrs)


@pytest.mark.parametrize("case", ["groups", "depthwise", "more channels"])
def test_unknown_sizes(case):
    x, w, attrs = CASES[case]
    agree("conv", arrays(x, w), unknown=True, **attrs)


@pytest.mark.parametrize("room", [1, 700])
@pytest.mark.parametrize(
    "case", ["groups", "groups turned", "more channels", "three axes"]
)
def test_patches_in_small_pieces(case, room, monkeypatch):
    monkeypatch.setattr(convolution, "COLUMN_BYTES", room)
    x, w, attrs = CASES[case]
    agree("conv", arrays(x, w), **attrs)


@pytest.mark.parametrize("seed", range(24))
def test_random_convolutions(seed):
    x, w, attrs = random_convolution(np.random.default_rng(seed))
    agree("conv", arrays(x, w), DTYPES[seed % 4], **attrs)


def test_transposed_convolution_with_output_padding():
    attrs = attributes(2, strides=(2, 3), pads=((1, 0), (0, 1)))
    agree(
        "conv_input", arrays((2, 3, 4, 6), (3, 2, 5, 6)), output_padding=(1, 2), **attrs
    )


POOLS = {
    "plain": ((2, 6, 4, 3), dict(pool_size=(2, 2), strides=(2, 2))),
    "overlapping": ((2, 7, 5, 3), dict(pool_size=(3, 2), strides=(2, 1))),
    "gaps": ((1, 9, 2), dict(pool_size=(2,), strides=(3,))),
    "padded": (
        (2, 5, 4, 2), dict(pool_size=(3, 2), strides=(1, 2), pads=((1, 2), (1, 0)))
    ),
    "three axes": ((2, 3, 4, 5, 1), dict(pool_size=(1, 2, 3), strides=(1, 2, 2))),
    "many places": ((1, 17, 17, 1), dict(pool_size=(16, 16), strides=(1, 1))),
    "size one": ((1, 1, 1, 1), dict(pool_size=(1, 1), strides=(1, 1))),
    "empty batch": ((0, 4, 4, 2), dict(pool_size=(2, 2), strides=(2, 2))),
}  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("case", POOLS)
@pytest.mark.parametrize("name", ["max_pool", "average_pool"])
def test_pooling(name, case, dtype):
    shape, attrs = POOLS[case]
    attrs = {"pads": ((0, 0),) * len(attrs["strides"]), **attrs}
    # Few different numbers, so that maxima come more than once.
    x = np.round(arrays(shape)[0] * 2)
    agree(name, [x], dtype, **attrs)


@pytest.mark.parametrize("seed", range(12))
def test_random_pooling(seed):
    shape, attrs = random_pooling(np.random.default_rng(seed))
    attrs["pads"] = ((0, 0),) * len(shape[1:-1])
    name = "max_pool" if seed % 2 else "average_pool"
    agree(name, arrays(shape), unknown=True, **attrs)


def test_maxima_of_what_is_no_number():
    x = arrays((2, 6, 6, 3))[0]
    x[0, 0] = np.nan
    x[1] = -np.inf
    attrs = dict(pool_size=(2, 2), strides=(1, 1), pads=((1, 0), (0, 0)))
    agree("max_pool", [x], second=False, **attrs)
