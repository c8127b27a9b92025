"""Lazy tables of names, so that a package imports in no time (PEP 562)."""

from __future__ import annotations

import importlib
import sys
from collections.abc import Callable, Mapping
from typing import Any


def attach(
    package: str,
    table: Mapping[str, str],
    hint: Callable[[str], str] = lambda name: "",
) -> tuple[Callable[[str], Any], Callable[[], list[str]], list[str]]:
    """Make the module functions that load a package's names on first use.

    Args:
        package: The package's `__name__`.
        table: Maps each public name to `"module"`, which holds an attribute of that
            name, to `"module:attribute"`, or to `"module:"`, the module itself.
        hint: Returns what the error for a missing name says besides.

    Returns:
        `(__getattr__, __dir__, __all__)`, to be assigned in the package's
        `__init__.py`.

    Example:

    >>> getter, lister, names = attach("kerasish.errors", {"pi": "math"})
    >>> names
    ['pi']
    """

    def load(name: str) -> Any:
        if name not in table:
            raise AttributeError(
                f"module {package!r} has no attribute {name!r}{hint(name)}"
            )
        module_name, separator, attribute = table[name].partition(":")
        module = importlib.import_module(module_name)
        if separator and not attribute:
            value = module
        else:
            value = getattr(module, attribute or name)
        setattr(sys.modules[package], name, value)
        return value

    def listing() -> list[str]:
        return sorted(set(table) | set(vars(sys.modules[package])))

    return load, listing, sorted(table)
