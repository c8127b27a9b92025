"""Convolution as products of matrices by cuBLAS, with kernels for what is around them.

Shapes decide how: windows of one element are one product; depthwise kernels need none;
where there are few filters, a product of our own takes the patches from where they lie;
everything else copies them into the rows of a matrix, some at a time, so that the room
this takes is bounded. The gradient of the input is the convolution of the output's
gradient with the turned kernel where that copies less or nothing, else products whose
rows are summed into the images.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any, NamedTuple

from kerasish.backend.devices.cupy import depthwise, implicit, windows
from kerasish.backend.devices.cupy.calls import (
    Call,
    in_order,
    packed,
)
from kerasish.backend.devices.cupy.columns import col2im, im2col
from kerasish.backend.devices.cupy.cuda import compute_type, cuda_kernel
from kerasish.backend.devices.cupy.rooms import room
from kerasish.backend.devices.cupy.windows import Windows

# Bytes of patches at a time, as far as one image allows.
COLUMN_BYTES = 64 << 20


class _Shapes(NamedTuple):
    """The numbers that describe a convolution.

    Attributes:
        geometry: How the windows lie on the input.
        groups: The number of groups.
        channels: Channels of the input in a group.
        filters: Channels of the output in a group.
    """

    geometry: Windows
    groups: int
    channels: int
    filters: int

    @classmethod
    def of(cls, x: tuple, w: tuple, attrs: dict) -> _Shapes:
        """Describe the convolution of an input with a kernel of the given shapes."""
        geometry = Windows.of(
            x[1:-1], w[:-2], attrs["strides"], attrs["pads"], attrs["dilation"]
        )
        groups = attrs["groups"]
        return cls(geometry, groups, w[-2], w[-1] // groups)

    @property
    def depthwise(self) -> bool:
        """Whether each channel has filters of its own."""
        return self.groups > 1 and self.channels == 1

    @property
    def pointwise(self) -> bool:
        """Whether output and input correspond element by element."""
        geometry = self.geometry
        return (
            self.groups == 1
            and geometry.taps == 1
            and set(geometry.strides) == {1}
            and geometry.counts == geometry.sizes
            and not any(geometry.pads)
        )

    def better_turned(self, itemsize: int) -> bool:
        """Tell whether the input's gradient is better a convolution by itself.

        It is where it copies less, or the patches of one image are too many.
        """
        given, wanted = map(math.prod, (self.geometry.counts, self.geometry.sizes))
        if set(self.geometry.strides) != {1}:
            return False
        patches = given * self.groups * self.geometry.taps * self.channels * itemsize
        less = wanted * self.filters <= given * self.channels
        return less or patches > COLUMN_BYTES


def _chunks(rows: int, row_bytes: int, whole: int = 1) -> Iterator[tuple[int, int]]:
    """Yield first rows and numbers of rows, multiples of `whole` each."""
    step = max(COLUMN_BYTES // max(row_bytes * whole, 1), 1) * whole
    for start in range(0, rows, step):
        yield start, min(step, rows - start)


def _most(rows: int, row_bytes: int, whole: int = 1) -> int:
    """Return the most rows that a chunk has."""
    return next(_chunks(rows, row_bytes, whole))[1]


def _regrouped(xp: Any, array: Any, buffer: Any, groups: int) -> tuple[Any, list[Call]]:
    """Return `(groups, rows, width)` of `(rows, groups * width)`, and how it is filled.

    With one group it is the matrix itself.
    """
    if groups == 1:
        return array, []
    rows, width = array.shape[0], array.shape[1] // groups
    stack = buffer[: array.size].reshape(groups, rows, width)
    source = array.reshape(rows, groups, width).transpose(1, 0, 2)
    return stack, [partial(xp.copyto, stack, source)]


def _stack(buffer: Any, groups: int, rows: int, width: int) -> Any:
    """Return a part of a buffer as a matrix, or one for each of several groups."""
    shape = (rows, width) if groups == 1 else (groups, rows, width)
    return buffer[: groups * rows * width].reshape(shape)


def _product_of_patches(
    xp: Any, x: Any, matrix: Any, y: Any, shapes: _Shapes, buffers: tuple, size: int
) -> list[Call]:
    """Calls that multiply patches of `x` with matrices of groups, into rows of `y`.

    Args:
        xp: CuPy.
        x: Images.
        matrix: `(taps * channels, filters)`, or a stack of those of groups.
        y: `(rows, groups * filters)`.
        shapes: The convolution.
        buffers: Room for the patches, and for the results of several groups.
        size: The bytes of a row of patches.
    """
    groups, filters = shapes.groups, shapes.filters
    width = shapes.geometry.taps * shapes.channels
    columns, results = buffers
    calls: list[Call] = []
    for first, rows in _chunks(y.shape[0], size):
        calls.append(im2col(xp, x, columns, shapes.geometry, groups, first, rows))
        patches = _stack(columns, groups, rows, width)
        part = y[first : first + rows]
        if groups == 1:
            calls.append(partial(xp.matmul, patches, matrix, out=part))
            continue
        stack = _stack(results, groups, rows, filters)
        calls.append(partial(xp.matmul, patches, matrix, out=stack))
        target = part.reshape(rows, groups, filters).transpose(1, 0, 2)
        calls.append(partial(xp.copyto, target, stack))
    return calls


def _by_patches(xp: Any, x: Any, w: Any, y: Any, shapes: _Shapes) -> list[Call]:
    groups, width = shapes.groups, shapes.geometry.taps * shapes.channels
    rows, size = y.size // y.shape[-1], groups * width * x.itemsize
    most, several = _most(rows, size), groups > 1
    columns, results, matrices = room(
        xp,
        x,
        (most * groups * width, x.dtype),
        (most * y.shape[-1] * several, x.dtype),
        (w.size * several, x.dtype),
    )
    matrix, calls = _regrouped(xp, w.reshape(width, -1), matrices, groups)
    y = y.reshape(rows, -1)
    buffers = columns, results
    return calls + _product_of_patches(xp, x, matrix, y, shapes, buffers, size)


def _turned(shapes: _Shapes) -> _Shapes:
    """Describe the convolution that gives the input's gradient, for strides of 1."""
    sizes, counts, window, strides, pads, dilation = shapes.geometry
    behind = tuple(
        (length - 1) * gap - pad for length, gap, pad in zip(window, dilation, pads)
    )
    geometry = Windows(counts, sizes, window, strides, behind, dilation)
    return _Shapes(geometry, shapes.groups, shapes.filters, shapes.channels)


def _implicit_turned(xp: Any, g: Any, w: Any, x: Any, shapes: _Shapes) -> list[Call]:
    turned, groups, taps = _turned(shapes), shapes.groups, shapes.geometry.taps
    (memory,) = room(xp, g, (w.size, g.dtype))
    matrix = memory.reshape(taps, shapes.filters, groups, shapes.channels)
    source = w.reshape(taps, shapes.channels, groups, shapes.filters)[::-1]
    turn = partial(xp.copyto, matrix, source.transpose(0, 3, 2, 1))
    return [turn, implicit.convolve(xp, g, matrix, x, *turned[:3])]


def _by_turned_kernel(xp: Any, g: Any, w: Any, x: Any, shapes: _Shapes) -> list[Call]:
    turned, groups, taps = _turned(shapes), shapes.groups, shapes.geometry.taps
    width, several = taps * shapes.filters, shapes.groups > 1
    rows, size = x.size // x.shape[-1], groups * width * g.itemsize
    most = _most(rows, size)
    columns, results, matrices = room(
        xp,
        g,
        (most * groups * width, g.dtype),
        (most * x.shape[-1] * several, g.dtype),
        (w.size, g.dtype),
    )
    source = w.reshape(taps, shapes.channels, groups, shapes.filters)[::-1]
    target = matrices.reshape(groups, taps, shapes.filters, shapes.channels)
    turn = partial(xp.copyto, target, source.transpose(2, 0, 3, 1))
    matrix = _stack(matrices, groups, width, shapes.channels)
    x, buffers = x.reshape(rows, -1), (columns, results)
    return [turn, *_product_of_patches(xp, g, matrix, x, turned, buffers, size)]


def _by_sums(xp: Any, g: Any, w: Any, x: Any, shapes: _Shapes) -> list[Call]:
    geometry, groups = shapes.geometry, shapes.groups
    width, filters = geometry.taps * shapes.channels, shapes.filters
    images, rows = g.shape[0], g.size // g.shape[-1]
    whole, size = rows // images, groups * width * g.itemsize
    most, several = _most(rows, size, whole), groups > 1
    columns, grouped, matrices = room(
        xp,
        g,
        (most * groups * width, g.dtype),
        (most * g.shape[-1] * several, g.dtype),
        (w.size * several, g.dtype),
    )
    matrix, calls = w.reshape(width, -1).T, []
    if several:
        matrix = matrices.reshape(groups, filters, width)
        source = w.reshape(width, groups, filters).transpose(1, 2, 0)
        calls.append(partial(xp.copyto, matrix, source))
    g = g.reshape(rows, -1)
    for first, count in _chunks(rows, size, whole):
        given, copies = _regrouped(xp, g[first : first + count], grouped, groups)
        product = _stack(columns, groups, count, width)
        target = x[first // whole : (first + count) // whole]
        calls += [*copies, partial(xp.matmul, given, matrix, out=product)]
        calls.append(col2im(xp, columns, target, geometry, groups, count))
    return calls


def _kernel_by_patches(xp: Any, x: Any, g: Any, w: Any, shapes: _Shapes) -> list[Call]:
    """Sum the products of all chunks as `(groups, filters, taps * channels)`."""
    geometry, groups, filters = shapes.geometry, shapes.groups, shapes.filters
    width = geometry.taps * shapes.channels
    rows, size = g.size // g.shape[-1], groups * width * x.itemsize
    most, several = _most(rows, size), groups > 1
    columns, grouped, part, total = room(
        xp,
        x,
        (most * groups * width, x.dtype),
        (most * g.shape[-1] * several, x.dtype),
        (w.size, x.dtype),
        (w.size, compute_type(x.dtype.name)),
    )
    part = _stack(part, groups, filters, width)
    total = total.reshape(part.shape)
    g, calls = g.reshape(rows, -1), []
    for first, count in _chunks(rows, size):
        calls.append(im2col(xp, x, columns, geometry, groups, first, count))
        given = g[first : first + count].T
        if several:
            stack = grouped[: given.size].reshape(groups, filters, count)
            calls.append(partial(xp.copyto, stack, given.reshape(stack.shape)))
            given = stack
        patches = _stack(columns, groups, count, width)
        calls.append(partial(xp.matmul, given, patches, out=part))
        if first:
            calls.append(partial(xp.add, total, part, out=total))
        else:
            calls.append(partial(xp.copyto, total, part))
    target = w.reshape(width, groups, filters).transpose(1, 2, 0)
    source = total.reshape(groups, filters, width)
    return [*calls, partial(xp.copyto, target, source)]


def _result_of_conv(arrays: tuple, attrs: dict) -> list[tuple]:
    x, w = arrays
    counts = _Shapes.of(x.shape, w.shape, attrs).geometry.counts
    return [((x.shape[0], *counts, w.shape[-1]), x.dtype)]


@cuda_kernel("conv", _result_of_conv, windows.acceptable)
def _conv(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    calls: list[Call] = []
    (x, w), (y,) = packed(xp, arrays, calls), outs
    shapes = _Shapes.of(x.shape, w.shape, attrs)
    if not y.size or not w.size:
        return partial(y.fill, 0)
    if shapes.depthwise:
        calls.append(depthwise.forward(xp, x, w, y, shapes.geometry))
    elif shapes.pointwise:
        rows, matrix = x.reshape(-1, x.shape[-1]), w.reshape(x.shape[-1], -1)
        calls.append(partial(xp.matmul, rows, matrix, out=y.reshape(len(rows), -1)))
    elif implicit.is_better(x, y, *shapes[1:], shapes.channels):
        calls.append(implicit.convolve(xp, x, w, y, *shapes[:3]))
    else:
        calls += _by_patches(xp, x, w, y, shapes)
    return in_order(calls)


def _result_of_conv_input(arrays: tuple, attrs: dict) -> list[tuple]:
    g, w = arrays[:2]
    if len(arrays) == 3:
        return [(arrays[2].shape, g.dtype)]
    spatial = tuple(
        (count - 1) * stride + (length - 1) * gap + 1 - sum(pad) + extra
        for count, length, stride, gap, pad, extra in zip(
            g.shape[1:-1], w.shape, attrs["strides"], attrs["dilation"],
            attrs["pads"], attrs["output_padding"],
        )
    )  # fmt: skip
    return [((g.shape[0], *spatial, w.shape[-2] * attrs["groups"]), g.dtype)]


@cuda_kernel("conv_input", _result_of_conv_input, windows.acceptable)
def _conv_input(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    calls: list[Call] = []
    (g, w), (x,) = packed(xp, arrays[:2], calls), outs
    shapes = _Shapes.of(x.shape, w.shape, attrs)
    # Without `like` the output's gradient alone says how many windows there are.
    shapes = shapes._replace(geometry=shapes.geometry._replace(counts=g.shape[1:-1]))
    if not x.size or not g.size or not w.size:
        return partial(x.fill, 0)
    if shapes.depthwise:
        calls.append(depthwise.input_gradient(xp, g, w, x, shapes.geometry))
    elif shapes.pointwise:
        rows, matrix = g.reshape(-1, g.shape[-1]), w.reshape(x.shape[-1], -1).T
        calls.append(partial(xp.matmul, rows, matrix, out=x.reshape(len(rows), -1)))
    elif set(shapes.geometry.strides) == {1} and implicit.is_better(
        g, x, *_turned(shapes)[1:], min(shapes.channels, shapes.filters)
    ):
        calls += _implicit_turned(xp, g, w, x, shapes)
    elif shapes.better_turned(g.itemsize):
        calls += _by_turned_kernel(xp, g, w, x, shapes)
    else:
        calls += _by_sums(xp, g, w, x, shapes)
    return in_order(calls)


def _result_of_conv_kernel(arrays: tuple, attrs: dict) -> list[tuple]:
    return [(arrays[2].shape, arrays[0].dtype)]


@cuda_kernel("conv_kernel", _result_of_conv_kernel, windows.acceptable)
def _conv_kernel(xp: Any, arrays: tuple, outs: tuple, attrs: dict) -> Call:
    calls: list[Call] = []
    (x, g), (w,) = packed(xp, arrays[:2], calls), outs
    shapes = _Shapes.of(x.shape, w.shape, attrs)
    size = shapes.geometry.taps * shapes.channels
    if not x.size or not g.size or not w.size:
        return partial(w.fill, 0)
    if shapes.depthwise:
        calls.append(depthwise.kernel_gradient(xp, x, g, w, shapes.geometry))
    elif shapes.pointwise:
        columns, rows = x.reshape(-1, x.shape[-1]).T, g.reshape(-1, g.shape[-1])
        calls.append(partial(xp.matmul, columns, rows, out=w.reshape(len(columns), -1)))
    elif implicit.is_better_for_kernel(x, g, size, shapes.groups, shapes.filters):
        calls.append(implicit.kernel_gradient(xp, x, g, w, *shapes[:3]))
    else:
        calls += _kernel_by_patches(xp, x, g, w, shapes)
    return in_order(calls)
