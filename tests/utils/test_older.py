"""Helpers of Keras 2, and small classes of `utils`."""

import builtins
import io
import pickle
import threading
from unittest import mock

import numpy as np
import pytest

import kerasish as keras
from kerasish import utils


def test_config():
    config = utils.Config(a=1)
    config.b = 2
    config["c"] = 3
    config.update({"d": 4}, e=5)
    assert config.pop("e") == 5 and "e" not in config
    del config["d"]
    assert (list(config), len(config), config.get("x", 7)) == (["a", "b", "c"], 3, 7)
    assert config.as_dict() == {"a": 1, "b": 2, "c": 3}
    assert config.to_json() == '{"a": 1, "b": 2, "c": 3}'
    with pytest.raises(AttributeError, match="no value named"):
        config.colour  # noqa: B018
    config.freeze()
    assert config.frozen
    for change in (
        lambda: config.update(a=2),
        lambda: config.pop("a"),
        lambda: setattr(config, "a", 2),
        lambda: config.__setitem__("a", 2),
        lambda: config.__delitem__("a"),
    ):
        with pytest.raises(ValueError, match="frozen"):
            change()
    copied = pickle.loads(pickle.dumps(config))
    assert copied.as_dict() == config.as_dict() and copied.frozen
    config.unfreeze()
    config.a = 9
    assert dict(config.items())["a"] == 9


def test_timed_thread():
    twice = threading.Event()

    class Count(utils.TimedThread):
        calls = 0

        def on_interval(self):
            self.calls += 1
            if self.calls == 2:
                twice.set()

    with Count(0.001) as counter:
        assert twice.wait(30)
        thread = counter.thread
        counter.start()
        assert counter.thread is thread
    thread.join(30)
    assert not counter.is_alive()
    with pytest.raises(NotImplementedError, match="on_interval"):
        utils.TimedThread(1).on_interval()


def test_rows_of_hdf5_files(tmp_path):
    import h5py

    x = np.arange(40.0).reshape(20, 2)
    with h5py.File(tmp_path / "x.h5", "w") as file:
        file["x"] = x
    matrix = utils.HDF5Matrix(tmp_path / "x.h5", "x", 4, 16, lambda rows: rows / 10)
    part = x[4:16] / 10
    np.testing.assert_array_equal(matrix[:], part)
    np.testing.assert_array_equal(matrix[3], part[3])
    np.testing.assert_array_equal(matrix[-1], part[-1])
    np.testing.assert_array_equal(matrix[[5, 1, 5]], part[[5, 1, 5]])
    np.testing.assert_array_equal(matrix[2:9:3], part[2:9:3])
    assert (matrix.ndim, matrix.size, matrix.dtype) == (2, 24, np.float64)
    model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    model.compile("sgd", "mse")
    model.fit(matrix, part[:, :1], batch_size=5, verbose=0)
    assert model.predict(matrix, verbose=0).shape == (12, 1)
    matrix.close()


def test_groups_of_hdf5_files_as_dicts(tmp_path):
    with utils.H5Dict(tmp_path / "d.h5", "w") as values:
        values["number"] = 3
        values["text"] = "ä"
        values.update({"names": ["a", "b"]})
        values["names"] = ["c", "d"]
        values["inner"]["x"] = np.eye(2)
    with utils.h5dict(tmp_path / "d.h5", "r") as values:
        assert sorted(values.keys()) == ["inner", "names", "number", "text"]
        assert (values["number"], values["text"]) == (3, "ä")
        assert values["names"] == ["c", "d"]
        np.testing.assert_array_equal(values["inner"]["x"], np.eye(2))
        assert values.get("none", 1) == 1
        with pytest.raises(KeyError):
            values["none"]
        with pytest.raises(ValueError, match="reading only"):
            values["a"] = 1
    assert utils.H5Dict.is_supported_type("x.h5")
    assert not utils.H5Dict.is_supported_type({})


@pytest.mark.parametrize("padding", ["same", "valid"])
@pytest.mark.parametrize(("size", "stride"), [(3, 1), (4, 2), (5, 3)])
def test_lengths_are_those_of_layers(padding, size, stride):
    x = np.zeros((1, 17, 1), "float32")
    for dilation in {1, 2 if stride == 1 else 1}:
        layer = keras.layers.Conv1D(
            1, size, stride, padding=padding, dilation_rate=dilation
        )
        found = utils.conv_output_length(17, size, padding, stride, dilation)
        assert layer(x).shape[1] == found
    layer = keras.layers.Conv1DTranspose(1, size, stride, padding=padding)
    assert layer(x).shape[1] == utils.deconv_length(17, stride, size, padding, None)
    if padding == "valid":
        length = utils.conv_input_length(5, size, padding, stride)
        assert utils.conv_output_length(length, size, padding, stride) == 5
    assert utils.conv_output_length(None, 3, "same", 1) is None


def test_kernels_in_other_formats():
    x = np.random.default_rng(0).standard_normal((2, 3, 4, 5)).astype("float32")
    dense = keras.layers.Dense(2)
    expected = np.asarray(dense(x.reshape(2, -1)))
    utils.convert_dense_weights_data_format(dense, (5, 3, 4), "channels_first")
    first = x.transpose(0, 3, 1, 2).reshape(2, -1)
    np.testing.assert_allclose(np.asarray(dense(first)), expected, 1e-5, 1e-6)
    utils.convert_dense_weights_data_format(dense, (3, 4, 5), "channels_last")
    np.testing.assert_allclose(
        np.asarray(dense(x.reshape(2, -1))), expected, 1e-5, 1e-6
    )
    kernel = np.arange(24).reshape(2, 3, 2, 2)
    turned = utils.convert_kernel(kernel)
    np.testing.assert_array_equal(turned, kernel[::-1, ::-1])
    with pytest.raises(ValueError, match="axes"):
        utils.convert_kernel(np.zeros((2, 2)))


def test_small_functions():
    assert utils.has_arg(keras.layers.Dense, "units")
    assert not utils.has_arg(len, "x")
    assert utils.has_arg(lambda **kwargs: 0, "x", accept_all=True)
    assert not utils.is_all_none([None, 1])
    assert utils.slice_arrays(None) == [None]
    np.testing.assert_array_equal(utils.slice_arrays(np.arange(5), [4, 0]), [4, 0])
    with pytest.raises(ValueError, match="stop"):
        utils.slice_arrays(np.arange(5), [1], 2)
    with pytest.raises(ValueError, match="strides"):
        utils.normalize_tuple((1, 2, 3), 2, "strides")
    with pytest.raises(ValueError, match="padding"):
        utils.normalize_padding("full")
    with pytest.raises(ValueError, match="target_format"):
        utils.transpose_shape((1, 2, 3), "last", (1,))
    assert utils.transpose_shape((1, 2, 3), "channels_last", (1,)) == (1, 2, 3)
    scale = 3
    double = utils.func_load(utils.func_dump(lambda x, by=2: x * by * scale))
    assert double(5) == 30
    seen = []
    pieces = utils.chunk_read(io.BytesIO(b"abc"), 2, lambda *x: seen.append(x))
    assert (list(pieces), seen) == ([b"ab", b"c"], [(1, 2, -1), (2, 2, -1)])
    answers = mock.Mock(side_effect=["what", "N"])
    with mock.patch.object(builtins, "input", answers):
        assert not utils.ask_to_proceed_with_overwrite("x")
    utils.init_pool_generator({"a": iter([1, 2])}, random_seed=1)
    assert utils.next_sample("a") == 1


def test_data_that_can_be_learnt():
    utils.set_random_seed(0)
    (x, y), (x_test, y_test) = utils.get_test_data(200, 50, (4,))
    assert (x.shape, y.shape, x_test.shape) == ((200, 4), (200,), (50, 4))
    guess = x_test.mean(axis=1) > 0.5
    assert np.mean(guess == y_test) > 0.8
    (x, y), _ = utils.get_test_data(20, 5, (4,), (2, 3), classification=False)
    assert y.shape == (20, 2, 3)


def test_embeddings_for_a_new_vocabulary(tmp_path):
    path = tmp_path / "words.txt"
    path.write_text("a\nb\nc\n", encoding="utf-8")
    old = np.arange(6.0).reshape(3, 2)
    found = utils.warmstart_embedding_matrix(str(path), ["c", "new", "a"], old, "ones")
    np.testing.assert_array_equal(found, [[4, 5], [1, 1], [0, 1]])


class Doubled(keras.layers.Layer):
    def call(self, x):
        return x * 2


class Liar(Doubled):
    def compute_output_shape(self, input_shape):
        return (*input_shape, 1)


def test_a_layer_is_tested():
    x = np.arange(6.0, dtype="float32").reshape(3, 2)
    out = utils.layer_test(Doubled, input_data=x, expected_output=x * 2)
    np.testing.assert_array_equal(out, x * 2)
    utils.layer_test(keras.layers.Conv1D, {"filters": 2, "kernel_size": 2}, (2, 5, 3))
    utils.layer_test(
        keras.layers.Embedding,
        {"input_dim": 10, "output_dim": 3},
        (2, 4),
        input_dtype="int32",
        expected_output_dtype="float32",
    )
    with pytest.raises(AssertionError, match="compute_output_shape"):
        utils.layer_test(Liar, input_shape=(2, 3))
    with pytest.raises(AssertionError):
        utils.layer_test(Doubled, input_data=x, expected_output=x)
