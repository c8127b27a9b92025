"""What a file of a model or of weights holds, told without making the model."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from kerasish.saving import dialects
from kerasish.saving.h5_file import attribute, import_h5py, opened, read_names, text
from kerasish.saving.h5_reading import check_array, stored_item
from kerasish.saving.limits import check_bounds, damage_reported, parsed


@dataclass(frozen=True)
class StoredArray:
    """One array of a file.

    Attributes:
        name: Its name.
        shape: Its shape.
        dtype: Its data type.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(self.shape, dtype=object))


@dataclass
class FileContents:
    """What a file holds; as text it is a table.

    Attributes:
        path: The path.
        format: `'h5'`, `'weights.h5'`, `'keras'`, `'safetensors'` or `'npz'`.
        size: The bytes of the file.
        version: Which version of Keras wrote it, as stored.
        backend: What it ran on, as stored.
        model: Class and name of the model, `None` without a configuration.
        layers: For each layer its name, class, stored input shape and arrays.
        optimizer: The class of the optimizer, `None` if there is none.
        optimizer_arrays: The arrays of its state.
    """

    path: str
    format: str
    size: int
    version: str = ""
    backend: str = ""
    model: str | None = None
    layers: list[tuple[str, str, Any, list[StoredArray]]] = field(default_factory=list)
    optimizer: str | None = None
    optimizer_arrays: list[StoredArray] = field(default_factory=list)

    @property
    def parameters(self) -> int:
        """The number of elements of all weights."""
        return sum(array.size for *_, arrays in self.layers for array in arrays)

    def __str__(self) -> str:
        lines = [f"{self.path}: {self.format}, {self.size:,} bytes"]
        if self.version or self.format == "h5":
            engine = f" on {self.backend}" if self.backend else ""
            lines.append(f"written by Keras {self.version or '1'}{engine}")
        lines.append(f"model: {self.model or 'none, weights only'}")
        for name, class_name, shape, arrays in self.layers:
            place = f" {shape}" if shape else ""
            lines.append(
                f"  {name} ({class_name}){place}" if class_name else f"  {name}"
            )
            lines += [f"    {a.name} {a.shape} {a.dtype}" for a in arrays]
        lines.append(f"parameters: {self.parameters:,}")
        if self.optimizer:
            count = len(self.optimizer_arrays)
            lines.append(f"optimizer: {self.optimizer}, {count} arrays of state")
        return "\n".join(lines)


def inspect(path: Any, print_fn: Callable | None = print) -> FileContents:
    """Print and return what a file holds, without making the model.

    Args:
        path: The path of an `.h5`, `.weights.h5`, `.keras`, `.safetensors` or `.npz`
            file.
        print_fn: What prints the table; `None` prints nothing.

    Raises:
        FileFormatError: If the file is missing, damaged, or of another format.

    Example:

    >>> import os, tempfile
    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="d")])
    >>> path = os.path.join(tempfile.mkdtemp(), "model.h5")
    >>> model.save(path)
    >>> inspect(path, print_fn=None).parameters
    3
    """
    from kerasish.saving.keras_archive import is_archive

    path = os.fspath(path)
    with damage_reported(path):
        if path.lower().endswith((".npz", ".safetensors")):
            contents = _flat(path)
        elif is_archive(path):
            contents = _archive(path)
        else:
            with opened(path) as file:
                contents = _h5(file, path)
    if print_fn is not None:
        print_fn(str(contents))
    return contents


def _flat(path: str) -> FileContents:
    from kerasish.saving.flat_weights import read_npz, read_safetensors

    ending = path.lower().rpartition(".")[2]
    arrays = read_npz(path) if ending == "npz" else read_safetensors(path)
    contents = FileContents(path, ending, os.path.getsize(path))
    _group(contents, [StoredArray(n, a.shape, a.dtype.name) for n, a in arrays.items()])
    return contents


def _group(contents: FileContents, arrays: list[StoredArray]) -> None:
    """Put arrays that are named by paths into layers."""
    layers: dict[str, list[StoredArray]] = {}
    for array in arrays:
        parts = array.name.split("/")
        if parts[0] == "optimizer":
            contents.optimizer_arrays.append(array)
            continue
        place = parts[: parts.index("vars")] if "vars" in parts else parts[:-1]
        layers.setdefault("/".join(place) or "(model)", []).append(array)
    contents.layers += [(name, "", None, found) for name, found in layers.items()]


def _arrays_below(group: Any, path: str) -> list[StoredArray]:
    h5py, found = import_h5py(), []

    def add(name: str, item: Any) -> None:
        if isinstance(item, h5py.Dataset):
            check_array(item, name, path)
            found.append(StoredArray(name, item.shape, str(item.dtype)))

    group.visititems(add)
    return found


def _archive(path: str) -> FileContents:
    from kerasish.saving import keras_archive

    contents = FileContents(path, "keras", os.path.getsize(path))
    with keras_archive.opened_archive(path) as archive:
        metadata = keras_archive.read_json(archive, "metadata.json", path)
        config = keras_archive.read_json(archive, "config.json", path)
        check_bounds(config, f"{path}: the configuration")
        contents.version = str(metadata.get("keras_version", ""))
        with keras_archive.extracted(archive, "model.weights.h5", path) as weights:
            with opened(weights, path) as file:
                _group(contents, _arrays_below(file, path))
    _describe_model(contents, config, [])
    compiled = config.get("compile_config") or {}
    _describe_optimizer(contents, compiled.get("optimizer"))
    return contents


def _h5(file: Any, path: str) -> FileContents:
    contents = FileContents(path, "h5", os.path.getsize(path))
    group = file
    if "layer_names" not in file.attrs and "model_weights" in file:
        group = stored_item(file, "model_weights", path)
    names = read_names(group, "layer_names")
    if not names and "model_config" not in file.attrs:
        contents.format = "weights.h5"
        _group(contents, _arrays_below(file, path))
        return contents
    origin = dialects.origin_of(file)
    contents.version, contents.backend = origin.version, origin.backend
    stored = []
    for name in names:
        own = stored_item(group, name, path)
        arrays = []
        for weight in read_names(own, "weight_names"):
            item = stored_item(own, weight, path)
            check_array(item, weight, path)
            arrays.append(StoredArray(weight, item.shape, str(item.dtype)))
        stored.append((name, "", None, arrays))
    contents.layers = stored
    if "model_config" in file.attrs:
        config = parsed(text(attribute(file, "model_config")), path)
        _describe_model(contents, config, stored)
    if "training_config" in file.attrs:
        training = parsed(text(attribute(file, "training_config")), path)
        _describe_optimizer(contents, training.get("optimizer_config"))
    if "optimizer_weights" in file:
        state = stored_item(file, "optimizer_weights", path)
        contents.optimizer_arrays = _arrays_below(state, path)
    return contents


def _describe_model(contents: FileContents, config: Any, stored: list) -> None:
    """Add what a configuration says; `stored` are layers by their names."""
    if not isinstance(config, Mapping):
        return
    inner = config.get("config")
    name = inner.get("name") if isinstance(inner, Mapping) else config.get("name")
    contents.model = f"{config.get('class_name')} {name!r}"
    described = _layers_of(inner)
    if not stored:
        without = [(name, kind, shape, []) for name, kind, shape in described]
        contents.layers = [*without, *contents.layers]
        return
    known = {name: (kind, shape) for name, kind, shape in described}
    arrays = {name: found for name, _, _, found in stored}
    names = [*known, *(name for name in arrays if name not in known)]
    contents.layers = [
        (name, *known.get(name, ("", None)), arrays.get(name, [])) for name in names
    ]


def _layers_of(config: Any) -> list[tuple[str, str, Any]]:
    layers = config.get("layers") if isinstance(config, Mapping) else config
    found = []
    for layer in layers if isinstance(layers, list) else []:
        if not isinstance(layer, Mapping):
            continue
        inner = layer.get("config")
        inner = inner if isinstance(inner, Mapping) else {}
        build = layer.get("build_config")
        shape = inner.get("batch_shape") or inner.get("batch_input_shape")
        if shape is None and isinstance(build, Mapping):
            shape = build.get("input_shape")
        name = layer.get("name") or inner.get("name")
        found.append((str(name), str(layer.get("class_name")), shape))
    return found


def _describe_optimizer(contents: FileContents, described: Any) -> None:
    if isinstance(described, Mapping):
        contents.optimizer = str(described.get("class_name"))
