"""Settings that bound runs, and those that allow or keep what may be unwanted."""

from __future__ import annotations

import os

_limits: dict[str, int | None] = {}
_flags = {"unsafe": False, "flash_attention": None, "traceback_filtering": True}


def _limit(name: str) -> int | None:
    if name not in _limits:
        text = os.environ.get(f"KERAS_{name.upper()}")
        _limits[name] = int(text) if text else None
    return _limits[name]


def _set_limit(name: str, value: int | None) -> None:
    if value is not None and (int(value) != value or value < 0):
        raise ValueError(
            f"`{name}` must be an integer that is not negative, or None.\n"
            f"Received: {name}={value!r}"
        )
    _limits[name] = None if value is None else int(value)


def max_epochs() -> int | None:
    """Return how many epochs `fit` runs at most, `None` for no bound.

    The environment's `KERAS_MAX_EPOCHS` is the first value.

    Example:

    >>> max_epochs() is None
    True
    """
    return _limit("max_epochs")


def set_max_epochs(max_epochs: int | None) -> None:
    """Bound the epochs of every `fit`, whatever its arguments say.

    Args:
        max_epochs: The bound; `None` for none.

    Raises:
        ValueError: If it is negative or no integer.

    Example:

    >>> set_max_epochs(None)
    """
    _set_limit("max_epochs", max_epochs)


def max_steps_per_epoch() -> int | None:
    """Return how many batches an epoch has at most, `None` for no bound.

    The environment's `KERAS_MAX_STEPS_PER_EPOCH` is the first value.

    Example:

    >>> max_steps_per_epoch() is None
    True
    """
    return _limit("max_steps_per_epoch")


def set_max_steps_per_epoch(max_steps_per_epoch: int | None) -> None:
    """Bound the batches of `fit`, `evaluate` and `predict`.

    Args:
        max_steps_per_epoch: The bound; `None` for none.

    Raises:
        ValueError: If it is negative or no integer.

    Example:

    >>> set_max_steps_per_epoch(None)
    """
    _set_limit("max_steps_per_epoch", max_steps_per_epoch)


def enable_unsafe_deserialization() -> None:
    """Allow Python code that is stored in files, as with `safe_mode=False`.

    Such code can do anything: this is for files whose source is trusted.

    Example:

    >>> import kerasish as keras
    >>> enable = keras.config.enable_unsafe_deserialization
    """
    _flags["unsafe"] = True


def is_unsafe_deserialization_enabled() -> bool:
    """Tell whether stored Python code is allowed everywhere.

    Example:

    >>> is_unsafe_deserialization_enabled()
    False
    """
    return bool(_flags["unsafe"])


def enable_flash_attention() -> None:
    """Accept a faster attention where there is one; results are the same.

    Example:

    >>> enable_flash_attention()
    >>> disable_flash_attention()
    """
    _flags["flash_attention"] = True


def disable_flash_attention() -> None:
    """Refuse the faster attention; see `enable_flash_attention`.

    Example:

    >>> disable_flash_attention()
    """
    _flags["flash_attention"] = False


def is_flash_attention_enabled() -> bool | None:
    """Return what was said about the faster attention, `None` for nothing.

    Example:

    >>> disable_flash_attention()
    >>> is_flash_attention_enabled()
    False
    """
    return _flags["flash_attention"]


def enable_traceback_filtering() -> None:
    """Say that tracebacks may be shortened; they are short as they are.

    Example:

    >>> enable_traceback_filtering()
    """
    _flags["traceback_filtering"] = True


def disable_traceback_filtering() -> None:
    """Say that tracebacks must be whole, which they are.

    Example:

    >>> disable_traceback_filtering()
    >>> is_traceback_filtering_enabled()
    False
    >>> enable_traceback_filtering()
    """
    _flags["traceback_filtering"] = False


def is_traceback_filtering_enabled() -> bool:
    """Tell whether tracebacks may be shortened.

    Example:

    >>> is_traceback_filtering_enabled()
    True
    """
    return bool(_flags["traceback_filtering"])


def is_nnx_enabled() -> bool:
    """Return false: Variables of another library are not used.

    Example:

    >>> is_nnx_enabled()
    False
    """
    return False
