"""The device `cupy`: on the stand-in, and on a GPU with `-m gpu`."""

from __future__ import annotations

import sys

import pytest

from kerasish.backend.devices import device as device_scope
from kerasish.backend.devices import device_class, get_device
from kerasish.backend.devices.base import _instances
from tests.devices import cuda_host
from tests.devices.fake_cupy import counts, make_cupy


@pytest.fixture
def strict_cupy(monkeypatch):
    """Run a test on the device `cupy`, with the stand-in in CuPy's place."""
    if cuda_host.compiler() is None:
        pytest.skip(cuda_host.NEEDED)
    for name, module in make_cupy().items():
        monkeypatch.setitem(sys.modules, name, module)
    kept = _instances.pop("cupy", None)
    device_class("cupy")
    counts.clear()
    try:
        with device_scope("cupy"):
            yield get_device("cupy")
    finally:
        _instances.pop("cupy", None)
        if kept is not None:
            _instances["cupy"] = kept


@pytest.fixture(params=["stand-in", pytest.param("gpu", marks=pytest.mark.gpu)])
def cupy_device(request):
    """Run a test on the device `cupy`, of the stand-in and of the real CuPy."""
    if request.param == "stand-in":
        yield request.getfixturevalue("strict_cupy")
    else:
        counts.clear()
        with device_scope("cupy"):
            yield get_device("cupy")
