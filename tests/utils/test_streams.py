"""Streams of elements, and streams of the files of folders."""

import os
import random
import wave

import numpy as np
import pytest

import kerasish as keras
from kerasish.utils import (
    Dataset,
    audio_dataset_from_directory,
    image_dataset_from_directory,
    save_img,
    split_dataset,
    text_dataset_from_directory,
    timeseries_dataset_from_array,
)
from kerasish.utils.sounds import resampled

NUMBERS = Dataset(lambda: range(7), 7)


def values(stream):
    return [np.asarray(element).tolist() for element in stream]


CASES = {
    "map": (lambda s: s.map(lambda n: n + 1), [1, 2, 3, 4, 5, 6, 7]),
    "filter": (lambda s: s.filter(lambda n: n % 3 == 0), [0, 3, 6]),
    "batch": (lambda s: s.batch(3), [[0, 1, 2], [3, 4, 5], [6]]),
    "drop": (lambda s: s.batch(3, drop_remainder=True), [[0, 1, 2], [3, 4, 5]]),
    "unbatch": (lambda s: s.batch(3).unbatch(), list(range(7))),
    "take": (lambda s: s.take(2), [0, 1]),
    "take all": (lambda s: s.take(-1), list(range(7))),
    "skip": (lambda s: s.skip(5), [5, 6]),
    "repeat": (lambda s: s.take(2).repeat(2), [0, 1, 0, 1]),
    "endless": (lambda s: s.repeat().take(9), [0, 1, 2, 3, 4, 5, 6, 0, 1]),
    "enumerate": (lambda s: s.skip(5).enumerate(1), [[1, 5], [2, 6]]),
    "concatenate": (lambda s: s.take(1).concatenate(s.skip(6)), [0, 6]),
    "zip": (lambda s: Dataset.zip(s, s.skip(5)), [[0, 5], [1, 6]]),
    "prefetch": (lambda s: s.prefetch(3), list(range(7))),
    "generator": (
        lambda s: Dataset.from_generator(range, args=(2,), output_signature=None),
        [0, 1],
    ),
    "padded": (
        lambda s: s.take(3).map(lambda n: np.ones(n)).padded_batch(3),
        [[[0, 0], [1, 0], [1, 1]]],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_what_streams_yield(name):
    change, expected = CASES[name]
    stream = change(NUMBERS)
    for _ in range(2):
        assert values(stream) == expected
    if stream.cardinality() >= 0:
        assert len(stream) == len(expected)
    else:
        with pytest.raises(TypeError, match="length"):
            len(stream)


def test_endless_and_unknown_sizes():
    assert NUMBERS.repeat().cardinality() == Dataset.INFINITE == -1
    assert NUMBERS.repeat().batch(2).cardinality() == -1
    assert NUMBERS.filter(bool).cardinality() == Dataset.UNKNOWN == -2
    assert NUMBERS.concatenate(NUMBERS.repeat()).cardinality() == -1


def test_shuffling():
    mixed = NUMBERS.shuffle(7, seed=3)
    first, second = values(mixed), values(mixed)
    assert sorted(first) == sorted(second) == list(range(7))
    assert first != second
    assert values(NUMBERS.shuffle(7, seed=3)) == first
    fixed = NUMBERS.shuffle(7, reshuffle_each_iteration=False)
    assert values(fixed) == values(fixed)
    # An element can leave the buffer no earlier than it came in.
    small = values(NUMBERS.shuffle(2))
    assert all(value <= place + 1 for place, value in enumerate(small))
    keras.utils.set_random_seed(5)
    again = values(NUMBERS.shuffle(7))
    keras.utils.set_random_seed(5)
    assert values(NUMBERS.shuffle(7)) == again


def test_cached_elements_are_computed_once():
    calls = []
    stream = NUMBERS.map(lambda n: calls.append(n) or n * 2).cache()
    next(iter(stream))
    assert values(stream) == values(stream) == [0, 2, 4, 6, 8, 10, 12]
    assert calls == [0, *range(7)]


def test_errors_and_early_ends_of_a_prefetched_stream():
    def fail(n):
        if n == 3:
            raise ZeroDivisionError
        return n

    stream = NUMBERS.map(fail).prefetch()
    assert next(iter(stream)) == 0
    with pytest.raises(ZeroDivisionError):
        list(stream)


def test_structures():
    stream = Dataset.from_tensor_slices({"a": np.arange(4), "b": np.eye(4)})
    batch = next(iter(stream.batch(3)))
    np.testing.assert_array_equal(batch["a"], [0, 1, 2])
    assert batch["b"].shape == (3, 4)
    with pytest.raises(ValueError, match="number of rows"):
        Dataset.from_tensor_slices((np.zeros(3), np.zeros(4)))
    with pytest.raises(ValueError, match="batch_size"):
        stream.batch(0)


def test_models_train_on_streams():
    x = np.random.default_rng(0).standard_normal((24, 3)).astype("float32")
    y = x.sum(axis=1, keepdims=True)
    train, test = split_dataset((x, y), left_size=16)
    model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(1)])
    model.compile(keras.optimizers.SGD(0.1), "mse")
    train = train.map(lambda a, b: (keras.ops.multiply(a, 1.0), b))
    train = train.shuffle(16).batch(4).prefetch(2)
    history = model.fit(train, epochs=30, validation_data=test.batch(3), verbose=0)
    assert history.params["steps"] == 4
    assert history.history["val_loss"][-1] < 0.01
    loss = model.evaluate(test.batch(8), verbose=0)
    assert loss == pytest.approx(history.history["val_loss"][-1], rel=1e-5)
    np.testing.assert_allclose(
        model.predict(test.batch(3), verbose=0), model.predict(x[16:], verbose=0), 1e-5
    )
    model.fit(train.repeat(), steps_per_epoch=3, epochs=1, verbose=0)


def test_windows_reach_a_recurrent_model():
    series = np.sin(np.arange(40) / 3).astype("float32")[:, None]
    data = timeseries_dataset_from_array(
        series, series[5:, 0], 5, batch_size=8, shuffle=True, seed=1
    )
    assert sum(len(y) for _, y in data) == 35
    for x, y in data:
        step = series[5:].tolist().index([y[0]])
        np.testing.assert_array_equal(x[0], series[step : step + 5])
    single = timeseries_dataset_from_array(series, None, 5, batch_size=None)
    assert next(iter(single)).shape == (5, 1)


@pytest.fixture
def pictures(tmp_path):
    for kind, count in (("cat", 6), ("dog", 4)):
        (tmp_path / kind).mkdir()
        for number in range(count):
            shade = np.full((4 + number, 8, 3), 10.0 * number + (kind == "dog"))
            save_img(tmp_path / kind / f"{number}.png", shade, scale=False)
    return tmp_path


def test_pictures_of_a_folder(pictures, capsys):
    data = image_dataset_from_directory(pictures, image_size=(6, 5), batch_size=4)
    assert capsys.readouterr().out == "Found 10 files belonging to 2 classes.\n"
    assert data.class_names == ["cat", "dog"]
    assert len(data) == 3
    seen = []
    for x, y in data:
        assert x.shape[1:] == (6, 5, 3) and x.dtype == "float32"
        seen += [(round(float(image.mean())), int(label)) for image, label in zip(x, y)]
    known = [(10 * n, 0) for n in range(6)] + [(10 * n + 1, 1) for n in range(4)]
    assert sorted(seen) == sorted(known)


# What keras.utils.image_dataset_from_directory(..., validation_split=0.3, seed=7,
# subset="validation").file_paths holds for files of these names.
VALIDATION = ["cat/3.png", "dog/0.png", "cat/4.png"]


def test_parts_are_those_of_keras(pictures, capsys):
    options = {"validation_split": 0.3, "seed": 7, "image_size": 4, "verbose": False}
    both = image_dataset_from_directory(pictures, subset="both", **options)
    train, validation = both
    found = [os.path.relpath(path, pictures) for path in validation.file_paths]
    assert [path.replace(os.sep, "/") for path in found] == VALIDATION
    assert len(train.file_paths) == 7
    assert not set(train.file_paths) & set(validation.file_paths)
    alone = image_dataset_from_directory(pictures, subset="training", **options)
    assert alone.file_paths == train.file_paths


@pytest.mark.parametrize(
    ("mode", "expected"),
    [("binary", [[1.0], [1.0]]), ("categorical", [[0, 1], [0, 1]]), ("int", [1, 1])],
)
def test_forms_of_labels(pictures, mode, expected):
    data = image_dataset_from_directory(
        pictures, label_mode=mode, shuffle=False, image_size=2, batch_size=2
    )
    *_, (_, last) = data
    np.testing.assert_array_equal(last, expected)


def test_pictures_without_labels_and_with_given_ones(pictures):
    options = {"image_size": 2, "batch_size": None, "verbose": False, "shuffle": False}
    single = image_dataset_from_directory(
        pictures,
        label_mode=None,
        color_mode="grayscale",
        data_format="channels_first",
        **options,
    )
    assert next(iter(single)).shape == (1, 2, 2)
    data = image_dataset_from_directory(pictures, labels=list(range(10)), **options)
    assert [int(y) for _, y in data] == list(range(10))
    turned = image_dataset_from_directory(
        pictures, class_names=["dog", "cat"], **options
    )
    assert turned.class_names == ["dog", "cat"]
    assert [int(y) for _, y in turned] == [0] * 4 + [1] * 6


BAD = {
    "labels": ({"labels": "none"}, "labels must"),
    "mode": ({"label_mode": "float"}, "label_mode"),
    "subset": ({"subset": "training"}, "together"),
    "share": ({"subset": "both", "validation_split": 2, "seed": 1}, "between"),
    "name": ({"subset": "test", "validation_split": 0.5, "seed": 1}, "subset must"),
    "seed": ({"subset": "both", "validation_split": 0.5}, "seed"),
    "classes": ({"class_names": ["cow"]}, "subfolders"),
    "names": ({"labels": None, "class_names": ["cat"]}, "only with"),
    "count": ({"labels": [1, 2]}, "There are 10"),
    "binary": ({"class_names": ["cat"], "label_mode": "binary"}, "exactly two"),
    "colour": ({"color_mode": "bgr"}, "color_mode"),
    "size": ({"image_size": (1, 2, 3)}, "image_size"),
    "empty": ({"validation_split": 0.01, "subset": "validation", "seed": 1}, "no file"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_arguments(pictures, name):
    options, message = BAD[name]
    with pytest.raises(ValueError, match=message):
        image_dataset_from_directory(pictures, verbose=False, **options)


def test_texts_of_a_folder(tmp_path):
    for kind in ("bad", "good"):
        (tmp_path / kind).mkdir()
        for number in range(3):
            path = tmp_path / kind / f"{number}.txt"
            path.write_text(f"a {kind} film, ä", encoding="utf-8")
    data = text_dataset_from_directory(tmp_path, batch_size=2, max_length=10)
    texts = {(str(t), int(y)) for x, labels in data for t, y in zip(x, labels)}
    assert texts == {("a bad film", 0), ("a good fil", 1)}
    layer = keras.layers.TextVectorization()
    layer.adapt(data.map(lambda x, y: x))
    assert set(layer.get_vocabulary()[2:]) == {"a", "bad", "good", "film", "fil"}
    model = keras.Sequential([keras.layers.Embedding(7, 2), keras.layers.Flatten()])
    model.add(keras.layers.Dense(1))
    model.compile("sgd", "mse")
    model.fit(data.map(lambda x, y: (layer(x), y)), verbose=0)


@pytest.mark.parametrize("width", [1, 2, 3, 4])
def test_sounds_of_a_folder(tmp_path, width):
    (tmp_path / "bell").mkdir()
    full = 2 ** (8 * width - 1)
    random.seed(0)
    for number, length in enumerate((4, 6)):
        samples = [random.randrange(-full, full) for _ in range(2 * length)]
        offset = full if width == 1 else 0
        signed = width > 1
        data = [
            int(s + offset).to_bytes(width, "little", signed=signed) for s in samples
        ]
        with wave.open(str(tmp_path / "bell" / f"{number}.wav"), "wb") as file:
            file.setparams((2, width, 8000, 0, "NONE", ""))
            file.writeframes(b"".join(data))
    stream = audio_dataset_from_directory(tmp_path, shuffle=False, verbose=False)
    ((x, y),) = stream
    assert x.shape == (2, 6, 2)
    np.testing.assert_array_equal(x[0, 4:], 0)
    expected = np.array(samples).reshape(6, 2) / full
    np.testing.assert_allclose(x[1], expected, atol=1e-7)
    cut = audio_dataset_from_directory(
        tmp_path, output_sequence_length=5, sampling_rate=4000, verbose=False
    )
    assert next(iter(cut))[0].shape == (2, 5, 2)
    with pytest.raises(ValueError, match="dense"):
        audio_dataset_from_directory(tmp_path, ragged=True)


@pytest.mark.parametrize("length", [8, 9, 12])
@pytest.mark.parametrize("wanted", [3, 6, 10, 15])
def test_sounds_at_another_rate(length, wanted):
    signal = pytest.importorskip("scipy.signal")
    sound = np.random.default_rng(0).standard_normal((length, 2))
    expected = signal.resample(sound, round(length * wanted / 6), axis=0)
    np.testing.assert_allclose(resampled(sound, 6, wanted), expected, atol=1e-12)
