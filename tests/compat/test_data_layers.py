"""Layers that adapt or take strings against stored results of real Keras."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kerasish import layers
from tests.compat.data_cases import CASES

_FILE = Path(__file__).parent / "goldens" / "data_layers.json"
_STORED = json.loads(_FILE.read_text(encoding="utf-8"))


def _check(layer: Any, name: str) -> None:
    stored = _STORED[name]
    outputs = np.asarray(layer(CASES[name].arguments()))
    if stored["dtype"] == "object":
        assert outputs.tolist() == stored["outputs"]
        return
    assert np.issubdtype(outputs.dtype, np.floating) == ("float" in stored["dtype"])
    expected = np.array(stored["outputs"])
    assert outputs.shape == expected.shape
    np.testing.assert_allclose(outputs, expected, rtol=2e-5, atol=1e-5)
    if "vocabulary" in stored:
        assert list(map(str, layer.get_vocabulary())) == list(
            map(str, stored["vocabulary"])
        )


@pytest.mark.parametrize("name", CASES)
def test_results(name: str) -> None:
    case = CASES[name]
    layer = case.make(layers)
    if case.adapt is not None:
        layer.adapt(np.asarray(case.adapt))
    _check(layer, name)


@pytest.mark.parametrize("name", CASES)
def test_description_makes_the_same_layer(name: str) -> None:
    case = CASES[name]
    layer = case.make(layers)
    if case.adapt is not None:
        layer.adapt(np.asarray(case.adapt))
    described = json.loads(json.dumps(layers.serialize(layer)))
    copy = layers.deserialize(described)
    if layer.weights:
        copy.build(np.asarray(case.adapt).shape)
        copy.set_weights(layer.get_weights())
    _check(copy, name)
