"""NVIDIA's compiler NVRTC, called directly: it needs neither a driver nor a GPU.

The cubin that it gives is an ELF file. What a function takes stands in its sections:
`.nv.info` holds records of two bytes (a format and an attribute) and a payload, and the
size of `.nv.shared.NAME` is the shared memory that is declared.
"""

from __future__ import annotations

import ctypes
import importlib.util
import struct
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

_LIBRARIES = ("lib/libnvrtc.so.*", "bin/nvrtc64_*.dll", "bin/x86_64/nvrtc64_*.dll")
# Formats of records whose payload is of two bytes, or as long as two bytes say.
_SHORT, _LONG = (1, 2, 3), 4
_REGISTERS, _STACK = 0x2F, 0x11


class Usage(NamedTuple):
    """What a thread or block of a compiled function takes.

    Attributes:
        registers: The number of registers of a thread.
        stack: Bytes of local memory of a thread: where spilled registers go.
        shared: Bytes of declared shared memory of a block.
    """

    registers: int
    stack: int
    shared: int


@lru_cache(maxsize=1)
def library() -> ctypes.CDLL | None:
    """Return NVRTC from its wheel, or `None`."""
    for package in ("nvidia.cuda_nvrtc", "nvidia.cu13"):
        try:
            spec = importlib.util.find_spec(package)
        except ModuleNotFoundError:
            continue
        for folder in spec.submodule_search_locations if spec else ():
            for pattern in _LIBRARIES:
                for path in sorted(Path(folder).glob(pattern)):
                    if ".alt." not in path.name and "builtins" not in path.name:
                        return ctypes.CDLL(str(path))
    return None


def compiled(source: str, architecture: str, options: tuple[str, ...]) -> bytes:
    """Return the cubin of a source.

    Raises:
        RuntimeError: If it does not compile; the text is the compiler's.
    """
    nvrtc = library()
    program = ctypes.c_void_p()
    nvrtc.nvrtcCreateProgram(
        ctypes.byref(program), source.encode(), b"kernel.cu", 0, None, None
    )
    given = [f"--gpu-architecture={architecture}".encode()]
    given += [option.encode() for option in options]
    failed = nvrtc.nvrtcCompileProgram(
        program, len(given), (ctypes.c_char_p * len(given))(*given)
    )
    try:
        if failed:
            raise RuntimeError(_text(nvrtc, "ProgramLog", program).decode())
        return _text(nvrtc, "CUBIN", program)
    finally:
        nvrtc.nvrtcDestroyProgram(ctypes.byref(program))


def _text(nvrtc: ctypes.CDLL, what: str, program: ctypes.c_void_p) -> bytes:
    size = ctypes.c_size_t()
    getattr(nvrtc, f"nvrtcGet{what}Size")(program, ctypes.byref(size))
    buffer = ctypes.create_string_buffer(size.value)
    getattr(nvrtc, f"nvrtcGet{what}")(program, buffer)
    return buffer.raw


def usage(cubin: bytes, name: str) -> Usage:
    """Return what a function of a cubin takes."""
    sections = _sections(cubin)
    symbols = sections[".symtab"]
    names = sections[".strtab"]
    found = {_REGISTERS: 0, _STACK: 0}
    for attribute, payload in _records(sections[".nv.info"]):
        if attribute in found:
            symbol, value = struct.unpack("<II", payload)
            (start,) = struct.unpack_from("<I", symbols, 24 * symbol)
            if names[start : names.index(b"\0", start)].decode() == name:
                found[attribute] = value
    shared = sections.get(f".nv.shared.{name}", b"")
    return Usage(found[_REGISTERS], found[_STACK], len(shared))


def _sections(cubin: bytes) -> dict[str, bytes]:
    (table,) = struct.unpack_from("<Q", cubin, 0x28)
    size, count, names = struct.unpack_from("<HHH", cubin, 0x3A)
    heads = [
        struct.unpack_from("<IIQQQQ", cubin, table + size * k) for k in range(count)
    ]

    def content(head: tuple) -> bytes:
        # A section without content in the file only has a size.
        missing = head[1] == 8
        return bytes(head[5]) if missing else cubin[head[4] : head[4] + head[5]]

    texts = content(heads[names])
    return {
        texts[head[0] : texts.index(b"\0", head[0])].decode(): content(head)
        for head in heads
    }


def _records(info: bytes) -> list[tuple[int, bytes]]:
    records, place = [], 0
    while place < len(info):
        form, attribute, value = struct.unpack_from("<BBH", info, place)
        place += 4
        length = value if form == _LONG else 0
        if form not in (*_SHORT, _LONG):
            raise ValueError(f"A record of the unknown format {form}")
        records.append((attribute, info[place : place + length]))
        place += length
    return records
