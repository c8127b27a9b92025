"""Bounds on what files may ask for, and errors that say that a file is damaged."""

from __future__ import annotations

import contextlib
import errno
import json
import zlib
from collections.abc import Iterator, Mapping
from typing import Any

from kerasish.errors import FileFormatError

# More than any model needs; a file that has more was made to do harm.
MOST_NODES = 2_000_000
DEEPEST = 256
# Raised where a damaged configuration meets code that expects a good one.
_SYMPTOMS = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    LookupError,
    MemoryError,
    NotImplementedError,
    RecursionError,
    RuntimeError,
    TypeError,
    UnicodeError,
)


@contextlib.contextmanager
def damage_reported(path: str) -> Iterator[None]:
    """Turn errors that a damaged file leads to into one that names the file.

    Args:
        path: The path.

    Raises:
        FileFormatError: In the place of errors such as `KeyError` and `TypeError`.

    Example:

    >>> with damage_reported("model.h5"):
    ...     {}["class_name"]
    Traceback (most recent call last):
    ...
    kerasish.errors.FileFormatError: model.h5: the file is damaged, or has a form that is not known (KeyError: 'class_name').
    """  # noqa: E501
    try:
        yield
    except ImportError:
        raise
    except (*_SYMPTOMS, OSError, zlib.error) as error:
        if isinstance(error, ValueError) and not isinstance(error, UnicodeError):
            raise
        if isinstance(error, OSError) and error.errno != errno.EINVAL:
            raise
        reason = f"{type(error).__name__}: {error}".splitlines()[0][:300]
        raise FileFormatError(
            f"{path}: the file is damaged, or has a form that is not known ({reason})."
        ) from error


def parsed(text: str, what: str) -> Any:
    """Return the value of a JSON text of bounded depth and size.

    Args:
        text: The text.
        what: What it is, for messages.

    Raises:
        FileFormatError: If it is no JSON, nested too deeply, or has too many parts.

    Example:

    >>> parsed('{"a": [1]}', "the configuration")
    {'a': [1]}
    """
    try:
        value = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"{what} is damaged ({error}).") from error
    check_bounds(value, what)
    return value


def check_bounds(value: Any, what: str) -> None:
    """Refuse plain data that is nested too deeply or has too many parts.

    Args:
        value: Dictionaries, lists, numbers and strings.
        what: What it is, for messages.

    Raises:
        FileFormatError: If a bound is passed.

    Example:

    >>> check_bounds({"layers": [{"units": 3}]}, "the configuration")
    """
    level, depth, count = [value], 0, 0
    while level:
        depth += 1
        count += len(level)
        if depth > DEEPEST or count > MOST_NODES:
            raise FileFormatError(f"{what} is nested too deeply or has too many parts.")
        below: list[Any] = []
        for item in level:
            if isinstance(item, Mapping):
                below += [
                    part for part in item.values() if isinstance(part, (Mapping, list))
                ]
            elif isinstance(item, list):
                below += item
        level = below
