"""Masks that Keras 3 stores as operations, where a mask passes along by itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

# Layers that hand the mask of their first input on.
_PASSING = frozenset(
    """Activation ActivityRegularization Add AlphaDropout Average BatchNormalization
    Bidirectional Concatenate ConvLSTM1D ConvLSTM2D Dropout ELU GRU GaussianDropout
    GaussianNoise LSTM LayerNormalization LeakyReLU Maximum Minimum Multiply
    PReLU ReLU SimpleRNN Softmax SpatialDropout1D ThresholdedReLU
    TimeDistributed""".split()
)


def without_masks(description: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out comparisons that only repeat the mask of an `Embedding` or `Masking`.

    Keras 3 stores `not_equal(tokens, 0)` or `any(not_equal(x, value), axis=-1)` and
    gives it to each layer that takes a mask. Where the layer would get this mask
    anyway, both are left out, so that the model has a form of Keras 2.

    Args:
        description: The description of a model.

    Returns:
        The description; the same one if nothing is left out.
    """
    config = description.get("config")
    if not isinstance(config, Mapping) or "input_layers" not in config:
        return dict(description)
    layers = [
        {**layer, **without_masks(layer)} if "config" in layer else layer
        for layer in config["layers"]
    ]
    by_name = {layer["name"]: layer for layer in layers}
    for name, layer in list(by_name.items()):
        mask = _mask_of(layer, by_name)
        if mask is None or _names(config["output_layers"]) & set(mask.ops):
            continue
        if _only_repeats(mask, layers, by_name):
            layers = [
                _without_argument(item, name)
                for item in layers
                if item["name"] not in mask.ops
            ]
    return {**description, "config": {**config, "layers": layers}}


def _source(value: Any) -> tuple | None:
    """Return `(layer, call, output)` of a described tensor."""
    if isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__":
        return tuple(value["config"]["keras_history"])
    return None


@dataclass(frozen=True)
class _Mask:
    """A mask that ops make: `ops[-1]` is the last of them.

    Attributes:
        ops: The names of the ops.
        source: The tensor that is compared.
        value: The number that it is compared with.
        maker: The class of the layer that makes the same mask.
    """

    ops: tuple[str, ...]
    source: tuple
    value: float
    maker: str


def _number(value: Any) -> float | None:
    if isinstance(value, Mapping) and isinstance(value.get("config"), Mapping):
        value = value["config"].get("value")
    return float(value) if isinstance(value, (int, float)) else None


def _mask_of(layer: Mapping[str, Any], by_name: Mapping) -> _Mask | None:
    """Return the mask that an op makes, if it is of the kind that Keras 3 stores."""
    if layer["class_name"] not in ("NotEqual", "Any"):
        return None
    if len(layer["inbound_nodes"]) != 1:
        return None
    args = layer["inbound_nodes"][0]["args"]
    if layer["class_name"] == "Any":
        source = _source(args[0]) if len(args) == 1 else None
        inner = None if source is None else by_name.get(source[0])
        if inner is None or not _is_over_the_last_axis(layer["config"], args[0]):
            return None
        if inner["class_name"] != "NotEqual":
            return None
        mask = _mask_of(inner, by_name)
        if mask is None:
            return None
        return _Mask((*mask.ops, layer["name"]), mask.source, mask.value, "Masking")
    if len(args) != 2:
        return None
    sources = [_source(arg) for arg in args if _source(arg) is not None]
    numbers = [_number(arg) for arg in args if _source(arg) is None]
    if len(sources) != 1 or numbers[0] is None:
        return None
    return _Mask((layer["name"],), sources[0], numbers[0], "Embedding")


def _names(value: Any) -> set[str]:
    """Return all strings in a structure of `[layer, call, output]`."""
    if isinstance(value, str):
        return {value}
    if isinstance(value, Mapping):
        value = list(value.values())
    items = value if isinstance(value, (list, tuple)) else []
    return {name for item in items for name in _names(item)}


def _is_over_the_last_axis(config: Mapping[str, Any], argument: Mapping) -> bool:
    axis, rank = config.get("axis"), len(argument["config"]["shape"])
    axis = axis[0] if isinstance(axis, list) and len(axis) == 1 else axis
    return axis in (-1, rank - 1) and not config.get("keepdims")


def _only_repeats(wanted: _Mask, layers: list, by_name: Mapping) -> bool:
    mask = (wanted.ops[-1], 0, 0)
    for layer in layers:
        if layer["name"] in wanted.ops:
            continue
        for call in layer["inbound_nodes"]:
            others = [
                value for key, value in call["kwargs"].items()
                if not (key == "mask" and _source(value) == mask)
            ]  # fmt: skip
            if any(_uses((call["args"], others), name) for name in wanted.ops):
                return False
            if _source(call["kwargs"].get("mask")) == mask and not (
                call["args"] and _carries(call["args"][0], wanted, by_name)
            ):
                return False
    return True


def _uses(value: Any, name: str) -> bool:
    source = _source(value)
    if source is not None:
        return source[0] == name
    if isinstance(value, Mapping):
        return any(_uses(item, name) for item in value.values())
    return isinstance(value, (list, tuple)) and any(_uses(item, name) for item in value)


def _carries(value: Any, wanted: _Mask, by_name: Mapping) -> bool:
    """Tell whether a tensor carries a mask that a layer before it makes."""
    for _ in range(len(by_name) + 1):
        if isinstance(value, (list, tuple)) and value:
            value = value[0]
        source = _source(value)
        if source is None or source[0] not in by_name:
            return False
        layer = by_name[source[0]]
        if len(layer["inbound_nodes"]) <= source[1]:
            return False
        call = layer["inbound_nodes"][source[1]]
        if not call["args"]:
            return False
        if layer["class_name"] in ("Embedding", "Masking"):
            return _makes(layer, wanted) and _source(call["args"][0]) == wanted.source
        if layer["class_name"] not in _PASSING:
            return False
        value = call["args"][0]
    return False


def _makes(layer: Mapping[str, Any], wanted: _Mask) -> bool:
    if layer["class_name"] != wanted.maker:
        return False
    if wanted.maker == "Embedding":
        return bool(layer["config"].get("mask_zero")) and wanted.value == 0
    return float(layer["config"].get("mask_value", 0.0)) == wanted.value


def _without_argument(layer: Mapping[str, Any], name: str) -> dict[str, Any]:
    calls = [
        {
            **call,
            "kwargs": {
                key: value
                for key, value in call["kwargs"].items()
                if not (key == "mask" and _uses(value, name))
            },
        }
        for call in layer["inbound_nodes"]
    ]
    return {**layer, "inbound_nodes": calls}
