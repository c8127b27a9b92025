"""Files of weights as Keras 3 writes them (`.weights.h5`), also those of tf.keras 2.12.

The groups follow the attributes of the layers: `layers/dense_1/vars/0` is the first
weight of the second Dense of a model, `layers/lstm/cell/vars/0` one of a cell.
"""

from __future__ import annotations

import re
import warnings
from typing import Any

import numpy as np

from kerasish.backend.graph import eager_scope, stop_recording
from kerasish.errors import FileFormatError, ShapeError
from kerasish.saving.h5_file import attribute, import_h5py, text
from kerasish.saving.h5_reading import read_array, stored_item
from kerasish.saving.h5_weights import assign_all
from kerasish.saving.optimizer_reading import from_weights
from kerasish.saving.saved_parts import (
    children,
    class_in_places,
    has_functional_form,
    is_part,
    numbered,
)

_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")
_DEEPEST = 64


def has_paths(file: Any) -> bool:
    """Tell whether a file holds weights in groups that follow the attributes.

    Args:
        file: An open file.
    """
    return any(name in file for name in (*_CONTAINERS, "vars"))


def read_by_path(
    file: Any, model: Any, path: str, skip_mismatch: bool, origin: Any
) -> None:
    """Read the weights of a model.

    Args:
        file: The open file.
        model: The model; it must have its weights already.
        path: The path, for messages.
        skip_mismatch: Whether to leave out, with a warning, what does not fit.
        origin: Which Keras wrote the file.

    Raises:
        FileFormatError: If the file is damaged.
        ValueError: If a layer has no counterpart or another number of weights.
        ShapeError: If a shape differs.
    """
    reader = _Reader(path, skip_mismatch, origin)
    reader.layer(model, file, 0)
    assign_all(reader.found)
    with eager_scope(), stop_recording():
        for layer, store in reader.stores:
            layer.load_own_variables(store)


class _Reader:
    """Walks through layers and groups side by side.

    Args:
        path: The path of the file, for messages.
        skip_mismatch: Whether to leave out what does not fit.
        origin: Which Keras wrote the file.
    """

    def __init__(self, path: str, skip_mismatch: bool, origin: Any):
        self.path = path
        self.origin = origin
        self.skip_mismatch = skip_mismatch
        self.found: list[tuple[Any, np.ndarray]] = []
        self.stores: list[tuple[Any, dict[str, np.ndarray]]] = []
        self.visited: set[int] = set()

    def layer(self, layer: Any, group: Any, depth: int) -> None:
        """Read the weights of a layer and of those inside it."""
        if id(layer) in self.visited:
            return
        self.visited.add(id(layer))
        if depth > _DEEPEST:
            raise FileFormatError(f"{self.path}: layers are nested too deeply.")
        self.own_weights(layer, group)
        missing = []
        found = list(children(layer))
        if not has_functional_form(layer):
            # Keras 3 and tf.keras go through attributes in opposite orders; the list
            # of all layers holds what no attribute before it has led to.
            found.sort(key=lambda pair: pair[0] == "layers")
        for name, value in found:
            if name == "layers" and has_functional_form(layer):
                names = _CONTAINERS
            else:
                names = (name, f"_{name}", name.lstrip("_"))
            key = next((key for key in names if key in group), None)
            if key is None:
                missing.append((name, value))
            elif name == "optimizer":
                self.optimizer(value, self.subgroup(group, key))
            elif is_part(value):
                self.layer(value, self.subgroup(group, key), depth + 1)
            else:
                self.container(value, self.subgroup(group, key), depth)
        for name, value in missing:
            if name != "optimizer":
                self.need_nothing(layer, name, value)

    def need_nothing(self, layer: Any, name: str, value: Any) -> None:
        """Complain if what the file lacks has weights that are not read yet."""
        parts = [value] if is_part(value) else _parts_of(value)
        if any(part.weights and id(part) not in self.visited for part in parts):
            self.complain(layer, f"{name!r} is not in the file")

    def optimizer(self, optimizer: Any, group: Any) -> None:
        """Read the state of an optimizer, if it has as many Variables."""
        if "vars" not in group or not optimizer.built:
            return
        stored = self.subgroup(group, "vars")
        names = sorted(stored, key=lambda name: (len(name), name))
        arrays = [read_array(stored, name, self.path) for name in names]
        pairs = from_weights(arrays, optimizer, self.origin)
        if pairs is not None and all(
            tuple(variable.shape) == value.shape for variable, value in pairs
        ):
            self.found += pairs
            return
        warnings.warn(
            f"{self.path}: the state of the optimizer {optimizer.name!r} does not fit "
            f"({len(optimizer.variables)} Variables, {len(arrays)} in the file).",
            stacklevel=8,
        )

    def subgroup(self, group: Any, name: str) -> Any:
        """Return a group inside a group."""
        found = stored_item(group, name, self.path)
        if not isinstance(found, import_h5py().Group):
            raise FileFormatError(f"{self.path}: {name!r} is no group.")
        return found

    def own_weights(self, layer: Any, group: Any) -> None:
        """Read the weights of a layer without those of the layers inside it."""
        if layer.stores_otherwise():
            stored = self.subgroup(group, "vars") if "vars" in group else {}
            store = {name: self.array(stored, name) for name in stored}
            self.stores.append((layer, store))
            return
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
            array = self.array(stored, name)
            if tuple(weight.shape) != array.shape:
                self.complain(
                    layer,
                    f"the weight {weight.path!r} has shape {tuple(weight.shape)}, in "
                    f"the file {array.shape}",
                    ShapeError,
                )
            else:
                self.found.append((weight, array))

    def array(self, stored: Any, name: str) -> np.ndarray:
        """Read one array; bfloat16, which HDF5 has not, becomes float32."""
        array = read_array(stored, name, self.path)
        if array.dtype.kind == "V" and array.dtype.itemsize == 2:
            wide = array.view("uint16").astype("uint32") << 16
            array = wide.view("float32")
        return array

    def container(self, layers: Any, group: Any, depth: int) -> None:
        """Pair layers with groups that are named and numbered by class."""
        if depth > _DEEPEST:
            raise FileFormatError(f"{self.path}: lists are nested too deeply.")
        by_class: dict[str, list] = {}
        for key, layer in numbered(layers):
            if is_part(layer):
                name = class_in_places(layer)
                if id(layer) not in self.visited:
                    by_class.setdefault(name, []).append(layer)
            elif key in group:
                self.container(layer, self.subgroup(group, key), depth + 1)
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
                    by_class[name][0],
                    f"there are {len(alike)} layers of its model called {name!r}, the "
                    f"file has {len(groups)}",
                )
                count = min(len(alike), len(groups))
                alike, groups = alike[:count], groups[:count]
            for layer, found in _paired(alike, groups):
                self.layer(layer, found, depth + 1)

    def complain(self, layer: Any, what: str, kind: type = ValueError) -> None:
        """Refuse the file, or only warn where that was asked for."""
        message = f"{self.path}: the layer {layer.name!r} does not fit: {what}."
        if not self.skip_mismatch:
            raise kind(message)
        warnings.warn(f"{message} It is left as it is.", stacklevel=8)


def _parts_of(container: Any) -> list:
    found = []
    for _, value in numbered(container):
        found += [value] if is_part(value) else _parts_of(value)
    return found


def _holds_weights(group: Any) -> bool:
    h5py = import_h5py()
    found = group.visititems(
        lambda name, item: True if isinstance(item, h5py.Dataset) else None
    )
    return found is True


def _paired(layers: list, groups: list) -> list[tuple[Any, Any]]:
    """Pair by stored names where they are the layers' names, otherwise by order."""
    names = [
        text(attribute(group["vars"], "name"))
        if "vars" in group and "name" in group["vars"].attrs
        else None
        for group in groups
    ]
    if None not in names and sorted(names) == sorted(x.name for x in layers):
        by_name = dict(zip(names, groups))
        return [(layer, by_name[layer.name]) for layer in layers]
    return list(zip(layers, groups))
