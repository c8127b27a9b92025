"""HDF5 files: opened with clear errors, written so that no half file remains."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from kerasish.errors import FileFormatError
from kerasish.saving.heap_references import references_hold
from kerasish.utils.atomic import replaced

# HDF5 allows 64 kB for all attributes of an object; some of it is header.
_ATTRIBUTE_LIMIT = 64512


def import_h5py() -> Any:
    """Return the module `h5py`.

    Raises:
        ImportError: If it is not installed; the message says how to install it.
    """
    try:
        import h5py
    except ImportError as error:
        raise ImportError("HDF5 files need h5py: `pip install h5py`.") from error
    return h5py


@contextlib.contextmanager
def opened(path: str, shown: str | None = None) -> Iterator[Any]:
    """Open an HDF5 file for reading.

    Args:
        path: The path.
        shown: The path that messages name; `path` itself if `None`.

    Raises:
        FileFormatError: If the file is missing, empty, truncated or no HDF5 file.
    """
    h5py = import_h5py()
    shown = shown or path
    if not os.path.exists(path):
        raise FileFormatError(f"{shown}: there is no such file.")
    if os.path.isdir(path):
        raise FileFormatError(f"{shown}: this is a folder, not an HDF5 file.")
    if not os.path.getsize(path):
        raise FileFormatError(f"{shown}: the file is empty.")
    try:
        file = h5py.File(path, "r")
    except OSError as error:
        raise FileFormatError(f"{shown}: {_reason(error)}") from error
    try:
        with file:
            yield file
    except (OSError, RuntimeError) as error:
        if isinstance(error, FileFormatError) or type(error) is not OSError:
            raise
        raise FileFormatError(f"{shown}: the file is damaged ({error}).") from error


def _reason(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "it may not be read."
    if "truncated" in str(error):
        return "the file is truncated."
    if "lock" in str(error):
        return "another process is writing it."
    return "this is no HDF5 file, or it is damaged."


@contextlib.contextmanager
def written(path: str) -> Iterator[Any]:
    """Open an HDF5 file for writing; it gets its name only when it is complete.

    Args:
        path: The path.

    Raises:
        OSError: If the folder cannot be written to or the disk is full.
    """
    h5py = import_h5py()
    with replaced(path) as temporary, h5py.File(temporary, "w") as file:
        yield file


def text(value: Any) -> str:
    """Return a stored string, whichever way it was encoded.

    Example:

    >>> text(b"abc"), text("abc")
    ('abc', 'abc')
    """
    if isinstance(value, np.ndarray):
        value = value.item() if value.size == 1 else value.tolist()
    return value.decode("utf-8") if isinstance(value, bytes) else str(value)


def read_names(group: Any, name: str) -> list[str]:
    """Return a list of strings from an attribute, or from its numbered parts.

    Args:
        group: A group of an open file.
        name: The attribute; if it is missing, `name0`, `name1`, ... are joined.
    """
    if name in group.attrs:
        return _strings(group, name)
    found: list[str] = []
    number = 0
    while f"{name}{number}" in group.attrs:
        found += _strings(group, f"{name}{number}")
        number += 1
    return found


def _strings(group: Any, name: str) -> list[str]:
    value = attribute(group, name)
    if not isinstance(value, np.ndarray) or value.ndim != 1:
        raise FileFormatError(
            f"{group.file.filename}: the attribute {name!r} of {group.name!r} is no "
            "list of names."
        )
    return [text(item) for item in value]


def attribute(item: Any, name: str) -> Any:
    """Return an attribute whose size can be true.

    Args:
        item: A file, group or data set.
        name: The attribute.

    Raises:
        FileFormatError: If it is damaged, or larger than the file.
    """
    path = item.file.filename
    try:
        stored = item.attrs.get_id(name)
        size = stored.dtype.itemsize
        for length in stored.shape:
            size *= int(length)
        if size > os.path.getsize(path):
            raise FileFormatError(
                f"{path}: the attribute {name!r} is to be larger than the file."
            )
        if stored.dtype.kind == "O" and (
            import_h5py().check_string_dtype(stored.dtype) is None
            or not references_hold(item, name)
        ):
            raise FileFormatError(f"{path}: the text of {name!r} is damaged.")
        return item.attrs[name]
    except (KeyError, TypeError, UnicodeError, RuntimeError) as error:
        raise FileFormatError(
            f"{path}: the attribute {name!r} is damaged ({error})."
        ) from error


def write_names(group: Any, name: str, names: Iterable[str]) -> None:
    """Store a list of strings as an attribute, in numbered parts if it is long.

    Args:
        group: A group of an open file.
        name: The attribute.
        names: The strings.

    Raises:
        ValueError: If one string alone is too long.
    """
    encoded = [item.encode("utf-8") for item in names]
    longest = max((len(item) for item in encoded), default=1)
    if longest > _ATTRIBUTE_LIMIT:
        raise ValueError(
            f"A name of {longest} bytes is too long for an HDF5 file; "
            f"{_ATTRIBUTE_LIMIT} bytes are possible."
        )
    array = np.array(encoded, dtype=f"S{max(1, longest)}")
    if array.nbytes <= _ATTRIBUTE_LIMIT:
        group.attrs[name] = array
        return
    parts = -(-array.nbytes // _ATTRIBUTE_LIMIT)
    while any(part.nbytes > _ATTRIBUTE_LIMIT for part in np.array_split(array, parts)):
        parts += 1
    for number, part in enumerate(np.array_split(array, parts)):
        group.attrs[f"{name}{number}"] = part


def write_array(group: Any, name: str, array: np.ndarray) -> None:
    """Store an array under a name, which may contain `/`.

    Args:
        group: A group of an open file.
        name: The name of the data set.
        array: The array.
    """
    array = np.asarray(array)
    if array.dtype.name == "bfloat16":
        array = array.astype("float32")
    group.create_dataset(name, data=array)
