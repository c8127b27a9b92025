"""Any activation function as a layer."""

from __future__ import annotations

from typing import Any

from kerasish import activations
from kerasish.layers.layer import Layer


class Activation(Layer):
    """Applies an activation function.

    Args:
        activation: The function or its name.

    Input shape: any.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> x = keras.ops.array([-1.0, 2.0])
    >>> keras.layers.Activation("relu")(x).numpy().tolist()
    [0.0, 2.0]
    """

    _builds_nothing = True

    def __init__(self, activation: Any, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.activation = activations.get(activation)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return the activation of the inputs."""
        return self.activation(inputs)
