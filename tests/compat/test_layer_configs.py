"""Descriptions of layers by Keras 3 and Keras 2 make the same layers here."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from kerasish import layers
from tests.compat.layer_cases import DESCRIBED

_FILE = Path(__file__).parent / "goldens" / "layer_configs.json"
_STORED = json.loads(_FILE.read_text(encoding="utf-8"))
# What Keras 3 decides otherwise than Keras 2, or writes in another form.
_DECIDED_ANEW = {"name", "dtype", "layer", "backward_layer", "cell", "cells"}


@cache
def _expected(name: str) -> dict:
    return json.loads(json.dumps(DESCRIBED[name].make(layers).get_config()))


def _rounded(value: Any) -> Any:
    """Returns plain data with floats as float32 has them."""
    if isinstance(value, dict):
        return {key: _rounded(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_rounded(item) for item in value]
    return float(np.float32(value)) if isinstance(value, float) else value


_PAIRS = [(library, name) for library in sorted(_STORED) for name in _STORED[library]]


def test_each_layer_is_described_by_a_library() -> None:
    assert {name for _, name in _PAIRS} == set(DESCRIBED)


@pytest.mark.parametrize(("library", "name"), _PAIRS)
def test_description_makes_the_same_layer(library: str, name: str) -> None:
    layer = layers.deserialize(_STORED[library][name])
    got = json.loads(json.dumps(layer.get_config()))
    expected = _expected(name)
    assert set(got) == set(expected)
    for key in set(got) - _DECIDED_ANEW:
        assert _rounded(got[key]) == _rounded(expected[key]), key
