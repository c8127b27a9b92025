"""Data types as names that know what they are."""

from __future__ import annotations

import builtins
from typing import Any

import numpy as np

from kerasish.backend import dtypes

_ALIASES = {
    "float": "float32",
    "double": "float64",
    "half": "float16",
    "int": "int32",
    "str": "string",
    "bytes": "string",
    "object": "string",
}
# What messages call the types.
_SHOWN = {"float32": "float", "float64": "double", "float16": "half"}


class DType(str):
    """The name of a data type, with what is known of it.

    Example:

    >>> DType("float32").is_floating, DType("int32") == "int32"
    (True, True)
    """

    __slots__ = ()

    @property
    def name(self) -> str:
        """The name."""
        return str(self)

    @property
    def base_dtype(self) -> DType:
        """The type itself: there are no types of references."""
        return self

    @property
    def shown(self) -> str:
        """The name in messages, such as `float` for `float32`."""
        return _SHOWN.get(self, str(self))

    @property
    def as_numpy_dtype(self) -> Any:
        """The type of NumPy."""
        if self == "string":
            return np.object_
        return dtypes.numpy_dtype(str(self)).type

    @property
    def is_floating(self) -> builtins.bool:
        """Whether this is a float type."""
        return self != "string" and dtypes.is_float(str(self))

    @property
    def is_integer(self) -> builtins.bool:
        """Whether this is an integer type."""
        return self != "string" and dtypes.is_integer(str(self))

    @property
    def is_bool(self) -> builtins.bool:
        """Whether this is the type of truth values."""
        return self == "bool"

    @property
    def is_complex(self) -> builtins.bool:
        """Whether this is a complex type."""
        return self.startswith("complex")

    @property
    def size(self) -> int:
        """Bytes an element."""
        return dtypes.numpy_dtype(str(self)).itemsize

    @property
    def min(self) -> Any:
        """The lowest value."""
        kind = np.finfo if self.is_floating else np.iinfo
        return kind(self.as_numpy_dtype).min

    @property
    def max(self) -> Any:
        """The highest value."""
        kind = np.finfo if self.is_floating else np.iinfo
        return kind(self.as_numpy_dtype).max

    def __repr__(self) -> str:
        return f"tf.{self}"


def as_dtype(value: Any) -> DType:
    """Return a data type for anything that names one.

    Args:
        value: A `DType`, a name such as `"float"`, a type of NumPy or of Python.

    Raises:
        TypeError: If there is no such type.

    Example:

    >>> as_dtype("float"), as_dtype(np.int64)
    (tf.float32, tf.int64)
    """
    if isinstance(value, DType):
        return value
    if value in (float, int, builtins.bool, str, bytes):
        value = value.__name__
    if isinstance(value, str):
        value = _ALIASES.get(value, value)
    if isinstance(value, str) and value == "string":
        return DType("string")
    try:
        if not isinstance(value, str):
            value = np.dtype(value)
            if value.kind in "OSU":
                return DType("string")
        return DType(dtypes.standardize_dtype(value))
    except (TypeError, ValueError):
        raise TypeError(f"Cannot convert value {value!r} to a data type.") from None


(
    bfloat16,
    bool,
    complex64,
    complex128,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    string,
    uint8,
    uint16,
    uint32,
    uint64,
) = (  # fmt: skip
    DType(name)
    for name in (
        "bfloat16 bool complex64 complex128 float16 float32 float64 int8 int16 int32 "
        "int64 string uint8 uint16 uint32 uint64"
    ).split()
)
half, double = float16, float64
