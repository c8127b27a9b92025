"""Convolution kernels over NumPy and CuPy: one matrix product a chunk of images.

Arrays are channels last, `(batch, *spatial, channels)`; kernels are
`(*window, channels / groups, filters)`. Work proceeds in chunks that stay in the cache:
the patches of a chunk are copied into the rows of a matrix, which one product turns
into outputs. Half precision is computed in float32.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from kerasish.backend.devices.helpers import multiply
from kerasish.backend.ops.blocking import destination, walk
from kerasish.backend.ops.convolution_padding import Pads, window_taps
from kerasish.backend.ops.depthwise_kernels import (
    convolve_depthwise,
    correlate_depthwise,
    scatter_depthwise,
)

# Bytes of patches that fit into the second level cache beside the operands.
_PATCH_BYTES = 2 << 20
# Up to this many channels, patches are gathered plane by plane: runs along the last
# spatial axis are longer than runs along window and channels.
_FEW_CHANNELS = 4

Array = Any


def convolve(
    xp: Any,
    x: Array,
    w: Array,
    sizes: tuple[int, ...],
    strides: tuple[int, ...],
    pads: Pads,
    dilation: tuple[int, ...],
    groups: int,
    out: Array | None = None,
) -> Array:
    """Convolve: `y[n, p, o] = sum over t, c of x[n, p * stride + t, c] * w[t, c, o]`.

    Args:
        xp: NumPy or CuPy.
        x: Input `(batch, *spatial, channels)`.
        w: Kernel `(*window, channels / groups, filters)`.
        sizes: Output lengths along the spatial axes.
        strides, pads, dilation, groups: The geometry.
        out: Where to put the result, if it can be used.

    Returns:
        `(batch, *sizes, filters)`.
    """
    shape = (x.shape[0], *sizes, w.shape[-1])
    y = destination(xp, out, shape, x.dtype)
    if groups > 1 and w.shape[-2] == 1:
        convolve_depthwise(xp, x, w, y, strides, pads, dilation)
    elif groups > 1:
        for x_group, w_group, where in _group_slices(x, w, groups):
            part = convolve(xp, x_group, w_group, sizes, strides, pads, dilation, 1)
            y[..., where] = part
    else:
        matrix = w.reshape(-1, w.shape[-1])
        for rows, columns in _patches(xp, x, w.shape, sizes, strides, pads, dilation):
            target = y[rows].reshape(-1, w.shape[-1])
            multiply(xp, columns, matrix, target)
    return y


def input_gradient(
    xp: Any,
    g: Array,
    w: Array,
    sizes: tuple[int, ...],
    strides: tuple[int, ...],
    pads: Pads,
    dilation: tuple[int, ...],
    groups: int,
    out: Array | None = None,
) -> Array:
    """Return the gradient of `convolve` with respect to its input.

    Args:
        g: Gradient of the output, `(batch, *positions, filters)`.
        w: Kernel `(*window, channels / groups, filters)`.
        sizes: Lengths of the input along the spatial axes.

    Returns:
        `(batch, *sizes, channels)`.
    """
    channels = w.shape[-2] * groups
    x = destination(xp, out, (g.shape[0], *sizes, channels), g.dtype)
    depthwise = groups > 1 and w.shape[-2] == 1
    if groups > 1 and not depthwise:
        for g_group, w_group, where in _filter_slices(g, w, groups):
            part = input_gradient(
                xp, g_group, w_group, sizes, strides, pads, dilation, 1
            )
            x[..., where] = part
        return x
    taps = window_taps(sizes, g.shape[1:-1], w.shape[:-2], strides, pads, dilation)
    if depthwise:
        scatter_depthwise(xp, g, w, x, taps)
    elif channels <= _FEW_CHANNELS:
        _scatter_planes(xp, g, w, x, taps)
    else:
        _scatter_products(xp, g, w, x, taps)
    return x


def kernel_gradient(
    xp: Any,
    x: Array,
    g: Array,
    window: tuple[int, ...],
    strides: tuple[int, ...],
    pads: Pads,
    dilation: tuple[int, ...],
    groups: int,
) -> Array:
    """Return the gradient of `convolve` with respect to its kernel.

    Args:
        x: Input `(batch, *spatial, channels)`.
        g: Gradient of the output, `(batch, *positions, filters)`.
        window: Lengths of the kernel along the spatial axes.

    Returns:
        `(*window, channels / groups, filters)`.
    """
    channels, filters = x.shape[-1] // groups, g.shape[-1]
    shape = (*window, channels, filters)
    if groups > 1 and channels == 1:
        return correlate_depthwise(xp, x, g, shape, strides, pads, dilation)
    result = xp.zeros(shape, x.dtype)
    if groups > 1:
        width = filters // groups
        for group in range(groups):
            here = slice(group * channels, (group + 1) * channels)
            there = slice(group * width, (group + 1) * width)
            result[..., there] = kernel_gradient(
                xp, x[..., here], g[..., there], window, strides, pads, dilation, 1
            )
        return result
    total = result.reshape(-1, filters)
    part = xp.empty_like(total)
    sizes = g.shape[1:-1]
    for rows, columns in _patches(xp, x, shape, sizes, strides, pads, dilation):
        multiply(xp, columns.T, g[rows].reshape(-1, filters), part)
        total += part
    return result


def _group_slices(x: Array, w: Array, groups: int) -> Iterator[tuple]:
    channels, filters = x.shape[-1] // groups, w.shape[-1] // groups
    for group in range(groups):
        where = slice(group * filters, (group + 1) * filters)
        here = slice(group * channels, (group + 1) * channels)
        yield x[..., here], w[..., where], where


def _filter_slices(g: Array, w: Array, groups: int) -> Iterator[tuple]:
    channels, filters = w.shape[-2], w.shape[-1] // groups
    for group in range(groups):
        there = slice(group * filters, (group + 1) * filters)
        where = slice(group * channels, (group + 1) * channels)
        yield g[..., there], w[..., there], where


def _blocks(batch: int, rows: int, row_bytes: int) -> Iterator[tuple[slice, slice]]:
    """Cut batch and first spatial axis into blocks of about `_PATCH_BYTES`.

    A block is several whole images, or several rows of one image, so that the block of
    a contiguous array is contiguous.
    """
    images = _PATCH_BYTES // max(row_bytes * rows, 1)
    if images:
        for start in range(0, batch, images):
            yield slice(start, min(start + images, batch)), slice(0, rows)
        return
    height = max(_PATCH_BYTES // row_bytes, 1)
    for image in range(batch):
        for start in range(0, rows, height):
            yield slice(image, image + 1), slice(start, min(start + height, rows))


def _patches(
    xp: Any,
    x: Array,
    kernel_shape: tuple[int, ...],
    sizes: tuple[int, ...],
    strides: tuple[int, ...],
    pads: Pads,
    dilation: tuple[int, ...],
) -> Iterator[tuple[tuple[slice, slice], Array]]:
    """Yield blocks of positions and the matrix whose rows are their patches.

    The matrix is valid until the next one is asked for.
    """
    window, channels = kernel_shape[:-2], x.shape[-1]
    batch, positions = x.shape[0], math.prod(sizes)
    if not batch * positions:
        return
    if max(window) == 1 and not any(map(sum, pads)):
        everything = slice(None)
        points = x[(everything, *(slice(0, None, step) for step in strides))]
        points = points[(everything, *(slice(0, size) for size in sizes))]
        yield (everything, everything), points.reshape(-1, channels)
        return
    width = math.prod(window) * channels
    row_bytes = positions // sizes[0] * width * x.dtype.itemsize
    planar = channels <= _FEW_CHANNELS
    buffer, padded = None, None
    for images, rows in _blocks(batch, sizes[0], row_bytes):
        count = images.stop - images.start
        if any(map(sum, pads)):
            if padded is None:
                padded = _padded(xp, x, count, pads)
            source = padded[:count]
            source[_inside(x, pads)] = x[images]
        else:
            source = x[images]
        view = _windows(xp, source, rows, window, sizes, strides, dilation)
        order = _plane_order(len(sizes)) if planar else range(view.ndim)
        view = view.transpose(order)
        if buffer is None:
            buffer = xp.empty(math.prod(view.shape), x.dtype)
        filled = buffer[: math.prod(view.shape)].reshape(view.shape)
        filled[...] = view
        matrix = filled.reshape(width, -1).T if planar else filled.reshape(-1, width)
        yield (images, rows), matrix


def _padded(xp: Any, x: Array, count: int, pads: Pads) -> Array:
    spatial = (size + sum(pad) for size, pad in zip(x.shape[1:-1], pads))
    return xp.zeros((count, *spatial, x.shape[-1]), x.dtype)


def _inside(x: Array, pads: Pads) -> tuple[slice, ...]:
    inner = (slice(pad[0], pad[0] + n) for n, pad in zip(x.shape[1:-1], pads))
    return (slice(None), *inner)


def _windows(
    xp: Any,
    source: Array,
    rows: slice,
    window: tuple[int, ...],
    sizes: tuple[int, ...],
    strides: tuple[int, ...],
    dilation: tuple[int, ...],
) -> Array:
    """View as `(images, *positions, *window, channels)`, for a block of rows."""
    source = source[:, rows.start * strides[0] :]
    shape = (source.shape[0], rows.stop - rows.start, *sizes[1:], *window)
    steps = source.strides[1:-1]
    return xp.lib.stride_tricks.as_strided(
        source,
        shape=(*shape, source.shape[-1]),
        strides=(
            source.strides[0],
            *(step * stride for step, stride in zip(steps, strides)),
            *(step * gap for step, gap in zip(steps, dilation)),
            source.strides[-1],
        ),
    )


def _plane_order(rank: int) -> tuple[int, ...]:
    """Permute `(images, *positions, *window, channels)` to positions last."""
    return (*range(rank + 1, 2 * rank + 2), *range(rank + 1))


def _scatter_products(xp: Any, g: Array, w: Array, x: Array, taps: tuple) -> None:
    """Sum for each input element, tap by tap, the products that reach it."""
    positions, filters = g.shape[1:-1], g.shape[-1]
    matrices = xp.ascontiguousarray(xp.swapaxes(w, -1, -2))
    buffer = None
    for images in walk(g.shape[0], g, x):
        rows = g[images].reshape(-1, filters)
        if buffer is None:
            buffer = xp.empty((rows.shape[0], w.shape[-2]), x.dtype)
        product = buffer[: rows.shape[0]]
        block = product.reshape(-1, *positions, w.shape[-2])
        target = x[images]
        target[...] = 0
        for tap, there, here in taps:
            multiply(xp, rows, matrices[tap], product)
            reached = target[here]
            xp.add(reached, block[there], out=reached)


def _scatter_planes(xp: Any, g: Array, w: Array, x: Array, taps: tuple) -> None:
    """Do the same with one product, whose rows are planes of a tap and a channel."""
    positions, filters, channels = g.shape[1:-1], g.shape[-1], w.shape[-2]
    matrix = w.reshape(-1, filters)
    for images in walk(g.shape[0], g, x):
        rows = g[images].reshape(-1, filters)
        planes = xp.matmul(matrix, rows.T)
        planes = planes.reshape(*w.shape[:-1], -1, *positions)
        target = x[images]
        target[...] = 0
        for tap, there, here in taps:
            for channel in range(channels):
                reached = target[(*here, channel)]
                xp.add(reached, planes[tap][channel][there], out=reached)
