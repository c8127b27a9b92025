"""Functional models as plain data."""

from __future__ import annotations

from typing import Any

from kerasish import tree
from kerasish.backend.graph import Tensor, Variable, as_numpy
from kerasish.models.keras_operations import keras_operation
from kerasish.models.program import LayerStep, LearningPhase, Slot
from kerasish.registry import describe
from kerasish.serialization import serialize_keras_object


def functional_config(model: Any) -> dict[str, Any]:
    """Return the configuration of a functional model in Keras 3's form.

    Args:
        model: The model.

    Returns:
        A dictionary with `name`, `trainable`, `layers`, `input_layers` and
        `output_layers`; each layer has its calls in `inbound_nodes`.
    """
    return _Writer(model).config()


class _Writer:
    def __init__(self, model: Any):
        self.model = model
        self.program = model._program
        self.calls: dict[str, list[dict]] = {}
        # What each slot is called in the file: layer name, call number, output number.
        self.names: dict[int, list] = {}
        for slot, tensor in zip(self.program.inputs, model._inputs):
            self.names[slot.index] = [_input_name(tensor), 0, 0]
        self.inner: set[int] = set()

    def config(self) -> dict[str, Any]:
        ops = []
        for step in self.program.steps:
            calls = self.calls.setdefault(step.name, [])
            for slot in tree.flatten(step.results):
                if isinstance(slot, Slot):
                    self.names[slot.index] = [step.name, len(calls), slot.source[1]]
                    if _is_inner_model(step):
                        self.inner.add(slot.index)
            args, kwargs = self._plain((step.args, step.kwargs))
            calls.append({"args": args, "kwargs": kwargs})
            if not isinstance(step, LayerStep):
                ops.append(self._op(step))
        outputs = self.program.outputs
        if self.model._endpoints:
            outputs = outputs[0]
        return {
            "name": self.model.name,
            "trainable": self.model.trainable,
            "layers": [self._layer(layer) for layer in self.model._layers] + ops,
            "input_layers": self._named(self.program_inputs()),
            "output_layers": self._named(outputs, first=1),
        }

    def program_inputs(self) -> Any:
        return tree.pack_sequence_as(self.model._inputs_struct, self.program.inputs)

    def _named(self, structure: Any, first: int = 0) -> Any:
        if isinstance(structure, Slot):
            name, number, position = self.names[structure.index]
            # The calls of inner models are numbered from 1 here, elsewhere from 0.
            number += first if structure.index in self.inner else 0
            return [name, number, position]
        if isinstance(structure, dict):
            return {key: self._named(item, first) for key, item in structure.items()}
        return [self._named(item, first) for item in structure]

    def _layer(self, layer: Any) -> dict[str, Any]:
        return {
            **describe(layer),
            "name": layer.name,
            "inbound_nodes": self.calls.get(layer.name, []),
        }

    def _op(self, step: Any) -> dict[str, Any]:
        call = self.calls[step.name][0]
        known = keras_operation(step.op, step.attrs, call["args"])
        if known is not None:
            return {
                "module": known["module"],
                "class_name": known["class_name"],
                "config": {"name": step.name, **known["config"]},
                "registered_name": known["class_name"],
                "name": step.name,
                "inbound_nodes": [{"args": known["args"], "kwargs": {}}],
            }
        config = {"name": step.name, "op": step.op}
        config["attrs"] = serialize_keras_object(step.attrs)
        return {
            "module": "keras.models",
            "class_name": "OpStep",
            "config": config,
            "registered_name": None,
            "name": step.name,
            "inbound_nodes": self.calls[step.name],
        }

    def _plain(self, value: Any) -> Any:
        if isinstance(value, Slot):
            config = {
                "shape": list(value.spec.shape),
                "dtype": value.spec.dtype,
                "keras_history": self.names[value.index],
            }
            return {"class_name": "__keras_tensor__", "config": config}
        if isinstance(value, LearningPhase):
            return {"class_name": "__learning_phase__", "config": {}}
        if isinstance(value, dict):
            return {key: self._plain(item) for key, item in value.items()}
        if isinstance(value, (list, tuple)):
            return [self._plain(item) for item in value]
        if isinstance(value, (Tensor, Variable)):
            array = as_numpy(value)
            config = {"value": array.tolist(), "dtype": array.dtype.name}
            return {"class_name": "__tensor__", "config": config}
        return serialize_keras_object(value)


def _is_inner_model(step: Any) -> bool:
    layer = getattr(step, "layer", None)
    return layer is not None and "_program" in layer.__dict__


def _input_name(tensor: Any) -> str:
    return tensor.history.operation.name
