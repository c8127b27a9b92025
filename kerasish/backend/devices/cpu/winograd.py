"""Which convolutions are computed with fewer multiplications, and how they are bound.

See `winograd_loops` for how. Sums have a ninth of the terms, so that rounding errors
are no larger than those of the direct way, beside the largest input that a tile sees.
One that is infinite or NaN makes all outputs of a tile NaN: neighbours two by two, and
not only those in whose windows it is.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np

from kerasish.backend.devices import threads
from kerasish.backend.devices.cpu import conv_tiles, loops, winograd_loops, workspace
from kerasish.backend.devices.cpu.conv_tiles import COLUMNS, ITEM, Shape
from kerasish.backend.devices.cpu.winograd_loops import LINES, NOTED, PRODUCTS, WORDS
from kerasish.backend.devices.cpu.winograd_transforms import (
    KERNEL_WORDS,
    PLACES,
    STEP,
    WINDOW,
    kernel_function,
)

# Fewer channels or filters are not worth the transforms.
_LEAST = 16
# Multiplications in the place of one: tiles may reach beyond the outputs, and panels
# beyond the filters.
_MOST_SHARE = 0.65
# Elements of a window's place up to which a kernel stays in the cache between blocks,
# and beyond which it is not worth the transform; tiles that it needs to be worth it.
_NEAR, _LARGEST = 1 << 16, 1 << 18
_LEAST_TILES, _LEAST_TILES_FAR = 16, 48
# Tiles of a block; with more of them a kernel that is far away is read less often.
_BLOCK, _BLOCK_FAR = 24, 48
# Multiplications of places below which a second thread costs more than it brings.
_WORTH_THREADS = 1 << 21
# Bytes between the transformed inputs of two places, see `winograd_loops`.
_GAP = 64
# Kernels are transformed by one thread up to this size.
_SMALL = 1 << 14


def _up(number: int, size: int) -> int:
    return -(-number // size)


class Case:
    """A convolution in the terms of the loop.

    Args:
        x: The shape of the inputs.
        filters: How many there are.
        before: Zeros before each axis of the image.
        outputs: How many outputs there are along each axis of the image.
        pooled: Whether windows of two by two are pooled.
    """

    def __init__(
        self, x: Shape, filters: int, before: Shape, outputs: Shape, pooled: bool
    ) -> None:
        self.x, self.filters, self.before = x, filters, before
        self.outputs, self.pooled = outputs, pooled
        self.grid = tuple(n // STEP if pooled else _up(n, STEP) for n in outputs)
        self.tiles = x[0] * math.prod(self.grid)
        self.panels = _up(filters, COLUMNS)
        self.size = x[-1] * filters
        self.far = self.size > _NEAR

    def possible(self) -> bool:
        """Tell whether the loop can do it, and does it better."""
        channels = self.x[-1]
        direct = self.x[0] * math.prod(self.outputs) * WINDOW**2 * self.filters
        fewer = self.tiles * PLACES * self.panels * COLUMNS
        return (
            min(channels, self.filters) >= _LEAST
            and self.size <= _LARGEST
            and fewer <= _MOST_SHARE * direct
            and self.tiles >= (_LEAST_TILES_FAR if self.far else _LEAST_TILES)
        )

    def bind(
        self, x: np.ndarray, w: np.ndarray, y: np.ndarray, index: np.ndarray | None
    ) -> Callable[[], Any]:
        """Return a call that fills arrays.

        Args:
            x: The inputs, without gaps.
            w: `(3, 3, channels, filters)`, maybe a view of something else.
            y: The outputs, without gaps.
            index: The places of the largest of pooled outputs, or `None`.
        """
        channels, filters, tiles = self.x[-1], self.filters, self.tiles
        block = min(_BLOCK_FAR if self.far else _BLOCK, _up(tiles, LINES) * LINES)
        team = min(threads.num_threads(), _up(tiles, LINES))
        if tiles * self.size * PLACES < _WORTH_THREADS:
            team = 1
        place = block * channels * ITEM + _GAP
        panel = PLACES * (channels + 1) * COLUMNS * ITEM
        pieces = dict(
            values=PLACES * place, products=block * PRODUCTS, noted=block * NOTED,
            patch=PLACES * channels * ITEM,
        )  # fmt: skip
        pieces = {name: workspace.aligned(length) for name, length in pieces.items()}
        sizes = {name: team * length for name, length in pieces.items()}
        sizes |= dict(panels=self.panels * panel, unused=filters * ITEM)
        sizes = {name: workspace.aligned(length) for name, length in sizes.items()}
        memory, address = workspace.shared.reserve(sum(sizes.values()))
        words = {f"{name}_piece": length for name, length in pieces.items()}
        for name, length in sizes.items():
            words[name], address = address, address + length
        words |= dict(
            x=x.ctypes.data, x_image=x.strides[0], x_row=x.strides[1],
            pixel=x.strides[2], channels=channels, height=x.shape[1],
            width=x.shape[2], top=self.before[0], left=self.before[1],
            y=y.ctypes.data, y_image=y.strides[0], y_row=y.strides[1],
            y_pixel=y.strides[2], filters=filters, out_height=self.outputs[0],
            out_width=self.outputs[1], index=0 if index is None else index.ctypes.data,
            tiles=math.prod(self.grid), across=self.grid[1], block=block, panel=panel,
            ahead=_up(STEP * STEP * channels * ITEM * LINES, PLACES * self.panels),
            values_place=place,
        )  # fmt: skip
        function = winograd_loops.function(self.pooled, index is not None)
        data = [words[name] for name in WORDS]
        run = loops.launcher().bind(function, tiles, team, data, team)
        run.keep = x, w, y, index, memory
        calls = (self._kernel(w, words["panels"], team), run)
        return partial(_run, calls)

    def _kernel(self, w: np.ndarray, panels: int, team: int) -> Callable[[], Any]:
        """Return the call that transforms the kernel into its panels."""
        words = dict(
            zip("w_row w_column w_channel w_filter".split(), w.strides),
            w=w.ctypes.data, channels=w.shape[2], filters=self.filters, panels=panels,
        )  # fmt: skip
        if self.size < _SMALL:
            team = 1
        team = min(team, self.panels)
        function = kernel_function(w.strides[-1] == ITEM)
        data = [words[name] for name in KERNEL_WORDS]
        return loops.launcher().bind(function, self.panels, team, data, team)


def _run(calls: Sequence[Callable[[], Any]]) -> None:
    with workspace.shared.lock:
        for call in calls:
            call()


def _suits(window: Shape, attrs: dict) -> bool:
    """Tell whether a convolution is of the kind that the loop computes."""
    return (
        conv_tiles.available()
        and window == (WINDOW, WINDOW)
        and attrs["strides"] == attrs["dilation"] == (1, 1)
        and attrs["groups"] == 1
        and attrs["pads"] != "same"
    )


def forward(
    x: Shape, w: Shape, outputs: Shape, attrs: dict, pooled: bool = False
) -> Case | None:
    """Return the case of a convolution, `None` where others do better.

    Args:
        x: The shape of the inputs.
        w: The shape of the kernel.
        outputs: How many outputs there are along each axis of the image.
        attrs: Strides, pads in numbers, dilation and groups.
        pooled: Whether windows of two by two are pooled.
    """
    if not _suits(w[:-2], attrs):
        return None
    before = tuple(pad[0] for pad in attrs["pads"])
    case = Case(x, w[-1], before, outputs, pooled)
    return case if case.possible() else None


def input_gradient(g: Shape, w: Shape, outputs: Shape, attrs: dict) -> Case | None:
    """Return the case of the gradient of a convolution's inputs, or `None`.

    It is a convolution with the kernel that `turned` returns.

    Args:
        g: The shape of the gradient of the convolution's outputs.
        w: The shape of the kernel.
        outputs: The sizes of the convolution's inputs.
        attrs: Strides, pads in numbers, dilation and groups of the convolution.
    """
    if not _suits(w[:-2], attrs):
        return None
    before = tuple(WINDOW - 1 - pad[0] for pad in attrs["pads"])
    case = Case(g, w[-2], before, outputs, False)
    return case if case.possible() else None


def turned(w: np.ndarray) -> np.ndarray:
    """Return the view of a kernel with which gradients go back to the inputs.

    Example:

    >>> turned(np.zeros((3, 3, 2, 5), np.float32)).shape
    (3, 3, 5, 2)
    """
    return w[::-1, ::-1].transpose(0, 1, 3, 2)
