"""Files that appear under their name only when they are complete."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import tempfile
from collections.abc import Iterator
from typing import Any

_FULL = {errno.ENOSPC, errno.EFBIG, getattr(errno, "EDQUOT", errno.ENOSPC)}


@contextlib.contextmanager
def replaced(path: str) -> Iterator[str]:
    """Give the path of a temporary file, which takes the place of `path` at the end.

    It lies in the same folder. Whatever goes wrong, `path` holds what it held before,
    and no temporary file is left unless the process is killed.

    Args:
        path: The path; a link stays a link, and what it points to is replaced.

    Raises:
        FileNotFoundError: If there is no such folder.
        PermissionError: If the folder cannot be written to.
        OSError: If the disk is full.

    Example:

    >>> import os, tempfile
    >>> path = os.path.join(tempfile.mkdtemp(), "a.txt")
    >>> with replaced(path) as temporary:
    ...     with open(temporary, "w") as stream:
    ...         _ = stream.write("all of it")
    >>> open(path).read()
    'all of it'
    """
    target = os.path.realpath(path)
    temporary = _temporary_file(path, target)
    try:
        yield temporary
        with open(temporary, "rb+") as stream:
            os.fsync(stream.fileno())
        _copy_mode(target, temporary)
        os.replace(temporary, target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            os.unlink(temporary)
        number = _error_number(error)
        if number in _FULL:
            raise OSError(
                number,
                "there is no room for the file on the disk; what was under this name "
                "before is untouched",
                path,
            ) from error
        if isinstance(error, PermissionError):
            raise PermissionError(
                error.errno, "the file cannot be replaced: it is locked or protected",
                path,
            ) from error  # fmt: skip
        raise
    sync_folder(os.path.dirname(target))


@contextlib.contextmanager
def atomic_file(path: Any) -> Iterator[Any]:
    """Open a binary file for writing; it replaces `path` as `replaced` does it.

    The folder is made if it is missing.

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
    path = os.fspath(path)
    os.makedirs(os.path.dirname(os.path.realpath(path)), exist_ok=True)
    with replaced(path) as temporary, open(temporary, "wb") as file:
        yield file


def _temporary_file(path: str, target: str) -> str:
    folder = os.path.dirname(target)
    if not os.path.isdir(folder):
        raise FileNotFoundError(f"{path}: there is no folder {folder!r} to write into.")
    if os.path.isdir(target):
        raise IsADirectoryError(f"{path}: this is a folder, no file to replace.")
    try:
        handle, temporary = tempfile.mkstemp(
            prefix=f".{os.path.basename(target)[:100]}.", dir=folder
        )
    except OSError as error:
        if error.errno not in (errno.EACCES, errno.EPERM, errno.EROFS):
            raise
        raise PermissionError(
            error.errno, f"the folder {folder!r} cannot be written to", path
        ) from error
    os.close(handle)
    return temporary


def _error_number(error: BaseException) -> int | None:
    """Return the number of the system's error, which HDF5 has only in its text."""
    if isinstance(error, OSError) and error.errno:
        return error.errno
    found = re.search(r"errno = (\d+)", str(error))
    return int(found.group(1)) if found else None


def _copy_mode(target: str, temporary: str) -> None:
    if os.path.exists(target):
        mode = os.stat(target).st_mode & 0o777
    else:
        mask = os.umask(0)
        os.umask(mask)
        mode = 0o666 & ~mask
    os.chmod(temporary, mode)


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
