"""Activations with the formulas of Keras 2."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops, random
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.keras_functions.draws import lasting_seed
from kerasish.backend.keras_functions.scopes import follows_arguments


@follows_arguments
def relu(
    x: Any, alpha: float = 0.0, max_value: float | None = None, threshold: float = 0.0
) -> Tensor:
    """Return a rectifier with a slope below its threshold, and a bound.

    Args:
        x: A tensor, Variable or array.
        alpha: The slope below the threshold.
        max_value: The largest value; `None` for no bound.
        threshold: Where it begins.

    Example:

    >>> import numpy as np
    >>> relu(np.array([-2.0, 3.0]), alpha=0.5, max_value=2).numpy()
    array([-1.,  2.])
    """
    x = as_tensor(x)
    above = ops.maximum(x, 0.0) if not threshold else ops.where(x > threshold, x, 0.0)
    if max_value is not None:
        above = ops.minimum(above, max_value)
    if isinstance(alpha, (int, float)) and not alpha:
        return above
    return above - alpha * ops.maximum(threshold - x, 0.0)


@follows_arguments
def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """Return `x`, and `alpha * (exp(x) - 1)` for negative numbers.

    Args:
        x: A tensor, Variable or array.
        alpha: The scale of the negative part.

    Example:

    >>> import numpy as np
    >>> elu(np.array([0.0, 2.0])).numpy()
    array([0., 2.])
    """
    return ops.elu(x, alpha=alpha)


@follows_arguments
def softmax(x: Any, axis: int = -1) -> Tensor:
    """Return positive numbers that sum to one along an axis.

    Args:
        x: A tensor, Variable or array.
        axis: Along which axis.

    Example:

    >>> import numpy as np
    >>> softmax(np.array([0.0, 0.0])).numpy()
    array([0.5, 0.5])
    """
    return ops.softmax(x, axis=axis)


@follows_arguments
def softplus(x: Any) -> Tensor:
    """Return `log(1 + exp(x))`.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> import numpy as np
    >>> softplus(np.array([0.0])).numpy()
    array([0.69314718])
    """
    return ops.softplus(x)


@follows_arguments
def softsign(x: Any) -> Tensor:
    """Return `x / (1 + abs(x))`.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> import numpy as np
    >>> softsign(np.array([1.0])).numpy()
    array([0.5])
    """
    return ops.softsign(x)


@follows_arguments
def sigmoid(x: Any) -> Tensor:
    """Return `1 / (1 + exp(-x))`.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> import numpy as np
    >>> sigmoid(np.array([0.0])).numpy()
    array([0.5])
    """
    return ops.sigmoid(x)


@follows_arguments
def hard_sigmoid(x: Any) -> Tensor:
    """Return `0.2 * x + 0.5`, brought into `[0, 1]`.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> import numpy as np
    >>> hard_sigmoid(np.array([-9.0, 1.0])).numpy()
    array([0. , 0.7])
    """
    return ops.clip(0.2 * as_tensor(x) + 0.5, 0.0, 1.0)


@follows_arguments
def tanh(x: Any) -> Tensor:
    """Return hyperbolic tangents.

    Args:
        x: A tensor, Variable or array.

    Example:

    >>> import numpy as np
    >>> tanh(np.array([0.0])).numpy()
    array([0.])
    """
    return ops.tanh(x)


@follows_arguments
def l2_normalize(x: Any, axis: Any = None) -> Tensor:
    """Divide by the Euclidean norm.

    Args:
        x: A tensor, Variable or array.
        axis: Along which axes; all for `None`.

    Example:

    >>> import numpy as np
    >>> l2_normalize(np.array([3.0, 4.0])).numpy()
    array([0.6, 0.8])
    """
    x = as_tensor(x)
    axis = tuple(axis) if isinstance(axis, list) else axis
    total = ops.sum(ops.square(x), axis=axis, keepdims=True)
    return x * ops.rsqrt(ops.maximum(total, 1e-12))


@follows_arguments
def dropout(x: Any, level: float, noise_shape: Any = None, seed: Any = None) -> Tensor:
    """Set a random share of the elements to zero, and scale the others up.

    Args:
        x: A tensor, Variable or array.
        level: The share.
        noise_shape: The shape of the mask, with ones where elements share their fate.
        seed: An integer for the same sequence of masks every time.

    Example:

    >>> import numpy as np
    >>> dropout(np.ones(4), 0.5).shape
    (4,)
    """
    return random.dropout(x, level, noise_shape, lasting_seed(seed))
