"""Tables of text with box characters."""

from __future__ import annotations


def column_widths(ends: list[float], width: int) -> list[int]:
    """Return the widths of the columns of a table, padding included.

    Args:
        ends: Where each column ends: a share of the width (up to 1), or characters.
        width: The width of the whole table, borders included.

    Example:

    >>> column_widths([0.45, 0.80, 1.0], 76)
    [33, 24, 15]
    """
    absolute = [int(end * width) if end <= 1 else int(end) for end in ends]
    starts = [0, *absolute[:-1]]
    widths = [end - start + 2 for start, end in zip(starts, absolute)]
    excess = max(0, sum(widths) + len(widths) + 1 - width)
    remaining = len(widths)
    for position, size in enumerate(widths):
        cut = min(size, round(excess / remaining))
        widths[position] = max(3, size - cut)
        excess -= cut
        remaining -= 1
    return widths


def wrapped(text: str, width: int) -> list[str]:
    """Break a text at spaces; longer words end with an ellipsis.

    Args:
        text: The text; spaces at its beginning are kept.
        width: The number of characters of a line.

    Example:

    >>> wrapped("dense_layer (Dense)", 8)
    ['dense_l…', '(Dense)']
    """
    indent = text[: len(text) - len(text.lstrip())]
    lines: list[str] = []
    current = indent
    for word in text.split():
        joined = f"{current} {word}" if current.strip() else current + word
        if len(joined) <= width or not current.strip():
            current = joined
        else:
            lines.append(current)
            current = word
    lines.append(current)
    return [x if len(x) <= width else x[: width - 1] + "…" for x in lines]


def _aligned(text: str, width: int, alignment: str) -> str:
    if alignment == "right":
        return text.rjust(width)
    return text.center(width) if alignment == "center" else text.ljust(width)


def _row(cells: list[str], widths: list[int], alignments: list[str], bar: str) -> list:
    parts = [wrapped(cell, width - 2) for cell, width in zip(cells, widths)]
    height = max(len(part) for part in parts)
    lines = []
    for number in range(height):
        texts = [
            " "
            + _aligned(part[number] if number < len(part) else "", width - 2, alignment)
            + " "
            for part, width, alignment in zip(parts, widths, alignments)
        ]
        lines.append(bar + bar.join(texts) + bar)
    return lines


def _rule(widths: list[int], left: str, line: str, cross: str, right: str) -> str:
    return left + cross.join(line * width for width in widths) + right


def draw_table(
    header: list[str],
    rows: list[list[str]],
    ends: list[float],
    alignments: list[str],
    width: int,
) -> list[str]:
    """Return the lines of a table.

    Args:
        header: The titles of the columns.
        rows: The cells.
        ends: Where the columns end; see `column_widths`.
        alignments: `'left'`, `'right'` or `'center'` for each column.
        width: The width of the whole table.

    Example:

    >>> for line in draw_table(["a"], [["b"]], [1.0], ["left"], 6):
    ...     print(line)
    ┏━━━━┓
    ┃ a  ┃
    ┡━━━━┩
    │ b  │
    └────┘
    """
    widths = column_widths(ends, width)
    lines = [_rule(widths, "┏", "━", "┳", "┓")]
    lines += _row(header, widths, alignments, "┃")
    lines.append(_rule(widths, "┡", "━", "╇", "┩"))
    for number, row in enumerate(rows):
        if number:
            lines.append(_rule(widths, "├", "─", "┼", "┤"))
        lines += _row(row, widths, alignments, "│")
    lines.append(_rule(widths, "└", "─", "┴", "┘"))
    return lines
