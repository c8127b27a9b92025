"""Operations outside layers in models of other versions of Keras."""

import json
import pathlib

import numpy as np
import pytest

import kerasish as keras
from kerasish.saving.upgrade.tensorflow_functions import tensorflow_function

FOLDER = pathlib.Path(__file__).parent / "fixtures"


def cases(name):
    with np.load(FOLDER / f"{name}.npz") as file:
        stored = dict(file)
    place, outputs = 0, stored.pop("outputs")
    for number, case in enumerate(json.loads(bytes(stored.pop("cases")))):
        size = int(np.prod(case["shape"]))
        wanted = outputs[place : place + size].reshape(case["shape"])
        place += size
        # One in six runs each time; the configurations differ by little.
        marks = pytest.mark.slow if number % 6 else ()
        label = f"{name}: {case['case']}"
        yield pytest.param(case["config"], stored, wanted, id=label, marks=marks)


@pytest.mark.parametrize(
    "config, inputs, wanted",
    [
        *cases("keras3_ops"),
        *cases("tensorflow_functions"),
        *cases("tensorflow_nodes"),
    ],
)
def test_models_with_free_operations(config, inputs, wanted):
    model = keras.models.model_from_json(json.dumps(config))
    output = np.asarray(model(inputs)).astype("float32")
    np.testing.assert_allclose(output, wanted, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("name", ["einsum", "linalg.einsum", "__operators__.eq"])
def test_functions_whose_operands_are_not_stored(name):
    constant = ["_CONSTANT_VALUE", -1, "ij->ji", {}]
    call = constant if "einsum" in name else ["x", 0, 0, {}]
    layers = [
        {"class_name": "InputLayer", "name": "x", "inbound_nodes": [],
         "config": {"name": "x", "batch_input_shape": [None, 3]}},
        {"class_name": "TFOpLambda", "name": "f", "inbound_nodes": [call],
         "config": {"name": "f", "function": name}},
    ]  # fmt: skip
    ends = {"input_layers": [["x", 0, 0]], "output_layers": [["f", 0, 0]]}
    with pytest.raises(ValueError, match="does not store"):
        keras.Model.from_config({"name": "m", "layers": layers, **ends})


def test_functions_of_text_are_not_those_of_numbers():
    with pytest.raises(ValueError, match="tf.strings.split"):
        tensorflow_function("strings.split")
