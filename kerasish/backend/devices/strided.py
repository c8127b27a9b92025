"""What devices share that run fused programs: how these go over arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np

from kerasish.backend.devices.base import device_kernel

Shape = tuple[int, ...]


def broadcast_strides(array: np.ndarray, shape: Shape) -> Shape:
    """Return the strides in bytes of an array that is broadcast to a shape.

    Example:

    >>> broadcast_strides(np.zeros((3, 1), "float32"), (2, 3, 5))
    (0, 4, 0)
    """
    extra = len(shape) - array.ndim
    inner = (
        0 if size == 1 else stride for size, stride in zip(array.shape, array.strides)
    )
    return (*(0,) * extra, *inner)


def reduced_strides(array: np.ndarray, shape: Shape, axes: Sequence[int]) -> Shape:
    """Return strides of a reduction's result along its source, 0 on reduced axes.

    Args:
        array: The result, contiguous.
        shape: The shape of what is reduced.
        axes: The reduced axes.

    Example:

    >>> reduced_strides(np.zeros((3,), "float32"), (2, 3), (0,))
    (0, 4)
    """
    strides, step = [], array.itemsize
    for axis in reversed(range(len(shape))):
        kept = axis not in axes
        strides.append(step if kept and shape[axis] > 1 else 0)
        step *= shape[axis] if kept else 1
    return tuple(reversed(strides))


def collapse(
    shape: Shape, operands: Sequence[Shape]
) -> tuple[Shape, list[tuple[int, ...]]]:
    """Drop axes of size 1 and join neighbours that all operands walk in one go.

    Args:
        shape: The common shape.
        operands: For each operand its strides along that shape.

    Returns:
        The shorter shape, of one axis at least, and the strides along it.

    Example:

    >>> collapse((2, 3, 5), [(60, 20, 4), (0, 0, 4)])
    ((6, 5), [(20, 4), (0, 4)])
    """
    sizes: list[int] = []
    steps: list[list[int]] = []
    for axis, size in enumerate(shape):
        if size == 1:
            continue
        here = [strides[axis] for strides in operands]
        if sizes and all(a == b * size for a, b in zip(steps[-1], here)):
            sizes[-1] *= size
            steps[-1] = here
        else:
            sizes.append(size)
            steps.append(here)
    if not sizes:
        return (1,), [(0,) for _ in operands]
    return tuple(sizes), [tuple(axis) for axis in zip(*steps)] if operands else []


class Walk(NamedTuple):
    """How a fused program goes over its operands.

    Attributes:
        shape: The axes that are walked.
        strides: For each operand, inputs then outputs, its strides in bytes.
        marks: A number for each axis, 0 on those that reductions reduce.
        reductions: The numbers of the outputs that are reductions.
    """

    shape: Shape
    strides: list[Shape]
    marks: Shape
    reductions: list[int]


def walk(
    program: Any, shape: Shape, arrays: Sequence[Any], outs: Sequence[Any]
) -> Walk:
    """Return how a fused program goes over given arrays.

    Args:
        program: The program.
        shape: The shape of its elementwise values.
        arrays: Its inputs.
        outs: Its outputs, contiguous.
    """
    strides = [broadcast_strides(array, shape) for array in arrays]
    strides += [
        reduced_strides(out, shape, output.axes)
        for out, output in zip(outs, program.outputs)
    ]
    reductions = [k for k, output in enumerate(program.outputs) if output.reduction]
    if reductions:
        # A pretended operand keeps reduced and other axes apart.
        axes = program.outputs[reductions[0]].axes
        marks = np.empty([1 if k in axes else n for k, n in enumerate(shape)], "b")
        strides.append(reduced_strides(marks, shape, axes))
    shape, strides = collapse(shape, strides)
    kept = strides.pop() if reductions else (1,) * len(shape)
    return Walk(shape, strides, kept, reductions)


def strided(array: np.ndarray, shape: Shape, strides: Shape) -> np.ndarray:
    """Return a view of an array's memory; axes of stride 0 get the size 1."""
    sizes = tuple([n if step else 1 for n, step in zip(shape, strides)])
    if array.flags.c_contiguous:
        # The same view, made several times as fast.
        return array.reshape(sizes)
    return np.lib.stride_tricks.as_strided(array, sizes, strides)


def fused_kernel(
    kind: str, bind: Callable, accepts: Callable[[tuple, dict], bool] | None = None
) -> Callable:
    """Register what a kind of device binds for fused programs; see `device_kernel`.

    Args:
        kind: The kind of device.
        bind: Returns the call that runs a program on given arrays.
        accepts: Whether a program is taken.
    """

    def fused(
        xp: Any,
        *arrays: Any,
        out: Any = None,
        program: Any = None,
        shape: Shape = (),
    ) -> Any:
        # Arrays that are not bound are not worth more.
        return program.run(xp, arrays, shape)

    fused.bind = bind
    return device_kernel(kind, "fused", accepts)(fused)
