"""Layers that merge inputs entry by entry."""

from __future__ import annotations

import functools
from typing import Any

from kerasish.backend import ops
from kerasish.layers.merging.base_merge import Merge


class Add(Merge):
    """The sum of the inputs, entry by entry.

    Input shape: a list of shapes that broadcast to one.

    Output shape: that one.

    Example:

    >>> import kerasish as keras
    >>> keras.layers.Add()([keras.ops.ones((1, 2)), keras.ops.ones((1, 2))]).shape
    (1, 2)
    """

    def merge(self, inputs: list[Any]) -> Any:
        """Return the sum."""
        return functools.reduce(ops.add, inputs)


class Subtract(Merge):
    """The difference of two inputs, entry by entry.

    Input shape: a list of two shapes that broadcast to one.

    Output shape: that one.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Subtract()
    >>> layer([keras.ops.ones((1, 2)), keras.ops.ones((1, 2))]).numpy().tolist()
    [[0.0, 0.0]]
    """

    most = 2

    def merge(self, inputs: list[Any]) -> Any:
        """Return the difference."""
        return ops.subtract(inputs[0], inputs[1])


class Multiply(Merge):
    """The product of the inputs, entry by entry.

    Input shape: a list of shapes that broadcast to one.

    Output shape: that one.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Multiply()
    >>> layer([keras.ops.ones((1, 2)), 3 * keras.ops.ones((1, 2))]).numpy().tolist()
    [[3.0, 3.0]]
    """

    def merge(self, inputs: list[Any]) -> Any:
        """Return the product."""
        return functools.reduce(ops.multiply, inputs)


class Average(Merge):
    """The mean of the inputs, entry by entry.

    Input shape: a list of shapes that broadcast to one.

    Output shape: that one.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Average()
    >>> layer([keras.ops.ones((1, 2)), 3 * keras.ops.ones((1, 2))]).numpy().tolist()
    [[2.0, 2.0]]
    """

    def merge(self, inputs: list[Any]) -> Any:
        """Return the mean."""
        return functools.reduce(ops.add, inputs) / len(inputs)


class Maximum(Merge):
    """The largest of the inputs, entry by entry.

    Input shape: a list of shapes that broadcast to one.

    Output shape: that one.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Maximum()
    >>> layer([keras.ops.ones((1, 2)), 3 * keras.ops.ones((1, 2))]).numpy().tolist()
    [[3.0, 3.0]]
    """

    def merge(self, inputs: list[Any]) -> Any:
        """Return the largest."""
        return functools.reduce(ops.maximum, inputs)


class Minimum(Merge):
    """The smallest of the inputs, entry by entry.

    Input shape: a list of shapes that broadcast to one.

    Output shape: that one.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.Minimum()
    >>> layer([keras.ops.ones((1, 2)), 3 * keras.ops.ones((1, 2))]).numpy().tolist()
    [[1.0, 1.0]]
    """

    def merge(self, inputs: list[Any]) -> Any:
        """Return the smallest."""
        return functools.reduce(ops.minimum, inputs)
