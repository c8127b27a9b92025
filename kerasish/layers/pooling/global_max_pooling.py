"""Maximum pooling over all of space."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.pooling.base_pooling import BaseGlobalPooling


class GlobalMaxPooling1D(BaseGlobalPooling):
    """The largest value over all of space, in one dimension.

    Args:
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        keepdims: Whether the pooled axes stay, with size 1.

    Input shape: `(batch, length, channels)`, or with the channels after the
    batch.

    Output shape: `(batch, channels)`, or with `keepdims` the rank of the input.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.GlobalMaxPooling1D()(keras.ops.ones((4, 8, 3))).shape
    (4, 3)
    """

    rank = 1

    def call(self, inputs: Any) -> Any:
        """Return the pooled inputs."""
        return ops.max(inputs, axis=self.spatial_axes, keepdims=self.keepdims)


class GlobalMaxPooling2D(BaseGlobalPooling):
    """The largest value over all of space, in two dimensions.

    Args:
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        keepdims: Whether the pooled axes stay, with size 1.

    Input shape: `(batch, rows, columns, channels)`, or with the channels after the
    batch.

    Output shape: `(batch, channels)`, or with `keepdims` the rank of the input.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.GlobalMaxPooling2D()(keras.ops.ones((2, 8, 8, 3))).shape
    (2, 3)
    """

    rank = 2

    def call(self, inputs: Any) -> Any:
        """Return the pooled inputs."""
        return ops.max(inputs, axis=self.spatial_axes, keepdims=self.keepdims)


class GlobalMaxPooling3D(BaseGlobalPooling):
    """The largest value over all of space, in three dimensions.

    Args:
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        keepdims: Whether the pooled axes stay, with size 1.

    Input shape: `(batch, depth, rows, columns, channels)`, or with the
    channels after the batch.

    Output shape: `(batch, channels)`, or with `keepdims` the rank of the input.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.GlobalMaxPooling3D()(keras.ops.ones((1, 4, 4, 4, 3))).shape
    (1, 3)
    """

    rank = 3

    def call(self, inputs: Any) -> Any:
        """Return the pooled inputs."""
        return ops.max(inputs, axis=self.spatial_axes, keepdims=self.keepdims)
