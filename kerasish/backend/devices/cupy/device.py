"""NVIDIA GPUs through CuPy: the same kernels on another array module."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from kerasish.backend.devices.base import Device
from kerasish.backend.devices.cupy import (  # noqa: F401  (they fill the table)
    convolution,
    pooling,
)


def _import_cupy() -> Any:
    try:
        import cupy
    except ImportError as error:
        raise ImportError(
            "The device 'cupy' needs CuPy: pip install 'kerasish[gpu-cuda12]' or "
            "'kerasish[gpu-cuda13]'."
        ) from error
    return cupy


class CupyDevice(Device):
    """Arrays and kernels of CuPy; data crosses in `asarray` and `to_numpy` only."""

    kind = "cupy"

    def __init__(self, index: int = 0) -> None:
        super().__init__(index)
        self.xp = _import_cupy()

    def asarray(self, value: Any, dtype: Any = None) -> Any:
        """Return a host value or a device array as an array of this GPU."""
        with self.guard():
            return self.xp.asarray(value, dtype)

    def to_numpy(self, array: Any) -> np.ndarray:
        """Return a copy of a device array on the host."""
        return self.xp.asnumpy(array)

    def write(self, target: Any, value: Any) -> None:
        """Copy a host or device array into a device array."""
        if isinstance(value, np.ndarray):
            target.set(np.ascontiguousarray(value))
        else:
            self.xp.copyto(target, value)

    def shares_memory(self, a: Any, b: Any) -> bool:
        """Tell whether the memory ranges of two arrays overlap."""
        return bool(self.xp.may_share_memory(a, b))

    def synchronise(self) -> None:
        """Wait until the current stream is done."""
        self.xp.cuda.get_current_stream().synchronize()

    def guard(self) -> contextlib.AbstractContextManager:
        """Return the context that makes this GPU the current one."""
        return self.xp.cuda.Device(self.index)
