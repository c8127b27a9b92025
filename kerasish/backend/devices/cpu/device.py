"""The device `cpu`: NumPy arrays, with kernels of oneDNN and compiled loops."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from typing import Any

from kerasish.backend.devices import base, threads
from kerasish.backend.devices.cpu import (  # noqa: F401  (they fill the table)
    conv_pool_loops,
    convolution,
    dnnl,
    kernels,
    loops,
    matmul,
    moments,
    pooling,
    pooling_loops,
    random_loops,
    scan_loops,
    scatter_loops,
)
from kerasish.backend.devices.guard import Guard
from kerasish.backend.devices.numpy_device import NumpyDevice

_BETTER_FUSED = ("standardize", "rms_standardize")


class CpuDevice(NumpyDevice):
    """NumPy's arrays and kernels, and faster ones where libraries are installed.

    Without the libraries it works like its parent.
    """

    kind = "cpu"
    parent = "numpy"

    def __init__(self, index: int = 0) -> None:
        super().__init__(index)
        self.compiles_loops = loops.available()
        self._guard = Guard(_Team().settle)

    def prefers_definition(self, name: str, specs: tuple) -> bool:
        """Tell whether compiled loops do better than a composite's own kernel."""
        if self.compiles_loops and (
            loops.prefers_definition(name, specs)
            or scan_loops.prefers_definition(name, specs)
        ):
            return True
        return super().prefers_definition(name, specs)

    def kernel(self, op: Any, specs: tuple, attrs: dict) -> Callable | None:
        """Return the function that computes an op here.

        Where loops are compiled, a few composites do without their general kernel:
        what their definitions are fused to takes fewer passes over memory.
        """
        found = super().kernel(op, specs, attrs)
        if self.compiles_loops and op.name in _BETTER_FUSED and found is op.kernel:
            return None
        return found

    def rebind(self, number: int) -> None:
        """Have plans made for another number of threads bind again."""
        kernels.forget()
        super().rebind(number)


class _Team(threading.local):
    """The number of threads that OpenMP uses, which it keeps for each thread."""

    number: int | None = None

    def settle(self) -> None:
        """Have it use the number that was chosen."""
        number = threads.chosen()
        if number is not None and self.number != number:
            dnnl.set_threads(number)
            self.number = number


def _fall_back() -> None:
    """In a forked child, whose pool of threads is gone: go on with the parent."""
    threads.restart()
    base.succeed(CpuDevice.kind, NumpyDevice.kind)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_fall_back)
