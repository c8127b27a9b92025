"""Files of weights as Keras 3 writes them (`.weights.h5`), also those of tf.keras 2.12.

The groups follow the attributes of the layers: `layers/dense_1/vars/0` is the first
weight of the second Dense of a model, `layers/lstm/cell/vars/0` one of a cell.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np

from kerasish.backend.graph import eager_scope, stop_recording
from kerasish.errors import FileFormatError, ShapeError
from kerasish.naming import to_snake_case
from kerasish.saving.h5_file import import_h5py, text
from kerasish.saving.h5_reading import read_array, stored_item

_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")
_DEEPEST = 64


def has_paths(file: Any) -> bool:
    """Tell whether a file holds weights in groups that follow the attributes.

    Args:
        file: An open file.
    """
    return any(name in file for name in (*_CONTAINERS, "vars"))


def read_by_path(file: Any, model: Any, path: str, skip_mismatch: bool) -> None:
    """Read the weights of a model.

    Args:
        file: The open file.
        model: The model; it must have its weights already.
        path: The path, for messages.
        skip_mismatch: Whether to leave out, with a warning, what does not fit.

    Raises:
        FileFormatError: If the file is damaged.
        ValueError: If a layer has no counterpart or another number of weights.
        ShapeError: If a shape differs.
    """
    reader = _Reader(path, skip_mismatch)
    reader.layer(model, file, 0)
    with eager_scope(), stop_recording():
        for variable, array in reader.found:
            variable.assign(array)


class _Reader:
    """Walks through layers and groups side by side.

    Args:
        path: The path of the file, for messages.
        skip_mismatch: Whether to leave out what does not fit.
    """

    def __init__(self, path: str, skip_mismatch: bool):
        self.path = path
        self.skip_mismatch = skip_mismatch
        self.found: list[tuple[Any, np.ndarray]] = []
        self.visited: set[int] = set()

    def layer(self, layer: Any, group: Any, depth: int) -> None:
        """Read the weights of a layer and of those inside it."""
        if id(layer) in self.visited:
            return
        self.visited.add(id(layer))
        if depth > _DEEPEST:
            raise FileFormatError(f"{self.path}: layers are nested too deeply.")
        self.own_weights(layer, group)
        container = next((name for name in _CONTAINERS if name in group), None)
        if hasattr(layer, "_program") or _functional_of(layer) is not None:
            inner = [x for x in layer._layers if x is not _functional_of(layer)]
            if container is not None:
                self.container(inner, self.subgroup(group, container), depth)
            return
        for name, value in _children(layer):
            key = next((k for k in (name.lstrip("_"), name) if k in group), None)
            if key is None:
                layers = value if isinstance(value, list) else [value]
                if any(item.weights for item in layers):
                    self.complain(layer, f"{name!r} is not in the file")
            elif isinstance(value, list):
                self.container(value, self.subgroup(group, key), depth)
            else:
                self.layer(value, self.subgroup(group, key), depth + 1)

    def subgroup(self, group: Any, name: str) -> Any:
        """Return a group inside a group."""
        found = stored_item(group, name, self.path)
        if not isinstance(found, import_h5py().Group):
            raise FileFormatError(f"{self.path}: {name!r} is no group.")
        return found

    def own_weights(self, layer: Any, group: Any) -> None:
        """Read the weights of a layer without those of the layers inside it."""
        weights = [*layer._trainable_variables, *layer._non_trainable_variables]
        if not weights:
            return
        names = []
        if "vars" in group:
            stored = self.subgroup(group, "vars")
            names = sorted(stored, key=lambda name: (len(name), name))
        if len(names) != len(weights):
            self.complain(
                layer, f"it has {len(weights)} weights, the file has {len(names)}"
            )
            return
        for weight, name in zip(weights, names):
            array = read_array(stored, name, self.path)
            if array.dtype.kind == "V" and array.dtype.itemsize == 2:
                wide = array.view("uint16").astype("uint32") << 16
                array = wide.view("float32")
            if tuple(weight.shape) != array.shape:
                self.complain(
                    layer,
                    f"the weight {weight.path!r} has shape {tuple(weight.shape)}, in "
                    f"the file {array.shape}",
                    ShapeError,
                )
            else:
                self.found.append((weight, array))

    def container(self, layers: list, group: Any, depth: int) -> None:
        """Pair layers with groups that are named and numbered by class."""
        by_class: dict[str, list] = {}
        for layer in layers:
            by_class.setdefault(to_snake_case(type(layer).__name__), []).append(layer)
        for name, alike in by_class.items():
            pattern = re.compile(rf"{re.escape(name)}(?:_(\d+))?")
            matches = [m for m in map(pattern.fullmatch, group) if m]
            matches.sort(key=lambda match: int(match.group(1) or 0))
            groups = [self.subgroup(group, match.group()) for match in matches]
            if len(groups) != len(alike):
                groups = [item for item in groups if _holds_weights(item)]
                alike = [layer for layer in alike if layer.weights]
            if len(groups) != len(alike):
                self.complain(
                    layers[0],
                    f"there are {len(alike)} layers of its model called {name!r}, the "
                    f"file has {len(groups)}",
                )
                continue
            for layer, found in _paired(alike, groups):
                self.layer(layer, found, depth + 1)

    def complain(self, layer: Any, what: str, kind: type = ValueError) -> None:
        """Refuse the file, or only warn where that was asked for."""
        message = f"{self.path}: the layer {layer.name!r} does not fit: {what}."
        if not self.skip_mismatch:
            raise kind(message)
        warnings.warn(f"{message} It is left as it is.", stacklevel=8)


def _functional_of(layer: Any) -> Any:
    return layer.__dict__.get("_functional")


def _children(layer: Any) -> Iterator[tuple[str, Any]]:
    """Yield the layers, and lists of layers, that are attributes of a layer."""
    known = {id(item) for item in layer._layers}
    for name, value in sorted(layer.__dict__.items()):
        if name == "_layers":
            continue
        if id(value) in known:
            yield name, value
        elif isinstance(value, (list, tuple)):
            items = [item for item in value if id(item) in known]
            if items:
                yield name, items


def _holds_weights(group: Any) -> bool:
    h5py = import_h5py()
    found = group.visititems(
        lambda name, item: True if isinstance(item, h5py.Dataset) else None
    )
    return found is True


def _paired(layers: list, groups: list) -> list[tuple[Any, Any]]:
    """Pair by stored names where they are the layers' names, otherwise by order."""
    names = [
        text(group["vars"].attrs["name"])
        if "vars" in group and "name" in group["vars"].attrs
        else None
        for group in groups
    ]
    if None not in names and sorted(names) == sorted(x.name for x in layers):
        by_name = dict(zip(names, groups))
        return [(layer, by_name[layer.name]) for layer in layers]
    return list(zip(layers, groups))
