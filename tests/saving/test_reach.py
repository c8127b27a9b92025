"""Dialects of HDF5 files, and warnings that name what a version cannot open."""

import json
import warnings
from pathlib import Path

import h5py
import numpy as np
import pytest

import kerasish as keras
from kerasish import layers
from kerasish.registry import describe
from kerasish.saving.keras2_config import plain
from tests.layers.layer_table import CASES
from tests.saving.interchange.models import OPTIMIZERS, STRUCTURES

GOLDENS = Path(__file__).parent / "goldens"
ARGUMENTS = json.loads((GOLDENS / "constructor_arguments.json").read_text())

CONFIGS = json.loads((GOLDENS / "keras2_configs.json").read_text())


def saved(model, path, **options):
    """Save and return the stored configuration and the warnings."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.save(path, **options)
    with h5py.File(path) as file:
        config = json.loads(file.attrs["model_config"])
    return config, [str(item.message) for item in caught]


@pytest.mark.parametrize("dialect", ["keras2", "tfkeras2"])
def test_constructors_know_every_argument(dialect):
    known = ARGUMENTS[dialect]
    # Arguments that the cases give values that no older version has.
    given = {"keepdims", "seed", "value_range"}
    wrong, compared = {}, 0
    for name, case in CASES.items():
        layer = case.make()
        kind = type(layer).__name__
        if kind not in known or case.own:
            continue
        compared += 1
        config = plain(describe(layer)["config"], kind)
        further = known["**"] if "**" in known[kind] else []
        unknown = set(config) - set(known[kind]) - set(further) - given
        if unknown:
            wrong[name] = sorted(unknown)
    assert wrong == {} and compared > 60


@pytest.mark.parametrize("name", sorted(STRUCTURES))
def test_each_structure_comes_back_from_each_dialect(name, tmp_path):
    make, shapes = STRUCTURES[name]
    model = make()
    rng = np.random.default_rng(0)
    whole = "int" in model.inputs[0].dtype
    data = [
        rng.integers(0, 7, s).astype("int32") if whole else rng.random(s)
        for s in shapes
    ]
    data = data[0] if len(data) == 1 else data
    wanted = keras.tree.flatten(model.predict(data, verbose=0))
    for dialect in (None, "keras2", "tfkeras2", "keras3"):
        if name == "ops" and dialect in ("keras2", "tfkeras2"):
            with pytest.raises(ValueError, match="has no form of Keras 2"):
                model.save(tmp_path / "m.h5", dialect=dialect)
            continue
        config, _ = saved(model, tmp_path / "m.h5", dialect=dialect)
        assert ("module" in config) is (
            dialect == "keras3"
            or (
                dialect is None
                and name in ("ops", "attention", "attention_by_keywords")
            )
        )
        again = keras.models.load_model(tmp_path / "m.h5", compile=False)
        for one, two in zip(
            wanted, keras.tree.flatten(again.predict(data, verbose=0)), strict=True
        ):
            np.testing.assert_allclose(one, two, rtol=1e-6)


@pytest.mark.parametrize("name", sorted(OPTIMIZERS))
def test_states_of_optimizers_come_back(name, tmp_path):
    x = np.random.default_rng(1).normal(size=(8, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    model.compile(getattr(keras.optimizers, name)(**OPTIMIZERS[name]), "mse")
    model.train_on_batch(x, x[:, :2])
    for path in (tmp_path / "m.h5", tmp_path / "m.keras"):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            model.save(path)
        again = keras.models.load_model(path)
        stored = [np.asarray(v.numpy()) for v in model.optimizer.variables]
        for one, two in zip(stored, again.optimizer.variables, strict=True):
            np.testing.assert_allclose(one, two.numpy(), rtol=1e-6)


# What Keras 2 stores although it is the default, and what it does not mind.
NOT_WRITTEN = {"activity_regularizer", "implementation", "input_length"}
NOT_MINDED = {"dtype", "module", "registered_name"}


def differences(golden, ours, place):
    """Yield where two configurations differ in more than defaults."""
    if isinstance(golden, dict) and isinstance(ours, dict):
        missing = set(golden) - set(ours) - NOT_WRITTEN
        if place.endswith(".config"):
            missing.discard("batch_input_shape")  # It is in a layer of its own.
        further = set(ours) - set(golden) - NOT_MINDED
        yield from (f"{place}: {name}" for name in missing | further)
        for name in set(golden) & set(ours):
            if not (name == "name" and ".layer." in place):
                yield from differences(golden[name], ours[name], f"{place}.{name}")
    elif isinstance(golden, list) and isinstance(ours, list) and golden:
        if len(golden) != len(ours):
            yield f"{place}: {golden} != {ours}"
        for one, two in zip(golden, ours):
            yield from differences(one, two, place)
    elif golden != ours:
        yield f"{place}: {golden} != {ours}"


@pytest.mark.parametrize("case", sorted(CONFIGS))
def test_the_form_of_keras_2_is_what_keras_2_wrote(case, tmp_path):
    golden = CONFIGS[case]["model_config"]
    keras.backend.clear_session()
    model = keras.models.model_from_config({**golden, "keras_version": "2.3.1"})
    config, warned = saved(model, tmp_path / "m.h5", dialect="keras2")
    assert config["class_name"] == golden["class_name"] and not warned

    def by_name(config):
        inner = config["config"]
        layers_ = inner if isinstance(inner, list) else inner["layers"]
        return {layer["config"]["name"]: layer for layer in layers_}

    stored, wanted = by_name(config), by_name(golden)
    assert set(wanted) <= set(stored)
    for name, layer in wanted.items():
        assert not list(differences(layer, stored[name], layer["class_name"]))


def test_losses_and_metrics_are_names_for_keras_2(tmp_path):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    model.compile("adam", "mse", metrics=["mae", keras.metrics.MeanSquaredError()])
    saved(model, tmp_path / "m.h5", dialect="keras2")
    with h5py.File(tmp_path / "m.h5") as file:
        training = json.loads(file.attrs["training_config"])
    assert training["loss"] == "mse"
    assert training["metrics"] == ["mae", "mean_squared_error"]
    assert training["optimizer_config"]["class_name"] == "Adam"


@pytest.mark.parametrize("name", ["SGD", "RMSprop", "Adam", "Adagrad", "Nadam"])
def test_optimizers_have_the_arguments_and_state_of_keras_2(name, tmp_path):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    model.compile(name, "mse")
    model.train_on_batch(np.ones((3, 4)), np.ones((3, 2)))
    saved(model, tmp_path / "m.h5", dialect="keras2")
    with h5py.File(tmp_path / "m.h5") as file:
        training = json.loads(file.attrs["training_config"])
        count = len(file["optimizer_weights"].attrs["weight_names"])
    config = training["optimizer_config"]["config"]
    assert set(config) <= set(ARGUMENTS["optimizers of keras2"][name])
    # The step number, the slots of two weights, and what else Keras 2.3 counts.
    slots = {"SGD": 1, "RMSprop": 1, "Adam": 3, "Adagrad": 1, "Nadam": 2}
    assert count == 1 + 2 * slots[name] + (name == "Nadam")
    if name == "Nadam":
        assert config["schedule_decay"] == 1.0


def test_scaled_losses_go_on_in_each_dialect(tmp_path):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(8, 4)), rng.normal(size=(8, 2))
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    inner = keras.optimizers.SGD(0.1, momentum=0.9)
    model.compile(
        keras.optimizers.LossScaleOptimizer(inner, 8.0, dynamic_growth_steps=2), "mse"
    )
    for _ in range(3):
        model.train_on_batch(x, y)
    dialects = (None, "keras2", "tfkeras2", "keras3")
    paths = [tmp_path / f"{dialect}.h5" for dialect in dialects]
    for path, dialect in zip(paths, dialects):
        saved(model, path, dialect=dialect)
    model.train_on_batch(x, y)
    for path in paths:
        again = keras.models.load_model(path)
        assert float(again.optimizer.dynamic_scale) == 16.0
        again.train_on_batch(x, y)
        for one, two in zip(model.get_weights(), again.get_weights()):
            np.testing.assert_array_equal(one, two)


def test_states_for_keras_3_are_in_its_order(tmp_path):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    model.compile("adam", "mse")
    model.train_on_batch(np.ones((3, 4)), np.ones((3, 2)))
    saved(model, tmp_path / "m.h5", dialect="keras3")
    with h5py.File(tmp_path / "m.h5") as file:
        names = list(file["optimizer_weights"].attrs["weight_names"])
        training = json.loads(file.attrs["training_config"])
    assert [name.decode() for name in names] == [
        variable.path for variable in model.optimizer.variables
    ]
    assert training["optimizer_config"]["module"] == "keras.optimizers"
    again = keras.models.load_model(tmp_path / "m.h5")
    for one, two in zip(model.optimizer.variables, again.optimizer.variables):
        np.testing.assert_array_equal(one.numpy(), two.numpy())


@pytest.mark.parametrize(
    ("layer", "family"),
    [
        (lambda: layers.ThresholdedReLU(), "Keras 3"),
        (lambda: layers.Dense(2, activation="sparsemax"), "tf.keras 2"),
        (lambda: layers.LayerNormalization(), "Keras 2.2 and 2.3"),
        (lambda: layers.Dense(2, activation="hard_sigmoid"), "tf.keras 2"),
        (lambda: layers.Dense(2, name="a/b"), "Keras 3"),
        (lambda: layers.SpectralNormalization(layers.Dense(2)), "tf.keras 2"),
        (lambda: layers.RandomContrast(0.3, value_range=(0, 1)), "tf.keras 2"),
        (lambda: layers.LocallyConnected2D(2, 3, padding="same"), "tf.keras 2"),
    ],
)
def test_the_layer_in_the_way_is_named(layer, family, tmp_path):
    layer = layer()
    model = keras.Sequential([keras.Input((4, 4, 3)), layer])
    _, warned = saved(model, tmp_path / "m.h5")
    (line,) = [x for x in warned[0].splitlines() if family in x]
    assert repr(layer.name) in line


def test_what_opens_everywhere_is_saved_silently(tmp_path):
    for name in ("nested", "frozen", "masks", "initialisers", "convolutions"):
        _, warned = saved(STRUCTURES[name][0](), tmp_path / "m.h5")
        assert not warned, name


def test_masks_that_keras_3_stores_as_ops_are_left_out(tmp_path):
    from kerasish.saving.explicit_masks import without_masks

    x = keras.Input((6,), dtype="int32", name="tokens")
    mask = keras.ops.not_equal(x, 0)
    h = layers.Embedding(7, 4, mask_zero=True)(x)
    same = keras.Model(x, layers.LSTM(2)(layers.Dropout(0.1)(h), mask=mask))
    other = keras.Model(x, layers.LSTM(2)(h, mask=keras.ops.not_equal(x, 1)))
    assert "NotEqual" not in json.dumps(without_masks(describe(same)))
    assert "NotEqual" in json.dumps(without_masks(describe(other)))
    y = keras.Input((6, 3))
    mask = keras.ops.any(keras.ops.not_equal(y, -1.0), axis=-1)
    h = layers.Masking(-1.0)(y)
    masking = keras.Model(y, layers.LSTM(2)(h, mask=mask))
    assert "NotEqual" not in json.dumps(without_masks(describe(masking)))
    reused = keras.Model(y, [layers.LSTM(2)(h, mask=mask), mask])
    assert "NotEqual" in json.dumps(without_masks(describe(reused)))
    data = np.array([[1, 2, 0, 0, 0, 0], [3, 4, 5, 6, 1, 2]])
    config, _ = saved(same, tmp_path / "m.h5")
    assert "module" not in config
    again = keras.models.load_model(tmp_path / "m.h5", compile=False)
    np.testing.assert_array_equal(same.predict(data), again.predict(data))


@pytest.mark.parametrize("dialect", ["keras2", "tfkeras2"])
def test_texts_of_models_have_the_form_that_is_asked_for(dialect, tmp_path):
    model = STRUCTURES["nested"][0]()
    text = model.to_json(dialect=dialect, indent=1)
    stored, _ = saved(model, tmp_path / "m.h5", dialect=dialect)
    config = json.loads(text)
    assert config.pop("keras_version").startswith("2.")
    assert config.pop("backend") == "tensorflow"
    assert config == stored
    again = keras.models.model_from_json(text)
    again.set_weights(model.get_weights())
    x = np.ones((2, 4), "float32")
    for one, two in zip(model.predict(x), again.predict(x)):
        np.testing.assert_array_equal(one, two)
    assert "module" in json.loads(model.to_json())
    with pytest.raises(ValueError, match="`dialect` must be one of"):
        model.to_json(dialect="keras1")


@pytest.mark.parametrize("name", ["RMSprop", "Adagrad"])
@pytest.mark.parametrize("suffix", [".h5", ".keras"])
def test_where_epsilon_stood_in_keras_2_is_kept(name, suffix, tmp_path):
    options = {"learning_rate": 0.1, "epsilon": 0.5, "epsilon_outside": True}
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1, use_bias=False)])
    model.compile(getattr(keras.optimizers, name)(**options, decay=0.5), "mse")
    before = model.get_weights()[0]
    x = np.array([[1.0, 2.0]], "float32")
    slope = 2 * x.T * (x @ before)
    model.train_on_batch(x, np.zeros((1, 1)))
    squares = 0.1 * slope**2 if name == "RMSprop" else 0.1 + slope**2
    wanted = before - 0.1 * slope / (np.sqrt(squares) + 0.5)
    np.testing.assert_allclose(model.get_weights()[0], wanted, rtol=1e-5)
    saved_model = tmp_path / f"m{suffix}"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model.save(saved_model)
    again = keras.models.load_model(saved_model).optimizer
    assert again.epsilon_outside and again.decay == 0.5


@pytest.mark.parametrize("dialect", [None, "keras3"])
def test_lamb_is_not_found_by_name_in_keras_3(dialect, tmp_path):
    model = keras.Sequential([keras.Input((4,)), layers.Dense(2)])
    model.compile("lamb", "mse")
    with pytest.warns(UserWarning, match=r"Lamb is not found by .*Keras 3"):
        model.save(tmp_path / "m.h5", dialect=dialect)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.save(tmp_path / "m.keras")
