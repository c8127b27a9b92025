"""Shapes, orders and pieces of tensors."""

from __future__ import annotations

import builtins
import math
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.keras_functions.scopes import follows_arguments


@follows_arguments
def reshape(x: Any, shape: Any) -> Tensor:
    """Return the elements in another shape.

    Args:
        x: A tensor, Variable or array.
        shape: The sizes, -1 for one that follows from the others; also a vector tensor.

    Example:

    >>> import numpy as np
    >>> reshape(np.zeros((2, 3)), (3, -1)).shape
    (3, 2)
    """
    if isinstance(shape, list):
        shape = tuple(shape)
    return ops.reshape(x, shape)


@follows_arguments
def flatten(x: Any) -> Tensor:
    """Return the elements as one vector.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> import numpy as np
    >>> flatten(np.zeros((2, 3))).shape
    (6,)
    """
    return ops.reshape(x, (-1,))


@follows_arguments
def batch_flatten(x: Any) -> Tensor:
    """Return a matrix: the first axis stays, the others become one.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> import numpy as np
    >>> batch_flatten(np.zeros((2, 3, 4))).shape
    (2, 12)
    """
    sizes = as_tensor(x).shape[1:]
    if None not in sizes:
        return ops.reshape(x, (-1, math.prod(sizes)))
    return ops.reshape(x, (ops.shape(x)[0], -1))


@follows_arguments
def expand_dims(x: Any, axis: int = -1) -> Tensor:
    """Add an axis of size one.

    Args:
        x: A tensor, Variable or array.
        axis: Where it is in the result.

    Example:

    >>> import numpy as np
    >>> expand_dims(np.zeros(3)).shape
    (3, 1)
    """
    return ops.expand_dims(x, axis)


@follows_arguments
def squeeze(x: Any, axis: Any) -> Tensor:
    """Remove an axis of size one.

    Args:
        x: A tensor, Variable or array.
        axis: Which axis.

    Example:

    >>> import numpy as np
    >>> squeeze(np.zeros((3, 1)), 1).shape
    (3,)
    """
    return ops.squeeze(x, axis)


@follows_arguments
def transpose(x: Any) -> Tensor:
    """Reverse the order of the axes.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> import numpy as np
    >>> transpose(np.zeros((2, 3))).shape
    (3, 2)
    """
    return ops.transpose(x)


@follows_arguments
def permute_dimensions(x: Any, pattern: Any) -> Tensor:
    """Bring the axes into another order.

    Args:
        x: A tensor, Variable or array.
        pattern: For each new axis, which old one it is.

    Example:

    >>> import numpy as np
    >>> permute_dimensions(np.zeros((2, 3, 4)), (0, 2, 1)).shape
    (2, 4, 3)
    """
    return ops.transpose(x, tuple(pattern))


@follows_arguments
def concatenate(tensors: Any, axis: int = -1) -> Tensor:
    """Join tensors along an axis that they have.

    Args:
        tensors: A list of tensors.
        axis: Along which axis.

    Example:

    >>> import numpy as np
    >>> concatenate([np.zeros((2, 3)), np.zeros((2, 1))]).shape
    (2, 4)
    """
    return ops.concatenate(list(tensors), axis=axis)


@follows_arguments
def stack(x: Any, axis: int = 0) -> Tensor:
    """Join tensors along a new axis.

    Args:
        x: A list of tensors of one shape.
        axis: Where the new axis is.

    Example:

    >>> import numpy as np
    >>> stack([np.zeros(3), np.ones(3)]).shape
    (2, 3)
    """
    return ops.stack(list(x), axis=axis)


@follows_arguments
def tile(x: Any, n: Any) -> Tensor:
    """Repeat a tensor as a whole.

    Args:
        x: A tensor, Variable or array.
        n: How many times, a number or one for each axis.

    Example:

    >>> import numpy as np
    >>> tile(np.array([1, 2]), 2).numpy()
    array([1, 2, 1, 2])
    """
    return ops.tile(x, n)


@follows_arguments
def repeat(x: Any, n: int) -> Tensor:
    """Repeat each row of a matrix as time steps.

    Args:
        x: A matrix `(batch, features)`.
        n: How many times.

    Returns:
        A tensor `(batch, n, features)`.

    Example:

    >>> import numpy as np
    >>> repeat(np.zeros((2, 3)), 4).shape
    (2, 4, 3)
    """
    return ops.repeat(ops.expand_dims(x, 1), n, axis=1)


@follows_arguments
def repeat_elements(x: Any, rep: int, axis: int) -> Tensor:
    """Repeat each element along an axis.

    Args:
        x: A tensor, Variable or array.
        rep: How many times.
        axis: Along which axis.

    Example:

    >>> import numpy as np
    >>> repeat_elements(np.array([1, 2]), 2, 0).numpy()
    array([1, 1, 2, 2])
    """
    return ops.repeat(x, rep, axis=axis)


@follows_arguments
def reverse(x: Any, axes: Any) -> Tensor:
    """Reverse the order of elements along axes.

    Args:
        x: A tensor, Variable or array.
        axes: An axis, or several.

    Example:

    >>> import numpy as np
    >>> reverse(np.array([1, 2]), 0).numpy()
    array([2, 1])
    """
    return ops.flip(x, tuple(axes) if isinstance(axes, list) else axes)


@follows_arguments
def slice(x: Any, start: Any, size: Any) -> Tensor:
    """Cut out a block.

    Args:
        x: A tensor, Variable or array.
        start: Where the block begins on each axis.
        size: How long it is, -1 for all that follows.

    Example:

    >>> import numpy as np
    >>> slice(np.arange(5), [1], [3]).numpy()
    array([1, 2, 3])
    """
    x = as_tensor(x)
    if all(isinstance(entry, int) for entry in (*start, *size)):
        block = tuple(
            builtins.slice(begin, None if length == -1 else begin + length)
            for begin, length in zip(start, size)
        )
        return x[block]
    return ops.slice(x, start, size)


@follows_arguments
def gather(reference: Any, indices: Any) -> Tensor:
    """Pick entries along the first axis.

    Args:
        reference: A tensor, Variable or array.
        indices: Integers of any shape.

    Example:

    >>> import numpy as np
    >>> gather(np.array([10, 20, 30]), np.array([[2, 0]])).numpy()
    array([[30, 10]])
    """
    return ops.take(reference, ops.cast(indices, "int32"), axis=0)
