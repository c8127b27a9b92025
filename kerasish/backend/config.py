"""Global settings: default float type, epsilon, image layout."""

from __future__ import annotations

_FLOAT_TYPES = ("float16", "bfloat16", "float32", "float64")
_FORMATS = ("channels_last", "channels_first")
_settings = {"floatx": "float32", "epsilon": 1e-7, "image_data_format": "channels_last"}


def floatx() -> str:
    """Return the default float type.

    Example:

    >>> floatx()
    'float32'
    """
    return _settings["floatx"]


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
    _settings["floatx"] = value


def epsilon() -> float:
    """Return the small number that keeps divisions and logarithms finite.

    Example:

    >>> epsilon()
    1e-07
    """
    return _settings["epsilon"]


def set_epsilon(value: float) -> None:
    """Set the small number that keeps divisions and logarithms finite.

    Example:

    >>> set_epsilon(1e-7)
    """
    _settings["epsilon"] = float(value)


def image_data_format() -> str:
    """Return the default place of the channel axis in images.

    Example:

    >>> image_data_format()
    'channels_last'
    """
    return _settings["image_data_format"]


def set_image_data_format(data_format: str) -> None:
    """Set the default place of the channel axis in images.

    Args:
        data_format: `'channels_last'` or `'channels_first'`.

    Raises:
        ValueError: For any other value.

    Example:

    >>> set_image_data_format("channels_last")
    """
    _settings["image_data_format"] = standardize_data_format(data_format)


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
