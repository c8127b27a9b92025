"""The layer that does nothing."""

from __future__ import annotations

from typing import Any

from kerasish.layers.layer import Layer


class Identity(Layer):
    """Returns its inputs as they are.

    Input shape: any, also nested.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> x = keras.ops.array([1.0, 2.0])
    >>> keras.layers.Identity()(x).numpy().tolist()
    [1.0, 2.0]
    """

    _builds_nothing = True

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return the inputs."""
        return inputs
