"""Softmax as a layer, with masks."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.errors import ShapeError
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
            output is 0, in all places if it is false in all.

    Input shape: any.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Softmax()
    >>> x = keras.ops.array([1.0, 1.0, 1.0])
    >>> layer(x, mask=[True, False, True]).numpy().tolist()
    [0.5, 0.0, 0.5]
    """

    _builds_nothing = True

    def __init__(self, axis: Any = -1, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.axis = list(axis) if isinstance(axis, (list, tuple)) else axis
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Return the softmax of the inputs."""
        axis = tuple(self.axis) if isinstance(self.axis, list) else self.axis
        if mask is None:
            return ops.softmax(inputs, axis=axis)
        mask = ops.convert_to_tensor(mask)
        self._check_mask(mask, inputs)
        kept = mask if mask.dtype == "bool" else ops.greater(mask, 0.5)
        lowest = ops.cast(large_negative(inputs.dtype), inputs.dtype)
        outputs = ops.softmax(ops.where(kept, inputs, lowest), axis=axis)
        return ops.where(kept, outputs, ops.zeros_like(outputs))

    def _check_mask(self, mask: Any, inputs: Any) -> None:
        pairs = zip(mask.shape[::-1], inputs.shape[::-1])
        fits = all(a in (1, b) or None in (a, b) for a, b in pairs)
        if len(mask.shape) > len(inputs.shape) or not fits:
            raise ShapeError(
                f'layer "{self.name}": the mask must broadcast to the inputs.\n'
                f"  got: mask {tuple(mask.shape)}, inputs {tuple(inputs.shape)}"
            )
