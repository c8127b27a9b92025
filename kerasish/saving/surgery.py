"""Changes of models by their descriptions: layers renamed, normalizations folded."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from typing import Any

import numpy as np

from kerasish.registry import describe

_FOLDABLE = ("Conv1D", "Conv2D", "Conv3D", "Dense", "DepthwiseConv2D")


def remade(model: Any, description: Mapping[str, Any], names: Mapping[str, str]) -> Any:
    """Make a model from a changed description, with the weights of the old one.

    Args:
        model: The old model.
        description: The new description.
        names: The old names of layers by their new ones, where they differ.
    """
    from kerasish.models.model import model_from_config

    new = model_from_config(description)
    old = {layer.name: layer for layer in model.layers}
    for layer in new.layers:
        source = old.get(names.get(layer.name, layer.name))
        if source is not None and layer.weights:
            weights = source.get_weights()
            if len(weights) == len(layer.weights):
                layer.set_weights(weights)
    return new


def renamed(model: Any, names: Mapping[str, str]) -> Any:
    """Return a model whose layers have other names.

    Args:
        model: A functional model or a chain.
        names: New names by old ones.

    Raises:
        ValueError: If there is no such layer, or a new name is taken.

    Example:

    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1, name="a")])
    >>> [layer.name for layer in renamed(model, {"a": "b"}).layers]
    ['b']
    """
    present = [layer.name for layer in model.layers]
    for old, new in names.items():
        if old not in present:
            raise ValueError(f"There is no layer {old!r} to rename.\n  got: {present}")
        if new in present:
            raise ValueError(f"The name {new!r} is taken by another layer.")
    description = _with_names(describe(model), names)
    changed = remade(model, description, {new: old for old, new in names.items()})
    if model.optimizer is not None:
        changed.compile_from_config(model.get_compile_config())
        if model.optimizer.built:
            changed.optimizer.build(changed.trainable_variables)
            values = [variable.numpy() for variable in model.optimizer.variables]
            for variable, value in zip(changed.optimizer.variables, values):
                variable.assign(value)
    return changed


def _with_names(value: Any, names: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {
            key: names.get(item, item)
            if key == "name" and isinstance(item, str)
            else _with_names(item, names)
            for key, item in value.items()
        }
    if isinstance(value, (list, tuple)):
        items = [_with_names(item, names) for item in value]
        is_place = len(items) == 3 and isinstance(items[0], str)
        if is_place and isinstance(items[1], int):
            items[0] = names.get(items[0], items[0])
        return items
    return value


def folded(model: Any) -> tuple[Any, int]:
    """Put batch normalizations into the convolutions and dense layers before them.

    Args:
        model: A functional model or a chain, for inference.

    Returns:
        The model without them, not compiled, and how many were folded.
    """
    sequential = type(model).__name__ == "Sequential"
    description = copy.deepcopy(describe(model))
    config = description["config"]
    pairs = _chain_pairs(config) if sequential else _graph_pairs(config)
    layers = {layer.name: layer for layer in model.layers}
    pairs = [pair for pair in pairs if _fits(*(layers.get(name) for name in pair))]
    gone = {second: first for first, second in pairs}
    kept = []
    for layer in config["layers"]:
        name = layer["config"]["name"]
        if name in gone:
            continue
        if name in gone.values():
            layer["config"]["use_bias"] = True
        kept.append(layer)
    config["layers"] = kept
    if not sequential:
        description["config"] = _with_places(config, gone)
    new = remade(model, description, {})
    for first, second in pairs:
        weights = _merged(layers[first], layers[second])
        new.get_layer(first).set_weights(weights)
    return new, len(pairs)


def _fits(first: Any, second: Any) -> bool:
    if type(first).__name__ not in _FOLDABLE or second is None:
        return False
    if type(second).__name__ != "BatchNormalization" or second.mode:
        return False
    last = getattr(first, "data_format", "channels_last") == "channels_last"
    axis = second.axis if isinstance(second.axis, int) else second.axis[0]
    rank = len(first.output.shape)
    if axis % rank != (rank - 1 if last else 1):
        return False
    return getattr(first.activation, "__name__", None) == "linear"


def _chain_pairs(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    names = [layer["config"]["name"] for layer in config["layers"]]
    return list(zip(names, names[1:]))


def _places(value: Any) -> list[str]:
    """The names of the layers whose outputs are referred to, once for each time."""
    if isinstance(value, Mapping):
        if value.get("class_name") == "__keras_tensor__":
            return [value["config"]["keras_history"][0]]
        return [name for item in value.values() for name in _places(item)]
    if isinstance(value, (list, tuple)):
        if len(value) == 3 and isinstance(value[0], str) and isinstance(value[1], int):
            return [value[0]]
        return [name for item in value for name in _places(item)]
    return []


def _graph_pairs(config: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Layers with one call each, where the second alone takes the first's output."""
    used = _places(config["output_layers"])
    calls: dict[str, list] = {}
    for layer in config["layers"]:
        calls[layer["name"]] = layer["inbound_nodes"]
        used += _places(layer["inbound_nodes"])
    pairs = []
    for name, nodes in calls.items():
        sources = _places(nodes)
        if len(nodes) != 1 or len(sources) != 1:
            continue
        source = sources[0]
        if used.count(source) == 1 and len(calls.get(source, ())) == 1:
            pairs.append((source, name))
    return pairs


def _with_places(value: Any, gone: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        return {key: _with_places(item, gone) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        items = [_with_places(item, gone) for item in value]
        if len(items) == 3 and isinstance(items[0], str) and items[0] in gone:
            items[0] = gone[items[0]]
        return items
    return value


def _merged(layer: Any, norm: Any) -> list[np.ndarray]:
    """Return kernel and bias of a layer with a normalization after it."""
    weights = [np.float64(array) for array in layer.get_weights()]
    kernel, bias = weights[0], weights[1] if len(weights) > 1 else 0.0
    mean = np.float64(norm.moving_mean.numpy())
    factor = 1.0 / np.sqrt(np.float64(norm.moving_variance.numpy()) + norm.epsilon)
    if norm.scale:
        factor = factor * np.float64(norm.gamma.numpy())
    shift = np.float64(norm.beta.numpy()) if norm.center else 0.0
    shape = kernel.shape[-2:] if type(layer).__name__.startswith("Depthwise") else (-1,)
    return [kernel * factor.reshape(shape), (bias - mean) * factor + shift]
