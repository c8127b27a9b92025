"""Models that are a plain list of layers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from kerasish import tree
from kerasish.backend.graph import Tensor
from kerasish.layers.call_signature import is_shape
from kerasish.layers.core.input_layer import Input, InputLayer
from kerasish.layers.layer import Layer
from kerasish.layers.layer_call import scope_of
from kerasish.layers.node import producer
from kerasish.models.functional import Functional
from kerasish.models.functional_inputs import unpacked
from kerasish.models.model import Model
from kerasish.registry import CustomObjectScope


class Sequential(Model):
    """Layers applied one after another.

    With an input shape (an `Input` first, or `input_shape` on the first layer) the
    weights exist at once, otherwise from the first call or `build` on.

    Args:
        layers: The layers.
        trainable: Whether training changes the weights.
        name: The name.

    Raises:
        ValueError: If two layers have one name or one has several outputs.

    Example:

    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(2)])
    >>> model.output_shape
    (None, 2)
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make the model; its arguments never mean a functional one."""
        return Layer.__new__(cls, *args, **kwargs)

    def __init__(
        self,
        layers: Iterable[Any] | None = None,
        trainable: bool = True,
        name: str | None = None,
        **kwargs: Any,
    ):
        super().__init__(trainable=trainable, name=name, **kwargs)
        self._disconnect()
        self._allow_non_tensor_positional_args = True
        for layer in layers or []:
            self._add(layer)
        self._rebuild()

    def add(self, layer: Any, rebuild: bool = True) -> None:
        """Append a layer.

        Args:
            layer: A layer or a model; for the first also a tensor of `Input`.
            rebuild: Whether to build it at once where the input shape is known.

        Raises:
            ValueError: If it is no layer or its name is taken.
        """
        chain = self._chain
        self._add(layer)
        self._disconnect()
        if rebuild and chain:
            # Only the new layer is called, so that each has one call to ask about.
            self._connect(chain, self._layers[-1:])
        elif rebuild:
            self._rebuild()

    def _add(self, layer: Any) -> None:
        if isinstance(layer, Tensor) and layer.history is not None:
            layer = producer(layer).operation
        if not isinstance(layer, Layer):
            if not callable(layer) or isinstance(layer, type):
                raise ValueError(
                    f'model "{self.name}": only layers can be added.\n'
                    f"Received: {layer!r} of type {type(layer).__name__}"
                )
            from kerasish import layers

            layer = layers.Lambda(layer)
        if any(layer is known or layer.name == known.name for known in self._layers):
            raise ValueError(
                f'model "{self.name}": there is a layer {layer.name!r} already; names '
                "must be unique. Pass `name=...`.\n"
                f"  got: {layer!r}"
            )
        if isinstance(layer, InputLayer):
            if self._layers and isinstance(self._layers[0], InputLayer):
                raise ValueError(
                    f'model "{self.name}": it has an input layer already.\n'
                    f"  got: {layer!r}, existing: {self._layers[0]!r}"
                )
            if self._layers:
                raise ValueError(
                    f'model "{self.name}": an input layer must come first.\n'
                    f"  got: {layer!r} after {self._layers[-1]!r}"
                )
        if not self._layers and not isinstance(layer, InputLayer):
            self._add_implied_input(layer)
        self._layers.append(layer)
        self._note_change()

    def _add_implied_input(self, layer: Layer) -> None:
        shape = layer._batch_input_shape
        if shape is not None:
            dtype = getattr(layer, "_input_layer_dtype", None) or layer.compute_dtype
            self._layers.append(InputLayer(batch_shape=shape, dtype=dtype))
        elif isinstance(layer, (Functional, Sequential)) and layer.built:
            inputs = layer.inputs
            if inputs is not None and len(inputs) == 1:
                first = inputs[0]
                self._layers.append(
                    InputLayer(batch_shape=first.shape, dtype=first.dtype)
                )

    def pop(self, rebuild: bool = True) -> Layer | None:
        """Remove the last layer and return it.

        Args:
            rebuild: Whether to build the shorter model at once.

        Raises:
            TypeError: If there is no layer.
        """
        if not self.layers:
            raise TypeError(f'model "{self.name}": there are no layers.')
        chain = self._chain[:-1]
        layer = self._layers.pop()
        self._disconnect()
        self._note_change()
        if rebuild and len(chain) > 1:
            self._connect(chain, [])
        elif rebuild:
            self._rebuild()
        return layer

    def _rebuild(self) -> None:
        self._disconnect()
        if len(self._layers) > 1 and isinstance(self._layers[0], InputLayer):
            self._connect([self._layers[0].output], self.layers)

    def _disconnect(self) -> None:
        self.built = False
        object.__setattr__(self, "_whole", None)
        object.__setattr__(self, "_chain", [])

    def _connect(self, chain: list[Any], layers: Iterable[Layer]) -> None:
        """Call layers one after another on the last tensor of a chain.

        Args:
            chain: The input of the model and the outputs of the layers called before.
            layers: The layers not called yet.
        """
        chain = list(chain)
        with scope_of(self):
            for layer in layers:
                chain.append(layer(chain[-1]))
        object.__setattr__(self, "_whole", None)
        object.__setattr__(self, "_chain", chain)
        self.built = True

    @property
    def _functional(self) -> Functional | None:
        """The chain as a functional model, made when something first needs it."""
        if self._whole is None and self._chain:
            whole = Functional(self._chain[0], self._chain[-1], name=self.name)
            object.__setattr__(self, "_whole", whole)
        return self._whole

    def build(self, input_shape: Any = None) -> None:
        """Make the weights.

        Args:
            input_shape: The shape of the input with its batch axis; may be left out
                if an input layer is there.

        Raises:
            ValueError: If there are no layers.
        """
        if not self.layers:
            raise ValueError(f'model "{self.name}": it has no layers to build.')
        if input_shape is None or (
            self._layers and isinstance(self._layers[0], InputLayer)
        ):
            if self._functional is None:
                self._rebuild()
            return
        self._begin(_input_of(input_shape, self._first_dtype()))

    def _after_build(self) -> None:
        super()._after_build()
        # Without a shape it waits for the first data.
        self.built = self._functional is not None

    def _first_dtype(self) -> str:
        first = self._layers[0]
        return getattr(first, "_input_layer_dtype", None) or first.compute_dtype

    def _begin(self, inputs: Any) -> None:
        layer = producer(inputs).operation if isinstance(inputs, Tensor) else None
        added = layer is not None and not isinstance(self._layers[0], InputLayer)
        self._connect([inputs], self.layers)
        if added:
            self._layers.insert(0, layer)

    def _maybe_build(self, tensors: dict[str, Any]) -> None:
        if self.built or not tensors:
            return
        value = unpacked(next(iter(tensors.values())))
        if isinstance(value, Tensor) and self.layers:
            shape = (None, *value.shape[1:]) if value.shape else ()
            from kerasish.backend.graph import eager_scope

            with eager_scope():
                self._begin(Input(batch_shape=shape, dtype=value.dtype))
            self._clear_losses()  # Those of the symbolic input are of no use.

    def call(self, inputs: Any, training: Any = None, mask: Any = None, **kwargs: Any):
        """Apply the layers one after another.

        Args:
            inputs: The input of the first layer.
            training: Handed to every layer.
            mask: The mask of the input.
            **kwargs: Handed on to a functional model.
        """
        if self._functional is not None and not self._has_other_sizes(inputs):
            return self._functional.call(inputs, training=training, mask=mask)
        outputs = inputs
        for layer in self.layers:
            outputs = layer(outputs)
        return outputs

    def _has_other_sizes(self, inputs: Any) -> bool:
        """Whether axes have other sizes than the input; then each layer checks them."""
        expected = self._chain[0]
        if not (isinstance(inputs, Tensor) and isinstance(expected, Tensor)):
            return False
        pairs = list(zip(inputs.shape, expected.shape))
        same_rank = len(inputs.shape) == len(expected.shape)
        return same_rank and any(
            None not in pair and len({*pair}) > 1 for pair in pairs
        )

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the input layer."""
        layers = self._layers
        if layers and isinstance(layers[0], InputLayer):
            return layers[1:]
        return list(layers)

    @layers.setter
    def layers(self, value: Any) -> None:
        raise AttributeError("Use `add()` and `pop()` to change the layers.")

    def _graph(self, what: str) -> Functional:
        if self._functional is None:
            raise AttributeError(
                f'model "{self.name}": it is not built, so it has no {what}. Give an '
                "input shape, or call it on data first."
            )
        return self._functional

    @property
    def inputs(self) -> list[Tensor] | None:
        """The symbolic inputs, `None` before it is built."""
        return None if self._functional is None else self._functional.inputs

    @property
    def outputs(self) -> list[Tensor] | None:
        """The symbolic outputs, `None` before it is built."""
        return None if self._functional is None else self._functional.outputs

    @property
    def input(self) -> Any:
        """The symbolic input."""
        return self._graph("input").input

    @property
    def output(self) -> Any:
        """The symbolic output."""
        return self._graph("output").output

    @property
    def input_names(self) -> list[str]:
        """The names of the inputs."""
        return self._graph("input").input_names

    @property
    def output_names(self) -> list[str]:
        """The names of the outputs."""
        return self._graph("output").output_names

    @property
    def input_shape(self) -> Any:
        """The shape of the input."""
        return self._graph("input shape").input_shape

    @property
    def output_shape(self) -> Any:
        """The shape of the output."""
        return self._graph("output shape").output_shape

    def _standardized(self, inputs: Any) -> list[Tensor]:
        return self._graph("input")._standardized(inputs)

    def _computes_mask(self) -> bool:
        return False

    def get_config(self) -> dict[str, Any]:
        """Return the layers' configurations."""
        from kerasish import dtype_policies
        from kerasish.registry import describe

        config: dict[str, Any] = {
            "name": self.name,
            "trainable": self.trainable,
            "dtype": dtype_policies.serialize(self._dtype_policy),
            "layers": [describe(layer) for layer in self._layers],
        }
        if self.built and self._functional is not None:
            shapes = tree.map_structure(lambda t: list(t.shape), self.input)
            config["build_input_shape"] = shapes
        return config

    @classmethod
    def from_config(cls, config: Any, custom_objects: Any = None) -> Any:
        """Make a model from `get_config()`.

        Args:
            config: The dictionary, or a bare list of layers as old files have it.
            custom_objects: Maps names to classes and functions of the user.
        """
        from kerasish.layers import lookup
        from kerasish.models.old_configs import modern_layer
        from kerasish.saving.upgrade.configs import upgraded_settings

        if not isinstance(config, Mapping):
            with CustomObjectScope(custom_objects):
                config = upgraded_settings("Sequential", config)
        settings = config if isinstance(config, Mapping) else {"layers": config}
        model = cls(name=settings.get("name"))
        for description in settings["layers"]:
            layer = lookup.deserialize(modern_layer(description), custom_objects)
            model.add(layer, rebuild=False)
        model._rebuild()
        shape = settings.get("build_input_shape")
        if not model.built and shape and is_shape(shape) and model.layers:
            model.build(tuple(shape))
        if settings.get("trainable") is False:
            model.trainable = False
        return model

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        if self._whole is not None:
            self._connect([self._layers[0].output], self.layers)

    def __getstate__(self) -> dict[str, Any]:
        kept = super().__getstate__()
        kept["_whole"] = bool(self._chain) or None
        kept["_chain"] = []
        return kept


def _input_of(shape: Any, dtype: str) -> Any:
    if is_shape(shape):
        return Input(batch_shape=tuple(shape), dtype=dtype)
    if isinstance(shape, Mapping):
        return {key: _input_of(item, dtype) for key, item in shape.items()}
    return [_input_of(item, dtype) for item in shape]
