"""The weights of models in HDF5 files."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from kerasish.backend.graph import eager_scope, stop_recording
from kerasish.errors import FileFormatError, ShapeError
from kerasish.saving.h5_file import read_names, write_array, write_names

_TOP_LEVEL = "top_level_model_weights"


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


def _read_layer(group: Any, name: str, path: str) -> list[np.ndarray]:
    if name not in group:
        raise FileFormatError(f"{path}: the weights of the layer {name!r} are missing.")
    own = group[name]
    try:
        return [np.asarray(own[weight]) for weight in read_names(own, "weight_names")]
    except KeyError as error:
        raise FileFormatError(
            f"{path}: a weight of the layer {name!r} is missing ({error})."
        ) from error


def read_weights_group(
    group: Any, model: Any, path: str, by_name: bool, skip_mismatch: bool
) -> None:
    """Read the weights of a model.

    Args:
        group: The group that holds the layers.
        model: The model.
        path: The path, for messages.
        by_name: Whether layers are paired by name instead of by order.
        skip_mismatch: Whether to leave out what does not fit.

    Raises:
        FileFormatError: If the group is incomplete.
        ValueError: If the numbers of layers or weights differ.
        ShapeError: If a shape differs.
    """
    stored = {
        name: _read_layer(group, name, path)
        for name in read_names(group, "layer_names")
    }
    layers = [layer for layer in _file_layers(model) if ordered_weights(layer)]
    if by_name:
        pairs = [(layer, layer.name) for layer in layers if layer.name in stored]
    else:
        names = [name for name, arrays in stored.items() if arrays]
        if len(names) != len(layers) and not skip_mismatch:
            raise ValueError(
                f"{path}: the file has {len(names)} layers with weights, the model "
                f"{model.name!r} has {len(layers)}.\n"
                f"  file: {names[:8]}\n  model: {[item.name for item in layers][:8]}"
            )
        pairs = list(zip(layers, names))
    found = []
    for layer, name in pairs:
        fitting = _fitting(layer, name, stored[name], path, skip_mismatch)
        found += fitting
    if not by_name and _TOP_LEVEL in group:
        found += _top_level(group, model, layers, path)
    with eager_scope(), stop_recording():
        for variable, array in found:
            variable.assign(array)


def _fitting(
    layer: Any, name: str, arrays: list[np.ndarray], path: str, skip: bool
) -> list[tuple[Any, np.ndarray]]:
    from kerasish.saving.dialects import adapted_weights

    weights = ordered_weights(layer)
    arrays = adapted_weights(layer, weights, arrays)
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
    group: Any, model: Any, layers: list, path: str
) -> list[tuple[Any, np.ndarray]]:
    arrays = _read_layer(group, _TOP_LEVEL, path)
    inner = {id(w) for layer in layers for w in layer.weights}
    weights = [w for w in ordered_weights(model) if id(w) not in inner]
    if len(arrays) != len(weights):
        return []
    return [(w, a) for w, a in zip(weights, arrays) if tuple(w.shape) == a.shape]
