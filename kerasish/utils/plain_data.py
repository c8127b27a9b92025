"""Plain Python data and arrays in one file, read back exactly and without pickle."""

from __future__ import annotations

import json
import zipfile
from typing import Any

import numpy as np

from kerasish.backend.dtypes import numpy_dtype
from kerasish.errors import FileFormatError
from kerasish.utils.atomic import atomic_file

_SIMPLE = (bool, int, float, str)


def encode(value: Any, arrays: list[np.ndarray]) -> Any:
    """Return a form of `value` that JSON keeps exactly; arrays go to a list.

    Args:
        value: Numbers, strings, `None`, NumPy arrays and scalars, and lists, tuples,
            sets and dicts of them; dicts of other classes come back as plain ones.
        arrays: Gets the arrays.

    Raises:
        TypeError: If something else is in it.

    Example:

    >>> decode(encode({"a": (1, 2.5)}, []), [])
    {'a': (1, 2.5)}
    """
    if value is None or type(value) in _SIMPLE:
        return value
    if type(value) is list:
        return [encode(item, arrays) for item in value]
    if type(value) in (tuple, set):
        kind = type(value).__name__
        return {kind: [encode(item, arrays) for item in value]}
    if isinstance(value, dict):
        pairs = [[encode(k, arrays), encode(v, arrays)] for k, v in value.items()]
        return {"dict": pairs}
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype.kind != "O":
        kind = "array" if isinstance(value, np.ndarray) else "scalar"
        arrays.append(np.asarray(value))
        return {kind: len(arrays) - 1}
    raise TypeError(f"This cannot be stored.\nReceived: {value!r}")


def decode(form: Any, arrays: list[np.ndarray]) -> Any:
    """Return what `encode` was given.

    Args:
        form: The result of `encode`.
        arrays: The arrays.

    Example:

    >>> decode({"tuple": [1, None]}, [])
    (1, None)
    """
    if isinstance(form, list):
        return [decode(item, arrays) for item in form]
    if not isinstance(form, dict):
        return form
    ((kind, content),) = form.items()
    if kind == "array":
        return arrays[content].copy()
    if kind == "scalar":
        return arrays[content][()]
    if kind == "dict":
        return {decode(k, arrays): decode(v, arrays) for k, v in content}
    return {"tuple": tuple, "set": set}[kind](decode(item, arrays) for item in content)


def write_plain(path: Any, value: Any) -> None:
    """Write plain data into a file, which appears only when it is complete.

    Args:
        path: The path.
        value: What `encode` takes.

    Example:

    >>> write_plain("state", {"x": np.ones(2)})
    >>> read_plain("state")
    {'x': array([1., 1.])}
    """
    arrays: list[np.ndarray] = []
    form = encode(value, arrays)
    dtypes = [array.dtype.name for array in arrays]
    # NumPy files know the dtypes of NumPy only; the bytes of others are kept.
    native = [a if a.dtype.kind in "biufcSU" else a.view("u2") for a in arrays]
    head = json.dumps({"value": form, "dtypes": dtypes})
    stored = {f"a{number}": array for number, array in enumerate(native)}
    with atomic_file(path) as file:
        np.savez(file, head=np.frombuffer(head.encode(), "u1"), **stored)


def read_plain(path: Any) -> Any:
    """Read what `write_plain` wrote.

    Args:
        path: The path.

    Raises:
        FileFormatError: If the file is damaged or another kind of file.
    """
    try:
        with np.load(path, allow_pickle=False) as file:
            head = json.loads(file["head"].tobytes())
            arrays = [file[f"a{number}"] for number in range(len(head["dtypes"]))]
    except (zipfile.BadZipFile, ValueError, KeyError, EOFError, OSError) as error:
        raise FileFormatError(f"{path}: the file is damaged ({error}).") from error
    for number, name in enumerate(head["dtypes"]):
        if arrays[number].dtype.kind not in "SU" and arrays[number].dtype.name != name:
            arrays[number] = arrays[number].view(numpy_dtype(name))
    return decode(head["value"], arrays)
