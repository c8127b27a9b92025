"""Event files, read by a decoder that shares nothing with the writer."""

import glob
import io
import os
import struct

import numpy as np
import pytest
from PIL import Image

import kerasish as keras
from kerasish.callbacks import TensorBoard
from kerasish.callbacks.event_messages import varint


def crc32c(data):
    """The checksum bit by bit, as polynomial division."""
    crc = 0xFFFFFFFF
    for byte in data:
        for position in range(8):
            bit = (crc ^ (byte >> position)) & 1
            crc = (crc >> 1) ^ (0x82F63B78 * bit)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def records(path):
    with open(path, "rb") as file:
        while head := file.read(8):
            assert struct.unpack("<I", file.read(4))[0] == masked(head)
            data = file.read(struct.unpack("<Q", head)[0])
            assert struct.unpack("<I", file.read(4))[0] == masked(data)
            yield data


def read_varint(data, at):
    value = shift = 0
    while True:
        value |= (data[at] & 127) << shift
        shift += 7
        at += 1
        if data[at - 1] < 128:
            return value, at


def fields(data):
    """The fields of a message: number -> list of values."""
    found, at = {}, 0
    while at < len(data):
        key, at = read_varint(data, at)
        kind = key & 7
        if kind == 0:
            value, at = read_varint(data, at)
        elif kind == 2:
            size, at = read_varint(data, at)
            value, at = data[at : at + size], at + size
        else:
            size, code = {1: (8, "<d"), 5: (4, "<f")}[kind]
            value, at = struct.unpack(code, data[at : at + size])[0], at + size
        found.setdefault(key >> 3, []).append(value)
    return found


def events(folder):
    paths = glob.glob(os.path.join(folder, "events.out.tfevents.*"))
    found = [fields(record) for path in sorted(paths) for record in records(path)]
    assert found[0][3] == [b"brain.Event:2"]
    return found


def values(folder):
    """(tag, step) -> the value's fields."""
    found = {}
    for event in events(folder):
        for summary in event.get(5, ()):
            for value in fields(summary).get(1, ()):
                parts = fields(value)
                found[parts[1][0].decode(), event.get(2, [0])[0]] = parts
    return found


def train(tmp_path, epochs=2, **options):
    keras.utils.set_random_seed(1)
    layers = keras.layers
    model = keras.Sequential(
        [
            keras.Input((4,), dtype="int32"),
            layers.Embedding(5, 3, name="words"),
            layers.Conv1D(2, 2, name="conv"),
            layers.Flatten(name="flat"),
            layers.Dense(1, name="dense"),
        ]
    )
    model.compile(keras.optimizers.SGD(0.01), "mse", metrics=["mae"])
    x = np.random.default_rng(0).integers(0, 5, (10, 4))
    y = x.sum(axis=1, keepdims=True).astype("float32")
    history = model.fit(
        x,
        y,
        batch_size=2,
        epochs=epochs,
        validation_data=(x, y),
        callbacks=[TensorBoard(tmp_path, **options)],
        verbose=0,
    )
    return model, history.history


def test_scalars(tmp_path):
    _, history = train(tmp_path)
    training, testing = values(tmp_path / "train"), values(tmp_path / "validation")
    for epoch in range(2):
        for name in ("loss", "mae"):
            key = (f"epoch_{name}", epoch)
            assert training[key][2] == [pytest.approx(history[name][epoch])]
            assert testing[key][2] == [pytest.approx(history[f"val_{name}"][epoch])]
        assert training["epoch_learning_rate", epoch][2] == [pytest.approx(0.01)]
    assert ("evaluation_loss_vs_iterations", 10) in testing
    assert not any(tag.startswith("batch_") for tag, _ in training)


def test_batches_and_speed(tmp_path):
    train(tmp_path, update_freq=2, write_steps_per_second=True)
    found = values(tmp_path / "train")
    steps = sorted(step for tag, step in found if tag == "batch_loss")
    assert steps == [2, 4, 6, 8, 10]
    assert found["batch_steps_per_second", 4][2][0] > 0
    assert found["epoch_steps_per_second", 1][2][0] > 0


def test_histograms_and_images(tmp_path):
    model, _ = train(tmp_path, epochs=1, histogram_freq=1, write_images=True)
    found = values(tmp_path / "train")
    for weight in model.weights:
        array = weight.numpy().astype("float64")
        parts = fields(found[f"{weight.path}/histogram", 0][5][0])
        low, high, count, total, squares = (parts[number][0] for number in range(1, 6))
        assert (low, high, count) == (array.min(), array.max(), array.size)
        assert total == pytest.approx(array.sum())
        assert squares == pytest.approx((array**2).sum())
        edges, counts = (np.frombuffer(parts[n][0], "<f8") for n in (6, 7))
        assert len(edges) == len(counts)
        assert counts.sum() == array.size
        assert np.all(np.diff(edges) > 0)
    table = model.get_layer("words").weights[0]
    image = fields(found[f"{table.path}/image/0", 0][4][0])
    assert (image[1], image[2], image[3]) == ([5], [3], [1])
    pixels = np.asarray(Image.open(io.BytesIO(image[4][0])))
    expected = table.numpy()
    expected = (expected - expected.min()) / np.ptp(expected) * 255
    np.testing.assert_allclose(pixels, expected, atol=1)


def test_graph_and_text(tmp_path):
    model, _ = train(tmp_path, epochs=1)
    (graph,) = [event[4][0] for event in events(tmp_path / "train") if 4 in event]
    nodes = [fields(node) for node in fields(graph)[1]]
    names = {node[1][0].decode(): node for node in nodes}
    assert {"words", "conv", "flat", "dense"} <= set(names)
    assert names["dense"][2] == [b"Dense"]
    assert names["dense"][3] == [b"flat"]
    text = values(tmp_path / "train")["keras", 0]
    assert fields(text[8][0])[8] == [model.to_json().encode()]
    assert fields(fields(text[9][0])[1][0])[1] == [b"text"]


def test_embeddings(tmp_path):
    model, _ = train(tmp_path, embeddings_freq=1, embeddings_metadata="names.tsv")
    settings = (tmp_path / "train" / "projector_config.pbtxt").read_text()
    assert 'tensor_path: "words.tsv"' in settings
    assert 'metadata_path: "names.tsv"' in settings
    table = np.loadtxt(tmp_path / "train" / "words.tsv", delimiter="\t")
    np.testing.assert_allclose(table, model.get_layer("words").get_weights()[0])


def test_evaluate_alone(tmp_path):
    model, _ = train(tmp_path / "a", epochs=1)
    x = np.zeros((2, 4))
    board = TensorBoard(tmp_path / "b")
    loss, _ = model.evaluate(x, np.ones((2, 1)), callbacks=[board], verbose=0)
    found = values(tmp_path / "b" / "validation")
    assert found["evaluation_loss_vs_iterations", 5][2] == [pytest.approx(loss)]


def test_bad_arguments():
    with pytest.raises(ValueError, match="update_freq"):
        TensorBoard(update_freq="step")
    with pytest.warns(UserWarning, match="profile_batch"):
        TensorBoard(profile_batch=2)


def test_negative_integers_take_ten_bytes():
    assert read_varint(varint(-1), 0) == (2**64 - 1, 10)


def test_tensorboard_itself_reads_the_files(tmp_path):
    accumulators = pytest.importorskip(
        "tensorboard.backend.event_processing.event_accumulator"
    )
    model, history = train(
        tmp_path, histogram_freq=1, write_images=True, embeddings_freq=1
    )
    everything = dict.fromkeys(("scalars", "histograms", "images", "tensors"), 0)
    reader = accumulators.EventAccumulator(str(tmp_path / "train"), everything)
    reader.Reload()
    losses = [event.value for event in reader.Scalars("epoch_loss")]
    assert losses == pytest.approx(history["loss"])
    tags = reader.Tags()
    weights = {weight.path for weight in model.weights}
    assert {f"{path}/histogram" for path in weights} <= set(tags["histograms"])
    assert any(tag.endswith("dense/kernel/image/0") for tag in tags["images"])
    assert tags["graph"]
    names = {node.name for node in reader.Graph().node}
    assert {"words", "conv", "flat", "dense"} <= names
