"""Drawing a model: which layer feeds which, as boxes and arrows."""

from __future__ import annotations

import os
from typing import Any

from kerasish import tree
from kerasish.layers.node import producer
from kerasish.models.functional import Functional
from kerasish.models.model import Model
from kerasish.models.program import LayerStep, Slot
from kerasish.models.sequential import Sequential
from kerasish.models.summary import layers_in_range, operations_shown, type_name
from kerasish.utils.diagram import Diagram


def layer_graph(model: Any) -> tuple[list, list[tuple[int, int]]]:
    """List the layers of a model, and ops outside layers, and which feed which.

    Args:
        model: The model.

    Returns:
        The layers, and pairs of positions `(from, to)`.

    Example:

    >>> import kerasish as keras
    >>> inputs = keras.Input((2,))
    >>> model = keras.Model(inputs, keras.layers.Dense(1)(inputs) * 2.0)
    >>> len(layer_graph(model)[0]), layer_graph(model)[1]
    (3, [(0, 1), (1, 2)])
    """
    layers = operations_shown(model)
    if isinstance(model, Sequential):
        edges = [(n, n + 1) for n in range(len(layers) - 1)]
    elif isinstance(model, Functional):
        edges = _edges_of_program(model, layers)
    else:
        edges = _edges_of_calls(layers)
    return layers, list(dict.fromkeys(edges))


def _edges_of_program(model: Any, layers: list) -> list[tuple[int, int]]:
    index = {id(layer): number for number, layer in enumerate(layers)}
    program = model._program
    makers: dict[int, int | None] = {
        slot.index: index.get(id(producer(tensor).operation))
        for slot, tensor in zip(program.inputs, model.inputs)
    }
    edges = []
    for step in program.steps:
        target = index.get(id(step.layer if isinstance(step, LayerStep) else step))
        for slot in tree.flatten((step.args, step.kwargs)):
            source = makers.get(slot.index) if isinstance(slot, Slot) else None
            if source is not None and target is not None:
                edges.append((source, target))
        for slot in tree.flatten(step.results):
            if isinstance(slot, Slot):
                makers[slot.index] = target
    return edges


def _edges_of_calls(layers: list) -> list[tuple[int, int]]:
    index = {id(layer): number for number, layer in enumerate(layers)}
    return [
        (index[id(parent.operation)], number)
        for number, layer in enumerate(layers)
        for call in layer._inbound_nodes
        for parent in call.parent_nodes
        if id(parent.operation) in index
    ]


def _shapes(layer: Any, which: str) -> str:
    if which == "output" and hasattr(layer, "shapes"):
        return ", ".join(str(shape) for shape in layer.shapes or ["?"])
    try:
        value = getattr(layer, which)
    except (AttributeError, ValueError, RuntimeError):
        return "?"
    shapes = [str(tuple(leaf.shape)) for leaf in tree.flatten(value)]
    return ", ".join(shapes)


def _dtypes(layer: Any) -> str:
    try:
        outputs = tree.flatten(layer.output)
    except (AttributeError, ValueError, RuntimeError):
        return str(getattr(layer, "compute_dtype", "?"))
    return ", ".join(dict.fromkeys(str(leaf.dtype) for leaf in outputs))


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
    kind = type_name(layer)
    lines = [f"{layer.name} ({kind})" if show_layer_names else kind]
    activation = getattr(layer, "activation", None)
    if show_layer_activations and activation is not None:
        lines.append(f"activation: {getattr(activation, '__name__', activation)}")
    if show_shapes:
        if hasattr(layer, "_inbound_nodes"):
            lines.append(f"input: {_shapes(layer, 'input')}")
        lines.append(f"output: {_shapes(layer, 'output')}")
    if show_dtype:
        lines.append(f"dtype: {_dtypes(layer)}")
    if show_trainable and hasattr(layer, "trainable"):
        lines.append(f"trainable: {layer.trainable}")
    return lines


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
) -> Diagram:
    """Draw the graph of a model's layers.

    Args:
        model: A built model.
        show_shapes: Whether to tell the shapes of inputs and outputs.
        show_dtype: Whether to tell the dtype of the outputs.
        show_layer_names: Whether to tell names.
        rankdir: `"TB"` from top to bottom, `"LR"` from left to right, `"BT"`, `"RL"`.
        expand_nested: Whether models inside the model show their own layers.
        dpi: Pixels in an inch, where the picture is made of pixels.
        subgraph: Whether the whole is framed and has the name of the model.
        show_layer_activations: Whether to tell activations.
        show_trainable: Whether to tell which layers are trainable.
        splines: Accepted; arrows are straight lines around the boxes.
        **kwargs: `layer_range`: names (or patterns) of the first and the last layer.

    Returns:
        A `Diagram` with `to_string()` (DOT), `to_svg()`, `create(format="svg")` and
        `write(path)`; notebooks show it.

    Raises:
        ValueError: If the model is not built, or an argument has no meaning.

    Example:

    >>> import kerasish as keras
    >>> dense = keras.layers.Dense(1, name="d")
    >>> model = keras.Sequential([keras.Input((2,)), dense])
    >>> "d (Dense)" in model_to_dot(model).to_string()
    True
    """
    layer_range = kwargs.pop("layer_range", None)
    if kwargs:
        raise ValueError(f"There are no such arguments.\nReceived: {sorted(kwargs)}")
    if not model.built:
        raise ValueError("The model is not built: build it or call it on data first.")
    shown = (
        show_shapes,
        show_dtype,
        show_layer_names,
        show_layer_activations,
        show_trainable,
    )

    def drawn(part: Any, title: str = "") -> Diagram:
        layers, edges = layer_graph(part)
        if layer_range is not None and part is model:
            layers, edges = _cut(layers, edges, layer_range)
        boxes = [
            drawn(layer, layer_lines(layer, False, False, show_layer_names)[0])
            if expand_nested and isinstance(layer, Model) and layer.layers
            else layer_lines(layer, *shown)
            for layer in layers
        ]
        return Diagram(boxes, edges, rankdir, title, dpi)

    diagram = drawn(model, model.name)
    return Diagram([diagram], [], rankdir, dpi=dpi) if subgraph else diagram


def _cut(layers: list, edges: list, layer_range: Any) -> tuple[list, list]:
    kept = layers_in_range(layers, layer_range)
    place = {id(layer): number for number, layer in enumerate(kept)}
    ends = [tuple(place.get(id(layers[end])) for end in edge) for edge in edges]
    return kept, [edge for edge in ends if None not in edge]


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
) -> Diagram:
    """Draw the graph of a model's layers into a file; graphviz is not needed.

    Args:
        model: A built model.
        to_file: A path that ends with `.svg`, `.png` (through Pillow) or `.dot`, or
            `None` for no file.
        show_shapes: Whether to tell the shapes of inputs and outputs.
        show_dtype: Whether to tell the dtype of the outputs.
        show_layer_names: Whether to tell names.
        rankdir: `"TB"` from top to bottom, `"LR"` from left to right, `"BT"`, `"RL"`.
        expand_nested: Whether models inside the model show their own layers.
        dpi: Pixels in an inch, where the picture is made of pixels.
        show_layer_activations: Whether to tell activations.
        show_trainable: Whether to tell which layers are trainable.
        splines: Accepted; arrows are straight lines around the boxes.
        **kwargs: `layer_range`: names (or patterns) of the first and the last layer.

    Returns:
        The diagram, which notebooks show.

    Raises:
        ValueError: If the model is not built or the ending is another one.

    Example:

    >>> import kerasish as keras
    >>> model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
    >>> diagram = plot_model(model, "model.svg", show_shapes=True)
    """
    diagram = model_to_dot(
        model,
        show_shapes,
        show_dtype,
        show_layer_names,
        rankdir,
        expand_nested,
        dpi,
        False,
        show_layer_activations,
        show_trainable,
        splines,
        **kwargs,
    )
    if to_file is not None:
        diagram.write(os.fspath(to_file))
    return diagram
