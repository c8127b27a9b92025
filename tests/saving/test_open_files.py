"""Models and weights in open HDF5 files, groups of them, and streams."""

import io

import h5py
import numpy as np
import pytest

import kerasish as keras
from kerasish import layers
from kerasish.errors import FileFormatError

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
Y = np.random.default_rng(1).normal(size=(6, 2)).astype("float32")


def trained(optimizer="adam"):
    model = keras.Sequential(
        [keras.Input((4,)), layers.Dense(3, name="one"), layers.Dense(2, name="two")]
    )
    model.compile(optimizer, "mse")
    model.fit(X, Y, verbose=0)
    return model


def assert_goes_on_alike(model, again):
    np.testing.assert_array_equal(model.predict(X), again.predict(X))
    for _ in range(2):
        left, right = model.train_on_batch(X, Y), again.train_on_batch(X, Y)
        np.testing.assert_allclose(left, right, rtol=1e-6)


@pytest.mark.parametrize("in_memory", (False, True))
def test_a_model_in_an_open_file(tmp_path, in_memory):
    model, path = trained(), tmp_path / "m.h5"
    options = {"driver": "core", "backing_store": False} if in_memory else {}
    with h5py.File(path, "w", **options) as file:
        model.save(file)
        assert_goes_on_alike(trained_copy(model), keras.models.load_model(file))
    assert path.exists() != in_memory
    if not in_memory:
        assert_goes_on_alike(model, keras.models.load_model(path))


def trained_copy(model):
    stream = io.BytesIO()
    model.save(stream)
    stream.seek(0)
    return keras.models.load_model(stream)


def test_models_in_groups_of_one_file(tmp_path):
    models = {"first": trained("sgd"), "inner/second": trained("rmsprop")}
    with h5py.File(tmp_path / "many.h5", "w") as file:
        file["own"] = np.arange(3)
        for name, model in models.items():
            keras.models.save_model(model, file.create_group(name))
    with h5py.File(tmp_path / "many.h5", "r") as file:
        assert file["own"][()].tolist() == [0, 1, 2]
        for name, model in models.items():
            assert_goes_on_alike(model, keras.models.load_model(file[name]))


def test_an_open_file_holds_what_a_file_with_a_path_holds(tmp_path):
    model = trained()
    model.save(tmp_path / "m.h5")
    stream = io.BytesIO()
    model.save(stream)

    def contents(file):
        found = {name: str(value) for name, value in file.attrs.items()}
        file.visititems(
            lambda name, item: found.update(
                {f"{name}@{key}": str(value) for key, value in item.attrs.items()},
                **{name: str(getattr(item, "dtype", None))},
            )
        )
        return found

    with (
        h5py.File(tmp_path / "m.h5") as named,
        h5py.File(stream) as streamed,
        h5py.File(tmp_path / "open.h5", "w") as open_file,
    ):
        model.save(open_file)
        assert contents(named) == contents(streamed) == contents(open_file)
        assert "model_weights/one/one/kernel:0" in contents(named)


def test_weights_in_open_files_groups_and_streams(tmp_path):
    model, stream = trained(), io.BytesIO()
    model.save_weights(stream)
    with h5py.File(tmp_path / "w.h5", "w") as file:
        group = file.create_group("weights")
        model.save_weights(group)
        model.save(file.create_group("whole"))
        stream.seek(0)
        for source in (stream, group, file["whole"]):
            other = trained()
            other.set_weights([0 * value for value in other.get_weights()])
            report = other.load_weights(source)
            assert report.loaded == ["one", "two"]
            np.testing.assert_array_equal(model.predict(X), other.predict(X))
        assert other.load_weights(group, by_name=True).loaded == ["one", "two"]


def test_the_archive_of_keras_3_in_a_stream(tmp_path):
    model = trained()
    with open(tmp_path / "m", "wb") as stream:
        model.save(stream, save_format="keras")
    with open(tmp_path / "m", "rb") as stream:
        assert_goes_on_alike(model, keras.models.load_model(stream))


def test_saving_again_leaves_nothing_of_the_older_model(tmp_path):
    with h5py.File(tmp_path / "m.h5", "w") as file:
        file.attrs["note"] = "kept"
        trained().save(file)
        with pytest.raises(FileExistsError, match="model_weights"):
            trained().save(file, overwrite=False)
        model = trained()
        model.save(file, include_optimizer=False)
        assert "optimizer_weights" not in file
        assert "training_config" not in file.attrs
        assert file.attrs["note"] == "kept"
        again = keras.models.load_model(file, compile=False)
        np.testing.assert_array_equal(model.predict(X), again.predict(X))


def test_errors_name_what_was_given(tmp_path):
    model = trained()
    with h5py.File(tmp_path / "m.h5", "w") as file:
        with pytest.raises(FileFormatError, match="m.h5, group '/empty': .*no model"):
            keras.models.load_model(file.create_group("empty"))
        with pytest.raises(ValueError, match="takes the format 'h5' alone"):
            model.save(file, save_format="keras")
        with pytest.raises(ValueError, match="cannot be written"):
            model.save(file, save_format="tf")
        assert list(file) == ["empty"]
    with pytest.raises(ValueError, match="closed already"):
        model.save(file)
    with (
        h5py.File(tmp_path / "m.h5", "r") as file,
        pytest.raises(ValueError, match="for reading alone"),
    ):
        model.save(file)
    with pytest.raises(FileFormatError, match="BytesIO: this is no HDF5 file"):
        keras.models.load_model(io.BytesIO(b"no model at all"))
    with pytest.raises(FileFormatError, match="BytesIO: the file is empty"):
        keras.models.load_model(io.BytesIO())
    with pytest.raises(TypeError, match="binary mode"):
        keras.models.load_model(io.StringIO())
