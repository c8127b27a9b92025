"""Max pooling to a given size."""

from __future__ import annotations

from typing import Any

from kerasish.layers.pooling.base_pooling import BaseAdaptivePooling


class AdaptiveMaxPooling1D(BaseAdaptivePooling):
    """The largest entry of each of a given number of windows in one dimension.

    Window `i` of `n` spans the places from `floor(i * size / n)` up to
    `ceil((i + 1) * size / n)`.

    Args:
        output_size: Number of windows, an integer.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: `(batch, length, channels)`, or with the channels
    after the batch.

    Output shape: the same rank and channels, of the given size.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.AdaptiveMaxPooling1D(4)
    >>> layer(keras.ops.ones((2, 9, 3))).shape
    (2, 4, 3)
    """

    rank = 1
    operation = "adaptive_max_pool"

    def __init__(
        self, output_size: Any, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(output_size, data_format, **kwargs)


class AdaptiveMaxPooling2D(BaseAdaptivePooling):
    """The largest entry of each of a given number of windows in two dimensions.

    Window `i` of `n` spans the places from `floor(i * size / n)` up to
    `ceil((i + 1) * size / n)`.

    Args:
        output_size: Number of windows, one integer or one an axis.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: `(batch, rows, columns, channels)`, or with the channels
    after the batch.

    Output shape: the same rank and channels, of the given size.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.AdaptiveMaxPooling2D(4)
    >>> layer(keras.ops.ones((2, 9, 7, 3))).shape
    (2, 4, 4, 3)
    """

    rank = 2
    operation = "adaptive_max_pool"

    def __init__(
        self, output_size: Any, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(output_size, data_format, **kwargs)


class AdaptiveMaxPooling3D(BaseAdaptivePooling):
    """The largest entry of each of a given number of windows in three dimensions.

    Window `i` of `n` spans the places from `floor(i * size / n)` up to
    `ceil((i + 1) * size / n)`.

    Args:
        output_size: Number of windows, one integer or one an axis.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: `(batch, depth, rows, columns, channels)`, or with the channels
    after the batch.

    Output shape: the same rank and channels, of the given size.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.AdaptiveMaxPooling3D(4)
    >>> layer(keras.ops.ones((1, 6, 5, 7, 3))).shape
    (1, 4, 4, 4, 3)
    """

    rank = 3
    operation = "adaptive_max_pool"

    def __init__(
        self, output_size: Any, data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(output_size, data_format, **kwargs)
