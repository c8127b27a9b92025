"""Ways of calling layers, and of asking them, that programs for Keras 2 use."""

import numpy as np
import pytest

import kerasish as keras
from kerasish import backend as K
from kerasish import layers


def test_a_list_may_be_changed_after_a_layer_was_called_with_it():
    x = keras.Input((2,))
    found = [x]
    for _ in range(2):
        found.append(layers.concatenate([*found, found[-1]]))
    joined = layers.Concatenate()(found)
    found.append(joined)
    model = keras.Model(x, joined)
    assert model.predict(np.ones((1, 2)), verbose=0).shape == (1, 16)


class _Doubling:
    """A cell that is no layer."""

    state_size = 3

    def call(self, inputs, states):
        output = inputs * 2.0 + states[0]
        return output, [output]


@pytest.mark.parametrize("cells", [_Doubling(), [_Doubling(), _Doubling()]])
def test_cells_that_are_no_layers(cells):
    result = layers.RNN(cells)(np.ones((2, 2, 3), "float32"))
    # One cell: 2, 2 + 2. Two cells: the second sees these outputs.
    expected = 4.0 if isinstance(cells, _Doubling) else 2 * 2.0 + 2 * 4.0
    np.testing.assert_allclose(result.numpy(), expected)


class _Shifted(layers.Layer):
    """A cell whose `call` takes constants."""

    state_size = 3

    def build(self, shapes):
        assert isinstance(shapes, list) and len(shapes) == 2
        self.shift = self.add_weight(shape=(shapes[1][-1], 3), initializer="ones")

    def call(self, inputs, states, constants):
        output = inputs + states[0] + keras.ops.matmul(constants[0], self.shift)
        return output, [output]


def _shifted_results(wrap):
    x, c = keras.Input((2, 3)), keras.Input((4,))
    layer = wrap(layers.RNN(_Shifted()))
    with keras.saving.custom_object_scope({"_Shifted": _Shifted}):
        named = layer(x, constants=c)
        again = type(layer).from_config(layer.get_config())
    listed = again([x, c])
    again.set_weights(layer.get_weights())
    data = [np.ones((2, 2, 3)), np.ones((2, 4))]
    return keras.Model([x, c], [named, listed]).predict(data, verbose=0)


@pytest.mark.parametrize("wrap", [lambda rnn: rnn, layers.Bidirectional])
def test_constants_by_name_and_in_a_list(wrap):
    named, listed = _shifted_results(wrap)
    np.testing.assert_allclose(named, 2.0 + 8.0)
    np.testing.assert_allclose(listed, named)


def test_first_states_for_sequences():
    x = keras.Input((5, 3))
    (state,) = layers.RNN(layers.GRUCell(4)).get_initial_state(x)
    assert state.shape == (None, 4)


def test_recurrent_dropout_follows_a_fed_learning_phase():
    model = keras.Sequential([layers.LSTM(8, dropout=0.5, input_shape=(5, 3))])
    run = K.function([model.input, K.learning_phase()], [model.output])
    x = np.ones((1, 5, 3))
    np.testing.assert_array_equal(run([x, 0])[0], run([x, 0])[0])
    assert not np.array_equal(run([x, 1])[0], run([x, 1])[0])


def test_states_of_a_bidirectional_layer_must_come_in_pairs():
    layer = layers.Bidirectional(layers.GRU(2))
    with pytest.raises(ValueError, match="as many of the other"):
        layer(keras.Input((3, 2)), initial_state=keras.Input((2,)))


def test_input_length_must_fit_the_input_shape():
    with pytest.raises(ValueError, match="does not fit"):
        layers.Embedding(10, 4, input_length=2, input_shape=(3, 5))
    layer = layers.Embedding(10, 4, input_length=3, batch_input_shape=(2, 3))
    model = keras.Sequential([layer, layers.LSTM(2, stateful=True)])
    assert model.output_shape == (2, 2)


def test_masks_to_merge_come_in_a_list():
    x = keras.Input((2, 3))
    with pytest.raises(ValueError, match="`inputs` should be a list"):
        layers.Add().compute_mask(x, [None, None])


class TestUpdates:
    def test_of_a_model(self):
        x = keras.Input((3,))
        norm = layers.BatchNormalization(momentum=0.5)
        model = keras.Model(x, layers.Dropout(0.5)(norm(x)))
        assert [v.name for v, _ in model.updates] == ["moving_mean", "moving_variance"]
        run = K.function([x, K.learning_phase()], [model.output], model.updates)
        run([np.full((4, 3), 2.0), 1])
        np.testing.assert_allclose(norm.moving_mean.numpy(), 1.0)
        run([np.full((4, 3), 6.0), 0])
        np.testing.assert_allclose(norm.moving_mean.numpy(), 1.0)
        norm.trainable = False
        assert model.updates == []

    def test_by_inputs(self):
        x, other = keras.Input((3,)), keras.Input((3,))
        norm = layers.BatchNormalization()
        norm(x)
        assert len(norm.get_updates_for(x)) == 2
        assert norm.get_updates_for(other) == norm.get_updates_for(None) == []


def test_losses_by_inputs():
    x, other = keras.Input((3,)), keras.Input((3,))
    layer = layers.Dense(2, kernel_regularizer="l2", activity_regularizer="l1")
    layer(x)
    assert len(layer.get_losses_for(x)) == 1
    assert len(layer.get_losses_for(None)) == 1
    assert layer.get_losses_for(other) == []


def test_tensors_tell_their_shape_and_phase():
    x = keras.Input((3,))
    assert x._keras_shape == (None, 3)
    assert not x._uses_learning_phase
    assert layers.Dropout(0.5)(x)._uses_learning_phase


def test_a_layer_may_return_its_variable():
    class Table(layers.Embedding):
        def call(self, inputs):
            return [super().call(inputs), self.embeddings]

    x = keras.Input((3,), dtype="int32")
    rows, table = Table(5, 2)(x)
    model = keras.Model(x, [rows, keras.ops.matmul(rows, keras.ops.transpose(table))])
    rows, products = model.predict(np.array([[0, 1, 4]]), verbose=0)
    assert products.shape == (1, 3, 5)
    np.testing.assert_allclose(products[0, 1, 1], rows[0, 1] @ rows[0, 1], rtol=1e-5)


def test_slopes_under_their_old_name():
    for function in (keras.activations.relu, keras.activations.leaky_relu):
        assert function([-2.0, 1.0], alpha=0.5).numpy().tolist() == [-1.0, 1.0]


def test_a_model_may_be_applied_to_tensors_with_more_axes():
    inner = keras.Sequential([layers.Dense(4, input_dim=3), layers.Reshape((2, 2))])
    x = keras.Input((1, 3))
    assert inner(x).shape == (None, 2, 2)
    with pytest.raises(ValueError, match="must have shape"):
        inner(keras.Input((1, 5)))
