"""Convolution and pooling: TensorFlow's results, layouts, unknown sizes, errors."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import placeholder, symbolic_scope
from kerasish.backend.ops import convolution_kernels
from kerasish.backend.plan import Function
from kerasish.errors import ShapeError
from tests.backend.goldens.make_convolution import PATH, cases, checksums


def normal(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape).astype("float32")


def test_geometries_agree_with_tensorflow():
    rows = json.loads(PATH.read_text())
    for (name, arguments, keywords), row in zip(cases(), rows, strict=True):
        got = checksums(getattr(ops, name)(*arguments, **keywords).numpy())
        shapes = [np.shape(argument) for argument in arguments]
        assert got[0] == row[0], (name, shapes, keywords)
        np.testing.assert_allclose(
            got[1:], row[1:], atol=0.02, err_msg=f"{name} {shapes} {keywords}"
        )


@pytest.mark.parametrize(
    "name, shape, kernel, keywords",
    [
        ("conv", (2, 3, 7, 6), (3, 2, 3, 4), {"strides": 2, "padding": "same"}),
        ("conv", (2, 3, 7), (3, 3, 4), {"padding": "causal", "dilation_rate": 2}),
        ("depthwise_conv", (2, 3, 7, 6), (3, 2, 3, 2), {"strides": 2}),
        ("conv_transpose", (2, 3, 5, 4), (3, 2, 4, 3), {"strides": (2, 3)}),
        ("max_pool", (2, 3, 7, 6), None, {"padding": "same"}),
        ("average_pool", (2, 3, 5, 4, 6), None, {"strides": 1}),
    ],
)
def test_channels_first(name, shape, kernel, keywords):
    function, x = getattr(ops, name), normal(*shape)
    second = 2 if kernel is None else normal(*kernel, seed=1)
    first = function(x, second, data_format="channels_first", **keywords).numpy()
    last = function(np.moveaxis(x, 1, -1), second, **keywords).numpy()
    np.testing.assert_array_equal(first, np.moveaxis(last, -1, 1))


def test_separable_is_depthwise_then_pointwise():
    x, depthwise, pointwise = normal(2, 6, 5, 3), normal(3, 3, 3, 2), normal(1, 1, 6, 4)
    got = ops.separable_conv(x, depthwise, pointwise, strides=2, padding="same")
    spread = ops.depthwise_conv(x, depthwise, strides=2, padding="same").numpy()
    np.testing.assert_allclose(got.numpy(), spread @ pointwise[0, 0], atol=1e-5)


def test_causal_output_sees_no_later_element():
    x, w = normal(1, 8, 2), normal(3, 2, 2)
    changed = x.copy()
    changed[:, 5:] += 1
    before, after = (
        ops.conv(v, w, padding="causal", dilation_rate=2).numpy() for v in (x, changed)
    )
    assert before.shape == (1, 8, 2)
    np.testing.assert_array_equal(before[:, :5], after[:, :5])
    assert not np.allclose(before[:, 5:], after[:, 5:])


@pytest.mark.parametrize("name", ["conv", "max_pool", "average_pool"])
def test_same_padding_follows_the_size_at_run_time(name):
    x, w = placeholder((None, None, None, 2), "float32"), normal(3, 3, 2, 3, seed=1)
    second = w if name == "conv" else 3
    with symbolic_scope():
        y = getattr(ops, name)(x, second, strides=2, padding="same")
    assert y.shape == (None, None, None, 3 if name == "conv" else 2)
    slope = gradients(ops.sum(y * y), [x])
    function = Function([x], [y, *slope])
    for sizes in ((7, 6), (6, 9), (1, 2)):
        value = normal(2, *sizes, 2)
        got, gradient = function(value)
        expected = getattr(ops, name)(value, second, strides=2, padding="same")
        np.testing.assert_allclose(got, expected.numpy(), atol=1e-5)
        assert gradient.shape == value.shape


@pytest.mark.parametrize("few", [0, 8])
@pytest.mark.parametrize("budget", [1, 2000, 1 << 20])
def test_blocks_do_not_change_the_result(monkeypatch, budget, few):
    x, w = normal(3, 9, 8, 2), normal(3, 2, 2, 4, seed=1)
    g = normal(3, 5, 8, 4, seed=2)
    geometry = ((2, 1), ((1, 1), (0, 1)), (1, 1), 1)

    def results():
        yield convolution_kernels.convolve(np, x, w, (5, 8), *geometry)
        yield convolution_kernels.kernel_gradient(np, x, g, (3, 2), *geometry)
        yield convolution_kernels.input_gradient(np, g, w, (9, 8), *geometry)

    expected = list(results())
    monkeypatch.setattr(convolution_kernels, "_PATCH_BYTES", budget)
    monkeypatch.setattr(convolution_kernels, "_FEW_CHANNELS", few)
    for got, wanted in zip(results(), expected, strict=True):
        np.testing.assert_allclose(got, wanted, atol=1e-4)


def test_maximum_gradient_goes_to_the_first_of_equals():
    x = placeholder((None, 2, 4, 1), "float32")
    with symbolic_scope():
        y = ops.sum(ops.max_pool(x, 2))
    (slope,) = Function([x], gradients(y, [x]))(np.zeros((1, 2, 4, 1), "float32"))
    np.testing.assert_array_equal(slope[0, :, :, 0], [[1, 0, 1, 0], [0, 0, 0, 0]])


def test_empty_batch():
    x, w = placeholder((None, 5, 5, 2), "float32"), placeholder((3, 3, 2, 4), "float32")
    with symbolic_scope():
        y = ops.max_pool(ops.conv(x, w, padding="same"), 2)
        slopes = gradients(ops.sum(y * y), [x, w])
    values = Function([x, w], [y, *slopes])(normal(0, 5, 5, 2), normal(3, 3, 2, 4))
    assert [value.shape for value in values] == [
        (0, 2, 2, 4), (0, 5, 5, 2), (3, 3, 2, 4),
    ]  # fmt: skip
    assert not values[2].any()


def test_mixed_types_are_promoted():
    x, w = normal(1, 4, 4, 2).astype("float16"), normal(3, 3, 2, 1)
    assert ops.conv(x, w).dtype == "float32"
    assert ops.conv(x, w.astype("float16")).dtype == "float16"
    assert ops.average_pool(np.ones((1, 4, 1), "int32"), 2).dtype == "float32"
    assert ops.max_pool(np.ones((1, 4, 1), "int32"), 2).dtype == "int32"


@pytest.mark.parametrize(
    "call, words",
    [
        (
            lambda: ops.conv(normal(1, 5, 5, 3), normal(3, 3, 2, 4)),
            "3 channels.*3, 2, 4",
        ),
        (lambda: ops.conv(normal(1, 2, 5, 3), normal(3, 3, 3, 4)), r"\(3, 3\).*larger"),
        (lambda: ops.conv(normal(5, 5, 3), normal(3, 3, 3, 4)), "3, 4 or 5 axes"),
        (lambda: ops.conv(normal(1, 5, 4), normal(3, 2, 3)), "expects 2"),
        (lambda: ops.depthwise_conv(normal(1, 5, 3), normal(3, 2, 1)), "expects 2"),
        (lambda: ops.conv_transpose(normal(1, 5, 3), normal(3, 4, 2)), "expects 2"),
        (lambda: ops.max_pool(normal(1, 2, 3), 3), "larger than the padded"),
        (lambda: ops.average_pool(normal(2, 3), 2), "3, 4 or 5 axes"),
    ],
)
def test_shape_errors_name_the_numbers(call, words):
    with pytest.raises(ShapeError, match=f"(?s){words}"):
        call()


@pytest.mark.parametrize(
    "keywords, words",
    [
        ({"padding": "sam"}, "Did you mean 'same'"),
        ({"strides": 0}, "strides=0"),
        ({"strides": (1, 2, 3)}, "tuple of 2"),
        ({"dilation_rate": 1.5}, "dilation_rate=1.5"),
        ({"data_format": "channel_last"}, "Did you mean 'channels_last'"),
    ],
)
def test_bad_options(keywords, words):
    with pytest.raises(ValueError, match=words):
        ops.conv(normal(1, 5, 5, 3), normal(3, 3, 3, 4), **keywords)


def test_output_padding_must_be_below_the_stride():
    with pytest.raises(ValueError, match="output_padding=2"):
        ops.conv_transpose(normal(1, 5, 3), normal(3, 4, 3), 2, output_padding=2)
