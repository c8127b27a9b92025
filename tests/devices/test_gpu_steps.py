"""What crosses between host and GPU in a training step, and what is launched."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

import kerasish as keras
from kerasish.backend import ops
from kerasish.backend.devices import device
from kerasish.backend.graph import placeholder
from kerasish.backend.plan import Function
from tests.devices.fake_cupy import counts, cuda
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


class TestUploads:
    def brought(self, gpu, rounds):
        """Brings batches, each followed by work that the GPU has not done yet."""
        target = gpu.empty((4,), "float32")
        for number in range(rounds):
            gpu.feed([target], [np.full(4, number, "float32")])
            with gpu.guard():
                gpu.xp.multiply(target, 2.0, out=target)
        return target

    def test_a_batch_does_not_wait_for_the_step_before(self, strict_cupy):
        target = self.brought(strict_cupy, 2)
        copies, work = strict_cupy._uploads._copies, strict_cupy.stream
        busy = work._clock[work]
        strict_cupy.feed([target], [np.ones(4, "float32")])
        # It waited for the step before the last one, which has taken its batch.
        assert copies._clock[work] < busy - 1
        assert target.get().tolist() == [1.0] * 4

    def test_memory_that_is_still_read_is_not_written(self, strict_cupy, monkeypatch):
        self.brought(strict_cupy, 3)
        counts.clear()
        self.brought(strict_cupy, 2)
        assert not counts["synchronisations"]
        monkeypatch.setattr(cuda.Event, "done", False)
        self.brought(strict_cupy, 2)
        assert counts["synchronisations"] == 2

    def test_all_kinds_of_inputs(self, cupy_device):
        x = placeholder((None, 2), "uint8")
        y = placeholder((None,), "bool")
        z = placeholder((), "float64")
        function = Function([x, y, z], [ops.cast(x, "float64") * z, y])
        on_gpu = cupy_device.asarray(np.float64(3.0))
        for rows in (3, 0, 5):
            data = np.arange(2 * rows, dtype="uint8").reshape(rows, 2)
            flags = np.arange(rows) % 2 == 0
            for third in (2.0, on_gpu):
                product, same = function(data.T.copy().T, flags, third)
                factor = 3.0 if third is on_gpu else third
                assert (product == data * factor).all() and (same == flags).all()


def test_own_logs_are_fetched_when_they_are_read(strict_cupy):
    class Model(keras.Model):
        def train_step(self, data):
            logs = super().train_step(data)
            return {**logs, "twice": 2.0 * logs["loss"]}

    inputs = keras.Input((3,))
    model = Model(inputs, keras.layers.Dense(1)(inputs))
    model.compile("sgd", "mse")
    marks = []

    def data():
        for _ in range(6):
            marks.append(counts["downloads"])
            yield np.ones((4, 3), "float32"), np.ones((4, 1), "float32")

    history = model.fit(data(), steps_per_epoch=6, verbose=0).history
    assert marks[1:] == [marks[1]] * 5
    assert history["twice"][0] == pytest.approx(2.0 * history["loss"][0])


def test_the_benchmark_of_kernels_runs():
    path = Path(keras.__file__).parents[1] / "benchmarks" / "gpu.py"
    command = [sys.executable, path, "--device", "numpy", "--quick", "--only", "sum"]
    environment = {**os.environ, "PYTHONPATH": str(path.parents[1])}
    found = subprocess.run(
        command, env=environment, capture_output=True, text=True, check=True
    )
    lines = found.stdout.splitlines()
    assert "TFLOP/s in float32" in lines[0] and "torch us" in lines[1]
    assert [line.split("  ")[0] for line in lines[2:]] == [
        "sum of an axis",
        "sum of an axis + gradients",
    ]
