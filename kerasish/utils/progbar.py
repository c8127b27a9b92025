"""`Progbar`: a progress bar for the user's own loops."""

from __future__ import annotations

from kerasish.utils.progress import ProgressBar


class Progbar:
    """A progress bar that shows averages of the values given to it.

    Args:
        target: Number of steps, or `None` if unknown.
        width: Accepted for compatibility; the bar fits itself to the screen.
        verbose: 0 silent, 1 a bar (a line where there is no terminal), 2 a line.
        interval: Least seconds between two redraws.
        stateful_metrics: Names of values that are shown as they are, not averaged.
        stateless_metrics: Names of values that are averaged although all others
            are shown as they are.
        unit_name: What one step is called.

    Example:

    >>> bar = Progbar(2, verbose=2)
    >>> bar.update(1, values=[("loss", 1.0)])
    >>> bar.update(2, values=[("loss", 0.0)])  # doctest: +ELLIPSIS
    2/2 - ... - loss: 0.5000
    """

    def __init__(
        self,
        target,
        width=20,
        verbose=1,
        interval=0.05,
        stateful_metrics=None,
        stateless_metrics=None,
        unit_name="step",
    ):
        self.target = target
        self.width = width
        self.verbose = verbose
        self.interval = interval
        self.unit_name = unit_name
        self.stateful_metrics = set(stateful_metrics or ())
        self.stateless_metrics = stateless_metrics
        self.seen_so_far = 0
        self._sums = {}
        self._bar = None
        self._done = False

    def _averages(self):
        return {name: total / max(n, 1) for name, (total, n) in self._sums.items()}

    def _is_averaged(self, name):
        if self.stateless_metrics is not None:
            return name in self.stateless_metrics
        return name not in self.stateful_metrics

    def update(self, current, values=None, finalize=None):
        """Moves the bar to step `current`.

        Args:
            current: Number of steps done.
            values: List of `(name, value)`.
            finalize: Whether this is the last update; by default when `current`
                reaches the target.
        """
        steps = max(current - self.seen_so_far, 1)
        for name, value in values or ():
            if self._is_averaged(name):
                total, count = self._sums.get(name, (0.0, 0))
                self._sums[name] = (total + value * steps, count + steps)
            else:
                self._sums[name] = (value, 1)
        self.seen_so_far = current
        if not self.verbose or self._done:
            return
        if self._bar is None:
            self._bar = ProgressBar(
                "",
                self.target,
                live=None if self.verbose == 1 else False,
                unit=self.unit_name,
                interval=self.interval,
            )
        self._bar.update(current, self._averages)
        if finalize is None:
            finalize = self.target is not None and current >= self.target
        if finalize:
            self._done = True
            self._bar.finish(self._averages())

    def add(self, n, values=None):
        """Moves the bar on by `n` steps.

        Args:
            n: Number of steps.
            values: List of `(name, value)`.
        """
        self.update(self.seen_so_far + n, values)
