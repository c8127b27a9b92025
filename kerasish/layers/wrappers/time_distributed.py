"""Applying a layer to each time step."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.errors import ShapeError
from kerasish.layers.call_signature import call_signature
from kerasish.layers.wrappers.wrapper import Wrapper


class TimeDistributed(Wrapper):
    """Applies a layer to each time step.

    Batch and time are merged into one axis, the layer is applied, and they are parted
    again.

    Args:
        layer: The layer.

    Call arguments:
        inputs: Tensor of shape `(batch, time, ...)`.
        training: Handed on to the layer.
        mask: Boolean tensor of shape `(batch, time, ...)`; its later axes are handed
            on to the layer.

    Input shape: `(batch, time, ...)`.

    Output shape: `(batch, time, ...)`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.TimeDistributed(keras.layers.Dense(4))
    >>> layer(keras.ops.ones((2, 3, 5))).shape
    (2, 3, 4)
    """

    def __init__(self, layer: Any, **kwargs: Any) -> None:
        super().__init__(layer, **kwargs)
        self.supports_masking = True

    def build(self, input_shape: tuple) -> None:
        """Build the wrapped layer for time steps of inputs of this shape."""
        if not isinstance(input_shape, (tuple, list)) or len(input_shape) < 3:
            raise ShapeError(
                f'layer "{self.name}": TimeDistributed expects inputs of at least '
                f"3 axes: (batch, time, ...).\n  got: input {input_shape}"
            )
        super().build((input_shape[0], *input_shape[2:]))

    def call(self, inputs: Any, training: bool | None = None, mask: Any = None) -> Any:
        """Return the outputs of the layer for each time step."""
        arguments: dict[str, Any] = {}
        signature = call_signature(type(self.layer).call)
        if signature.has_training:
            arguments["training"] = training
        if mask is not None:
            self._check_mask(mask, inputs)
        if signature.has_mask and mask is not None:
            arguments["mask"] = _merged(mask)
        outputs = self.layer(_merged(inputs), **arguments)
        return _parted(outputs, inputs)

    def _check_mask(self, mask: Any, inputs: Any) -> None:
        pairs = zip(mask.shape[:2], inputs.shape[:2])
        if any(a != b for a, b in pairs if None not in (a, b)):
            raise ShapeError(
                f'layer "{self.name}": the mask must have the batch and the time steps '
                f"of the inputs.\n  got: mask {tuple(mask.shape)}, inputs "
                f"{tuple(inputs.shape)}"
            )


def _merged(x: Any) -> Any:
    """Merges the first two axes."""
    rest = x.shape[2:]
    if None not in rest:
        return ops.reshape(x, (-1, *rest))
    sizes = [ops.shape(x)[i + 2] if n is None else n for i, n in enumerate(rest)]
    return ops.reshape(x, (-1, *sizes))


def _parted(x: Any, like: Any) -> Any:
    """Parts the first axis into the first two of another tensor."""
    rest = x.shape[1:]
    batch, time = like.shape[:2]
    if None in rest or (batch is None and time is None):
        whole, shape = ops.shape(x), ops.shape(like)
        sizes = [whole[i + 1] if n is None else n for i, n in enumerate(rest)]
        return ops.reshape(x, (shape[0], shape[1], *sizes))
    return ops.reshape(
        x, (-1 if batch is None else batch, -1 if time is None else time, *rest)
    )
