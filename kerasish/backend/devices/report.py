"""Says which device is used, and which libraries were found."""

from __future__ import annotations

import os

import numpy as np

from kerasish.backend.devices.base import current_device, set_default_device
from kerasish.backend.devices.cpu import loops_engine
from kerasish.backend.devices.cpu.libraries import onednn
from kerasish.backend.devices.cupy import availability
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
        "device": _device(),
        "threads": str(num_threads()),
        "NumPy": f"{np.__version__}, {_blas()}",
        "oneDNN": f"found: {onednn().text}" if onednn() else f"absent: {onednn().text}",
        "compiled loops": _loops(),
        "CuPy": availability.status(),
    }
    for name, text in lines.items():
        print(f"{name}: {text}")


def set_memory_limit(size: int | None) -> None:
    """Limit the memory that arrays may take on the current device, a GPU.

    Args:
        size: Bytes; `None` for no limit.

    Raises:
        ValueError: If the device has no such limit, or the size is not positive.

    Example:

    >>> set_memory_limit(0)
    Traceback (most recent call last):
        ...
    ValueError: A memory limit is a positive number of bytes, or None.
    Received: size=0
    """
    if size is not None and (isinstance(size, bool) or int(size) != size or size < 1):
        raise ValueError(
            "A memory limit is a positive number of bytes, or None.\n"
            f"Received: size={size!r}"
        )
    current_device().set_memory_limit(None if size is None else int(size))


def _device() -> str:
    try:
        return current_device().name
    except (ImportError, RuntimeError, ValueError) as error:
        return f"{os.environ.get('KERASISH_BACKEND')} cannot be used: {error}"


def _loops() -> str:
    found = "found" if loops_engine.engine() else "absent"
    return f"{found}: {loops_engine.status()}"


def _blas() -> str:
    return "with OpenBLAS of its own" if openblas() else "with an unknown BLAS"
