"""Masking of time steps."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.layer import Layer


class Masking(Layer):
    """Masks the time steps at which every feature has a certain value.

    Later layers that support masking leave these steps out; their features become 0.

    Args:
        mask_value: The value.

    Input shape: `(batch, time, features)`.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Masking(mask_value=-1.0)
    >>> x = keras.ops.array([[[-1.0, -1.0], [2.0, -1.0]]])
    >>> layer(x).numpy().tolist()
    [[[-0.0, -0.0], [2.0, -1.0]]]
    """

    _builds_nothing = True

    def __init__(self, mask_value: float = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.mask_value = mask_value
        self.supports_masking = True

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return where any feature differs from the mask value."""
        return ops.any(ops.not_equal(inputs, self.mask_value), axis=-1)

    def call(self, inputs: Any) -> Any:
        """Return inputs of shape `(batch, time, features)` with masked steps at 0."""
        kept = ops.any(ops.not_equal(inputs, self.mask_value), axis=-1, keepdims=True)
        return inputs * ops.cast(kept, inputs.dtype)
