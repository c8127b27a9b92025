"""Dtype policies: names, the global one, one for each layer, maps, whole numbers."""

from __future__ import annotations

import json

import numpy as np
import pytest

import kerasish as keras
from kerasish import dtype_policies, layers, ops
from kerasish.dtype_policies import DTypePolicy, DTypePolicyMap

X = np.random.default_rng(0).normal(size=(8, 4)).astype("float32")
Y = np.random.default_rng(1).normal(size=(8, 2)).astype("float32")


@pytest.fixture
def free_policy():
    yield
    dtype_policies.set_dtype_policy(None)


@pytest.mark.parametrize(
    ("name", "compute", "variable"),
    [
        ("float16", "float16", "float16"),
        ("bfloat16", "bfloat16", "bfloat16"),
        ("float64", "float64", "float64"),
        ("mixed_float16", "float16", "float32"),
        ("mixed_bfloat16", "bfloat16", "float32"),
    ],
)
def test_layers_compute_and_keep_as_the_policy_says(name, compute, variable):
    policy = DTypePolicy(name)
    assert (policy.compute_dtype, policy.variable_dtype) == (compute, variable)
    layer = layers.Dense(2, dtype=policy)
    assert layer(X).dtype == compute
    assert layer.kernel.dtype == layer.variable_dtype == layer.dtype == variable
    assert layer.compute_dtype == layer.input_dtype == compute
    assert layer.get_config()["dtype"] == name
    again = DTypePolicy.from_config(json.loads(json.dumps(policy.get_config())))
    assert again == policy and hash(again) == hash(policy)


@pytest.mark.parametrize("name", ["mixed_float16", "mixed_bfloat16", "float64"])
def test_models_train_under_a_global_policy(name, free_policy):
    keras.utils.set_random_seed(1)
    keras.config.set_dtype_policy(name)
    assert keras.config.dtype_policy().name == name
    model = keras.Sequential([layers.Input((4,)), layers.Dense(3), layers.Dense(2)])
    model.compile("sgd", "mse")
    assert {w.dtype for w in model.weights} == {model.layers[0].variable_dtype}
    first = model.evaluate(X, Y, verbose=0)
    # The loss scale of float16 begins too large, so that steps are left out.
    model.fit(X, Y, epochs=9, verbose=0)
    assert model.evaluate(X, Y, verbose=0) < first
    assert model.predict(X, verbose=0).dtype.name == model.layers[0].compute_dtype


def test_each_layer_has_its_own_policy():
    inputs = keras.Input((4,))
    low = layers.Dense(3, dtype="mixed_float16")(inputs)
    high = layers.Dense(2, dtype="float32")(low)
    model = keras.Model(inputs, high)
    assert (low.dtype, high.dtype) == ("float16", "float32")
    model.compile("sgd", "mse")
    model.fit(X, Y, verbose=0)
    copy = keras.models.clone_model(model)
    assert [layer.dtype_policy.name for layer in copy.layers[1:]] == [
        "mixed_float16",
        "float32",
    ]


def test_autocast_may_be_left_out():
    class Kinds(layers.Layer):
        def build(self, input_shape):
            self.low = self.add_weight(shape=(), initializer="ones")
            self.high = self.add_weight(shape=(), initializer="ones", autocast=False)

        def call(self, x):
            self.seen = ops.convert_to_tensor(self.low).dtype, x.dtype
            return ops.cast(x, "float32") * ops.cast(self.high, "float32")

    layer = Kinds(dtype="mixed_float16")
    layer(X)
    assert layer.seen == ("float16", "float16")
    layer = Kinds(dtype="mixed_float16", autocast=False)
    layer(X)
    assert layer.seen == ("float32", "float32")


def test_whole_numbers_are_not_cast():
    seen = []

    class Watch(layers.Layer):
        def call(self, x):
            seen.append(x.dtype)
            return x

    for dtype in ("int32", "uint8", "bool"):
        Watch(dtype="mixed_float16")(np.ones((2, 3), dtype))
    assert seen == ["int32", "uint8", "bool"]
    table = layers.Embedding(5, 3, dtype="mixed_float16")
    assert table(np.array([[1, 2]])).dtype == "float16"
    assert layers.Dense(2, dtype="mixed_float16")(np.ones((2, 3), "float64")).dtype == (
        "float16"
    )


def test_other_policies_for_one_layer_at_a_time():
    layer = layers.Dense(2)
    layer.dtype_policy = "mixed_bfloat16"
    assert layer(X).dtype == "bfloat16"
    assert layer.kernel.dtype == "float32"
    with pytest.raises(ValueError, match="dtype policy"):
        layers.Dense(2, dtype="mixed_float8")
    with pytest.raises(NotImplementedError, match="mixed_bfloat16"):
        dtype_policies.QuantizedDTypePolicy("int8")


def test_policies_by_path():
    policies = DTypePolicyMap("float32", {"net/low": "mixed_float16", "net/h.*": None})
    assert policies["net/low"].name == "mixed_float16"
    assert policies["net/high"].name == policies["other"].name == "float32"
    assert (len(policies), "net/low" in policies) == (2, True)
    assert policies.name == "map_float32"
    assert (policies.compute_dtype, policies.variable_dtype) == ("float32", "float32")
    del policies["net/h.*"]
    assert list(policies) == ["net/low"]
    described = json.loads(json.dumps(dtype_policies.serialize(policies)))
    again = dtype_policies.deserialize(described)
    assert again == policies and dtype_policies.get(policies) is policies
    with pytest.raises(ValueError, match="already in"):
        policies["net/low"] = "float16"
    policies["net/.*"], policies["net/m.*"] = "float16", "float64"
    with pytest.raises(ValueError, match="matches multiple"):
        policies["net/mid"]
    with pytest.raises(ValueError, match="cannot be a"):
        DTypePolicyMap(policies)
    with pytest.raises(TypeError, match="must be a dictionary"):
        DTypePolicyMap(policy_map=3)


def test_layers_take_their_policy_from_a_map():
    policies = DTypePolicyMap("float32", {"outer/low": "mixed_float16"})

    class Outer(layers.Layer):
        def __init__(self, **kwargs):
            super().__init__(**kwargs)
            self.low = layers.Dense(3, dtype=policies, name="low")
            self.high = layers.Dense(2, dtype=policies, name="high")

        def call(self, x):
            self.seen = self.low(x).dtype, self.high(x).dtype
            return self.high(x)

    layer = Outer(name="outer")
    layer(X)
    assert layer.seen == ("float16", "float32")
    config = json.loads(json.dumps(layer.low.get_config()))
    assert layers.Dense.from_config(config).dtype_policy == policies
