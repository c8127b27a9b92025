"""The Variables of a model as nested dicts."""

import numpy as np
import pytest

import kerasish as keras
from kerasish import tree


def trained():
    model = keras.Sequential(
        [
            keras.Input((2,)),
            keras.layers.Dense(3, name="a"),
            keras.layers.BatchNormalization(name="n"),
            keras.layers.Dense(1, name="b"),
        ],
        name="m",
    )
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(np.ones((4, 2)), np.ones((4, 1)), verbose=0)
    return model


def test_a_tree_has_all_variables():
    model = trained()
    found = model.get_state_tree("numpy_array")
    assert set(found["trainable_variables"]["m"]) == {"a", "n", "b"}
    moving = found["non_trainable_variables"]["m"]["n"]
    np.testing.assert_array_equal(
        moving["moving_mean"], model.get_layer("n").moving_mean.numpy()
    )
    (optimizer,) = found["optimizer_variables"].values()
    assert int(optimizer["iteration"]) == 1
    assert "total" in found["metrics_variables"]["loss"]
    assert all(isinstance(leaf, np.ndarray) for leaf in tree.flatten(found))
    with pytest.raises(ValueError, match="value_format"):
        model.get_state_tree("list")


def test_a_tree_brings_a_model_back():
    model = trained()
    before = model.get_state_tree("numpy_array")
    model.fit(np.zeros((4, 2)), np.ones((4, 1)), epochs=2, verbose=0)
    model.set_state_tree(before)
    after = model.get_state_tree()
    for old, new in zip(tree.flatten(before), tree.flatten(after), strict=True):
        np.testing.assert_array_equal(old, np.asarray(new))
    part = {"trainable_variables": {"m": {"b": {"bias": [7.0]}}}}
    model.set_state_tree(part)
    assert float(model.get_layer("b").bias.value[0]) == 7.0
    with pytest.raises(ValueError, match="no such variable"):
        model.set_state_tree({"trainable_variables": {"m": {"c": 1.0}}})
    with pytest.raises(ValueError, match="groups"):
        model.set_state_tree({"weights": {}})


def test_equal_paths_and_exports_are_refused():
    inner = [keras.layers.Dense(2, name="same") for _ in range(2)]

    class Own(keras.Model):
        def call(self, x):
            return inner[1](inner[0](x))

    model = Own(name="m")
    model.one, model.other = inner
    model(np.ones((1, 2)))
    with pytest.raises(ValueError, match="same path"):
        model.get_state_tree()
    with pytest.raises(NotImplementedError, match="use save"):
        model.export("model")
