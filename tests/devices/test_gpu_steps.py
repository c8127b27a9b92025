"""What crosses between host and GPU in a training step, and what is launched."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from kerasish.backend.devices import device
from tests.devices.fake_cupy import counts
from tests.devices.workloads import WORKLOADS, train


def steps_of(name: str, **options) -> tuple[list[Counter], tuple]:
    """The counts of each step, and what the training gave."""
    marks: list[Counter] = []
    found = train(name, note=lambda: marks.append(Counter(counts)), **options)
    return [after - before for before, after in zip(marks, marks[1:])], found


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_workload_trains_as_on_the_host(cupy_device, name):
    history, weights = train(name)
    with device("numpy"):
        expected_history, expected = train(name)
    for key, values in expected_history.items():
        np.testing.assert_allclose(history[key], values, rtol=2e-5, err_msg=key)
    for one, other in zip(weights, expected, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=2e-5)


@pytest.mark.parametrize("name", WORKLOADS)
def test_a_step_brings_one_batch_and_nothing_else(strict_cupy, name):
    steps, _ = steps_of(name)
    for step in steps[2:-1]:
        assert step["uploads"] == 2, step
        assert not step["downloads"], step
        assert not step["synchronisations"], step
        assert not step["allocations"], step
        assert not step["pinned allocations"] and not step["graphs"], step
        assert step["launches"] == 2, step
