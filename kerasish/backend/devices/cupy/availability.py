"""Whether CuPy, a driver and a GPU are there, in one line each."""

from __future__ import annotations

from typing import Any

_INSTALL = "pip install 'kerasish[gpu-cuda12]' or 'kerasish[gpu-cuda13]'"


def cupy_for(index: int) -> Any:
    """Return the module `cupy`, for the GPU of a number.

    Args:
        index: The number of the GPU.

    Raises:
        ImportError: If CuPy is absent or cannot be loaded.
        RuntimeError: If there is no driver, or no GPU at all.
        ValueError: If there is no GPU of that number.
    """
    try:
        import cupy
    except ModuleNotFoundError as error:
        if error.name != "cupy":
            raise
        raise ImportError(f"The device 'cupy' needs CuPy: {_INSTALL}.") from None
    except Exception as error:
        raise ImportError(
            f"CuPy is installed, but cannot be loaded: {_line(error)}. It must fit "
            f"the CUDA version of the driver: {_INSTALL}."
        ) from error
    try:
        count = cupy.cuda.runtime.getDeviceCount()
    except Exception as error:
        raise RuntimeError(
            "The device 'cupy' needs an NVIDIA GPU with a driver for CUDA 12 or 13: "
            f"{_line(error)}."
        ) from None
    if not count:
        raise RuntimeError("The device 'cupy' needs an NVIDIA GPU: there is none.")
    if index >= count:
        known = ", ".join(repr(f"cupy:{number}") for number in range(count))
        raise ValueError(f"There is no GPU 'cupy:{index}'; known: {known}.")
    return cupy


def status() -> str:
    """Return one line on CuPy and the GPUs that it finds."""
    try:
        cupy = cupy_for(0)
    except (ImportError, RuntimeError) as error:
        return f"unusable: {error}"
    count = cupy.cuda.runtime.getDeviceCount()
    names = [
        cupy.cuda.runtime.getDeviceProperties(number)["name"].decode()
        for number in range(count)
    ]
    return f"found: {cupy.__version__}, {', '.join(names)}"


def _line(error: Exception) -> str:
    """The first line of what an error says."""
    text = str(error).strip() or type(error).__name__
    return text.splitlines()[0].rstrip(".")
