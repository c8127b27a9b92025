"""Pooling kernels over NumPy and CuPy, on channels-last arrays.

Windows are walked tap by tap with strided slices, in blocks of images that stay in the
cache. What a reduction may do axis by axis is done so: the first axis first, along
which memory runs are longest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from kerasish.backend.ops.blocking import destination, widened
from kerasish.backend.ops.convolution_padding import (
    Pads,
    output_sizes,
    resolve_pads,
    window_taps,
)

# Bytes of input that are pooled at a time.
_BLOCK_BYTES = 2 << 20

Array = Any
Ints = tuple[int, ...]


def max_pool(
    xp: Any, x: Array, out: Array | None, pool_size: Ints, strides: Ints, pads: Any
) -> Array:
    """Return the largest element of each window, into `out` where it is given."""
    window = _Window(x.shape, pool_size, strides, pads)
    y = destination(xp, out, window.pooled_shape, x.dtype)
    for images in _blocks(x):
        window.reduce(xp, xp.maximum, x[images], y[images], _lowest(xp, x.dtype))
    return y


def average_pool(
    xp: Any, x: Array, out: Array | None, pool_size: Ints, strides: Ints, pads: Any
) -> Array:
    """Return the mean of each window, into `out` where it can be used."""
    window = _Window(x.shape, pool_size, strides, pads)
    (x,) = widened(xp, x)
    counts = window.counts(xp, x.dtype)
    y = destination(xp, out, window.pooled_shape, x.dtype)
    for images in _blocks(x):
        target = y[images]
        window.reduce(xp, xp.add, x[images], target, 0)
        xp.divide(target, counts, out=target)
    return y


def average_unpool(
    xp: Any,
    g: Array,
    shape: Ints,
    out: Array | None,
    pool_size: Ints,
    strides: Ints,
    pads: Any,
) -> Array:
    """Spread each element of `g` evenly over its window in an array of `shape`."""
    window = _Window(shape, pool_size, strides, pads)
    (g,) = widened(xp, g)
    counts = window.counts(xp, g.dtype)
    x = destination(xp, out, shape, g.dtype)
    for images in _blocks(x):
        target, share = x[images], g[images] / counts
        target[...] = 0
        for _, there, here in window.taps:
            reached = target[here]
            if window.apart:
                reached[...] = share[there]
            else:
                xp.add(reached, share[there], out=reached)
    return x


def max_index(
    xp: Any,
    x: Array,
    y: Array,
    dtype: str,
    out: Array | None,
    pool_size: Ints,
    strides: Ints,
    pads: Any,
) -> Array:
    """Return the first place in each window of `x` where `y` is found.

    A window in which it is not found, because of a NaN, gets the place behind the last.
    """
    window = _Window(x.shape, pool_size, strides, pads)
    places = math.prod(pool_size)
    index = destination(xp, out, window.pooled_shape, xp.dtype(dtype))
    for images in _blocks(x):
        source, maximum, best = x[images], y[images], index[images]
        best[...] = 0
        for place, there, here in window.places():
            # The largest number wins: that of the first place. Products of integers
            # are much faster than masked copies.
            found = (source[here] == maximum[there]).view("uint8")
            number = xp.multiply(found, places - place, dtype=dtype)
            reached = best[there]
            xp.maximum(reached, number, out=reached)
        xp.subtract(places, best, out=best)
    return index


def max_unpool(
    xp: Any,
    g: Array,
    index: Array,
    shape: Ints,
    out: Array | None,
    pool_size: Ints,
    strides: Ints,
    pads: Any,
) -> Array:
    """Add each element of `g` to where its index points in an array of `shape`."""
    window = _Window(shape, pool_size, strides, pads)
    (g,) = widened(xp, g)
    x = destination(xp, out, shape, g.dtype)
    for images in _blocks(x):
        target, given, chosen = x[images], g[images], index[images]
        target[...] = 0
        for place, there, here in window.places():
            bits, found = _bits(given[there]), chosen[there] == place
            reached = target[here]
            if window.apart:
                _keep(xp, found, bits, _bits(reached))
            else:
                part = _keep(xp, found, bits).view(x.dtype)
                xp.add(reached, part, out=reached)
    return x


def gather(
    xp: Any,
    x: Array,
    index: Array,
    out: Array | None,
    pool_size: Ints,
    strides: Ints,
    pads: Any,
) -> Array:
    """Return the element of each window of `x` that the index names, 0 for none."""
    window = _Window(x.shape, pool_size, strides, pads)
    y = destination(xp, out, window.pooled_shape, x.dtype)
    for images in _blocks(x):
        source, target, chosen = x[images], y[images], index[images]
        target[...] = 0
        for place, there, here in window.places():
            part = _keep(xp, chosen[there] == place, _bits(source[here]))
            reached = _bits(target[there])
            xp.bitwise_or(reached, part, out=reached)
    return y


class _Window:
    """A window on an array of a given shape."""

    def __init__(
        self, shape: Ints, pool_size: Ints, strides: Ints, pads: Pads | str
    ) -> None:
        ones, sizes = (1,) * len(pool_size), shape[1:-1]
        pads = resolve_pads(pads, sizes, pool_size, strides, ones)
        pooled = output_sizes("pooling", sizes, pool_size, strides, pads, ones)
        self.pooled_shape = (shape[0], *pooled, shape[-1])
        self.taps = window_taps(sizes, pooled, pool_size, strides, pads, ones)
        self.apart = all(map(int.__ge__, strides, pool_size))
        self._pool_size = pool_size
        self._axes = tuple(zip(sizes, pooled, pool_size, strides, pads))

    def places(self) -> Iterator[tuple[int, tuple, tuple]]:
        """Yield the taps with their row-major places instead of positions."""
        for tap, there, here in self.taps:
            place = 0
            for position, size in zip(tap, self._pool_size):
                place = place * size + position
            yield place, there, here

    def reduce(
        self, xp: Any, combine: Any, source: Array, target: Array, neutral: Any
    ) -> None:
        """Combine the elements of each window, one axis after the other."""
        last = len(self._axes) - 1
        for axis, (size, pooled, length, stride, pad) in enumerate(self._axes):
            before = (slice(None),) * axis
            taps = window_taps((size,), (pooled,), (length,), (stride,), (pad,), (1,))
            shape = (*source.shape[: axis + 1], pooled, *source.shape[axis + 2 :])
            reduced = target if axis == last else xp.empty(shape, target.dtype)
            whole = (slice(None), slice(0, pooled))
            full = [here for _, there, here in taps if there == whole]
            rest = [(there, here) for _, there, here in taps if there != whole]
            if len(full) > 1:
                first, second, *others = (source[before + here] for here in full)
                combine(first, second, out=reduced)
                for part in others:
                    combine(reduced, part, out=reduced)
            else:
                reduced[...] = source[before + full[0]] if full else neutral
            for there, here in rest:
                reached = reduced[before + there]
                combine(reached, source[before + here], out=reached)
            source = reduced

    def counts(self, xp: Any, dtype: Any) -> Any:
        """Return how many elements each window holds: one number, or an array."""
        each = [
            [
                min(start + length - pad[0], size) - max(start - pad[0], 0)
                for start in range(0, pooled * stride, stride)
            ]
            for size, pooled, length, stride, pad in self._axes
        ]
        if all(set(row) <= {size} for row, size in zip(each, self._pool_size)):
            return math.prod(self._pool_size)
        counts: Any = 1
        for axis, numbers in enumerate(each):
            shape = [1] * (len(each) + 1)
            shape[axis] = len(numbers)
            counts = counts * xp.asarray(numbers, dtype).reshape(shape)
        return counts


def _blocks(x: Array) -> Iterator[slice]:
    """Cut the batch into pieces that stay in the cache."""
    batch = x.shape[0]
    image = max(x.nbytes // max(batch, 1), 1)
    step = max(_BLOCK_BYTES // image, 1)
    for start in range(0, batch, step):
        yield slice(start, min(start + step, batch))


def _bits(x: Array) -> Array:
    return x.view(f"int{8 * x.dtype.itemsize}")


def _keep(xp: Any, chosen: Array, bits: Array, out: Array | None = None) -> Array:
    """Return the bits of the values that are chosen, and 0 for the others.

    Masking is several times as fast as `where`, and right for infinities too.
    """
    mask = xp.negative(chosen.view("int8")).astype(bits.dtype)
    return xp.bitwise_and(bits, mask, out=mask if out is None else out)


def _lowest(xp: Any, dtype: Any) -> Any:
    if dtype.kind in "iu":
        return xp.iinfo(dtype).min
    return False if dtype.kind == "b" else -math.inf
