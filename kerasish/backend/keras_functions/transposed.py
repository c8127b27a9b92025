"""Transposed convolutions and pooling."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import config, ops
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.keras_functions.scopes import follows_arguments
from kerasish.backend.ops.convolution_ops import conv_input
from kerasish.backend.ops.convolution_padding import (
    check_padding,
    dilated,
    same_pads,
    spatial_tuple,
)
from kerasish.backend.ops.promotion import promote
from kerasish.errors import ShapeError


@follows_arguments
def conv2d_transpose(
    x: Any,
    kernel: Any,
    output_shape: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Tensor:
    """Transpose of a convolution: the gradient by its inputs.

    Args:
        x: Images.
        kernel: `(*window, filters, channels)`.
        output_shape: The shape of the result; only its spatial sizes count.
        strides: The step from window to window.
        padding: `'valid'` or `'same'`, that of the convolution it transposes.
        data_format: `None` for the configured one.
        dilation_rate: The step between the elements of a window.

    Raises:
        ShapeError: If no convolution leads from the output shape to that of `x`.

    Example:

    >>> x, kernel = np.ones((1, 2, 2, 3)), np.ones((3, 3, 4, 3))
    >>> conv2d_transpose(x, kernel, (1, 4, 4, 4), (2, 2), "same").shape
    (1, 4, 4, 4)
    """
    return _transposed(
        x, kernel, output_shape, strides, padding, data_format, dilation_rate
    )


@follows_arguments
def conv3d_transpose(
    x: Any,
    kernel: Any,
    output_shape: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
) -> Tensor:
    """Transpose of a convolution: the gradient by its inputs.

    Args:
        x: Volumes.
        kernel: `(*window, filters, channels)`.
        output_shape: The shape of the result; only its spatial sizes count.
        strides: The step from window to window.
        padding: `'valid'` or `'same'`, that of the convolution it transposes.
        data_format: `None` for the configured one.

    Raises:
        ShapeError: If no convolution leads from the output shape to that of `x`.

    Example:

    >>> x, kernel = np.ones((1, 2, 2, 2, 3)), np.ones((3, 3, 3, 4, 3))
    >>> conv3d_transpose(x, kernel, (1, 4, 4, 4, 4), (2, 2, 2), "same").shape
    (1, 4, 4, 4, 4)
    """
    return _transposed(x, kernel, output_shape, strides, padding, data_format, 1)


def _transposed(
    x: Any,
    kernel: Any,
    output_shape: Any,
    strides: Any,
    padding: str,
    data_format: str | None,
    dilation_rate: Any,
) -> Tensor:
    x, kernel = promote(x, kernel)
    rank = x.ndim - 2
    last = (0, *range(2, x.ndim), 1)
    first = config.standardize_data_format(data_format) == "channels_first"
    entries = tuple(output_shape)
    wanted = entries[2:] if first else entries[1:-1]
    if any(not isinstance(size, (int, np.integer)) for size in wanted):
        return ops.conv_transpose(
            x, kernel, strides, padding, None, data_format, dilation_rate
        )
    steps = spatial_tuple(strides, rank, "strides")
    dilation = spatial_tuple(dilation_rate, rank, "dilation_rate")
    spans = dilated(kernel.shape[:-2], dilation)
    pads = ((0, 0),) * rank
    if check_padding(padding) == "same":
        pads = tuple(
            same_pads(int(size), span, step)
            for size, span, step in zip(wanted, spans, steps)
        )
    x = ops.transpose(x, last) if first else x
    extras = _extras(x.shape[1:-1], wanted, spans, steps, pads)
    y = conv_input(
        x, kernel, strides=steps, pads=pads, dilation=dilation, groups=1,
        output_padding=extras,
    )  # fmt: skip
    return ops.transpose(y, (0, rank + 1, *range(1, rank + 1))) if first else y


def _extras(sizes: Any, wanted: Any, spans: Any, steps: Any, pads: Any) -> tuple:
    """How much longer each axis is than the windows reach."""
    found = []
    for size, length, span, step, pad in zip(sizes, wanted, spans, steps, pads):
        given = (int(length) + sum(pad) - span) // step + 1
        if size is not None and size != given:
            raise ShapeError(
                "A transposed convolution cannot have this output shape: a convolution "
                f"of it gives another size.\n  got: {wanted} for inputs of {sizes}"
            )
        found.append(int(length) + sum(pad) - (given - 1) * step - span)
    return tuple(found)


@follows_arguments
def pool2d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Tensor:
    """Take the largest or the mean element of each window of images.

    Args:
        x: Images.
        pool_size: The window.
        strides: The step from window to window.
        padding: `'valid'` or `'same'`.
        data_format: `None` for the configured one.
        pool_mode: `'max'` or `'avg'`.

    Raises:
        ValueError: For another mode.

    Example:

    >>> pool2d(np.ones((1, 4, 4, 1)), (2, 2)).shape
    (1, 3, 3, 1)
    """
    return _pooled(x, pool_size, strides, padding, data_format, pool_mode)


@follows_arguments
def pool3d(
    x: Any,
    pool_size: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    pool_mode: str = "max",
) -> Tensor:
    """Take the largest or the mean element of each window of volumes.

    Args:
        x: Volumes.
        pool_size: The window.
        strides: The step from window to window.
        padding: `'valid'` or `'same'`.
        data_format: `None` for the configured one.
        pool_mode: `'max'` or `'avg'`.

    Raises:
        ValueError: For another mode.

    Example:

    >>> pool3d(np.ones((1, 4, 4, 4, 1)), (2, 2, 2)).shape
    (1, 3, 3, 3, 1)
    """
    return _pooled(x, pool_size, strides, padding, data_format, pool_mode)


def _pooled(
    x: Any, pool_size: Any, strides: Any, padding: str, data_format: Any, mode: str
) -> Tensor:
    pools = {"max": ops.max_pool, "avg": ops.average_pool}
    if mode not in pools:
        raise ValueError(f"`pool_mode` must be 'max' or 'avg'.\nReceived: {mode!r}")
    return pools[mode](as_tensor(x), pool_size, strides, padding, data_format)
