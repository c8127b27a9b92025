"""Softmax as a layer, with masks."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.layer import Layer


def large_negative(dtype: str) -> float:
    """Return a number that a softmax turns into zero, in range of the dtype.

    Example:

    >>> large_negative("float16")
    -30000.0
    """
    return -3e4 if dtype == "float16" else -1e9


class Softmax(Layer):
    """Positive values that sum to one along an axis: `exp(x) / sum(exp(x))`.

    Args:
        axis: Axis or axes along which the values sum to one.

    Call arguments:
        inputs: Tensor.
        mask: Boolean tensor that broadcasts to the inputs; where it is false the
            output is 0.

    Input shape: any.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Softmax()
    >>> x = keras.ops.array([1.0, 1.0, 1.0])
    >>> layer(x, mask=[True, False, True]).numpy().tolist()
    [0.5, 0.0, 0.5]
    """

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else axis
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Return the softmax of the inputs."""
        if mask is not None:
            shift = (1.0 - ops.cast(mask, inputs.dtype)) * large_negative(inputs.dtype)
            inputs = inputs + shift
        axis = tuple(self.axis) if isinstance(self.axis, list) else self.axis
        return ops.softmax(inputs, axis=axis)
