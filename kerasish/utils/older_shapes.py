"""Functions about shapes of layers that Keras 2 had in `keras.utils`."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np


def transpose_shape(
    shape: Sequence, target_format: str, spatial_axes: Sequence[int]
) -> tuple:
    """Return a shape with channels last in another format.

    Args:
        shape: The shape, with the channels last.
        target_format: `"channels_first"` or `"channels_last"`.
        spatial_axes: Which axes are those of space.

    Example:

    >>> transpose_shape((8, 32, 30, 3), "channels_first", (1, 2))
    (8, 3, 32, 30)
    """
    if target_format not in ("channels_first", "channels_last"):
        raise ValueError(
            "target_format must be 'channels_first' or 'channels_last'.\n"
            f"Received: target_format={target_format!r}"
        )
    if target_format == "channels_last":
        return tuple(shape)
    space = [shape[axis] for axis in spatial_axes]
    return (*shape[: spatial_axes[0]], shape[-1], *space)


def normalize_tuple(value: Any, n: int, name: str) -> tuple[int, ...]:
    """Return a tuple of integers, from one integer or from several.

    Args:
        value: An integer, or `n` of them.
        n: How many are wanted.
        name: The argument, for messages.

    Raises:
        ValueError: If it is something else.

    Example:

    >>> normalize_tuple(3, 2, "strides"), normalize_tuple([1, 2], 2, "strides")
    ((3, 3), (1, 2))
    """
    found = (value,) * n if isinstance(value, int) else value
    try:
        found = tuple(int(x) for x in found)
    except (TypeError, ValueError):
        found = ()
    if len(found) != n:
        raise ValueError(
            f"{name} must be an integer or a tuple of {n} integers.\n"
            f"Received: {name}={value!r}"
        )
    return found


def normalize_padding(value: str) -> str:
    """Return the name of a kind of padding in lower case.

    Args:
        value: `"valid"`, `"same"` or `"causal"`.

    Raises:
        ValueError: If it is something else.

    Example:

    >>> normalize_padding("SAME")
    'same'
    """
    padding = value.lower()
    if padding not in ("valid", "same", "causal"):
        raise ValueError(
            f"padding must be 'valid', 'same' or 'causal'.\nReceived: {value!r}"
        )
    return padding


def conv_output_length(
    input_length: int | None,
    filter_size: int,
    padding: str,
    stride: int,
    dilation: int = 1,
) -> int | None:
    """Return the length of the output of a convolution.

    Args:
        input_length: The length of its input.
        filter_size: The length of the kernel.
        padding: `"same"`, `"valid"`, `"full"` or `"causal"`.
        stride: The stride.
        dilation: The dilation.

    Example:

    >>> conv_output_length(10, 3, "valid", 2), conv_output_length(10, 3, "same", 2)
    (4, 5)
    """
    if input_length is None:
        return None
    reach = (filter_size - 1) * dilation
    added = {"same": 0, "causal": 0, "valid": -reach, "full": reach}[padding]
    return -(-(input_length + added) // stride)


def conv_input_length(
    output_length: int | None, filter_size: int, padding: str, stride: int
) -> int | None:
    """Return the length of the input of a convolution.

    Args:
        output_length: The length of its output.
        filter_size: The length of the kernel.
        padding: `"same"`, `"valid"` or `"full"`.
        stride: The stride.

    Example:

    >>> conv_input_length(4, 3, "valid", 2)
    9
    """
    if output_length is None:
        return None
    pad = {"same": filter_size // 2, "valid": 0, "full": filter_size - 1}[padding]
    return (output_length - 1) * stride - 2 * pad + filter_size


def deconv_length(
    dim_size: int | None,
    stride_size: int,
    kernel_size: int,
    padding: str,
    output_padding: int | None,
    dilation: int = 1,
) -> int | None:
    """Return the length of the output of a transposed convolution.

    Args:
        dim_size: The length of its input.
        stride_size: The stride.
        kernel_size: The length of the kernel.
        padding: `"same"`, `"valid"` or `"full"`.
        output_padding: Elements added at one end, or `None`.
        dilation: The dilation.

    Example:

    >>> deconv_length(4, 2, 3, "valid", None), deconv_length(4, 2, 3, "same", 1)
    (9, 8)
    """
    if dim_size is None:
        return None
    size = kernel_size + (kernel_size - 1) * (dilation - 1)
    if output_padding is None:
        added = {
            "valid": max(size - stride_size, 0),
            "full": 2 - stride_size - size,
            "same": 0,
        }
        return dim_size * stride_size + added[padding]
    pad = {"same": size // 2, "valid": 0, "full": size - 1}[padding]
    return (dim_size - 1) * stride_size + size - 2 * pad + output_padding


def convert_kernel(kernel: Any) -> np.ndarray:
    """Turn the kernel of a convolution round in space, as Theano had them.

    Args:
        kernel: Array of 3, 4 or 5 axes; the last two are channels.

    Example:

    >>> convert_kernel(np.arange(3.0).reshape(3, 1, 1))[:, 0, 0].tolist()
    [2.0, 1.0, 0.0]
    """
    kernel = np.asarray(kernel)
    if not 3 <= kernel.ndim <= 5:
        raise ValueError(
            f"A kernel has 3, 4 or 5 axes.\nReceived: shape {kernel.shape}"
        )
    return np.flip(kernel, tuple(range(kernel.ndim - 2))).copy()


def convert_dense_weights_data_format(
    dense: Any,
    previous_feature_map_shape: Sequence[int],
    target_data_format: str = "channels_first",
) -> None:
    """Put the rows of a dense layer's kernel into the order of another data format.

    Args:
        dense: A built `Dense` layer that follows `Flatten`.
        previous_feature_map_shape: Shape of the image before it, in the new format.
        target_data_format: `"channels_first"` or `"channels_last"`.

    Example:

    >>> import kerasish as keras
    >>> dense = keras.layers.Dense(1)
    >>> dense.build((None, 4))
    >>> dense.set_weights([np.arange(4.0)[:, None], np.zeros(1)])
    >>> convert_dense_weights_data_format(dense, (2, 2, 1), "channels_first")
    >>> dense.get_weights()[0][:, 0].tolist()
    [0.0, 2.0, 1.0, 3.0]
    """
    kernel, *rest = dense.get_weights()
    if target_data_format == "channels_first":
        channels, *space = previous_feature_map_shape
        old, axes = (*space, channels), (2, 0, 1, 3)
    else:
        *space, channels = previous_feature_map_shape
        old, axes = (channels, *space), (1, 2, 0, 3)
    turned = kernel.reshape(*old, -1).transpose(axes)
    dense.set_weights([turned.reshape(kernel.shape), *rest])
