"""Sequential models: with and without input shape, changed, described."""

import copy

import numpy as np
import pytest

import kerasish as keras
from kerasish import layers

X = np.random.default_rng(0).normal(size=(5, 4)).astype("float32")


def small(**kwargs):
    return keras.Sequential([keras.Input((4,)), layers.Dense(3), layers.Dense(2)])


def test_an_input_shape_builds_at_once():
    for first in (
        [keras.Input((4,)), layers.Dense(3)],
        [layers.InputLayer((4,)), layers.Dense(3)],
        [layers.Dense(3, input_shape=(4,))],
        [layers.Dense(3, input_dim=4)],
        [layers.Dense(3, batch_input_shape=(None, 4))],
    ):
        model = keras.Sequential(first)
        assert model.built and model.output_shape == (None, 3)
        assert model.count_params() == 15 and len(model.layers) == 1


def test_without_input_shape_the_first_call_builds():
    model = keras.Sequential([layers.Dense(3), layers.Dense(2)])
    assert not model.built and not model.weights
    with pytest.raises(AttributeError, match="not built"):
        _ = model.output
    assert model(X).shape == (5, 2)
    assert model.built and model.input_shape == (None, 4)
    assert model(X[:2]).shape == (2, 2)


def test_build_takes_a_shape():
    model = keras.Sequential([layers.Dense(3)])
    model.build((None, 4))
    assert model.built and model.count_params() == 15


def test_add_and_pop_keep_the_weights_of_the_rest():
    model = small()
    before = model.get_weights()
    model.add(layers.Dense(7))
    assert model(X).shape == (5, 7) and model.output_shape == (None, 7)
    assert isinstance(model.pop(), layers.Dense)
    assert model(X).shape == (5, 2)
    for left, right in zip(before, model.get_weights(), strict=True):
        np.testing.assert_array_equal(left, right)
    model.pop()
    model.pop()
    with pytest.raises(TypeError, match="no layers"):
        model.pop()


def test_what_cannot_be_added():
    model = small()
    with pytest.raises(ValueError, match="only layers"):
        model.add(3)
    with pytest.raises(ValueError, match="unique"):
        model.add(model.layers[0])
    with pytest.raises(ValueError, match="input layer"):
        model.add(keras.Input((3,)))
    assert model(X).shape == (5, 2)


def test_functions_become_lambda_layers():
    model = keras.Sequential([keras.Input((4,)), lambda x: x * 2.0])
    np.testing.assert_array_equal(model(X).numpy(), X * 2)


def test_names_of_layers_and_paths_of_weights():
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(3, name="a")], name="chain"
    )
    assert [w.path for w in model.weights] == ["chain/a/kernel", "chain/a/bias"]
    assert model.get_layer("a") is model.layers[0] is model.get_layer(index=0)
    with pytest.raises(ValueError, match="Did you mean 'a'"):
        model.get_layer("A")


@pytest.mark.parametrize("built", [True, False])
def test_configuration_round_trip(built):
    model = small() if built else keras.Sequential([layers.Dense(2)], name="s")
    again = keras.Sequential.from_config(model.get_config())
    assert again.built == built and again.name == model.name
    names = [layer.name for layer in model.layers]
    assert [layer.name for layer in again.layers] == names


def test_old_list_configuration_is_read():
    config = [
        {"class_name": "Dense",
         "config": {"units": 3, "batch_input_shape": [None, 4], "name": "d"}},
        {"class_name": "Dense", "config": {"units": 2, "name": "e"}},
    ]  # fmt: skip
    model = keras.models.model_from_config(
        {"class_name": "Sequential", "config": config}
    )
    assert model.output_shape == (None, 2) and model.count_params() == 15 + 8


@pytest.mark.parametrize("copied", [copy.deepcopy, keras.models.clone_model])
def test_copies_share_nothing(copied):
    model = small()
    other = copied(model)
    other.set_weights(model.get_weights())
    np.testing.assert_allclose(other(X).numpy(), model(X).numpy(), rtol=1e-6)
    other.set_weights([w * 0 for w in other.get_weights()])
    assert model(X).numpy().any() and not other(X).numpy().any()
    assert not other.predict(X, verbose=0).any()


def test_models_nest():
    model = keras.Sequential([small(), keras.Sequential([layers.Dense(5)])])
    assert model.output_shape == (None, 5)
    assert model(X).shape == (5, 5) and len(model.weights) == 6


def test_an_error_at_the_first_call_leaves_the_model_usable():
    model = keras.Sequential([layers.Dense(3), layers.Conv2D(2, 2)])
    with pytest.raises(ValueError, match="conv2d"):
        model(X)
    assert not model.built
    assert model(np.ones((1, 4, 4, 4), "float32")).shape == (1, 3, 3, 2)


def test_each_layer_has_one_call_however_the_model_grew():
    model = keras.Sequential()
    model.add(layers.Dense(3, input_shape=(2,)))
    for units in (4, 5, 6):
        model.add(layers.Dense(units))
    model.pop()
    model.build((None, 2))
    model.summary(print_fn=lambda text: None)
    assert [len(layer.inbound_nodes) for layer in model.layers] == [1, 1, 1]
    assert [layer.output_shape for layer in model.layers] == [
        (None, 3),
        (None, 4),
        (None, 5),
    ]
    x = np.ones((2, 2), "float32")
    inner = keras.Model(model.input, [layer.output for layer in model.layers])
    np.testing.assert_array_equal(
        inner.predict(x, verbose=0)[-1], model.predict(x, verbose=0)
    )


def test_a_layer_that_does_not_fit_can_be_removed_again():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(3)])
    with pytest.raises(ValueError, match="conv"):
        model.add(layers.Conv2D(1, 1))
    model.pop()
    assert model.output_shape == (None, 3)


def test_a_shared_layer_shows_its_first_call():
    shared = layers.Dense(3)
    first = shared(keras.Input((2,), batch_size=4))
    shared(keras.Input((2,)))
    assert shared.output is first
    assert shared.input_shape == (4, 2)
    assert shared.get_output_shape_at(1) == (None, 3)


def test_build_without_a_shape_waits_for_data(tmp_path):
    model = keras.Sequential([layers.Embedding(5, 3), layers.GRU(2), layers.Dense(1)])
    model.build()
    assert not model.built
    model.compile("sgd", "mse")
    model.fit(np.ones((4, 6), "int32"), np.ones((4, 1)), verbose=0)
    model.save(tmp_path / "model.h5")
    again = keras.models.load_model(tmp_path / "model.h5")
    np.testing.assert_array_equal(
        again.predict(np.ones((1, 6)), verbose=0),
        model.predict(np.ones((1, 6)), verbose=0),
    )


def test_data_of_other_lengths_than_the_first():
    layers = keras.layers
    model = keras.Sequential([layers.Embedding(5, 3), layers.GRU(4), layers.Dense(1)])
    model.compile("sgd", "mse")
    for length in (6, 9, 5):
        x = np.ones((4, length), "int32")
        model.train_on_batch(x, np.ones((4, 1)))
        expected = model.layers[1](model.layers[0](x))
        expected = model.layers[2](expected).numpy()
        np.testing.assert_allclose(model.predict(x, verbose=0), expected, rtol=1e-5)
    flat = keras.Sequential([keras.Input((4, 2)), layers.Flatten(), layers.Dense(1)])
    with pytest.raises(ValueError, match="dense"):
        flat.predict(np.ones((2, 5, 2)), verbose=0)
    assert flat.predict(np.ones((2, 4, 2)), verbose=0).shape == (2, 1)


def test_losses_that_layers_add_train_a_chain_that_data_build():
    class Penalty(keras.layers.Layer):
        def call(self, x):
            self.add_loss(keras.ops.mean(keras.ops.square(x)))
            return x

    model = keras.Sequential([keras.layers.Dense(2), Penalty()])
    model.compile("sgd")
    x = np.ones((8, 3), "float32")
    losses = model.fit(x, epochs=3, verbose=0).history["loss"]
    assert losses[-1] < losses[0] and len(model.losses) <= 1
