"""The device `cupy` beyond its kernels: graphs, memory, several GPUs, exchange."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import kerasish as keras
from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.devices import base, device, get_device
from kerasish.backend.graph import Trace, Variable, as_tensor, placeholder
from kerasish.backend.ops.printing import print_value
from kerasish.backend.plan import Function
from kerasish.errors import DTypeError, OutOfMemoryError
from tests.devices.fake_cupy import counts, machine
from tests.devices.workloads import train


@pytest.fixture
def graphs_off():
    keras.config.disable_cuda_graphs()
    yield
    keras.config.enable_cuda_graphs()


@pytest.fixture
def pool(cupy_device):
    """The memory pool, which has no limit afterwards."""
    yield cupy_device.xp.get_default_memory_pool()
    keras.config.set_memory_limit(None)


def is_captured(function):
    """Tell whether steps of a function are launched as graphs."""
    (plan,) = function._plans.values()
    return plan._bound.replay.steps != plan._bound.steps


def assert_same_training(found, expected):
    for key, values in expected[0].items():
        np.testing.assert_allclose(found[0][key], values, rtol=2e-5, err_msg=key)
    for one, other in zip(found[1], expected[1], strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-4, atol=2e-5)


class TestGraphs:
    def test_without_graphs_the_numbers_are_the_same(self, strict_cupy, graphs_off):
        found = train("mlp")
        assert not counts["launches"] and not counts["graphs"]
        keras.config.enable_cuda_graphs()
        again = train("mlp")
        assert counts["launches"]
        for one, other in zip(found[1], again[1], strict=True):
            assert (one == other).all()

    def test_what_cannot_be_captured_runs_between_graphs(self, strict_cupy):
        machine.shared["major"] = 13
        found = train("mlp")
        assert counts["launches"] > 2 * counts["graphs"] > 8
        with device("numpy"):
            expected = train("mlp")
        assert_same_training(found, expected)

    def test_steps_with_effects_on_the_host_are_left_out(self, cupy_device, capsys):
        x = placeholder((None,))
        doubled = print_value(x * 2.0, "x =") + 1.0
        function = Function([x], [doubled * doubled])
        for k in range(4):
            assert function(np.float32([k]))[0].tolist() == [(2 * k + 1) ** 2]
        printed = capsys.readouterr().out
        assert printed == "".join(f"x = [{2 * k}.]\n" for k in range(4))
        assert is_captured(function)

    def test_a_loop_of_unknown_length_is_left_out(self, cupy_device):
        x = placeholder(())
        with Trace():
            halved = ops.while_loop(lambda v: v > 1.0, lambda v: v / 2.0, (x,))[0]
        function = Function([x], [halved])
        assert [float(function(v)[0]) for v in (8.0, 6.0, 5.0)] == [1.0, 0.75, 0.625]

    def test_at_most_32_are_kept_and_memory_does_not_grow(self, strict_cupy):
        pool = strict_cupy.xp.get_default_memory_pool()

        def rounds(sizes):
            x = placeholder((None,))
            function = Function([x], [ops.sum(ops.exp(x) * 2.0)])
            for _ in range(3):
                for size in sizes:
                    function(np.ones(size, "float32"))
            return function

        kept, used = [], []
        for _ in range(12):
            kept.append(rounds((64, 80, 96, 112)))
            gc.collect()
            used.append(pool.used_bytes())
        alive = [
            plan._bound.replay.steps is not plan._bound.steps
            for function in kept
            for plan in function._plans.values()
        ]
        assert sum(alive) <= 32
        x = placeholder((None,))
        function = Function([x], [ops.sum(ops.exp(x) * 2.0)])
        used = []
        for size in [*range(40, 80), *range(40, 80)]:
            function(np.ones(size, "float32"))
            gc.collect()
            used.append(pool.used_bytes())
        assert max(used[40:]) <= max(used[:40]) + 4096
        assert len(function._plans) <= 32


class TestConditions:
    def train(self):
        limit = Variable(0.0, trainable=False, name="limit")
        counter = Variable(0, dtype="int32", trainable=False)
        x = placeholder((None,))
        with Trace() as trace:
            total = ops.sum(x)

            def record():
                limit.assign(total)
                counter.assign_add(1)
                return total * 2.0

            out = ops.cond(total > limit.value, record, lambda: total)
        function = Function([x], [out], trace.updates)
        results = [
            float(function(np.float32([v, 1.0]))[0]) for v in (2.0, 1.0, 4.0, -5.0, 7.0)
        ]
        return results, float(limit), int(counter)

    def test_updates_under_a_condition_are_selected_on_the_device(self, cupy_device):
        found = self.train()
        assert not counts["synchronisations"]
        with device("numpy"):
            assert found == self.train()
        assert found == ([6.0, 2.0, 10.0, -4.0, 16.0], 8.0, 3)

    def test_the_gradient_of_a_bounded_loop_needs_no_host(self, cupy_device):
        x = placeholder(())

        def halve(v):
            return v * 0.5 + x

        with Trace():
            result = ops.while_loop(lambda v: v > 2.0 * x + 1.0, halve, (x * 16.0,), 6)
            (slope,) = gradients(result[0], [x])
        function = Function([x], [slope])
        found = [function(v)[0] for v in (1.0, 2.0, 0.25)]
        assert not counts["synchronisations"]
        with device("numpy"):
            assert found == [function(v)[0] for v in (1.0, 2.0, 0.25)]


class TestMixedPrecision:
    def fit(self, note=lambda: None):
        keras.utils.set_random_seed(1)
        model = keras.Sequential(
            [
                keras.Input((4,)),
                keras.layers.Dense(8, "relu", dtype="mixed_float16"),
                keras.layers.Dense(1, dtype="float32"),
            ]
        )
        draw = np.random.default_rng(3)
        model.set_weights(
            [draw.uniform(-1, 1, w.shape) for w in model.get_weights()]
        )
        inner = keras.optimizers.SGD(0.01)
        scaled = keras.optimizers.LossScaleOptimizer(
            inner, initial_scale=2.0**40, dynamic_growth_steps=3
        )
        model.compile(scaled, "mse")
        x, y = draw.uniform(-1, 1, (8, 4)), draw.uniform(-1, 1, (8, 1))
        scales = []

        def data():
            for _ in range(40):
                note()
                yield x, y

        history = model.fit(data(), steps_per_epoch=40, verbose=0).history
        scales.append(float(scaled.dynamic_scale))
        return history["loss"], scales, int(scaled.iterations), model.get_weights()

    def test_the_scale_is_found_on_the_device(self, cupy_device):
        marks = []
        found = self.fit(lambda: marks.append(dict(counts)))
        for name in ("synchronisations", "downloads", "allocations"):
            seen = [mark.get(name, 0) for mark in marks[2:]]
            assert len(set(seen)) == 1, name
        with device("numpy"):
            expected = self.fit()
        assert found[1:3] == expected[1:3] and 10 < found[2] < 40
        np.testing.assert_allclose(found[0], expected[0], rtol=1e-3)
        for one, other in zip(found[3], expected[3]):
            np.testing.assert_allclose(one, other, rtol=1e-2, atol=1e-3)

    def test_bfloat16_needs_a_version_that_has_it(self, strict_cupy, monkeypatch):
        layer = keras.layers.Dense(3, dtype="mixed_bfloat16")
        assert layer(np.ones((2, 4), "float32")).dtype == "bfloat16"
        monkeypatch.setattr(strict_cupy, "_has_bfloat16", False)
        with pytest.raises(DTypeError, match="CuPy .* does not compute in bfloat16"):
            layer(np.ones((2, 4), "float32"))
        with pytest.raises(DTypeError, match="mixed_float16"):
            as_tensor(np.ones(3), "bfloat16")


def test_products_may_be_rounded(strict_cupy):
    products = strict_cupy.xp._core._routines_linalg
    assert not products.types
    try:
        keras.config.enable_tf32()
        assert products.types == {"float32": products.COMPUTE_TYPE_TF32}
        assert type(strict_cupy)(1).xp is strict_cupy.xp
        epoch = strict_cupy.epoch
    finally:
        keras.config.disable_tf32()
    assert products.types == {"float32": products.COMPUTE_TYPE_DEFAULT}
    assert strict_cupy.epoch == epoch + 1


class TestMemory:
    def test_a_lack_of_memory_names_layers_and_a_batch_size(self, pool):
        model = keras.Sequential(
            [keras.Input((16,)), keras.layers.Dense(256, "tanh", name="wide"),
             keras.layers.Dense(1)]
        )  # fmt: skip
        model.compile("sgd", "mse")
        x = np.ones((512, 16), "float32")
        keras.config.set_memory_limit(pool.used_bytes() + (1 << 18))
        sizes = [512]
        while True:
            try:
                model.fit(x, x[:, :1], batch_size=sizes[-1], verbose=0)
                break
            except OutOfMemoryError as error:
                text = str(error)
                assert "256) float32" in text and "wide" in text
                sizes.append(int(text.split("batch_size=")[1].split(".")[0]))
                assert sizes[-2] > sizes[-1] >= 16
        assert len(sizes) > 1
        keras.config.set_memory_limit(None)
        model.fit(x, x[:, :1], batch_size=512, verbose=0)

    def test_what_is_kept_for_later_is_given_up(self, cupy_device, pool):
        cupy_device.empty((1 << 16,), "uint8")
        assert pool.total_bytes() >= pool.used_bytes() + (1 << 16)
        keras.config.set_memory_limit(pool.used_bytes() + (1 << 16) + 1024)
        assert cupy_device.empty(((1 << 16) + 512,), "uint8").size == (1 << 16) + 512

    def test_a_host_has_no_limit(self):
        with device("numpy"), pytest.raises(ValueError, match="cannot be limited"):
            keras.config.set_memory_limit(1 << 30)

    def test_nothing_is_taken_at_the_start(self, strict_cupy):
        assert strict_cupy.xp.get_default_memory_pool().used_bytes() == 0


class TestSeveralDevices:
    @pytest.fixture(autouse=True)
    def two_devices(self, cupy_device):
        if cupy_device.xp.cuda.runtime.getDeviceCount() < 2:
            pytest.skip("needs two GPUs")
        yield
        from kerasish.backend.devices.base import _instances

        for name in ("cupy:0", "cupy:1"):
            _instances.pop(name, None)

    def test_arrays_live_where_the_scope_says(self):
        with keras.device("cupy:1"):
            there = Variable([1.0, 2.0])
            assert there.on(get_device("cupy:1")).device.id == 1
            assert keras.ops.ones(3).value.device.id == 1
        assert keras.ops.ones(3).value.device.id == 0

    def test_values_of_another_device_are_read_and_assigned(self):
        here = Variable([1.0, 2.0])
        with keras.device("cupy:1"):
            there = Variable([3.0, 5.0])
            total = there + here
            assert total.value.device.id == 1
        before = counts["downloads"]
        here.assign(total)
        there.assign(here * 2.0)
        assert (total * here).value.device.id == 0
        assert counts["downloads"] == before
        assert there.numpy().tolist() == [8.0, 14.0]
        with keras.device("numpy"):
            assert (total + 1.0).numpy().tolist() == [5.0, 8.0]
            there.assign_add(total)
        assert there.numpy().tolist() == [12.0, 21.0]

    def test_a_model_moves_with_the_scope(self):
        with keras.device("cupy:1"):
            found = train("mlp")
        with keras.device("numpy"):
            expected = train("mlp")
        assert_same_training(found, expected)

    def test_a_model_goes_on_elsewhere(self):
        model = keras.Sequential([keras.Input((3,)), keras.layers.Dense(2)])
        model.compile("adam", "mse")
        x, y = np.ones((4, 3), "float32"), np.ones((4, 2), "float32")
        model.fit(x, y, verbose=0)
        with keras.device("cupy:1"):
            model.fit(x, y, verbose=0)
            there = model.predict(x, verbose=0)
        np.testing.assert_allclose(model.predict(x, verbose=0), there, rtol=1e-6)

    def test_threads_work_on_devices_of_their_own(self):
        results: dict[str, list] = {}

        def work(name):
            with keras.device(name):
                total, x = Variable(1.0), placeholder((None,))
                with Trace() as trace:
                    total.assign(total.value * 0.5 + ops.sum(x))
                function = Function([x], [total.leaf], trace.updates)
                results[name] = [
                    float(function(np.full(4, k, "float32"))[0]) for k in range(20)
                ]

        names = ("cupy:0", "cupy:1")
        threads = [threading.Thread(target=work, args=(name,)) for name in names]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with keras.device("numpy"):
            work("numpy")
        assert results["cupy:0"] == results["cupy:1"] == results["numpy"]


def test_it_is_chosen_by_the_environment_and_by_a_function(strict_cupy):
    # All is as before at the end of the block, while the device is still there.
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(base._selection, "device", None)
        patch.setattr(base, "_default", [None])
        patch.setenv("KERASISH_BACKEND", "cupy")
        assert strict_cupy.owns(keras.ops.ones(3).value)
        keras.config.set_backend("numpy")
        assert not strict_cupy.owns(keras.ops.ones(3).value)
        keras.config.set_backend("cupy")
        assert strict_cupy.owns(keras.ops.ones(3).value)


def test_a_device_that_is_not_there(strict_cupy):
    with pytest.raises(ValueError, match="no GPU 'cupy:7'; known: 'cupy:0', 'cu"):
        keras.config.set_backend("cupy:7")


class TestExchange:
    def test_with_cupy(self, cupy_device):
        xp = cupy_device.xp
        tensor, variable = keras.ops.ones((2, 3)), Variable([1.0, 2.0])
        assert xp.from_dlpack(tensor).get().tolist() == [[1.0] * 3] * 2
        assert xp.from_dlpack(variable).get().tolist() == [1.0, 2.0]
        assert tensor.__dlpack_device__() == (2, 0)
        foreign = Foreign(xp.arange(3, dtype="float32"))
        before = counts["downloads"]
        assert as_tensor(foreign).value.device.id == 0
        assert (as_tensor(foreign) + 1.0).numpy().tolist() == [1.0, 2.0, 3.0]
        variable.assign(keras.ops.convert_to_tensor(foreign)[:2])
        assert counts["downloads"] <= before + 1
        assert variable.numpy().tolist() == [0.0, 1.0]

    def test_with_numpy(self):
        with device("numpy"):
            tensor, variable = keras.ops.ones((2, 3)), Variable([1.0, 2.0])
            assert np.from_dlpack(tensor).tolist() == [[1.0] * 3] * 2
            assert np.from_dlpack(variable).tolist() == [1.0, 2.0]
            foreign = Foreign(np.arange(3, dtype="float32"))
            assert (as_tensor(foreign) + 1.0).numpy().tolist() == [1.0, 2.0, 3.0]


class Foreign:
    """An array of another library, which offers DLPack and nothing else."""

    def __init__(self, array):
        self._array = array

    def __dlpack__(self, **options):
        return self._array.__dlpack__(**options)

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()


ABSENT = {
    "module": ("raise ModuleNotFoundError('x', name='cupy')", "needs CuPy: pip inst"),
    "library": ("raise OSError('libcudart.so: no such file')", "cannot be loaded: li"),
    "driver": (
        "class R:\n def getDeviceCount(): raise RuntimeError('no driver')\n"
        "class cuda: runtime = R",
        "needs an NVIDIA GPU with a driver for CUDA 12 or 13: no driver",
    ),
    "gpu": (
        "class R:\n def getDeviceCount(): return 0\nclass cuda: runtime = R",
        "needs an NVIDIA GPU: there is none",
    ),
}


@pytest.mark.parametrize("missing", ABSENT)
def test_what_is_missing_is_said_in_one_line(tmp_path, missing):
    source, message = ABSENT[missing]
    (tmp_path / "cupy.py").write_text(source)
    code = (
        "import kerasish as keras\nkeras.config.show()\n"
        "for call in (lambda: keras.ops.ones(3),"
        " lambda: keras.config.set_backend('cupy')):\n"
        "    try: call()\n    except Exception as error: print('error:', error)"
    )
    path = os.pathsep.join([str(tmp_path), *filter(None, sys.path)])
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": path, "KERASISH_BACKEND": "cupy"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line for line in result.stdout.splitlines() if message in line]
    starts = [line.split(":")[0] for line in lines]
    assert starts == ["device", "CuPy", "error", "error"], result.stdout
