"""Configurations of models of any version brought into today's form."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasish.errors import FileFormatError
from kerasish.registry import get_registered_object
from kerasish.saving.upgrade import keras1
from kerasish.saving.upgrade.unknown_layers import UnknownLayers
from kerasish.saving.version_defaults import KerasVersion, engine_has, version_default

# Models inside models inside ...: more than this is no model.
_DEEPEST = 64
_SAME_LAYER = {"CuDNNGRU": "GRU", "CuDNNLSTM": "LSTM", "BatchNormalizationV1":
               "BatchNormalization", "BatchNormalizationV2": "BatchNormalization",
               "SyncBatchNormalization": "BatchNormalization"}  # fmt: skip
_CUDNN = {
    "CuDNNGRU": {
        "recurrent_activation": "sigmoid",
        "reset_after": True,
    },
    "CuDNNLSTM": {"recurrent_activation": "sigmoid"},
}
# Arguments of older versions that change no result, by class; `""` for every class.
_WITHOUT_MEANING: dict[str, tuple[str, ...]] = {
    "": ("shared_object_id", "_keras_history", "call_dtype"),
    "Attention": ("causal",),
    "AdditiveAttention": ("causal",),
    "BatchNormalization": ("fused", "virtual_batch_size", "adjustment"),
    "GRU": ("implementation",),
    "LSTM": ("implementation",),
    "LocallyConnected1D": ("implementation",),
    "LocallyConnected2D": ("implementation",),
    "SimpleRNN": ("implementation",),
    "ConvLSTM2D": ("implementation",),
    "ConvRecurrent2D": ("implementation",),
}  # fmt: skip
_MERGING = frozenset(
    "Add Average Concatenate Maximum Minimum Multiply Subtract".split()
)
_ZEROING = frozenset("ConvLSTM1D ConvLSTM2D ConvLSTM3D GRU LSTM RNN SimpleRNN".split())
# The version whose configurations need no change.
TODAY = "3.15.0"


def guessed_version(config: Any) -> str:
    """Guess which version wrote the configuration of a model that does not say so.

    Args:
        config: The description, with `class_name` and `config`.

    Returns:
        `'1.2.2'` if it has arguments of Keras 1, `'3.0.0'` if it names modules,
        otherwise `'2.15.0'`.

    Example:

    >>> guessed_version({"class_name": "Dense", "config": {"init": "zero"}})
    '1.2.2'
    """
    stack, steps = [config], 0
    while stack and steps < 100_000:
        item = stack.pop()
        steps += 1
        if isinstance(item, Mapping):
            if "module" in item and "class_name" in item:
                return "3.0.0"
            if "class_name" in item and keras1.is_keras1_layer(item.get("config")):
                return "1.2.2"
            stack += [item[key] for key in ("config", "layers", "layer") if key in item]
        elif isinstance(item, list):
            stack += item
    return "2.15.0"


def modern_config(
    config: Any, version: str | None, backend: str = "", own: bool = False
) -> Any:
    """Return the description of a model or layer as today's classes take it.

    Args:
        config: The description, with `class_name` and `config`, of any version.
        version: The version that wrote it, as stored.
        backend: What computed, where it is known, such as `'theano'`.
        own: Whether this package wrote it, in the form of that version.

    Raises:
        FileFormatError: If it is nested too deeply.
        UnknownLayerError: If layers or functions of Lambdas are not known.

    Example:

    >>> old = {"class_name": "GRU", "config": {"units": 2}}
    >>> modern_config(old, "2.0.8")["config"]["reset_after"]
    False
    """
    parsed = KerasVersion.parse(version)
    ordering = keras1.common_ordering(config) if parsed.major < 2 else None
    upgrade = _Upgrade(parsed, ordering, backend, own)
    result = upgrade.described(config)
    upgrade.unknown.report()
    return {**result, "keras_version": TODAY} if isinstance(result, dict) else result


def upgraded_settings(class_name: str, settings: Any) -> Any:
    """Return what `from_config` of a model takes, for what Keras 1 had returned.

    Args:
        class_name: `'Sequential'` or `'Model'`.
        settings: What `get_config` returned; that of later versions is left as it is.

    Example:

    >>> old = {"class_name": "Dense", "config": {"output_dim": 3, "init": "zero"}}
    >>> upgraded_settings("Sequential", [old])["layers"][0]["config"]["units"]
    3
    """
    described = {"class_name": class_name, "config": settings}
    version = guessed_version(described)
    if KerasVersion.parse(version).major > 1:
        return settings
    return modern_config(described, version)["config"]


class _Upgrade:
    """Walks through a configuration.

    Args:
        version: The version that wrote it.
        ordering: The `dim_ordering` of layers of Keras 1 that did not store theirs.
        backend: What computed.
        own: Whether this package wrote it.
    """

    def __init__(
        self, version: KerasVersion, ordering: str | None, backend: str, own: bool
    ):
        self.version = version
        self.own = own
        self.backend = backend
        self.ordering = ordering
        self.depth = 0
        self.unknown = UnknownLayers()

    def described(self, item: Any) -> Any:
        """Return one described layer or model."""
        if not isinstance(item, Mapping) or "class_name" not in item:
            return item
        self.depth += 1
        if self.depth > _DEEPEST:
            raise FileFormatError("The configuration is nested too deeply.")
        try:
            return self._one(item)
        finally:
            self.depth -= 1

    def _one(self, item: Mapping[str, Any]) -> dict[str, Any]:
        class_name, config = item["class_name"], item.get("config")
        new = dict(item)
        if not isinstance(class_name, str):
            raise ValueError(f"A class has no name.\n  got: {class_name!r}")
        if isinstance(config, list) and class_name == "Sequential":
            config = {"name": item.get("name"), "layers": config}
        if not isinstance(config, Mapping):
            return new
        if "layers" in config and class_name != "Merge":
            return self._model(new, class_name, config)
        if get_registered_object(class_name) is not None:
            return new
        if class_name == "InputLayer":
            return {**new, "config": self._input_layer(config)}
        if self.version.major < 2:
            class_name, config = keras1.modern_layer(class_name, config, self.ordering)
        class_name, config = self._layer(class_name, dict(config))
        new = {**new, "class_name": class_name, "config": config}
        if class_name in _MERGING and not self.own:
            if version_default("merging", "older_masks", self.version):
                new["older_masks"] = True
        if class_name == "Lambda":
            return {**new, "config": self.unknown.lambda_layer(new)}
        self.unknown.check(new)
        return new

    def _model(self, new: dict, class_name: str, config: Mapping) -> dict[str, Any]:
        layers = config["layers"]
        if not isinstance(layers, list):
            return new
        first = layers[0] if layers else None
        if isinstance(first, Mapping) and first.get("class_name") == "Merge":
            merged = keras1.functional_of_merge(config.get("name"), layers)
            new, config = {**new, **merged}, merged["config"]
            layers = config["layers"]
        described = [self.described(layer) for layer in layers]
        for old, layer in zip(layers, described):
            if isinstance(old, Mapping) and _is_causal(old):
                _add_argument(layer, "use_causal_mask", True)
        return {**new, "config": {**config, "layers": described}}

    def _input_layer(self, config: Mapping[str, Any]) -> dict[str, Any]:
        new = dict(config)
        new.pop("shared_object_id", None)
        if "input_dtype" in new:
            new["dtype"] = new.pop("input_dtype")
        return new

    def _layer(self, class_name: str, config: dict) -> tuple[str, dict[str, Any]]:
        config.update(_CUDNN.get(class_name, {}))
        class_name = _SAME_LAYER.get(class_name, class_name)
        if class_name == "SReLU" and engine_has(self.backend, "limited SReLU"):
            config["limited"] = True
        for key in ("layer", "cell", "backward_layer"):
            if isinstance(config.get(key), Mapping):
                config[key] = self.described(config[key])
        if isinstance(config.get("cells"), list):
            config["cells"] = [self.described(cell) for cell in config["cells"]]
        if self.version.major < 3:
            dropped = (*_WITHOUT_MEANING[""], *_WITHOUT_MEANING.get(class_name, ()))
            config = {k: v for k, v in config.items() if k not in dropped}
            self._add_defaults(class_name, config)
            if isinstance(config.get("dtype"), Mapping):
                config["dtype"] = _policy_name(config["dtype"])
            if class_name == "Embedding" and "int" in str(config.get("dtype")):
                # Some versions stored the data type of the input.
                del config["dtype"]
        for key, value in config.items():
            if key.endswith("activation"):
                config[key] = self._activation(value)
        return class_name, config

    def _add_defaults(self, class_name: str, config: dict[str, Any]) -> None:
        if class_name == "Bidirectional":
            name = "zero_output_for_mask"
            default = version_default(class_name, name, self.version)
            for layer in (config.get("layer"), config.get("backward_layer")):
                if isinstance(layer, dict) and layer["class_name"] in _ZEROING:
                    layer["config"] = {name: default, **layer["config"]}
        cell = class_name.removesuffix("Cell")
        for name in ("recurrent_activation", "reset_after"):
            if name in config:
                continue
            try:
                config[name] = version_default(cell, name, self.version)
            except KeyError:
                continue

    def _activation(self, value: Any) -> Any:
        plain = value.get("class_name") if isinstance(value, Mapping) else value
        if plain != "hard_sigmoid" or get_registered_object(plain) is not None:
            return value
        slope = version_default("hard_sigmoid", "slope", self.version)
        return "hard_sigmoid_keras2" if slope == 0.2 else "hard_sigmoid"


def _is_causal(layer: Mapping[str, Any]) -> bool:
    config = layer.get("config")
    attends = layer.get("class_name") in ("Attention", "AdditiveAttention")
    return attends and isinstance(config, Mapping) and bool(config.get("causal"))


def _add_argument(layer: dict[str, Any], name: str, value: Any) -> None:
    """Add an argument to the calls of a layer in a functional model of Keras 2."""
    calls = []
    for call in layer.get("inbound_nodes") or []:
        first, *others = call
        kwargs = {**(first[3] if len(first) > 3 else {}), name: value}
        calls.append([[*first[:3], kwargs], *others])
    layer["inbound_nodes"] = calls


def _policy_name(policy: Mapping[str, Any]) -> Any:
    """Return the name of a data type policy as tf.keras described it."""
    config = policy.get("config")
    return config.get("name") if isinstance(config, Mapping) else None
