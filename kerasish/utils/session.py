"""Beginning anew without leaving Python."""

from __future__ import annotations

import gc

from kerasish.naming import reset_uids


def clear_session(free_memory: bool = True) -> None:
    """Let automatic names begin again, and free what is no longer used.

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
    if free_memory:
        gc.collect()
