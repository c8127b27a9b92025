"""Initializers whose values are fixed."""

from __future__ import annotations

from typing import Any

import numpy as np

from kerasish.backend import config, ops
from kerasish.backend.graph import as_numpy
from kerasish.errors import ShapeError
from kerasish.initializers.initializer import Initializer, gives_new_array


class Constant(Initializer):
    """Every value is the same, or given by an array that broadcasts to the shape.

    Args:
        value: A number or an array.

    Example:

    >>> Constant(3.0)((2,)).numpy().tolist()
    [3.0, 3.0]
    """

    def __init__(self, value: Any = 0.0) -> None:
        self.value = value

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Return a tensor of the given shape and dtype (`floatx()` by default)."""
        dtype = dtype or config.floatx()
        if isinstance(self.value, (int, float, bool)):
            return ops.full(tuple(shape), self.value, dtype=dtype)
        value = np.broadcast_to(as_numpy(self.value), tuple(shape))
        return ops.convert_to_tensor(value, dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        if isinstance(self.value, (int, float, bool)):
            return {"value": self.value}
        return {"value": as_numpy(self.value).tolist()}


class Zeros(Initializer):
    """Every value is zero.

    Example:

    >>> Zeros()((2,)).numpy().tolist()
    [0.0, 0.0]
    """

    @gives_new_array
    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Return a tensor of the given shape and dtype (`floatx()` by default)."""
        return ops.zeros(tuple(shape), dtype=dtype or config.floatx())


class Ones(Initializer):
    """Every value is one.

    Example:

    >>> Ones()((2,)).numpy().tolist()
    [1.0, 1.0]
    """

    @gives_new_array
    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Return a tensor of the given shape and dtype (`floatx()` by default)."""
        return ops.ones(tuple(shape), dtype=dtype or config.floatx())


class Identity(Initializer):
    """The identity matrix, times a gain; for matrices only.

    Args:
        gain: Value on the diagonal.

    Raises:
        ShapeError: If the shape is not that of a matrix.

    Example:

    >>> Identity(2.0)((2, 2)).numpy().tolist()
    [[2.0, 0.0], [0.0, 2.0]]
    """

    def __init__(self, gain: float = 1.0) -> None:
        self.gain = gain

    def __call__(self, shape: Any, dtype: Any = None) -> Any:
        """Return a tensor of the given shape and dtype (`floatx()` by default)."""
        shape = tuple(shape)
        if len(shape) != 2:
            raise ShapeError(
                "The Identity initializer makes matrices only.\n"
                f"  got: shape {shape} of rank {len(shape)}"
            )
        dtype = dtype or config.floatx()
        return ops.convert_to_tensor(self.gain * np.eye(*shape), dtype=dtype)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {"gain": self.gain}
