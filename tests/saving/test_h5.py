"""Models and weights in HDF5 files."""

import json
import os
import subprocess
import sys

import h5py
import numpy as np
import pytest

import kerasish as keras
from kerasish import layers
from kerasish.errors import FileFormatError, ShapeError

X = np.random.default_rng(0).normal(size=(6, 4)).astype("float32")
Y = np.random.default_rng(1).normal(size=(6, 2)).astype("float32")


def chain(*names):
    first, second = names or ("one", "two")
    return keras.Sequential(
        [keras.Input((4,)), layers.Dense(3, name=first),
         layers.BatchNormalization(name="norm"), layers.Dense(2, name=second)]
    )  # fmt: skip


def branching():
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    z = keras.Input((3,))
    inner = keras.Model(z, layers.Dense(3, name="deep")(z), name="inner")
    steps = keras.Sequential([keras.Input((3,)), layers.Dense(3)], name="steps")
    shared = layers.Dense(3, name="shared")
    h = layers.Add()([inner(shared(a)), inner(shared(b)), steps(shared(b))])
    return keras.Model({"a": a, "b": b}, [layers.Dense(2)(h), inner(h)])


def assert_equal_predictions(left, right, x=X):
    pairs = zip(
        keras.tree.flatten(left.predict(x, verbose=0)),
        keras.tree.flatten(right.predict(x, verbose=0)),
        strict=True,
    )
    for one, two in pairs:
        np.testing.assert_array_equal(one, two)


def test_a_trained_model_goes_on_after_loading_as_if_never_saved(tmp_path):
    for optimizer in ("sgd", "rmsprop", "adam", "nadam", "ftrl", "adagrad"):
        model = chain()
        model.compile(optimizer, "mse", metrics=["mae", "accuracy"])
        model.fit(X, Y, epochs=2, verbose=0)
        model.save(tmp_path / "m.h5")
        again = keras.models.load_model(tmp_path / "m.h5")
        assert_equal_predictions(model, again)
        for _ in range(2):
            left, right = model.train_on_batch(X, Y), again.train_on_batch(X, Y)
            np.testing.assert_allclose(left[0], right[0], rtol=1e-6)


def test_branches_inner_models_and_structures(tmp_path):
    model = branching()
    model.save(tmp_path / "m.h5")
    with pytest.warns(UserWarning, match="no compile settings"):
        again = keras.models.load_model(tmp_path / "m.h5")
    assert_equal_predictions(model, again, {"a": X, "b": X + 1})


def test_free_ops_between_layers(tmp_path):
    x = keras.Input((4,))
    model = keras.Model(x, keras.ops.relu(layers.Dense(2)(x) * 2.0) - 1.0)
    model.save(tmp_path / "m.h5")
    again = keras.models.load_model(tmp_path / "m.h5", compile=False)
    assert_equal_predictions(model, again)


def test_the_layout_is_that_of_keras_2(tmp_path):
    model = chain()
    model.compile("adam", "mse")
    model.fit(X, Y, verbose=0)
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        assert {"keras_version", "backend", "model_config"} <= set(file.attrs)
        group = file["model_weights"]
        names = [name.decode() for name in group.attrs["layer_names"]]
        assert [name for name in names if "input" not in name] == ["one", "norm", "two"]
        own = [name.decode() for name in group["norm"].attrs["weight_names"]]
        assert [name.split("/")[-1] for name in own] == [
            "gamma:0", "beta:0", "moving_mean:0", "moving_variance:0",
        ]  # fmt: skip
        assert group["one"]["one/kernel:0"].shape == (4, 3)
        assert "top_level_model_weights" in group
        config = json.loads(file.attrs["model_config"])
        first = config["config"]["layers"][0]
        assert first["class_name"] == "InputLayer"
        assert first["config"]["batch_input_shape"] == [None, 4]
        assert "module" not in json.dumps(config)
        training = json.loads(file.attrs["training_config"])
        assert training["optimizer_config"]["class_name"] == "Adam"
        stored = [n.decode() for n in file["optimizer_weights"].attrs["weight_names"]]
        assert len(stored) == 1 + 3 * 6
        assert file["optimizer_weights"][stored[0]][()] == 1


def test_schedules_name_their_module_as_every_keras_writes_it(tmp_path):
    model = chain()
    schedule = keras.optimizers.schedules.CosineDecay(0.1, 50)
    model.compile(keras.optimizers.Adam(schedule), "mse")
    model.save(tmp_path / "m.h5")
    with h5py.File(tmp_path / "m.h5") as file:
        training = json.loads(file.attrs["training_config"])
    rate = training["optimizer_config"]["config"]["learning_rate"]
    assert rate == {
        "module": "keras.optimizers.schedules",
        "class_name": "CosineDecay",
        "config": schedule.get_config(),
        "registered_name": None,
    }
    loaded = keras.models.load_model(tmp_path / "m.h5")
    assert float(loaded.optimizer.learning_rate) == pytest.approx(0.1)


@pytest.mark.parametrize("name", ["AdamW", "Lion", "Adafactor"])
def test_later_optimizers_have_the_name_that_the_reader_knows(name, tmp_path):
    model = chain()
    model.compile(name, "mse")
    model.fit(X, Y, verbose=0)
    with pytest.warns(UserWarning, match="dialect='tfkeras2'"):
        model.save(tmp_path / "keras3.h5")
    model.save(tmp_path / "tfkeras2.h5", dialect="tfkeras2")
    for file_name, written in (("keras3", name), ("tfkeras2", f"Custom>{name}")):
        with h5py.File(tmp_path / f"{file_name}.h5") as file:
            training = json.loads(file.attrs["training_config"])
        assert training["optimizer_config"]["class_name"] == written
        assert "is_legacy_optimizer" not in training["optimizer_config"]["config"]
        loaded = keras.models.load_model(tmp_path / f"{file_name}.h5")
        assert type(loaded.optimizer) is type(model.optimizer)
        assert int(loaded.optimizer.iterations) == int(model.optimizer.iterations)


def test_weights_of_inner_models_come_trainable_first(tmp_path):
    inner = chain()
    model = keras.Sequential([keras.Input((4,)), inner])
    model.save_weights(tmp_path / "w.h5")
    with h5py.File(tmp_path / "w.h5") as file:
        names = [n.decode() for n in file[inner.name].attrs["weight_names"]]
    endings = [name.rsplit("/", 1)[-1] for name in names]
    assert endings[-2:] == ["moving_mean:0", "moving_variance:0"]


def test_names_beyond_64_kb_are_stored_in_parts(tmp_path):
    long = "layer_with_a_rather_long_name_" * 8
    model = keras.Sequential([keras.Input((2,))])
    for number in range(300):
        model.add(layers.Dense(2, name=f"{long}{number}"), rebuild=False)
    model.build()
    model.save_weights(tmp_path / "w.h5")
    with h5py.File(tmp_path / "w.h5") as file:
        assert "layer_names" not in file.attrs and "layer_names1" in file.attrs
    values = model.get_weights()
    model.set_weights([value * 0 for value in values])
    model.load_weights(tmp_path / "w.h5")
    for one, two in zip(values, model.get_weights()):
        np.testing.assert_array_equal(one, two)


def test_weights_load_by_order_and_by_name(tmp_path):
    source, other = chain(), chain("first", "second")
    source.save_weights(tmp_path / "w.h5")
    other.load_weights(tmp_path / "w.h5")
    assert_equal_predictions(source, other)
    swapped = keras.Sequential(
        [keras.Input((4,)), layers.Dense(3, name="one"), layers.Dense(9, name="new")]
    )
    before = swapped.get_layer("new").get_weights()
    report = swapped.load_weights(tmp_path / "w.h5", by_name=True)
    assert (report.loaded, report.unchanged) == (["one"], ["new"])
    assert report.unused == ["norm", "two"] and "1 of 2 layers" in str(report)
    for one, two in zip(source.layers[0].get_weights(), swapped.get_weights()):
        np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(before[0], swapped.get_layer("new").get_weights()[0])


def test_weights_load_from_the_file_of_a_whole_model(tmp_path):
    source, other = chain(), chain()
    source.save(tmp_path / "m.h5")
    other.load_weights(tmp_path / "m.h5")
    assert_equal_predictions(source, other)


def test_what_does_not_fit_is_refused_or_left_out(tmp_path):
    chain().save_weights(tmp_path / "w.h5")
    wide = keras.Sequential(
        [keras.Input((4,)), layers.Dense(3, name="one"),
         layers.BatchNormalization(name="norm"), layers.Dense(5, name="two")]
    )  # fmt: skip
    before = [layer.get_weights() for layer in wide.layers]
    with pytest.raises(ShapeError, match=r"'two'(.|\n)*got: shape \(3, 2\)"):
        wide.load_weights(tmp_path / "w.h5")
    np.testing.assert_array_equal(wide.layers[0].get_weights()[0], before[0][0])
    with pytest.warns(UserWarning, match="left as it is"):
        wide.load_weights(tmp_path / "w.h5", skip_mismatch=True)
    assert np.abs(wide.layers[0].get_weights()[0] - before[0][0]).max() > 0
    np.testing.assert_array_equal(wide.layers[2].get_weights()[0], before[2][0])
    short = keras.Sequential([keras.Input((4,)), layers.Dense(3)])
    with pytest.raises(ValueError, match="3 layers with weights"):
        short.load_weights(tmp_path / "w.h5")


def test_models_without_weights_say_so(tmp_path):
    chain().save_weights(tmp_path / "w.h5")
    model = keras.Sequential([layers.Dense(2)])
    for action in (
        lambda: model.save(tmp_path / "m.h5"),
        lambda: model.save_weights(tmp_path / "m.h5"),
        lambda: model.load_weights(tmp_path / "w.h5"),
    ):
        with pytest.raises(ValueError, match="no weights"):
            action()
    assert not (tmp_path / "m.h5").exists()


def damaged(kind, path):
    if kind == "missing":
        return
    chain().save(path)
    content = path.read_bytes()
    if kind == "empty":
        path.write_bytes(b"")
    elif kind == "text":
        path.write_text("no model at all")
    elif kind == "truncated":
        path.write_bytes(content[: len(content) // 2])
    elif kind == "weights only":
        chain().save_weights(path)
    elif kind == "broken json":
        with h5py.File(path, "a") as file:
            file.attrs["model_config"] = '{"class_name": "Seq'
    elif kind == "lost group":
        with h5py.File(path, "a") as file:
            del file["model_weights/one"]


@pytest.mark.parametrize(
    "kind",
    ["missing", "empty", "text", "truncated", "weights only", "broken json",
     "lost group"],
)  # fmt: skip
def test_bad_files_give_one_clear_line(kind, tmp_path):
    path = tmp_path / "m.h5"
    damaged(kind, path)
    with pytest.raises(FileFormatError, match=r"m\.h5: ") as caught:
        keras.models.load_model(path)
    assert "\n" not in str(caught.value)
    assert ("truncated" in str(caught.value)) == (kind == "truncated")


def test_a_folder_is_no_file(tmp_path):
    with pytest.raises(FileFormatError, match="folder"):
        keras.models.load_model(tmp_path)


def test_other_formats_and_missing_folders_are_refused(tmp_path):
    model = chain()
    with pytest.raises(ValueError, match=r"'\.h5'"):
        model.save(tmp_path / "m.xyz")
    with pytest.raises(FileNotFoundError, match="no folder"):
        model.save(tmp_path / "nowhere" / "m.h5")
    model.save(tmp_path / "m.xyz", save_format="h5")
    assert (tmp_path / "m.xyz").exists()


def test_existing_files_are_kept_where_overwriting_is_off(tmp_path, monkeypatch):
    path = tmp_path / "m.h5"
    path.write_text("precious")
    monkeypatch.setattr(sys.stdin, "isatty", lambda: False, raising=False)
    with pytest.raises(FileExistsError):
        chain().save(path, overwrite=False)
    assert path.read_text() == "precious"


def test_a_failure_while_writing_leaves_the_old_file(tmp_path, monkeypatch):
    from kerasish.saving import h5_weights

    path = tmp_path / "m.h5"
    model = chain()
    model.save(path)
    content = path.read_bytes()

    def fail(*args):
        raise OSError("disk full")

    monkeypatch.setattr(h5_weights, "write_array", fail)
    with pytest.raises(OSError, match="disk full"):
        model.save(path)
    assert path.read_bytes() == content and os.listdir(tmp_path) == ["m.h5"]


def test_a_killed_process_leaves_no_half_file(tmp_path):
    path = tmp_path / "m.h5"
    code = (
        "import os, sys, kerasish as keras\n"
        "from kerasish.saving import h5_weights\n"
        "model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])\n"
        "h5_weights.write_array = lambda *a: os._exit(9)\n"
        "model.save(sys.argv[1])\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], check=False)
    assert done.returncode == 9 and not path.exists()


def test_custom_layers_come_back_by_scope_argument_or_registration(tmp_path):
    class Twice(layers.Layer):
        def call(self, x):
            return 2 * x

    model = keras.Sequential([keras.Input((4,)), Twice(name="t")])
    model.save(tmp_path / "m.h5")
    with pytest.raises(ValueError, match="Unknown layer: 'Twice'"):
        keras.models.load_model(tmp_path / "m.h5")
    load = keras.models.load_model
    loaded = [load(tmp_path / "m.h5", {"Twice": Twice}, compile=False)]
    with keras.saving.custom_object_scope({"Twice": Twice}):
        loaded.append(load(tmp_path / "m.h5", compile=False))
    for again in loaded:
        np.testing.assert_allclose(again(X).numpy(), 2 * X)
    keras.saving.register_keras_serializable("tests")(Twice)
    model.save(tmp_path / "m.h5")
    again = load(tmp_path / "m.h5", compile=False)
    np.testing.assert_allclose(again(X).numpy(), 2 * X)


@pytest.mark.parametrize("name", ["m.h5", "m.keras"])
def test_custom_losses_and_metrics_outlive_the_reading_of_a_file(tmp_path, name):
    def apart(y_true, y_pred):
        return keras.ops.mean(keras.ops.square(y_true - y_pred))

    def score(y_true, y_pred):
        return keras.ops.mean(y_pred) - 3.0

    x = keras.Input((4,))
    ends = [layers.Dense(1, name="a")(x), layers.Dense(1, name="b")(x)]
    model, y = keras.Model(x, ends), [np.ones((len(X), 1))] * 2
    model.compile("sgd", {"a": apart, "b": "mse"}, metrics={"b": [score, "mae"]})
    model.fit(X, y, verbose=0)
    model.save(tmp_path / name)
    custom = {"apart": apart, "score": score}
    again = keras.models.load_model(tmp_path / name, custom_objects=custom)
    wanted = model.evaluate(X, y, verbose=0, return_dict=True)
    assert again.evaluate(X, y, verbose=0, return_dict=True) == pytest.approx(wanted)


def test_subclassed_models_save_weights(tmp_path):
    class Net(keras.Model):
        def __init__(self):
            super().__init__()
            self.dense = layers.Dense(2)

        def call(self, x):
            return self.dense(x)

    model, other = Net(), Net()
    model(X), other(X)
    model.save_weights(tmp_path / "w.h5")
    other.load_weights(tmp_path / "w.h5")
    assert_equal_predictions(model, other)


def test_frozen_layers_stay_frozen(tmp_path):
    model = chain()
    model.layers[0].trainable = False
    model.save(tmp_path / "m.h5")
    again = keras.models.load_model(tmp_path / "m.h5", compile=False)
    assert len(again.trainable_weights) == len(model.trainable_weights) == 4
    assert_equal_predictions(model, again)


def test_files_need_h5py_only_when_used():
    code = (
        "import sys, kerasish as keras\n"
        "keras.saving.save_model, keras.models.load_model\n"
        "assert 'h5py' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_classes_defined_inside_functions_are_written(tmp_path):
    class Twice(layers.Dense):
        def call(self, x):
            return 2 * super().call(x)

    inputs = keras.Input((3,))
    outputs = layers.Dense(2)(Twice(4)(inputs))
    model = keras.Model(inputs, outputs)
    model.save(tmp_path / "model.h5")
    loaded = keras.models.load_model(tmp_path / "model.h5", {"Twice": Twice})
    x = np.ones((2, 3))
    np.testing.assert_array_equal(
        loaded.predict(x, verbose=0), model.predict(x, verbose=0)
    )
