"""Configurations of models in the form of Keras 2."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasish.layers.attention.multi_head_attention import MultiHeadAttention
from kerasish.layers.call_signature import call_signature
from kerasish.registry import CustomObjectScope
from kerasish.saving.explicit_masks import without_masks
from kerasish.saving.keras2_arguments import known_arguments
from kerasish.saving.reach import RECURRENT
from kerasish.serialization import resolve_class

# Keras 2 had another slope than Keras 3 under the same name.
_ACTIVATIONS: dict[str, Any] = {
    "hard_sigmoid_keras2": "hard_sigmoid",
    "hard_sigmoid": {
        "module": "keras.activations",
        "class_name": "function",
        "config": "hard_sigmoid",
        "registered_name": "hard_sigmoid",
    },
}
# Initializers that Keras 2.2 knows as cases of a general one only.
_SCALED = {
    "GlorotNormal": (1.0, "fan_avg", "normal"),
    "GlorotUniform": (1.0, "fan_avg", "uniform"),
    "HeNormal": (2.0, "fan_in", "normal"),
    "HeUniform": (2.0, "fan_in", "uniform"),
    "LecunNormal": (1.0, "fan_in", "normal"),
    "LecunUniform": (1.0, "fan_in", "uniform"),
}
# Names of arguments in Keras 2 that Keras 3 understands as well, by class.
_FORMER_NAMES = {"LeakyReLU": {"negative_slope": "alpha"}}


def keras2_model(
    description: Mapping[str, Any], model: Any, oldest: bool = False
) -> dict[str, Any]:
    """Return the description of a model in the form of Keras 2.

    Args:
        description: As `kerasish.registry.describe` returns it.
        model: The model or layer described.
        oldest: Whether Keras 2.2 matters more than Keras 3 where they exclude each
            other.

    Returns:
        A dictionary with `class_name` and `config`. A model with ops outside its
        layers has no such form and keeps that of Keras 3; see `has_old_form`.
    """
    plainer = without_masks(description)
    if free_op(plainer) is not None:
        return dict(description)
    # The classes of the layers at hand are known, wherever they were defined.
    classes = {type(layer).__name__: type(layer) for layer in model._flatten_layers()}
    with CustomObjectScope(classes):
        new = _object(plainer, nested=False)
    _add_shapes(new, {layer.name: layer for layer in model._flatten_layers()})
    return new if oldest else _with_single_ends(new)


def _add_shapes(value: Any, layers: Mapping[str, Any]) -> None:
    """Add the shapes that tf.keras stores for attention over several heads."""
    if isinstance(value, list):
        for item in value:
            _add_shapes(item, layers)
    if not isinstance(value, dict):
        return
    for item in value.values():
        _add_shapes(item, layers)
    config = value.get("config")
    layer = layers.get(config.get("name")) if isinstance(config, dict) else None
    if isinstance(layer, MultiHeadAttention):
        built = (layer.get_build_config() or {}).get("shapes_dict", {})
        for name in ("query_shape", "value_shape", "key_shape"):
            shape = built.get(name) or built.get("value_shape")
            config[name] = None if shape is None else list(shape)


def _with_single_ends(value: Any, wrapped: bool = False) -> Any:
    """Name the only input and output of models inside wrappers without a list.

    Keras 3 and tf.keras need it there, Keras 2.2 refuses it.
    """
    if isinstance(value, list):
        return [_with_single_ends(item) for item in value]
    if not isinstance(value, Mapping):
        return value
    new = {key: _with_single_ends(item, key == "layer") for key, item in value.items()}
    config = new.get("config")
    if wrapped and isinstance(config, Mapping) and "input_layers" in config:
        ends = {
            key: config[key][0]
            for key in ("input_layers", "output_layers")
            if len(config[key]) == 1 and isinstance(config[key], list)
        }
        new["config"] = {**config, **ends}
    return new


def has_old_form(config: Mapping[str, Any]) -> bool:
    """Tell whether a written description has the form of Keras 2.

    Args:
        config: What `keras2_model` returned.
    """
    return "module" not in config


def free_op(description: Mapping[str, Any]) -> str | None:
    """Return the name of an op outside the layers of a model, at any depth.

    Args:
        description: As `kerasish.registry.describe` returns it.
    """
    config = description.get("config")
    if not isinstance(config, Mapping):
        return None
    inner = [config["layer"]] if isinstance(config.get("layer"), Mapping) else []
    layers = config.get("layers")
    for layer in [*inner, *(layers if isinstance(layers, list) else [])]:
        if not isinstance(layer, Mapping):
            continue
        module = str(layer.get("module"))
        if layer["class_name"] == "OpStep" or module.startswith("keras.src.ops"):
            return layer["name"]
        found = free_op(layer)
        if found is not None:
            return found
    return None


def _object(description: Mapping[str, Any], nested: bool = True) -> dict[str, Any]:
    """Turn one described object, such as a layer, an initializer or a model."""
    class_name = description["class_name"]
    registered = description.get("registered_name")
    config = description["config"]
    if _is_functional(description):
        new = _functional(config)
        # Keras 2.2 and 2.3 know it under this name only, and all others as well.
        class_name = "Model" if class_name == "Functional" else class_name
    elif class_name == "Sequential":
        new = _sequential(config, nested)
    elif class_name == "InputLayer":
        new = _input_layer(config)
    else:
        new = plain(config, class_name)
        if class_name in _SCALED:
            class_name, scaled = "VarianceScaling", _SCALED[class_name]
            new = {**dict(zip(("scale", "mode", "distribution"), scaled)), **new}
    if registered and ">" in str(registered):
        class_name = registered
    described = {"class_name": class_name, "config": new}
    for name in ("graph", "older_masks"):
        if name in description:
            # Beside the configuration, where other readers do not look.
            described[name] = description[name]
    return described


def _is_functional(description: Mapping[str, Any]) -> bool:
    config = description["config"]
    return isinstance(config, Mapping) and "input_layers" in config


def _input_layer(config: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "batch_input_shape": list(config["batch_shape"]),
        "dtype": config["dtype"],
        "sparse": False,
        "name": config["name"],
    }


def _sequential(config: Mapping[str, Any], nested: bool) -> dict[str, Any]:
    layers = list(config["layers"])
    if nested and layers and layers[0]["class_name"] == "InputLayer":
        # Versions number the calls of an inner model with an input layer differently.
        layers = layers[1:]
    new = {"name": config["name"], "layers": [_object(layer) for layer in layers]}
    if config.get("build_input_shape") and not nested:
        new["build_input_shape"] = config["build_input_shape"]
    return new


def _functional(config: Mapping[str, Any]) -> dict[str, Any]:
    calls = _Calls({layer["name"]: layer for layer in config["layers"]})
    described = []
    for layer in config["layers"]:
        new = _object(layer)
        new["name"] = layer["name"]
        stored = [calls.old_form(call, layer) for call in layer["inbound_nodes"]]
        if calls.is_inner_model(layer["name"]):
            stored = [call for call in stored for _ in range(2)]
        new["inbound_nodes"] = stored
        described.append(new)
    extra = {
        key: plain(value)
        for key, value in config.items()
        if key not in ("layers", "input_layers", "output_layers", "name", "trainable")
    }
    return {
        "name": config["name"],
        "trainable": config["trainable"],
        **extra,
        "layers": described,
        "input_layers": calls.listed(config["input_layers"]),
        "output_layers": calls.listed(config["output_layers"], first=1),
    }


def plain(value: Any, class_name: str = "") -> Any:
    """Return plain data without what only Keras 3 knows.

    Args:
        value: A configuration or a part of one.
        class_name: The class that it configures.

    Example:

    >>> plain({"module": "keras.initializers", "class_name": "Zeros", "config": {},
    ...        "registered_name": None})
    {'class_name': 'Zeros', 'config': {}}
    """
    if isinstance(value, Mapping):
        if value.get("class_name") == "__tuple__":
            return [plain(item) for item in value["items"]]
        if value.get("class_name") == "function":
            return value["config"]
        if "class_name" in value and "config" in value:
            return {**_object(value), **_inner_layer(value)}
        names = _FORMER_NAMES.get(class_name, {})
        return {
            names.get(key, key): _ACTIVATIONS.get(item, item)
            if key.endswith("activation") and isinstance(item, str)
            else plain(item)
            for key, item in known_arguments(value, class_name).items()
        }
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    return value


def _inner_layer(value: Mapping[str, Any]) -> dict[str, Any]:
    """Return what Keras 3 needs to find the layer inside a wrapper."""
    if _is_functional(value) and value.get("module", "").startswith("keras."):
        return {"module": "keras", "registered_name": "Model"}
    if value.get("module") not in ("keras", "keras.layers"):
        return {}
    return {"module": value["module"], "registered_name": value.get("registered_name")}


class _Calls:
    """Turns the calls of a functional model into Keras 2's lists.

    Keras 2 numbers the calls of an inner functional model from 1, Keras 3 from 0. So
    that both read the same file, each of its calls is stored twice: call i is number
    2i and 2i + 1 for the one, 2i + 1 and 2i + 2 for the other, and 2i + 1 is used.

    Args:
        layers: The described layers by name.
    """

    def __init__(self, layers: Mapping[str, Any]):
        self.layers = layers

    def is_inner_model(self, name: str) -> bool:
        """Tell whether a layer is a functional model."""
        return _is_functional(self.layers[name])

    def history(self, value: Any, first: int = 0) -> list | None:
        """Return `[layer, call, output]` for a described tensor.

        Args:
            value: The description.
            first: The number that inner models begin with where it was described.
        """
        if isinstance(value, Mapping):
            if value.get("class_name") != "__keras_tensor__":
                return None
            value = value["config"]["keras_history"]
        if (
            isinstance(value, (list, tuple))
            and len(value) == 3
            and isinstance(value[0], str)
            and value[0] in self.layers
        ):
            name, number, position = value
            if self.is_inner_model(name):
                number = 2 * (number - first) + 1
            return [name, number, position]
        return None

    def listed(self, structure: Any, first: int = 0) -> Any:
        """Return inputs or outputs as a list of triples, dictionaries as they are."""
        one = self.history(structure, first)
        if one is not None:
            return [one]
        if isinstance(structure, Mapping):
            return {key: self.history(item, first) for key, item in structure.items()}
        return [
            self.history(item, first) or self.listed(item, first) for item in structure
        ]

    def old_form(self, call: Mapping[str, Any], layer: Mapping[str, Any]) -> Any:
        """Return one call: its inputs, each with the other arguments."""
        args, kwargs = list(call["args"]), dict(call["kwargs"])
        names = call_signature(resolve_class(layer).call).positional
        for name, value in zip(names[1:], args[1:]):
            kwargs[name] = value
        first = args[0] if args else kwargs.pop(names[0])
        if layer["class_name"] in RECURRENT and self._tensors(kwargs):
            # Keras 2.2 has the states beside the input, as later versions take too.
            first = [first, *self._tensors(kwargs)]
            del kwargs["initial_state"]
        kwargs = {key: self._argument(value) for key, value in kwargs.items()}
        return self._inputs(first, kwargs, outermost=True)

    def _tensors(self, kwargs: Mapping[str, Any]) -> list:
        """Return the initial states, if all of them are tensors of the model."""
        states = kwargs.get("initial_state")
        one = self.history(states)
        if one is not None:
            return [states]
        found = list(states) if isinstance(states, (list, tuple)) else []
        return found if all(self.history(state) for state in found) else []

    def _inputs(self, value: Any, kwargs: dict, outermost: bool = False) -> Any:
        one = self.history(value)
        if one is not None:
            entry = [*one, kwargs]
            return [entry] if outermost else entry
        if isinstance(value, (list, tuple)):
            return [self._inputs(item, kwargs) for item in value]
        if isinstance(value, Mapping) and "class_name" not in value:
            return {key: self._inputs(item, kwargs) for key, item in value.items()}
        constant = value["config"]["value"] if isinstance(value, Mapping) else value
        return ["_CONSTANT_VALUE", -1, constant, kwargs]

    def _argument(self, value: Any) -> Any:
        one = self.history(value)
        if one is not None:
            return one
        if isinstance(value, (list, tuple)):
            return [self._argument(item) for item in value]
        return plain(value)
