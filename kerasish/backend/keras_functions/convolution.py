"""Convolutions, plain, depthwise and separable."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Tensor
from kerasish.backend.keras_functions.scopes import follows_arguments


@follows_arguments
def conv1d(
    x: Any,
    kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Tensor:
    """Convolve sequences with a kernel, which is not flipped.

    Args:
        x: Sequences.
        kernel: `(*window, channels, filters)`.
        strides: The step from window to window.
        padding: `'valid'` or `'same'`, or `'causal'`.
        data_format: `None` for the configured one.
        dilation_rate: The step between the elements of a window.

    Example:

    >>> import numpy as np
    >>> conv1d(np.ones((1, 5, 2)), np.ones((3, 2, 4))).shape
    (1, 3, 4)
    """
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


@follows_arguments
def conv2d(
    x: Any,
    kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Tensor:
    """Convolve images with a kernel, which is not flipped.

    Args:
        x: Images.
        kernel: `(*window, channels, filters)`.
        strides: The step from window to window.
        padding: `'valid'` or `'same'`.
        data_format: `None` for the configured one.
        dilation_rate: The step between the elements of a window.

    Example:

    >>> import numpy as np
    >>> conv2d(np.ones((1, 5, 5, 2)), np.ones((3, 3, 2, 4))).shape
    (1, 3, 3, 4)
    """
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


@follows_arguments
def conv3d(
    x: Any,
    kernel: Any,
    strides: Any = (1, 1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1, 1),
) -> Tensor:
    """Convolve volumes with a kernel, which is not flipped.

    Args:
        x: Volumes.
        kernel: `(*window, channels, filters)`.
        strides: The step from window to window.
        padding: `'valid'` or `'same'`.
        data_format: `None` for the configured one.
        dilation_rate: The step between the elements of a window.

    Example:

    >>> import numpy as np
    >>> conv3d(np.ones((1, 5, 5, 5, 2)), np.ones((3, 3, 3, 2, 4))).shape
    (1, 3, 3, 3, 4)
    """
    return ops.conv(x, kernel, strides, padding, data_format, dilation_rate)


@follows_arguments
def separable_conv1d(
    x: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = 1,
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = 1,
) -> Tensor:
    """Convolve each channel alone, and then mix the channels.

    Args:
        x: Sequences.
        depthwise_kernel: `(*window, channels, multiplier)`.
        pointwise_kernel: `(1, ..., channels * multiplier, filters)`.
        strides: The step from window to window.
        padding: `'valid'` or `'same'`.
        data_format: `None` for the configured one.
        dilation_rate: The step between the elements of a window.

    Example:

    >>> import numpy as np
    >>> depthwise, pointwise = np.ones((3, 2, 1)), np.ones((1, 2, 4))
    >>> separable_conv1d(np.ones((1, 5, 2)), depthwise, pointwise).shape
    (1, 3, 4)
    """
    return ops.separable_conv(
        x,
        depthwise_kernel,
        pointwise_kernel,
        strides,
        padding,
        data_format,
        dilation_rate,
    )


@follows_arguments
def separable_conv2d(
    x: Any,
    depthwise_kernel: Any,
    pointwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Tensor:
    """Convolve each channel alone, and then mix the channels.

    Args:
        x: Images.
        depthwise_kernel: `(*window, channels, multiplier)`.
        pointwise_kernel: `(1, ..., channels * multiplier, filters)`.
        strides: The step from window to window.
        padding: `'valid'` or `'same'`.
        data_format: `None` for the configured one.
        dilation_rate: The step between the elements of a window.

    Example:

    >>> import numpy as np
    >>> depthwise, pointwise = np.ones((3, 3, 2, 1)), np.ones((1, 1, 2, 4))
    >>> separable_conv2d(np.ones((1, 5, 5, 2)), depthwise, pointwise).shape
    (1, 3, 3, 4)
    """
    return ops.separable_conv(
        x,
        depthwise_kernel,
        pointwise_kernel,
        strides,
        padding,
        data_format,
        dilation_rate,
    )


@follows_arguments
def depthwise_conv2d(
    x: Any,
    depthwise_kernel: Any,
    strides: Any = (1, 1),
    padding: str = "valid",
    data_format: str | None = None,
    dilation_rate: Any = (1, 1),
) -> Tensor:
    """Convolve each channel of images alone.

    Args:
        x: Images.
        depthwise_kernel: `(rows, columns, channels, multiplier)`.
        strides: The step from window to window.
        padding: `'valid'` or `'same'`.
        data_format: `None` for the configured one.
        dilation_rate: The step between the elements of a window.

    Example:

    >>> import numpy as np
    >>> depthwise_conv2d(np.ones((1, 5, 5, 2)), np.ones((3, 3, 2, 3))).shape
    (1, 3, 3, 6)
    """
    return ops.depthwise_conv(
        x, depthwise_kernel, strides, padding, data_format, dilation_rate
    )
