"""Says which device is used, and which libraries were found."""

from __future__ import annotations

import importlib.metadata
import importlib.util

import numpy as np

from kerasish.backend.devices.base import current_device, set_default_device
from kerasish.backend.devices.cpu import loops_engine
from kerasish.backend.devices.cpu.libraries import onednn
from kerasish.backend.devices.threads import num_threads, openblas


def backend() -> str:
    """Return the kind of the device on which new work runs.

    Example:

    >>> backend() in ("numpy", "cpu", "cupy")
    True
    """
    return current_device().kind


def set_backend(name: str) -> None:
    """Choose the device on which everything runs from now on.

    Args:
        name: `'numpy'`, `'cpu'`, `'cupy'`, or one of several GPUs: `'cupy:1'`.

    Raises:
        ValueError: If there is no such device.

    Example:

    >>> set_backend(backend())
    """
    set_default_device(name)


def show() -> None:
    """Print the device, the number of threads, and the libraries behind them.

    Of a library that is absent it says why.

    Example:

    >>> show()  # doctest: +ELLIPSIS
    device: ...
    """
    lines = {
        "device": current_device().name,
        "threads": str(num_threads()),
        "NumPy": f"{np.__version__}, {_blas()}",
        "oneDNN": f"found: {onednn().text}" if onednn() else f"absent: {onednn().text}",
        "compiled loops": _loops(),
        "CuPy": _package("cupy", "cupy", "cupy-cuda12x", "cupy-cuda13x"),
    }
    for name, text in lines.items():
        print(f"{name}: {text}")


def _loops() -> str:
    found = "found" if loops_engine.engine() else "absent"
    return f"{found}: {loops_engine.status()}"


def _blas() -> str:
    return "with OpenBLAS of its own" if openblas() else "with an unknown BLAS"


def _package(module: str, *distributions: str) -> str:
    if importlib.util.find_spec(module) is None:
        return "absent: not installed"
    for name in distributions:
        try:
            return f"found: {importlib.metadata.version(name)}"
        except importlib.metadata.PackageNotFoundError:
            continue
    return "found"
