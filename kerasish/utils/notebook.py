"""Progress in a notebook: one output that is written anew, and stays in the file."""

from __future__ import annotations

import sys
import time
from typing import Any

_MOST_LINES = 12
_BAR = 20


def in_notebook() -> bool:
    """Return whether the program runs in a notebook.

    Example:

    >>> in_notebook()
    False
    """
    ipython = sys.modules.get("IPython")
    if ipython is None:
        return False
    shell = ipython.get_ipython()
    return shell is not None and "IPKernelApp" in getattr(shell, "config", ())


class Board:
    """Lines of text in one output of a notebook, of which the last one changes.

    A saved notebook holds them as they are in the end.

    Example:

    >>> board = Board()
    >>> board.write(board.new_line(), "Epoch 1/2")
    >>> board.text()
    'Epoch 1/2'
    """

    def __init__(self) -> None:
        self.lines: list[str] = []
        self._handle: Any = None

    def new_line(self) -> int:
        """Add a line and return its number."""
        self.lines.append("")
        return len(self.lines) - 1

    def write(self, number: int, text: str) -> None:
        """Change a line, and show all.

        Args:
            number: The line's number.
            text: The new text.
        """
        self.lines[number] = text
        if not in_notebook():
            return
        from IPython.display import display

        bundle = {"text/plain": self.text()}
        if self._handle is None:
            self._handle = display(bundle, raw=True, display_id=True)
        else:
            self._handle.update(bundle, raw=True)

    def text(self) -> str:
        """Return the lines; of many only the first one and the last ones."""
        if len(self.lines) <= _MOST_LINES:
            return "\n".join(self.lines)
        left = len(self.lines) - _MOST_LINES
        first, *rest = self.lines[0], f"({left} more)", *self.lines[1 - _MOST_LINES :]
        return "\n".join([first, *rest])


class NotebookBar:
    """A bar on a line of a `Board`, used like a bar of tqdm.

    Args:
        board: The board; a new one if `None`.
        desc: What is going on.
        total: Number of steps, or `None` if unknown.

    Example:

    >>> bar = NotebookBar(None, "Epoch 1/1", 4)
    >>> bar.n = 2
    >>> bar.set_postfix_str("loss=0.5")
    >>> bar.refresh()
    >>> bar.board.text()  # doctest: +ELLIPSIS
    'Epoch 1/1 ━━━━━━━━━━────────── 2/4 ...s loss=0.5'
    """

    def __init__(self, board: Board | None, desc: str, total: int | None):
        self.board = Board() if board is None else board
        self.desc = desc
        self.total = total
        self.n = 0
        self._postfix = ""
        self._line = self.board.new_line()
        self._start = time.perf_counter()
        self.refresh()

    def set_postfix_str(self, text: str, refresh: bool = False) -> None:
        """Set the text after the bar.

        Args:
            text: The text.
            refresh: Whether to show it at once.
        """
        self._postfix = text
        if refresh:
            self.refresh()

    def refresh(self) -> None:
        """Show the bar as it is now."""
        count, bar = str(self.n), ""
        if self.total:
            done = min(int(_BAR * self.n / self.total), _BAR)
            count, bar = f"{self.n}/{self.total}", "━" * done + "─" * (_BAR - done)
        seconds = time.perf_counter() - self._start
        words = [self.desc, bar, count, f"{seconds:.1f}s", self._postfix]
        text = " ".join(word for word in words if word)
        self.board.write(self._line, text)

    def write(self, text: str, file: Any = None) -> None:
        """Print a line beside the bar.

        Args:
            text: The line.
            file: Where to; the standard output by default.
        """
        print(text, file=file, flush=True)

    def close(self) -> None:
        """Leave the bar as it is."""
