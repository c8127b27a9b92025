"""Beginning anew without leaving Python."""

from __future__ import annotations

import gc

from kerasish.backend.graph import Tensor, set_default_phase
from kerasish.backend.plan import forget_evaluations
from kerasish.naming import reset_uids


def clear_session(free_memory: bool = True) -> None:
    """Let automatic names begin again, and free what is no longer used.

    A learning phase that was set is forgotten.

    Models and layers that are still held go on working.

    Args:
        free_memory: Whether to run Python's garbage collector.

    Example:

    >>> import kerasish as keras
    >>> clear_session()
    >>> keras.layers.Dense(1).name
    'dense'
    """
    reset_uids()
    set_default_phase(None)
    forget_evaluations()
    if free_memory:
        gc.collect()


def is_keras_tensor(x: object) -> bool:
    """Tell whether a value is a symbolic tensor, as `Input` and layers return.

    Example:

    >>> import kerasish as keras
    >>> is_keras_tensor(keras.Input((2,))), is_keras_tensor(1.0)
    (True, False)
    """
    return isinstance(x, Tensor) and x.is_symbolic
