"""Products of matrices and batches of them."""

from __future__ import annotations

from typing import Any

from kerasish.backend import config, ops
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.keras_functions.scopes import follows_arguments
from kerasish.errors import ShapeError


@follows_arguments
def dot(x: Any, y: Any) -> Tensor:
    """Multiply the last axis of `x` with the last but one of `y`.

    Args:
        x: A tensor, Variable or array.
        y: Another one.

    Returns:
        A tensor with the other axes of `x`, and then the other ones of `y`.

    Example:

    >>> import numpy as np
    >>> dot(np.ones((2, 3)), np.ones((5, 3, 4))).shape
    (2, 5, 4)
    """
    return ops.dot(x, y)


@follows_arguments
def batch_dot(x: Any, y: Any, axes: Any = None) -> Tensor:
    """Multiply the examples of two batches, each with its partner.

    Args:
        x: A tensor of at least two axes, the first of which is the batch.
        y: Another one.
        axes: The axis of `x` and the one of `y` to sum over; one number for both. For
            `None` the last of `x` and the last but one of `y` (the last of two).

    Returns:
        The other axes of `x`, and then those of `y` but its batch; `(batch, 1)` where
        nothing else is left.

    Raises:
        ShapeError: If the sizes differ, or the batch axis is to be summed over.

    Example:

    >>> import numpy as np
    >>> batch_dot(np.ones((2, 3, 4)), np.ones((2, 4, 5))).shape
    (2, 3, 5)
    """
    x, y = as_tensor(x), as_tensor(y)
    first, second = _contracted(x, y, axes)
    letters = "bcdefghijklmnopqrstuvwxyz"
    left = letters[: x.ndim]
    right = "b" + letters[x.ndim : x.ndim + y.ndim - 1]
    right = right[:second] + left[first] + right[second + 1 :]
    rest = left.replace(left[first], "") + right[1:].replace(left[first], "")
    result = ops.einsum(f"{left},{right}->{rest}", x, y)
    return ops.expand_dims(result, 1) if result.ndim == 1 else result


def _contracted(x: Tensor, y: Tensor, axes: Any) -> tuple[int, int]:
    if x.ndim < 2 or y.ndim < 2:
        raise ShapeError(
            "batch_dot: both tensors must have at least two axes.\n"
            f"  got: {x.shape} and {y.shape}"
        )
    if axes is None:
        axes = (x.ndim - 1, y.ndim - 1 if y.ndim == 2 else y.ndim - 2)
    pair = (axes, axes) if isinstance(axes, int) else tuple(axes)
    if len(pair) != 2 or any(not isinstance(axis, int) for axis in pair):
        raise ValueError(
            f"batch_dot: `axes` must be an integer or two.\nReceived: axes={axes!r}"
        )
    first, second = pair[0] % x.ndim, pair[1] % y.ndim
    sizes = x.shape[first], y.shape[second]
    if 0 in (first, second) or (None not in sizes and sizes[0] != sizes[1]):
        raise ShapeError(
            "batch_dot: two axes of one size are needed, none of them the batch.\n"
            f"  got: {x.shape} and {y.shape}, axes={axes!r}"
        )
    return first, second


@follows_arguments
def bias_add(x: Any, bias: Any, data_format: str | None = None) -> Tensor:
    """Add a bias to the channels.

    Args:
        x: A tensor with a batch axis.
        bias: One number for each channel, or an array with as many elements as an
            example, channels last.
        data_format: Where `x` has its channels; `None` for the configured one.

    Raises:
        ShapeError: If the bias has another number of axes.

    Example:

    >>> import numpy as np
    >>> bias_add(np.zeros((1, 2, 2)), np.array([1.0, 2.0])).numpy()[0, 0]
    array([1., 2.])
    """
    x, bias = as_tensor(x), as_tensor(bias)
    first = config.standardize_data_format(data_format) == "channels_first"
    if bias.ndim not in (1, x.ndim - 1):
        raise ShapeError(
            "bias_add: the bias needs one axis, or as many as an example.\n"
            f"  got: {bias.shape} for {x.shape}"
        )
    if first and x.ndim > 2:
        if bias.ndim == 1:
            bias = ops.expand_dims(bias, tuple(range(1, x.ndim - 1)))
        else:
            # Read anew in the other order, not transposed: so it has always been.
            bias = ops.reshape(bias, (bias.shape[-1], *bias.shape[:-1]))
    return ops.add(x, bias)
