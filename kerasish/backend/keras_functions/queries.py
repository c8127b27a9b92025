"""What tensors are like, and tensors made in their likeness."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops
from kerasish.backend.dtypes import standardize_dtype
from kerasish.backend.graph import Tensor, Variable, topological
from kerasish.backend.keras_functions.scopes import follows_arguments
from kerasish.backend.ops.printing import print_value


@follows_arguments
def shape(x: Any) -> Tensor:
    """Return the shape as an int32 vector, with the sizes that a run has.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> import numpy as np
    >>> shape(np.zeros((2, 3))).numpy()
    array([2, 3], dtype=int32)
    """
    return ops.shape_of(x)


def int_shape(x: Any) -> tuple[int | None, ...] | None:
    """Return the shape as far as it is known.

    Args:
        x: A tensor, Variable or array.

    Returns:
        A tuple of integers, with `None` for sizes that are not known yet; `None` for
        what has no shape.

    Example:

    >>> import numpy as np
    >>> int_shape(np.zeros((2, 3)))
    (2, 3)
    """
    return tuple(x.shape) if hasattr(x, "shape") else None


def get_variable_shape(x: Any) -> tuple[int | None, ...] | None:
    """Return the shape as far as it is known; see `int_shape`.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> import numpy as np
    >>> get_variable_shape(np.zeros((2, 3)))
    (2, 3)
    """
    return int_shape(x)


def ndim(x: Any) -> int:
    """Return the number of axes.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> import numpy as np
    >>> ndim(np.zeros((2, 3)))
    2
    """
    return len(x.shape)


def count_params(x: Any) -> int:
    """Return the number of elements.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> import numpy as np
    >>> count_params(np.zeros((2, 3)))
    6
    """
    return math.prod(x.shape)


def dtype(x: Any) -> str:
    """Return the name of the data type.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> import numpy as np
    >>> dtype(np.zeros(2))
    'float64'
    """
    return standardize_dtype(x.dtype)


@follows_arguments
def ones_like(x: Any, dtype: str | None = None, name: str | None = None) -> Tensor:
    """Return ones in the shape of a tensor.

    Args:
        x: A tensor, Variable or array.
        dtype: The data type; that of `x` for `None`.
        name: Kept for the signature.

    Example:

    >>> import numpy as np
    >>> ones_like(np.zeros((1, 2))).numpy()
    array([[1., 1.]])
    """
    return ops.ones_like(x, dtype=dtype)


@follows_arguments
def zeros_like(x: Any, dtype: str | None = None, name: str | None = None) -> Tensor:
    """Return zeros in the shape of a tensor.

    Args:
        x: A tensor, Variable or array.
        dtype: The data type; that of `x` for `None`.
        name: Kept for the signature.

    Example:

    >>> import numpy as np
    >>> zeros_like(np.ones((1, 2))).numpy()
    array([[0., 0.]])
    """
    return ops.zeros_like(x, dtype=dtype)


@follows_arguments
def one_hot(indices: Any, num_classes: int) -> Tensor:
    """Return class numbers as vectors of one 1 and else 0.

    Args:
        indices: Integers of any shape.
        num_classes: The length of the vectors.

    Example:

    >>> import numpy as np
    >>> one_hot(np.array([1]), 3).numpy()
    array([[0., 1., 0.]], dtype=float32)
    """
    return ops.one_hot(indices, num_classes)


@follows_arguments
def arange(start: Any, stop: Any = None, step: Any = 1, dtype: str = "int32") -> Tensor:
    """Return equally spaced numbers.

    Args:
        start: The first, or the end where there is no `stop`.
        stop: The end, which is left out.
        step: The distance.
        dtype: The data type.

    Example:

    >>> arange(3).numpy()
    array([0, 1, 2], dtype=int32)
    """
    if stop is None and isinstance(start, (int, float)) and start < 0:
        start = 0
    return ops.arange(start, stop, step, dtype=dtype)


def is_tensor(x: Any) -> bool:
    """Tell whether something is a tensor or a Variable.

    Args:
        x: Anything.

    Example:

    >>> import numpy as np
    >>> is_tensor(np.zeros(2))
    False
    """
    return isinstance(x, (Tensor, Variable))


def is_placeholder(x: Any) -> bool:
    """Tell whether something is a placeholder.

    Args:
        x: Anything.

    Example:

    >>> import numpy as np
    >>> from kerasish.backend.graph import placeholder
    >>> is_placeholder(placeholder((2,))), is_placeholder(np.zeros(2))
    (True, False)
    """
    return (
        isinstance(x, Tensor)
        and x.node is not None
        and x.node.op.name in ("placeholder", "marked")
        and all(node.op.name in ("placeholder", "marked") for node in topological([x]))
    )


def is_keras_tensor(x: Any) -> bool:
    """Tell whether a tensor was returned by a layer or by `Input`.

    Args:
        x: A tensor or Variable.

    Raises:
        ValueError: If it is neither.

    Example:

    >>> import kerasish as keras
    >>> is_keras_tensor(keras.Input((2,))), is_keras_tensor(keras.Variable(1.0))
    (True, False)
    """
    if not is_tensor(x):
        raise ValueError(
            f"is_keras_tensor: a tensor is expected.\nReceived: {type(x).__name__}"
        )
    return isinstance(x, Tensor) and x.history is not None


@follows_arguments
def print_tensor(x: Any, message: str = "", summarize: int = 3) -> Tensor:
    """Return a tensor of equal value that prints itself whenever it is computed.

    Args:
        x: A tensor, Variable or array.
        message: What is printed before it.
        summarize: How many elements are shown at either end of each axis; -1 for all.

    Example:

    >>> import numpy as np
    >>> y = print_tensor(np.array([1.0, 2.0]), "x =")
    x = [1. 2.]
    """
    return print_value(x, message, summarize)
