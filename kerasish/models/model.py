"""The base class of models."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from kerasish.backend.graph import Trace
from kerasish.backend.graph.scope import state
from kerasish.errors import did_you_mean
from kerasish.layers.call_signature import shapes_of
from kerasish.layers.layer import Layer
from kerasish.layers.layer_call import is_running
from kerasish.layers.node import symbolic_tensors
from kerasish.layers.promised_shapes import tensors_of_shapes
from kerasish.models.compiled_call import CompiledCalls, is_one_array
from kerasish.models.trainer import Trainer
from kerasish.registry import CustomObjectScope


def _functional_arguments(args: tuple, kwargs: dict) -> bool:
    return len(args) >= 2 or "inputs" in kwargs or (args and "outputs" in kwargs)


def _make_functional(cls: type) -> None:
    """Put `Functional` in the place of `Model` among the bases of a subclass."""
    from kerasish.models.functional import Functional

    if issubclass(cls, Functional):
        return
    if Model in cls.__bases__:
        cls.__bases__ = tuple(Functional if b is Model else b for b in cls.__bases__)
        return
    for base in cls.__bases__:
        if issubclass(base, Model):
            _make_functional(base)


class Model(Trainer, Layer):
    """Layers that are trained, saved and run together.

    There are three ways to make one: `Model(inputs, outputs)` from symbolic tensors, a
    subclass that writes `call`, and `Sequential`.

    Args:
        *args: `inputs, outputs` for a functional model.
        **kwargs: `inputs`, `outputs`, `name`, `trainable`, `dtype`.

    Example:

    >>> import kerasish as keras
    >>> class Twice(keras.Model):
    ...     def __init__(self):
    ...         super().__init__()
    ...         self.dense = keras.layers.Dense(2)
    ...     def call(self, x):
    ...         return self.dense(x) * 2
    >>> Twice()(keras.ops.ones((1, 3))).shape
    (1, 2)
    """

    _warns_of_lost_mask = False
    _unversioned = frozenset(
        ("history", "stop_training", "optimizer", "loss", "built", "metrics_names")
    )

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """Make a functional model where inputs and outputs are given."""
        if cls is Model and _functional_arguments(args, kwargs):
            from kerasish.models.functional import Functional

            return super().__new__(Functional, *args, **kwargs)
        return super().__new__(cls, *args, **kwargs)

    def __init__(self, *args: Any, **kwargs: Any):
        from kerasish.models.functional import Functional

        if _functional_arguments(args, kwargs) and type(self) is not Functional:
            _make_functional(type(self))
            Functional.__init__(self, *args, **kwargs)
            return
        Layer.__init__(self, *args, **kwargs)
        Trainer.__init__(self)
        object.__setattr__(self, "_compiled_calls", CompiledCalls(self))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Apply the model.

        On arrays outside any trace a compiled function runs; under a `GradientTape`,
        with `run_eagerly`, or inside another call, the layers are called one by one.

        Args:
            *args: Tensors or arrays, or structures of them.
            **kwargs: More arguments of `call`, such as `training`.

        Returns:
            Tensors.
        """
        if (
            self.__dict__.get("built")
            and not state.symbolic
            and not state.recorders
            and not is_running()
            and not self.run_eagerly
            and (is_one_array(args, kwargs) or not symbolic_tensors((args, kwargs)))
        ):
            return self._compiled_calls.call(args, kwargs)
        return self._call_layerwise(*args, **kwargs)

    def _call_layerwise(self, *args: Any, **kwargs: Any) -> Any:
        return Layer.__call__(self, *args, **kwargs)

    def call(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the outputs. Override it in a subclass."""
        raise NotImplementedError(
            f"{type(self).__name__} has no `call()` method: a model that is a subclass "
            "needs one, or must be made from `inputs` and `outputs`."
        )

    def build(self, input_shape: Any = None) -> None:
        """Make the weights by a symbolic call.

        Called by a `build` that overrides it, this leaves what such a call cannot make
        to the first call on data.

        Args:
            input_shape: The shape of the input with its batch axis, or a structure of
                shapes.

        Raises:
            ValueError: If the call does not work with this shape.
        """
        if input_shape is None or self.built:
            return
        inputs = tensors_of_shapes(input_shape, self.input_dtype)
        try:
            with Trace():
                self.call(inputs)
        except NotImplementedError:
            raise
        except (TypeError, ValueError, LookupError, AttributeError) as error:
            if type(self).build is not Model.build:
                return
            raise ValueError(
                f'model "{self.name}": it cannot be built with the input shape '
                f"{input_shape}. Call it on data instead.\n  cause: {error}"
            ) from error

    def _maybe_build(self, tensors: dict[str, Any]) -> None:
        # A model without a `build` of its own is built by its first call.
        if self.built or type(self).build is not Model.build:
            super()._maybe_build(tensors)
        elif tensors:
            shapes = {f"{name}_shape": shapes_of(x) for name, x in tensors.items()}
            object.__setattr__(self, "_build_shapes", shapes)

    @property
    def layers(self) -> list[Layer]:
        """The layers directly inside, in the order they were assigned."""
        return list(self._layers)

    @layers.setter
    def layers(self, value: Any) -> None:
        raise AttributeError(
            "`Model.layers` is reserved: use another attribute name for your layers."
        )

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """Return a layer by its name or position.

        Args:
            name: The name.
            index: The position in `layers`.

        Raises:
            ValueError: If there is no such layer, or not exactly one argument came.
        """
        layers = self.layers
        if (name is None) == (index is None):
            raise ValueError(
                f"Give a name or an index.\nReceived: name={name!r}, index={index!r}"
            )
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(
                    f'model "{self.name}": it has {len(layers)} layers.\n'
                    f"Received: index={index}"
                )
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        names = [layer.name for layer in layers]
        raise ValueError(
            f"No such layer: {name}. Existing layers are: {names}."
            f"{did_you_mean(name, names)}"
        )

    def summary(
        self,
        line_length: int | None = None,
        positions: list | None = None,
        print_fn: Callable[[str], Any] | None = None,
        expand_nested: bool = False,
        show_trainable: bool = False,
        layer_range: tuple | list | None = None,
        flops: bool = False,
    ) -> None:
        """Print the layers with their output shapes and numbers of parameters.

        Args:
            line_length: The width of the table.
            positions: Where the columns end, as shares of the width or in characters.
            print_fn: Called with the text instead of printing it.
            expand_nested: Whether to list the layers of nested models.
            show_trainable: Whether to mark trainable layers.
            layer_range: Names (or patterns) of the first and the last layer shown.
            flops: Whether to tell the floating-point operations of each layer for one
                sample, and the memory of its weights and of its results.
        """
        from kerasish.models.summary import print_summary

        print_summary(
            self,
            line_length=line_length,
            positions=positions,
            print_fn=print_fn,
            expand_nested=expand_nested,
            show_trainable=show_trainable,
            layer_range=layer_range,
            flops=flops,
        )

    def get_state_tree(self, value_format: str = "backend_tensor") -> dict[str, dict]:
        """Return the values of all Variables, nested by the parts of their paths.

        Args:
            value_format: `"backend_tensor"` or `"numpy_array"`.

        Returns:
            Dict with `trainable_variables`, `non_trainable_variables`,
            `optimizer_variables` and `metrics_variables`.

        Raises:
            ValueError: If two Variables have one path.
        """
        from kerasish.models.state_tree import state_tree

        return state_tree(self, value_format)

    def set_state_tree(self, state_tree: Mapping[str, Any]) -> None:
        """Set Variables to values that `get_state_tree` returned.

        Args:
            state_tree: The nested dicts; what is left out stays as it is.

        Raises:
            ValueError: If there is no such group or Variable.
        """
        from kerasish.models.state_tree import set_state_tree

        set_state_tree(self, state_tree)

    def export(self, filepath: Any, *args: Any, **kwargs: Any) -> None:
        """Not available: it writes formats of other frameworks.

        Raises:
            NotImplementedError: Always.
        """
        raise NotImplementedError(
            "Model.export is not available: use save, whose files Keras opens."
        )

    def _repr_html_(self) -> str:
        from kerasish.models.display import model_html

        return model_html(self)

    def reset_states(self) -> None:
        """Set the states of all stateful layers inside to zero."""
        for layer in self._flatten_layers(include_self=False):
            reset = getattr(layer, "reset_states", None) or getattr(
                layer, "reset_state", None
            )
            if reset is not None and getattr(layer, "stateful", False):
                reset()

    def to_json(self, dialect: str | None = None, **kwargs: Any) -> str:
        """Return the configuration as a JSON string.

        Args:
            dialect: Which Keras it is for: `'keras2'` (Keras 2.2 and 2.3), `'tfkeras2'`
                (tf.keras 2) or `'keras3'`, the default.
            **kwargs: Options of `json.dumps`.

        Raises:
            ValueError: If the dialect is unknown, or has no form for this model.
        """
        from kerasish.saving.dialects import json_config

        return json.dumps(json_config(self, dialect), **kwargs)

    def to_yaml(self, dialect: str | None = None, **kwargs: Any) -> str:
        """Return the configuration as a YAML string.

        Args:
            dialect: As for `to_json`.
            **kwargs: Options of `yaml.safe_dump`.

        Raises:
            ImportError: If PyYAML is not installed; the message says how to.
        """
        from kerasish.models.yaml_text import import_yaml

        # Through JSON, which has no aliases and no types of its own.
        return import_yaml().safe_dump(json.loads(self.to_json(dialect)), **kwargs)

    def save(
        self,
        filepath: Any,
        overwrite: bool = True,
        include_optimizer: bool = True,
        save_format: str | None = None,
        dialect: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Write the model into a file: layers, weights, compile settings, optimizer.

        Args:
            filepath: A path that ends with `.h5`, `.hdf5` or `.keras`, or an open
                `h5py.File`, `h5py.Group` or binary stream.
            overwrite: Whether to replace an existing file without asking.
            include_optimizer: Whether to write the optimizer's state.
            save_format: `'h5'` or `'keras'` for names with another ending.
            dialect: Which Keras an HDF5 file is for: `'keras2'`, `'tfkeras2'` or
                `'keras3'`; by default the form that most of them read.
            **kwargs: Options of other formats.

        Raises:
            ValueError: If the format or the dialect is unknown.
        """
        from kerasish.saving import save_model

        save_model(
            self,
            filepath,
            overwrite=overwrite,
            include_optimizer=include_optimizer,
            save_format=save_format,
            dialect=dialect,
            **kwargs,
        )

    def save_weights(
        self,
        filepath: Any,
        overwrite: bool = True,
        save_format: str | None = None,
        dialect: str | None = None,
        **kwargs: Any,
    ) -> None:
        """Write the weights into a file.

        Args:
            filepath: A path that ends with `.weights.h5`, `.h5`, `.hdf5`,
                `.safetensors` or `.npz`.
            overwrite: Whether to replace an existing file without asking.
            save_format: `'h5'` for names with another ending.
            dialect: `'keras2'` for the layout of Keras 2 under each name of HDF5.
            **kwargs: Options of other formats.

        Raises:
            ValueError: If the format or the dialect is unknown.
        """
        from kerasish.saving import save_weights

        save_weights(
            self,
            filepath,
            overwrite=overwrite,
            save_format=save_format,
            dialect=dialect,
            **kwargs,
        )

    def load_weights(
        self,
        filepath: Any,
        skip_mismatch: bool = False,
        by_name: bool = False,
        **kwargs: Any,
    ) -> Any:
        """Read weights from a file.

        Args:
            filepath: A file written by `save_weights` or `save`.
            skip_mismatch: Whether to leave out layers whose weights do not fit.
            by_name: Whether layers are paired by name instead of by order.
            **kwargs: Options of other formats.

        Returns:
            What `kerasish.saving.load_weights` returns: a report of the layers that
            were given values, for files with the layout of Keras 2.

        Raises:
            FileFormatError: If the file is missing, damaged or of another format.
            ValueError: If layers or shapes do not fit.
        """
        from kerasish.saving import load_weights

        return load_weights(
            self, filepath, skip_mismatch=skip_mismatch, by_name=by_name, **kwargs
        )

    @classmethod
    def from_config(cls, config: Mapping[str, Any], custom_objects: Any = None) -> Any:
        """Make a model from `get_config()`, also from that of Keras 1 and 2.

        Args:
            config: The configuration.
            custom_objects: Maps names to classes and functions of the user.
        """
        from kerasish.registry import CustomObjectScope

        if cls is Model or {"layers", "input_layers", "output_layers"} <= set(config):
            from kerasish.models.functional import Functional
            from kerasish.models.functional_reader import read_functional

            target = Functional if cls is Model else cls
            if cls is Model:
                from kerasish.saving.upgrade.configs import upgraded_settings

                with CustomObjectScope(custom_objects):
                    config = upgraded_settings("Model", config)
            return read_functional(target, config, custom_objects)
        with CustomObjectScope(custom_objects):
            return super().from_config(config)

    def build_from_config(self, config: Mapping[str, Any] | None) -> None:
        """Build the model with what `get_build_config()` returned."""
        if not config or self.built:
            return
        if config.get("shapes_dict") and type(self).build is Model.build:
            self.compute_output_shape(**config["shapes_dict"])
        else:
            super().build_from_config(config)

    def __getstate__(self) -> dict[str, Any]:
        kept = super().__getstate__()
        kept.pop("_compiled_calls", None)
        return kept

    def __setstate__(self, kept: dict[str, Any]) -> None:
        super().__setstate__(kept)
        object.__setattr__(self, "_compiled_calls", CompiledCalls(self))


def model_from_config(config: Mapping[str, Any], custom_objects: Any = None) -> Any:
    """Make a model from a dictionary with `class_name` and `config`.

    Args:
        config: The dictionary, of any Keras version.
        custom_objects: Maps names to classes and functions of the user.

    Raises:
        ValueError: If a class is unknown.

    Example:

    >>> import kerasish as keras
    >>> config = {"class_name": "Sequential", "config": {"name": "m", "layers": []}}
    >>> model_from_config(config).name
    'm'
    """
    from kerasish.layers import lookup
    from kerasish.saving.upgrade.configs import guessed_version, modern_config

    if isinstance(config, list):
        raise TypeError(
            "`model_from_config` takes a dictionary, not a list; maybe you meant "
            "`Sequential.from_config`."
        )
    with CustomObjectScope(custom_objects):
        version = config.get("keras_version") or guessed_version(config)
        return lookup.deserialize(modern_config(config, version), custom_objects)


def model_from_json(json_string: str, custom_objects: Any = None) -> Any:
    """Make a model from what `to_json()` returned.

    Args:
        json_string: The string, of any Keras version.
        custom_objects: Maps names to classes and functions of the user.

    Raises:
        ValueError: If it is no JSON, or a class is unknown.

    Example:

    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> model_from_json(model.to_json()).count_params()
    3
    """
    return model_from_config(json.loads(json_string), custom_objects)
