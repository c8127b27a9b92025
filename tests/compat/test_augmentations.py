"""Layers that change images against real Keras (see `generate_augmentations.py`)."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import pytest

from kerasish import layers, tree
from kerasish.backend.graph import Trace, placeholder
from kerasish.backend.plan import Function
from tests.compat.augmentation_cases import CASES

_FILE = Path(__file__).parent / "goldens" / "augmentations.npz"
# A pixel on a rounding edge may fall on either side.
TOLERANCE = 1e-5


@cache
def _goldens() -> dict[str, np.ndarray]:
    with np.load(_FILE) as stored:
        return dict(stored)


def _check(name: str, outputs: list) -> None:
    stored = _goldens()
    expected = [stored[k] for k in sorted(stored) if k.rpartition("/")[0] == name]
    assert len(outputs) == len(expected)
    for got, wanted in zip(outputs, expected):
        got = np.asarray(got)
        assert got.shape == wanted.shape
        scale = max(float(np.abs(wanted).max(initial=0.0)), 1.0)
        np.testing.assert_allclose(got, wanted, rtol=0, atol=TOLERANCE * scale)


@pytest.mark.parametrize("name", CASES)
def test_results(name: str) -> None:
    case = CASES[name]
    _check(name, tree.flatten(case.run(case.make(layers), name)))


@pytest.mark.parametrize("name", [n for n in CASES if CASES[n].drawn is None])
def test_results_of_a_graph(name: str) -> None:
    case = CASES[name]
    layer = case.make(layers)
    data = case.data(name)
    arrays = tree.flatten(data)
    batched = len(case.shape) == 4
    with Trace() as trace:
        inputs = [
            placeholder(
                (None, *array.shape[1:]) if batched else array.shape, array.dtype.name
            )
            for array in arrays
        ]
        outputs = layer(tree.pack_sequence_as(data, inputs), training=case.training)
    run = Function(inputs, tree.flatten(outputs), updates=trace.updates)
    _check(name, run(*arrays))
