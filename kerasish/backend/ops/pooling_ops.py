"""Pooling ops, each with a linear gradient that is itself an op.

Maximum pooling takes the element that `max_pool_index` names, and its gradient puts the
incoming gradient there: `max_unpool` and `pool_gather` are each other's transpose.
`average_pool` and `average_unpool` are too. Arrays are channels last,
`(batch, *spatial, channels)`. Padding never counts: neither as a maximum nor in an
average.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

from kerasish.backend.graph import Node, Op, Spec, Tensor, register
from kerasish.backend.ops.convolution_kernels import widened
from kerasish.backend.ops.convolution_padding import (
    Pads,
    output_sizes,
    resolve_pads,
    window_taps,
)
from kerasish.errors import ShapeError

# Bytes of input that are pooled at a time, so that later taps find them in the cache.
_BLOCK_BYTES = 1 << 20

Array = Any
Ints = tuple[int, ...]


class _Pooling(Op):
    """What the pooling ops share: a window that slides over the spatial axes."""

    def _pooled_shape(self, x: Spec, attrs: dict) -> tuple[int | None, ...]:
        window = attrs["pool_size"]
        if x.rank != len(window) + 2:
            raise ShapeError(
                f"{self.name}: a window of size {window} needs an input with "
                f"{len(window) + 2} axes.\n  got: {x}"
            )
        sizes = output_sizes(
            self.name, x.shape[1:-1], window, attrs["strides"], attrs["pads"],
            (1,) * len(window),
        )  # fmt: skip
        return (x.shape[0], *sizes, x.shape[-1])

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        """Replace `'same'` by numbers; the larger array is the last input."""
        attrs = node.attrs
        if attrs["pads"] != "same":
            return None
        sizes, window = self._large(inputs).shape[1:-1], attrs["pool_size"]
        pads = resolve_pads("same", sizes, window, attrs["strides"], (1,) * len(window))
        return self(*inputs, **{**attrs, "pads": pads})

    def _large(self, inputs: tuple) -> Any:
        """Pick the input that has the shape from before pooling."""
        return inputs[0]


class MaxPool(_Pooling):
    """The largest element of each window."""

    name = "max_pool"

    def infer(self, x: Spec, **attrs: Any) -> Spec:
        return Spec(self._pooled_shape(x, attrs), x.dtype)

    def kernel(self, xp: Any, x: Array, *, out: Array = None, **attrs: Any) -> Array:
        shape, taps = _taps(x.shape, **attrs)
        y = out if out is not None else xp.empty(shape, x.dtype)
        covered = _is_covered(taps, shape)
        if not covered:
            y[...] = _lowest(xp, x.dtype)
        for images in _blocks(x):
            source, target = x[images], y[images]
            rest = taps
            if covered:
                first = source[taps[0][2]]
                second = source[taps[1][2]] if len(taps) > 1 else first
                xp.maximum(first, second, out=target)
                rest = taps[2:]
            for _, there, here in rest:
                reached = target[there]
                xp.maximum(reached, source[here], out=reached)
        return y

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        (x,), (y,) = node.inputs, node.outputs
        index = max_pool_index(x, y, **node.attrs)
        return (max_unpool(g, index, x, **node.attrs),)


class MaxPoolIndex(_Pooling):
    """The first place in each window, in row-major order, where its maximum is.

    Inputs are `x` and `max_pool(x)`. A window with a NaN names its first element.
    """

    name = "max_pool_index"
    differentiable = False

    def infer(self, x: Spec, y: Spec, **attrs: Any) -> Spec:
        return Spec(self._pooled_shape(x, attrs), _index_dtype(attrs["pool_size"]))

    def kernel(
        self, xp: Any, x: Array, y: Array, *, out: Array = None, **attrs: Any
    ) -> Array:
        shape, taps = _taps(x.shape, **attrs)
        window = attrs["pool_size"]
        index = xp.zeros(shape, _index_dtype(window))
        for images in _blocks(x):
            source, maximum, target = x[images], y[images], index[images]
            # Backwards, so that the first of several equal elements has the last word.
            for tap, there, here in reversed(taps):
                found = source[here] == maximum[there]
                xp.copyto(target[there], _place(tap, window), where=found)
        return index

    def vjp(self, node: Node, g: Tensor) -> tuple[None, None]:
        return None, None


class MaxUnpool(_Pooling):
    """Put each element where an index says; elements that meet are added.

    Inputs are `g` of the pooled shape, the index, and `x`, of which only the shape
    matters.
    """

    name = "max_unpool"
    linear = True
    shape_only = (2,)

    def infer(self, g: Spec, index: Spec, like: Spec, **attrs: Any) -> Spec:
        return Spec(like.shape, g.dtype)

    def _large(self, inputs: tuple) -> Any:
        return inputs[2]

    def kernel(
        self,
        xp: Any,
        g: Array,
        index: Array,
        like: Array,
        *,
        out: Array = None,
        **attrs: Any,
    ) -> Array:
        _, taps = _taps(like.shape, **attrs)
        window = attrs["pool_size"]
        apart = all(map(int.__ge__, attrs["strides"], window))
        (values,) = widened(xp, g)
        x = xp.zeros(like.shape, values.dtype)
        for images in _blocks(x):
            target, given, places = x[images], values[images], index[images]
            for tap, there, here in taps:
                chosen = places[there] == _place(tap, window)
                if apart:
                    xp.copyto(target[here], given[there], where=chosen)
                else:
                    reached = target[here]
                    part = xp.where(chosen, given[there], 0)
                    xp.add(reached, part, out=reached)
        return x

    def vjp(self, node: Node, h: Tensor) -> tuple[Tensor | None, ...]:
        return pool_gather(h, node.inputs[1], **node.attrs), None, None


class PoolGather(_Pooling):
    """The element of each window that an index names."""

    name = "pool_gather"
    linear = True

    def infer(self, x: Spec, index: Spec, **attrs: Any) -> Spec:
        return Spec(self._pooled_shape(x, attrs), x.dtype)

    def kernel(
        self, xp: Any, x: Array, index: Array, *, out: Array = None, **attrs: Any
    ) -> Array:
        shape, taps = _taps(x.shape, **attrs)
        y = xp.zeros(shape, x.dtype)
        for images in _blocks(x):
            source, target, places = x[images], y[images], index[images]
            for tap, there, here in taps:
                chosen = places[there] == _place(tap, attrs["pool_size"])
                xp.copyto(target[there], source[here], where=chosen)
        return y

    def vjp(self, node: Node, h: Tensor) -> tuple[Tensor | None, ...]:
        x, index = node.inputs
        return max_unpool(h, index, x, **node.attrs), None


class AveragePool(_Pooling):
    """The mean of the elements of each window, padding left out."""

    name = "average_pool"
    linear = True

    def infer(self, x: Spec, **attrs: Any) -> Spec:
        return Spec(self._pooled_shape(x, attrs), x.dtype)

    def kernel(self, xp: Any, x: Array, *, out: Array = None, **attrs: Any) -> Array:
        shape, taps = _taps(x.shape, **attrs)
        counts = _counts(xp, x.dtype, x.shape[1:-1], shape[1:-1], **attrs)
        (x,) = widened(xp, x)
        usable = out is not None and out.dtype == x.dtype
        y = out if usable else xp.empty(shape, x.dtype)
        covered = _is_covered(taps, shape) and len(taps) > 1
        if not covered:
            y[...] = 0
        for images in _blocks(x):
            source, target = x[images], y[images]
            if covered:
                xp.add(source[taps[0][2]], source[taps[1][2]], out=target)
            for _, there, here in taps[2:] if covered else taps:
                reached = target[there]
                xp.add(reached, source[here], out=reached)
            xp.divide(target, counts, out=target)
        return y

    def vjp(self, node: Node, g: Tensor) -> tuple[Tensor]:
        return (average_unpool(g, node.inputs[0], **node.attrs),)


class AverageUnpool(_Pooling):
    """Spread each element evenly over its window, padding left out.

    Inputs are `g` of the pooled shape, and `x`, of which only the shape matters.
    """

    name = "average_unpool"
    linear = True
    shape_only = (1,)

    def infer(self, g: Spec, like: Spec, **attrs: Any) -> Spec:
        return Spec(like.shape, g.dtype)

    def _large(self, inputs: tuple) -> Any:
        return inputs[1]

    def kernel(
        self, xp: Any, g: Array, like: Array, *, out: Array = None, **attrs: Any
    ) -> Array:
        shape, taps = _taps(like.shape, **attrs)
        counts = _counts(xp, g.dtype, like.shape[1:-1], shape[1:-1], **attrs)
        (values,) = widened(xp, g)
        x = xp.zeros(like.shape, values.dtype)
        for images in _blocks(x):
            target, share = x[images], values[images] / counts
            for _, there, here in taps:
                reached = target[here]
                xp.add(reached, share[there], out=reached)
        return x

    def vjp(self, node: Node, h: Tensor) -> tuple[Tensor, None]:
        return average_pool(h, **node.attrs), None


def _taps(
    shape: Ints, pool_size: Ints, strides: Ints, pads: Pads | str
) -> tuple[Ints, tuple]:
    """Return the pooled shape, and the taps of the window as `window_taps` does."""
    ones, sizes = (1,) * len(pool_size), shape[1:-1]
    pads = resolve_pads(pads, sizes, pool_size, strides, ones)
    pooled = output_sizes("pooling", sizes, pool_size, strides, pads, ones)
    taps = window_taps(sizes, pooled, pool_size, strides, pads, ones)
    return (shape[0], *pooled, shape[-1]), taps


def _is_covered(taps: tuple, shape: Ints) -> bool:
    """Tell whether no window reaches into padding, so that every tap is in each."""
    full = tuple(slice(0, size) for size in shape[1:-1])
    return bool(taps) and all(there[1:] == full for _, there, _ in taps)


def _blocks(x: Array) -> Iterator[slice]:
    """Cut the batch into pieces that stay in the cache."""
    batch = x.shape[0]
    image = max(x.nbytes // max(batch, 1), 1)
    step = max(_BLOCK_BYTES // image, 1)
    for start in range(0, batch, step):
        yield slice(start, min(start + step, batch))


def _place(tap: Ints, window: Ints) -> int:
    """Return the row-major position of a tap."""
    place = 0
    for position, size in zip(tap, window):
        place = place * size + position
    return place


def _index_dtype(window: Ints) -> str:
    return "uint8" if math.prod(window) <= 256 else "int32"


def _lowest(xp: Any, dtype: Any) -> Any:
    if dtype.kind in "iu":
        return xp.iinfo(dtype).min
    return False if dtype.kind == "b" else -math.inf


def _counts(
    xp: Any,
    dtype: Any,
    sizes: Ints,
    pooled: Ints,
    pool_size: Ints,
    strides: Ints,
    pads: Pads | str,
) -> Any:
    """Return how many elements each window holds: one number, or an array of them."""
    pads = resolve_pads(pads, sizes, pool_size, strides, (1,) * len(sizes))
    each = [
        [
            min(start + window - low, size) - max(start - low, 0)
            for start in range(0, count * stride, stride)
        ]
        for size, count, window, stride, (low, _) in zip(
            sizes, pooled, pool_size, strides, pads
        )
    ]
    if all(set(numbers) <= {window} for numbers, window in zip(each, pool_size)):
        return math.prod(pool_size)
    wide = xp.float64 if dtype.itemsize == 8 else xp.float32
    counts: Any = 1
    for axis, numbers in enumerate(each):
        shape = [1] * (len(sizes) + 1)
        shape[axis] = len(numbers)
        counts = counts * xp.asarray(numbers, wide).reshape(shape)
    return counts


max_pool = register(MaxPool)
max_pool_index = register(MaxPoolIndex)
max_unpool = register(MaxUnpool)
pool_gather = register(PoolGather)
average_pool = register(AveragePool)
average_unpool = register(AverageUnpool)
