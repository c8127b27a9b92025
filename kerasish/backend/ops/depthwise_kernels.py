"""Depthwise convolution over NumPy and CuPy: a sum over taps of shifted products.

With one filter for each channel there is no matrix product to win by; arrays are
channels last, kernels `(*window, 1, filters)`.
"""

from __future__ import annotations

from typing import Any

from kerasish.backend.ops.blocking import walk
from kerasish.backend.ops.convolution_padding import Pads, window_taps

Array = Any


def _per_channel(xp: Any, w: Array, tap: tuple[int, ...], width: int) -> Array:
    """Return a tap's filters repeated along the last spatial axis.

    Written out, they let the loop run over that axis and the channels in one go.
    """
    row = w[tap][0]
    return xp.ascontiguousarray(xp.broadcast_to(row, (width, row.shape[0])))


def _expanded(xp: Any, x: Array, filters: int) -> Array:
    """Repeat each channel as often as it has filters."""
    multiplier = filters // x.shape[-1]
    return x if multiplier == 1 else xp.repeat(x, multiplier, axis=-1)


def convolve_depthwise(
    xp: Any,
    x: Array,
    w: Array,
    y: Array,
    strides: tuple[int, ...],
    pads: Pads,
    dilation: tuple[int, ...],
) -> None:
    """Convolve each channel of `x` with its filters in `w`, into `y`."""
    sizes, filters = y.shape[1:-1], y.shape[-1]
    taps = window_taps(x.shape[1:-1], sizes, w.shape[:-2], strides, pads, dilation)
    # A tap that lies inside every window writes; the others add.
    whole = tuple(slice(0, size) for size in sizes)
    taps = sorted(taps, key=lambda tap: tap[1][1:] != whole)
    written = bool(taps) and taps[0][1][1:] == whole
    weights = [_per_channel(xp, w, tap, sizes[-1]) for tap, _, _ in taps]
    buffer = None
    for images in walk(x.shape[0], x, y, y):
        source, target = _expanded(xp, x[images], filters), y[images]
        if not written:
            target[...] = 0
        if buffer is None:
            buffer = xp.empty(target.shape, y.dtype)
        for place, (_, there, here) in enumerate(taps):
            reached = target[there]
            weight = weights[place][: reached.shape[-2]]
            if place == 0 and written:
                xp.multiply(source[here], weight, out=reached)
                continue
            product = buffer[: target.shape[0]][there]
            xp.multiply(source[here], weight, out=product)
            xp.add(reached, product, out=reached)


def scatter_depthwise(xp: Any, g: Array, w: Array, x: Array, taps: tuple) -> None:
    """Put the input's gradient into `x`."""
    channels, filters = x.shape[-1], g.shape[-1]
    weights = [_per_channel(xp, w, tap, g.shape[-2]) for tap, _, _ in taps]
    buffer = None
    for images in walk(g.shape[0], x, g, g):
        source, target = g[images], x[images]
        target[...] = 0
        if buffer is None:
            buffer = xp.empty(source.shape, x.dtype)
        for (_, there, here), weight in zip(taps, weights):
            reached, given = target[here], source[there]
            product = buffer[: source.shape[0]][there]
            xp.multiply(given, weight[: given.shape[-2]], out=product)
            if filters > channels:
                product = product.reshape(*given.shape[:-1], channels, -1).sum(axis=-1)
            xp.add(reached, product, out=reached)


def correlate_depthwise(
    xp: Any,
    x: Array,
    g: Array,
    shape: tuple[int, ...],
    strides: tuple[int, ...],
    pads: Pads,
    dilation: tuple[int, ...],
) -> Array:
    """Return the kernel's gradient, of the given shape."""
    sizes, filters = g.shape[1:-1], g.shape[-1]
    taps = window_taps(x.shape[1:-1], sizes, shape[:-2], strides, pads, dilation)
    result = xp.zeros(shape, x.dtype)
    buffer = None
    for images in walk(g.shape[0], x, g, g):
        source, given = _expanded(xp, x[images], filters), g[images]
        if buffer is None:
            buffer = xp.empty(given.shape, g.dtype)
        for tap, there, here in taps:
            product = buffer[: given.shape[0]][there]
            xp.multiply(source[here], given[there], out=product)
            total = product.sum(axis=tuple(range(product.ndim - 2)))
            result[tap][0] += total.sum(axis=0)
    return result
