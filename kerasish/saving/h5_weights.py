"""The weights of models in HDF5 files."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from kerasish.backend.graph import eager_scope, stop_recording
from kerasish.errors import FileFormatError, ShapeError
from kerasish.layers.deferred_values import deferral
from kerasish.saving.h5_file import import_h5py, read_names, write_array, write_names
from kerasish.saving.h5_reading import read_array, stored_item
from kerasish.saving.upgrade.weights import converted_weights

_TOP_LEVEL = "top_level_model_weights"
# For weights that files need not hold, such as states of recurrent layers.
_WITHOUT_VALUES = 1 << 28


def ordered_weights(layer: Any) -> list:
    """Return the weights of a layer as files have them: trainable ones first.

    Args:
        layer: A layer or a nested model.
    """
    return [*layer.trainable_weights, *layer.non_trainable_weights]


def _file_layers(model: Any) -> list:
    """The layers that have a group in the file, input layers included."""
    return [layer for layer in model._layers if hasattr(layer, "_inbound_nodes")]


def _unique(names: list[str]) -> list[str]:
    taken: set[str] = set()
    result = []
    for name in names:
        base, number = name, 1
        while name in taken:
            stem, separator, ending = base.partition(":")
            name = f"{stem}_{number}{separator}{ending}"
            number += 1
        taken.add(name)
        result.append(name)
    return result


def weight_names(layer: Any, weights: list) -> list[str]:
    """Return the names of a layer's weights in a file, such as `dense/kernel:0`.

    Args:
        layer: The layer.
        weights: Its weights in the order of the file.
    """
    names = []
    for weight in weights:
        parts = weight.path.split("/")
        if layer.name in parts:
            parts = parts[parts.index(layer.name) :]
        else:
            parts = [layer.name, parts[-1]]
        names.append("/".join(parts) + ":0")
    return _unique(names)


def write_weights_group(group: Any, model: Any, version: str) -> None:
    """Store the weights of all layers of a model.

    Args:
        group: A group of an open file.
        model: The model.
        version: The Keras version that the layout is of.
    """
    layers = _file_layers(model)
    write_names(group, "layer_names", [layer.name for layer in layers])
    group.attrs["backend"] = "tensorflow"
    group.attrs["keras_version"] = version
    for layer in sorted(layers, key=lambda item: item.name):
        weights = ordered_weights(layer)
        names = weight_names(layer, weights)
        own = group.create_group(layer.name)
        write_names(own, "weight_names", names)
        for name, weight in zip(names, weights):
            write_array(own, name, weight.numpy())
    own = group.create_group(_TOP_LEVEL)
    inner = {id(w) for layer in layers for w in layer.weights}
    weights = [w for w in ordered_weights(model) if id(w) not in inner]
    names = _unique([f"{weight.path}:0" for weight in weights])
    write_names(own, "weight_names", names)
    for name, weight in zip(names, weights):
        write_array(own, name, weight.numpy())


@dataclass(frozen=True)
class StoredLayer:
    """What a file has for one layer.

    Attributes:
        names: The names of its weights.
        arrays: Their values.
    """

    names: list[str]
    arrays: list[np.ndarray]


@dataclass(frozen=True)
class LoadReport:
    """What loading weights from a file did; as text it is one line.

    Attributes:
        loaded: The layers that were given values.
        unchanged: The layers of the model that were not.
        unused: The layers of the file that were not used.

    Example:

    >>> print(LoadReport(["a"], ["b"], []))
    1 of 2 layers with weights loaded; unchanged: b; not used of the file: none
    """

    loaded: list[str]
    unchanged: list[str]
    unused: list[str]

    def __str__(self) -> str:
        count = len(self.loaded) + len(self.unchanged)
        return (
            f"{len(self.loaded)} of {count} layers with weights loaded; unchanged: "
            f"{', '.join(self.unchanged) or 'none'}; not used of the file: "
            f"{', '.join(self.unused) or 'none'}"
        )


def _read_layer(group: Any, name: str, path: str) -> StoredLayer:
    own = stored_item(group, name, path)
    names = read_names(own, "weight_names")
    return StoredLayer(names, [read_array(own, weight, path) for weight in names])


def read_layers(group: Any, path: str) -> dict[str, StoredLayer]:
    """Read what a file has for each layer.

    Args:
        group: The group that holds the layers.
        path: The path, for messages.

    Returns:
        A dictionary in the order of the file; weights of the model itself are last.

    Raises:
        FileFormatError: If the group is incomplete or damaged.
    """
    if not isinstance(group, import_h5py().Group):
        raise FileFormatError(f"{path}: {group.name!r} is no group.")
    names = read_names(group, "layer_names")
    stored = {name: _read_layer(group, name, path) for name in names}
    if _TOP_LEVEL in group and _TOP_LEVEL not in stored:
        stored[_TOP_LEVEL] = _read_layer(group, _TOP_LEVEL, path)
    return stored


def most_bytes(stored: Mapping[str, StoredLayer]) -> int:
    """Return what the weights of a model may need that has these values.

    Stored numbers may be as short as 2 bytes, those of the model as long as 8.

    Args:
        stored: What the file has for each layer.
    """
    total = sum(array.nbytes for layer in stored.values() for array in layer.arrays)
    return 4 * total + _WITHOUT_VALUES


def load_layers(
    stored: dict[str, StoredLayer],
    model: Any,
    path: str,
    origin: Any,
    by_name: bool = False,
    skip_mismatch: bool = False,
    same_model: bool = False,
) -> LoadReport:
    """Give the weights of a model their values.

    Args:
        stored: What the file has for each layer.
        model: The model.
        path: The path, for messages.
        origin: Which Keras wrote the file.
        by_name: Whether layers are paired by name instead of by order.
        skip_mismatch: Whether to leave out what does not fit.
        same_model: Whether the model was made from the file's own configuration, so
            that equal names are equal layers.

    Returns:
        Which layers were given values, and which were not.

    Raises:
        ValueError: If the numbers of layers or weights differ.
        ShapeError: If a shape differs.
    """
    stored = dict(stored)
    top = stored.pop(_TOP_LEVEL, None)
    layers = [layer for layer in _file_layers(model) if ordered_weights(layer)]
    if by_name or (same_model and _same_names(layers, stored)):
        pairs = [(layer, layer.name) for layer in layers if layer.name in stored]
    else:
        names = [name for name, found in stored.items() if found.arrays]
        if len(names) != len(layers) and not skip_mismatch:
            raise ValueError(
                f"{path}: the file has {len(names)} layers with weights, the model "
                f"{model.name!r} has {len(layers)}.\n"
                f"  file: {names[:8]}\n  model: {[item.name for item in layers][:8]}"
            )
        pairs = list(zip(layers, names))
    found, loaded, used = [], [], []
    for layer, name in pairs:
        fitting = _fitting(layer, name, stored[name], origin, path, skip_mismatch)
        found += fitting
        if fitting:
            loaded.append(layer.name)
            used.append(name)
    if not by_name and top is not None:
        found += _top_level(top.arrays, model, layers)
    assign_all(found)
    return LoadReport(
        loaded=loaded,
        unchanged=[layer.name for layer in layers if layer.name not in loaded],
        unused=[n for n, item in stored.items() if item.arrays and n not in used],
    )


def assign_all(pairs: list[tuple[Any, np.ndarray]]) -> None:
    """Give Variables their values, which nothing else holds.

    Args:
        pairs: Variables and arrays.
    """
    deferred = deferral()
    with eager_scope(), stop_recording():
        if deferred is not None:
            deferred.fill(pairs)
            return
        for variable, array in pairs:
            variable.assign(array)


def _same_names(layers: list, stored: dict[str, StoredLayer]) -> bool:
    names = {name for name, found in stored.items() if found.arrays}
    return names == {layer.name for layer in layers}


def _fitting(
    layer: Any, name: str, stored: StoredLayer, origin: Any, path: str, skip: bool
) -> list[tuple[Any, np.ndarray]]:
    weights = ordered_weights(layer)
    arrays = converted_weights(layer, weights, stored.names, stored.arrays, origin)
    if len(arrays) != len(weights):
        message = (
            f"{path}: the layer {layer.name!r} has {len(weights)} weights, "
            f"{name!r} in the file has {len(arrays)}."
        )
        if not skip:
            raise ValueError(message)
        warnings.warn(f"{message} It is left as it is.", stacklevel=6)
        return []
    pairs = list(zip(weights, arrays))
    for weight, array in pairs:
        if tuple(weight.shape) == array.shape:
            continue
        message = (
            f"{path}: the weight {weight.path!r} of the layer {layer.name!r} has shape "
            f"{tuple(weight.shape)}.\n  got: shape {array.shape} from {name!r}"
        )
        if not skip:
            raise ShapeError(message)
        warnings.warn(f"{message}\nThe layer is left as it is.", stacklevel=6)
        return []
    return pairs


def _top_level(
    arrays: list[np.ndarray], model: Any, layers: list
) -> list[tuple[Any, np.ndarray]]:
    inner = {id(w) for layer in layers for w in layer.weights}
    weights = [w for w in ordered_weights(model) if id(w) not in inner]
    if len(arrays) != len(weights):
        return []
    return [(w, a) for w, a in zip(weights, arrays) if tuple(w.shape) == a.shape]
