"""A strict stand-in for CuPy whose arrays live on the CPU."""

from tests.devices.fake_cupy import cuda
from tests.devices.fake_cupy.machine import counts, machine
from tests.devices.fake_cupy.module import StrictArray, make_cupy, unwrap, wrap

__all__ = ["StrictArray", "counts", "cuda", "machine", "make_cupy", "unwrap", "wrap"]
