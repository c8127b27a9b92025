"""Random nests of loops and branches: compiled, they do what their Python does."""

from __future__ import annotations

import random

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import Variable, as_tensor, placeholder
from kerasish.backend.plan import Function, GradientTape

WEIGHTS = Variable(np.array([0.5, -0.3, 0.8]), dtype="float64")
LEAVES = (
    lambda x: x * 0.7 + WEIGHTS,
    lambda x: ops.log(ops.abs(x) + 0.1),
    lambda x: ops.tanh(x * ops.mean(x, axis=0, keepdims=True)),
)
NESTS = (
    lambda a, b, t: lambda x: ops.cond(ops.mean(x) > t, lambda: a(x), lambda: b(x)),
    lambda a, b, t: (
        lambda x: ops.switch(
            ops.cast(ops.mean(x) * 2 + t, "int32"), [a, b, lambda v: v * 2], x
        )
    ),
    lambda a, b, t: (
        lambda x: ops.scan(
            lambda c, v: (ops.tanh(a(c)), ops.mean(c, axis=0) * v), ops.tanh(x), b(x)
        )[1]
    ),
    lambda a, b, t: (
        lambda x: ops.while_loop(
            lambda i, v: ops.logical_and(i < 6, ops.mean(ops.abs(v)) < 1 + t),
            lambda i, v: (i + 1, ops.tanh(a(v)) * 1.5),
            (0, ops.tanh(b(x))),
        )[1]
    ),
    lambda a, b, t: (
        lambda x: ops.while_loop(
            lambda v: ops.mean(ops.abs(v)) < 1 + t,
            lambda v: ops.tanh(a(v)) * 1.5,
            ops.tanh(b(x)),
            maximum_iterations=4,
        )
    ),
    lambda a, b, t: lambda x: ops.fori_loop(0, 3, lambda i, v: ops.tanh(a(v)), b(x)),
    lambda a, b, t: lambda x: ops.map(lambda v: a(v[None])[0], b(x)),
    lambda a, b, t: (
        lambda x: ops.vectorized_map(lambda v: ops.tanh(v) * ops.sum(v), b(x))
    ),
    lambda a, b, t: (
        lambda x: (
            ops.tanh(a(x)) * ops.sum(ops.take(ops.ravel(b(x)), ops.nonzero(x > t)[0]))
        )
    ),
)


def program(draw, depth):
    if not depth:
        return draw.choice(LEAVES)
    inner = [program(draw, depth - 1) for _ in "ab"]
    return draw.choice(NESTS)(*inner, draw.uniform(-1, 1))


@pytest.mark.parametrize("seed", range(24))
def test_values_and_gradients(seed):
    draw = random.Random(seed)
    function = program(draw, draw.choice((1, 2, 2, 3)))
    array = np.random.default_rng(seed).uniform(-1.5, 1.5, (draw.choice((2, 4)), 3))
    x = as_tensor(array)
    with GradientTape() as tape:
        tape.watch(x)
        y = ops.sum(function(x))
    expected = [y, *tape.gradient(y, [x, WEIGHTS], unconnected_gradients="zero")]
    x = placeholder((None, 3), "float64")
    y = ops.sum(function(x))
    found = gradients([y], [x, WEIGHTS.leaf], unconnected="zero")
    for one, other in zip(Function([x], [y, *found])(array), expected):
        np.testing.assert_allclose(one, other, rtol=1e-6, atol=1e-8)
