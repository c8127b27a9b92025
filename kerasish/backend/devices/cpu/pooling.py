"""Average pooling by oneDNN. Its maximum does not pass NaN on, so NumPy takes that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kerasish.backend.devices.cpu import dnnl
from kerasish.backend.devices.cpu.convolution import plain
from kerasish.backend.devices.cpu.dnnl import Library
from kerasish.backend.devices.cpu.kernels import LibraryKernel, Shape, best, register
from kerasish.backend.devices.cpu.programs import Operand, Program

_MOST_SPATIAL_AXES = 3


class _AveragePooling(LibraryKernel):
    """What the mean and its gradient share."""

    backward = False

    def accepts(self, specs: tuple, attrs: dict) -> bool:
        return (
            attrs["pads"] != "same"
            and len(attrs["strides"]) <= _MOST_SPATIAL_AXES
            and super().accepts(specs, attrs)
        )

    def operands(self, arrays: Sequence[Any], attrs: dict) -> list[Any]:
        return [arrays[0]]

    def build(
        self, library: Library, shapes: Sequence[Shape], attrs: dict
    ) -> Program | None:
        given, result = shapes[0], self.result(shapes, attrs)
        x, y = (result, given) if self.backward else (given, result)
        window, strides, pads = attrs["pool_size"], attrs["strides"], attrs["pads"]
        behind = [
            (count - 1) * stride + length - size - pad[0]
            for count, stride, length, size, pad in zip(
                y[1:-1], strides, window, x[1:-1], pads
            )
        ]
        ones = [0] * len(window)
        layouts = plain(library, x), plain(library, y)
        settings = [
            dnnl.dims(values)
            for values in (strides, window, ones, [pad[0] for pad in pads], behind)
        ]
        kind = dnnl.AVERAGE_WITHOUT_PADDING

        def forward() -> dnnl.Handle:
            prop = dnnl.FORWARD_TRAINING
            return library.descriptor(
                "pooling_forward", prop, kind, *layouts, *settings
            )

        def backward() -> dnnl.Handle:
            return library.descriptor(
                "pooling_backward", kind, *layouts, *settings, forward()
            )

        descriptor = best(library, backward if self.backward else forward)
        if descriptor is None:
            return None
        arguments = (dnnl.SRC, dnnl.DST)
        if self.backward:
            arguments, layouts = (dnnl.DIFF_DST, dnnl.DIFF_SRC), layouts[::-1]
        operands = [
            Operand(argument, layout, place == 1)
            for place, (argument, layout) in enumerate(zip(arguments, layouts))
        ]
        return Program(library, descriptor, operands)


@register
class AveragePool(_AveragePooling):
    """The mean of each window."""

    op_name = "average_pool"

    def result(self, shapes: Sequence[Shape], attrs: dict) -> Shape:
        (x,) = shapes
        sizes = [
            (size + sum(pad) - length) // stride + 1
            for size, length, stride, pad in zip(
                x[1:-1], attrs["pool_size"], attrs["strides"], attrs["pads"]
            )
        ]
        return (x[0], *sizes, x[-1])


@register
class AverageUnpool(_AveragePooling):
    """Its gradient."""

    op_name = "average_unpool"
    backward = True

    def result(self, shapes: Sequence[Shape], attrs: dict) -> Shape:
        return shapes[1]
