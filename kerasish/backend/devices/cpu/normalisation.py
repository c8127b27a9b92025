"""Batch normalisation by oneDNN: moments, normalised values, and their gradient."""

from __future__ import annotations

import ctypes
import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from kerasish.backend.devices.cpu import dnnl
from kerasish.backend.devices.cpu.convolution import plain
from kerasish.backend.devices.cpu.dnnl import Handle, Library
from kerasish.backend.devices.cpu.kernels import (
    LibraryKernel,
    Shape,
    best,
    in_order,
    register,
)
from kerasish.backend.devices.cpu.programs import Operand, Program

# With more channels, generated loops are as fast.
_MOST_CHANNELS = 32


class _BatchNormalisation(LibraryKernel):
    """What both directions share: all axes but the last, short one are reduced."""

    def accepts(self, specs: tuple, attrs: dict) -> bool:
        rank = specs[0].rank
        return (
            rank >= 2
            and attrs["axes"] == tuple(range(rank - 1))
            and (specs[0].shape[-1] or 0) <= _MOST_CHANNELS
            and super().accepts(specs, attrs)
        )

    def describe(self, library: Library, x: Handle, epsilon: float) -> Handle:
        """Return the descriptor of the primitive."""
        raise NotImplementedError

    arguments: tuple[tuple[int, bool], ...] = ()

    def build(
        self, library: Library, shapes: Sequence[Shape], attrs: dict
    ) -> Program | None:
        *sizes, channels = shapes[0]
        # The library knows no more than three axes between images and channels.
        x = plain(library, (math.prod(sizes), 1, channels))
        values = library.layout((channels,), (1,))
        epsilon = attrs["epsilon"]
        descriptor = best(library, lambda: self.describe(library, x, epsilon))
        if descriptor is None:
            return None
        large = (dnnl.SRC, dnnl.DST, dnnl.DIFF_SRC, dnnl.DIFF_DST)
        operands = [
            Operand(argument, x if argument in large else values, written)
            for argument, written in self.arguments
        ]
        return Program(library, descriptor, operands)


def _forward(library: Library, x: Handle, epsilon: float, flags: int) -> Handle:
    return library.descriptor(
        "batch_normalization_forward",
        dnnl.FORWARD_TRAINING,
        x,
        x,
        ctypes.c_float(epsilon),
        ctypes.c_uint(flags),
    )


@register
class Standardize(_BatchNormalisation):
    """`(x - mean) / sqrt(variance + epsilon)` with the mean and the variance."""

    op_name = "standardize"
    arguments = (
        (dnnl.SRC, False),
        (dnnl.DST, True),
        (dnnl.MEAN, True),
        (dnnl.VARIANCE, True),
    )

    def results(self, shapes: Sequence[Shape], attrs: dict) -> tuple[Shape, ...]:
        (x,) = shapes
        kept = (1,) * (len(x) - 1) + x[-1:]
        return x, kept, kept

    def describe(self, library: Library, x: Handle, epsilon: float) -> Handle:
        return _forward(library, x, epsilon, 0)


@register
class StandardizeGradient(_BatchNormalisation):
    """The gradient of the normalised values, from these values themselves.

    The library would take the input and its moments. Given the values instead, with
    mean 0 and deviation 1, and the factor as a scale, it computes the same and the
    input need not be kept.
    """

    op_name = "standardize_gradient"
    arguments = (
        (dnnl.DIFF_DST, False),
        (dnnl.SRC, False),
        (dnnl.SCALE, False),
        (dnnl.MEAN, False),
        (dnnl.VARIANCE, False),
        (dnnl.DIFF_SRC, True),
        (dnnl.DIFF_SCALE, True),
    )

    def results(self, shapes: Sequence[Shape], attrs: dict) -> tuple[Shape, ...]:
        return (shapes[0],)

    def describe(self, library: Library, x: Handle, epsilon: float) -> Handle:
        flags = dnnl.USE_SCALE
        return library.descriptor(
            "batch_normalization_backward",
            dnnl.BACKWARD,
            x,
            x,
            x,
            ctypes.c_float(epsilon),
            ctypes.c_uint(flags),
            _forward(library, x, epsilon, flags),
        )

    def bind(
        self, xp: Any, arrays: tuple, outs: tuple, attrs: dict
    ) -> Callable[[], Any]:
        g, y, variance = arrays
        scale, channels = np.empty(variance.shape, np.float32), y.shape[-1]
        mean = np.zeros(channels, np.float32)
        one = np.full(channels, 1 - attrs["epsilon"], np.float32)
        # The gradient of the scale is not wanted, but the library insists on it.
        outs = (*outs, np.empty(channels, np.float32))
        call = super().bind(xp, (g, y, scale, mean, one), outs, attrs)
        return in_order(
            (partial(_inverse_root, variance, attrs["epsilon"], scale), call)
        )

    def program_shapes(self, arrays: Sequence[Any]) -> tuple[Shape, ...]:
        return tuple(array.shape for array in arrays[:3])


def _inverse_root(variance: np.ndarray, epsilon: float, out: np.ndarray) -> None:
    np.add(variance, np.float32(epsilon), out=out)
    np.sqrt(out, out=out)
    np.divide(np.float32(1), out, out=out)
