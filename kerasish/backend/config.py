"""Global settings: default float type, epsilon, image layout.

Where there is a file `keras.json`, in the folder that the environment's `KERAS_HOME`
names or in `~/.keras`, its settings are the first ones. It is read when a setting is
asked for, and never written.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable
from typing import Any

_FLOAT_TYPES = ("float16", "bfloat16", "float32", "float64")
_FORMATS = ("channels_last", "channels_first")
_settings: dict[str, Any] = {
    "floatx": "float32",
    "epsilon": 1e-7,
    "image_data_format": "channels_last",
}
_pending = [True]


def _current() -> dict[str, Any]:
    """Return the settings, after the user's file has been read."""
    if _pending:
        _pending.clear()
        _read_file()
    return _settings


def _read_file() -> None:
    import json

    home = os.environ.get("KERAS_HOME") or os.path.join(
        os.path.expanduser("~"), ".keras"
    )
    path = os.path.join(home, "keras.json")
    if not os.path.exists(path):
        return
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
        for name, use in _readers().items():
            if name in found:
                use(found[name])
    except (OSError, ValueError, TypeError, AttributeError) as error:
        warnings.warn(f"{path} was left out: {error}", stacklevel=4)


def _readers() -> dict[str, Callable]:
    """What is done with each entry of the file; Keras 1 had another name for one."""
    return {
        "floatx": set_floatx,
        "epsilon": set_epsilon,
        "image_dim_ordering": lambda name: set_image_data_format(
            {"th": "channels_first"}.get(name, "channels_last")
        ),
        "image_data_format": set_image_data_format,
    }


def floatx() -> str:
    """Return the default float type.

    Example:

    >>> floatx()
    'float32'
    """
    return _current()["floatx"]


def set_floatx(value: str) -> None:
    """Set the default float type.

    Args:
        value: `'float16'`, `'bfloat16'`, `'float32'` or `'float64'`.

    Raises:
        ValueError: For any other value.

    Example:

    >>> set_floatx("float32")
    """
    if value not in _FLOAT_TYPES:
        raise ValueError(
            f"`floatx` must be one of {_FLOAT_TYPES}.\nReceived: value={value!r}"
        )
    _current()["floatx"] = value


def epsilon() -> float:
    """Return the small number that keeps divisions and logarithms finite.

    Example:

    >>> epsilon()
    1e-07
    """
    return _current()["epsilon"]


def set_epsilon(value: float) -> None:
    """Set the small number that keeps divisions and logarithms finite.

    Example:

    >>> set_epsilon(1e-7)
    """
    _current()["epsilon"] = float(value)


def image_data_format() -> str:
    """Return the default place of the channel axis in images.

    Example:

    >>> image_data_format()
    'channels_last'
    """
    return _current()["image_data_format"]


def set_image_data_format(data_format: str) -> None:
    """Set the default place of the channel axis in images.

    Args:
        data_format: `'channels_last'` or `'channels_first'`.

    Raises:
        ValueError: For any other value.

    Example:

    >>> set_image_data_format("channels_last")
    """
    _current()["image_data_format"] = standardize_data_format(data_format)


def standardize_data_format(data_format: str | None) -> str:
    """Return a checked image layout, the default for `None`.

    Raises:
        ValueError: For an unknown layout.

    Example:

    >>> standardize_data_format(None)
    'channels_last'
    """
    if data_format is None:
        return image_data_format()
    name = str(data_format).lower()
    if name not in _FORMATS:
        raise ValueError(
            f"`data_format` must be one of {_FORMATS}.\n"
            f"Received: data_format={data_format!r}"
        )
    return name
