"""Images whose values are spread evenly, by their histograms."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.errors import ShapeError
from kerasish.layers.arguments import positive_int
from kerasish.layers.preprocessing.base_image import (
    BaseImagePreprocessingLayer,
    rescaled,
    value_pair,
)

_FULL = (0, 255)


class Equalization(BaseImagePreprocessingLayer):
    """Spreads the values of each channel evenly, while training.

    The histogram is that of the whole batch. Each value becomes the part of the pixels
    that are not brighter, on the scale from 0 to 255.

    Args:
        value_range: Least and largest pixel value.
        bins: Number of values that are told apart.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: as for `RandomFlip`; the number of channels must be known.

    Output shape: the same.

    Example:

    >>> import kerasish as keras
    >>> x = keras.ops.reshape(keras.ops.array([7.0, 8.0, 9.0]), (1, 1, 3, 1))
    >>> keras.layers.Equalization()(x, training=True).numpy().ravel()
    array([  0., 128., 255.], dtype=float32)
    """

    _seeded = False

    def __init__(
        self,
        value_range: Any = (0, 255),
        bins: int = 256,
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = value_pair(value_range)
        self.bins = positive_int(bins, "bins")

    def transform_images(
        self, images: Any, transformation: Any = None, training: Any = True
    ) -> Any:
        """Return the images with their values spread."""
        images = ops.cast(images, self.compute_dtype)
        if not training:
            return images
        channels = images.shape[self.channel_axis]
        if channels is None:
            raise ShapeError(
                f'layer "{self.name}": the number of channels must be known.\n'
                f"  got: {tuple(images.shape)}"
            )
        pixels = rescaled(ops.cast(images, "float32"), self.value_range, _FULL)
        last = ops.moveaxis(pixels, self.channel_axis, -1)
        first = self.bins * ops.arange(channels, dtype="int32")
        places = self._bins_of(last * (self.bins - 1) / 255.0) + first
        flat = ops.reshape(places, (-1,))
        counts = ops.segment_sum(ops.ones_like(flat), flat, channels * self.bins)
        table, single = self._table(ops.reshape(counts, (channels, self.bins)))
        entries = self._bins_of(last / 255.0 * (self.bins - 1)) + first
        spread = ops.take(ops.reshape(table, (-1,)), entries)
        result = ops.where(single, last, spread)
        result = ops.moveaxis(result, -1, self.channel_axis)
        result = rescaled(result, _FULL, self.value_range)
        return ops.cast(result, self.compute_dtype)

    def _bins_of(self, values: Any) -> Any:
        return ops.cast(ops.clip(values, 0.0, self.bins - 1.0), "int32")

    def _table(self, counts: Any) -> tuple[Any, Any]:
        """Return the new value of each bin, and which channels have but one bin."""
        total = ops.cumsum(counts, axis=-1)
        most = total[:, -1:]
        least = ops.min(ops.where(total > 0, total, most), axis=-1, keepdims=True)
        span = ops.maximum(most - least, 1)
        share = ops.cast((total - least) * 255, "float64") / ops.cast(span, "float64")
        table = ops.cast(ops.clip(ops.round(share), 0.0, 255.0), "float32")
        return table, ops.sum(ops.cast(counts > 0, "int32"), axis=-1) <= 1


class ContrastLimitedAdaptiveHistogramEqualization(BaseImagePreprocessingLayer):
    """Spreads the values of images evenly, each part of an image by its own histogram.

    The image is divided into tiles. What a histogram has above a limit is shared out
    over all values, so that noise is not blown up. Between the middles of the tiles the
    new values are interpolated. It does so while training and testing.

    Args:
        value_range: Least and largest pixel value.
        clip_limit: The limit, in parts of an even histogram; none if 0.
        tile_grid_size: Number of tiles downwards and across.
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: as for `RandomFlip`; only the batch may be unknown.

    Output shape: the same.

    Reference:
        Zuiderveld, 1994, "Contrast limited adaptive histogram equalization".

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.ContrastLimitedAdaptiveHistogramEqualization(
    ...     tile_grid_size=(1, 1), clip_limit=0)
    >>> x = keras.ops.reshape(keras.ops.array([7.0, 8.0, 9.0]), (1, 1, 3, 1))
    >>> layer(x).numpy().ravel().round(1)
    array([ 85., 170., 255.], dtype=float32)
    """

    _seeded = False

    def __init__(
        self,
        value_range: Any = (0, 255),
        clip_limit: float = 4.0,
        tile_grid_size: Any = (8, 8),
        data_format: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format=data_format, **kwargs)
        self.value_range = value_pair(value_range)
        self.clip_limit = clip_limit
        rows, columns = tile_grid_size
        self.tile_grid_size = (
            positive_int(rows, "tile_grid_size"),
            positive_int(columns, "tile_grid_size"),
        )

    def transform_images(
        self, images: Any, transformation: Any = None, training: Any = True
    ) -> Any:
        """Return the images with their values spread."""
        height, width = self.known_sizes(images)
        pixels = rescaled(ops.cast(images, "float32"), self.value_range, _FULL)
        pixels = ops.moveaxis(pixels, self.channel_axis, 1)
        tiles = [-(-size // n) for size, n in zip((height, width), self.tile_grid_size)]
        grown = [
            tile * n - size
            for tile, n, size in zip(tiles, self.tile_grid_size, (height, width))
        ]
        pads = [(0, 0), (0, 0), (0, grown[0]), (0, grown[1])]
        pixels = ops.pad(pixels, pads, mode="symmetric")
        values = ops.cast(ops.clip(pixels, 0.0, 255.0), "int32")
        tables = self._tables(values, tiles)
        result = self._interpolated(values, tables, tiles)[:, :, :height, :width]
        result = rescaled(result, _FULL, self.value_range)
        result = ops.moveaxis(result, 1, self.channel_axis)
        return ops.cast(result, images.dtype)

    def _tables(self, values: Any, tiles: list[int]) -> Any:
        """Return the new values: `(batch, channels, rows, columns of tiles, 256)`."""
        rows, columns = self.tile_grid_size
        batch, channels = ops.shape(values)[0], values.shape[1]
        shape = (batch, channels, rows, tiles[0], columns, tiles[1])
        grouped = ops.transpose(ops.reshape(values, shape), (0, 1, 2, 4, 3, 5))
        size = tiles[0] * tiles[1]
        flat = ops.reshape(grouped, (-1, size))
        count = ops.shape(flat)[0]
        flat = flat + 256 * ops.arange(count, dtype="int32")[:, None]
        places = ops.reshape(flat, (-1, 1))
        ones = ops.ones_like(places[:, 0], dtype="float32")
        counts = ops.scatter(places, ones, (count * 256,))
        counts = ops.reshape(counts, (batch, channels, rows, columns, 256))
        if self.clip_limit > 0:
            clipped = ops.minimum(counts, self.clip_limit * size / 256.0)
            excess = ops.sum(counts - clipped, axis=-1, keepdims=True)
            counts = clipped + excess / 256.0
        total = ops.cumsum(counts, axis=-1)
        least = ops.min(total, axis=-1, keepdims=True)
        span = size - least
        share = (total - least) * 255.0 / ops.where(span == 0, 1.0, span)
        return ops.clip(share, 0.0, 255.0)

    def _interpolated(self, values: Any, tables: Any, tiles: list[int]) -> Any:
        """Return the new value of each pixel, between those of the four tables."""
        rows, columns = self.tile_grid_size
        channels = values.shape[1]
        images = ops.arange(ops.shape(values)[0], dtype="int32")[:, None, None, None]
        kinds = ops.arange(channels, dtype="int32")[:, None, None]
        flat = ops.reshape(tables, (-1,))
        upper, lower, down = _neighbours(tiles[0], rows)
        left, right, across = _neighbours(tiles[1], columns)
        above = (images * channels + kinds) * rows

        def looked_up(row: Any, column: Any) -> Any:
            table = (above + row[:, None]) * columns + column
            return ops.take(flat, table * 256 + values)

        top, bottom = (
            looked_up(row, left) * (1.0 - across) + looked_up(row, right) * across
            for row in (upper, lower)
        )
        return top * (1.0 - down[:, None]) + bottom * down[:, None]


def _neighbours(tile: int, count: int) -> tuple[Any, Any, Any]:
    """Return for each pixel the tiles before and after it, and how near the latter."""
    place = ops.arange(tile * count, dtype="float32")
    place = (place - tile / 2.0) / tile
    before = ops.floor(place)
    indices = (
        ops.cast(ops.clip(index, 0.0, count - 1.0), "int32")
        for index in (before, before + 1.0)
    )
    return (*indices, place - before)
