"""Operations outside layers in models of other versions of Keras."""

import json
import pathlib

import numpy as np
import pytest

import kerasish as keras

FOLDER = pathlib.Path(__file__).parent / "fixtures"


def cases(name):
    with np.load(FOLDER / f"{name}.npz") as file:
        stored = dict(file)
    place, outputs = 0, stored.pop("outputs")
    for case in json.loads(bytes(stored.pop("cases"))):
        size = int(np.prod(case["shape"]))
        wanted = outputs[place : place + size].reshape(case["shape"])
        place += size
        yield pytest.param(case["config"], stored, wanted, id=f"{name}: {case['case']}")


@pytest.mark.parametrize("config, inputs, wanted", cases("keras3_ops"))
def test_models_with_free_operations(config, inputs, wanted):
    model = keras.models.model_from_json(json.dumps(config))
    output = np.asarray(model(inputs)).astype("float32")
    np.testing.assert_allclose(output, wanted, rtol=1e-4, atol=2e-5)
