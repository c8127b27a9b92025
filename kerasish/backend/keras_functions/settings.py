"""The settings under their names of Keras 1 and 2, and names without a number."""

from __future__ import annotations

from typing import Any, NoReturn

import numpy as np

from kerasish.backend import config
from kerasish.backend.dtypes import is_float, is_integer, numpy_dtype, standardize_dtype

_ORDERINGS = {"tf": "channels_last", "th": "channels_first"}
_flags = {"manual_initialization": False}


def cast_to_floatx(x: Any) -> Any:
    """Return a NumPy array, or a tensor, in the default float type.

    Args:
        x: A tensor, Variable, or anything like an array.

    Example:

    >>> cast_to_floatx(np.array([1, 2])).dtype
    dtype('float32')
    """
    from kerasish.backend.graph import Tensor, Variable
    from kerasish.backend.keras_functions.mathematics import cast

    if isinstance(x, (Tensor, Variable)):
        return cast(x, config.floatx())
    return np.asarray(x, dtype=numpy_dtype(config.floatx()))


def normalize_data_format(value: str | None) -> str:
    """Return a checked image layout, the default for `None`.

    Args:
        value: `'channels_last'`, `'channels_first'` or `None`.

    Raises:
        ValueError: For another value.

    Example:

    >>> normalize_data_format("channels_First")
    'channels_first'
    """
    return config.standardize_data_format(value)


def image_dim_ordering() -> str:
    """Return the default image layout as Keras 1 named it.

    Example:

    >>> image_dim_ordering()
    'tf'
    """
    return {v: k for k, v in _ORDERINGS.items()}[config.image_data_format()]


def set_image_dim_ordering(dim_ordering: str) -> None:
    """Set the default image layout by its name in Keras 1.

    Args:
        dim_ordering: `'tf'` for channels last, `'th'` for channels first.

    Raises:
        ValueError: For another name.

    Example:

    >>> set_image_dim_ordering("tf")
    """
    if dim_ordering not in _ORDERINGS:
        raise ValueError(
            f"`dim_ordering` must be 'tf' or 'th'.\nReceived: {dim_ordering!r}"
        )
    config.set_image_data_format(_ORDERINGS[dim_ordering])


def is_float_dtype(dtype: Any) -> bool:
    """Tell whether a data type holds floats.

    Args:
        dtype: The name of a type, or a NumPy type.

    Example:

    >>> is_float_dtype("bfloat16"), is_float_dtype("int32")
    (True, False)
    """
    return is_float(standardize_dtype(dtype))


def is_int_dtype(dtype: Any) -> bool:
    """Tell whether a data type holds integers.

    Args:
        dtype: The name of a type, or a NumPy type.

    Example:

    >>> is_int_dtype("uint8"), is_int_dtype("float32")
    (True, False)
    """
    return is_integer(standardize_dtype(dtype))


def manual_variable_initialization(value: bool) -> None:
    """Say whether Variables are initialised by hand; it changes nothing.

    Variables always have their first value from the moment on that they are made.

    Args:
        value: Kept for the signature.

    Example:

    >>> manual_variable_initialization(True)
    """
    _flags["manual_initialization"] = bool(value)


def _no_session(name: str) -> NoReturn:
    raise NotImplementedError(
        f"{name}: there are no sessions, because graphs run on NumPy or CuPy. Use "
        "`function(inputs, outputs)` to run a graph, `get_value` and `eval` to read "
        "values, and `set_value` to write them."
    )


def get_session() -> NoReturn:
    """Refuse: there are no sessions.

    Raises:
        NotImplementedError: Always; it names what to use instead.

    Example:

    >>> get_session()  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    NotImplementedError: get_session: there are no sessions, ...
    """
    _no_session("get_session")


def set_session(session: Any) -> NoReturn:
    """Refuse: there are no sessions.

    Args:
        session: Kept for the signature.

    Raises:
        NotImplementedError: Always; it names what to use instead.

    Example:

    >>> set_session(None)  # doctest: +ELLIPSIS
    Traceback (most recent call last):
        ...
    NotImplementedError: set_session: there are no sessions, ...
    """
    _no_session("set_session")
