"""Average pooling over all of space."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.pooling.base_pooling import BaseGlobalPooling


class GlobalAveragePooling1D(BaseGlobalPooling):
    """The mean over all of space, in one dimension.

    Args:
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        keepdims: Whether the pooled axes stay, with size 1.

    Call arguments:
        inputs: Tensor.
        mask: Boolean tensor of shape `(batch, length)`; steps where it is false do
            not count.

    Input shape: `(batch, length, channels)`, or with the channels after the
    batch.

    Output shape: `(batch, channels)`, or with `keepdims` the rank of the input.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.GlobalAveragePooling1D()(keras.ops.ones((4, 8, 3))).shape
    (4, 3)
    """

    rank = 1

    def __init__(
        self, data_format: str | None = None, keepdims: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(data_format, keepdims, **kwargs)
        self.supports_masking = True

    def call(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mean over time, over the steps that `mask` keeps."""
        axes, keepdims = self.spatial_axes, self.keepdims
        if mask is None:
            return ops.mean(inputs, axis=axes, keepdims=keepdims)
        kept = ops.expand_dims(ops.cast(mask, inputs.dtype), 3 - axes[0])
        total = ops.sum(inputs * kept, axis=axes, keepdims=keepdims)
        return total / ops.sum(kept, axis=axes, keepdims=keepdims)

    def compute_mask(self, inputs: Any, mask: Any = None) -> None:
        """Return `None`: the output has no time steps."""
        return None


class GlobalAveragePooling2D(BaseGlobalPooling):
    """The mean over all of space, in two dimensions.

    Args:
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        keepdims: Whether the pooled axes stay, with size 1.

    Input shape: `(batch, rows, columns, channels)`, or with the channels after the
    batch.

    Output shape: `(batch, channels)`, or with `keepdims` the rank of the input.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.GlobalAveragePooling2D()(keras.ops.ones((2, 8, 8, 3))).shape
    (2, 3)
    """

    rank = 2

    def call(self, inputs: Any) -> Any:
        """Return the pooled inputs."""
        return ops.mean(inputs, axis=self.spatial_axes, keepdims=self.keepdims)


class GlobalAveragePooling3D(BaseGlobalPooling):
    """The mean over all of space, in three dimensions.

    Args:
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        keepdims: Whether the pooled axes stay, with size 1.

    Input shape: `(batch, depth, rows, columns, channels)`, or with the
    channels after the batch.

    Output shape: `(batch, channels)`, or with `keepdims` the rank of the input.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.GlobalAveragePooling3D()(keras.ops.ones((1, 4, 4, 4, 3))).shape
    (1, 3)
    """

    rank = 3

    def call(self, inputs: Any) -> Any:
        """Return the pooled inputs."""
        return ops.mean(inputs, axis=self.spatial_axes, keepdims=self.keepdims)
