"""Archives and weights that real Keras 3 and tf.keras wrote."""

import itertools
import json
import zipfile
from pathlib import Path

import numpy as np
import pytest

import kerasish as keras
from kerasish import layers
from kerasish.saving.saved_parts import saved_parts

FIXTURES = Path(__file__).parent / "fixtures"


class Blocks(keras.Model):
    """The class of `make_archives.py`."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [layers.Dense(3), layers.Dense(3)]
        self.named = {"a": layers.Dense(2), "b": layers.Dense(2)}
        self._last = layers.Dense(2)
        self.scale = self.add_weight(shape=(2,), initializer="ones", name="scale")

    def call(self, x):
        h = self.blocks[1](self.blocks[0](x))
        return self._last(self.named["a"](h) + self.named["b"](h)) * self.scale


@pytest.mark.parametrize(
    ("writer", "name"),
    [
        *itertools.product(["k3", "tfk"], ["chain", "recurrent", "blocks"]),
        ("k3", "grouped"),
    ],
)
def test_outputs_and_training_go_on(writer, name, tmp_path):
    data = np.load(FIXTURES / f"{writer}_{name}.npz")
    custom = {"Blocks": Blocks}
    path = FIXTURES / f"{writer}_{name}.keras"
    if (writer, name) == ("tfk", "blocks"):
        # tf.keras has a model's own weights after those of its layers.
        with pytest.warns(UserWarning, match="state of the optimizer"):
            model = keras.models.load_model(path, custom)
        found = model.predict(data["x"], verbose=0)
        np.testing.assert_allclose(found, data["outputs"], rtol=1e-4, atol=1e-5)
        return
    model = keras.models.load_model(path, custom)
    model.save(tmp_path / "m.keras")
    again = keras.models.load_model(tmp_path / "m.keras", custom)
    for loaded in (model, again):
        found = loaded.predict(data["x"], verbose=0)
        np.testing.assert_allclose(found, data["outputs"], rtol=1e-4, atol=1e-5)
        assert int(loaded.optimizer.iterations.numpy()) == 2
        losses = [
            loaded.train_on_batch(data["x"], data["y"])[0] for _ in data["losses"]
        ]
        np.testing.assert_allclose(losses, data["losses"], rtol=1e-3)


@pytest.mark.parametrize("writer", ["k3", "tfk"])
def test_weights_of_lists_and_dictionaries_of_layers(writer, tmp_path):
    data = np.load(FIXTURES / f"{writer}_blocks.npz")
    model, other = Blocks(), Blocks()
    model(data["x"]), other(data["x"])
    model.load_weights(FIXTURES / f"{writer}_blocks.keras")
    found = model.predict(data["x"], verbose=0)
    np.testing.assert_allclose(found, data["outputs"], rtol=1e-4, atol=1e-5)
    other.load_weights(FIXTURES / f"{writer}_blocks.weights.h5")
    model.save_weights(tmp_path / "w.weights.h5")
    model.load_weights(tmp_path / "w.weights.h5")
    assert len(model.get_weights()) == len(other.get_weights()) == 11


@pytest.mark.parametrize("writer", ["k3", "tfk"])
def test_vocabularies(writer):
    model = keras.models.load_model(FIXTURES / f"{writer}_lookup.keras", compile=False)
    assert np.asarray(model(np.array([[5, 7], [9, 5]]))).tolist() == [[1, 2], [0, 1]]


def test_archives_without_an_optimizer_get_the_default_one(tmp_path):
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("adam", "mse")
    model.save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    config = json.loads(entries["config.json"])
    del config["compile_config"]["optimizer"]
    entries["config.json"] = json.dumps(config)
    with zipfile.ZipFile(tmp_path / "m.keras", "w") as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    again = keras.models.load_model(tmp_path / "m.keras")
    assert type(again.optimizer).__name__ == "RMSprop"


@pytest.mark.parametrize(
    ("layer", "mark"),
    [
        (layers.MultiHeadAttention(2, 3), ""),
        (type("Own", (layers.MultiHeadAttention,), {})(2, 3), ""),
        (layers.GroupQueryAttention(3, 4, 2), "_"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_projections_of_attention_are_where_keras_has_them(layer, mark):
    layer(np.ones((1, 2, 4)), np.ones((1, 2, 4)))
    names = {path for path, _ in saved_parts(layer)}
    expected = {f"{mark}{name}_dense" for name in ("query", "key", "value", "output")}
    assert expected <= names and len([n for n in names if "dense" in n]) == 4
