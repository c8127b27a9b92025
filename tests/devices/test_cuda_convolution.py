"""Convolution and pooling by CUDA kernels."""

from __future__ import annotations

import numpy as np
import pytest

import kerasish as keras
from kerasish.backend.devices import current_device
from kerasish.backend.devices.base import _KERNELS
from kerasish.backend.devices.cupy import convolution, implicit
from kerasish.backend.devices.cupy.cuda import CudaFunction
from tests.devices.cuda_values import DTYPES, agree
from tests.devices.test_ops_cpu import random_convolution, random_pooling

pytestmark = pytest.mark.usefixtures("cupy_device")


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


@pytest.fixture
def names(monkeypatch):
    """The names of the CUDA functions that are bound."""
    found, bind = set(), CudaFunction.bind

    def noted(self, *args):
        found.add(self.name)
        return bind(self, *args)

    monkeypatch.setattr(CudaFunction, "bind", noted)
    return found


@pytest.fixture
def always_implicit(monkeypatch):
    monkeypatch.setattr(
        implicit, "_is_better", lambda x, *sizes: x.dtype.name in DTYPES[:3]
    )


IMPLICIT = {
    **{name: CASES[name] for name in ("groups", "strides", "three axes", "size one")},
    "many windows": (
        (2, 9, 8, 24), (2, 3, 24, 40),
        attributes(2, pads=((1, 1), (2, 0)), dilation=(1, 2)),
    ),
    "many windows in groups": (
        (2, 13, 6, 16), (2, 3, 8, 12),
        attributes(2, groups=2, pads=((1, 0), (1, 1)), strides=(1, 1)),
    ),
}  # fmt: skip


@pytest.mark.parametrize("dtype", DTYPES[:3])
@pytest.mark.parametrize("case", IMPLICIT)
def test_products_without_patches(case, dtype, always_implicit, names):
    x, w, attrs = IMPLICIT[case]
    agree("conv", arrays(x, w), dtype, **attrs)
    assert {"implicit_conv", "implicit_conv_kernel"} <= names and "im2col" not in names


@pytest.mark.parametrize("seed", range(12))
def test_random_products_without_patches(seed, always_implicit):
    x, w, attrs = random_convolution(np.random.default_rng(seed))
    agree("conv", arrays(x, w), **attrs)


def test_windows_in_pieces_for_the_gradient_of_a_kernel(always_implicit, monkeypatch):
    monkeypatch.setattr(implicit, "_LEAST_PIECE", 40)
    attrs = attributes(2, pads=((1, 1), (1, 1)))
    agree("conv", arrays((2, 15, 7, 5), (3, 3, 5, 6)), second=False, **attrs)


@pytest.mark.parametrize(
    "shape, filters, forward, to_input, to_kernel",
    [
        ((32, 28, 28, 1), 32, "implicit_conv", "col2im", "im2col"),
        ((16, 32, 32, 16), 32, *["implicit_conv"] * 2, "implicit_conv_kernel"),
        ((16, 32, 32, 64), 128, "im2col", "col2im", "im2col"),
        ((1, 14, 14, 64), 64, *["im2col"] * 3),
        ((16, 32, 32, 32), 64, *["implicit_conv"] * 2, "im2col"),
        ((16, 32, 32, 64), 64, *["implicit_conv"] * 2, "implicit_conv_kernel"),
    ],
)
def test_shapes_decide(shape, filters, forward, to_input, to_kernel, names):
    attrs = attributes(2, pads=((1, 1), (1, 1)))
    shapes = shape, (3, 3, shape[-1], filters), (*shape[:-1], filters)
    x, w, y = (current_device().empty(shape, "float32") for shape in shapes)
    for name, given, out, own in (
        ("conv", (x, w), y, forward),
        ("conv_input", (y, w, x), x, to_input),
        ("conv_kernel", (x, y, w), w, to_kernel),
    ):
        names.clear()
        _KERNELS["cupy", name][0].bind(current_device().xp, given, (out,), attrs)
        assert names - {"combine"} == {own}


def test_rounded_products_are_left_to_the_library():
    x, y = (current_device().empty((16, 32, 32, n), "float32") for n in (32, 64))
    assert implicit.is_better(x, y, 1, 32, 64, 32)
    try:
        keras.config.enable_tf32()
        assert not implicit.is_better(x, y, 1, 32, 64, 32)
    finally:
        keras.config.disable_tf32()


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
