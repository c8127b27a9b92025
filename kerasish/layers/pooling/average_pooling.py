"""Average pooling over windows."""

from __future__ import annotations

from typing import Any

from kerasish.layers.arguments import passed
from kerasish.layers.pooling.base_pooling import BasePooling


class AveragePooling1D(BasePooling):
    """The mean of each window in one dimension.

    Args:
        pool_size: Size of the window.
        strides: Step of the window; `None` for its size.
        padding: `"valid"` (inside only) or `"same"` (padded, the padding left out of
            the mean).
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: `(batch, length, channels)`, or with the channels after the
    batch.

    Output shape: the same rank and channels.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.AveragePooling1D(2)(keras.ops.ones((4, 8, 3))).shape
    (4, 4, 3)
    """

    rank = 1
    operation = "average_pool"

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**passed(locals()))


class AveragePooling2D(BasePooling):
    """The mean of each window in two dimensions.

    Args:
        pool_size: Size of the window, one integer or one an axis.
        strides: Step of the window; `None` for its size.
        padding: `"valid"` (inside only) or `"same"` (padded, the padding left out of
            the mean).
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: `(batch, rows, columns, channels)`, or with the channels after the
    batch.

    Output shape: the same rank and channels.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.AveragePooling2D(2)(keras.ops.ones((2, 8, 8, 3))).shape
    (2, 4, 4, 3)
    """

    rank = 2
    operation = "average_pool"

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**passed(locals()))


class AveragePooling3D(BasePooling):
    """The mean of each window in three dimensions.

    Args:
        pool_size: Size of the window, one integer or one an axis.
        strides: Step of the window; `None` for its size.
        padding: `"valid"` (inside only) or `"same"` (padded, the padding left out of
            the mean).
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: `(batch, depth, rows, columns, channels)`, or with the
    channels after the batch.

    Output shape: the same rank and channels.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.AveragePooling3D(2)(keras.ops.ones((1, 4, 4, 4, 3))).shape
    (1, 2, 2, 2, 3)
    """

    rank = 3
    operation = "average_pool"

    def __init__(
        self,
        pool_size: Any = 2,
        strides: Any = None,
        padding: str = "valid",
        data_format: str | None = None,
        name: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**passed(locals()))
