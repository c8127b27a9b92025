"""Boxes of text and arrows, as an SVG, as pixels, and in the DOT language."""

from __future__ import annotations

import html
import io
import os
from collections.abc import Iterator
from typing import Any, NamedTuple

from kerasish.utils.atomic import atomic_file
from kerasish.utils.pictures import import_pillow

_LINE, _LETTER, _MARGIN, _GAP, _LAYER_GAP = 18, 7.5, 12, 30, 36
_DETOUR = 12.0


class Rectangle(NamedTuple):
    """A box in the plane: its left upper corner, its size, and its lines of text."""

    x: float
    y: float
    width: float
    height: float
    lines: list[str]


class Diagram:
    """Boxes of text, which may hold diagrams themselves, and arrows between them.

    Args:
        boxes: The lines of text of each box, or a `Diagram` inside this one.
        edges: Pairs of positions `(from, to)`.
        rankdir: `"TB"` from top to bottom, `"BT"`, `"LR"` from left to right or `"RL"`.
        title: The text above the boxes of a diagram that is inside another one.
        dpi: Pixels in an inch, of which the picture has 96 units.

    Raises:
        ValueError: If `rankdir` is something else.

    Example:

    >>> diagram = Diagram([["a"], ["b"]], [(0, 1)])
    >>> diagram.to_svg().count("<rect")
    2
    >>> print(diagram.to_string().splitlines()[-2])
    n0 -> n1;
    """

    def __init__(
        self,
        boxes: list,
        edges: list[tuple[int, int]],
        rankdir: str = "TB",
        title: str = "",
        dpi: int = 200,
    ):
        if rankdir not in ("TB", "BT", "LR", "RL"):
            raise ValueError(
                "rankdir must be 'TB', 'BT', 'LR' or 'RL'.\n"
                f"Received: rankdir={rankdir!r}"
            )
        self.boxes = boxes
        self.edges = edges
        self.rankdir = rankdir
        self.title = title
        self.dpi = dpi

    # The layout is made from top to bottom; the other directions mirror or swap it.

    def _levels(self) -> list[int]:
        """Returns for each box the length of the longest path to it."""
        levels = [0] * len(self.boxes)
        order = _order(len(self.boxes), self.edges)
        place = {box: number for number, box in enumerate(order)}
        for source, target in sorted(self.edges, key=lambda edge: place[edge[0]]):
            # An arrow back, to a layer that is called again, makes no level.
            if place[target] > place[source]:
                levels[target] = max(levels[target], levels[source] + 1)
        return levels

    def _size(self, box: Any) -> tuple[float, float]:
        if isinstance(box, Diagram):
            width, height = box._layout()[2]
            return max(width, _text_width([box.title])), height + _LINE
        return _text_width(box), len(box) * _LINE + _MARGIN

    def _layout(self) -> tuple[list, list, tuple[float, float]]:
        """Returns the corners and sizes of the boxes, the arrows, and the whole size.

        Arrows are lists of points; those that pass a row go around its boxes.
        """
        levels = self._levels()
        sizes: list[tuple[float, float]] = [self._size(box) for box in self.boxes]
        swapped = self.rankdir in ("LR", "RL")
        spots = [size[::-1] if swapped else size for size in sizes]
        chains = []
        for source, target in self.edges:
            chain = [source]
            for level in range(levels[source] + 1, levels[target]):
                chain.append(len(spots))
                spots.append((_DETOUR, 0.0))
                levels.append(level)
            chains.append([*chain, target])
        rows = _ordered_rows(levels, chains)
        corners, whole = _placed(rows, spots)
        arrows = [_path([(*corners[n], *spots[n]) for n in chain]) for chain in chains]
        if self.rankdir in ("BT", "RL"):
            corners = [
                (x, whole[1] - y - spot[1]) for (x, y), spot in zip(corners, spots)
            ]
            arrows = [[(x, whole[1] - y) for x, y in points] for points in arrows]
        if swapped:
            corners = [(y, x) for x, y in corners]
            arrows = [[(y, x) for x, y in points] for points in arrows]
            whole = whole[::-1]
        boxes = list(zip(corners[: len(sizes)], sizes))
        return boxes, arrows, whole

    def _shapes(
        self, left: float = 0, top: float = 0
    ) -> tuple[list, list, list, tuple[float, float]]:
        """Returns boxes, frames of inner diagrams, and arrows, in the plane."""
        boxes, arrows, whole = self._layout()
        found: list[Rectangle] = []
        frames: list[Rectangle] = []
        moved = [[(x + left, y + top) for x, y in points] for points in arrows]
        for box, ((x, y), (width, height)) in zip(self.boxes, boxes):
            x, y = x + left, y + top
            if not isinstance(box, Diagram):
                found.append(Rectangle(x, y, width, height, box))
                continue
            frames.append(Rectangle(x, y, width, height, [box.title]))
            inner = box._shapes(x, y + _LINE)
            found += inner[0]
            frames += inner[1]
            moved += inner[2]
        return found, frames, moved, whole

    def to_svg(self) -> str:
        """Return an SVG picture."""
        boxes, frames, arrows, (width, height) = self._shapes()
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" '
            f'height="{height:.0f}" font-family="monospace" font-size="12">',
            '<defs><marker id="a" markerWidth="8" markerHeight="8" refX="7" refY="4" '
            'orient="auto"><path d="M0,0 L8,4 L0,8 z"/></marker></defs>',
        ]
        for number, box in enumerate([*frames, *boxes]):
            fill = "#f2f2f2" if number < len(frames) else "white"
            parts.append(
                f'<rect x="{box.x:.1f}" y="{box.y:.1f}" width="{box.width:.1f}" '
                f'height="{box.height:.1f}" fill="{fill}" stroke="black"/>'
            )
            middle = box.x + box.width / 2
            top = box.y + _first_line(box, number < len(frames)) + 4
            parts += [
                f'<text x="{middle:.1f}" y="{top + line * _LINE:.1f}" '
                f'text-anchor="middle">{html.escape(text)}</text>'
                for line, text in enumerate(box.lines)
            ]
        for points in arrows:
            path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
            parts.append(
                f'<polyline points="{path}" fill="none" stroke="black" '
                'marker-end="url(#a)"/>'
            )
        return "\n".join([*parts, "</svg>", ""])

    def save_png(self, file: Any, dpi: int | None = None) -> None:
        """Write a picture of pixels, through Pillow.

        Args:
            file: A binary file.
            dpi: Pixels in an inch; those of the diagram by default.
        """
        pillow = import_pillow()
        from PIL import ImageDraw, ImageFont

        boxes, frames, arrows, whole = self._shapes()
        scale = (dpi or self.dpi) / 96
        image = pillow.new("RGB", [round(size * scale) for size in whole], "white")
        draw = ImageDraw.Draw(image)
        font = ImageFont.load_default(12 * scale)
        for number, box in enumerate([*frames, *boxes]):
            edges = (box.x, box.y, box.x + box.width, box.y + box.height)
            fill = "#f2f2f2" if number < len(frames) else "white"
            draw.rectangle([edge * scale for edge in edges], fill, "black")
            top = box.y + _first_line(box, number < len(frames))
            for line, text in enumerate(box.lines):
                middle = box.x + box.width / 2, top + line * _LINE
                draw.text([x * scale for x in middle], text, "black", font, anchor="mm")
        size = 3 * scale
        for points in arrows:
            path = [(x * scale, y * scale) for x, y in points]
            draw.line(path, fill="black", width=max(1, round(scale)))
            tip = path[-1]
            draw.ellipse([tip[0] - size, tip[1] - size, *(x + size for x in tip)], 0)
        image.save(file, format="png")

    def to_string(self) -> str:
        """Return the text in the DOT language."""
        nodes, edges, names = [], [], {}
        for path, box in self._leaves():
            names[path] = f"n{len(names)}"
            nodes.append((path, f'{names[path]} [label="{_escaped(box)}"];'))
        lines = [
            "digraph G {",
            f"rankdir={self.rankdir};",
            f"dpi={self.dpi};",
            "node [shape=record];",
            *self._clusters(nodes, ()),
        ]
        edges = [f"{names[a]} -> {names[b]};" for a, b in self._arrows()]
        return "\n".join([*lines, *edges, "}", ""])

    def _clusters(self, nodes: list, prefix: tuple) -> Iterator[str]:
        for position, box in enumerate(self.boxes):
            path = (*prefix, position)
            if isinstance(box, Diagram):
                name = "_".join(map(str, path))
                yield f"subgraph cluster_{name} {{"
                yield f'label="{_escaped([box.title])}";'
                yield from box._clusters(nodes, path)
                yield "}"
            else:
                yield from (line for known, line in nodes if known == path)

    def _leaves(self, prefix: tuple = ()) -> Iterator[tuple[tuple, list]]:
        for position, box in enumerate(self.boxes):
            if isinstance(box, Diagram):
                yield from box._leaves((*prefix, position))
            else:
                yield (*prefix, position), box

    def _ends(self, position: int, which: int) -> list[tuple]:
        """Returns the boxes at which arrows to or from a box end, as paths."""
        box = self.boxes[position]
        if not isinstance(box, Diagram):
            return [(position,)]
        taken = {edge[1 - which] for edge in box.edges}
        free = [number for number in range(len(box.boxes)) if number not in taken]
        return [(position, *end) for n in free for end in box._ends(n, which)]

    def _arrows(self, prefix: tuple = ()) -> Iterator[tuple[tuple, tuple]]:
        for source, target in self.edges:
            for start in self._ends(source, 1):
                for end in self._ends(target, 0):
                    yield (*prefix, *start), (*prefix, *end)
        for position, box in enumerate(self.boxes):
            if isinstance(box, Diagram):
                yield from box._arrows((*prefix, position))

    def create(self, prog: Any = None, format: str = "svg") -> bytes:
        """Return the picture as bytes.

        Args:
            prog: Accepted for the signature of pydot.
            format: `"svg"`, `"png"` or `"dot"`.

        Raises:
            ValueError: If it is something else.
        """
        if format == "png":
            file = io.BytesIO()
            self.save_png(file)
            return file.getvalue()
        if format not in ("svg", "dot"):
            raise ValueError(
                "The picture can be written as .svg, .png or .dot.\n"
                f"Received: format={format!r}"
            )
        return (self.to_svg() if format == "svg" else self.to_string()).encode()

    def write(self, path: Any, prog: Any = None, format: str | None = None) -> None:
        """Write the picture into a file.

        Args:
            path: The file.
            prog: Accepted for the signature of pydot.
            format: `"svg"`, `"png"` or `"dot"`; the ending of the path by default.

        Raises:
            ValueError: If it is something else.
        """
        path = os.fspath(path)
        kind = format or os.path.splitext(path)[1].lower().lstrip(".")
        content = self.create(format=kind)
        with atomic_file(path) as file:
            file.write(content)

    def _repr_svg_(self) -> str:
        return self.to_svg()


def _path(spots: list) -> list[tuple[float, float]]:
    """Returns the points of an arrow through the middles of some spots."""
    (x, y, width, height), (x2, y2, width2, height2) = spots[0], spots[-1]
    if spots[0] == spots[-1]:
        right = x + width
        return [(right, y + 4), (right + _DETOUR, y + 8), (right, y + 12)]
    if y2 < y + height:
        return [(x + width / 2, y), (x2 + width2 / 2, y2 + height2)]
    points = []
    for x, y, width, height in spots:
        points += [(x + width / 2, y), (x + width / 2, y + height)]
    return points[1:-1]


def _order(count: int, edges: list[tuple[int, int]]) -> list[int]:
    """Returns the boxes so that arrows lead on, but for those that close a circle."""
    after: list[list[int]] = [[] for _ in range(count)]
    for source, target in edges:
        after[source].append(target)
    done: list[int] = []
    seen: set[int] = set()
    for start in range(count):
        stack = [] if start in seen else [(start, iter(after[start]))]
        seen.add(start)
        while stack:
            box, rest = stack[-1]
            following = next((n for n in rest if n not in seen), None)
            if following is None:
                done.append(box)
                stack.pop()
            else:
                seen.add(following)
                stack.append((following, iter(after[following])))
    return done[::-1]


def _text_width(lines: list[str]) -> float:
    return max(map(len, lines), default=0) * _LETTER + 2 * _MARGIN


def _first_line(box: Rectangle, is_frame: bool) -> float:
    """Returns how far below the upper edge the middle of the first line is."""
    if is_frame:
        return _LINE / 2
    return (box.height - (len(box.lines) - 1) * _LINE) / 2


def _escaped(lines: list[str]) -> str:
    text = "\\n".join(lines).replace('"', "'")
    for sign in "{}<>|":
        text = text.replace(sign, "\\" + sign)
    return text


def _ordered_rows(levels: list[int], chains: list[list[int]]) -> list[list[int]]:
    """Returns the spots of each level, each near the middle of what comes before it."""
    rows: list[list[int]] = [[] for _ in range(max(levels, default=-1) + 1)]
    for spot, level in enumerate(levels):
        rows[level].append(spot)
    before: dict[int, list[int]] = {}
    for chain in chains:
        for source, target in zip(chain, chain[1:]):
            before.setdefault(target, []).append(source)
    share: dict[int, float] = {}
    for row in rows:
        for place, spot in enumerate(row):
            known = [
                share[source] for source in before.get(spot, ()) if source in share
            ]
            share[spot] = sum(known) / len(known) if known else (place + 0.5) / len(row)
        row.sort(key=lambda spot: share[spot])
        for place, spot in enumerate(row):
            share[spot] = (place + 0.5) / len(row)
    return rows


def _placed(rows: list[list[int]], spots: list) -> tuple[list, tuple[float, float]]:
    widths = [sum(spots[spot][0] + _GAP for spot in row) - _GAP for row in rows]
    corners: list = [None] * len(spots)
    y = float(_MARGIN)
    for row, width in zip(rows, widths):
        height = max(spots[spot][1] for spot in row)
        for spot in row:
            if not spots[spot][1]:
                spots[spot] = (spots[spot][0], height)
        x = _MARGIN + (max(widths) - width) / 2
        for spot in row:
            corners[spot] = (x, y + (height - spots[spot][1]) / 2)
            x += spots[spot][0] + _GAP
        y += height + _LAYER_GAP
    return corners, (max(widths, default=0) + 2 * _MARGIN, y - _LAYER_GAP + _MARGIN)
