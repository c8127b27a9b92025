"""Functional models from plain data of Keras 2 and Keras 3."""

from __future__ import annotations

import inspect
from collections.abc import Iterator, Mapping
from typing import Any

from kerasish import tree
from kerasish.backend.graph import learning_phase
from kerasish.layers import BatchNormalization, Layer
from kerasish.layers.merging.base_merge import Merge
from kerasish.models.old_configs import modern_layer
from kerasish.registry import CustomObjectScope
from kerasish.saving.upgrade.operations import read_operation
from kerasish.serialization import deserialize_keras_object

_OF_A_MODEL = {"inputs", "outputs", "layers", "input_layers", "output_layers", "args"}


def read_functional(cls: type, config: Mapping[str, Any], custom_objects: Any) -> Any:
    """Make a functional model from its configuration.

    Args:
        cls: The class of the model.
        config: The configuration, with `layers`, `input_layers`, `output_layers`.
        custom_objects: Maps names to classes and functions of the user.

    Raises:
        ValueError: If a layer is unknown, or a call refers to a missing layer.
    """
    with CustomObjectScope(custom_objects):
        graph = _Graph(config)
        graph.connect()
        inputs = graph.resolved(config["input_layers"])
        graph.begin_outputs()
        outputs = graph.resolved(config["output_layers"])
    own = {k: config[k] for k in _own_arguments(cls) if k in config}
    model = cls(inputs=inputs, outputs=outputs, name=config.get("name"), **own)
    # The order of weights follows from it, and ops between layers do not tell it.
    places = {id(layer): place for place, layer in enumerate(graph.layers.values())}
    model._layers.sort(key=lambda layer: places.get(id(layer), len(places)))
    if config.get("trainable") is False:
        model.trainable = False
    return model


def _own_arguments(cls: type) -> set[str]:
    """Returns what the constructor of a user's class names beyond that of a model."""
    names = set(inspect.signature(cls.__init__).parameters)
    return names - set(inspect.signature(Layer.__init__).parameters) - _OF_A_MODEL


class _Graph:
    """The layers of a configuration, and the results of the calls made so far."""

    def __init__(self, config: Mapping[str, Any]):
        self.layers: dict[str, Any] = {}
        self.results: dict[str, list[list]] = {}
        self.pending: list[tuple[str, list]] = []
        for description in config["layers"]:
            name, layer = _read_layer(description)
            self.layers[name] = layer
            self.results[name] = []
            calls = list(description.get("inbound_nodes") or [])
            if calls:
                self.pending.append((name, calls))
            elif getattr(layer, "_inbound_nodes", None):
                self.results[name].append(layer._inbound_nodes[0].output_tensors)
        self._is_keras3 = any(
            isinstance(call, Mapping) and "args" in call
            for _, calls in self.pending
            for call in calls
        )
        self.first_call = self._first_calls(config)

    def _first_calls(self, config: Mapping[str, Any]) -> dict[str, int]:
        """The number of the first call by layer.

        Keras 2 numbers the calls of inner models from 1. Keras 3 counts calls outside
        the model as well; in its outputs it numbers as Keras 2 does.
        """
        stored = [calls for _, calls in self.pending]
        lowest: dict[str, int] = {}
        highest: dict[str, int] = {}
        if not self._is_keras3:
            stored.append(config["output_layers"])
        for name, number, _ in self._references(stored):
            lowest[name] = min(number, lowest.get(name, number))
            highest[name] = max(number, highest.get(name, number))
        if not self._is_keras3:
            return lowest
        counts = {name: len(calls) for name, calls in self.pending}
        return {
            name: max(0, number - counts.get(name, 1) + 1)
            for name, number in highest.items()
        }

    def begin_outputs(self) -> None:
        """From now on, resolve references as the outputs of the model have them."""
        if self._is_keras3:
            self.first_call = {
                name: int(hasattr(layer, "_program"))
                for name, layer in self.layers.items()
            }

    def _reference(self, value: Any) -> tuple[str, int, int] | None:
        """Read `value` as a reference to a call's output, if it is one."""
        if isinstance(value, Mapping):
            if value.get("class_name") != "__keras_tensor__":
                return None
            value = value["config"]["keras_history"]
        if not isinstance(value, (list, tuple)) or len(value) not in (3, 4):
            return None
        name, number, position = value[:3]
        if not isinstance(name, str) or name not in self.layers:
            return None
        if type(number) is not int or type(position) is not int:
            return None
        return name, number, position

    def _references(self, value: Any) -> Iterator[tuple[str, int, int]]:
        stack = [value]
        while stack:
            item = stack.pop()
            reference = self._reference(item)
            if reference is not None:
                yield reference
                stack.extend(item[3:] if isinstance(item, (list, tuple)) else ())
            elif isinstance(item, Mapping):
                stack.extend(item.values())
            elif isinstance(item, (list, tuple)):
                stack.extend(item)

    def _outputs(self, name: str, number: int) -> list | None:
        place = number - self.first_call.get(name, 0)
        results = self.results[name]
        return results[place] if place < len(results) else None

    def connect(self) -> None:
        """Call the layers, each as soon as its inputs exist."""
        while self.pending:
            waiting, progress = [], False
            for name, calls in self.pending:
                while calls and self._is_ready(calls[0]):
                    self._call(name, calls.pop(0))
                    progress = True
                if calls:
                    waiting.append((name, calls))
            if waiting and not progress:
                raise ValueError(
                    "The configuration is inconsistent: the inputs of some layers are "
                    f"made nowhere.\n  got: layers {[name for name, _ in waiting]}"
                )
            self.pending = waiting

    def _is_ready(self, call: Any) -> bool:
        references = self._references(call)
        return all(self._outputs(name, n) is not None for name, n, _ in references)

    def _call(self, name: str, call: Any) -> None:
        if isinstance(call, Mapping) and "args" in call:
            args, kwargs = self.resolved(call["args"]), self.resolved(call["kwargs"])
            _drop_default_phase(self.layers[name], kwargs)
        else:
            kwargs = {}
            inputs = self._old_inputs(call, kwargs)
            # A constant in the place of an input is no list of inputs.
            several = isinstance(inputs, list) and "_CONSTANT_VALUE" not in call[:1]
            args = inputs if several and len(inputs) == 1 else [inputs]
        outputs = self.layers[name](*args, **kwargs)
        self.results[name].append(tree.flatten(outputs))

    def _old_inputs(self, value: Any, kwargs: dict[str, Any]) -> Any:
        """Return the inputs of a call as Keras 2 stored it, and collect its kwargs."""
        is_list = isinstance(value, (list, tuple))
        if is_list and value and value[0] == "_CONSTANT_VALUE":
            kwargs.update(self.resolved(value[3]) if len(value) > 3 else {})
            return value[2]
        if self._reference(value) is not None:
            kwargs.update(self.resolved(value[3]) if len(value) > 3 else {})
            return self.resolved(value[:3])
        if isinstance(value, Mapping):
            return {key: self._old_inputs(item, kwargs) for key, item in value.items()}
        return [self._old_inputs(item, kwargs) for item in value] if is_list else value

    def resolved(self, value: Any) -> Any:
        """Return a structure with tensors in the place of references.

        Args:
            value: Plain data.

        Raises:
            ValueError: If a reference names an output that does not exist.
        """
        reference = self._reference(value)
        if reference is not None:
            name, number, position = reference
            outputs = self._outputs(name, number)
            if outputs is None or position >= len(outputs):
                raise ValueError(
                    "The configuration is inconsistent: a call refers to an output "
                    f"that does not exist.\n  got: {list(reference)}"
                )
            return outputs[position]
        if isinstance(value, Mapping):
            if value.get("class_name") == "__learning_phase__":
                return learning_phase()
            if "class_name" in value:
                return deserialize_keras_object(value)
            return {key: self.resolved(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self.resolved(item) for item in value]
        return value


def _drop_default_phase(layer: Any, kwargs: dict[str, Any]) -> None:
    """Drop the `training=False` that Keras 3 stores for calls that did not say it.

    It is the default of the layers that drop or disturb values, and a step of training
    overrides it. Batch normalisation and models have no such default: there it is what
    the program asked for, as fine-tuning does.
    """
    keeps = isinstance(layer, BatchNormalization) or hasattr(layer, "fit")
    if kwargs.get("training") is False and not keeps:
        del kwargs["training"]


def _read_layer(description: Mapping[str, Any]) -> tuple[str, Any]:
    from kerasish.layers import lookup

    description = modern_layer(description)
    config = description["config"]
    name = description.get("name") or config.get("name")
    operation = read_operation(description)
    if operation is not None:
        return name, operation
    layer = lookup.deserialize(description)
    if description.get("older_masks") is True and isinstance(layer, Merge):
        layer.older_masks = True
    return name or layer.name, layer
