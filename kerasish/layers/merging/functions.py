"""The merging layers as functions."""

from __future__ import annotations

from typing import Any

from kerasish.layers.merging.concatenate import Concatenate
from kerasish.layers.merging.dot import Dot
from kerasish.layers.merging.elementwise import (
    Add,
    Average,
    Maximum,
    Minimum,
    Multiply,
    Subtract,
)


def add(inputs: Any, **kwargs: Any) -> Any:
    """Return the sum of the inputs, entry by entry; see the layer `Add`.

    Args:
        inputs: List of tensors.
        **kwargs: Arguments of the layer.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.add([keras.ops.ones((1, 2)), keras.ops.ones((1, 2))]).shape
    (1, 2)
    """
    return Add(**kwargs)(inputs)


def subtract(inputs: Any, **kwargs: Any) -> Any:
    """Return the difference of two inputs, entry by entry; see the layer `Subtract`.

    Args:
        inputs: List of tensors.
        **kwargs: Arguments of the layer.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.subtract([keras.ops.ones((1, 2)), keras.ops.ones((1, 2))]).shape
    (1, 2)
    """
    return Subtract(**kwargs)(inputs)


def multiply(inputs: Any, **kwargs: Any) -> Any:
    """Return the product of the inputs, entry by entry; see the layer `Multiply`.

    Args:
        inputs: List of tensors.
        **kwargs: Arguments of the layer.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.multiply([keras.ops.ones((1, 2)), keras.ops.ones((1, 2))]).shape
    (1, 2)
    """
    return Multiply(**kwargs)(inputs)


def average(inputs: Any, **kwargs: Any) -> Any:
    """Return the mean of the inputs, entry by entry; see the layer `Average`.

    Args:
        inputs: List of tensors.
        **kwargs: Arguments of the layer.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.average([keras.ops.ones((1, 2)), keras.ops.ones((1, 2))]).shape
    (1, 2)
    """
    return Average(**kwargs)(inputs)


def maximum(inputs: Any, **kwargs: Any) -> Any:
    """Return the largest of the inputs, entry by entry; see the layer `Maximum`.

    Args:
        inputs: List of tensors.
        **kwargs: Arguments of the layer.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.maximum([keras.ops.ones((1, 2)), keras.ops.ones((1, 2))]).shape
    (1, 2)
    """
    return Maximum(**kwargs)(inputs)


def minimum(inputs: Any, **kwargs: Any) -> Any:
    """Return the smallest of the inputs, entry by entry; see the layer `Minimum`.

    Args:
        inputs: List of tensors.
        **kwargs: Arguments of the layer.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.minimum([keras.ops.ones((1, 2)), keras.ops.ones((1, 2))]).shape
    (1, 2)
    """
    return Minimum(**kwargs)(inputs)


def concatenate(inputs: Any, axis: int = -1, **kwargs: Any) -> Any:
    """Return the inputs joined along an axis; see the layer `Concatenate`.

    Args:
        inputs: List of tensors.
        axis: The axis.
        **kwargs: Arguments of the layer.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.concatenate([keras.ops.ones((1, 2)), keras.ops.ones((1, 2))]).shape
    (1, 4)
    """
    return Concatenate(axis=axis, **kwargs)(inputs)


def dot(inputs: Any, axes: Any = -1, **kwargs: Any) -> Any:
    """Return the dot products of two inputs; see the layer `Dot`.

    Args:
        inputs: List of two tensors.
        axes: The axis of both inputs, or a pair with the axis of each.
        **kwargs: Arguments of the layer.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.dot([keras.ops.ones((1, 2)), keras.ops.ones((1, 2))]).shape
    (1, 1)
    """
    return Dot(axes=axes, **kwargs)(inputs)
