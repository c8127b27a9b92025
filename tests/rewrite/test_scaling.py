"""Factors after convolutions and dense layers move into their kernels."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.graph import (
    Tensor,
    place,
    placeholder,
    symbolic_scope,
)
from kerasish.backend.plan import Function
from kerasish.backend.rewrite.check import check_pass
from kerasish.backend.rewrite.rules import fired
from kerasish.backend.rewrite.scaling import scale_kernels

X = placeholder((2, 12, 12, 3))
KERNEL = placeholder((3, 3, 3, 4))
BIAS, SHIFT = placeholder((4,)), placeholder((1, 1, 1, 4))
FACTOR = placeholder((1, 1, 1, 4))


def conv(kernel: Tensor) -> Tensor:
    return ops.conv(X, kernel, 1, "valid")


def scaled_kernel() -> Tensor:
    return KERNEL * ops.reshape(FACTOR, (4,))


def normalised(y: Tensor) -> Tensor:
    return (y + BIAS) * FACTOR + SHIFT


def rewritten(*outputs: Tensor) -> list[Tensor]:
    with symbolic_scope():
        results = scale_kernels(list(outputs))
    check_pass("scaling", outputs, results)
    return results


def test_a_factor_becomes_part_of_the_kernel():
    count = fired["scale_kernels"]
    with symbolic_scope():
        before, after = conv(KERNEL) * FACTOR, conv(scaled_kernel())
    (result,) = rewritten(before)
    assert place(result) == place(after)
    assert fired["scale_kernels"] == count + 1


def test_normalisation_with_fixed_statistics_becomes_one_sum():
    with symbolic_scope():
        before = normalised(conv(KERNEL))
        after = conv(scaled_kernel()) + (BIAS * FACTOR + SHIFT)
    (result,) = rewritten(before)
    assert place(result) == place(after)


def test_values_stay():
    rng = np.random.default_rng(0)
    inputs = [X, KERNEL, BIAS, FACTOR, SHIFT]
    arrays = [rng.normal(size=t.shape).astype("float32") for t in inputs]
    with symbolic_scope():
        before = normalised(conv(KERNEL))
    old, new = Function(inputs, [before, *rewritten(before)])(*arrays)
    np.testing.assert_allclose(old, new, rtol=1e-5, atol=1e-5)


def test_dense_layers_too():
    x, kernel = placeholder((64, 6)), placeholder((6, 4))
    with symbolic_scope():
        before = ops.matmul(x, kernel) * BIAS
        after = ops.matmul(x, kernel * ops.reshape(BIAS, (4,)))
    assert place(rewritten(before)[0]) == place(after)


@pytest.mark.parametrize(
    "build",
    [
        lambda y: (y * FACTOR, y),
        lambda y: (normalised(y), y + BIAS),
        lambda y: (y * (FACTOR + ops.mean(y, axis=(0, 1, 2), keepdims=True)),),
        lambda y: (y * y,),
        lambda y: (y * ops.mean(y),),
        lambda y: (ops.relu(y) * FACTOR,),
    ],
)
def test_what_else_uses_the_activation_keeps_it(build):
    with symbolic_scope():
        outputs = build(conv(KERNEL))
    results = rewritten(*outputs)
    assert [place(t) for t in results] == [place(t) for t in outputs]


def test_small_activations_are_multiplied_themselves():
    x, kernel = placeholder((2, 6)), placeholder((6, 4))
    scores = ops.matmul(placeholder((2, 8, 5)), placeholder((2, 5, 8)))
    with symbolic_scope():
        outputs = [ops.matmul(x, kernel) * BIAS, scores * 0.5]
    results = rewritten(*outputs)
    assert [place(t) for t in results] == [place(t) for t in outputs]


def test_a_graph_without_products_stays():
    outputs = [BIAS * 2.0]
    assert scale_kernels(outputs) is outputs
