"""How notebooks show a model: its table, and its graph below."""

from __future__ import annotations

import html
from typing import Any

from kerasish.models.summary import print_summary

_WIDTH = 88


def model_html(model: Any) -> str:
    """Return the summary of a model, and a drawing that can be unfolded, as HTML.

    Args:
        model: The model; one that is not built shows its `repr`.

    Example:

    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> "<svg" in model_html(model)
    True
    """
    from kerasish.utils.plotting import model_to_dot

    if not model.built:
        return f"<pre>{html.escape(repr(model))}</pre>"
    lines: list[str] = []
    print_summary(model, line_length=_WIDTH, print_fn=lines.append)
    table = html.escape("\n".join(lines))
    drawing = model_to_dot(model, show_shapes=True).to_svg()
    return (
        f'<pre style="line-height:1.15">{table}</pre>'
        f"<details><summary>Graph</summary>{drawing}</details>"
    )
