"""Finds the libraries that the device uses, and says why others are not found."""

from __future__ import annotations

import ctypes
import os
import site
import sys
import sysconfig
from functools import lru_cache
from pathlib import Path

from kerasish.backend.devices.cpu import openmp

_FILE_NAMES = {"darwin": "libdnnl.3.dylib", "win32": "dnnl.dll"}
_OFF = ("0", "off", "none")
_MAJOR_VERSION = 3
_RUNTIMES = {1: "sequential", 2: "OpenMP", 4: "TBB"}


class _Version(ctypes.Structure):
    _fields_ = (
        ("major", ctypes.c_int),
        ("minor", ctypes.c_int),
        ("patch", ctypes.c_int),
        ("hash", ctypes.c_char_p),
        ("cpu_runtime", ctypes.c_uint),
        ("gpu_runtime", ctypes.c_uint),
    )


class Found:
    """The outcome of a search for a library.

    Attributes:
        library: The loaded library, or `None`.
        text: Where it is and which version, or why there is none.
    """

    def __init__(self, library: ctypes.CDLL | None, text: str) -> None:
        self.library = library
        self.text = text

    def __bool__(self) -> bool:
        return self.library is not None


@lru_cache(maxsize=1)
def onednn() -> Found:
    """Look for oneDNN 3, once in a process.

    The environment variable `KERASISH_ONEDNN` names the file to load, or switches the
    library off (`0`, `off`, `none`). Without it, the places of installed wheels and of
    the environment are searched, then those of the system.
    """
    wish = os.environ.get("KERASISH_ONEDNN", "")
    if wish.lower() in _OFF:
        return Found(None, f"switched off by KERASISH_ONEDNN={wish}")
    openmp.prepare()
    reasons = []
    for path in [wish] if wish else _candidates():
        try:
            library = ctypes.CDLL(path)
            return Found(library, f"{_checked_version(library)} in {path}")
        except OSError as error:
            reasons.append(str(error))
        except (AttributeError, ValueError) as error:
            reasons.append(f"{path}: {error}")
    return Found(None, "; ".join(reasons))


def _candidates() -> list[str]:
    name = _FILE_NAMES.get(sys.platform, "libdnnl.so.3")
    roots = [sysconfig.get_path("data"), sys.prefix, sys.base_prefix]
    roots.append(os.environ.get("CONDA_PREFIX") or "")
    if site.ENABLE_USER_SITE:
        roots.append(site.getuserbase())
    places = [
        str(Path(root, folder, name))
        for root in dict.fromkeys(filter(None, roots))
        for folder in ("lib", "lib64", "Library/bin")
    ]
    return [place for place in places if os.path.exists(place)] + [name]


def _checked_version(library: ctypes.CDLL) -> str:
    library.dnnl_version.restype = ctypes.POINTER(_Version)
    version = library.dnnl_version().contents
    text = f"oneDNN {version.major}.{version.minor}.{version.patch}"
    if version.major != _MAJOR_VERSION:
        raise ValueError(f"{text} is not of version {_MAJOR_VERSION}")
    if version.cpu_runtime not in _RUNTIMES:
        raise ValueError(f"{text} has an unsuitable threading runtime")
    return f"{text} ({_RUNTIMES[version.cpu_runtime]})"
