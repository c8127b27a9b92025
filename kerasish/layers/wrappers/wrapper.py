"""The base class of layers around a layer."""

from __future__ import annotations

from typing import Any

from kerasish.layers.layer import Layer
from kerasish.serialization import deserialize_keras_object


class Wrapper(Layer):
    """Base of the layers that apply another layer.

    Args:
        layer: The layer.

    Example:

    >>> import kerasish as keras
    >>> class Twice(keras.layers.Wrapper):
    ...     def call(self, inputs):
    ...         return self.layer(self.layer(inputs))
    >>> x = keras.ops.array([-1.0])
    >>> Twice(keras.layers.Activation("relu"))(x).numpy().tolist()
    [0.0]
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        if not isinstance(layer, Layer):
            raise ValueError(
                f"{type(self).__name__} is made around a layer.\n"
                f"Received: layer={layer!r} of type {type(layer).__name__}"
            )
        super().__init__(**kwargs)
        self.layer = layer

    def build(self, input_shape: Any = None) -> None:
        """Build the wrapped layer for inputs of this shape."""
        if not self.layer.built:
            self.layer.build(input_shape)

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make a layer from what `get_config` returned."""
        config = dict(config)
        config["layer"] = deserialize_keras_object(config["layer"], custom_objects)
        return super().from_config(config)
