"""The reference device: NumPy on the host."""

from __future__ import annotations

import contextlib
from typing import Any

import numpy as np

from kerasish.backend.devices import (  # noqa: F401  (they fill the table)
    helpers,
    numpy_fused,
    numpy_gru,
    numpy_kernels,
    numpy_lstm,
    numpy_simple_rnn,
    numpy_softmax,
    scanning,
    threads,
)
from kerasish.backend.devices.base import Device
from kerasish.backend.devices.guard import Guard

# A plan fuses what these are made of with what is around them.
_ON_VALUES = ("between", "within_two")
# The kernels of these pick the classes that are asked for, which takes many calls.
_PICKING = ("sparse_softmax_crossentropy",)
_FEW = 1 << 15


class NumpyDevice(Device):
    """Arrays and kernels of NumPy; needs nothing else."""

    kind = "numpy"
    xp = np

    def __init__(self, index: int = 0) -> None:
        super().__init__(index)
        self._guard = Guard()
        threads.on_change(self.rebind)

    def rebind(self, number: int) -> None:
        """Have plans made for another number of threads bind again."""
        self.epoch += 1
        self.choices.clear()

    def asarray(self, value: Any, dtype: Any = None) -> np.ndarray:
        """Return a value as a NumPy array, without a copy where none is needed."""
        if hasattr(value, "__cuda_array_interface__") and hasattr(value, "get"):
            value = value.get()
        elif not hasattr(value, "__array__") and hasattr(value, "__dlpack__"):
            value = np.from_dlpack(value)
        return np.asarray(value, dtype)

    def to_numpy(self, array: Any) -> np.ndarray:
        """Return a copy of an array."""
        return np.array(array)

    def copy(self, array: Any) -> np.ndarray:
        """Return a contiguous copy of an array of any device, on the host."""
        # Every result of a compiled function passes here.
        if type(array) is np.ndarray:
            return array.copy()
        return np.array(self.local(array), order="C")

    def write(self, target: np.ndarray, value: Any) -> None:
        """Copy an array into another."""
        np.copyto(target, value)

    def shares_memory(self, a: np.ndarray, b: np.ndarray) -> bool:
        """Tell whether the memory ranges of two arrays overlap."""
        return np.may_share_memory(a, b)

    def prefers_definition(self, name: str, specs: tuple) -> bool:
        """Tell whether a composite's own kernel is for values outside of plans.

        Or whether it is for more elements.
        """
        few = name in _PICKING and max(spec.size for spec in specs) <= _FEW
        return few or name in _ON_VALUES

    def guard(self, pooled: bool = True) -> contextlib.AbstractContextManager:
        """Return the context of kernels: no warnings, and one pool of threads."""
        return self._guard if pooled else np.errstate(all="ignore")
