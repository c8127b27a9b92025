"""Kernels of locally connected layers in the layouts that Keras 2 had beside its first.

`implementation=2` stored a weight for each pair of an input and an output, most of them
without a meaning; `implementation=3` stored those with a meaning in one row.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from kerasish.backend.ops.convolution_padding import same_pads


def local_kernel(layer: Any, stored: np.ndarray) -> np.ndarray:
    """Return a kernel as locally connected layers here have it.

    Args:
        layer: The layer, built.
        stored: The kernel in any of the three layouts.

    Returns:
        An array of shape `(places, taps * channels, filters)`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.LocallyConnected1D(1, 2)
    >>> layer.build((None, 3, 1))
    >>> local_kernel(layer, np.arange(4.0)).ravel()
    array([0., 1., 2., 3.])
    """
    if stored.shape == tuple(layer.kernel.shape):
        return stored
    first = layer._first_axis
    shape = layer.get_build_config()["input_shape"]
    sizes = [int(size) for size in shape[first : first + layer.rank]]
    position, inside = _taps(layer, sizes)
    places, taps = position.shape
    filters = layer.filters
    channels = layer.kernel.shape[1] // taps
    last = layer.data_format == "channels_last"
    kernel = np.zeros((places, taps, channels, filters), stored.dtype)
    if stored.ndim > 1:
        axes = (int(np.prod(sizes)), channels, places, filters)
        if last:
            pairs = stored.reshape(axes)
        else:
            pairs = stored.reshape([axes[i] for i in (1, 0, 3, 2)])
            pairs = pairs.transpose(1, 0, 3, 2)
        found = pairs[position, :, np.arange(places)[:, None], :]
        kernel[inside] = found[inside]
    else:
        place, tap, channel, filter_ = np.nonzero(np.broadcast_to(
            inside[:, :, None, None], kernel.shape))  # fmt: skip
        source = position[place, tap]
        if last:
            output, entry = place * filters + filter_, source * channels + channel
        else:
            output = filter_ * places + place
            entry = channel * int(np.prod(sizes)) + source
        order = np.lexsort((entry, output))
        kernel[tuple(axis[order] for axis in (place, tap, channel, filter_))] = stored
    if not last:
        kernel = kernel.transpose(0, 2, 1, 3)
    return kernel.reshape(layer.kernel.shape)


def _taps(layer: Any, sizes: Sequence[int]) -> tuple[np.ndarray, np.ndarray]:
    """Return, for each place and tap, the flat input position and if it is inside."""
    position, inside = np.zeros((1, 1), int), np.ones((1, 1), bool)
    parts = zip(sizes, layer._counts(list(sizes)), layer.kernel_size, layer.strides)
    for size, count, span, step in parts:
        same = layer.padding == "same"
        before = same_pads(size, span, step)[0] if same else 0
        index = np.arange(count)[:, None] * step - before + np.arange(span)
        shape = (position.shape[0] * count, position.shape[1] * span)
        valid = (index >= 0) & (index < size)
        index = np.where(valid, index, 0)
        position = position[:, None, :, None] * size + index[None, :, None, :]
        inside = inside[:, None, :, None] & valid[None, :, None, :]
        position, inside = position.reshape(shape), inside.reshape(shape)
    return position, inside
