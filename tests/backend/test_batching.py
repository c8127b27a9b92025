"""Functions of single entries that run on all entries at once."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import Variable, as_tensor, placeholder, symbolic_scope
from kerasish.backend.ops import batching
from kerasish.backend.ops.batching import NoRule, over_entries
from kerasish.backend.plan import Function
from tests.backend.sample import load_ops, load_samples

OPS = load_ops()
RULES = set(batching._RULES) | batching._BY_AXES | batching._ON_LAST | batching._ALIKE
CASES = [
    pytest.param(name, sample, id=f"{name}-{number}")
    for name, samples in sorted(load_samples().items())
    for number, sample in enumerate(samples)
    if sample.function is None
    and sample.arrays
    and (name in RULES or OPS[name].elementwise)
]


def entries(sample):
    """Three variants of the inputs, of which the values differ but for integers."""
    return [
        np.stack([a, a * 0.75, a * 0.5]) if a.dtype.kind == "f" else np.stack([a] * 3)
        for a in sample.arrays
    ]


@pytest.mark.parametrize("name, sample", CASES)
def test_an_op_with_a_rule(name, sample):
    given = entries(sample)
    apart = [sample.apply(name, [as_tensor(a[i]) for a in given]) for i in range(3)]
    try:
        found = over_entries(lambda xs: list(sample.apply(name, xs)), given)
    except NoRule:
        assert name in ("conv", "take")
        pytest.skip("each entry has a kernel, or a tensor, of its own")
    for position, result in enumerate(found):
        wanted = np.stack([np.asarray(one[position]) for one in apart])
        np.testing.assert_allclose(result, wanted, rtol=1e-4, atol=1e-4)
        assert result.dtype == apart[0][position].dtype


W = Variable(np.linspace(-1, 1, 12, dtype="float32").reshape(4, 3))
X = np.random.default_rng(0).normal(size=(5, 2, 4)).astype("float32")
FUNCTIONS = {
    "dense": lambda x: ops.relu(ops.matmul(x, W) + 1.0),
    "normalised": lambda x: ops.layer_normalization(ops.softmax(x, axis=0)),
    "indexed": lambda x: x[:, None, 1:3] * ops.transpose(x)[0, 0],
    "looked_up": lambda x: ops.take(W, ops.argmax(x, axis=-1), axis=0),
    "einsum": lambda x: ops.einsum("ij,jk->ki", x, W),
    "outer": lambda x: ops.reshape(x, (-1,))[:, None] * ops.reshape(x, (-1,)),
    "spread": lambda x: ops.broadcast_to(ops.sum(x, axis=0), (3, 4)) + W[0, 0],
    "solved": lambda x: ops.solve(ops.matmul(x, ops.transpose(x)) + ops.eye(2), x),
    "constant": lambda x: ops.ones((2,)),
    "loss": lambda x: ops.categorical_crossentropy(ops.abs(x), x, from_logits=True),
    "nested": lambda x: ops.vectorized_map(lambda row: ops.sort(row)[:2], x),
}


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("size", [None, 5])
def test_a_function_in_a_graph(name, size):
    function = FUNCTIONS[name]
    x = placeholder((size, 2, 4))
    with symbolic_scope():
        at_once = over_entries(function, x)
        apart = ops.map(function, x)
        losses = [ops.sum(ops.square(y)) for y in (at_once, apart)]
        slopes = [gradients(loss, [x, W], unconnected="zero") for loss in losses]
    results = Function([x], [at_once, apart, *slopes[0], *slopes[1]])(X)
    at_once, apart, *slopes = results
    np.testing.assert_allclose(at_once, apart, rtol=1e-4, atol=1e-5)
    for one, other in zip(slopes[:2], slopes[2:]):
        np.testing.assert_allclose(one, other, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", FUNCTIONS)
def test_a_function_on_values(name):
    function = FUNCTIONS[name]
    wanted = np.stack([np.asarray(function(ops.convert_to_tensor(x))) for x in X])
    np.testing.assert_allclose(over_entries(function, X), wanted, rtol=1e-4, atol=1e-5)


def test_what_has_no_rule_runs_entry_by_entry():
    from kerasish import random

    generator = random.SeedGenerator(1)

    def noisy(x):
        return x + random.normal((2, 4), seed=generator)

    with pytest.raises(NoRule):
        over_entries(noisy, X)
    noise = np.asarray(ops.vectorized_map(noisy, X)) - X
    assert np.abs(noise[0] - noise[1]).max() > 0.1
    branched = ops.vectorized_map(lambda x: x if ops.sum(x) > 0 else -x, X)
    assert np.all(np.asarray(branched).sum(axis=(1, 2)) >= 0)


def test_variables_made_in_the_function_end_with_it():
    from kerasish import random

    def noisy(x):
        return x + random.normal((2, 4), seed=random.SeedGenerator(1))

    for mapped in (over_entries, ops.map):
        noise = np.asarray(mapped(noisy, X)) - X
        np.testing.assert_allclose(noise, np.broadcast_to(noise[0], X.shape), atol=1e-6)
