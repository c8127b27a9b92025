"""Fetching files: with their hash checked, and archives unpacked safely."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import urllib.error
import urllib.parse
import urllib.request
import zipfile
from typing import Any

from kerasish.errors import FileFormatError
from kerasish.utils.atomic import atomic_file

_CHUNK = 1 << 20


def validate_file(
    fpath: Any, file_hash: str, algorithm: str = "auto", chunk_size: int = 65535
) -> bool:
    """Tell whether a file has a hash.

    Args:
        fpath: The path.
        file_hash: The hash in hexadecimal digits.
        algorithm: `"md5"`, `"sha256"` or `"auto"`, which goes by the length.
        chunk_size: How many bytes are read at once.

    Example:

    >>> with open("empty", "w"): pass
    >>> validate_file("empty", "d41d8cd98f00b204e9800998ecf8427e")
    True
    """
    if algorithm == "auto":
        algorithm = "sha256" if len(file_hash) == 64 else "md5"
    digest = hashlib.new(algorithm)
    with open(fpath, "rb") as file:
        while chunk := file.read(chunk_size):
            digest.update(chunk)
    return digest.hexdigest() == file_hash.lower()


def get_file(
    fname: Any = None,
    origin: str | None = None,
    untar: bool = False,
    md5_hash: str | None = None,
    file_hash: str | None = None,
    cache_subdir: str = "datasets",
    hash_algorithm: str = "auto",
    extract: bool = False,
    archive_format: Any = "auto",
    cache_dir: Any = None,
    force_download: bool = False,
) -> str:
    """Fetch a file, unless it is there already, and return its path.

    A file appears in the cache only when it is complete and has the right hash.

    Args:
        fname: Its name in the cache; that of the address by default.
        origin: The address: `https:`, `http:`, `ftp:` or `file:`.
        untar: As `extract` (Keras 2).
        md5_hash: As `file_hash` (Keras 2).
        file_hash: The hash it must have, in hexadecimal digits.
        cache_subdir: The folder within the cache, or an absolute path.
        hash_algorithm: `"md5"`, `"sha256"` or `"auto"`.
        extract: Whether to unpack it as an archive.
        archive_format: `"tar"`, `"zip"`, a list of them, `"auto"` or `None`.
        cache_dir: The cache; the variable `KERAS_HOME` or `~/.keras` by default.
        force_download: Whether to fetch it in any case.

    Returns:
        The path of the file; of an archive, that of the folder it is unpacked into.

    Raises:
        ValueError: If there is no address, or the hash is another one.
        OSError: If it cannot be fetched.

    Example:

    >>> import pathlib
    >>> source = pathlib.Path("numbers.txt").resolve()
    >>> _ = source.write_text("1 2 3")
    >>> path = get_file(origin=source.as_uri(), cache_dir="cache")
    >>> pathlib.Path(path).read_text()
    '1 2 3'
    """
    if origin is None:
        raise ValueError("get_file: the address `origin` is missing.")
    file_hash = file_hash or md5_hash
    home = cache_dir or os.environ.get("KERAS_HOME") or os.path.expanduser("~/.keras")
    folder = os.path.join(os.fspath(home), cache_subdir)
    name = os.fspath(fname) if fname else _name_of(origin)
    path = os.path.join(folder, name)
    known = os.path.isfile(path) and not force_download
    if known and file_hash and not validate_file(path, file_hash, hash_algorithm):
        known = False
    if not known:
        _fetch(origin, path, file_hash, hash_algorithm)
    if not (extract or untar):
        return path
    target = path + "_extracted" if extract else _without_ending(path)
    if not known or not os.path.isdir(target):
        extract_archive(path, target, archive_format)
    return target


def _name_of(origin: str) -> str:
    path = urllib.parse.urlsplit(origin).path
    name = os.path.basename(urllib.request.url2pathname(path))
    if not name:
        raise ValueError(f"get_file: the address names no file.\nReceived: {origin!r}")
    return name


def _without_ending(path: str) -> str:
    for ending in (".tar.gz", ".tar.bz2", ".tar.xz", ".tgz", ".tar", ".zip"):
        if path.lower().endswith(ending):
            return path[: -len(ending)]
    return path + "_extracted"


def _fetch(origin: str, path: str, file_hash: str | None, algorithm: str) -> None:
    request = urllib.request.Request(origin, headers={"User-Agent": "kerasish"})
    try:
        with urllib.request.urlopen(request) as source, atomic_file(path) as file:
            shutil.copyfileobj(source, file, _CHUNK)
            file.flush()
            expected = source.headers.get("Content-Length")
            if expected is not None and int(expected) != file.tell():
                raise OSError(f"only {file.tell()} of {expected} bytes came")
            if file_hash and not validate_file(file.name, file_hash, algorithm):
                raise ValueError(
                    f"get_file: {origin} has another hash than expected.\n"
                    f"Received: file_hash={file_hash!r}"
                )
    except (urllib.error.URLError, OSError) as error:
        raise OSError(f"get_file: {origin} cannot be fetched: {error}") from error


def extract_archive(path: Any, folder: Any, archive_format: Any = "auto") -> None:
    """Unpack an archive into a folder; nothing is written outside of it.

    Args:
        path: A tar file (also compressed) or a zip file.
        folder: The folder, which appears only when all is unpacked.
        archive_format: `"tar"`, `"zip"`, a list of them, or `"auto"`.

    Raises:
        FileFormatError: If it is no such archive, or an entry would lie outside.
    """
    kinds = ("tar", "zip") if archive_format == "auto" else archive_format
    kinds = (kinds,) if isinstance(kinds, str) else tuple(kinds or ())
    temporary = f"{os.fspath(folder)}.partial"
    shutil.rmtree(temporary, ignore_errors=True)
    os.makedirs(temporary)
    try:
        if "tar" in kinds and tarfile.is_tarfile(path):
            with tarfile.open(path) as archive:
                archive.extractall(temporary, members=_safe_members(archive))
        elif "zip" in kinds and zipfile.is_zipfile(path):
            with zipfile.ZipFile(path) as archive:
                for name in archive.namelist():
                    _check_inside(name)
                archive.extractall(temporary)
        else:
            raise FileFormatError(f"{path}: this is no archive of kind {kinds}.")
        shutil.rmtree(folder, ignore_errors=True)
        os.replace(temporary, folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _check_inside(name: str) -> None:
    parts = name.replace("\\", "/").split("/")
    if name.startswith(("/", "\\")) or ".." in parts or ":" in parts[0]:
        raise FileFormatError(f"The archive has an entry outside of it: {name!r}.")


def _safe_members(archive: tarfile.TarFile) -> list[tarfile.TarInfo]:
    members = []
    for member in archive.getmembers():
        _check_inside(member.name)
        # Links can lead outside, and devices have no place in data.
        if member.isfile() or member.isdir():
            member.mode = (member.mode or 0o644) & 0o755 | 0o600
            members.append(member)
    return members
