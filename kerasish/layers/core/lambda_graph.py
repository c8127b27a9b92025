"""Functions of `Lambda` layers as graphs, which are data and no code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kerasish import tree


class GraphFunction:
    """A function that is stored as the configuration of a functional model.

    Args:
        graph: The configuration.
        stored: How the file has the function besides, kept for saving again.
    """

    def __init__(self, graph: Mapping[str, Any], stored: Any = None):
        from kerasish.layers import lookup

        self.graph = dict(graph)
        self.described = stored
        self._model = [lookup.registry.lookup("Functional").from_config(self.graph)]

    def __call__(self, inputs: Any, **arguments: Any) -> Any:
        """Run the graph, which has the other arguments in it already."""
        model = self._model[0]
        return model.call(inputs if len(model.inputs) > 1 else tree.flatten(inputs)[0])


def graph_of(layer: Any) -> dict[str, Any] | None:
    """Return the function of a `Lambda` as a graph.

    Args:
        layer: The layer; it must have been called.

    Returns:
        The configuration of a functional model; `None` if the function does something
        that is no op, has weights or random numbers, or looks at mask or training.
    """
    from kerasish.layers import lookup
    from kerasish.layers.core.input_layer import Input

    if isinstance(layer.function, GraphFunction):
        return layer.function.graph
    nodes = layer._inbound_nodes
    if not nodes or layer._takes_mask or layer._takes_training:
        return None
    made = [
        Input(batch_shape=tensor.shape, dtype=tensor.dtype)
        for tensor in nodes[0].input_tensors
    ]
    given = nodes[0].args[0] if nodes[0].args else None
    try:
        inputs = tree.pack_sequence_as(given, made)
        outputs = layer.function(inputs, **layer.arguments)
        model = lookup.registry.lookup("Functional")(made, outputs)
        if model.weights or len(model.layers) > len(made):
            return None
        return model.get_config()
    except Exception:
        # Whatever a function of the user does with symbols, it is not a graph then.
        return None
