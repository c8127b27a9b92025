"""CUDA functions of the stand-in for CuPy."""

from __future__ import annotations

import threading
from typing import Any

import numpy as np

from tests.devices.cuda_host import HostKernel
from tests.devices.fake_cupy.machine import arrays_in, check_device, execute, machine
from tests.devices.fake_cupy.module import unwrap

# The host's stand-in for a GPU is one, however many threads use it.
_turn = threading.Lock()


class Products:
    """How matrices are multiplied; here that is only noted.

    Attributes:
        types: What was set, by the name of the data type.
    """

    COMPUTE_TYPE_DEFAULT, COMPUTE_TYPE_TF32 = 1, 7

    def __init__(self) -> None:
        self.types: dict[str, int] = {}

    def set_compute_type(self, dtype: Any, compute_type: int) -> None:
        self.types[np.dtype(dtype).name] = compute_type


class RawKernel:
    """A CUDA function, run on the host."""

    def __init__(
        self, code: str, name: str, options: tuple = (), backend: str = "nvrtc"
    ) -> None:
        self._kernel = HostKernel(code, name)

    def __call__(
        self, grid: tuple, block: tuple, args: tuple, *, shared_mem: int = 0
    ) -> None:
        host, arrays = unwrap(list(args)), arrays_in(list(args))

        def launch() -> None:
            with _turn:
                self._kernel.launch(grid, block, host, shared_mem)

        capture = machine.capture
        if capture is not None and machine.stream() is capture.stream:
            # Nothing comes back, so there is no need to run it now, which could not be
            # undone where addresses are in a table.
            check_device(arrays)
            capture.work.append((launch, arrays, [], [], arrays))
        else:
            execute(launch, arrays, lambda value: None, arrays)
