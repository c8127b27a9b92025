"""Layers that merge inputs entry by entry."""

from __future__ import annotations

import functools
from typing import Any

from kerasish.backend import ops
from kerasish.layers.merging.base_merge import (
    Merge,
    among_kept,
    any_mask,
    spread_mask,
)


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
    """The product of the inputs, entry by entry, of those that no mask leaves out.

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
        masks = [spread_mask(x) for x in inputs]
        factors = [
            x if mask is None else ops.where(mask, x, ops.ones_like(x))
            for x, mask in zip(inputs, masks)
        ]
        product = functools.reduce(ops.multiply, factors)
        kept = any_mask(masks)
        return product if kept is None else ops.where(kept, product, product * 0)


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
    """The largest of the inputs, entry by entry, of those that no mask leaves out.

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
        return among_kept(ops.maximum, inputs)


class Minimum(Merge):
    """The smallest of the inputs, entry by entry, of those that no mask leaves out.

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
        return among_kept(ops.minimum, inputs)
