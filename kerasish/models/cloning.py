"""Copies of models with new weights."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish import tree
from kerasish.backend.graph import Tensor
from kerasish.layers.core.input_layer import Input, InputLayer
from kerasish.models.functional import Functional
from kerasish.models.model import Model
from kerasish.models.program import LayerStep, filled, store
from kerasish.models.sequential import Sequential


def clone_model(
    model: Model,
    input_tensors: Any = None,
    clone_function: Callable | None = None,
    call_function: Callable | None = None,
    recursive: bool = False,
    **kwargs: Any,
) -> Model:
    """Return a model of the same layers with new weights.

    A compiled model has a compiled copy, with an optimizer and metrics of its own.

    Args:
        model: A functional or sequential model; another one is copied by its
            configuration.
        input_tensors: Symbolic tensors to build the copy on.
        clone_function: Takes a layer and returns the one to use in its place; by
            default a layer of the same configuration.
        call_function: Takes `(layer, *args, **kwargs)` and returns the outputs of the
            new layer's call; functional models only.
        recursive: Whether `clone_function` is called for the layers of nested models
            too.
        **kwargs: Of no meaning.

    Returns:
        The copy.

    Raises:
        ValueError: If an option is not possible for this kind of model.

    Example:

    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> clone_model(model).count_params()
    3
    """
    cloner = _Cloner(clone_function, call_function, recursive)
    if isinstance(model, (Sequential, Functional)):
        copy = cloner.copy(model, input_tensors)
        if model.compiled:
            copy.compile(**model._compile_settings.for_a_copy())
        return copy
    if clone_function is not None or input_tensors is not None:
        raise ValueError(
            "`clone_function` and `input_tensors` are for functional and sequential "
            f"models only.\nReceived: model={model!r}"
        )
    return type(model).from_config(model.get_config())


class _Cloner:
    def __init__(self, clone: Callable | None, call: Callable | None, recursive: bool):
        self.clone_function = clone
        self.call_function = call
        self.recursive = recursive
        self.copies: dict[int, Any] = {}

    def layer(self, layer: Any) -> Any:
        if id(layer) not in self.copies:
            self.copies[id(layer)] = self._new(layer)
        return self.copies[id(layer)]

    def _new(self, layer: Any) -> Any:
        if isinstance(layer, (Functional, Sequential)) and (
            self.recursive or self.clone_function is None
        ):
            return clone_model(
                layer,
                clone_function=self.clone_function,
                call_function=self.call_function,
                recursive=self.recursive,
            )
        if self.clone_function is not None and not isinstance(layer, InputLayer):
            return self.clone_function(layer)
        new = type(layer).from_config(layer.get_config())
        if getattr(layer, "older_masks", False):
            new.older_masks = True
        return new

    def copy(self, model: Model, input_tensors: Any) -> Model:
        kind = self.sequential if isinstance(model, Sequential) else self.functional
        return kind(model, input_tensors)

    def sequential(self, model: Sequential, input_tensors: Any) -> Sequential:
        if self.call_function is not None:
            raise ValueError("`call_function` is for functional models only.")
        layers = [self.layer(layer) for layer in model._layers]
        if input_tensors is not None:
            flat = tree.flatten(input_tensors)
            if len(flat) != 1:
                raise ValueError(
                    "A sequential model has one input.\n"
                    f"Received: input_tensors={input_tensors}"
                )
            rest = layers[1:] if isinstance(model._layers[0], InputLayer) else layers
            return Sequential([_as_input(flat[0]), *rest], name=model.name)
        return Sequential(layers, name=model.name)

    def functional(self, model: Functional, input_tensors: Any) -> Model:
        if input_tensors is None:
            inputs = tree.map_structure(
                lambda tensor: self.layer(tensor.history.operation).output,
                model._inputs_struct,
            )
        else:
            flat = [_as_input(tensor) for tensor in tree.flatten(input_tensors)]
            inputs = tree.pack_sequence_as(model._inputs_struct, flat)
        program = model._program
        values: list[Any] = [None] * program.size
        for slot, tensor in zip(program.inputs, tree.flatten(inputs)):
            values[slot.index] = tensor
        for step in program.steps:
            if isinstance(step, LayerStep):
                args, kwargs = filled((step.args, step.kwargs), values)
                layer = self.layer(step.layer)
                if self.call_function is not None:
                    outputs = self.call_function(layer, *args, **kwargs)
                else:
                    outputs = layer(*args, **kwargs)
                store(step.results, outputs, values)
            else:
                step.run(values)
        outputs = filled(program.outputs, values)
        if not model._endpoints:
            return Functional(inputs, outputs, name=model.name)
        copy = Functional(inputs, outputs[0], name=model.name)
        for (kind, name), tensor in zip(model._endpoints, outputs[1:]):
            copy._add_endpoint(kind, name, tensor)
        return copy


def _as_input(tensor: Any) -> Any:
    if isinstance(tensor, Tensor) and tensor.is_symbolic:
        return tensor
    return Input(batch_shape=(None, *tensor.shape[1:]), dtype=str(tensor.dtype))
