"""What single layers promise beyond their numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

from kerasish import layers as L
from kerasish.backend import config, ops
from kerasish.backend.graph import Trace, as_tensor, placeholder
from kerasish.backend.plan import Function

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")


def test_dropout_keeps_the_mean_and_drops_the_rate() -> None:
    outputs = L.Dropout(0.25, seed=1)(np.ones((100, 100), "float32"), training=True)
    values = outputs.numpy()
    assert set(np.unique(values)) == {0.0, np.float32(1 / 0.75)}
    assert abs((values == 0).mean() - 0.25) < 0.02


def test_dropout_noise_shape_drops_together() -> None:
    layer = L.Dropout(0.5, noise_shape=(None, 1, 4))
    values = layer(np.ones((8, 3, 4), "float32"), training=True).numpy()
    np.testing.assert_array_equal(values, values[:, :1].repeat(3, axis=1))


def test_spatial_dropout_drops_whole_channels() -> None:
    for layer, shape, axes in (
        (L.SpatialDropout1D(0.5), (4, 6, 8), (1,)),
        (L.SpatialDropout2D(0.5), (4, 3, 3, 8), (1, 2)),
        (L.SpatialDropout2D(0.5, data_format="channels_first"), (4, 8, 3, 3), (2, 3)),
        (L.SpatialDropout3D(0.5), (4, 2, 2, 2, 8), (1, 2, 3)),
    ):
        values = layer(np.ones(shape, "float32"), training=True).numpy()
        assert set(np.unique(values)) == {0.0, 2.0}
        assert (values.min(axis=axes) == values.max(axis=axes)).all()


def test_seeded_noise_repeats() -> None:
    for make in (L.GaussianNoise, L.GaussianDropout, L.Dropout):
        first = make(0.5, seed=3)(X, training=True).numpy()
        np.testing.assert_array_equal(first, make(0.5, seed=3)(X, training=True))


def test_noise_has_its_moments() -> None:
    ones = np.ones((200, 200), "float32")
    added = L.GaussianNoise(0.5, seed=1)(ones, training=True).numpy()
    factor = L.GaussianDropout(0.2, seed=1)(ones, training=True).numpy()
    assert abs(added.mean() - 1) < 0.02 and abs(added.std() - 0.5) < 0.02
    assert abs(factor.mean() - 1) < 0.02 and abs(factor.std() - 0.5) < 0.02


def test_batch_normalization_moves_only_while_training() -> None:
    layer = L.BatchNormalization(momentum=0.9)
    layer(X, training=False)
    np.testing.assert_array_equal(layer.moving_mean.numpy(), np.zeros(4))
    layer(X, training=True)
    np.testing.assert_allclose(layer.moving_mean.numpy(), 0.1 * X.mean(0), atol=1e-6)
    np.testing.assert_allclose(
        layer.moving_variance.numpy(), 0.9 + 0.1 * X.var(0), atol=1e-6
    )


def test_frozen_batch_normalization_uses_the_moving_averages() -> None:
    layer = L.BatchNormalization()
    layer(X)
    layer.trainable = False
    frozen = layer(X, training=True).numpy()
    np.testing.assert_allclose(frozen, X / np.sqrt(1.001), atol=1e-6)
    np.testing.assert_array_equal(layer.moving_mean.numpy(), np.zeros(4))


def test_batch_normalization_moves_in_a_trace() -> None:
    layer = L.BatchNormalization(momentum=0.5)
    layer.build((None, 4))
    with Trace() as trace:
        x = placeholder((None, 4), "float32")
        y = layer(x, training=True)
    assert {id(v) for v, _ in trace.updates} == {
        id(layer.moving_mean), id(layer.moving_variance)
    }  # fmt: skip
    run = Function([x], [y], updates=trace.updates)
    run(X)
    run(X)
    np.testing.assert_allclose(layer.moving_mean.numpy(), 0.75 * X.mean(0), atol=1e-6)


def test_batch_normalization_follows_a_symbolic_phase() -> None:
    layer = L.BatchNormalization(momentum=0.5)
    layer.build((None, 4))
    with Trace() as trace:
        x, training = placeholder((None, 4), "float32"), placeholder((), "bool")
        y = layer(x, training=training)
    run = Function([x, training], [y], updates=trace.updates)
    np.testing.assert_allclose(run(X, False)[0], X / np.sqrt(1.001), atol=1e-6)
    np.testing.assert_array_equal(layer.moving_mean.numpy(), np.zeros(4))
    np.testing.assert_allclose(run(X, True)[0].mean(0), np.zeros(4), atol=1e-5)
    np.testing.assert_allclose(layer.moving_mean.numpy(), 0.5 * X.mean(0), atol=1e-6)


def test_masked_entries_do_not_count_in_batch_normalization() -> None:
    x = np.random.default_rng(1).normal(size=(4, 5, 3)).astype("float32")
    mask = np.arange(5) < np.array([[5], [2], [3], [1]])
    layer = L.BatchNormalization(momentum=0.0)
    layer(x, training=True, mask=mask)
    np.testing.assert_allclose(layer.moving_mean.numpy(), x[mask].mean(0), atol=1e-5)
    np.testing.assert_allclose(layer.moving_variance.numpy(), x[mask].var(0), atol=1e-5)


def test_embedding_makes_a_mask_that_lstm_uses() -> None:
    tokens = np.array([[1, 2, 0, 0], [3, 0, 0, 0]])
    embedding, lstm = L.Embedding(5, 3, mask_zero=True), L.LSTM(2)
    vectors = embedding(tokens)
    np.testing.assert_array_equal(vectors.mask.numpy(), tokens != 0)
    got = lstm(vectors).numpy()
    alone = lstm(embedding(tokens[:1, :2])).numpy()
    np.testing.assert_allclose(got[:1], alone, atol=1e-6)


def test_masks_merge() -> None:
    a, b = np.ones((2, 3, 4), "float32"), np.ones((2, 3, 4), "float32")
    first, second = as_tensor(a), as_tensor(b)
    first.mask = as_tensor(np.array([[True, False, False]] * 2))
    second.mask = as_tensor(np.array([[False, True, False]] * 2))
    either = [[True, True, False]] * 2
    assert L.Add()([first, second]).mask.numpy().tolist() == either
    assert L.Concatenate()([first, second]).mask.numpy().tolist() == either
    joined = L.Concatenate(axis=1)([first, as_tensor(b)]).mask.numpy()
    assert joined[0].tolist() == [True, False, False, True, True, True]
    assert L.Add()([first, as_tensor(b)]).mask is None


def test_lambda_gets_mask_and_training() -> None:
    def double(x, mask=None, training=None, factor=1.0):
        assert training is True
        return x * factor if mask is None else x * 0.0

    layer = L.Lambda(double, arguments={"factor": 2.0})
    np.testing.assert_array_equal(layer(X, training=True).numpy(), 2 * X)


def test_sizes_may_be_unknown_while_building() -> None:
    cases = [
        (L.Flatten(), (None, None, 3), (2, 5, 3), (2, 15)),
        (L.Flatten(data_format="channels_first"), (None, 2, None), (3, 2, 4), (3, 8)),
        (L.Reshape((-1, 2)), (None, None, 4), (2, 3, 4), (2, 6, 2)),
        (L.TimeDistributed(L.Dense(2)), (None, None, 3), (2, 4, 3), (2, 4, 2)),
        (L.TimeDistributed(L.Conv1D(2, 2)), (None, 3, None, 1), (2, 3, 5, 1),
         (2, 3, 4, 2)),
        (L.GroupNormalization(2), (None, None, None, 4), (2, 3, 5, 4), (2, 3, 5, 4)),
        (L.Conv2D(2, 3, padding="same", strides=2), (None, None, None, 1), (1, 5, 6, 1),
         (1, 3, 3, 2)),
        (L.UpSampling2D(2, interpolation="bilinear"), (None, None, None, 1),
         (1, 2, 3, 1), (1, 4, 6, 1)),
        (L.GlobalAveragePooling2D(), (None, None, None, 2), (1, 2, 3, 2), (1, 2)),
        (L.MultiHeadAttention(2, 3), (None, None, 4), (2, 5, 4), (2, 5, 4)),
    ]  # fmt: skip
    for layer, spec, shape, expected in cases:
        with Trace():
            x = placeholder(spec, "float32")
            y = layer(x, x) if isinstance(layer, L.MultiHeadAttention) else layer(x)
        value = Function([x], [y])(np.ones(shape, "float32"))[0]
        assert value.shape == expected, layer.name
        assert len(y.shape) == len(expected), layer.name


def test_regularisers_and_activity_add_losses() -> None:
    layer = L.Dense(
        2, kernel_initializer="ones", kernel_regularizer="l2", activity_regularizer="l1"
    )
    outputs = layer(np.ones((3, 4), "float32"))
    weights, activity = 0.01 * 8, 0.01 * float(np.abs(outputs.numpy()).sum()) / 3
    total = sum(float(loss) for loss in layer.losses)
    assert total == pytest.approx(weights + activity, rel=1e-5)


def test_channels_first_follows_the_configuration() -> None:
    config.set_image_data_format("channels_first")
    try:
        layer = L.Conv2D(2, 3)
        assert layer.data_format == "channels_first"
        assert layer(np.ones((1, 3, 5, 5), "float32")).shape == (1, 2, 3, 3)
    finally:
        config.set_image_data_format("channels_last")


def test_former_argument_names() -> None:
    assert L.LeakyReLU(alpha=0.1).negative_slope == 0.1
    assert L.Embedding(5, 2, input_length=7)._batch_input_shape == (None, 7)
    assert L.BatchNormalization(fused=True, axis=[3]).axis == 3
    assert L.Dense(3, input_dim=4)._batch_input_shape == (None, 4)


def test_attention_heads_share_nothing() -> None:
    layer = L.MultiHeadAttention(2, 3, kernel_initializer="glorot_uniform")
    x = np.random.default_rng(0).normal(size=(2, 4, 6)).astype("float32")
    _, scores = layer(x, x, return_attention_scores=True)
    np.testing.assert_allclose(scores.numpy().sum(-1), np.ones((2, 2, 4)), atol=1e-5)
    query, key = layer.query_dense.kernel.numpy(), layer.key_dense.kernel.numpy()
    assert not np.array_equal(query, key)


def test_causal_attention_sees_no_future() -> None:
    layer = L.MultiHeadAttention(1, 3)
    x = np.random.default_rng(0).normal(size=(1, 5, 4)).astype("float32")
    before = layer(x, x, use_causal_mask=True).numpy()
    x[:, 3:] += 1.0
    after = layer(x, x, use_causal_mask=True).numpy()
    np.testing.assert_allclose(before[:, :3], after[:, :3], atol=1e-6)
    assert not np.allclose(before[:, 3:], after[:, 3:])


def test_attention_dropout_changes_only_training() -> None:
    layer = L.MultiHeadAttention(2, 3, dropout=0.5)
    x = np.ones((1, 5, 4), "float32") * np.arange(5)[:, None]
    a, b = (layer(x, x, training=True).numpy() for _ in range(2))
    assert not np.array_equal(a, b)
    c, d = (layer(x, x, training=False).numpy() for _ in range(2))
    np.testing.assert_array_equal(c, d)


def test_functional_forms() -> None:
    a, b = np.full((2, 3), 2.0, "float32"), np.full((2, 3), 3.0, "float32")
    expected = {
        "add": 5, "subtract": -1, "multiply": 6, "average": 2.5, "maximum": 3,
        "minimum": 2,
    }  # fmt: skip
    for name, value in expected.items():
        np.testing.assert_array_equal(getattr(L, name)([a, b]), np.full((2, 3), value))
    assert L.concatenate([a, b]).shape == (2, 6)
    np.testing.assert_array_equal(L.dot([a, b], axes=1), [[18.0], [18.0]])


def test_position_embedding_trains_inside_a_traced_model() -> None:
    class Position(L.Layer):
        def build(self, input_shape):
            self.table = L.Embedding(input_shape[1], input_shape[2])
            self.table.build()

        def call(self, inputs):
            return inputs + self.table(ops.arange(inputs.shape[1]))

    layer = Position()
    layer.build((None, 5, 3))
    with Trace():
        x = placeholder((None, 5, 3), "float32")
        y = layer(x)
    run = Function([x], [y])
    zeros = np.zeros((2, 5, 3), "float32")
    first = run(zeros)[0]
    layer.table.embeddings.assign(np.ones((5, 3), "float32"))
    assert not np.array_equal(first, run(zeros)[0])
    np.testing.assert_array_equal(run(zeros)[0], np.ones((2, 5, 3)))


def test_einsum_kernels_are_drawn_for_their_inputs_and_outputs() -> None:
    layer = L.EinsumDense("abc,cde->abde", (None, 4, 16))
    layer.build((None, 5, 64))
    # Glorot: variance 2 / (64 + 4 * 16), whatever the order of the kernel's axes.
    assert abs(float(np.std(layer.kernel.numpy())) / (2 / 128) ** 0.5 - 1) < 0.1
    assert layer.kernel_initializer.input_axes is None


@pytest.mark.parametrize(
    ("interpolation", "radius", "weight"),
    [
        ("gaussian", 2, lambda d: math.exp(-2 * d * d) if d < 1.5 else 0.0),
        (
            "mitchellcubic",
            2,
            lambda d: (
                (7 * d**3 - 12 * d**2 + 16 / 3) / 6
                if d < 1
                else (-7 / 3 * d**3 + 12 * d**2 - 20 * d + 32 / 3) / 6
            ),
        ),
        ("area", 1, lambda d: float(d < 0.5)),
    ],
)
def test_interpolations_of_tensorflow(interpolation, radius, weight):
    row = [1.0, 5.0, -2.0, 3.0]
    layer = L.UpSampling2D((1, 3), interpolation=interpolation)
    found = layer(np.array(row, "float32").reshape(1, 1, 4, 1)).numpy().ravel()
    for number, value in enumerate(found):
        place = (number + 0.5) / 3 - 0.5
        shares = [
            weight(abs(k - place)) if abs(k - place) < radius else 0.0 for k in range(4)
        ]
        wanted = sum(s * v for s, v in zip(shares, row)) / sum(shares)
        assert value == pytest.approx(wanted, rel=1e-5)
