"""Convolutions by oneDNN, on plain channels-last arrays.

The library chooses the layout of the kernels; they are copied into it at each run,
which costs next to nothing. Biases are left to others: with one, the library picks
slower implementations. What compiled loops do faster is left to them: gradients of
kernels, and windows of three by three with enough channels and filters.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from kerasish.backend.devices.cpu import dnnl, winograd
from kerasish.backend.devices.cpu.conv_kernel_loops import Case
from kerasish.backend.devices.cpu.dnnl import Handle, Library
from kerasish.backend.devices.cpu.kernels import (
    LibraryKernel,
    Shape,
    best,
    in_order,
    packed,
    register,
)
from kerasish.backend.devices.cpu.programs import Operand, Program

_MOST_SPATIAL_AXES = 3


class Geometry:
    """A convolution in the terms of the library.

    Args:
        x: The shape of the input.
        w: The shape of the kernel.
        y: The shape of the output.
        attrs: Strides, pads in numbers, dilation and groups.
    """

    def __init__(self, x: Shape, w: Shape, y: Shape, attrs: dict) -> None:
        self.x, self.w, self.y = x, w, y
        self.groups = attrs["groups"]
        self.strides, self.dilation = attrs["strides"], attrs["dilation"]
        self.before = tuple(pad[0] for pad in attrs["pads"])
        # What makes the last window end with the padding, whatever was asked for: what
        # lies behind counts for nothing.
        self.after = tuple(
            (count - 1) * stride + (length - 1) * gap + 1 - size - start
            for count, stride, length, gap, size, start in zip(
                y[1:-1], self.strides, w[:-2], self.dilation, x[1:-1], self.before
            )
        )

    def possible(self) -> bool:
        """Tell whether the library can do it at all."""
        return (
            len(self.strides) <= _MOST_SPATIAL_AXES
            and min(math.prod(self.x), math.prod(self.w), math.prod(self.y)) > 0
            and min(self.before) >= 0
        )

    def settings(self) -> tuple[Any, ...]:
        """Return strides, dilation and pads as the library takes them."""
        gaps = [step - 1 for step in self.dilation]
        return tuple(map(dnnl.dims, (self.strides, gaps, self.before, self.after)))

    def kernel_dims(self) -> Shape:
        """Return the kernel's sizes in the order filters, channels, window."""
        *window, channels, filters = self.w
        if self.groups == 1:
            return (filters, channels, *window)
        return (self.groups, filters // self.groups, channels, *window)

    def kernel_strides(self) -> Shape:
        """Return the steps in memory that go with `kernel_dims`."""
        *window, channels, filters = self.w
        steps = [math.prod(self.w[axis + 1 :]) for axis in range(len(window))]
        if self.groups == 1:
            return (1, filters, *steps)
        return (filters // self.groups, 1, filters, *steps)


def plain(library: Library, shape: Shape) -> Handle:
    """Describe a channels-last array, whose channels the library wants second."""
    strides = [math.prod(shape[axis + 1 :]) for axis in range(len(shape))]
    order = (0, len(shape) - 1, *range(1, len(shape) - 1))
    return library.layout([shape[i] for i in order], [strides[i] for i in order])


def _forward(library: Library, case: Geometry) -> Handle:
    """Describe the convolution; the gradients' descriptors refer to it."""
    return library.descriptor(
        "convolution_forward",
        dnnl.FORWARD_TRAINING,
        dnnl.DIRECT,
        plain(library, case.x),
        library.layout(case.kernel_dims()),
        None,
        plain(library, case.y),
        *case.settings(),
    )


def _input_gradient(library: Library, case: Geometry) -> Handle:
    return library.descriptor(
        "convolution_backward_data",
        dnnl.DIRECT,
        plain(library, case.x),
        library.layout(case.kernel_dims()),
        plain(library, case.y),
        *case.settings(),
        _forward(library, case),
    )


def _kernel_gradient(library: Library, case: Geometry) -> Handle:
    return library.descriptor(
        "convolution_backward_weights",
        dnnl.DIRECT,
        plain(library, case.x),
        library.layout(case.kernel_dims()),
        None,
        plain(library, case.y),
        *case.settings(),
        _forward(library, case),
    )


class _Convolution(LibraryKernel):
    """What the three products share; see the ops of the same names."""

    def geometry(self, shapes: Sequence[Shape], attrs: dict) -> Geometry:
        """Return the convolution to which the shapes of the inputs belong."""
        raise NotImplementedError

    def operands(self, arrays: Sequence[Any], attrs: dict) -> list[Any]:
        return list(arrays[:2])

    def accepts(self, specs: tuple, attrs: dict) -> bool:
        if attrs["pads"] == "same":
            return False
        shapes = [spec.shape for spec in specs]
        exact = not any(None in shape or 0 in shape for shape in shapes)
        if exact and specs[0].dtype == "float32" and self.fewer(shapes, attrs):
            return True
        return super().accepts(specs, attrs)

    def build(
        self, library: Library, shapes: Sequence[Shape], attrs: dict
    ) -> Program | None:
        case = self.geometry(shapes, attrs)
        if not case.possible():
            return None
        descriptor = best(library, lambda: self.describe(library, case))
        if descriptor is None:
            return None
        layouts = {
            "x": plain(library, case.x),
            "w": library.layout(case.kernel_dims(), case.kernel_strides()),
            "y": plain(library, case.y),
        }
        operands = [
            Operand(argument, layouts[name], place == 2)
            for place, (argument, name) in enumerate(self.arguments)
        ]
        return Program(library, descriptor, operands)

    def fewer(self, shapes: Sequence[Shape], attrs: dict) -> winograd.Case | None:
        """Return how it is computed with fewer multiplications, if it is."""
        return None

    def kernel(self, w: np.ndarray) -> np.ndarray:
        """Return the kernel as that way takes it."""
        return w

    def bind(
        self, xp: Any, arrays: tuple, outs: tuple, attrs: dict
    ) -> Callable[[], Any]:
        """Return a call that fills `outs` from arrays that stay where they are."""
        case = self.fewer([array.shape for array in arrays], attrs)
        if case is None:
            return super().bind(xp, arrays, outs, attrs)
        before: list[Callable] = []
        x = packed(arrays[0], before)
        run = case.bind(x, self.kernel(arrays[1]), outs[0], None)
        return in_order((*before, run))

    arguments: tuple[tuple[int, str], ...] = ()

    def describe(self, library: Library, case: Geometry) -> Handle:
        """Return the descriptor of the primitive."""
        raise NotImplementedError


def _output_shape(x: Shape, w: Shape, attrs: dict) -> Shape:
    sizes = [
        (size + sum(pad) - (length - 1) * gap - 1) // stride + 1
        for size, length, stride, gap, pad in zip(
            x[1:-1], w[:-2], attrs["strides"], attrs["dilation"], attrs["pads"]
        )
    ]
    return (x[0], *sizes, w[-1])


@register
class Conv(_Convolution):
    """The convolution itself."""

    op_name = "conv"
    arguments = ((dnnl.SRC, "x"), (dnnl.WEIGHTS, "w"), (dnnl.DST, "y"))

    def geometry(self, shapes: Sequence[Shape], attrs: dict) -> Geometry:
        return Geometry(*shapes, self.result(shapes, attrs), attrs)

    def result(self, shapes: Sequence[Shape], attrs: dict) -> Shape:
        return _output_shape(*shapes, attrs)

    def describe(self, library: Library, case: Geometry) -> Handle:
        return _forward(library, case)

    def fewer(self, shapes: Sequence[Shape], attrs: dict) -> winograd.Case | None:
        x, w = shapes
        return winograd.forward(x, w, self.result(shapes, attrs)[1:-1], attrs)


@register
class ConvInput(_Convolution):
    """The gradient of the input, which is transposed convolution too."""

    op_name = "conv_input"
    arguments = ((dnnl.DIFF_DST, "y"), (dnnl.WEIGHTS, "w"), (dnnl.DIFF_SRC, "x"))

    def geometry(self, shapes: Sequence[Shape], attrs: dict) -> Geometry:
        return Geometry(self.result(shapes, attrs), shapes[1], shapes[0], attrs)

    def result(self, shapes: Sequence[Shape], attrs: dict) -> Shape:
        g, w, *like = shapes
        sizes: Sequence[int] = like[0][1:-1] if like else [
            (size - 1) * stride + (length - 1) * gap + 1 - sum(pad) + extra
            for size, length, stride, gap, pad, extra in zip(
                g[1:-1], w[:-2], attrs["strides"], attrs["dilation"], attrs["pads"],
                attrs["output_padding"],
            )
        ]  # fmt: skip
        return (g[0], *sizes, w[-2] * attrs["groups"])

    def describe(self, library: Library, case: Geometry) -> Handle:
        return _input_gradient(library, case)

    def fewer(self, shapes: Sequence[Shape], attrs: dict) -> winograd.Case | None:
        sizes = self.result(shapes, attrs)[1:-1]
        return winograd.input_gradient(*shapes[:2], sizes, attrs)

    def kernel(self, w: np.ndarray) -> np.ndarray:
        return winograd.turned(w)


@register
class ConvKernel(_Convolution):
    """The gradient of the kernel."""

    op_name = "conv_kernel"
    arguments = ((dnnl.SRC, "x"), (dnnl.DIFF_DST, "y"), (dnnl.DIFF_WEIGHTS, "w"))

    def geometry(self, shapes: Sequence[Shape], attrs: dict) -> Geometry:
        x, g, like = shapes
        return Geometry(x, like, g, attrs)

    def result(self, shapes: Sequence[Shape], attrs: dict) -> Shape:
        return shapes[2]

    def describe(self, library: Library, case: Geometry) -> Handle:
        return _kernel_gradient(library, case)

    def accepts(self, specs: tuple, attrs: dict) -> bool:
        shapes = [spec.shape for spec in specs]
        exact = not any(None in shape or 0 in shape for shape in shapes)
        if exact and specs[0].dtype == "float32" and attrs["pads"] != "same":
            if Case(*shapes, attrs).possible():
                return True
        return super().accepts(specs, attrs)

    def bind(
        self, xp: Any, arrays: tuple, outs: tuple, attrs: dict
    ) -> Callable[[], Any]:
        """Return a call that fills `outs` from arrays that stay where they are."""
        case = Case(*(array.shape for array in arrays), attrs)
        if not case.possible():
            return super().bind(xp, arrays, outs, attrs)
        before: list[Callable] = []
        x, g = (packed(array, before) for array in arrays[:2])
        return in_order((*before, case.bind(x, g, *outs)))
