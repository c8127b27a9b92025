"""Fetched files, images, and data that is cut into parts."""

import hashlib
import io
import os
import tarfile
import zipfile

import numpy as np
import pytest

import kerasish as keras
from kerasish.errors import FileFormatError
from kerasish.utils import (
    array_to_img,
    get_file,
    get_source_inputs,
    img_to_array,
    load_img,
    save_img,
    split_dataset,
    timeseries_dataset_from_array,
    to_ordinal,
)


def source(tmp_path, content=b"abc", name="data.bin"):
    path = tmp_path / name
    path.write_bytes(content)
    return path.as_uri()


@pytest.mark.parametrize("algorithm", ["md5", "sha256"])
def test_the_hash_is_checked(tmp_path, algorithm):
    origin = source(tmp_path)
    right = hashlib.new(algorithm, b"abc").hexdigest()
    cache = tmp_path / "cache"
    with pytest.raises(ValueError, match="another hash"):
        get_file(origin=origin, file_hash="0" * len(right), cache_dir=cache)
    assert not any(files for _, _, files in os.walk(cache))
    path = get_file(origin=origin, file_hash=right, cache_dir=cache)
    with open(path, "rb") as file:
        assert file.read() == b"abc"


def test_a_file_is_fetched_once(tmp_path):
    origin = source(tmp_path)
    path = get_file("mine", origin, cache_dir=tmp_path, cache_subdir="s")
    assert path == str(tmp_path / "s" / "mine")
    source(tmp_path, b"new")
    assert get_file("mine", origin, cache_dir=tmp_path, cache_subdir="s") == path
    assert (tmp_path / "s" / "mine").read_bytes() == b"abc"
    get_file("mine", origin, cache_dir=tmp_path, cache_subdir="s", force_download=True)
    assert (tmp_path / "s" / "mine").read_bytes() == b"new"
    with pytest.raises(OSError, match="cannot be fetched"):
        get_file(origin=(tmp_path / "none").as_uri(), cache_dir=tmp_path)


def tar_of(name, link=None):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        member = tarfile.TarInfo(name)
        member.size = 2
        archive.addfile(member, io.BytesIO(b"hi"))
        if link:
            entry = tarfile.TarInfo("link")
            entry.type, entry.linkname = tarfile.SYMTYPE, link
            archive.addfile(entry)
    return buffer.getvalue()


def zip_of(name):
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr(name, "hi")
    return buffer.getvalue()


@pytest.mark.parametrize("make", [tar_of, zip_of])
def test_archives_are_unpacked_inside_only(tmp_path, make):
    origin = source(tmp_path, make("inner/a.txt"), "archive")
    folder = get_file(origin=origin, extract=True, cache_dir=tmp_path / "c")
    with open(os.path.join(folder, "inner", "a.txt")) as file:
        assert file.read() == "hi"
    for number, name in enumerate(("../out.txt", "/out.txt")):
        origin = source(tmp_path, make(name), f"bad{number}")
        with pytest.raises(FileFormatError, match="outside"):
            get_file(origin=origin, extract=True, cache_dir=tmp_path / "c")
    assert not (tmp_path / "out.txt").exists()


def test_links_are_left_out_and_other_files_refused(tmp_path):
    origin = source(tmp_path, tar_of("a", link="/etc/passwd"), "archive.tar.gz")
    folder = get_file(origin=origin, untar=True, cache_dir=tmp_path / "c")
    assert os.listdir(folder) == ["a"]
    assert folder.endswith("archive")
    with pytest.raises(FileFormatError, match="no archive"):
        get_file(origin=source(tmp_path), extract=True, cache_dir=tmp_path / "c")


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_images_come_back(tmp_path, channels):
    x = np.random.default_rng(0).integers(0, 256, (5, 7, channels)).astype("float32")
    save_img(tmp_path / "i.png", x, scale=False)
    mode = {1: "grayscale", 3: "rgb", 4: "rgba"}[channels]
    image = load_img(tmp_path / "i.png", color_mode=mode)
    np.testing.assert_array_equal(img_to_array(image), x)
    first = img_to_array(image, data_format="channels_first", dtype="uint8")
    np.testing.assert_array_equal(first, x.transpose(2, 0, 1))
    back = array_to_img(first, data_format="channels_first", scale=False)
    np.testing.assert_array_equal(img_to_array(back), x)


def test_images_are_resized_and_scaled(tmp_path):
    x = np.zeros((4, 8, 3))
    x[:, 4:] = 2.0
    save_img(tmp_path / "i.jpg", np.dstack([x, np.ones((4, 8))]))
    save_img(tmp_path / "i.png", x)
    whole = img_to_array(load_img(tmp_path / "i.png", target_size=(4, 4)))
    np.testing.assert_array_equal(whole[0, :, 0], [0, 0, 255, 255])
    middle = load_img(tmp_path / "i.png", target_size=(4, 4), keep_aspect_ratio=True)
    np.testing.assert_array_equal(img_to_array(middle)[0, :, 0], [0, 0, 255, 255])
    with pytest.raises(ValueError, match="color_mode"):
        load_img(tmp_path / "i.png", color_mode="bgr")
    with pytest.raises(ValueError, match="channels"):
        array_to_img(np.zeros((2, 2, 2)))


def test_split_dataset():
    x, y = np.arange(10), np.arange(10) * 2
    left, right = split_dataset((x, y), left_size=0.6, shuffle=True, seed=1)
    parts = [int(pair[0]) for part in (left, right) for pair in part]
    assert sorted(parts) == list(range(10))
    assert parts != list(range(10))
    assert (len(left), len(right)) == (6, 4)
    assert all(second == 2 * first for first, second in left)
    left, right = split_dataset([(1, 2), (3, 4), (5, 6)], right_size=1)
    assert (len(left), list(right)) == (2, [(5, 6)])
    with pytest.raises(ValueError, match="left_size"):
        split_dataset(x, left_size=11)
    with pytest.raises(ValueError, match="There are 10"):
        split_dataset(x, left_size=6, right_size=6)


def test_windows_of_a_series():
    windows = timeseries_dataset_from_array(
        np.arange(20), np.arange(20) * 10, 3, 2, 2, batch_size=4, start_index=1
    )
    x, y = next(iter(windows))
    np.testing.assert_array_equal(x[:2], [[1, 3, 5], [3, 5, 7]])
    np.testing.assert_array_equal(y[:2], [10, 30])
    assert sum(len(batch[1]) for batch in windows) == 8
    with pytest.raises(ValueError, match="positive"):
        timeseries_dataset_from_array(np.arange(5), None, 0)


def test_source_inputs_through_several_layers():
    a, b = keras.Input((2,)), keras.Input((2,))
    shared = keras.layers.Dense(2)
    total = keras.layers.Add()([shared(a), shared(b)])
    found = get_source_inputs(keras.layers.Dense(1)(total))
    assert [any(x is known for x in found) for known in (a, b)] == [True, True]
    assert len(found) == 2


def test_ordinal():
    np.testing.assert_array_equal(to_ordinal([[2], [0]], 3), [[[1, 1]], [[0, 0]]])
