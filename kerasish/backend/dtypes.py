"""Data types: their names, and which one a mixed operation computes in.

Types are plain strings such as `'float32'`. Promotion is a join in a small lattice in
which Python numbers are *weak*: they adopt the type of what they are mixed with.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from kerasish.backend.config import floatx
from kerasish.errors import DTypeError, did_you_mean

BOOL_TYPES = ("bool",)
INTEGER_TYPES = (
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "int8",
    "int16",
    "int32",
    "int64",
)
FLOAT_TYPES = ("bfloat16", "float16", "float32", "float64")
FLOAT8_TYPES = ("float8_e4m3fn", "float8_e5m2")
COMPLEX_TYPES = ("complex64", "complex128")
ALLOWED_TYPES = (
    BOOL_TYPES
    + INTEGER_TYPES
    + FLOAT_TYPES
    + FLOAT8_TYPES
    + COMPLEX_TYPES
    + ("string",)
)

_ALLOWED = frozenset(ALLOWED_TYPES)
_INTEGERS = frozenset(INTEGER_TYPES)
_FLOATS = frozenset(FLOAT_TYPES + FLOAT8_TYPES)
_COMPLEXES = frozenset(COMPLEX_TYPES)
_FROM_ML_DTYPES = frozenset(("bfloat16",) + FLOAT8_TYPES)

# Each type and the types right above it. `weak_int` and `weak_float` are the types of
# Python numbers: they sit below every strong type of their kind.
_ABOVE: dict[str, tuple[str, ...]] = {
    "bool": ("weak_int",),
    "weak_int": ("uint8", "int8"),
    "uint8": ("uint16", "int16"),
    "uint16": ("uint32", "int32"),
    "uint32": ("uint64", "int64"),
    "uint64": ("weak_float",),
    "int8": ("int16",),
    "int16": ("int32",),
    "int32": ("int64",),
    "int64": ("weak_float",),
    "weak_float": ("bfloat16", "float16"),
    "bfloat16": ("float32",),
    "float16": ("float32",),
    "float32": ("float64",),
    "float64": ("weak_complex",),
    "weak_complex": ("complex64",),
    "complex64": ("complex128",),
    "complex128": (),
}
_WEAK: dict[Any, str] = {
    bool: "bool",
    int: "weak_int",
    float: "weak_float",
    complex: "weak_complex",
}
# Results that Keras never computes in.
_NARROWED = {"uint64": "uint32", "complex128": "complex64", "weak_complex": "complex64"}


def _upper_set(dtype: str) -> frozenset[str]:
    """Return the type and all types that it may be promoted to."""
    found = {dtype}
    pending = [dtype]
    while pending:
        for above in _ABOVE[pending.pop()]:
            if above not in found:
                found.add(above)
                pending.append(above)
    return frozenset(found)


_UPPER: dict[str, frozenset[str]] = {dtype: _upper_set(dtype) for dtype in _ABOVE}


def standardize_dtype(dtype: Any) -> str:
    """Return the name of a data type.

    Args:
        dtype: A name, a NumPy type, one of Python's `bool`, `int`, `float`, `complex`,
            `str`, or `None` for the default float type.

    Returns:
        The name, for example `'float32'`. Python's `int` is `'int64'`, its `float` is
        the default float type.

    Raises:
        DTypeError: If it is no data type that tensors can have.

    Example:

    >>> standardize_dtype(None)
    'float32'
    >>> standardize_dtype(np.uint8)
    'uint8'
    """
    if isinstance(dtype, str):
        if dtype in _ALLOWED:
            return str(dtype)
        if dtype == "int":
            return "int64"
        raise DTypeError(
            f"{dtype!r} is not a data type.{did_you_mean(dtype, ALLOWED_TYPES)}\n"
            f"Received: dtype={dtype!r}"
        )
    if dtype is None or dtype is float:
        return floatx()
    if dtype is str:
        return "string"
    # Types of other libraries carry a NumPy name: jax and tensorflow as `name`, torch
    # as the end of their printed form.
    name = getattr(dtype, "name", None)
    if not isinstance(name, str):
        name = str(dtype).rpartition(".")[2]
    if name in _ALLOWED:
        return name
    try:
        name = np.dtype(dtype).name
    except TypeError:
        name = None
    if name in _ALLOWED:
        return name
    if name is not None and name.startswith("str"):
        return "string"
    raise DTypeError(
        "A data type must be a name such as 'float32', a NumPy type or a Python type."
        f"\nReceived: dtype={dtype!r}"
    )


def result_type(*dtypes: Any) -> str:
    """Return the type in which values of the given types are combined.

    Bools rise to integers, integers to floats (whatever their width: `int64` with
    `float16` is `float16`), floats to complex numbers. Python's own types are weak.
    `uint64` and `complex128` results are narrowed to 32 bits a number, as in Keras 3.

    Args:
        *dtypes: Names, NumPy types, `None` for the default float type, or Python's
            `bool`, `int`, `float`, `complex` as weak types.

    Returns:
        The name of the type. Without arguments, the default float type.

    Raises:
        DTypeError: For something that is no numeric type, and for 8 bit floats, which
            convert only explicitly.

    Example:

    >>> result_type("int32", "float16")
    'float16'
    >>> result_type("uint8", int)
    'uint8'
    >>> result_type("int32", float)
    'float32'
    """
    return _join(dtypes, floatx())


@lru_cache(maxsize=4096)
def _join(dtypes: tuple, default: str) -> str:
    """Return the least upper bound of the types; weak ones become concrete."""
    names = tuple(
        _WEAK[dtype]
        if isinstance(dtype, type) and dtype in _WEAK
        else standardize_dtype(dtype)
        for dtype in dtypes
    )
    if not names:
        return default
    for name in names:
        if name in FLOAT8_TYPES:
            raise DTypeError(
                "8 bit floats are not converted implicitly: cast them first.\n"
                f"Received: dtypes={names}"
            )
    if set(names) == {"string"}:
        return "string"
    if "string" in names:
        raise DTypeError(f"Strings do not mix with numbers.\nReceived: dtypes={names}")
    common = frozenset.intersection(*(_UPPER[name] for name in set(names)))
    # The least element is the one above which all common upper bounds lie.
    joined = max(common, key=lambda name: len(_UPPER[name]))
    if joined == "weak_float":
        return default
    if joined == "weak_int":
        return {"float64": "int64", "float32": "int32"}.get(default, "int16")
    return _NARROWED.get(joined, joined)


def float_type(dtype: str) -> str:
    """Return the type in which `exp` or a true division of this type is computed.

    Args:
        dtype: A type name.

    Returns:
        The type itself if it is a float or complex type, else the default float type.

    Example:

    >>> float_type("int32"), float_type("float16")
    ('float32', 'float16')
    """
    return dtype if is_float(dtype) or is_complex(dtype) else floatx()


def is_bool(dtype: Any) -> bool:
    """Return whether the type is `'bool'`.

    Example:

    >>> is_bool("bool"), is_bool("int8")
    (True, False)
    """
    return standardize_dtype(dtype) == "bool"


def is_integer(dtype: Any) -> bool:
    """Return whether the type is a signed or unsigned integer (`'bool'` is not).

    Example:

    >>> is_integer("uint8"), is_integer("bool")
    (True, False)
    """
    return standardize_dtype(dtype) in _INTEGERS


def is_float(dtype: Any) -> bool:
    """Return whether the type is a real floating point type.

    Example:

    >>> is_float("bfloat16"), is_float("complex64")
    (True, False)
    """
    return standardize_dtype(dtype) in _FLOATS


def is_complex(dtype: Any) -> bool:
    """Return whether the type is complex.

    Example:

    >>> is_complex("complex64"), is_complex("float64")
    (True, False)
    """
    return standardize_dtype(dtype) in _COMPLEXES


@lru_cache(maxsize=64)
def numpy_dtype(dtype: str) -> np.dtype:
    """Return NumPy's type of a type name.

    Args:
        dtype: A type name, as `standardize_dtype` returns it.

    Returns:
        The `numpy.dtype`. Strings are held as Python objects.

    Raises:
        ImportError: For `'bfloat16'` and the 8 bit floats if `ml_dtypes` is missing.

    Example:

    >>> numpy_dtype("int8")
    dtype('int8')
    """
    name = standardize_dtype(dtype)
    if name == "string":
        return np.dtype(object)
    if name not in _FROM_ML_DTYPES:
        return np.dtype(name)
    try:
        import ml_dtypes
    except ImportError as error:
        raise ImportError(
            f"NumPy itself has no {name}: it needs the package `ml_dtypes` "
            "(pip install ml_dtypes)."
        ) from error
    return np.dtype(getattr(ml_dtypes, name))


@lru_cache(maxsize=256)
def dtype_name(dtype: np.dtype) -> str:
    """Return the name of an array's data type.

    `dtype.name` composes it anew each time, which takes longer than a small addition.

    Args:
        dtype: The `dtype` of an array.

    Returns:
        The name.

    Example:

    >>> dtype_name(np.zeros(2, "int8").dtype)
    'int8'
    """
    return dtype.name
