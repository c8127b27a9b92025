"""Names that nobody chose: `dense`, `dense_1`, and the scopes of Variable paths."""

from __future__ import annotations

import collections
import contextlib
import re
import threading
from collections.abc import Iterator

_counts: collections.Counter[str] = collections.Counter()
_local = threading.local()
_WORD_START = re.compile(r"(?<=.)(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])")


def to_snake_case(name: str) -> str:
    """Turn a class name into lower case with underscores.

    Example:

    >>> to_snake_case("Conv2DTranspose"), to_snake_case("GRUCell")
    ('conv2d_transpose', 'gru_cell')
    """
    return _WORD_START.sub("_", re.sub(r"\W", "", name)).lower()


def auto_name(prefix: str) -> str:
    """Return the next unused name with a prefix.

    Args:
        prefix: The name without number; class names are turned into snake case.

    Returns:
        The prefix itself the first time, then the prefix with `_1`, `_2`, ...

    Example:

    >>> auto_name("docs_example"), auto_name("docs_example")
    ('docs_example', 'docs_example_1')
    """
    prefix = to_snake_case(prefix)
    number = _counts[prefix]
    _counts[prefix] += 1
    return f"{prefix}_{number}" if number else prefix


def get_uid(prefix: str = "") -> int:
    """Return a number for a prefix that is one higher at each call, from 1 on.

    Example:

    >>> get_uid("docs_uid"), get_uid("docs_uid")
    (1, 2)
    """
    _counts[prefix] += 1
    return _counts[prefix]


def reset_uids() -> None:
    """Let automatic names start again at the beginning.

    Example:

    >>> reset_uids()
    """
    _counts.clear()


def _scopes() -> list[str]:
    if not hasattr(_local, "scopes"):
        _local.scopes = []
    return _local.scopes


@contextlib.contextmanager
def name_scope(name: str) -> Iterator[None]:
    """Put a part in front of the paths of Variables made inside.

    Example:

    >>> with name_scope("encoder"), name_scope("dense"):
    ...     current_path()
    'encoder/dense'
    """
    scopes = _scopes()
    scopes.append(name)
    try:
        yield
    finally:
        scopes.pop()


def current_path() -> str:
    """Return the open name scopes, joined by `/`.

    Example:

    >>> current_path()
    ''
    """
    return "/".join(_scopes())


def current_scope() -> str | None:
    """Return the innermost open name scope.

    Example:

    >>> current_scope() is None
    True
    """
    scopes = _scopes()
    return scopes[-1] if scopes else None


def object_name(obj: object) -> str:
    """Return what an object, class or function is called.

    Args:
        obj: Anything with a `name`, or else the name of the function or class counts,
            in snake case.

    Example:

    >>> object_name(object_name)
    'object_name'
    """
    given = getattr(obj, "name", None)
    return given or to_snake_case(getattr(obj, "__name__", type(obj).__name__))
