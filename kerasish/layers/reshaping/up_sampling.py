"""Enlarging of space by whole factors."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.ops.convolution_padding import spatial_tuple
from kerasish.backend.ops.interpolation import KERNELS
from kerasish.layers.arguments import positive_int
from kerasish.layers.input_spec import InputSpec
from kerasish.layers.layer import Layer
from kerasish.layers.reshaping.margins import SpatialLayer

# How many pixels away each interpolation reaches.
_RADIUS = {
    "bilinear": 1,
    "bicubic": 2,
    "gaussian": 2,
    "lanczos3": 3,
    "lanczos5": 5,
    "mitchellcubic": 2,
}
# A whole factor puts each new pixel into a single old one, whose average it is.
_REPEATING = ("nearest", "area")
_INTERPOLATIONS = (*_REPEATING, *_RADIUS)


class UpSampling1D(Layer):
    """Repeats each time step.

    Args:
        size: Number of times.

    Input shape: `(batch, time, features)`.

    Output shape: `(batch, time * size, features)`.

    Example:

    >>> import kerasish as keras
    >>> x = keras.ops.array([[[1.0], [2.0]]])
    >>> keras.layers.UpSampling1D(2)(x).numpy().ravel().tolist()
    [1.0, 1.0, 2.0, 2.0]
    """

    def __init__(self, size: int = 2, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.size = positive_int(size, "size")
        self.input_spec = InputSpec(ndim=3)

    def call(self, inputs: Any) -> Any:
        """Return the repeated time steps."""
        return ops.repeat(inputs, self.size, axis=1)


class UpSampling2D(SpatialLayer):
    """Enlarges images by whole factors.

    Args:
        size: Factor, or a pair of factors (rows, columns).
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.
        interpolation: `"nearest"` (repeat), `"bilinear"`, `"bicubic"`, `"lanczos3"`,
            `"lanczos5"`, or as in tf.keras 2 `"area"`, `"gaussian"` or
            `"mitchellcubic"`.

    Input shape: `(batch, rows, columns, channels)`, or with the channels after the
    batch.

    Output shape: the same, with rows and columns multiplied.

    Raises:
        ValueError: If the interpolation is another one.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.UpSampling2D(2)(keras.ops.ones((1, 2, 3, 4))).shape
    (1, 4, 6, 4)
    """

    rank = 2

    def __init__(
        self,
        size: Any = (2, 2),
        data_format: str | None = None,
        interpolation: str = "nearest",
        **kwargs: Any,
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.size = spatial_tuple(size, 2, "size")
        self.interpolation = str(interpolation).lower()
        if self.interpolation not in _INTERPOLATIONS:
            raise ValueError(
                f"`interpolation` must be one of {_INTERPOLATIONS}.\n"
                f"Received: interpolation={interpolation!r}"
            )

    def call(self, inputs: Any) -> Any:
        """Return the enlarged images."""
        for axis, factor in enumerate(self.size, self.first_spatial_axis):
            if factor > 1 and self.interpolation in _REPEATING:
                inputs = ops.repeat(inputs, factor, axis=axis)
            elif factor > 1:
                inputs = _interpolated(inputs, factor, axis, self.interpolation)
        return inputs


def _interpolated(x: Any, factor: int, axis: int, interpolation: str) -> Any:
    """Enlarges one axis by a weighted sum of neighbours, with aligned pixel centres.

    A new pixel's weights only depend on its position among the `factor` pixels of an
    old one, so that the size of the axis need not be known. Beyond the border there is
    nothing: the weights of what is left are scaled to sum to one.
    """
    radius, kernel = _RADIUS[interpolation], KERNELS[interpolation]
    rank = len(x.shape)
    pads = [(radius, radius) if i == axis else (0, 0) for i in range(rank)]
    values, inside = ops.pad(x, pads), ops.pad(ops.ones_like(x), pads)

    def shifted(padded: Any, tap: int) -> Any:
        window = slice(radius + tap, tap - radius or None)
        return padded[(slice(None),) * axis + (window,)]

    pieces = []
    for position in range(factor):
        offset = (position + 0.5) / factor - 0.5
        taps = np.arange(-radius, radius + 1)
        weights = dict(zip(taps.tolist(), kernel(np, abs(taps - offset)).tolist()))
        weights = {tap: weight for tap, weight in weights.items() if weight}
        total = sum(weight * shifted(values, tap) for tap, weight in weights.items())
        share = sum(weight * shifted(inside, tap) for tap, weight in weights.items())
        pieces.append(total / share)
    stacked = ops.stack(pieces, axis=axis + 1)
    sizes = [ops.shape(x)[i] if x.shape[i] is None else x.shape[i] for i in range(rank)]
    sizes[axis] = sizes[axis] * factor
    return ops.reshape(stacked, tuple(sizes))


class UpSampling3D(SpatialLayer):
    """Repeats the entries of volumes along each axis.

    Args:
        size: Number of times, or three of them (depth, rows, columns).
        data_format: `"channels_last"`, `"channels_first"`, or `None` for the
            configured one.

    Input shape: `(batch, depth, rows, columns, channels)`, or with the channels after
    the batch.

    Output shape: the same, with the spatial sizes multiplied.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.UpSampling3D(2)(keras.ops.ones((1, 1, 2, 3, 4))).shape
    (1, 2, 4, 6, 4)
    """

    rank = 3

    def __init__(
        self, size: Any = (2, 2, 2), data_format: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(data_format, **kwargs)
        self.size = spatial_tuple(size, 3, "size")

    def call(self, inputs: Any) -> Any:
        """Return the repeated entries."""
        for axis, count in enumerate(self.size, self.first_spatial_axis):
            if count > 1:
                inputs = ops.repeat(inputs, count, axis=axis)
        return inputs
