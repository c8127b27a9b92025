"""The exceptions of kerasish, and the wording shared by all of them."""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class ShapeError(ValueError):
    """Shapes do not fit each other or what an operation or layer expects."""


class DTypeError(ValueError, TypeError):
    """A data type does not fit what an operation or layer expects."""


class UnknownNameError(ValueError, TypeError):
    """A name stands for nothing that is known, such as a class that is not registered.

    Keras 2 raises `ValueError` for a class that it does not know, Keras 3 `TypeError`.
    """


class ConfigError(ValueError, TypeError):
    """An object cannot be made from its configuration."""


class GraphError(ValueError):
    """A graph is used in a way that has no meaning, such as an unfed placeholder."""


class GradientError(ValueError):
    """A derivative was asked for that does not exist."""


class FileFormatError(ValueError, OSError):
    """A file is missing, damaged, or not in the format that was expected."""


class OutOfMemoryError(MemoryError):
    """The memory of a device does not suffice for a computation."""


def did_you_mean(name: str, candidates: Iterable[str]) -> str:
    """Return a hint that names the candidate closest to a misspelt name.

    Args:
        name: What the user wrote.
        candidates: The names that exist.

    Returns:
        `" Did you mean 'adam'?"`, or an empty string where nothing is close.

    Example:

    >>> did_you_mean("adm", ["adam", "sgd"])
    " Did you mean 'adam'?"
    """
    known = {str(candidate).lower(): str(candidate) for candidate in candidates}
    close = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.6)
    return f" Did you mean {known[close[0]]!r}?" if close else ""
