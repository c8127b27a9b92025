"""Functions of Lambda layers in files."""

import json

import h5py
import numpy as np
import pytest

import kerasish as keras
from kerasish import ops

X = np.random.default_rng(0).normal(size=(3, 4)).astype("float32")


@keras.saving.register_keras_serializable("tests")
def doubled(x):
    return 2 * x


def model_with(*layers):
    a = keras.Input((4,))
    h = keras.layers.Dense(4, name="dense")(a)
    for layer in layers:
        h = layer(h)
    return keras.Model(a, h)


@pytest.mark.parametrize("ending", ["h5", "keras"])
def test_functions_of_ops_come_back_as_graphs(ending, tmp_path):
    model = model_with(
        keras.layers.Lambda(lambda x: ops.tanh(x[:, 1:]) * 3.0, name="cut"),
        keras.layers.Lambda(lambda x, n: x**n, arguments={"n": 2}),
    )
    path = tmp_path / f"m.{ending}"
    model.save(path)
    again = keras.models.load_model(path, compile=False)
    np.testing.assert_allclose(again.predict(X), model.predict(X), rtol=1e-6)
    again.save(path)
    third = keras.models.load_model(path, compile=False)
    np.testing.assert_allclose(third.predict(X), model.predict(X), rtol=1e-6)


def test_registered_functions_are_saved_by_name(tmp_path):
    model = model_with(keras.layers.Lambda(doubled))
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        assert "tests>doubled" in file.attrs["model_config"]
    again = keras.models.load_model(tmp_path / "m.h5", compile=False)
    np.testing.assert_allclose(again.predict(X), model.predict(X), rtol=1e-6)


def without_graphs(path, change=lambda function: function):
    """Make the file one that another package could have written."""
    with h5py.File(path, "a") as file:
        config = json.loads(file.attrs["model_config"])
        for layer in config["config"]["layers"]:
            layer.pop("graph", None)
            if layer["class_name"] == "Lambda":
                layer["config"]["function"] = change(layer["config"]["function"])
        file.attrs["model_config"] = json.dumps(config)


def test_functions_of_other_files_are_asked_for(tmp_path):
    path = tmp_path / "m.h5"
    model = model_with(
        keras.layers.Lambda(lambda x: x + 1, name="one"),
        keras.layers.Lambda(lambda x: x + 2, name="two"),
    )
    model.save(path)
    without_graphs(path)
    with pytest.raises(ValueError, match="'one'(.|\n)*after 'dense'(.|\n)*'two'"):
        keras.models.load_model(path, compile=False)
    functions = {"one": lambda x: x + 1, "two": lambda x: x + 2}
    again = keras.models.load_model(path, compile=False, lambdas=functions)
    np.testing.assert_allclose(again.predict(X), model.predict(X), rtol=1e-6)
    again = keras.models.load_model(path, compile=False, safe_mode=False)
    np.testing.assert_allclose(again.predict(X), model.predict(X), rtol=1e-6)


@pytest.mark.parametrize("version", ["2.7", None])
def test_code_of_another_python_never_runs(version, tmp_path):
    path = tmp_path / "m.h5"
    model_with(keras.layers.Lambda(lambda x: x + 1, name="one")).save(path)

    def old(function):
        return {**function, "config": {**function["config"], "python": version}}

    without_graphs(path, old)
    with pytest.raises(ValueError, match="lambdas="):
        keras.models.load_model(path, compile=False, safe_mode=False)


def test_unknown_layers_are_named_with_their_configurations(tmp_path, capsys):
    class Mine(keras.layers.Layer):
        def __init__(self, factor=2, **kwargs):
            super().__init__(**kwargs)
            self.factor = factor

        def call(self, x):
            return x * self.factor

    path = tmp_path / "m.h5"
    model_with(Mine(7, name="my_layer")).save(path)
    words = r"'my_layer'(.|\n)*\"factor\": 7(.|\n)*custom_objects={'Mine': Mine}"
    with pytest.raises(ValueError, match=words):
        keras.models.load_model(path, on_unknown="report")
    assert "dense (Dense)" in capsys.readouterr().out
    again = keras.models.load_model(path, {"Mine": Mine}, compile=False)
    assert again.get_layer("my_layer").factor == 7
