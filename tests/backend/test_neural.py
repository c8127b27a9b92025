"""Errors, arguments and stability of neural-network functions."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend import config, ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import as_tensor, placeholder, symbolic_scope
from kerasish.backend.plan import Function, GradientTape, value_and_grad
from kerasish.errors import ShapeError

RNG = np.random.default_rng(2)
X = RNG.normal(size=(3, 4)).astype("float32")
HUGE = np.array([[200.0, -200.0], [-200.0, 200.0]], "float32")


def test_softmax_over_all_axes():
    y = ops.softmax(X, axis=None).numpy()
    np.testing.assert_allclose(y, np.exp(X) / np.exp(X).sum(), rtol=1e-5)


def test_softmax_of_nothing_but_minus_infinity_in_part():
    x = np.array([[-np.inf, 0.0, -np.inf]], "float32")
    assert ops.softmax(x).numpy().tolist() == [[0, 1, 0]]
    assert ops.softmax(np.zeros((0, 3), "float32")).shape == (0, 3)


@pytest.mark.parametrize("function", [ops.softmax, ops.log_softmax])
@pytest.mark.parametrize("dtype", ["float16", "float32"])
@pytest.mark.parametrize("axis", [0, 1])
def test_a_softmax_of_an_infinite_extreme_is_nowhere_a_number(function, dtype, axis):
    infinity = np.inf
    x = np.array([[1, infinity], [-infinity, -infinity], [1, -infinity]], dtype)
    y = function(x if axis == 1 else x.T.copy(), axis=axis).numpy()
    rows = y if axis == 1 else y.T
    # As with TensorFlow.
    assert np.isnan(rows).all(axis=1).tolist() == [True, True, False]
    sure = [1, 0] if function is ops.softmax else [0, -infinity]
    assert rows[2].tolist() == sure


def test_glu_refuses_odd_sizes():
    with pytest.raises(ShapeError, match="even"):
        ops.glu(X[:, :3])


@pytest.mark.parametrize(
    "loss, activation, target",
    [
        (ops.binary_crossentropy, ops.sigmoid, np.eye(2, dtype="float32")[::-1]),
        (ops.categorical_crossentropy, ops.softmax, np.eye(2, dtype="float32")[::-1]),
        (ops.sparse_categorical_crossentropy, ops.softmax, np.int32([1, 0])),
    ],
)
def test_a_loss_sees_the_logits_behind_an_activation(loss, activation, target):
    x = placeholder((None, 2))
    with symbolic_scope():
        total = ops.sum(loss(target, activation(x)))
        slope = gradients(total, [x])[0]
    value, slope = Function([x], [total, slope])(HUGE)
    assert value >= 800 and np.abs(slope).min() > 0.9
    x = as_tensor(HUGE)
    with GradientTape() as tape:
        again = ops.sum(loss(target, activation(x)))
    np.testing.assert_allclose(tape.gradient(again, x).numpy(), slope, rtol=1e-6)
    # Values have lost the logits: probabilities are clipped.
    clipped = float(ops.sum(loss(target, activation(HUGE))))
    assert clipped < 4 * -np.log(config.epsilon()) + 1


def test_a_softmax_over_another_axis_is_not_taken_for_the_classes():
    x = placeholder((3, 4))
    with symbolic_scope():
        y = ops.categorical_crossentropy(np.eye(4)[:3], ops.softmax(x, axis=0))
    p = np.exp(X) / np.exp(X).sum(axis=0)
    p /= p.sum(axis=1, keepdims=True)
    expected = -np.log(p)[range(3), range(3)]
    np.testing.assert_allclose(Function([x], [y])(X)[0], expected, rtol=1e-5)


def test_sparse_targets_may_have_a_last_axis_and_other_types():
    target = np.array([0, 3, 1])
    expected = ops.sparse_categorical_crossentropy(target, X, from_logits=True).numpy()
    for other in (target[:, None], target.astype("float32"), target.astype("uint8")):
        got = ops.sparse_categorical_crossentropy(other, X, from_logits=True)
        np.testing.assert_array_equal(got.numpy(), expected)
    from_probabilities = ops.sparse_categorical_crossentropy(target, ops.softmax(X))
    np.testing.assert_allclose(from_probabilities.numpy(), expected, rtol=1e-5)


def test_targets_outside_the_classes_count_nothing():
    target = np.array([-1, 4, 1])
    step = value_and_grad(
        lambda x: ops.sum(
            ops.sparse_categorical_crossentropy(target, x, from_logits=True)
        )
    )
    value, slope = step(X)
    assert (slope.numpy()[:2] == 0).all() and (slope.numpy()[2] != 0).all()
    one = ops.sparse_categorical_crossentropy(target[2:], X[2:], from_logits=True)
    assert abs(float(value) - float(one[0])) < 1e-6


@pytest.mark.parametrize(
    "call",
    [
        lambda: ops.binary_crossentropy(X, X[:2]),
        lambda: ops.categorical_crossentropy(X, X[:, :2]),
        lambda: ops.categorical_crossentropy(1.0, 1.0),
        lambda: ops.sparse_categorical_crossentropy(np.int32([0]), X),
        lambda: ops.sparse_categorical_crossentropy(np.int32([[0, 1]]), X[None]),
        lambda: ops.psnr(X, X[:2], 1.0),
        lambda: ops.softmax(X, axis=2),
        lambda: ops.batch_normalization(X, X, X[0, :2], axis=-1),
        lambda: ops.layer_normalization(X[None], gamma=X),
        lambda: ops.dot_product_attention(X, X, X),
        lambda: ops.dot_product_attention(
            np.ones((1, 2, 3, 4)), np.ones((1, 2, 2, 4)), np.ones((1, 2, 2, 4))
        ),
    ],
)
def test_shapes_that_do_not_fit(call):
    with pytest.raises(ShapeError):
        call()


@pytest.mark.parametrize(
    "call, error",
    [
        (lambda: ops.normalize(X, order=0.5), ValueError),
        (lambda: ops.moments(X, 0, synchronized=True), NotImplementedError),
        (lambda: ops.layer_normalization(X, scale=1), TypeError),
        (
            lambda: ops.dot_product_attention(*[X] * 3, flash_attention=True),
            ValueError,
        ),
    ],
)
def test_arguments_that_are_refused(call, error):
    with pytest.raises(error):
        call()


def test_half_precision_moments_do_not_overflow():
    x = np.full((300, 2), 300.0, "float16")
    x[::2] = -300
    mean, variance = ops.moments(x / 2, 0)
    assert mean.dtype == "float16"
    assert mean.numpy().tolist() == [0, 0]
    np.testing.assert_allclose(variance.numpy(), 22500.0, rtol=1e-3)
    unit = ops.layer_normalization(x, axis=0).numpy()
    assert np.abs(np.abs(unit) - 1).max() < 1e-3


def test_batch_normalization_of_a_training_step():
    x = RNG.normal(2.0, 3.0, size=(5, 2, 3)).astype("float32")
    scale, offset = np.float32([1.0, 2.0, 3.0]), np.float32([0.5, 0.0, -1.0])

    def fused(x, scale, offset):
        y, mean, variance = ops.batch_normalization_training(x, -1, offset, scale)
        return ops.sum(ops.sin(y)) + ops.sum(mean * variance)

    def stepwise(x, scale, offset):
        mean, variance = ops.moments(x, (0, 1))
        y = ops.batch_normalization(x, mean, variance, -1, offset, scale)
        return ops.sum(ops.sin(y)) + ops.sum(mean * variance)

    one = value_and_grad(fused, argnums=(0, 1, 2))(x, scale, offset)
    two = value_and_grad(stepwise, argnums=(0, 1, 2))(x, scale, offset)
    assert abs(float(one[0]) - float(two[0])) < 1e-3
    for a, b in zip(one[1], two[1]):
        np.testing.assert_allclose(a.numpy(), b.numpy(), rtol=1e-3, atol=1e-4)


def test_normalisation_by_other_norms():
    unit = ops.normalize(X, order=float("inf")).numpy()
    np.testing.assert_allclose(np.abs(unit).max(axis=-1), 1, rtol=1e-6)
    slope = value_and_grad(lambda x: ops.sum(ops.normalize(x)))(np.zeros((1, 3)))[1]
    assert np.isfinite(slope.numpy()).all()
    scaled = ops.layer_normalization(X, gamma=np.ones(4), rms_scaling=True).numpy()
    expected = X / np.sqrt(X.var(axis=-1, keepdims=True) + 1e-7)
    np.testing.assert_allclose(scaled, expected, rtol=1e-4)


def test_attention_in_half_precision_and_with_a_cap():
    q = RNG.normal(size=(1, 3, 2, 4)).astype("float16")
    y = ops.dot_product_attention(q, q, q, attn_logits_soft_cap=1.0)
    assert y.dtype == "float16"
    wide = q.astype("float64")
    logits = np.tanh(np.einsum("btnh,bsnh->bnts", wide, wide) / 2)
    weights = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
    expected = np.einsum("bnts,bsnh->btnh", weights, wide)
    np.testing.assert_allclose(y.numpy(), expected, rtol=2e-2, atol=2e-3)


def test_attention_to_nothing_is_an_even_average():
    q = RNG.normal(size=(1, 2, 1, 3)).astype("float32")
    y = ops.dot_product_attention(q, q, q, mask=np.zeros((1, 1, 2, 2), bool))
    np.testing.assert_allclose(y.numpy()[0, 0, 0], q.mean(axis=1)[0, 0], rtol=1e-5)


def test_integers_become_floats_where_needed():
    for function in (ops.sigmoid, ops.elu, ops.softmax, ops.leaky_relu):
        assert function([1, 2]).dtype == "float32"
    assert ops.relu([1, -2]).dtype == "int32"
    assert as_tensor(ops.swish(X)).dtype == "float32"
