"""Several layers as one, for changing data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish import tree
from kerasish.layers.call_signature import call_signature
from kerasish.layers.layer import Layer
from kerasish.serialization import deserialize_keras_object, serialize_keras_object


class Pipeline(Layer):
    """Applies layers one after the other; unlike a `Sequential` it is only a layer.

    Args:
        layers: The layers.
        name: The name.

    Input shape: that of the first layer.

    Output shape: that of the last layer.

    Example:

    >>> import kerasish as keras
    >>> flip = keras.layers.RandomFlip(seed=1)
    >>> pipeline = keras.layers.Pipeline([keras.layers.AutoContrast(), flip])
    >>> pipeline(keras.ops.ones((2, 4, 4, 3))).shape
    (2, 4, 4, 3)
    """

    def __init__(self, layers: Sequence[Layer], name: str | None = None) -> None:
        super().__init__(name=name)
        self._pipeline_layers = list(layers)
        self._convert_input_args = False
        self._allow_non_tensor_positional_args = True

    @property
    def layers(self) -> list[Layer]:
        """The layers."""
        return list(self._pipeline_layers)

    def call(self, inputs: Any, training: Any = True, mask: Any = None) -> Any:
        """Return what the last layer makes of the inputs."""
        outputs = inputs
        for layer in self._pipeline_layers:
            signature = call_signature(type(layer).call)
            options: dict[str, Any] = {}
            if signature.has_mask:
                options["mask"] = mask
            if signature.has_training and training is not None:
                options["training"] = training
            outputs = layer(outputs, **options)
            mask = tree.map_structure(lambda leaf: getattr(leaf, "mask", None), outputs)
        return outputs

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        layers = [serialize_keras_object(layer) for layer in self._pipeline_layers]
        return {"layers": layers, "name": self.name}

    @classmethod
    def from_config(cls, config: Any) -> Pipeline:
        """Make a pipeline from what `get_config()` returned.

        Raises:
            ValueError: If the layers are missing.
        """
        if not isinstance(config.get("layers"), (list, tuple)):
            raise ValueError(
                "The configuration of a Pipeline has the key 'layers', a list.\n"
                f"Received: layers={config.get('layers')!r}"
            )
        layers = [deserialize_keras_object(layer) for layer in config["layers"]]
        return cls(**{**config, "layers": layers})
