"""The stand-in for CuPy offers no more than CuPy, and refuses what a GPU does."""

from __future__ import annotations

import inspect
import json
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from tests.devices.fake_cupy import counts, cuda, make_cupy
from tests.devices.fake_cupy.machine import CudaError
from tests.devices.generate_cupy_table import entry

TABLE = json.loads(Path(__file__).with_name("cupy_table.json").read_text())
CLASSES = {
    "cupy.cuda.Device": cuda.Device,
    "cupy.cuda.Stream": cuda.Stream,
    "cupy.cuda.Event": cuda.Event,
    "cupy.cuda.MemoryPool": cuda.MemoryPool,
    "cupy.cuda.PinnedMemoryPool": cuda.PinnedMemoryPool,
    "cupy.cuda.graph.Graph": cuda.Graph,
}


@pytest.fixture
def xp():
    module = make_cupy()["cupy"]
    counts.clear()
    yield module
    module.get_default_memory_pool().set_limit()


@pytest.mark.parametrize("version", sorted(TABLE))
@pytest.mark.parametrize("path", CLASSES)
def test_classes_have_members_of_the_real_ones(version, path):
    known = TABLE[version]["classes"][path]
    start = set(inspect.signature(CLASSES[path].__init__).parameters)
    assert known["__init__"] is None or start <= set(known["__init__"])
    for name in [n for n in dir(CLASSES[path]) if not n.startswith("_")]:
        assert name in known
        member = getattr(CLASSES[path], name)
        if callable(member) and known[name]:
            assert set(inspect.signature(member).parameters) <= set(known[name])


@pytest.mark.parametrize("version", sorted(TABLE))
def test_modules_have_names_of_the_real_ones(xp, version):
    known = TABLE[version]["modules"]
    own = set(vars(xp.cuda)) - {"memory", "runtime", "Graph"}
    assert own <= set(known["cupy.cuda"])
    assert set(vars(xp.cuda.runtime)) <= set(known["cupy.cuda.runtime"])
    assert set(vars(xp.cuda.memory)) <= set(known["cupy.cuda.memory"])
    own = {n for n in vars(xp) if not n.startswith("_")} - {"cuda", "lib", "ndarray"}
    assert own - {"linalg", "fft"} <= set(known["cupy"])


@pytest.mark.skipif(find_spec("cupy") is None, reason="CuPy is not installed")
def test_the_table_is_that_of_the_installed_version():
    found = json.loads(json.dumps(entry()))
    known = TABLE[found["version"].split(".")[0]]
    if found["version"] == known["version"]:
        assert found == known
    for module, names in known["modules"].items():
        assert set(names) - set(found["modules"][module]) == set()


def test_arrays_refuse_the_host(xp):
    x = xp.asarray(np.ones(3, "float32"))
    for bad in (
        lambda: np.asarray(x),
        lambda: x + np.ones(3),
        lambda: np.ones(3) * x,
        lambda: xp.add(x, np.ones(3)),
        lambda: xp.add(x, x, where=x),
    ):
        with pytest.raises(TypeError):
            bad()
    with pytest.raises(AttributeError):
        xp.nditer  # noqa: B018
    assert (x + 1.0).get().tolist() == [2, 2, 2]


def test_arrays_refuse_another_device(xp):
    x = xp.ones(3)
    with xp.cuda.Device(1):
        y = xp.ones(3)
        assert y.device.id == 1 and x.device.id == 0
        for bad in (lambda: x + y, lambda: xp.exp(x), lambda: x.sum()):
            with pytest.raises(ValueError, match="current device"):
                bad()
        with pytest.raises(AssertionError, match="race"):
            x.copy()
        with xp.cuda.Device(0):
            event = xp.cuda.get_current_stream().record()
        xp.cuda.get_current_stream().wait_event(event)
        assert (x.copy() + y).get().tolist() == [2, 2, 2]


def captured(xp, work):
    stream = xp.cuda.Stream(non_blocking=True)
    pool = xp.cuda.MemoryPool()
    with xp.cuda.using_allocator(pool.malloc), stream:
        stream.begin_capture()
        try:
            work()
        finally:
            graph = stream.end_capture()
    return graph


def test_a_graph_repeats_what_was_captured(xp):
    x, y = xp.ones(3), xp.zeros(3)

    def work():
        xp.add(y, x * 2.0, out=y)
        y[0] = 7.0

    graph = captured(xp, work)
    assert y.get().tolist() == [0, 0, 0]
    counts.clear()
    graph.launch()
    x[...] = 2.0
    graph.launch()
    assert y.get().tolist() == [7, 6, 6]
    assert counts["allocations"] == 0 and counts["launches"] == 2


@pytest.mark.parametrize(
    "bad",
    [
        lambda xp, x: x.get(),
        lambda xp, x: float(x[0]),
        lambda xp, x: x[0].item(),
        lambda xp, x: xp.asarray(np.ones(3)),
        lambda xp, x: x.set(np.ones(3)),
        lambda xp, x: xp.nonzero(x),
        lambda xp, x: xp.cuda.get_current_stream().synchronize(),
        lambda xp, x: xp.cuda.alloc_pinned_memory(8),
    ],
)
def test_a_captured_region_forbids_the_host(xp, bad):
    x = xp.ones(3)
    with pytest.raises(CudaError):
        captured(xp, lambda: bad(xp, x))
    assert x.get().tolist() == [1, 1, 1]


def test_a_captured_region_forbids_shared_memory(xp):
    x, stream = xp.ones(3), xp.cuda.Stream(non_blocking=True)
    with stream:
        stream.begin_capture()
        with pytest.raises(CudaError, match="allocated"):
            x + 1.0
        with pytest.raises(CudaError):
            stream.end_capture()


def test_libraries_refuse_to_be_captured_by_the_older_version():
    for version, works in (("13", False), ("14", True)):
        xp = make_cupy(version)["cupy"]
        x, out = xp.ones((3, 3)), xp.empty((3, 3))
        if works:
            captured(xp, lambda x=x, out=out: x.dot(x, out=out))
            captured(xp, lambda xp=xp, x=x, out=out: xp.matmul(x, x, out=out))
        else:
            with pytest.raises(NotImplementedError):
                captured(xp, lambda xp=xp, x=x, out=out: xp.matmul(x, x, out=out))


def test_a_wait_that_is_missing_is_found(xp):
    x, other = xp.zeros(3), xp.cuda.Stream(non_blocking=True)
    with pytest.raises(AssertionError, match="race"):
        with other:
            x + 1.0
    other.wait_event(xp.cuda.get_current_stream().record())
    with other:
        y = x + 1.0
    with pytest.raises(AssertionError, match="race"):
        y + 1.0
    xp.cuda.get_current_stream().wait_event(other.record())
    assert (y + 1.0).get().tolist() == [2, 2, 2]


def test_memory_has_a_limit(xp):
    pool = xp.get_default_memory_pool()
    pool.set_limit(size=1000)
    x = xp.zeros(100)
    with pytest.raises(MemoryError, match="limit set to: 1,000"):
        xp.zeros(100)
    del x
    assert pool.used_bytes() == 0 and xp.zeros(100).size == 100
