"""Files that are damaged or made to do harm end in one clear error."""

import json

import h5py
import pytest

import kerasish as keras
from kerasish.errors import FileFormatError
from tests.saving.fuzz_h5 import fuzz


def saved(path):
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, name="one")])
    model.compile("adam", "mse")
    model.save(path)
    return path


def with_config(path, change):
    with h5py.File(path, "a") as file:
        config = json.loads(file.attrs["model_config"])
        file.attrs["model_config"] = json.dumps(change(config))


def larger(config):
    config["config"]["layers"][1]["config"]["units"] = 1 << 36
    return config


def without_a_class(config):
    del config["config"]["layers"][1]["class_name"]
    return config


def nested(config):
    for _ in range(80):
        config = {"class_name": "Sequential", "config": {"layers": [config]}}
    return config


@pytest.mark.parametrize(
    "change, words",
    [
        (larger, "larger than what the file can hold"),
        (without_a_class, "class_name"),
        (nested, "nested too deeply"),
        (lambda config: [config], "not one of a model"),
        (lambda config: {**config, "config": 7}, "damaged"),
        (lambda config: {**config, "config": {"layers": 7}}, "damaged"),
    ],
)
def test_configurations(change, words, tmp_path):
    path = saved(tmp_path / "m.h5")
    with_config(path, change)
    with pytest.raises(FileFormatError, match=words):
        keras.saving.load_model(path)


@pytest.mark.parametrize(
    "make, words",
    [
        (lambda g: g.create_dataset("x", (1 << 36,), "f4", chunks=True), "are stored"),
        (lambda g: g.__setitem__("x", h5py.ExternalLink("a.h5", "/")), "another file"),
        (lambda g: g.__setitem__("x", h5py.SoftLink("/nowhere")), "nothing"),
        (lambda g: g.__setitem__("x", "text"), "no numbers"),
        (lambda g: g.create_group("x"), "no array"),
    ],
)
def test_data_sets(make, words, tmp_path):
    path = saved(tmp_path / "m.h5")
    with h5py.File(path, "a") as file:
        group = file["model_weights/one"]
        make(group)
        group.attrs["weight_names"] = [b"x", b"x"]
    with pytest.raises(FileFormatError, match=words):
        keras.saving.load_model(path)


def test_virtual_data_sets_are_not_read(tmp_path):
    path = saved(tmp_path / "m.h5")
    layout = h5py.VirtualLayout((4, 3), "f4")
    layout[:] = h5py.VirtualSource(tmp_path / "other.h5", "x", (4, 3))
    with h5py.File(path, "a") as file:
        group = file["model_weights/one"]
        name = group.attrs["weight_names"][0].decode()
        del group[name]
        group.create_virtual_dataset(name, layout)
    with pytest.raises(FileFormatError, match="in another file"):
        keras.saving.load_model(path)


def test_damaged_files_in_many_ways():
    results, bad = fuzz(first=5_000_000, count=60)
    assert not bad and results["FileFormatError"] > 10


@pytest.mark.parametrize("place", [16, 8, 4, 0])
def test_texts_whose_place_is_wrong_are_not_read(place, tmp_path):
    path = saved(tmp_path / "m.h5")
    content = bytearray(path.read_bytes())
    heap = content.index(b"GCOL")
    reference = heap.to_bytes(8, "little") + (1).to_bytes(4, "little")
    # The number of the object, its place, its length, and the heap itself.
    at = content.index(reference) + 8 if place == 16 else heap + place
    content[at : at + 4] = b"\xf7\x00\x00\x7f"
    path.write_bytes(content)
    with pytest.raises(FileFormatError):
        keras.saving.load_model(path)
