"""Open HDF5 files, groups of them and binary streams in the place of paths.

What they hold goes through a file of its own, so that it is read with the same checks
and written with the same code as a file that has a name.
"""

from __future__ import annotations

import contextlib
import io
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from typing import Any

from kerasish.errors import FileFormatError

# What saving may write at the top, beside the groups of layers.
_OWN_GROUPS = ("model_weights", "optimizer_weights")
_OWN_ATTRIBUTES = (
    "backend",
    "keras_version",
    "kerasish_version",
    "model_config",
    "training_config",
)


def is_open(target: Any) -> bool:
    """Tell whether a target is an open HDF5 file or group, or a stream, and no path.

    Args:
        target: What a user gave in the place of a path.

    Example:

    >>> is_open("model.h5"), is_open(io.BytesIO())
    (False, True)
    """
    if isinstance(target, (str, bytes, os.PathLike)):
        return False
    return _is_group(target) or hasattr(target, "read") or hasattr(target, "write")


def _is_group(target: Any) -> bool:
    h5py = sys.modules.get("h5py")
    return h5py is not None and isinstance(target, h5py.Group)


@contextlib.contextmanager
def path_to_read(source: Any) -> Iterator[str]:
    """Give the path of a file that holds what an open file or a stream holds.

    Args:
        source: An open `h5py.File` or `h5py.Group`, or a binary stream, which is read
            from where it stands.

    Raises:
        FileFormatError: If what is read from the path is damaged; the message names
            the source.
        ValueError: If the file is closed.

    Example:

    >>> with path_to_read(io.BytesIO(b"data")) as path, open(path, "rb") as stream:
    ...     stream.read()
    b'data'
    """
    _check_usable(source)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "model.h5")
        if _is_group(source):
            from kerasish.saving.h5_file import written

            with written(path) as file:
                _copy(source, file)
        else:
            with open(path, "wb") as file:
                shutil.copyfileobj(source, file)
        try:
            yield path
        except FileFormatError as error:
            shown = str(error).replace(path, _shown(source))
            raise FileFormatError(shown) from error


@contextlib.contextmanager
def path_to_write(target: Any, ending: str, overwrite: bool) -> Iterator[str]:
    """Give the path of a file whose contents go to an open file or a stream at the end.

    Args:
        target: An open `h5py.File` or `h5py.Group`, which keeps its other contents, or
            a binary stream, written from where it stands.
        ending: The ending of the path.
        overwrite: Whether parts of a group with the same names are replaced.

    Raises:
        FileExistsError: If they exist and `overwrite` is false; nothing is changed.
        ValueError: If the file is closed, open for reading alone, or no HDF5 file is
            to be written into a group.

    Example:

    >>> stream = io.BytesIO()
    >>> with path_to_write(stream, ".h5", True) as path, open(path, "wb") as file:
    ...     _ = file.write(b"data")
    >>> stream.getvalue()
    b'data'
    """
    _check_usable(target)
    if _is_group(target):
        if target.file.mode == "r":
            raise ValueError(f"{_shown(target)}: it is open for reading alone.")
        if ending != ".h5":
            raise ValueError(
                "An open HDF5 file takes the format 'h5' alone.\n"
                f"Received: a file to end with {ending!r}"
            )
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, f"model{ending}")
        yield path
        if _is_group(target):
            from kerasish.saving.h5_file import opened

            with opened(path) as file:
                _make_room(file, target, overwrite)
                _copy(file, target)
        else:
            with open(path, "rb") as file:
                shutil.copyfileobj(file, target)


def _check_usable(target: Any) -> None:
    closed = not target if _is_group(target) else getattr(target, "closed", False)
    if closed:
        raise ValueError(f"The file is closed already.\nReceived: {target!r}")
    if isinstance(target, io.TextIOBase):
        raise TypeError(f"Open the file in binary mode.\nReceived: {target!r}")


def _shown(target: Any) -> str:
    if _is_group(target):
        return f"{target.file.filename}, group {target.name!r}"
    return str(getattr(target, "name", type(target).__name__))


def _copy(source: Any, target: Any) -> None:
    for name in source:
        source.copy(name, target, name=name)
    for name, value in source.attrs.items():
        target.attrs[name] = value


def _is_own(attribute: str) -> bool:
    return attribute in _OWN_ATTRIBUTES or attribute.rstrip("0123456789") in (
        "layer_names",
        "weight_names",
    )


def _make_room(file: Any, target: Any, overwrite: bool) -> None:
    """Take from a group what the file replaces, and what an older save left."""
    parts = [name for name in target if name in file or name in _OWN_GROUPS]
    if parts and not overwrite:
        raise FileExistsError(
            f"{_shown(target)}: parts with these names exist already and `overwrite` "
            f"is false.\nReceived: {parts}"
        )
    for name in parts:
        del target[name]
    for name in [name for name in target.attrs if _is_own(name)]:
        del target.attrs[name]
