"""Models made of layer calls on symbolic tensors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasish import tree
from kerasish.backend.graph import Tensor, in_symbolic_scope
from kerasish.layers.core.input_layer import InputLayer
from kerasish.layers.node import producer
from kerasish.models.functional_inputs import (
    adjusted,
    check_symbolic,
    flat_inputs,
    is_input,
    new_inputs,
    tensor_names,
    unpacked,
)
from kerasish.models.model import Model
from kerasish.models.program import LayerStep, Program, variables_of


class Functional(Model):
    """A model between symbolic inputs and outputs.

    What is kept are the layer calls, not the ops inside them: each trace calls the
    layers again, with their attributes of that moment.

    Args:
        inputs: A tensor from `Input`, any other symbolic tensor, or a structure.
        outputs: A symbolic tensor that depends on them, or a structure.
        name: The name.
        **kwargs: `trainable`, `dtype`.

    Raises:
        ValueError: If an input or output is no symbolic tensor, or comes twice.
        GraphError: If an output depends on an input that is not given.

    Example:

    >>> import kerasish as keras
    >>> x = keras.Input((3,))
    >>> keras.Model(x, keras.layers.Dense(2)(x)).output_shape
    (None, 2)
    """

    _warns_of_lost_mask = False

    def __init__(
        self, inputs: Any, outputs: Any, name: str | None = None, **kwargs: Any
    ):
        trainable = kwargs.pop("trainable", None)
        Model.__init__(self, name=name, **kwargs)
        for what, structure in (("inputs", inputs), ("outputs", outputs)):
            check_symbolic(what, structure, self.name)
        outputs = unpacked(outputs)
        flat = tree.flatten(inputs)
        if len({id(tensor) for tensor in flat}) != len(flat):
            raise ValueError(f"The same tensor comes twice.\nReceived: inputs={inputs}")
        program = Program(flat, outputs)
        if not all(is_input(tensor) for tensor in flat):
            inputs = new_inputs(inputs)
            outputs = program.run(tree.flatten(inputs))
            program = Program(tree.flatten(inputs), outputs)
        self._adopt(inputs, outputs, program)
        if trainable is not None:
            self.trainable = trainable

    def _adopt(self, inputs: Any, outputs: Any, program: Program) -> None:
        set_plain = object.__setattr__
        set_plain(self, "_program", program)
        set_plain(self, "_inputs_struct", tree.map_structure(lambda x: x, inputs))
        set_plain(self, "_outputs_struct", tree.map_structure(lambda x: x, outputs))
        set_plain(self, "_inputs", tree.flatten(inputs))
        set_plain(self, "_outputs", tree.flatten(outputs))
        set_plain(self, "_endpoints", [])
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True
        self._layers = list(program.layers)
        for variable in variables_of(program):
            self._track_value(variable)
        self.input_names = tensor_names(self._inputs)
        self.output_names = tensor_names(self._outputs)
        self.built = True

    @property
    def inputs(self) -> list[Tensor]:
        """The symbolic inputs as a flat list."""
        return self._inputs

    @property
    def outputs(self) -> list[Tensor]:
        """The symbolic outputs as a flat list."""
        return self._outputs

    @property
    def input(self) -> Any:
        """The symbolic input, or the structure of inputs."""
        return unpacked(self._inputs_struct)

    @property
    def output(self) -> Any:
        """The symbolic output, or the structure of outputs."""
        return unpacked(self._outputs_struct)

    @property
    def input_shape(self) -> Any:
        """The shape of the input, or the structure of shapes."""
        return tree.map_structure(lambda leaf: tuple(leaf.shape), self.input)

    @property
    def output_shape(self) -> Any:
        """The shape of the output, or the structure of shapes."""
        return tree.map_structure(lambda leaf: tuple(leaf.shape), self.output)

    @property
    def layers(self) -> list:
        """The layers, deepest first."""
        return list(self._layers)

    @property
    def operations(self) -> list:
        """The layers and the steps outside layers, in the order of a run."""
        steps = [
            step.layer if isinstance(step, LayerStep) else step
            for step in self._program.steps
        ]
        inputs = [layer for layer in self._layers if isinstance(layer, InputLayer)]
        return list({id(step): step for step in [*inputs, *steps]}.values())

    @property
    def input_spec(self) -> Any:
        """What the inputs must look like."""
        return None

    @input_spec.setter
    def input_spec(self, value: Any) -> None:
        if value is not None:
            raise AttributeError("A functional model derives its `input_spec`.")

    def call(self, inputs: Any, training: Any = None, mask: Any = None, **kwargs: Any):
        """Call all layers again on other inputs.

        Args:
            inputs: Tensors in the structure of the model's inputs; a list or a
                dictionary by input names works as well.
            training: Handed to every layer.
            mask: Masks of the inputs, in their structure.
            **kwargs: Must be empty.

        Returns:
            The structure of the outputs.
        """
        values = self._standardized(inputs)
        if mask is not None:
            for position, item in enumerate(tree.flatten(mask)):
                if item is not None:
                    values[position] = values[position].fresh()
                    values[position].mask = item
        outputs = self._program.run(values)
        if self._endpoints:
            self._run_endpoints(outputs[1:])
            outputs = outputs[0]
        return outputs

    def _run_endpoints(self, values: Any) -> None:
        for (kind, name), value in zip(self._endpoints, values):
            if kind == "loss":
                super().add_loss(value)
            else:
                super().add_metric(value, name=name)

    def add_loss(self, loss: Any, inputs: Any = None) -> None:
        """Add scalars to what training minimises.

        Args:
            loss: A symbolic tensor of this model's graph, or what `Layer.add_loss`
                takes.
            inputs: Of no meaning; other versions have it.
        """
        for item in loss if isinstance(loss, (list, tuple)) else [loss]:
            if _is_endpoint(item):
                self._add_endpoint("loss", None, item)
            else:
                super().add_loss(item)

    def add_metric(
        self, value: Any, aggregation: str | None = None, name: str | None = None
    ) -> None:
        """Report the mean of a symbolic tensor of this model's graph."""
        if _is_endpoint(value):
            self._add_endpoint("metric", name or value.name, value)
        else:
            super().add_metric(value, aggregation, name)

    def _add_endpoint(self, kind: str, name: str | None, tensor: Tensor) -> None:
        tensors = [*self.__dict__.get("_endpoint_tensors", []), tensor]
        program = Program(self._inputs, [self._outputs_struct, *tensors])
        object.__setattr__(self, "_endpoint_tensors", tensors)
        object.__setattr__(self, "_program", program)
        self._endpoints.append((kind, name))
        known = {id(layer) for layer in self._layers}
        self._layers += [new for new in program.layers if id(new) not in known]
        self._note_change()

    def _standardized(self, inputs: Any) -> list[Tensor]:
        flat = flat_inputs(inputs, self._inputs_struct, self.input_names, self.name)
        return [
            adjusted(value, expected, name, self.name)
            for value, expected, name in zip(flat, self._inputs, self.input_names)
        ]

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Return the masks of the outputs for given inputs and their masks."""
        outputs = self.call(inputs, mask=previous_mask)
        return tree.map_structure(lambda leaf: leaf.mask, outputs)

    def _computes_mask(self) -> bool:
        # The inner layers have put the masks on the outputs already.
        return False

    def get_config(self) -> dict[str, Any]:
        """Return the layers and how they are connected."""
        from kerasish.models.functional_config import functional_config

        return functional_config(self)

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Any = None) -> Any:
        """Make a model from `get_config()`, or from a configuration of Keras 2.

        Args:
            config: The configuration.
            custom_objects: Maps names to classes and functions of the user.
        """
        from kerasish.models.functional_reader import read_functional

        return read_functional(cls, config, custom_objects)

    def __getstate__(self) -> dict[str, Any]:
        state = super().__getstate__()
        for name in ("_inputs", "_outputs", "_outputs_struct", "_endpoint_tensors"):
            state.pop(name, None)
        # Copies hold no graph: the input layers stand for their tensors.
        state["_inputs_struct"] = tree.map_structure(
            lambda tensor: producer(tensor).operation, self._inputs_struct
        )
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        set_plain = object.__setattr__
        inputs = tree.map_structure(lambda layer: layer.output, self._inputs_struct)
        outputs = self._program.run(tree.flatten(inputs))
        if self._endpoints:
            set_plain(self, "_endpoint_tensors", list(outputs[1:]))
            outputs = outputs[0]
        set_plain(self, "_inputs_struct", inputs)
        set_plain(self, "_outputs_struct", outputs)
        set_plain(self, "_inputs", tree.flatten(inputs))
        set_plain(self, "_outputs", tree.flatten(outputs))


def _is_endpoint(value: Any) -> bool:
    """Whether a value is a tensor of a model's graph, given outside any call."""
    return isinstance(value, Tensor) and value.is_symbolic and not in_symbolic_scope()
