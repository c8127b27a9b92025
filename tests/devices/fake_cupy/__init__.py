"""A strict stand-in for CuPy whose arrays live on the CPU."""

from tests.devices.fake_cupy.module import StrictArray, counts, make_cupy, unwrap, wrap

__all__ = ["StrictArray", "counts", "make_cupy", "unwrap", "wrap"]
