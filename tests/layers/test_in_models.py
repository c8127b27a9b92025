"""Layers that need more than one call to show that they work: inside models."""

from __future__ import annotations

import numpy as np
import pytest

import kerasish as keras
from kerasish import layers as L
from kerasish.errors import ShapeError

X = np.random.default_rng(0).normal(size=(8, 6, 4)).astype("float32")


@pytest.fixture(autouse=True)
def _same_initial_weights() -> None:
    keras.utils.set_random_seed(1)


def _trained(model, x, y, epochs=4):
    model.compile("adam", "mse")
    history = model.fit(x, y, epochs=epochs, verbose=0).history["loss"]
    assert np.isfinite(history).all()
    assert history[-1] < history[0]
    return model


def test_transformer_block_learns_with_unknown_lengths() -> None:
    inputs = keras.Input((None, 4))
    attended = L.MultiHeadAttention(2, 4)(inputs, inputs, use_causal_mask=True)
    x = L.LayerNormalization()(L.add([inputs, attended]))
    outputs = L.Dense(1)(L.GlobalAveragePooling1D()(x))
    model = _trained(keras.Model(inputs, outputs), X, np.ones((8, 1)))
    assert model.predict(X[:, :3], verbose=0).shape == (8, 1)


def test_states_pass_from_an_encoder_to_a_decoder() -> None:
    encoder, decoder = keras.Input((None, 4)), keras.Input((None, 4))
    _, h, c = L.LSTM(5, return_state=True)(encoder)
    outputs = L.LSTM(5, return_sequences=True)(decoder, initial_state=[h, c])
    model = _trained(keras.Model([encoder, decoder], L.Dense(4)(outputs)), [X, X], X)
    first, second = (model.predict([s * X, X], verbose=0) for s in (1, -1))
    assert not np.allclose(first, second)


def test_initial_states_in_the_list_of_inputs() -> None:
    inputs, state = keras.Input((6, 4)), keras.Input((5,))
    model = keras.Model([inputs, state], L.GRU(5)([inputs, state]))
    given = np.full((8, 5), 0.3, "float32")
    layer = model.layers[-1]
    expected = layer(X, initial_state=[given]).numpy()
    np.testing.assert_allclose(
        model.predict([X, given], verbose=0), expected, atol=1e-6
    )


def test_masks_reach_the_recurrent_layer_of_a_model() -> None:
    tokens = np.array([[3, 1, 2, 0, 0], [4, 4, 0, 0, 0]])
    model = keras.Sequential(
        [keras.Input((None,)), L.Embedding(6, 3, mask_zero=True), L.LSTM(2)]
    )
    long = model.predict(tokens, verbose=0)
    short = model.predict(tokens[:, :3], verbose=0)
    np.testing.assert_allclose(long, short, atol=1e-6)


def test_stateful_model_goes_on_and_resets() -> None:
    model = keras.Sequential(
        [keras.Input(batch_shape=(4, 6, 4)), L.LSTM(3, stateful=True), L.Dense(1)]
    )
    first, second = (model.predict(X[:4], verbose=0) for _ in range(2))
    assert not np.allclose(first, second)
    model.layers[0].reset_states()
    np.testing.assert_allclose(model.predict(X[:4], verbose=0), first, atol=1e-6)


def test_time_distributed_model_with_noise_and_statistics() -> None:
    inner = keras.Sequential(
        [L.Dense(8, activation="relu"), L.Dropout(0.1, seed=1), L.BatchNormalization()]
    )
    model = keras.Sequential(
        [keras.Input((6, 4)), L.TimeDistributed(inner), L.Flatten(), L.Dense(1)]
    )
    _trained(model, X, X.mean(axis=(1, 2))[:, None], epochs=40)
    assert np.abs(inner.layers[-1].moving_mean.numpy()).max() > 0
    a, b = (model.predict(X, verbose=0) for _ in range(2))
    np.testing.assert_array_equal(a, b)


def test_convolutional_model_keeps_its_constraint() -> None:
    dense = L.Dense(2, kernel_regularizer="l2", kernel_constraint="unit_norm")
    model = keras.Sequential(
        [
            keras.Input((8, 8, 1)),
            L.Conv2D(4, 3, padding="same", activation="relu"),
            L.BatchNormalization(),
            L.MaxPooling2D(),
            L.SeparableConv2D(4, 3),
            L.GlobalAveragePooling2D(),
            dense,
        ]
    )
    images = np.random.default_rng(1).normal(size=(16, 8, 8, 1)).astype("float32")
    _trained(model, images, np.ones((16, 2)))
    norms = np.linalg.norm(dense.kernel.numpy(), axis=0)
    np.testing.assert_allclose(norms, np.ones(2), atol=1e-5)


def test_layer_as_activation() -> None:
    layer = L.Dense(3, activation=L.LeakyReLU(0.5), kernel_initializer="ones")
    copy = L.Dense.from_config(layer.get_config())
    x = -np.ones((1, 2), "float32")
    for dense in (layer, copy):
        np.testing.assert_array_equal(dense(x).numpy(), [[-1.0, -1.0, -1.0]])


def test_shared_layer_has_one_set_of_weights() -> None:
    shared = L.Dense(3)
    a, b = keras.Input((4,)), keras.Input((4,))
    model = keras.Model([a, b], L.subtract([shared(a), shared(b)]))
    assert len(model.weights) == 2
    same = model.predict([X[:, 0], X[:, 0]], verbose=0)
    np.testing.assert_array_equal(same, np.zeros((8, 3)))


class Pairs(L.Layer):
    """Pairs the columns; how many pairs there are is known to the user alone."""

    def call(self, x):
        rows, columns = keras.ops.shape(x)
        return keras.ops.reshape(x, (rows, columns // 2, 2))

    def compute_output_shape(self, input_shape):
        return (input_shape[0], 3, 2)


def test_sizes_that_only_the_user_knows() -> None:
    inputs = keras.Input((None,))
    pairs = Pairs()(inputs)
    assert pairs.shape == (None, 3, 2)
    model = keras.Model(inputs, L.Dense(1)(L.Flatten()(pairs)))
    _trained(model, np.ones((4, 6)), np.zeros((4, 1)))
    with pytest.raises(ShapeError, match="compute_output_shape"):
        model.predict(np.ones((4, 8)), verbose=0)


class Handed(L.Wrapper):
    """Asks its base, which traces the call, and the layer inside."""

    def call(self, x):
        return self.layer(x)

    def compute_output_shape(self, input_shape):
        own = super().compute_output_shape(input_shape)
        inner = self.layer.compute_output_shape(input_shape)
        return tuple(a or b for a, b in zip(own, inner))


def test_shapes_that_are_found_by_tracing() -> None:
    layer = L.Dense(5)
    for _ in range(8):
        layer = Handed(layer)
    assert layer(keras.Input((None, 4))).shape == (None, None, 5)


def test_lambda_says_its_output_shape() -> None:
    def joined(x):
        return keras.ops.reshape(x, (keras.ops.shape(x)[0], -1))

    by_sizes = L.Lambda(joined, output_shape=(6,))
    by_function = L.Lambda(joined, output_shape=lambda shape: (shape[0], 6))
    for layer in (by_sizes, by_function):
        copy = L.Lambda.from_config(layer.get_config())
        assert copy(keras.Input((None, 3))).shape == (None, 6)
        assert copy.compute_output_shape((4, 2, 3)) == (4, 6)


class Sorted(L.Layer):
    """Computes with NumPy, which no trace can follow."""

    def call(self, x):
        return keras.ops.convert_to_tensor(np.sort(np.asarray(x), axis=1))

    def compute_output_shape(self, input_shape):
        return input_shape


def test_a_call_that_needs_values_runs_eagerly() -> None:
    inputs = keras.Input((3,))
    model = keras.Model(inputs, L.Dense(1)(Sorted()(inputs)))
    model.compile("sgd", "mse", run_eagerly=True)
    model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)
    mixed, ordered = np.array([[3.0, 1.0, 2.0]]), np.array([[1.0, 2.0, 3.0]])
    first, second = (model.predict(x, verbose=0) for x in (mixed, ordered))
    np.testing.assert_array_equal(first, second)
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match="run_eagerly"):
        model.fit(np.ones((4, 3)), np.ones((4, 1)), verbose=0)


def test_a_promise_that_needs_all_sizes_is_not_needed() -> None:
    class Halved(L.Layer):
        def call(self, x):
            return x[:, ::2]

        def compute_output_shape(self, input_shape):
            return (input_shape[0], input_shape[1] // 2, input_shape[2])

    assert Halved()(keras.Input((None, 4))).shape == (None, None, 4)
