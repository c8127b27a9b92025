"""Padding with zeros around space."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.reshaping.margins import SpatialLayer, margin_pairs


class BaseZeroPadding(SpatialLayer):
    """Base of the layers that pad with zeros.

    Args:
        padding: Number of zeros for each side.
        data_format: `"channels_last"`, `"channels_first"`, or `None`.
        **kwargs: Arguments of `Layer`.
    """

    def __init__(
        self, padding: Any, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data_format, **kwargs)
        pairs = margin_pairs(padding, self.rank, "padding")
        self.padding = pairs[0] if self.rank == 1 else pairs

    def call(self, inputs: Any) -> Any:
        """Return the padded inputs."""
        pairs = (self.padding,) if self.rank == 1 else self.padding
        return ops.pad(inputs, self.for_all_axes(pairs, (0, 0)))


class ZeroPadding1D(BaseZeroPadding):
    """Pads sequences with zeros.

    Args:
        padding: Number of zeros: an integer for both sides, or a pair.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: `(batch, time, channels)`, or with the channels after the
    batch.

    Output shape: the same, larger by the padding.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.ZeroPadding1D(1)(keras.ops.ones((2, 3, 4))).shape
    (2, 5, 4)
    """

    rank = 1

    def __init__(
        self, padding: Any = 1, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(padding, data_format, **kwargs)


class ZeroPadding2D(BaseZeroPadding):
    """Pads images with zeros.

    Args:
        padding: Number of zeros: an integer, a pair of them (rows,
            columns), or a pair of pairs (before, after).
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: `(batch, rows, columns, channels)`, or with the channels after the
    batch.

    Output shape: the same, larger by the padding.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.ZeroPadding2D(1)(keras.ops.ones((2, 3, 3, 4))).shape
    (2, 5, 5, 4)
    """

    rank = 2

    def __init__(
        self, padding: Any = (1, 1), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(padding, data_format, **kwargs)


class ZeroPadding3D(BaseZeroPadding):
    """Pads volumes with zeros.

    Args:
        padding: Number of zeros: an integer, three of them, or
            three pairs (before, after).
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: `(batch, depth, rows, columns, channels)`, or with the
    channels after the batch.

    Output shape: the same, larger by the padding.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.ZeroPadding3D(1)(keras.ops.ones((1, 2, 2, 2, 3))).shape
    (1, 4, 4, 4, 3)
    """

    rank = 3

    def __init__(
        self,
        padding: Any = ((1, 1), (1, 1), (1, 1)),
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(padding, data_format, **kwargs)
