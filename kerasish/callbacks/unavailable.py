"""Callbacks of other frameworks: their use says what to take instead."""

from __future__ import annotations

from kerasish.callbacks.callback import Callback


class OrbaxCheckpoint(Callback):
    """Not available: it writes a format of JAX. `ModelCheckpoint` saves models here.

    Args:
        *args: Not used.
        **kwargs: Not used.

    Raises:
        NotImplementedError: Always.

    Example:

    >>> OrbaxCheckpoint("checkpoints")
    Traceback (most recent call last):
    ...
    NotImplementedError: OrbaxCheckpoint needs JAX: use ModelCheckpoint instead.
    """

    def __init__(self, *args, **kwargs):
        raise NotImplementedError(
            "OrbaxCheckpoint needs JAX: use ModelCheckpoint instead."
        )


class SidecarEvaluatorModelExport(Callback):
    """Not available: it belongs to clusters of TensorFlow.

    Args:
        *args: Not used.
        **kwargs: Not used.

    Raises:
        NotImplementedError: Always.

    Example:

    >>> SidecarEvaluatorModelExport("folder")
    Traceback (most recent call last):
    ...
    NotImplementedError: SidecarEvaluatorModelExport needs a TensorFlow cluster: use \
ModelCheckpoint(save_best_only=True) instead.
    """

    def __init__(self, *args, **kwargs):
        raise NotImplementedError(
            "SidecarEvaluatorModelExport needs a TensorFlow cluster: use "
            "ModelCheckpoint(save_best_only=True) instead."
        )
