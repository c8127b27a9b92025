"""Random words and dropout as CUDA functions give the bits of the host."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.devices import current_device, device
from kerasish.backend.dtypes import numpy_dtype
from kerasish.backend.graph import as_tensor, get_op, placeholder, symbolic_scope
from kerasish.backend.ops.dropout import stateless_dropout
from kerasish.backend.ops.philox import random_bits, random_bits_like
from kerasish.backend.plan import Function

STATE = np.array([0xDEADBEEF, 7], "uint32")


def numpy_words(count):
    words = np.random.Philox(key=STATE.astype("uint64")).random_raw(-(-count // 2))
    return words.view("uint32")[:count]


def own(name, *tensors, **attrs):
    """Tell whether the device has a kernel of its own for a case."""
    specs = tuple(tensor.spec for tensor in tensors)
    kernel = current_device().kernel(get_op(name), specs, attrs)
    return kernel is not None and kernel is not get_op(name).kernel


@pytest.mark.parametrize("shape", [(0,), (1,), (8,), (13,), (3, 5, 7), (5000,)])
def test_words_are_those_of_numpy(cupy_device, shape):
    assert own("random_bits", as_tensor(STATE), shape=shape)
    count = int(np.prod(shape))
    found = random_bits(STATE, shape).numpy()
    assert (found == numpy_words(count).reshape(shape)).all()


def test_words_for_an_array_shared_along_an_axis(cupy_device):
    like = np.zeros((4, 6, 3), "float32")
    found = random_bits_like(STATE, like, broadcast=(1,), words=2).numpy()
    assert (found == numpy_words(24).reshape(4, 1, 3, 2)).all()


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64"])
@pytest.mark.parametrize("shape", [(3,), (8, 4), (5, 7, 9)])
def test_dropout_and_its_gradient(cupy_device, dtype, shape):
    from kerasish.backend.autodiff import gradients

    rng = np.random.default_rng(0)
    values = rng.normal(size=shape).astype(numpy_dtype(dtype))
    slope = rng.normal(size=shape).astype(numpy_dtype(dtype))

    def run():
        x, g = (placeholder(shape, dtype) for _ in range(2))
        with symbolic_scope():
            y = stateless_dropout(x, STATE, 0.3)
            return Function([x, g], [y, *gradients([y * g], [x])])(values, slope)

    attrs = {"threshold": 1, "scale": 1.0, "broadcast": ()}
    assert own("dropout", as_tensor(STATE), as_tensor(values), **attrs)
    with device("numpy"):
        expected = run()
    for one, other in zip(run(), expected, strict=True):
        assert one.dtype == other.dtype
        np.testing.assert_array_equal(one, other)


def test_dropout_of_a_view_and_with_shared_places(cupy_device):
    values = np.random.default_rng(0).normal(size=(6, 10)).astype("float32")

    def run():
        x = placeholder((6, 10))
        with symbolic_scope():
            outputs = [
                stateless_dropout(ops.transpose(x)[1:], STATE, 0.5),
                stateless_dropout(x, STATE, 0.5, (1, None)),
            ]
        return Function([x], outputs)(values)

    with device("numpy"):
        expected = run()
    for one, other in zip(run(), expected, strict=True):
        np.testing.assert_array_equal(one, other)
