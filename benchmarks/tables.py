"""Figures as Markdown tables."""

import os
import platform
import re
import statistics
from pathlib import Path

from workloads import WORKLOADS

OURS = ("fast", "numpy")
BEGIN, END = "<!-- tables -->", "<!-- end of tables -->"
# Key, heading, whether more is better, how a figure is shown.
MEASURES = (
    ("fit", "Training, samples/s", lambda work, s: f"{work.batch / s:,.0f}"),
    (
        "evaluate",
        "`evaluate` in batches of 256, samples/s",
        lambda _, s: f"{1 / s:,.0f}",
    ),
    ("predict", "`predict` in batches of 256, samples/s", lambda _, s: f"{1 / s:,.0f}"),
    ("one", "`predict` of one row, ms", lambda _, s: f"{1e3 * s:.3g}"),
    ("first", "First step more than a later one, s", lambda _, s: f"{s:.2f}"),
    ("import", "Import, s", lambda _, s: f"{s:.2f}"),
    ("memory", "Peak memory, MB", lambda _, m: f"{m:,.0f}"),
)


def processor():
    """Return the name of the processor."""
    path = Path("/proc/cpuinfo")
    if path.exists():
        found = re.search(r"model name\s*:\s*(.+)", path.read_text(encoding="utf-8"))
        if found:
            return found[1]
    return platform.processor() or platform.machine()


class Tables:
    """All tables of a run.

    Args:
        result: `figures` and `overhead`, as `run.py` has them.
        names: The implementations in order.
        threads: How many threads each had.
    """

    def __init__(self, result, names, threads):
        self.figures, self.overhead = result["figures"], result["overhead"]
        self.growth = result["growth"]
        self.names, self.threads = names, threads
        self.peers = [name for name in names if name not in OURS]

    def text(self):
        """Return everything as Markdown."""
        parts = [
            f"{processor()}, {os.cpu_count()} cores, {self.threads} threads for each, "
            f"Python {platform.python_version()}."
        ]
        for key, heading, show in MEASURES:
            parts.append(f"### {heading}\n\n{self._table(key, show)}")
        parts.append(f"### Python outside kernels\n\n{self._overhead()}")
        parts.append(
            f"### Growth, ms of a step (of an epoch: data)\n\n{self._growth()}"
        )
        return "\n\n".join(parts) + "\n"

    def write(self, path):
        """Replace the tables of a page."""
        page = path.read_text(encoding="utf-8")
        before, rest = page.split(BEGIN)
        after = rest.split(END)[1]
        text = f"{before}{BEGIN}\n\n{self.text()}\n{END}{after}"
        path.write_text(text, encoding="utf-8")

    def _table(self, key, show):
        head = ["workload", *self.names]
        if self.peers:
            head += ["best peer", *(f"{name} / best" for name in OURS)]
        lines = [_line(head), _line(["---"] * len(head))]
        for workload, measures in self.figures.items():
            values, work = measures[key], WORKLOADS[workload]
            row = [workload]
            for name in self.names:
                known = values.get(name)
                row.append(show(work, statistics.median(known)) if known else "-")
            if self.peers:
                row += self._ratios(values)
            lines.append(_line(row))
        return "\n".join(lines)

    def _ratios(self, values):
        peers = {n: statistics.median(values[n]) for n in self.peers if values.get(n)}
        if not peers:
            return ["-"] * (1 + len(OURS))
        best = min(peers, key=peers.get)
        row = [best]
        for name in OURS:
            # All measures are times, or memory: less is better.
            found = sorted(b / a for a, b in zip(values.get(name, ()), values[best]))
            if not found:
                row.append("-")
                continue
            spread = f" ({found[0]:.2f}-{found[-1]:.2f})" if len(found) > 1 else ""
            row.append(f"**{statistics.median(found):.2f}**{spread}")
        return row

    def _overhead(self):
        head = ["workload", "device", "us a step", "share of the step"]
        lines = [_line(head), _line(["---"] * len(head))]
        for workload, found in self.overhead.items():
            for name, pair in found.items():
                if pair is not None:
                    outside, step = pair
                    cells = [f"{1e6 * outside:.0f}", f"{outside / step:.1%}"]
                    lines.append(_line([workload, name, *cells]))
        return "\n".join(lines)

    def _growth(self):
        lines = [_line(["axis", "sizes", *self.growth]), _line(["---"] * 4)]
        axes = next(iter(self.growth.values()))
        for axis, pairs in axes.items():
            sizes = ", ".join(f"{size}" for size, _ in pairs)
            cells = [
                ", ".join(f"{ms:.3g}" for _, ms in found[axis])
                for found in self.growth.values()
            ]
            lines.append(_line([axis, sizes, *cells]))
        return "\n".join(lines)


def _line(cells):
    return "| " + " | ".join(cells) + " |"
