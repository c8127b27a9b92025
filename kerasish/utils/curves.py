"""Curves of training as an SVG picture."""

from __future__ import annotations

import math
import os
from collections.abc import Mapping, Sequence
from typing import Any

_WIDTH, _HEIGHT = 300, 190
_LEFT, _TOP, _RIGHT, _BOTTOM = 62, 34, 16, 40
_COLORS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b")
_PANELS_IN_A_ROW = 3


def ticks(low: float, high: float, count: int = 5) -> list[float]:
    """Return round numbers within a range.

    Args:
        low: The least value.
        high: The largest value.
        count: About how many numbers.

    Example:

    >>> ticks(0.03, 0.97)
    [0.2, 0.4, 0.6, 0.8]
    """
    if not high > low:
        return [low]
    raw = (high - low) / count
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(power * n for n in (1, 2, 5, 10) if power * n >= raw * 0.999)
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    return [float(f"{number * step:.12g}") for number in range(first, last + 1)]


class Curves:
    """One panel for each quantity, with a curve of it for training and validation.

    Notebooks show it; `save` writes it into a file.

    Args:
        values: Dict from the name of a quantity to its values; the curve `val_x` is in
            the panel of `x`.
        positions: The position of each value on the horizontal axis; 1, 2, ... by
            default.
        label: What the horizontal axis is.

    Raises:
        ValueError: If there are no values.

    Example:

    >>> curves = Curves({"loss": [3.0, 2.0], "val_loss": [3.5, 2.5], "mae": [1, 2]})
    >>> list(curves.panels)
    ['loss', 'mae']
    >>> curves.to_svg().count("<polyline")
    3
    """

    def __init__(
        self,
        values: Mapping[str, Sequence[float]],
        positions: Sequence[float] | None = None,
        label: str = "epoch",
    ):
        self.label = label
        self.panels: dict[str, dict[str, list[tuple[float, float]]]] = {}
        for name, column in values.items():
            places = range(1, len(column) + 1)
            if positions is not None and len(positions) >= len(column):
                # Quantities that came later, or less often, belong to the last ones.
                places = positions[len(positions) - len(column) :]
            points = [(float(x), float(y)) for x, y in zip(places, column)]
            title = name.removeprefix("val_")
            kind = "validation" if name.startswith("val_") else "training"
            if title not in values:
                title, kind = name, name
            self.panels.setdefault(title, {})[kind] = points
        if not any(any(curves.values()) for curves in self.panels.values()):
            raise ValueError("There are no values to draw yet.")

    def to_svg(self) -> str:
        """Return the SVG picture."""
        width = _WIDTH + _LEFT + _RIGHT
        height = _HEIGHT + _TOP + _BOTTOM
        columns = min(len(self.panels), _PANELS_IN_A_ROW)
        rows = math.ceil(len(self.panels) / columns)
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width * columns}" '
            f'height="{height * rows}" viewBox="0 0 {width * columns} {height * rows}" '
            'font-family="sans-serif" font-size="12">',
            '<rect width="100%" height="100%" fill="white"/>',
        ]
        for number, (title, curves) in enumerate(self.panels.items()):
            left = number % columns * width + _LEFT
            top = number // columns * height + _TOP
            parts.append(f'<g transform="translate({left},{top})">')
            parts += self._panel(title, curves)
            parts.append("</g>")
        return "\n".join([*parts, "</svg>", ""])

    def _panel(self, title: str, curves: dict) -> list[str]:
        points = [p for curve in curves.values() for p in curve if math.isfinite(p[1])]
        low_x, high_x = _range([x for x, _ in points])
        low_y, high_y = _range([y for _, y in points])

        def place(x: float, y: float) -> tuple[float, float]:
            across = (x - low_x) / (high_x - low_x) * _WIDTH
            return across, _HEIGHT - (y - low_y) / (high_y - low_y) * _HEIGHT

        parts = [_text(0, -14, title, "start", ' font-weight="bold"')]
        for value in ticks(low_y, high_y):
            y = place(low_x, value)[1]
            parts.append(
                f'<line x1="0" y1="{y:.1f}" x2="{_WIDTH}" y2="{y:.1f}" stroke="#ccc"/>'
            )
            parts.append(_text(-8, y + 4, f"{value:g}", "end"))
        steps = [x for x in ticks(low_x, high_x) if x == int(x)]
        for value in steps or [low_x]:
            x = place(value, low_y)[0]
            parts.append(_text(x, _HEIGHT + 18, f"{value:g}", "middle"))
        parts.append(_text(_WIDTH, _HEIGHT + 34, self.label, "end"))
        for number, (kind, curve) in enumerate(curves.items()):
            color = _COLORS[number % len(_COLORS)]
            shown = [place(x, y) for x, y in curve if math.isfinite(y)]
            line = " ".join(f"{x:.1f},{y:.1f}" for x, y in shown)
            parts.append(
                f'<polyline points="{line}" fill="none" stroke="{color}" '
                'stroke-width="2"/>'
            )
            if len(shown) == 1:
                x, y = shown[0]
                parts.append(
                    f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{color}"/>'
                )
            if len(curves) > 1:
                right = _WIDTH - 80 * (len(curves) - 1 - number)
                parts.append(_text(right, -14, kind, "end", f' fill="{color}"'))
        return parts

    def save(self, path: Any) -> None:
        """Write the picture into a file.

        Args:
            path: The file, which ends with `.svg`.

        Raises:
            ValueError: If it ends with something else.
        """
        path = os.fspath(path)
        if not path.lower().endswith(".svg"):
            raise ValueError(f"The picture is an .svg file.\nReceived: path={path!r}")
        from kerasish.utils.atomic import atomic_file

        with atomic_file(path) as file:
            file.write(self.to_svg().encode())

    def _repr_svg_(self) -> str:
        return self.to_svg()


def _range(values: list[float]) -> tuple[float, float]:
    low, high = min(values, default=0.0), max(values, default=1.0)
    return (low, high) if high > low else (low - 0.5, high + 0.5)


def _text(x: float, y: float, text: str, anchor: str, more: str = "") -> str:
    import html

    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"{more}>'
        f"{html.escape(text)}</text>"
    )
