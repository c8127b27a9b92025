"""Formats beside HDF5: archives, weights by path, safetensors, npz, YAML."""

import io
import json
import os
import struct
import zipfile

import h5py
import numpy as np
import pytest

import kerasish as keras
from kerasish import layers
from kerasish.errors import FileFormatError, ShapeError
from kerasish.saving.flat_weights import read_npz, read_safetensors

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
Y = np.random.default_rng(1).normal(size=(6, 2)).astype("float32")


def small(name="one"):
    return keras.Sequential(
        [keras.Input((4,)), layers.Dense(3, "tanh", name=name),
         layers.BatchNormalization(), layers.Dense(2)]
    )  # fmt: skip


@keras.saving.register_keras_serializable("formats")
class Blocks(keras.Model):
    """Layers in lists, dictionaries and behind private names, and a weight."""

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.blocks = [layers.Dense(3), [layers.Dense(3)]]
        self.named = {"a": layers.Dense(2), "b": layers.Dense(2)}
        self._last = layers.Dense(2)

    def build(self, input_shape):
        self.scale = self.add_weight(shape=(2,), initializer="ones", name="scale")

    def call(self, x):
        h = self.blocks[1][0](self.blocks[0](x))
        return self._last(self.named["a"](h) + self.named["b"](h)) * self.scale


def trained(model):
    model.compile("adam", "mse", metrics=["mae"])
    model.fit(X, Y, epochs=2, verbose=0)
    return model


def test_an_archive_goes_on_training(tmp_path):
    for model in (trained(small()), trained(Blocks())):
        model.save(tmp_path / "m.keras")
        again = keras.models.load_model(tmp_path / "m.keras")
        np.testing.assert_array_equal(model.predict(X), again.predict(X))
        for _ in range(2):
            left, right = model.train_on_batch(X, Y), again.train_on_batch(X, Y)
            np.testing.assert_allclose(left[0], right[0], rtol=1e-6)


def test_the_layout_of_an_archive_is_that_of_keras_3(tmp_path):
    trained(Blocks()).save(tmp_path / "m.keras")
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        names = archive.namelist()
        assert names == ["metadata.json", "config.json", "model.weights.h5"]
        metadata = json.loads(archive.read("metadata.json"))
        assert metadata["keras_version"].startswith("3.")
        config = json.loads(archive.read("config.json"))
        assert config["build_config"] == {"input_shape": [None, 4]}
        assert config["compile_config"]["loss"] == "mse"
        with h5py.File(io.BytesIO(archive.read("model.weights.h5"))) as file:
            found = []
            file.visititems(
                lambda name, item: (
                    found.append(name) if isinstance(item, h5py.Dataset) else None
                )
            )
            assert file["blocks/dense/vars"].attrs["name"].startswith("dense")
    weights = [name for name in found if not name.startswith("optimizer")]
    assert weights == [
        f"{place}/vars/{number}"
        for place in (
            "blocks/container/dense",
            "blocks/dense",
            "layers/dense_2",
            "layers/dense_3",
            "layers/dense_4",
        )
        for number in (0, 1)
    ] + ["vars/0"]


def test_weights_alone_in_each_format(tmp_path):
    for source, other in ((small("a"), small("b")), (Blocks(), Blocks())):
        source(X), other(X)
        for ending in ("weights.h5", "npz", "safetensors", "h5"):
            path = tmp_path / f"w.{ending}"
            source.save_weights(path)
            other.set_weights([value * 0 for value in other.get_weights()])
            other.load_weights(path)
            np.testing.assert_array_equal(source(X), other(X))
    source.save(tmp_path / "m.keras")
    other.set_weights([value * 0 for value in other.get_weights()])
    other.load_weights(tmp_path / "m.keras")
    np.testing.assert_array_equal(source(X), other(X))


def test_what_does_not_fit_is_named(tmp_path):
    wide = keras.Sequential([keras.Input((4,)), layers.Dense(9, name="one")])
    for ending in ("npz", "safetensors", "weights.h5"):
        path = tmp_path / f"w.{ending}"
        wide.save_weights(path)
        with pytest.raises((ShapeError, ValueError), match="one|dense"):
            small().load_weights(path)
        with pytest.warns(UserWarning, match="left as it is"):
            small().load_weights(path, skip_mismatch=True)


def test_half_precision_and_integers_survive(tmp_path):
    arrays = {"a": np.arange(3, dtype="int64"), "b": np.float16([[1.5]])}
    from kerasish.saving.flat_weights import _write_safetensors

    _write_safetensors(str(tmp_path / "x.safetensors"), arrays)
    found = read_safetensors(str(tmp_path / "x.safetensors"))
    assert {name: value.dtype.name for name, value in found.items()} == {
        "a": "int64", "b": "float16",
    }  # fmt: skip
    np.testing.assert_array_equal(found["a"], arrays["a"])


def safetensors(header, data=b""):
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


MALFORMED = {
    "empty": b"",
    "endless": struct.pack("<Q", 1 << 60) + b"{}",
    "no json": safetensors(b"{nonsense"),
    "a list": safetensors(b"[]"),
    "unknown type": safetensors(
        {"a": {"dtype": "Q9", "shape": [1], "data_offsets": [0, 4]}}, b"1234"
    ),
    "wrong size": safetensors(
        {"a": {"dtype": "F32", "shape": [9], "data_offsets": [0, 4]}}, b"1234"
    ),
    "negative": safetensors(
        {"a": {"dtype": "F32", "shape": [-1], "data_offsets": [4, 0]}}, b"1234"
    ),
    "beyond the end": safetensors(
        {"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}}, b"1234"
    ),
    "a hole": safetensors(
        {"a": {"dtype": "U8", "shape": [1], "data_offsets": [3, 4]}}, b"1234"
    ),
    "left over": safetensors({}, b"1234"),
    "huge": safetensors(
        {"a": {"dtype": "F32", "shape": [1 << 40], "data_offsets": [0, 1 << 42]}}
    ),
}


@pytest.mark.parametrize("kind", sorted(MALFORMED))
def test_malformed_safetensors_are_refused(kind, tmp_path):
    path = tmp_path / "w.safetensors"
    path.write_bytes(MALFORMED[kind])
    with pytest.raises(FileFormatError):
        read_safetensors(str(path))


def test_npz_files_hold_no_code_and_no_bombs(tmp_path):
    path = str(tmp_path / "w.npz")
    np.savez(path, a=np.array([{"code": 1}], object))
    with pytest.raises(FileFormatError, match="pickled"):
        read_npz(path)
    header = {"descr": "<f4", "fortran_order": False, "shape": (1 << 40,)}
    stream = io.BytesIO()
    np.lib.format.write_array_header_1_0(stream, header)
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.npy", stream.getvalue())
    with pytest.raises(FileFormatError, match="shorter"):
        read_npz(path)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a.npy", bytes(1 << 26))
    with pytest.raises(FileFormatError):
        read_npz(path)


def repacked(source, target, **changed):
    """Copy an archive with other contents of some entries; `None` leaves one out."""
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for name in old.namelist():
            content = changed.pop(name.replace(".", "_"), old.read(name))
            if content is not None:
                new.writestr(name, content)
    return target


@pytest.mark.parametrize(
    "change",
    [
        {"config_json": None},
        {"config_json": b"[1]"},
        {"config_json": b"{"},
        {"config_json": b"[" * 100_000},
        {"metadata_json": b"\xff"},
        {"model_weights_h5": None},
        {"model_weights_h5": b"nothing"},
    ],
    ids=lambda change: f"{next(iter(change))}-{len(str(next(iter(change.values()))))}",
)
def test_damaged_archives_give_one_clear_line(change, tmp_path):
    small().save(tmp_path / "m.keras")
    bad = repacked(tmp_path / "m.keras", tmp_path / "bad.keras", **change)
    with pytest.raises(FileFormatError, match=r"bad\.keras"):
        keras.models.load_model(bad, compile=False)


def test_truncated_archives_are_refused(tmp_path):
    small().save(tmp_path / "m.keras")
    whole = (tmp_path / "m.keras").read_bytes()
    for length in (5, 100, len(whole) // 2, len(whole) - 5):
        (tmp_path / "half.keras").write_bytes(whole[:length])
        with pytest.raises(FileFormatError):
            keras.models.load_model(tmp_path / "half.keras")


def test_entries_stay_in_their_folder(tmp_path):
    layer = layers.IntegerLookup(vocabulary=[5, 6])
    keras.Sequential([keras.Input((2,), dtype="int64"), layer]).save(
        tmp_path / "m.keras"
    )
    evil = "assets/layers/integer_lookup/../../../../../evil.txt"
    with zipfile.ZipFile(tmp_path / "m.keras", "a") as archive:
        archive.writestr(evil, "out")
        archive.writestr("assets/layers/integer_lookup/..", "out")
        archive.writestr("assets/layers/integer_lookup/vocabulary.txt", "-1\n5\n6\n")
    with pytest.raises(FileFormatError, match="no name of a file"):
        keras.models.load_model(tmp_path / "m.keras", compile=False)
    assert not [p for p in tmp_path.rglob("*evil*")]
    assert not os.path.exists("/tmp/evil.txt")


def test_vocabularies_are_read_from_assets(tmp_path):
    layer = layers.IntegerLookup(vocabulary=[5, 6])
    keras.Sequential([keras.Input((2,), dtype="int64"), layer]).save(
        tmp_path / "m.keras"
    )
    with zipfile.ZipFile(tmp_path / "m.keras") as archive:
        config = json.loads(archive.read("config.json"))
    config["config"]["layers"][1]["config"]["vocabulary"] = None
    new = repacked(
        tmp_path / "m.keras", tmp_path / "n.keras", config_json=json.dumps(config)
    )
    with zipfile.ZipFile(new, "a") as archive:
        archive.writestr("assets/layers/integer_lookup/vocabulary.txt", "-1\n5\n6\n")
    loaded = keras.models.load_model(new, compile=False)
    assert np.asarray(loaded(np.array([[5, 9]]))).tolist() == [[1, 0]]


def test_own_stores_and_assets_of_layers(tmp_path):
    @keras.saving.register_keras_serializable("formats")
    class Notes(layers.Layer):
        text = "nothing"

        def call(self, x):
            return x

        def save_own_variables(self, store):
            store["length"] = np.array(len(self.text))

        def load_own_variables(self, store):
            self.length = int(store["length"])

        def save_assets(self, folder):
            with open(os.path.join(folder, "notes.txt"), "w") as file:
                file.write(self.text)

        def load_assets(self, folder):
            with open(os.path.join(folder, "notes.txt")) as file:
                self.text = file.read()

    layer = Notes()
    layer.text = "something"
    keras.Sequential([keras.Input((2,)), layer]).save(tmp_path / "m.keras")
    loaded = keras.models.load_model(tmp_path / "m.keras").layers[0]
    assert (loaded.text, loaded.length) == ("something", 9)


def test_yaml_both_ways():
    pytest.importorskip("yaml")
    model = small()
    text = model.to_yaml()
    assert keras.models.model_from_yaml(text).to_yaml() == text
    with pytest.raises(ValueError, match="no YAML of plain data"):
        keras.models.model_from_yaml("!!python/object/apply:os.system ['true']")


def test_yaml_of_keras_2_with_tuples():
    pytest.importorskip("yaml")
    text = """
backend: tensorflow
class_name: Sequential
config:
- class_name: Conv2D
  config:
    batch_input_shape: !!python/tuple [null, 8, 8, 3]
    filters: 4
    kernel_size: !!python/tuple [3, 3]
    name: conv
keras_version: 2.1.6
"""
    model = keras.models.model_from_yaml(text)
    assert model.output_shape == (None, 6, 6, 4)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("m.tf", {}),
        ("m", {}),
        ("m.h5", {"save_format": "tf"}),
        ("m.keras", {"save_format": "h5"}),
        ("m.h5", {"save_format": "keras"}),
        ("m.h5", {"dialect": "keras1"}),
        ("m.keras", {"dialect": "keras2"}),
    ],
)
def test_formats_that_do_not_agree_are_refused(name, options, tmp_path):
    with pytest.raises(ValueError, match="Received"):
        small().save(tmp_path / name, **options)
    assert not list(tmp_path.iterdir())


def test_checkpoints_under_any_name(tmp_path):
    for name in ("{epoch:02d}-{loss:.1f}.ckpt", "m.hdf5", "m.keras", "m.h5", "plain"):
        model = small()
        model.compile("sgd", "mse")
        saver = keras.callbacks.ModelCheckpoint(tmp_path / name)
        model.fit(X, Y, verbose=0, callbacks=[saver])
        (path,) = tmp_path.iterdir()
        assert "{" not in path.name
        again = keras.models.load_model(path)
        np.testing.assert_array_equal(model.predict(X), again.predict(X))
        path.unlink()
    for name in ("m.ckpt", "m.weights.h5", "m.npz"):
        saver = keras.callbacks.ModelCheckpoint(
            tmp_path / name, save_weights_only=True, save_freq=2
        )
        model.fit(X, Y, batch_size=2, verbose=0, callbacks=[saver])
        again = small()
        again.load_weights(tmp_path / name)


def doubled(x):
    return x * 2


class Holder(keras.layers.Layer):
    """Has objects in its configuration as they are."""

    def __init__(self, inner=None, function=doubled, **kwargs):
        super().__init__(**kwargs)
        self.inner = inner or keras.layers.Dense(2)
        self.function = function

    def call(self, x):
        return self.function(self.inner(x))

    def get_config(self):
        return {"inner": self.inner, "function": self.function}


class Pair(keras.Model):
    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.first, self.second = keras.layers.Dense(3), keras.layers.Dense(3)

    def call(self, a, b=None):
        return self.first(a) if b is None else self.first(a) + self.second(b)


@pytest.mark.parametrize("make", [lambda: keras.Sequential([Holder()]), Pair])
def test_models_come_back_that_were_built_by_one_call(make, tmp_path):
    x = np.random.default_rng(0).normal(size=(2, 4)).astype("float32")
    model = make()
    args = (x,) if isinstance(model, keras.Sequential) else (x, x[:, :3])
    expected = model(*args)
    model.save(tmp_path / "m.keras")
    custom = {"Holder": Holder, "Pair": Pair, "doubled": doubled}
    loaded = keras.models.load_model(tmp_path / "m.keras", custom)
    assert loaded.built
    np.testing.assert_allclose(loaded(*args), expected, rtol=1e-6)


@pytest.mark.parametrize("name", ["m.weights.h5", "m.keras"])
def test_layers_that_a_file_lacks_may_stay_as_they_are(name, tmp_path):
    old = keras.Sequential([keras.Input((3,)), layers.Dense(4), layers.Dense(5)])
    (old.save if name == "m.keras" else old.save_weights)(tmp_path / name)
    new = keras.Sequential([keras.Input((3,)), *map(layers.Dense, (4, 5, 5))])
    with pytest.raises(ValueError, match="does not fit"):
        new.load_weights(tmp_path / name)
    with pytest.warns(UserWarning, match="does not fit"):
        new.load_weights(tmp_path / name, skip_mismatch=True)
    for mine, theirs in zip(new.get_weights(), old.get_weights()):
        np.testing.assert_array_equal(mine, theirs)


def test_an_archive_may_hold_a_model_without_weights(tmp_path):
    model = keras.Sequential([layers.Dense(3)])
    model.compile("sgd", "mse")
    with pytest.warns(UserWarning, match="without weights"):
        model.save(tmp_path / "m.keras")
    with pytest.raises(ValueError, match="no weights yet"):
        model.save(tmp_path / "m.h5")
    loaded = keras.models.load_model(tmp_path / "m.keras")
    assert loaded.compiled and not loaded.built


@pytest.mark.parametrize("name", ["cp.ckpt", "checkpoints/mine"])
def test_weights_are_saved_under_any_name(name, tmp_path):
    model = keras.Sequential([keras.Input((3,)), layers.Dense(2)])
    model.save_weights(tmp_path / name)
    before = model.get_weights()
    model.set_weights([w + 1 for w in before])
    model.load_weights(tmp_path / name)
    for mine, old in zip(model.get_weights(), before):
        np.testing.assert_array_equal(mine, old)


def test_classes_may_come_as_the_third_argument_of_keras_2():
    data = keras.saving.serialize_keras_object(Holder())
    again = keras.saving.deserialize_keras_object(data, None, {"Holder": Holder})
    assert isinstance(again, Holder)
