"""Drawing a model: as text in the DOT language, and as an SVG picture."""

from __future__ import annotations

import html
import os
from typing import Any

from kerasish import tree
from kerasish.utils.atomic import atomic_file
from kerasish.utils.pictures import import_pillow

_LINE, _LETTER, _MARGIN, _GAP, _LAYER_GAP = 18, 7.5, 12, 30, 36


def layer_graph(model: Any) -> tuple[list, list[tuple[int, int]]]:
    """List the layers of a model and which of them feed which.

    Args:
        model: The model.

    Returns:
        The layers, and pairs of positions `(from, to)`.

    Example:

    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> len(layer_graph(model)[0])
    1
    """
    layers = list(model.layers)
    index = {id(layer): number for number, layer in enumerate(layers)}
    edges = []
    for number, layer in enumerate(layers):
        for call in layer._inbound_nodes:
            for parent in call.parent_nodes:
                source = index.get(id(parent.operation))
                if source is not None and (source, number) not in edges:
                    edges.append((source, number))
    return layers, edges


def _shapes(layer: Any, which: str) -> str:
    try:
        value = getattr(layer, which)
    except (AttributeError, ValueError, RuntimeError):
        return "?"
    shapes = [str(tuple(leaf.shape)) for leaf in tree.flatten(value)]
    return ", ".join(shapes)


def layer_lines(
    layer: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
) -> list[str]:
    """Return the lines of text of a layer's box.

    Args:
        layer: The layer.
        show_shapes: Whether to tell the shapes of inputs and outputs.
        show_dtype: Whether to tell the dtype of the outputs.
        show_layer_names: Whether to tell the name.
        show_layer_activations: Whether to tell the activation.
        show_trainable: Whether to tell if it is trainable.

    Example:

    >>> import kerasish as keras
    >>> layer_lines(keras.layers.Dense(1, name="d"), show_trainable=True)
    ['d (Dense)', 'trainable: True']
    """
    kind = type(layer).__name__
    lines = [f"{layer.name} ({kind})" if show_layer_names else kind]
    activation = getattr(layer, "activation", None)
    if show_layer_activations and activation is not None:
        lines.append(f"activation: {getattr(activation, '__name__', activation)}")
    if show_shapes:
        lines.append(f"input: {_shapes(layer, 'input')}")
        lines.append(f"output: {_shapes(layer, 'output')}")
    if show_dtype:
        lines.append(f"dtype: {layer.compute_dtype}")
    if show_trainable:
        lines.append(f"trainable: {layer.trainable}")
    return lines


class Drawing:
    """Boxes of text and the arrows between them.

    Args:
        boxes: The lines of text of each box.
        edges: Pairs of positions `(from, to)`.
        rankdir: `"TB"` from top to bottom or `"LR"` from left to right.

    Example:

    >>> drawing = Drawing([["a"], ["b"]], [(0, 1)])
    >>> drawing.to_svg().count("<rect")
    2
    """

    def __init__(self, boxes, edges, rankdir="TB"):
        if rankdir not in ("TB", "LR"):
            raise ValueError(
                f"rankdir must be 'TB' or 'LR'.\nReceived: rankdir={rankdir!r}"
            )
        self.boxes = boxes
        self.edges = edges
        self.rankdir = rankdir

    def to_string(self) -> str:
        """Return the text in the DOT language."""
        lines = ["digraph G {", f"rankdir={self.rankdir};", "node [shape=record];"]
        for number, box in enumerate(self.boxes):
            text = "\\n".join(box).replace('"', "'")
            for sign in "{}<>|":
                text = text.replace(sign, "\\" + sign)
            lines.append(f'n{number} [label="{text}"];')
        lines += [f"n{source} -> n{target};" for source, target in self.edges]
        return "\n".join([*lines, "}", ""])

    def _places(self):
        """Returns the centre of each box, the sizes, and the size of the whole."""
        depth = [0] * len(self.boxes)
        for _ in self.boxes:
            for source, target in self.edges:
                if depth[source] < depth[target] or source == target:
                    continue
                depth[target] = min(depth[source] + 1, len(self.boxes))
        sizes = [
            (max(map(len, box)) * _LETTER + 2 * _MARGIN, len(box) * _LINE + _MARGIN)
            for box in self.boxes
        ]
        across, along = (0, 1) if self.rankdir == "TB" else (1, 0)
        rows = [
            [n for n, d in enumerate(depth) if d == level]
            for level in sorted(set(depth))
        ]
        widths = [sum(sizes[n][across] + _GAP for n in row) - _GAP for row in rows]
        places, position = {}, float(_MARGIN)
        for row, width in zip(rows, widths):
            height = max(sizes[n][along] for n in row)
            start = _MARGIN + (max(widths) - width) / 2
            for number in row:
                center = (start + sizes[number][across] / 2, position + height / 2)
                places[number] = center if across == 0 else center[::-1]
                start += sizes[number][across] + _GAP
            position += height + _LAYER_GAP
        whole = (max(widths, default=0) + 2 * _MARGIN, position - _LAYER_GAP + _MARGIN)
        return places, sizes, whole if across == 0 else whole[::-1]

    def to_svg(self) -> str:
        """Return an SVG picture."""
        places, sizes, (width, height) = self._places()
        parts = [
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.0f}" '
            f'height="{height:.0f}" font-family="monospace" font-size="12">',
            '<defs><marker id="a" markerWidth="8" markerHeight="8" refX="7" refY="4" '
            'orient="auto"><path d="M0,0 L8,4 L0,8 z"/></marker></defs>',
        ]
        along = 1 if self.rankdir == "TB" else 0
        for source, target in self.edges:
            start, end = list(places[source]), list(places[target])
            start[along] += sizes[source][along] / 2
            end[along] -= sizes[target][along] / 2
            parts.append(
                f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" '
                f'y2="{end[1]:.1f}" stroke="black" marker-end="url(#a)"/>'
            )
        for number, box in enumerate(self.boxes):
            (x, y), (w, h) = places[number], sizes[number]
            parts.append(
                f'<rect x="{x - w / 2:.1f}" y="{y - h / 2:.1f}" width="{w:.1f}" '
                f'height="{h:.1f}" fill="white" stroke="black"/>'
            )
            top = y - len(box) * _LINE / 2 + 13
            parts += [
                f'<text x="{x:.1f}" y="{top + line * _LINE:.1f}" text-anchor="middle">'
                f"{html.escape(text)}</text>"
                for line, text in enumerate(box)
            ]
        return "\n".join([*parts, "</svg>", ""])

    def save_png(self, file: Any, dpi: int = 200) -> None:
        """Write a picture of pixels, through Pillow.

        Args:
            file: A binary file.
            dpi: Pixels in an inch, of which the picture has 96 units.
        """
        pillow = import_pillow()
        from PIL import ImageDraw, ImageFont

        places, sizes, whole = self._places()
        scale = dpi / 96
        image = pillow.new("RGB", [round(size * scale) for size in whole], "white")
        draw = ImageDraw.Draw(image)
        font = ImageFont.load_default(12 * scale)
        along = 1 if self.rankdir == "TB" else 0
        for source, target in self.edges:
            start, end = list(places[source]), list(places[target])
            start[along] += sizes[source][along] / 2
            end[along] -= sizes[target][along] / 2
            line = [x * scale for x in (*start, *end)]
            draw.line(line, fill="black", width=max(1, round(scale)))
            tip, size = line[2:], 3 * scale
            draw.ellipse([tip[0] - size, tip[1] - size, *(x + size for x in tip)], 0)
        for number, box in enumerate(self.boxes):
            (x, y), (w, h) = places[number], sizes[number]
            edges = (x - w / 2, y - h / 2, x + w / 2, y + h / 2)
            draw.rectangle([edge * scale for edge in edges], "white", "black")
            top = y - (len(box) - 1) * _LINE / 2
            for line_number, text in enumerate(box):
                middle = (x * scale, (top + line_number * _LINE) * scale)
                draw.text(middle, text, "black", font, anchor="mm")
        image.save(file, format="png")

    def _repr_svg_(self) -> str:
        return self.to_svg()


def model_to_dot(
    model: Any,
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = True,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    subgraph: bool = False,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **kwargs: Any,
) -> Drawing:
    """Draw the graph of a model's layers.

    Args:
        model: A built model.
        show_shapes: Whether to tell the shapes of inputs and outputs.
        show_dtype: Whether to tell the dtype of the outputs.
        show_layer_names: Whether to tell names.
        rankdir: `"TB"` from top to bottom or `"LR"` from left to right.
        expand_nested: Accepted; models inside models are one box.
        dpi: Accepted; the picture has no fixed resolution.
        subgraph: Accepted for the signature of Keras.
        show_layer_activations: Whether to tell activations.
        show_trainable: Whether to tell which layers are trainable.
        splines: Accepted; arrows are straight.
        **kwargs: Options of older versions, of no meaning here.

    Returns:
        An object with `to_string()` (DOT) and `to_svg()`; notebooks show it.

    Raises:
        ValueError: If the model is not built.

    Example:

    >>> import kerasish as keras
    >>> dense = keras.layers.Dense(1, name="d")
    >>> model = keras.Sequential([keras.Input((2,)), dense])
    >>> "d (Dense)" in model_to_dot(model).to_string()
    True
    """
    if not model.built:
        raise ValueError("The model is not built: build it or call it on data first.")
    layers, edges = layer_graph(model)
    boxes = [
        layer_lines(
            layer,
            show_shapes,
            show_dtype,
            show_layer_names,
            show_layer_activations,
            show_trainable,
        )
        for layer in layers
    ]
    return Drawing(boxes, edges, rankdir)


def plot_model(
    model: Any,
    to_file: Any = "model.png",
    show_shapes: bool = False,
    show_dtype: bool = False,
    show_layer_names: bool = False,
    rankdir: str = "TB",
    expand_nested: bool = False,
    dpi: int = 200,
    show_layer_activations: bool = False,
    show_trainable: bool = False,
    splines: str = "ortho",
    **kwargs: Any,
) -> Drawing:
    """Draw the graph of a model's layers into a file; graphviz is not needed.

    Args:
        model: A built model.
        to_file: A path that ends with `.svg`, `.png` (through Pillow) or `.dot`, or
            `None` for no file.
        show_shapes: Whether to tell the shapes of inputs and outputs.
        show_dtype: Whether to tell the dtype of the outputs.
        show_layer_names: Whether to tell names.
        rankdir: `"TB"` from top to bottom or `"LR"` from left to right.
        expand_nested: Accepted; models inside models are one box.
        dpi: Pixels in an inch, of a picture of pixels.
        show_layer_activations: Whether to tell activations.
        show_trainable: Whether to tell which layers are trainable.
        splines: Accepted; arrows are straight.
        **kwargs: Options of older versions, of no meaning here.

    Returns:
        The drawing, which notebooks show.

    Raises:
        ValueError: If the model is not built or the ending is another one.

    Example:

    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> drawing = plot_model(model, "model.svg", show_shapes=True)
    """
    drawing = model_to_dot(
        model,
        show_shapes,
        show_dtype,
        show_layer_names,
        rankdir,
        show_layer_activations=show_layer_activations,
        show_trainable=show_trainable,
    )
    if to_file is not None:
        path = os.fspath(to_file)
        ending = os.path.splitext(path)[1].lower()
        if ending not in (".svg", ".dot", ".png"):
            raise ValueError(
                "The picture can be written as .svg, .png or .dot.\n"
                f"Received: to_file={path!r}"
            )
        with atomic_file(path) as file:
            if ending == ".png":
                drawing.save_png(file, dpi)
            else:
                text = drawing.to_svg() if ending == ".svg" else drawing.to_string()
                file.write(text.encode())
    return drawing
