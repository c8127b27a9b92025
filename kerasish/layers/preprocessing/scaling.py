"""Scaling by a constant."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import config, ops
from kerasish.layers.layer import Layer


class Rescaling(Layer):
    """Multiplies by a factor and adds an offset: `inputs * scale + offset`.

    Args:
        scale: The factor, a number or one for each channel.
        offset: The offset, a number or one for each channel.

    Input shape: any, of any type of number.

    Output shape: the same, of the layer's compute type.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Rescaling(1 / 127.5, offset=-1.0)
    >>> layer(keras.ops.array([0, 255])).numpy().tolist()
    [-1.0, 1.0]
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.scale = _plain(scale)
        self.offset = _plain(offset)
        self.supports_masking = True

    def call(self, inputs: Any) -> Any:
        """Return the scaled inputs."""
        scale = np.asarray(self.scale, "float32")
        if scale.ndim and config.image_data_format() == "channels_first":
            scale = scale.reshape(scale.shape + (1,) * (3 - scale.ndim))
        offset = np.asarray(self.offset, "float32")
        dtype = self.compute_dtype
        scaled = ops.cast(inputs, dtype) * ops.cast(scale, dtype)
        return scaled + ops.cast(offset, dtype)


def _plain(value: Any) -> Any:
    return value.tolist() if hasattr(value, "tolist") else value
