"""CUDA functions of the stand-in for CuPy."""

from __future__ import annotations

from tests.devices.cuda_host import HostKernel
from tests.devices.fake_cupy.module import unwrap


class RawKernel:
    """A CUDA function, run on the host."""

    def __init__(
        self, code: str, name: str, options: tuple = (), backend: str = "nvrtc"
    ) -> None:
        self._kernel = HostKernel(code, name)

    def __call__(
        self, grid: tuple, block: tuple, args: tuple, *, shared_mem: int = 0
    ) -> None:
        self._kernel.launch(grid, block, unwrap(list(args)), shared_mem)
