"""Configurations, weights and states of older versions brought into today's form."""

import warnings

import h5py
import numpy as np
import pytest

import kerasish as keras
from kerasish import layers
from kerasish.errors import FileFormatError
from kerasish.saving.optimizer_reading import from_weights
from kerasish.saving.optimizer_weights import by_weight
from kerasish.saving.upgrade import keras1
from kerasish.saving.upgrade.configs import guessed_version, modern_config
from kerasish.saving.upgrade.optimizers import modern_optimizer
from kerasish.saving.upgrade.weights import converted_weights, flipped, from_cudnn
from kerasish.saving.version_defaults import KerasVersion, version_default

X = np.random.default_rng(2).normal(size=(3, 6, 5, 2)).astype("float32")


class Origin:
    def __init__(self, major=2, backend="tensorflow"):
        self.major, self.backend = major, backend


@pytest.mark.parametrize(
    "subject, name, version, expected",
    [
        ("GRU", "reset_after", "2.2.4", False),
        ("GRU", "reset_after", "2.4.0", True),
        ("GRU", "reset_after", "3.0.5", True),
        ("LSTM", "recurrent_activation", "2.2.5", "hard_sigmoid"),
        ("LSTM", "recurrent_activation", "2.2.4-tf", "sigmoid"),
        ("hard_sigmoid", "slope", None, 0.2),
        ("hard_sigmoid", "slope", "3.15.0", 1 / 6),
        ("Adagrad", "initial_accumulator_value", "2.3.1", 0.0),
        ("Adagrad", "initial_accumulator_value", "2.3.0-tf", 0.1),
        ("optimizer", "clipnorm", "2.2.4", "global"),
        ("optimizer", "order", "2.0.5", "names"),
        ("optimizer", "order", "2.0.8", "layers"),
    ],
)
def test_defaults_by_version(subject, name, version, expected):
    assert version_default(subject, name, version) == expected


def test_versions():
    assert KerasVersion.parse("2.10.0") > KerasVersion.parse("2.9.0")
    assert KerasVersion.parse(None).major == 1
    with pytest.raises(KeyError):
        version_default("Dense", "units", "2.0")


def test_version_is_guessed():
    old = {"class_name": "Sequential",
           "config": [{"class_name": "Dense", "config": {"init": "zero"}}]}  # fmt: skip
    assert guessed_version(old) == "1.2.2"
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    assert guessed_version(keras.registry.describe(model)) == "3.0.0"


def keras1_model(*described):
    described[0][1]["batch_input_shape"] = [None, *X.shape[1:]]
    config = [{"class_name": name, "config": config} for name, config in described]
    return keras.models.model_from_config(
        {"class_name": "Sequential", "config": config, "keras_version": "1.1.0"}
    )


def test_arguments_of_keras1():
    model = keras1_model(
        ("Convolution2D", {"name": "c", "nb_filter": 3, "nb_row": 2, "nb_col": 1,
                           "subsample": [2, 1], "border_mode": "same", "init": "one",
                           "dim_ordering": "tf", "bias": False,
                           "W_regularizer": {"name": "L1L2Regularizer", "l1": 0.0,
                                             "l2": 0.5},
                           "W_constraint": {"name": "MaxNorm", "m": 2, "axis": 0}}),
        ("SpatialDropout2D", {"name": "s", "p": 0.25, "dim_ordering": "tf"}),
        ("Flatten", {"name": "f"}),
        ("Dense", {"name": "d", "output_dim": 4, "activation": "hard_sigmoid"}),
    )  # fmt: skip
    conv, drop, _, dense = model.layers
    assert conv.kernel_size == (2, 1) and conv.strides == (2, 1) and not conv.use_bias
    assert conv.padding == "same" and conv.kernel_constraint.max_value == 2
    assert float(conv.kernel_regularizer(np.ones((1, 2)))) == pytest.approx(1.0)
    assert drop.rate == 0.25 and dense.units == 4
    assert float(dense.activation(1.0)) == pytest.approx(0.7)


def test_what_keras1_did_with_code_is_refused():
    with pytest.raises(ValueError, match="Python code"):
        keras1.merge_layer({"name": "m", "mode": "bytecode", "mode_type": "lambda"})


@pytest.mark.parametrize("mode", [0, 1, 2])
def test_modes_of_normalization(mode, tmp_path):
    config = {"name": "n", "mode": mode, "epsilon": 0.1, "axis": -1, "momentum": 0.9}
    model = keras1_model(
        ("BatchNormalization", config), ("Flatten", {"name": "f"}),
        ("Dense", {"name": "d", "output_dim": 1, "init": "one"}),
    )  # fmt: skip
    gamma, beta, mean, variance = values = np.random.default_rng(1).random((4, 2))
    model.layers[0].set_weights(values)
    model.layers[2].set_weights([np.eye(60, 1), [0]])
    if mode == 0:
        wanted = (X - mean) / np.sqrt(variance + 0.1)
    elif mode == 1:
        deviation = np.sqrt(X.var(-1, keepdims=True) + 0.1) + 0.1
        wanted = (X - X.mean(-1, keepdims=True)) / deviation
    else:
        wanted = (X - X.mean((0, 1, 2))) / np.sqrt(X.var((0, 1, 2)) + 0.1)
    wanted = (gamma * wanted + beta)[:, 0, 0, :1]
    np.testing.assert_allclose(model.predict(X, verbose=0), wanted, rtol=1e-4)
    model.compile("sgd", "mse")
    model.fit(X, wanted + 1, epochs=2, verbose=0)
    now = model.layers[0].get_weights()
    assert not np.allclose(now[1], beta) and np.allclose(now[2], mean) == (mode > 0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model.save(tmp_path / "m.h5")
    warned = [f"mode={mode}" in str(item.message) for item in caught]
    assert warned == [True] * (mode > 0)
    again = keras.models.load_model(tmp_path / "m.h5")
    assert np.array_equal(again.predict(X, verbose=0), model.predict(X, verbose=0))


def test_nesting_is_bounded():
    config = {"class_name": "Dense", "config": {"units": 1}}
    for _ in range(100):
        config = {"class_name": "TimeDistributed", "config": {"layer": config}}
    with pytest.raises(ValueError, match="nested"):
        modern_config(config, "2.2.4")


@pytest.mark.parametrize("version, zeroed", [("2.3.1", False), ("2.2.4-tf", True)])
def test_both_directions_zero_masked_steps_as_their_version_did(version, zeroed):
    inner = {"class_name": "LSTM", "config": {"units": 1, "return_sequences": True}}
    both = {"class_name": "Bidirectional", "config": {"layer": inner}}
    layer = keras.layers.deserialize(modern_config(both, version))
    again = keras.layers.Bidirectional.from_config(layer.get_config())
    for side in (layer.forward_layer, again.forward_layer, again.backward_layer):
        assert side.zero_output_for_mask is zeroed


@pytest.mark.parametrize("version, slope", [("2.15.0", 0.2), ("3.0.0", 1 / 6)])
def test_both_slopes_of_hard_sigmoid_survive(version, slope, tmp_path):
    layer = {"class_name": "Dense", "name": "d",
             "config": {"units": 1, "activation": "hard_sigmoid", "name": "d",
                        "kernel_initializer": "ones",
                        "batch_input_shape": [None, 1]}}  # fmt: skip
    model = keras.models.model_from_config(
        {"class_name": "Sequential", "config": {"name": "s", "layers": [layer]},
         "keras_version": version}
    )  # fmt: skip
    x = np.ones((1, 1), "float32")
    assert model.predict(x, verbose=0) == pytest.approx(0.5 + slope)
    model.save(tmp_path / "m.h5")
    again = keras.saving.load_model(tmp_path / "m.h5", compile=False)
    assert again.predict(x, verbose=0) == pytest.approx(0.5 + slope)


@pytest.mark.parametrize(
    "layer",
    [layers.Conv2D(4, (3, 2)), layers.Conv2DTranspose(4, (3, 2))],
)
def test_theano_kernels_are_flipped(layer, tmp_path):
    model = keras.Sequential([keras.Input(X.shape[1:]), layer])
    path = tmp_path / "theano.h5"
    model.save(path)
    with h5py.File(path, "r+") as file:
        for place in (file, file["model_weights"]):
            place.attrs["backend"] = "theano"
        group = file["model_weights"][layer.name]
        data = group[group.attrs["weight_names"][0]]
        data[...] = flipped(data[()])
    again = keras.saving.load_model(path, compile=False)
    np.testing.assert_array_equal(model.get_weights()[0], again.get_weights()[0])


@pytest.mark.parametrize("order", ["tf", "th"])
def test_kernels_of_keras1(order):
    first = order == "th"
    model = keras.Sequential(
        [keras.Input((2, 6, 5) if first else (6, 5, 2)),
         layers.Conv2D(4, (3, 2), name="c", use_bias=False,
                       data_format="channels_first" if first else "channels_last")]
    )  # fmt: skip
    conv = model.layers[0]
    kernel = conv.get_weights()[0]
    stored = np.transpose(kernel, (3, 2, 0, 1)) if first else kernel
    found = converted_weights(conv, conv.weights, ["c_W:0"], [stored], Origin(1))
    np.testing.assert_array_equal(found[0], kernel)
    theano = Origin(1, "theano")
    found = converted_weights(conv, conv.weights, ["c_W"], [stored], theano)
    np.testing.assert_array_equal(found[0], kernel[::-1, ::-1])


def test_gates_of_cudnn():
    random = np.random.default_rng(3)
    kernel, recurrent = random.normal(size=(2, 9)), random.normal(size=(3, 9))
    new = from_cudnn([kernel, recurrent, np.arange(18.0)], 3)
    np.testing.assert_array_equal(new[1][:, :3], recurrent[:, :3].T)
    np.testing.assert_array_equal(new[0][:, :3].ravel("F"), kernel[:, :3].T.ravel("F"))
    assert new[2].shape == (2, 9)


def test_settings_of_optimizers():
    nadam = {"class_name": "Nadam", "config": {"learning_rate": 0.1, "decay": 0.004}}
    assert modern_optimizer(nadam, "2.4.0")["config"]["schedule_decay"] == 0.004
    assert "decay" not in modern_optimizer(nadam, "2.4.0")["config"]
    adam = {"class_name": "Adam", "config": {"lr": 0.1, "epsilon": None}}
    assert modern_optimizer(adam, "2.2.4")["config"]["epsilon"] == 1e-7


def test_state_ordered_by_names(tmp_path):
    model = keras.Sequential(
        [keras.Input((2,)), layers.Dense(3, name="z"), layers.Dense(1, name="a")]
    )
    model.compile(keras.optimizers.RMSprop(), "mse")
    model.train_on_batch(np.ones((2, 2)), np.zeros((2, 1)))
    path = tmp_path / "old.h5"
    model.save(path)
    with h5py.File(path, "r+") as file:
        del file.attrs["kerasish_version"]
        file.attrs["keras_version"] = "2.0.5"
        group = file["optimizer_weights"]
        names = [name.decode() for name in group.attrs["weight_names"]]
        z_kernel, z_bias, a_kernel, a_bias = names[-4:]
        group.attrs["weight_names"] = np.array(
            [n.encode() for n in (a_bias, a_kernel, z_bias, z_kernel)]
        )
    again = keras.saving.load_model(path)
    for left, right in zip(
        model.optimizer.variables[2:], again.optimizer.variables[2:]
    ):
        np.testing.assert_array_equal(left.numpy(), right.numpy())


def saved(tmp_path):
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1, name="d")])
    path = tmp_path / "m.h5"
    model.save(path)
    return path


def test_links_to_other_files_are_refused(tmp_path):
    path = saved(tmp_path)
    with h5py.File(tmp_path / "other.h5", "w") as other:
        other["kernel"] = np.zeros((2, 1))
    with h5py.File(path, "r+") as file:
        group = file["model_weights/d"]
        name = group.attrs["weight_names"][0].decode()
        del group[name]
        group[name] = h5py.ExternalLink(str(tmp_path / "other.h5"), "kernel")
    with pytest.raises(FileFormatError, match="another file"):
        keras.saving.load_model(path)


@pytest.mark.parametrize("kind", ["huge", "text", "virtual"])
def test_arrays_that_are_none_are_refused(kind, tmp_path):
    path = saved(tmp_path)
    with h5py.File(path, "r+") as file:
        group = file["model_weights/d"]
        name = group.attrs["weight_names"][0].decode()
        del group[name]
        if kind == "huge":
            group.create_dataset(name, (1 << 20, 1 << 17), "f4", chunks=(64, 64))
        elif kind == "text":
            group[name] = ["a", "b"]
        else:
            layout = h5py.VirtualLayout((2, 1), "f4")
            layout[...] = h5py.VirtualSource("other.h5", "kernel", (2, 1))
            group.create_virtual_dataset(name, layout)
    with pytest.raises(FileFormatError):
        keras.saving.load_model(path)


@pytest.mark.parametrize("limited", [False, True])
def test_curves_of_keras1(limited):
    weights = [0.5, -2.0, 1.0, 0.25]
    names = ("t_left", "a_left", "t_right", "a_right")
    config = {"name": "s", "limited": limited, "batch_input_shape": [None, 1]}
    for name, value in zip(names, weights):
        constant = {"class_name": "Constant", "config": {"value": value}}
        config[f"{name}_initializer"] = constant
    model = keras.models.model_from_config(
        {"class_name": "Sequential", "config": [{"class_name": "SReLU",
                                                 "config": config}]}
    )  # fmt: skip
    x = np.array([[-1.0], [0.0], [1.0], [3.5]], "float32")
    expected = [1.5 if limited else 3.5, 1.5, 1.0, 2.0]
    np.testing.assert_allclose(model.predict(x, verbose=0).ravel(), expected)


@pytest.mark.parametrize(
    "module, name, config",
    [
        ("subprocess", "Popen", {"args": ["touch", "made"]}),
        ("os", "system", {}),
        ("numpy", "memmap", {"filename": "made", "shape": [1], "mode": "w+"}),
    ],
)
def test_objects_of_other_modules_are_not_made(
    module, name, config, tmp_path, monkeypatch
):
    monkeypatch.chdir(tmp_path)
    description = {"module": module, "class_name": name, "config": config,
                   "registered_name": name}  # fmt: skip
    with pytest.raises(ValueError, match=name):
        keras.saving.deserialize_keras_object(description)
    with pytest.raises(ValueError, match=name):
        keras.models.model_from_config(description)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("kind", [int, float, np.float32])
def test_plain_types_survive(kind):
    described = keras.saving.serialize_keras_object(kind)
    assert keras.saving.deserialize_keras_object(described) is kind


def test_former_optimizers_beside_the_new_ones():
    from kerasish.saving.dialects import Origin, optimizer_origin

    origin = Origin(version="2.21.0", major=2, backend="tensorflow", own=False)
    for config, former in (({}, True), ({"is_legacy_optimizer": False}, False)):
        training = {"optimizer_config": {"class_name": "Adam", "config": config}}
        assert optimizer_origin(training, origin).old_optimizers is former


def test_epsilon_of_former_optimizers_stands_beside_the_root():
    for momentum, version, outside in (
        (0.0, "2.2.4", True),
        (0.0, "2.10.0", True),
        (0.5, "2.10.0", False),
        (0.0, "2.12.0", False),
        (0.0, "3.0.0", False),
    ):
        old = {"class_name": "RMSprop", "config": {"momentum": momentum}}
        config = modern_optimizer(old, version)["config"]
        assert config["epsilon_outside"] is outside


def test_layers_have_the_order_of_the_configuration():
    x = keras.Input((3,))
    first, second = (keras.layers.Dense(3, name=name) for name in "ab")
    model = keras.Model(x, keras.ops.multiply(first(x), second(x)))
    config = model.get_config()
    names = [layer["name"] for layer in config["layers"]]
    one, two = names.index("a"), names.index("b")
    for pair in ((one, two), (two, one)):
        layers_ = list(config["layers"])
        layers_[one], layers_[two] = (config["layers"][place] for place in pair)
        again = keras.Model.from_config({**config, "layers": layers_})
        stored = [item["name"] for item in layers_ if item["name"] in ("a", "b")]
        assert [layer.name for layer in again.layers[1:]] == stored
        assert [w.path for w in again.trainable_weights[::2]] == [
            f"{name}/kernel" for name in stored
        ]


def test_scaled_losses_of_tf_keras():
    inner = {"class_name": "SGD", "config": {"learning_rate": 0.1}}
    for dynamic, name in ((True, "LossScaleOptimizer"), (False, "SGD")):
        config = {"inner_optimizer": inner, "dynamic": dynamic, "initial_scale": 8.0}
        old = {"class_name": "LossScaleOptimizerV3", "config": config}
        optimizer = keras.optimizers.deserialize(modern_optimizer(old, "2.21.0"))
        assert type(optimizer).__name__ == name
        kept = optimizer.initial_scale if dynamic else optimizer.loss_scale_factor
        assert kept == 8.0


def test_product_of_the_momenta_of_nadam_follows_from_its_steps():
    model = keras.Sequential([keras.Input((2,)), layers.Dense(1)])
    model.compile("nadam", "mse")
    model.fit(np.ones((3, 2)), np.ones((3, 1)), batch_size=1, verbose=0)
    product = model.optimizer._u_product
    stored = [v.numpy() for v in by_weight(model.optimizer) if v is not product]
    pairs = {id(v): a for v, a in from_weights(stored, model.optimizer, Origin())}
    assert pairs[id(product)] == pytest.approx(product.numpy(), rel=1e-6)


@pytest.mark.parametrize("kind", ["Add", "Maximum", "Multiply", "Concatenate"])
@pytest.mark.filterwarnings("ignore:The file of model")
def test_masks_are_merged_as_the_version_of_the_file_did(kind, tmp_path):
    x = np.random.default_rng(4).random((2, 4, 3)).astype("float32")
    x[0, 2:] = x[1, 1:] = 0
    a, b = keras.Input((4, 3)), keras.Input((4, 3))
    merged = getattr(layers, kind)()([layers.Masking()(a), b])
    model = keras.Model([a, b], layers.GlobalAveragePooling1D()(merged))
    model.save(tmp_path / "m.h5", dialect="tfkeras2")
    own = keras.models.load_model(tmp_path / "m.h5", compile=False)
    inputs = [x, 2 * x + 1]
    expected = model.predict(inputs, verbose=0)
    assert np.array_equal(own.predict(inputs, verbose=0), expected)
    with h5py.File(tmp_path / "m.h5", "r+") as file:
        del file.attrs["kerasish_version"]
    old = keras.models.load_model(tmp_path / "m.h5", compile=False)
    functions = {"Add": np.add, "Maximum": np.maximum, "Multiply": np.multiply}
    joined = functions.get(kind, lambda *parts: np.concatenate(parts, -1))(*inputs)
    wanted = np.stack([joined[0, :2].mean(0), joined[1, :1].mean(0)])
    copies = [old, keras.models.clone_model(old)]
    for name in ("again.h5", "again.keras"):
        old.save(tmp_path / name)
        copies.append(keras.models.load_model(tmp_path / name, compile=False))
    copies.append(keras.models.model_from_json(old.to_json()))
    for copy in copies:
        np.testing.assert_allclose(copy.predict(inputs, verbose=0), wanted, rtol=1e-5)
