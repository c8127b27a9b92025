"""Files looked into and converted, also from the command line."""

import os
import subprocess
import sys

import h5py
import numpy as np
import pytest

import kerasish as keras
from kerasish import layers
from kerasish.errors import FileFormatError
from kerasish.saving import convert, inspect
from kerasish.saving.command_line import main

X = np.random.default_rng(0).uniform(size=(2, 8, 8, 3)).astype("float32")


def images():
    x = keras.Input((8, 8, 3), name="picture")
    h = layers.Conv2D(4, 3, use_bias=False, name="conv")(x)
    h = layers.BatchNormalization(name="norm")(h)
    h = layers.Flatten()(layers.ReLU()(h))
    h = layers.BatchNormalization(name="after")(layers.Dense(2, name="end")(h))
    model = keras.Model(x, h)
    rng = np.random.default_rng(1)
    model.set_weights([rng.uniform(0.5, 1.5, w.shape) for w in model.get_weights()])
    return model


@pytest.fixture
def source(tmp_path):
    model = images()
    model.compile("adam", "mse")
    model.fit(X, np.ones((2, 2)), verbose=0)
    model.save(tmp_path / "model.h5")
    return model, str(tmp_path / "model.h5")


ENDINGS = [".keras", ".h5", ".weights.h5", ".safetensors", ".npz"]


@pytest.mark.parametrize("ending", ENDINGS)
def test_every_format(ending, source, tmp_path):
    model, path = source
    target = str(tmp_path / f"new{ending}")
    convert(path, target)
    if ending in (".keras", ".h5"):
        again = keras.models.load_model(target)
        assert again.optimizer.iterations.numpy() == 1
    else:
        again = images()
        again.load_weights(target)
    np.testing.assert_allclose(
        again.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-5
    )
    assert sorted(os.listdir(tmp_path)) == sorted(["model.h5", f"new{ending}"])


@pytest.mark.parametrize("ending", ENDINGS)
def test_half_precision_halves_the_file(ending, source, tmp_path):
    model, path = source
    target = str(tmp_path / f"new{ending}")
    convert(path, target, dtype="float16", strip_optimizer=True)
    types = {a.dtype for *_, arrays in inspect(target, None).layers for a in arrays}
    assert types == {"float16"}


def test_normalizations_are_folded(source, tmp_path):
    model, path = source
    target = str(tmp_path / "new.h5")
    convert(path, target, fold_batchnorm=True)
    again = keras.models.load_model(target, compile=False)
    kinds = [type(layer).__name__ for layer in again.layers]
    assert "BatchNormalization" not in kinds and "Conv2D" in kinds
    np.testing.assert_allclose(
        again.predict(X, verbose=0), model.predict(X, verbose=0), rtol=1e-4
    )


def test_layers_are_renamed_and_training_goes_on(source, tmp_path):
    model, path = source
    target = str(tmp_path / "new.h5")
    convert(path, target, rename={"conv": "first"})
    again = keras.models.load_model(target)
    assert again.get_layer("first") and again.optimizer.iterations.numpy() == 1
    one, two = (m.train_on_batch(X, np.ones((2, 2))) for m in (model, again))
    np.testing.assert_allclose(one, two, rtol=1e-5)
    with pytest.raises(ValueError, match="no layer 'other'"):
        convert(path, target, rename={"other": "x"})


def test_what_a_file_holds(source):
    _, path = source
    contents = inspect(path, print_fn=None)
    assert contents.format == "h5" and contents.version and contents.optimizer == "Adam"
    names = [layer[:2] for layer in contents.layers]
    assert ("conv", "Conv2D") in names and ("picture", "InputLayer") in names
    assert contents.parameters == images().count_params()
    with pytest.raises(FileFormatError):
        inspect("missing.h5")


def test_the_command_line(source, tmp_path, capsys):
    _, path = source
    target = str(tmp_path / "out.npz")
    assert main(["convert", path, target, "--dtype", "float16"]) == 0
    assert main(["inspect", target]) == 0
    assert "float16" in capsys.readouterr().out
    assert main(["convert", "missing.h5", target]) == 1
    assert "missing.h5" in capsys.readouterr().err
    weights = str(tmp_path / "out.safetensors")
    assert main(["convert", target, weights, "--model", path]) == 0
    command = [sys.executable, "-m", "kerasish", "inspect", path]
    done = subprocess.run(command, stdout=subprocess.PIPE, check=True, text=True)
    assert "conv (Conv2D)" in done.stdout


def test_what_computes_something_else_is_not_kept(source, tmp_path, monkeypatch):
    from kerasish.saving import conversion

    def spoil(path, dtype):
        with h5py.File(path, "a") as file:
            own = file["model_weights/conv"]
            own[own.attrs["weight_names"][0]][...] = 0

    monkeypatch.setattr(conversion, "_recast", spoil)
    with pytest.raises(ValueError, match="something else"):
        convert(source[1], str(tmp_path / "new.h5"), dtype="float16")
    assert os.listdir(tmp_path) == ["model.h5"]


def test_weights_need_a_model_and_files_a_folder(source, tmp_path, capsys):
    model, _ = source
    model.save_weights(tmp_path / "w.h5")
    (tmp_path / "m.json").write_text(model.to_json())
    weights, text = str(tmp_path / "w.h5"), str(tmp_path / "m.json")
    assert main(["convert", weights, str(tmp_path / "o.keras")]) == 1
    assert "--model" in capsys.readouterr().err
    assert main(["convert", weights, str(tmp_path / "no" / "o.h5"), "--model", text])
    assert "no folder" in capsys.readouterr().err
    assert main(["convert", weights, str(tmp_path / "o.h5"), "--model", text]) == 0
    again = keras.models.load_model(tmp_path / "o.h5", compile=False)
    np.testing.assert_array_equal(
        again.predict(X, verbose=0), model.predict(X, verbose=0)
    )
