"""Convolutions with weights of their own at every place."""

from __future__ import annotations

import itertools
import math
from typing import Any

from kerasish.backend import config, ops
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.keras_functions.scopes import follows_arguments
from kerasish.errors import ShapeError


def _patches(
    x: Tensor, window: tuple, strides: tuple, positions: tuple, first: bool
) -> Tensor:
    """What each window sees, `(batch, positions, elements)`, as one long row."""
    axes = (slice(None),) * (2 if first else 1)
    pieces = []
    for offset in itertools.product(*map(range, window)):
        cut = tuple(
            slice(begin, begin + (count - 1) * step + 1, step)
            for begin, count, step in zip(offset, positions, strides)
        )
        pieces.append(x[axes + cut])
    rank = len(window)
    # The channels are the slowest in a row where they come first, else the fastest.
    stacked = ops.stack(pieces, axis=2 if first else rank + 1)
    if first:
        stacked = ops.transpose(stacked, (0, *range(3, rank + 3), 1, 2))
    return ops.reshape(stacked, (-1, math.prod(positions), _row(x, window, first)))


def _row(x: Tensor, window: tuple, first: bool) -> int:
    return math.prod(window) * x.shape[1 if first else -1]


def _local(
    x: Any, kernel: Any, window: Any, strides: Any, positions: Any, data_format: Any
) -> Tensor:
    x, kernel = as_tensor(x), as_tensor(kernel)
    first = config.standardize_data_format(data_format) == "channels_first"
    window, strides = tuple(window), tuple(strides)
    sizes = x.shape[2:] if first else x.shape[1:-1]
    if positions is None:
        positions = tuple(
            (size - length) // step + 1
            for size, length, step in zip(sizes, window, strides)
        )
    wanted = (math.prod(positions), _row(x, window, first))
    if kernel.ndim != 3 or kernel.shape[:2] != wanted:
        raise ShapeError(
            "A convolution with local weights needs a kernel of the shape (places, "
            "elements of a window, filters).\n"
            f"  got: {kernel.shape}, expected: ({wanted[0]}, {wanted[1]}, filters)"
        )
    rows = _patches(x, window, strides, tuple(positions), first)
    y = ops.einsum("bpk,pkf->bpf", rows, kernel)
    y = ops.reshape(y, (-1, *positions, kernel.shape[-1]))
    last = len(window) + 1
    return ops.transpose(y, (0, last, *range(1, last))) if first else y


@follows_arguments
def local_conv1d(
    inputs: Any,
    kernel: Any,
    kernel_size: Any,
    strides: Any,
    data_format: str | None = None,
) -> Tensor:
    """Convolve sequences with weights of their own at every place.

    Args:
        inputs: Sequences of known length.
        kernel: `(places, window * channels, filters)`.
        kernel_size: The length of the window, in a tuple.
        strides: The step from window to window, in a tuple.
        data_format: `None` for the configured one.

    Returns:
        `(batch, places, filters)`, with the channels where the inputs have theirs.

    Raises:
        ShapeError: If the kernel does not fit.

    Example:

    >>> import numpy as np
    >>> local_conv1d(np.ones((1, 5, 2)), np.ones((3, 6, 4)), (3,), (1,)).shape
    (1, 3, 4)
    """
    return _local(inputs, kernel, kernel_size, strides, None, data_format)


@follows_arguments
def local_conv2d(
    inputs: Any,
    kernel: Any,
    kernel_size: Any,
    strides: Any,
    output_shape: Any,
    data_format: str | None = None,
) -> Tensor:
    """Convolve images with weights of their own at every place.

    Args:
        inputs: Images.
        kernel: `(places, rows * columns * channels, filters)`; within a window the
            channels are the fastest, or the slowest where they come first.
        kernel_size: Rows and columns of the window.
        strides: The steps from window to window.
        output_shape: Rows and columns of the result.
        data_format: `None` for the configured one.

    Returns:
        `(batch, rows, columns, filters)`, with the channels where the inputs have
        theirs.

    Raises:
        ShapeError: If the kernel does not fit.

    Example:

    >>> import numpy as np
    >>> x, kernel = np.ones((1, 3, 3, 1)), np.ones((4, 4, 2))
    >>> local_conv2d(x, kernel, (2, 2), (1, 1), (2, 2)).shape
    (1, 2, 2, 2)
    """
    return _local(inputs, kernel, kernel_size, strides, output_shape, data_format)
