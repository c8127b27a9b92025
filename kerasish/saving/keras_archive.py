"""Whole models in `.keras` files: a zip of configuration, weights and assets."""

from __future__ import annotations

import contextlib
import datetime
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from typing import Any

from kerasish.errors import FileFormatError
from kerasish.naming import to_snake_case
from kerasish.registry import CustomObjectScope
from kerasish.saving import dialects
from kerasish.saving.h5_file import import_h5py, opened
from kerasish.saving.h5_model import compile_stored, dump_json, made_model
from kerasish.saving.reach import obstacles, warn_of_limits
from kerasish.saving.saved_parts import saved_parts
from kerasish.saving.weights_by_path import read_by_path
from kerasish.saving.weights_by_path_writing import write_by_path
from kerasish.utils.atomic import replaced

_WEIGHTS = "model.weights.h5"
_LONGEST_TEXT = 1 << 28
_MOST_COMPRESSED = 1100


def write_archive(model: Any, path: str, include_optimizer: bool) -> None:
    """Write a model into a `.keras` file as Keras 3 has it.

    Args:
        model: The model; it must have its weights.
        path: The path.
        include_optimizer: Whether to write the compile settings and the optimizer.
    """
    described = dialects.to_keras3(model, include_optimizer)
    warn_of_limits(model, obstacles(model, described, False), "keras3")
    config = dump_json(described)
    now = datetime.datetime.now().strftime("%Y-%m-%d@%H:%M:%S")
    metadata = {
        "keras_version": dialects.KERAS3_VERSION,
        "date_saved": now,
        "kerasish_version": dialects.own_version(),
    }
    with (
        replaced(path) as temporary,
        zipfile.ZipFile(temporary, "w") as archive,
        tempfile.TemporaryDirectory(dir=os.path.dirname(temporary)) as folder,
    ):
        archive.writestr("metadata.json", json.dumps(metadata))
        archive.writestr("config.json", config)
        weights = os.path.join(folder, _WEIGHTS)
        with import_h5py().File(weights, "w") as file:
            write_by_path(file, model, include_optimizer)
        archive.write(weights, _WEIGHTS)
        _write_assets(archive, model, folder)


def _write_assets(archive: zipfile.ZipFile, model: Any, folder: str) -> None:
    for number, (path, part) in enumerate(saved_parts(model)):
        if not hasattr(part, "save_assets"):
            continue
        own = os.path.join(folder, str(number))
        os.mkdir(own)
        part.save_assets(own)
        for parent, _, names in os.walk(own):
            inner = os.path.relpath(parent, own)
            for name in sorted(names):
                place = PurePosixPath("assets", path, *inner.split(os.sep), name)
                archive.write(os.path.join(parent, name), str(place))


def read_archive(path: str, custom_objects: Any, compile: bool) -> Any:
    """Read a model from a `.keras` file of Keras 3 or of tf.keras 2.12 and later.

    Args:
        path: The path.
        custom_objects: Maps names to classes and functions of the user.
        compile: Whether to compile it and to restore the optimizer.

    Returns:
        The model.

    Raises:
        FileFormatError: If the file is missing, damaged, or no such archive.
        ValueError: If a class is unknown or weights do not fit.
    """
    with opened_archive(path) as archive, CustomObjectScope(custom_objects):
        metadata = read_json(archive, "metadata.json", path)
        stored = read_json(archive, "config.json", path)
        origin = dialects.origin_of_metadata(metadata)
        stored = _with_vocabularies(stored, archive, path)
        config = dialects.from_file(stored, origin)
        model = made_model(config, path)
        settings = stored.get("compile_config")
        if compile and settings:
            compile_stored(model, settings, origin)
        with extracted(archive, _WEIGHTS, path) as weights:
            with opened(weights, path) as file:
                read_by_path(file, model, path, False, origin)
        _read_assets(archive, model, path)
    return model


def read_archive_weights(model: Any, path: str, skip_mismatch: bool) -> None:
    """Read the weights of a model from a `.keras` file.

    Args:
        model: The model; it must have its weights.
        path: The path.
        skip_mismatch: Whether to leave out what does not fit.

    Raises:
        FileFormatError: If the file is missing, damaged, or no such archive.
        ValueError: If layers do not fit.
    """
    with opened_archive(path) as archive:
        origin = dialects.origin_of_metadata(read_json(archive, "metadata.json", path))
        with (
            extracted(archive, _WEIGHTS, path) as weights,
            opened(weights, path) as file,
        ):
            read_by_path(file, model, path, skip_mismatch, origin)


def is_archive(path: str) -> bool:
    """Tell by the first bytes whether a file is a zip archive.

    Args:
        path: The path.
    """
    try:
        with open(path, "rb") as stream:
            return stream.read(4) == b"PK\x03\x04"
    except OSError:
        return False


@contextlib.contextmanager
def opened_archive(path: str) -> Iterator[zipfile.ZipFile]:
    """Open a `.keras` file for reading.

    Args:
        path: The path.

    Raises:
        FileFormatError: If the file is missing, damaged, or no archive.
    """
    if not os.path.exists(path):
        raise FileFormatError(f"{path}: there is no such file.")
    try:
        with zipfile.ZipFile(path) as archive:
            yield archive
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        EOFError,
        NotImplementedError,
    ) as error:
        raise FileFormatError(
            f"{path}: this is no `.keras` archive, or it is damaged ({error})."
        ) from error


def _member(archive: zipfile.ZipFile, name: str, path: str) -> zipfile.ZipInfo:
    """Return an entry of the archive whose size can be true."""
    try:
        entry = archive.getinfo(name)
    except KeyError as error:
        raise FileFormatError(f"{path}: the archive holds no {name!r}.") from error
    longest = (1 << 20) + _MOST_COMPRESSED * entry.compress_size
    if entry.file_size > longest or entry.compress_size > os.path.getsize(path):
        raise FileFormatError(
            f"{path}: {name!r} is to have {entry.file_size} bytes, but only "
            f"{entry.compress_size} are stored."
        )
    return entry


def read_json(archive: zipfile.ZipFile, name: str, path: str) -> Mapping[str, Any]:
    """Return the dictionary that an entry holds as JSON.

    Args:
        archive: The open archive.
        name: The name of the entry.
        path: The path, for messages.

    Raises:
        FileFormatError: If it is missing, too long, or no dictionary.
    """
    entry = _member(archive, name, path)
    if entry.file_size > _LONGEST_TEXT:
        raise FileFormatError(f"{path}: {name!r} is too long ({entry.file_size}).")
    try:
        value = json.loads(_bytes(archive, entry))
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"{path}: {name!r} is damaged ({error}).") from error
    if not isinstance(value, Mapping):
        raise FileFormatError(f"{path}: {name!r} is no dictionary.")
    return value


def _bytes(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes:
    with archive.open(entry) as stream:
        return stream.read(entry.file_size)


@contextlib.contextmanager
def extracted(archive: zipfile.ZipFile, name: str, path: str) -> Iterator[str]:
    """Copy an entry into a temporary file, under a name of our own.

    Args:
        archive: The open archive.
        name: The name of the entry.
        path: The path, for messages.

    Raises:
        FileFormatError: If it is missing or its size cannot be true.
    """
    entry = _member(archive, name, path)
    with tempfile.TemporaryDirectory() as folder:
        target = os.path.join(folder, "entry")
        with archive.open(entry) as stream, open(target, "wb") as file:
            shutil.copyfileobj(stream, file, 1 << 20)
        yield target


def _with_vocabularies(
    config: Mapping[str, Any], archive: zipfile.ZipFile, path: str, place: str = ""
) -> dict[str, Any]:
    """Put vocabularies that are stored as text files into the configuration.

    Layers of a graph or chain are called when they are made, and need them for that.
    """
    inner = config.get("config")
    if not isinstance(inner, Mapping):
        return dict(config)
    name = f"assets/{place}vocabulary.txt"
    if name in archive.namelist() and not inner.get("vocabulary"):
        text = _bytes(archive, _member(archive, name, path)).decode("utf-8")
        inner = {**inner, "vocabulary": text.rstrip("\n").split("\n")}
    layers = inner.get("layers")
    if isinstance(layers, list) and all(isinstance(item, Mapping) for item in layers):
        counts: dict[str, int] = {}
        read = []
        for layer in layers:
            kind = to_snake_case(str(layer.get("class_name")))
            number = counts.get(kind, 0)
            counts[kind] = number + 1
            below = (
                f"{place}layers/{kind}_{number}/"
                if number
                else f"{place}layers/{kind}/"
            )
            read.append(_with_vocabularies(layer, archive, path, below))
        inner = {**inner, "layers": read}
    return {**config, "config": inner}


def _read_assets(archive: zipfile.ZipFile, model: Any, path: str) -> None:
    """Give each part the files that are stored for it.

    Only entries directly in a part's own folder are taken, each under its last name,
    so that no entry can lead out of the temporary folder.
    """
    by_folder: dict[str, list[str]] = {}
    for name in archive.namelist():
        parts = PurePosixPath(name).parts
        if len(parts) > 1 and parts[0] == "assets" and not name.endswith("/"):
            by_folder.setdefault("/".join(parts[1:-1]), []).append(name)
    if not by_folder:
        return
    for place, part in saved_parts(model):
        names = by_folder.get(place)
        if not names or not hasattr(part, "load_assets"):
            continue
        with tempfile.TemporaryDirectory() as folder:
            for name in names:
                last = PurePosixPath(name).name
                if last in ("..", ".") or "\\" in last or ":" in last:
                    raise FileFormatError(f"{path}: {name!r} is no name of a file.")
                data = _bytes(archive, _member(archive, name, path))
                with open(os.path.join(folder, last), "wb") as file:
                    file.write(data)
            part.load_assets(folder)
