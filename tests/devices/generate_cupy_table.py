"""Writes what an installed CuPy offers into `cupy_table.json`, under its major version.

Run with each version in turn; no GPU is needed:

    python tests/devices/generate_cupy_table.py
"""

from __future__ import annotations

import importlib
import inspect
import json
import re
from pathlib import Path

TABLE = Path(__file__).with_name("cupy_table.json")
MODULES = (
    "cupy",
    "cupy.linalg",
    "cupy.fft",
    "cupy.lib.stride_tricks",
    "cupyx.scipy.special",
    "cupy.cuda",
    "cupy.cuda.runtime",
    "cupy.cuda.memory",
)
CLASSES = (
    "cupy.cuda.Device",
    "cupy.cuda.Stream",
    "cupy.cuda.Event",
    "cupy.cuda.MemoryPool",
    "cupy.cuda.PinnedMemoryPool",
    "cupy.cuda.graph.Graph",
    "cupy.RawKernel",
)


def keywords(function: object) -> list[str] | None:
    """Return the parameter names of a function, `None` where it takes any keyword."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):
        first = (getattr(function, "__doc__", "") or "").strip().split("\n\n")[0]
        found = re.search(r"\((.*)\)", first, re.DOTALL)
        if found is None:
            return None
        names = re.findall(r"(\w+)\s*(?:=[^,()]*(?:\([^)]*\))?)?\s*(?:,|$)", found[1])
        return names or None
    if any(p.kind is p.VAR_KEYWORD for p in parameters):
        return None
    return [p.name for p in parameters]


def members(path: str) -> dict:
    """Return the public members of a class with their parameters."""
    module, _, name = path.rpartition(".")
    kind = getattr(importlib.import_module(module), name)
    found = {"__init__": keywords(kind.__init__), "__call__": None}
    for member in dir(kind):
        if not member.startswith("_"):
            value = getattr(kind, member)
            found[member] = keywords(value) if callable(value) else None
    return found


def _of_numpy(value: object) -> bool:
    """Tell whether a name stands for a type of NumPy, which has versions of its own."""
    return isinstance(value, type) and value.__module__.partition(".")[0] == "numpy"


def entry() -> dict:
    """Return what the installed version offers."""
    import cupy

    entry: dict = {"version": cupy.__version__, "modules": {}}
    for name in MODULES:
        module = importlib.import_module(name)
        entry["modules"][name] = {
            attribute: None if _of_numpy(value) else keywords(value)
            for attribute, value in sorted(vars(module).items())
            if callable(value) and not attribute.startswith("_")
        }
    entry["classes"] = {path: members(path) for path in CLASSES}
    entry["array"] = sorted(n for n in dir(cupy.ndarray) if not n.startswith("_"))
    entry["ufunc_methods"] = sorted(
        n
        for n in ("reduce", "accumulate", "outer", "at", "reduceat")
        if hasattr(cupy.add, n)
    )
    return entry


def main() -> None:
    found = entry()
    table = json.loads(TABLE.read_text()) if TABLE.exists() else {}
    table[found["version"].split(".")[0]] = found
    TABLE.write_text(json.dumps(table, sort_keys=True) + "\n")


if __name__ == "__main__":
    main()
