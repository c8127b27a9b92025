"""Files that appear under their name only when they are complete."""

from __future__ import annotations

import contextlib
import os
import tempfile
from collections.abc import Iterator
from typing import Any


@contextlib.contextmanager
def atomic_file(path: Any) -> Iterator[Any]:
    """Open a binary file for writing; it replaces `path` once all is on the disk.

    After an error nothing has changed. The folder is made if it is missing.

    Args:
        path: The path.

    Yields:
        The open file.

    Example:

    >>> with atomic_file("notes.bin") as file:
    ...     _ = file.write(b"abc")
    >>> os.path.getsize("notes.bin")
    3
    """
    target = os.path.realpath(os.fspath(path))
    folder = os.path.dirname(target)
    os.makedirs(folder, exist_ok=True)
    handle, temporary = tempfile.mkstemp(
        prefix=f".{os.path.basename(target)}.", dir=folder
    )
    os.close(handle)
    try:
        with open(temporary, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(temporary, 0o666 & ~mask)
        os.replace(temporary, target)
    except BaseException:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        raise
    sync_folder(folder)


def sync_folder(folder: str) -> None:
    """Wait until the names in a folder are on the disk, where the system can.

    Args:
        folder: The path of the folder.

    Example:

    >>> sync_folder(".")
    """
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        with contextlib.suppress(OSError):
            os.fsync(handle)
    finally:
        os.close(handle)
