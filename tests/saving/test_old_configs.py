"""Old configurations given to `from_config`, and what they say about layers."""

import io

import numpy as np
import pytest

import kerasish as keras
from kerasish import layers


def keras1_dense(name, **others):
    config = {"name": name, "output_dim": 3, "init": "glorot_uniform", "bias": True}
    return {"class_name": "Dense", "config": {**config, **others}}


def keras1_branches():
    node = {"name": "i", "class_name": "InputLayer", "inbound_nodes": []}
    place = {"batch_input_shape": [None, 4], "input_dtype": "float32", "name": "i"}
    steps = [
        {**keras1_dense(name), "name": name, "inbound_nodes": [[["i", 0, 0]]]}
        for name in ("one", "two")
    ]
    merge = {"mode": "sum", "concat_axis": -1, "mode_type": "raw", "name": "sum"}
    both = {"class_name": "Merge", "config": merge, "name": "sum"}
    both["inbound_nodes"] = [[["one", 0, 0], ["two", 0, 0]]]
    return {
        "name": "m",
        "layers": [{**node, "config": place}, *steps, both],
        "input_layers": [["i", 0, 0]],
        "output_layers": [["sum", 0, 0]],
    }


def test_from_config_takes_what_get_config_of_keras_1_returned():
    first = keras1_dense("d", batch_input_shape=[None, 4], activation="hard_sigmoid")
    model = keras.Sequential.from_config([first, keras1_dense("e")])
    assert [layer.units for layer in model.layers] == [3, 3]
    x = np.full((1, 4), 0.5, "float32")
    model.layers[0].set_weights([np.ones((4, 3)), np.zeros(3)])
    slope_of_keras_1 = 0.2 * 2.0 + 0.5
    np.testing.assert_allclose(model.layers[0](x), [[slope_of_keras_1] * 3], rtol=1e-6)

    model = keras.Model.from_config(keras1_branches())
    one, two = (model.get_layer(name) for name in ("one", "two"))
    np.testing.assert_allclose(model.predict(x), one(x) + two(x), rtol=1e-6)


def test_from_config_leaves_configs_of_today_alone():
    class OwnLayer(layers.Layer):
        def __init__(self, init, **kwargs):
            super().__init__(**kwargs)
            self.init = init

        def call(self, inputs):
            return inputs * self.init

    inputs = keras.Input((4,))
    steps = [OwnLayer(2.0), layers.Dense(3, activation="hard_sigmoid")]
    chain = keras.Sequential([inputs, *steps])
    model = keras.Model(inputs, chain(inputs))
    own = {"OwnLayer": OwnLayer}
    for kind, made in ((keras.Sequential, chain), (keras.Model, model)):
        again = kind.from_config(made.get_config(), custom_objects=own)
        assert again.get_config() == made.get_config()


@pytest.mark.parametrize("version", ("2.2.4-tf", "2.4.0", "2.12.0"))
def test_batch_renormalization_of_tf_keras_is_read(version):
    config = {
        "name": "norm", "axis": [1], "momentum": 0.9, "epsilon": 0.001,
        "renorm": True, "renorm_clipping": {"rmax": 3.0}, "renorm_momentum": 0.8,
        "fused": False, "virtual_batch_size": None, "batch_input_shape": [None, 4],
    }  # fmt: skip
    described = {"class_name": "BatchNormalization", "config": config}
    model = keras.models.model_from_config(
        {
            "class_name": "Sequential",
            "keras_version": version,
            "config": {"name": "m", "layers": [described]},
        }
    )
    norm = model.layers[-1]
    assert (norm.renorm, norm.renorm_clipping) == (True, {"rmax": 3.0})
    assert norm.renorm_momentum == 0.8
    assert [weight.name for weight in norm.weights][4:] == [
        "moving_stddev", "renorm_mean", "renorm_stddev",
    ]  # fmt: skip
    x = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
    model.compile("sgd", "mse")
    model.fit(x, x, verbose=0)
    stream = io.BytesIO()
    model.save(stream)
    stream.seek(0)
    again = keras.models.load_model(stream)
    np.testing.assert_array_equal(again.predict(x), model.predict(x))
    np.testing.assert_allclose(
        again.train_on_batch(x, x), model.train_on_batch(x, x), rtol=1e-6
    )


@pytest.mark.parametrize("save_format", ("h5", "keras"))
def test_the_schedule_of_nadam_of_keras_2_is_kept(save_format):
    x = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
    model = keras.Sequential([keras.Input((4,)), layers.Dense(4)])
    model.compile(keras.optimizers.Nadam(schedule_decay=0.004), "mse")
    model.fit(x, x, verbose=0)
    stream = io.BytesIO()
    model.save(stream, save_format=save_format)
    stream.seek(0)
    again = keras.models.load_model(stream)
    assert again.optimizer.schedule_decay == 0.004
    for _ in range(2):
        np.testing.assert_allclose(
            again.train_on_batch(x, x), model.train_on_batch(x, x), rtol=1e-6
        )
