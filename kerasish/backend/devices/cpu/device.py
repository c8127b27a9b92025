"""The device `cpu`: NumPy arrays, with kernels of oneDNN and compiled loops."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Callable
from typing import Any

import numpy as np

from kerasish.backend.devices import base, threads
from kerasish.backend.devices.cpu import (  # noqa: F401  (they fill the table)
    convolution,
    dnnl,
    kernels,
    loops,
    matmul,
    normalisation,
    pooling,
    pooling_loops,
    random_loops,
    scan_loops,
    scatter_loops,
)
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
        self._guard = _Guard()
        threads.on_change(self._rebind)

    def prefers_definition(self, name: str, specs: tuple) -> bool:
        """Tell whether compiled loops do better than a composite's own kernel."""
        return self.compiles_loops and loops.prefers_definition(name, specs)

    def guard(self) -> contextlib.AbstractContextManager:
        """Return the context of kernels: no warnings, and one pool of threads."""
        return self._guard

    def kernel(self, op: Any, specs: tuple, attrs: dict) -> Callable | None:
        """Return the function that computes an op here.

        Where loops are compiled, a few composites do without their general kernel:
        what their definitions are fused to takes fewer passes over memory.
        """
        found = super().kernel(op, specs, attrs)
        if self.compiles_loops and op.name in _BETTER_FUSED and found is op.kernel:
            return None
        return found

    def _rebind(self, number: int) -> None:
        """Have plans made for another number of threads bind again."""
        kernels.forget()
        self.epoch += 1


class _Local(threading.local):
    """What a thread knows of its guard."""

    depth = 0
    threads: int | None = None
    quiet: Any = None


class _Guard:
    """A context that may be nested and shared by threads; entering again is cheap."""

    def __init__(self) -> None:
        self._local = _Local()

    def __enter__(self) -> None:
        local = self._local
        if not local.depth:
            local.quiet = np.errstate(all="ignore")
            local.quiet.__enter__()
            threads.hold_blas()
            number = threads.chosen()
            if number is not None and local.threads != number:
                # OpenMP keeps the number for each thread.
                dnnl.set_threads(number)
                local.threads = number
        local.depth += 1

    def __exit__(self, *exception: object) -> None:
        local = self._local
        local.depth -= 1
        if not local.depth:
            threads.release_blas()
            local.quiet.__exit__(*exception)


def _fall_back() -> None:
    """In a forked child, whose pool of threads is gone: go on with the parent."""
    threads.restart()
    base.succeed(CpuDevice.kind, NumpyDevice.kind)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_fall_back)
