"""CUDA kernels on the host: compiled as C++ and run thread after thread.

`HostKernel` stands for `cupy.RawKernel`. What is compiled is kept in a temporary folder
under a name made from all that it depends on, so that it is compiled once.
"""

from __future__ import annotations

import ctypes
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

NEEDED = "needs the C++ compiler g++, on Linux"
_HERE = Path(__file__).parent
_FLAGS = ("-std=c++17", "-O1", "-fPIC", "-shared", "-w", "-U_FORTIFY_SOURCE")
_COOPERATIVE = re.compile(r"__sync|__shfl|__ballot|__any_|__all_|__shared__|_SHARED")
_FAILURES = {
    1: "threads of a block wait at different barriers",
    2: "a block has between 1 and 1024 threads",
}


@lru_cache(maxsize=1)
def compiler() -> str | None:
    """Return the path of a C++ compiler that the sources here suit, or `None`."""
    return shutil.which("g++") if sys.platform == "linux" else None


@lru_cache(maxsize=1)
def _folder() -> Path:
    folder = Path(tempfile.gettempdir()) / f"kerasish-cuda-{os.getuid()}"
    folder.mkdir(mode=0o700, exist_ok=True)
    if folder.stat().st_uid != os.getuid():
        raise PermissionError(f"{folder} belongs to somebody else")
    return folder


@lru_cache(maxsize=1)
def _version() -> bytes:
    command = [compiler(), "-v"]
    report = subprocess.run(command, capture_output=True, check=True).stderr
    return report + (_HERE / "cuda.h").read_bytes() + repr(_FLAGS).encode()


def _library(source: str) -> Path:
    """Compile C++ to a shared library, if that was not done before."""
    key = hashlib.sha256(_version() + source.encode()).hexdigest()[:32]
    path = _folder() / f"{key}.so"
    if not path.exists():
        fresh = path.with_suffix(f".{os.getpid()}")
        command = [compiler(), *_FLAGS, f"-I{_HERE}", "-xc++", "-", "-o", str(fresh)]
        done = subprocess.run(
            command, input=source, capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise RuntimeError(f"The kernel does not compile.\n{done.stderr}")
        os.replace(fresh, path)
    return path


@lru_cache(maxsize=1)
def _runtime() -> ctypes.CDLL:
    source = (_HERE / "runtime.cpp").read_text()
    return ctypes.CDLL(str(_library(source)), ctypes.RTLD_GLOBAL)


@lru_cache(maxsize=4096)
def _loaded(source: str, name: str) -> ctypes.CDLL:
    _runtime()
    # No path is in it, so that every checkout finds what another one compiled.
    include = f'#include "cuda.h"\n#line 1 "{name}.cu"\n'
    library = ctypes.CDLL(str(_library(f"{include}{source}\nHOST_EXPORT({name})\n")))
    library.host_type.restype = ctypes.c_char_p
    library.host_shared.restype = ctypes.c_void_p
    return library


class HostKernel:
    """A kernel that can be launched like one of CuPy's, with arguments checked."""

    def __init__(self, source: str, name: str) -> None:
        self.source, self.name = source, name
        self.cooperative = bool(_COOPERATIVE.search(source))
        self._parameters: list[tuple[str, bool]] | None = None

    def launch(self, grid: tuple, block: tuple, values: list, shared: int) -> None:
        """Run all threads.

        Args:
            grid: The number of blocks on up to three axes.
            block: The number of threads of a block on up to three axes.
            values: NumPy arrays, of which the memory is given, and NumPy scalars.
            shared: Bytes of shared memory beyond what the source declares.
        """
        library = _loaded(self.source, self.name)
        kept = self._checked(library, values)
        pointers = (ctypes.c_void_p * len(kept))(*[ctypes.addressof(x) for x in kept])
        sizes = [
            (ctypes.c_uint * 3)(*(*numbers, 1, 1, 1)[:3]) for numbers in (grid, block)
        ]
        ends = [ctypes.c_void_p(library.host_shared(end)) for end in (0, 1)]
        failure = _runtime().host_launch(
            library.host_body,
            pointers,
            *sizes,
            int(self.cooperative),
            *ends,
            ctypes.c_ulong(shared),
        )
        if failure:
            raise RuntimeError(f"{self.name}: {_FAILURES[failure]}")

    def parameters(self, library: ctypes.CDLL) -> list[tuple[str, bool]]:
        """Return the data type of each parameter, and whether it is a pointer."""
        if self._parameters is None:
            found: list[tuple[str, bool]] = []
            while (word := library.host_type(len(found))) is not None:
                found.append((word.decode(), bool(library.host_pointer(len(found)))))
            self._parameters = found
        return self._parameters

    def _checked(self, library: ctypes.CDLL, values: list) -> list:
        """The arguments as memory; an error where they are not what is declared."""
        expected = self.parameters(library)
        if len(values) != len(expected):
            raise TypeError(
                f"{self.name} takes {len(expected)} arguments, got {len(values)}"
            )
        kept: list[Any] = []
        for place, (value, (dtype, pointer)) in enumerate(zip(values, expected)):
            if not isinstance(value, np.ndarray if pointer else np.generic):
                raise TypeError(f"{self.name}, argument {place}: got {type(value)}")
            if dtype != "any" and value.dtype.name != dtype:
                raise TypeError(
                    f"{self.name}, argument {place} is {dtype}, got {value.dtype}"
                )
            if pointer:
                kept.append(ctypes.c_void_p(value.ctypes.data))
            else:
                kept.append(ctypes.create_string_buffer(value.tobytes()))
        return kept
