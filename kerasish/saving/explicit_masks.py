"""Masks that Keras 3 stores as operations, where a mask passes along by itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

# Layers that hand the mask of their first input on.
_PASSING = frozenset(
    """Activation ActivityRegularization Add AlphaDropout Average BatchNormalization
    Bidirectional Concatenate ConvLSTM1D ConvLSTM2D Dropout ELU GRU GaussianDropout
    GaussianNoise LSTM LayerNormalization LeakyReLU Masking Maximum Minimum Multiply
    PReLU ReLU SimpleRNN Softmax SpatialDropout1D ThresholdedReLU
    TimeDistributed""".split()
)


def without_masks(description: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out comparisons with 0 that only repeat the mask of an `Embedding`.

    Keras 3 stores `not_equal(tokens, 0)` and gives it to each layer that takes a mask.
    Where the layer would get this mask anyway, both are left out, so that the model
    has a form of Keras 2.

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
        if layer["class_name"] == "NotEqual" and _only_repeats(layer, layers, by_name):
            layers = [
                _without_argument(item, name) for item in layers if item["name"] != name
            ]
    return {**description, "config": {**config, "layers": layers}}


def _source(value: Any) -> tuple | None:
    """Return `(layer, call, output)` of a described tensor."""
    if isinstance(value, Mapping) and value.get("class_name") == "__keras_tensor__":
        return tuple(value["config"]["keras_history"])
    return None


def _is_zero(value: Any) -> bool:
    if isinstance(value, Mapping) and isinstance(value.get("config"), Mapping):
        value = value["config"].get("value")
    return isinstance(value, (int, float)) and value == 0


def _only_repeats(op: Mapping[str, Any], layers: list, by_name: Mapping) -> bool:
    if len(op["inbound_nodes"]) != 1 or len(op["inbound_nodes"][0]["args"]) != 2:
        return False
    tokens, zero = op["inbound_nodes"][0]["args"]
    if _is_zero(tokens):
        tokens, zero = zero, tokens
    if _source(tokens) is None or not _is_zero(zero):
        return False
    mask = (op["name"], 0, 0)
    for layer in layers:
        for call in layer["inbound_nodes"]:
            others = [
                value for key, value in call["kwargs"].items()
                if not (key == "mask" and _source(value) == mask)
            ]  # fmt: skip
            if _uses((call["args"], others), op["name"]):
                return False
            if _source(call["kwargs"].get("mask")) == mask and not (
                call["args"] and _carries(call["args"][0], _source(tokens), by_name)
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


def _carries(value: Any, tokens: tuple | None, by_name: Mapping) -> bool:
    """Tell whether a tensor carries the mask that an `Embedding` makes of tokens."""
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
        if layer["class_name"] == "Embedding":
            masks = layer["config"].get("mask_zero")
            return bool(masks) and _source(call["args"][0]) == tokens
        if layer["class_name"] not in _PASSING:
            return False
        value = call["args"][0]
    return False


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
