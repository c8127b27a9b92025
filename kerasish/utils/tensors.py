"""Telling symbolic tensors from values."""

from __future__ import annotations

from kerasish.backend.graph import Tensor


def is_keras_tensor(x) -> bool:
    """Returns whether `x` is a symbolic tensor, which has no value.

    Args:
        x: Anything.

    Example:

    >>> import kerasish as keras
    >>> is_keras_tensor(keras.Input((2,))), is_keras_tensor(keras.ops.ones(2))
    (True, False)
    """
    return isinstance(x, Tensor) and x.is_symbolic
