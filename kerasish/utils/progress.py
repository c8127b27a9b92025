"""`ProgressBar`: one tidy bar in a terminal or notebook, one line elsewhere."""

from __future__ import annotations

import sys
import time

from kerasish.utils.messages import set_current_bar
from kerasish.utils.notebook import NotebookBar, in_notebook

_BAR_FORMAT = "{desc} {n_fmt}/{total_fmt} {bar:20} {elapsed}<{remaining} {postfix}"
_COUNT_FORMAT = "{desc} {n_fmt} {elapsed} {postfix}"


def format_number(value) -> str:
    """Returns `value` in four digits; small ones with an exponent.

    Args:
        value: A number, or something else that is printed as it is.

    Example:

    >>> format_number(0.98765), format_number(0.00001234)
    ('0.9877', '1.2340e-05')
    """
    if not isinstance(value, (int, float)):
        return str(value)
    return f"{value:.4f}" if abs(value) > 1e-3 or value == 0 else f"{value:.4e}"


def format_time(seconds: float) -> str:
    """Returns a duration in the unit that suits it.

    Args:
        seconds: The duration.

    Example:

    >>> format_time(0.0123), format_time(3.21)
    ('12ms', '3.2s')
    """
    if seconds >= 1:
        return f"{seconds:.1f}s" if seconds < 100 else f"{seconds:.0f}s"
    if seconds >= 1e-3:
        return f"{seconds * 1e3:.0f}ms"
    return f"{seconds * 1e6:.0f}us"


def has_live_display() -> bool:
    """Returns whether the output can show a bar that moves.

    Example:

    >>> isinstance(has_live_display(), bool)
    True
    """
    try:
        return sys.stdout.isatty() or in_notebook()
    except (AttributeError, ValueError):
        return False


def _terminal_bar(title, total, unit):
    from tqdm import tqdm

    class Bar(tqdm):
        # tqdm's monitor is a thread; the caller refreshes often enough.
        monitor_interval = 0

    return Bar(
        total=total,
        desc=title,
        unit=unit,
        file=sys.stdout,
        dynamic_ncols=True,
        bar_format=_BAR_FORMAT if total else _COUNT_FORMAT,
        mininterval=0,
        miniters=1,
    )


class ProgressBar:
    """The progress of one pass over data.

    In a terminal it is a tqdm bar, in a notebook a line of an output that stays in the
    file; where the output is a file or a pipe it is a single line, printed by `finish`.

    Args:
        title: What is going on, such as `"Epoch 1/5"`.
        total: Number of steps, or `None` if unknown.
        live: Whether to draw a moving bar; `None`: if the output can show one.
        unit: What one step is called.
        interval: Least seconds between two redraws.
        board: The `Board` of a notebook whose next line is taken; a new one if `None`.

    Example:

    >>> bar = ProgressBar("Epoch 1/1", total=2, live=False)
    >>> bar.update(2, lambda: {"loss": 0.5})
    >>> bar.finish({"loss": 0.5})  # doctest: +ELLIPSIS
    Epoch 1/1 - 2/2 - ...s - ...s/step - loss: 0.5000
    """

    def __init__(
        self, title, total=None, live=None, unit="step", interval=0.1, board=None
    ):
        self.title = title
        self.total = total
        self.unit = unit
        self.interval = interval
        self.live = has_live_display() if live is None else live
        self.step = 0
        self._start = time.perf_counter()
        self._next_draw = self._start + interval
        self._bar = None
        if self.live:
            if in_notebook():
                self._bar = NotebookBar(board, title, total)
            else:
                self._bar = _terminal_bar(title, total, unit)
            set_current_bar(self._bar)

    def update(self, step: int, read_values=None):
        """Notes how many steps are done; redraws if the last time is long enough ago.

        Args:
            step: Number of steps done.
            read_values: Function that returns the dict of values to show; called
                only when the bar is redrawn.
        """
        self.step = step
        if self._bar is None:
            return
        now = time.perf_counter()
        if now >= self._next_draw:
            self._next_draw = now + self.interval
            self._draw(read_values() if read_values is not None else {})

    def _draw(self, values):
        shown = " ".join(f"{k}={format_number(v)}" for k, v in values.items())
        self._bar.set_postfix_str(shown, refresh=False)
        self._bar.n = self.step
        self._bar.refresh()

    def finish(self, values=None):
        """Draws the last state, with the final values, and leaves it on the screen.

        Args:
            values: Dict of values to show.
        """
        values = values or {}
        if self._bar is not None:
            if self.total is None:
                self._bar.total = self.step
            self._draw(values)
            self.close()
            return
        elapsed = time.perf_counter() - self._start
        parts = [self.title] if self.title else []
        parts.append(f"{self.step}/{self.total or self.step}")
        parts.append(format_time(elapsed))
        parts.append(f"{format_time(elapsed / max(self.step, 1))}/{self.unit}")
        parts += [f"{name}: {format_number(value)}" for name, value in values.items()]
        print(" - ".join(parts), flush=True)

    def close(self):
        """Takes the bar off the list of live ones; nothing happens twice."""
        if self._bar is not None:
            set_current_bar(None)
            self._bar.close()
            self._bar = None
