"""A penalty on activity as a layer."""

from __future__ import annotations

from typing import Any

from kerasish import regularizers
from kerasish.layers.layer import Layer


class ActivityRegularization(Layer):
    """Passes its inputs on and adds a penalty on them to the loss.

    Args:
        l1: Factor of the sum of magnitudes.
        l2: Factor of the sum of squares.

    Input shape: any.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.ActivityRegularization(l1=0.1)
    >>> x = keras.ops.array([[1.0, -2.0]])
    >>> layer(x).numpy().tolist()
    [[1.0, -2.0]]
    """

    _builds_nothing = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **kwargs: Any) -> None:
        super().__init__(activity_regularizer=regularizers.L1L2(l1=l1, l2=l2), **kwargs)
        self.l1 = l1
        self.l2 = l2
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return the inputs."""
        return inputs

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        config = super().get_config()
        config.pop("activity_regularizer", None)
        return config
