"""Names, custom objects, and descriptions of values."""

import numpy as np
import pytest

import kerasish as keras
from kerasish import serialization
from kerasish.naming import to_snake_case
from kerasish.registry import Registry


class Point:
    """Something with a configuration."""

    def __init__(self, x=1):
        self.x = x

    def get_config(self):
        return {"x": self.x}

    @classmethod
    def from_config(cls, config):
        return cls(**config)


def registry():
    return Registry(
        "spot", {"Fraction": "fractions", "sqrt": "math"}, aliases={"root": "sqrt"}
    )


@pytest.mark.parametrize(
    ("camel", "snake"),
    [("Conv2DTranspose", "conv2d_transpose"), ("PReLU", "p_re_lu"), ("LSTM", "lstm"),
     ("ConvLSTM2D", "conv_lstm2d"), ("MultiHeadAttention", "multi_head_attention")],
)  # fmt: skip
def test_snake_case_is_that_of_keras(camel, snake):
    assert to_snake_case(camel) == snake


@pytest.mark.parametrize("name", ["Fraction", "fraction", "FRACTION"])
def test_classes_are_found_in_any_case_and_instantiated(name):
    assert registry().get(name) == 0


def test_functions_are_found_by_alias():
    import math

    assert registry().get("root") is math.sqrt
    assert registry().get(None) is None
    assert registry().get(abs) is abs


def test_unknown_names_suggest_a_close_one():
    with pytest.raises(ValueError, match="Unknown spot: 'sqr'. Did you mean 'sqrt'"):
        registry().get("sqr")
    with pytest.raises(ValueError, match="interpret spot"):
        registry().get(3)
    with pytest.raises(ValueError, match="class_name"):
        registry().deserialize({"config": {}})


def test_custom_objects_of_scopes_are_gone_afterwards():
    with keras.saving.custom_object_scope({"Point": Point}):
        with keras.utils.CustomObjectScope({"other": abs}):
            assert isinstance(registry().get("Point"), Point)
            assert registry().get("other") is abs
        with pytest.raises(ValueError, match="Unknown"):
            registry().get("other")
    with pytest.raises(ValueError, match="Unknown"):
        registry().get("Point")


def test_global_custom_objects():
    keras.saving.get_custom_objects()["Point"] = Point
    try:
        assert isinstance(registry().get("Point"), Point)
    finally:
        del keras.saving.get_custom_objects()["Point"]


def test_registered_classes_come_back_without_help():
    cls = keras.saving.register_keras_serializable("pack", "Spot")(
        type("Spotty", (Point,), {})
    )
    described = keras.saving.serialize_keras_object(cls(5))
    assert described["registered_name"] == "pack>Spot"
    assert keras.saving.get_registered_name(cls) == "pack>Spot"
    assert keras.saving.deserialize_keras_object(described).x == 5
    assert keras.saving.get_registered_object("pack>Spot") is cls


def test_registering_needs_a_config():
    with pytest.raises(ValueError, match="get_config"):
        keras.saving.register_keras_serializable()(type("Bare", (), {}))


@pytest.mark.parametrize(
    "value",
    [None, 3, 2.5, "a", True, [1, [2]], (1, (2, "b")), {"a": (1,)}, slice(1, None, 2),
     b"xyz"],
)  # fmt: skip
def test_plain_values_round_trip(value):
    data = serialization.serialize_keras_object(value)
    assert serialization.deserialize_keras_object(data) == value


def test_arrays_and_tensors_round_trip():
    array = np.arange(6, dtype="int16").reshape(2, 3)
    data = serialization.serialize_keras_object({"a": array})
    again = serialization.deserialize_keras_object(data)["a"]
    assert again.dtype == array.dtype and (again == array).all()
    tensor = keras.ops.convert_to_tensor([1.5])
    again = serialization.deserialize_keras_object(
        serialization.serialize_keras_object(tensor)
    )
    assert again.dtype == "float32" and float(again[0]) == 1.5


def test_objects_of_every_namespace_round_trip():
    for value in (
        keras.layers.Dense(3),
        keras.initializers.HeNormal(seed=1),
        keras.regularizers.L2(0.5),
        keras.losses.Huber(delta=2.0),
        keras.metrics.Mean(name="m"),
        keras.optimizers.Adam(0.5),
    ):
        data = keras.saving.serialize_keras_object(value)
        again = keras.saving.deserialize_keras_object(data)
        assert type(again) is type(value)
        assert again.get_config() == value.get_config()


def test_lambdas_and_unknown_values_are_refused():
    with pytest.raises(ValueError, match="lambda"):
        serialization.serialize_keras_object(lambda x: x)
    with pytest.raises(ValueError, match="cannot be saved"):
        serialization.serialize_keras_object(object())


@pytest.mark.parametrize("suffix", ["h5", "keras"])
@pytest.mark.parametrize("name", ["MultiHeadAttention", "LayerNormalization", "GRU"])
def test_layers_of_users_may_have_known_names(name, suffix, tmp_path):
    class Own(keras.layers.Layer):
        def __init__(self, axis="own", **kwargs):
            super().__init__(**kwargs)
            self.axis = axis

        def call(self, x):
            return x * 2.0

    Own.__name__ = name
    path = tmp_path / f"model.{suffix}"
    keras.Sequential([keras.Input((3,)), Own(axis="given")]).save(path)
    model = keras.models.load_model(path, custom_objects={name: Own}, compile=False)
    assert type(model.layers[0]) is Own and model.layers[0].axis == "given"
