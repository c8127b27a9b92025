"""Methods and places of Keras 2, and several optimizers at once."""

import numpy as np
import pytest

import kerasish as keras
from kerasish import backend as K
from kerasish.errors import GradientError
from kerasish.optimizers import MultiOptimizer, OptimizerMap


def problem():
    return K.variable([1.0, -2.0]), K.variable([3.0])


@pytest.mark.parametrize("name", ["SGD", "Adam", "RMSprop", "Nadam"])
def test_updates_make_the_steps_of_apply(name):
    make = getattr(keras.optimizers, name)
    first, second = problem()
    loss = K.sum(K.square(first)) * K.sum(second)
    optimizer = make(0.1)
    updates = optimizer.get_updates(loss, [first, second])
    step = K.function([], [loss], updates)
    expected = [v.numpy() for v in problem()]
    variables = [keras.Variable(value) for value in expected]
    other = make(0.1)
    for _ in range(3):
        a, b = (v.numpy() for v in variables)
        (found,) = step([])
        assert found == pytest.approx((a**2).sum() * b.sum(), rel=1e-5)
        gradients = [2 * a * b.sum(), np.full(1, (a**2).sum(), "float32")]
        other.apply(gradients, variables)
    for mine, theirs in zip((first, second), variables):
        np.testing.assert_allclose(K.get_value(mine), theirs.numpy(), rtol=1e-5)
    assert int(optimizer.iterations) == 3


def test_get_gradients_clips_and_refuses():
    first, second = problem()
    optimizer = keras.optimizers.SGD(0.1, clipvalue=1.0)
    (gradient,) = optimizer.get_gradients(K.sum(K.square(first)), [first])
    np.testing.assert_array_equal(K.get_value(gradient), [1.0, -1.0])
    with pytest.raises(GradientError, match="does not depend"):
        optimizer.get_gradients(K.sum(first), [second])


@pytest.mark.parametrize(
    "name", ["sgd", "rmsprop", "adam", "adamax", "nadam", "adagrad", "adadelta"]
)
def test_small_names_are_classes(name):
    optimizer = getattr(keras.optimizers, name)(lr=0.25)
    assert float(optimizer.learning_rate) == 0.25


def test_legacy_holds_the_same_classes():
    assert keras.optimizers.legacy.Adam is keras.optimizers.Adam
    assert len(keras.optimizers.legacy.__all__) == 9


def test_clip_norm():
    clip = keras.optimizers.clip_norm
    np.testing.assert_allclose(clip([3.0, 4.0], 10.0, 5.0).numpy(), [3.0, 4.0])
    np.testing.assert_allclose(clip([3.0, 4.0], 0.0, 5.0).numpy(), [3.0, 4.0])


def multi():
    choose = OptimizerMap(keras.optimizers.SGD(0.1), {"/bias$": "adam"})
    return MultiOptimizer(choose)


def test_each_variable_has_its_optimizer():
    keras.utils.set_random_seed(0)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    before = model.get_weights()
    model.compile(multi(), "mse")
    x, y = np.ones((4, 2), "float32"), np.full((4, 1), 9.0, "float32")
    error = x @ before[0] + before[1] - y
    model.fit(x, y, epochs=1, verbose=0)
    kernel, bias = model.get_weights()
    expected = before[0] - 0.1 * x.T @ (2 * error / 4)
    np.testing.assert_allclose(kernel, expected, rtol=1e-5)
    np.testing.assert_allclose(bias, before[1] + 0.001, rtol=1e-3)


def test_multi_optimizer_comes_back_from_its_config():
    twin = MultiOptimizer.from_config(multi().get_config())
    assert [type(o).__name__ for o in twin.optimizers] == ["Adam", "SGD"]
    with pytest.raises(TypeError, match="OptimizerMap"):
        MultiOptimizer({"bias": "adam"})


def test_two_keys_for_one_variable_are_refused():
    choose = OptimizerMap("sgd", {"a": "adam", "b": "adam"})
    with pytest.raises(ValueError, match="Several keys"):
        choose(keras.Variable(0.0, name="ab"))
    choose["ab"] = "rmsprop"
    assert choose(keras.Variable(0.0, name="ab")) is choose["ab"]
    del choose["a"]
    assert sorted(choose) == ["ab", "b"]
