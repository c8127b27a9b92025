"""Feature spaces against stored results of real Keras."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import kerasish as keras
from kerasish.errors import GraphError
from kerasish.utils import FeatureSpace
from tests.compat.feature_space_cases import DATA, NEW, ROW, spaces

_FILE = Path(__file__).parent / "goldens" / "feature_spaces.json"
STORED = json.loads(_FILE.read_text(encoding="utf-8"))


def _check(got, expected):
    if isinstance(expected, dict):
        assert sorted(got) == sorted(expected)
        for name, value in expected.items():
            _check(got[name], value)
        return
    got = np.asarray(got)
    assert got.shape == np.shape(expected)
    np.testing.assert_allclose(got, expected, rtol=1e-5, atol=1e-6)


def _used(space, data):
    return {name: data[name] for name in space.features}


@pytest.mark.parametrize("name", STORED)
def test_results(name):
    space = spaces(FeatureSpace)[name]
    space.adapt(_used(space, DATA))
    for data, expected in zip((DATA, NEW, ROW), STORED[name]):
        _check(space(_used(space, data)), expected)


@pytest.mark.parametrize("name", sorted(set(STORED) - {"floats", "all"}))
def test_description_makes_the_same_space(name):
    space = spaces(FeatureSpace)[name]
    space.adapt(_used(space, DATA))
    config = json.loads(json.dumps(space.get_config()))
    again = FeatureSpace.from_config(config)
    again._is_adapted = True
    assert again.get_config() == space.get_config()
    _check(again(_used(space, NEW)), STORED[name][1])


def test_batches_of_data_are_adapted_to():
    space = spaces(FeatureSpace)["all"]
    halves = [
        ({name: column[part] for name, column in DATA.items()}, None)
        for part in (slice(0, 2), slice(2, None))
    ]
    space.adapt(halves)
    _check(space(NEW), STORED["all"][1])


def test_numbers_go_into_functional_models():
    space = FeatureSpace({"size": "float_normalized", "weight": "float"})
    columns = {name: DATA[name] for name in ("size", "weight")}
    space.adapt(columns)
    outputs = keras.layers.Dense(1)(space.get_encoded_features())
    model = keras.Model(space.get_inputs(), outputs)
    arrays = {
        name: np.array(column, "float32")[:, None] for name, column in columns.items()
    }
    expected = np.asarray(space(columns)) @ model.layers[-1].get_weights()[0]
    np.testing.assert_allclose(model.predict(arrays, verbose=0), expected, rtol=1e-4)
    model.compile("sgd", "mse")
    model.fit(arrays, np.ones((5, 1)), verbose=0)


def test_wrong_use_is_refused():
    with pytest.raises(ValueError, match="cannot be None or empty"):
        FeatureSpace({})
    with pytest.raises(ValueError, match="Did you mean 'float_rescaled'"):
        FeatureSpace({"a": "float_rescale"})
    with pytest.raises(ValueError, match="names of `features`"):
        FeatureSpace({"a": "float"}, crosses=[("a", "b")])
    with pytest.raises(ValueError, match="`output_mode` must be"):
        FeatureSpace({"a": "float"}, output_mode="list")
    space = FeatureSpace({"a": "string_categorical"})
    with pytest.raises(ValueError, match="Call `adapt"):
        space({"a": ["x"]})
    with pytest.raises(ValueError, match="takes a dictionary"):
        space.adapt("words")
    space.adapt({"a": ["x", "y"]})
    with pytest.raises(ValueError, match="with a dict"):
        space(["x"])
    with pytest.raises(GraphError, match="Words are no tensors"):
        space.get_inputs()
    whole = FeatureSpace({"a": FeatureSpace.integer_hashed(3, output_mode="int")})
    with pytest.raises(ValueError, match="is not encoded"):
        whole({"a": [1, 2]})


@pytest.mark.parametrize("name", STORED)
def test_saved_and_read_again(name, tmp_path):
    space = spaces(FeatureSpace)[name]
    space.adapt(_used(space, DATA))
    space.save(tmp_path / "space.keras")
    again = keras.models.load_model(tmp_path / "space.keras")
    for data, expected in zip((DATA, NEW, ROW), STORED[name]):
        _check(again(_used(space, data)), expected)


def test_one_that_keras_has_saved():
    space = keras.models.load_model(_FILE.parent / "feature_space.keras")
    for data, expected in zip((DATA, NEW, ROW), STORED["all"]):
        _check(space(data), expected)


def test_nothing_is_saved_before_it_is_adapted(tmp_path):
    with pytest.raises(ValueError, match="adapt"):
        spaces(FeatureSpace)["floats"].save(tmp_path / "space.keras")
