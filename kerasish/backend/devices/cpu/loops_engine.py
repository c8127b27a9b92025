"""Compiles loops with LLVM and keeps the machine code on disk.

LLVM comes with `llvmlite`, a part of Numba that is small, starts quickly and needs no
compiler. A file in the cache is named after everything that it depends on, and written
in one go, so that several processes may share the folder.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import sys
import threading
from functools import lru_cache
from pathlib import Path
from typing import Any

_FORMAT = "2"
_OFF = ("0", "off", "none")
_WIDE = ("avx512f", "avx512bw", "avx512dq", "avx512vl")
_lock = threading.Lock()


class Engine:
    """LLVM for the processor of this machine.

    Args:
        llvm: The module `llvmlite.binding`.
    """

    def __init__(self, llvm: Any) -> None:
        self.llvm = llvm
        llvm.initialize_native_target()
        llvm.initialize_native_asmprinter()
        cpu = llvm.get_host_cpu_name()
        flags = llvm.get_host_cpu_features()
        self.features = flags.flatten()
        if all(flags.get(name) for name in _WIDE):
            self.features += ",-prefer-256-bit"
        target = llvm.Target.from_default_triple()
        self.machine = target.create_target_machine(
            cpu=cpu, features=self.features, opt=3, codemodel="jitdefault", jit=True
        )
        version = ".".join(map(str, llvm.llvm_version_info))
        self.identity = "\n".join((_FORMAT, version, cpu, self.features))
        self.compiled = 0
        self._engine = llvm.create_mcjit_compiler(llvm.parse_assembly(""), self.machine)
        self._addresses: dict[str, int] = {}

    def function(self, source: str, name: str = "loop") -> int:
        """Return the address of a compiled function.

        Args:
            source: LLVM assembly in which `@NAME` stands for the function.
            name: What it is called in there.
        """
        address = self._addresses.get(source)
        if address is not None:
            return address
        with _lock:
            digest = hashlib.sha256(f"{self.identity}\n{source}".encode()).hexdigest()
            unique = f"{name}_{digest[:24]}"
            code = _read(digest)
            if code is None:
                code = self._compile(source.replace(f"@{name}(", f"@{unique}("))
                _write(digest, code)
            self._engine.add_object_file(self.llvm.ObjectFileRef.from_data(code))
            self._engine.finalize_object()
            address = self._engine.get_function_address(unique)
            self._addresses[source] = address
        return address

    def _compile(self, source: str) -> bytes:
        self.compiled += 1
        module = self.llvm.parse_assembly(source)
        module.triple = self.machine.triple
        module.data_layout = str(self.machine.target_data)
        options = self.llvm.create_pipeline_tuning_options(speed_level=3)
        options.loop_vectorization = True
        options.slp_vectorization = True
        # Longer loop bodies take twice the time to compile and run no faster here.
        options.loop_interleaving = False
        options.loop_unrolling = False
        builder = self.llvm.create_pass_builder(self.machine, options)
        builder.getModulePassManager().run(module, builder)
        return self.machine.emit_object(module)


def folder() -> Path:
    """Return the folder of compiled loops.

    `KERASISH_CACHE` names it; otherwise it is a folder of the user's cache.
    """
    wish = os.environ.get("KERASISH_CACHE")
    if wish:
        return Path(wish)
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "kerasish"


def _read(digest: str) -> bytes | None:
    with contextlib.suppress(OSError):
        content = (folder() / f"{digest}.o").read_bytes()
        check, code = content[:32], content[32:]
        if hashlib.sha256(code).digest() == check:
            return code
    return None


def _write(digest: str, code: bytes) -> None:
    """Write a file under another name and rename it: nobody sees half of it."""
    import tempfile

    with contextlib.suppress(OSError):
        place = folder()
        place.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=place)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(hashlib.sha256(code).digest() + code)
            os.replace(temporary, place / f"{digest}.o")
        except OSError:
            os.unlink(temporary)
            raise


@lru_cache(maxsize=1)
def _found() -> tuple[Engine | None, str]:
    wish = os.environ.get("KERASISH_LOOPS", "")
    if wish.lower() in _OFF:
        return None, f"switched off by KERASISH_LOOPS={wish}"
    if sys.byteorder != "little":
        return None, "only for little-endian machines"
    try:
        import llvmlite
        import llvmlite.binding as llvm

        engine = Engine(llvm)
    except Exception as error:
        return None, f"{type(error).__name__}: {error}"
    version = ".".join(map(str, llvm.llvm_version_info))
    return engine, f"llvmlite {llvmlite.__version__}, LLVM {version}"


def engine() -> Engine | None:
    """Return the engine, or `None` where it is missing or broken."""
    return _found()[0]


def status() -> str:
    """Return one line about the compiler of loops: its version, or why there is none.

    Example:

    >>> isinstance(status(), str)
    True
    """
    return _found()[1]
