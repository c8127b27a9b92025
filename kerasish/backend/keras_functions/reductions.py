"""Sums, means and other reductions."""

from __future__ import annotations

from typing import Any

from kerasish.backend import config, ops
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.keras_functions.scopes import follows_arguments


def _axes(axis: Any) -> Any:
    return tuple(axis) if isinstance(axis, list) else axis


def _floats(x: Any) -> Tensor:
    """Bools as floats; Keras 2 does not average integers."""
    x = as_tensor(x)
    return ops.cast(x, config.floatx()) if x.dtype == "bool" else x


@follows_arguments
def sum(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Add elements.

    Args:
        x: A tensor, Variable or array.
        axis: The axes to reduce, an integer or several; all for `None`.
        keepdims: Whether the axes stay, with size one.

    Example:

    >>> import numpy as np
    >>> sum(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=1).numpy()
    array([3., 7.])
    """
    return ops.sum(x, axis=_axes(axis), keepdims=keepdims)


@follows_arguments
def prod(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Multiply elements.

    Args:
        x: A tensor, Variable or array.
        axis: The axes to reduce, an integer or several; all for `None`.
        keepdims: Whether the axes stay, with size one.

    Example:

    >>> import numpy as np
    >>> prod(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=1).numpy()
    array([ 2., 12.])
    """
    return ops.prod(x, axis=_axes(axis), keepdims=keepdims)


@follows_arguments
def mean(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Average elements.

    Args:
        x: A tensor, Variable or array.
        axis: The axes to reduce, an integer or several; all for `None`.
        keepdims: Whether the axes stay, with size one.

    Example:

    >>> import numpy as np
    >>> mean(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=1).numpy()
    array([1.5, 3.5])
    """
    x = _floats(x)
    return ops.mean(x, axis=_axes(axis), keepdims=keepdims)


@follows_arguments
def max(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the largest elements.

    Args:
        x: A tensor, Variable or array.
        axis: The axes to reduce, an integer or several; all for `None`.
        keepdims: Whether the axes stay, with size one.

    Example:

    >>> import numpy as np
    >>> max(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=1).numpy()
    array([2., 4.])
    """
    return ops.max(x, axis=_axes(axis), keepdims=keepdims)


@follows_arguments
def min(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return the smallest elements.

    Args:
        x: A tensor, Variable or array.
        axis: The axes to reduce, an integer or several; all for `None`.
        keepdims: Whether the axes stay, with size one.

    Example:

    >>> import numpy as np
    >>> min(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=1).numpy()
    array([1., 3.])
    """
    return ops.min(x, axis=_axes(axis), keepdims=keepdims)


@follows_arguments
def var(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return variances (of the population).

    Args:
        x: A tensor, Variable or array.
        axis: The axes to reduce, an integer or several; all for `None`.
        keepdims: Whether the axes stay, with size one.

    Example:

    >>> import numpy as np
    >>> var(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=1).numpy()
    array([0.25, 0.25])
    """
    x = _floats(x)
    return ops.var(x, axis=_axes(axis), keepdims=keepdims)


@follows_arguments
def std(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return standard deviations (of the population).

    Args:
        x: A tensor, Variable or array.
        axis: The axes to reduce, an integer or several; all for `None`.
        keepdims: Whether the axes stay, with size one.

    Example:

    >>> import numpy as np
    >>> std(np.array([[1.0, 2.0], [3.0, 4.0]]), axis=1).numpy()
    array([0.5, 0.5])
    """
    x = _floats(x)
    return ops.std(x, axis=_axes(axis), keepdims=keepdims)


@follows_arguments
def any(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Tell whether any element is true.

    Args:
        x: A tensor, Variable or array.
        axis: The axes to reduce, an integer or several; all for `None`.
        keepdims: Whether the axes stay, with size one.

    Example:

    >>> import numpy as np
    >>> any(np.array([[0, 1], [0, 0]]), axis=1).numpy()
    array([ True, False])
    """
    x = ops.cast(x, "bool")
    return ops.any(x, axis=_axes(axis), keepdims=keepdims)


@follows_arguments
def all(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Tell whether all elements are true.

    Args:
        x: A tensor, Variable or array.
        axis: The axes to reduce, an integer or several; all for `None`.
        keepdims: Whether the axes stay, with size one.

    Example:

    >>> import numpy as np
    >>> all(np.array([[0, 1], [1, 1]]), axis=1).numpy()
    array([False,  True])
    """
    x = ops.cast(x, "bool")
    return ops.all(x, axis=_axes(axis), keepdims=keepdims)


@follows_arguments
def logsumexp(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
    """Return `log(sum(exp(x)))`.

    Args:
        x: A tensor, Variable or array.
        axis: The axes to reduce, an integer or several; all for `None`.
        keepdims: Whether the axes stay, with size one.

    Example:

    >>> import numpy as np
    >>> logsumexp(np.array([[0.0, 0.0]]), axis=1).numpy()
    array([0.69314718])
    """
    return ops.logsumexp(x, axis=_axes(axis), keepdims=keepdims)


@follows_arguments
def argmax(x: Any, axis: int = -1) -> Tensor:
    """Return the places of the largest elements, as `int64`.

    Args:
        x: A tensor, Variable or array.
        axis: Along which axis.

    Example:

    >>> import numpy as np
    >>> argmax(np.array([[1.0, 5.0, 2.0]])).numpy()
    array([1])
    """
    return ops.cast(ops.argmax(x, axis=axis), "int64")


@follows_arguments
def argmin(x: Any, axis: int = -1) -> Tensor:
    """Return the places of the smallest elements, as `int64`.

    Args:
        x: A tensor, Variable or array.
        axis: Along which axis.

    Example:

    >>> import numpy as np
    >>> argmin(np.array([[3.0, 1.0, 2.0]])).numpy()
    array([1])
    """
    return ops.cast(ops.argmin(x, axis=axis), "int64")


@follows_arguments
def in_top_k(predictions: Any, targets: Any, k: int) -> Tensor:
    """Tell whether the right class is among the `k` most likely ones.

    Args:
        predictions: Scores of shape `(batch, classes)`.
        targets: The right class of each row, `(batch,)`.
        k: How many of the best count.

    Example:

    >>> import numpy as np
    >>> in_top_k(np.array([[0.1, 0.7, 0.2]]), np.array([2]), 2).numpy()
    array([ True])
    """
    return ops.in_top_k(targets, predictions, k)
