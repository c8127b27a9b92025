"""Whether a GPU may multiply float32 matrices less exactly, and so much faster."""

from __future__ import annotations

from kerasish.backend.devices.base import settings_changed

_tf32 = [False]


def enable_tf32() -> None:
    """Let tensor cores of a GPU multiply float32 matrices.

    They round the factors to TF32, which has the range of float32 and 10 bits behind
    the point instead of 23; sums stay float32. Dense and convolutional layers and
    recurrent steps get several times as fast by it, on GPUs of compute capability 8.0
    and above; others ignore it. Products of float16 and bfloat16 always run on tensor
    cores, with sums in float32.

    Example:

    >>> enable_tf32()
    >>> is_tf32_enabled()
    True
    >>> disable_tf32()
    """
    _set(True)


def disable_tf32() -> None:
    """Multiply float32 matrices in float32; it is the default.

    Example:

    >>> disable_tf32()
    >>> is_tf32_enabled()
    False
    """
    _set(False)


def is_tf32_enabled() -> bool:
    """Tell whether float32 matrices may be rounded to TF32.

    Example:

    >>> is_tf32_enabled()
    False
    """
    return _tf32[0]


def _set(enabled: bool) -> None:
    if _tf32[0] != enabled:
        _tf32[0] = enabled
        settings_changed()
