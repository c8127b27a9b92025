"""Printing lines for the user, also while a progress bar is on the screen."""

from __future__ import annotations

import sys

_state = {"interactive": True, "bar": None}


def print_message(text: str) -> None:
    """Prints one line; a progress bar on the screen stays whole below it.

    Args:
        text: The line.

    Example:

    >>> print_message("Epoch 3: early stopping")
    Epoch 3: early stopping
    """
    bar = _state["bar"]
    if bar is None:
        print(text, flush=True)
    else:
        bar.write(text, file=sys.stdout)


def set_current_bar(bar) -> None:
    """Names the tqdm bar that is on the screen, or `None` when it has gone.

    Args:
        bar: A tqdm object or `None`.

    Example:

    >>> set_current_bar(None)
    """
    _state["bar"] = bar


def enable_interactive_logging() -> None:
    """Lets `verbose="auto"` mean a progress bar (the default).

    Example:

    >>> enable_interactive_logging()
    """
    _state["interactive"] = True


def disable_interactive_logging() -> None:
    """Lets `verbose="auto"` mean one line an epoch.

    Example:

    >>> disable_interactive_logging()
    >>> is_interactive_logging_enabled()
    False
    >>> enable_interactive_logging()
    """
    _state["interactive"] = False


def is_interactive_logging_enabled() -> bool:
    """Returns whether `verbose="auto"` means a progress bar.

    Example:

    >>> is_interactive_logging_enabled()
    True
    """
    return _state["interactive"]
