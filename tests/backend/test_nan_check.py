"""Finding the op, the layer and the rows of the first NaN."""

import numpy as np
import pytest

import kerasish as keras
from kerasish import backend as K


def test_the_layer_and_the_rows_are_named():
    x = keras.Input((2,))
    y = keras.layers.Lambda(lambda t: keras.ops.log(t), name="logarithm")(x)
    model = keras.Model(x, keras.layers.Dense(1)(y))
    data = np.ones((4, 2), "float32")
    data[[1, 3], 0] = [0.0, -1.0]
    with keras.config.debug_nans(), pytest.raises(FloatingPointError) as caught:
        model.predict(data, verbose=0)
    message = str(caught.value)
    assert "'log'" in message and "rows [1, 3]" in message and "2 NaNs" in message
    assert 'layer "logarithm"' in message and "from -1.0 to 1.0" in message


def test_nothing_is_written_before_the_error():
    w, x = K.variable(1.0), K.placeholder(())
    step = K.function([x], [w], updates=[(w, w / x)])
    with keras.config.debug_nans():
        step([2.0])
        with pytest.raises(FloatingPointError, match="divide"):
            step([0.0])
    assert float(w) == 0.5
    step([0.0])
    assert np.isinf(float(w))


def test_infinities_that_come_from_outside_pass():
    x = K.placeholder((None,))
    run = K.function([x], [K.maximum(x, -np.inf) + 1.0])
    with keras.config.debug_nans():
        assert np.isinf(run([[np.inf, 1.0]])[0][0])


def test_a_loss_that_explodes_in_training():
    model = keras.Sequential([keras.Input((1,)), keras.layers.Dense(1)])

    def loss(y_true, y_pred):
        return keras.ops.mean(keras.ops.sqrt(y_true - y_true - 1.0), axis=-1) + y_pred

    model.compile("sgd", loss)
    before = model.get_weights()[0]
    with keras.config.debug_nans(), pytest.raises(FloatingPointError, match="sqrt"):
        model.fit(np.ones((4, 1)), np.ones((4, 1)), verbose=0)
    assert (model.get_weights()[0] == before).all()


def test_what_is_fed_is_found_where_it_goes_on():
    inputs = keras.Input((2,))
    outputs = keras.layers.Dense(2, name="first")(inputs)
    model = keras.Model(inputs, keras.layers.Dense(1)(outputs))
    x = np.ones((4, 2), "float32")
    x[2, 1] = np.nan
    with keras.config.debug_nans(), pytest.raises(FloatingPointError) as raised:
        model.predict(x, verbose=0)
    assert "rows [2]" in str(raised.value) and '"first"' in str(raised.value)
