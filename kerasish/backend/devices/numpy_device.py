"""The reference device: NumPy on the host."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from kerasish.backend.devices import (  # noqa: F401  (fill the table)
    numpy_fused,
    numpy_kernels,
    scanning,
)
from kerasish.backend.devices.base import Device


class NumpyDevice(Device):
    """Arrays and kernels of NumPy; needs nothing else."""

    kind = "numpy"
    xp = np

    def asarray(self, value: Any, dtype: Any = None) -> np.ndarray:
        """Return a value as a NumPy array, without a copy where none is needed."""
        return np.asarray(value, dtype)

    def to_numpy(self, array: Any) -> np.ndarray:
        """Return a copy of an array."""
        return np.array(array)

    def write(self, target: np.ndarray, value: Any) -> None:
        """Copy an array into another."""
        np.copyto(target, value)

    def shares_memory(self, a: np.ndarray, b: np.ndarray) -> bool:
        """Tell whether the memory ranges of two arrays overlap."""
        return np.may_share_memory(a, b)

    def guard(self) -> contextlib.AbstractContextManager:
        """Return the context in which kernels run: no warnings about Inf and NaN."""
        return np.errstate(all="ignore")
