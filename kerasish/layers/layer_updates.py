"""What Keras 2 asks a layer about its symbolic calls: updates and losses by input."""

from __future__ import annotations

from typing import Any

from kerasish import tree
from kerasish.backend.graph import (
    Tensor,
    Trace,
    Variable,
    learning_phase,
    topological,
)
from kerasish.layers.call_signature import call_signature

Update = tuple[Variable, Tensor]


class LayerUpdates:
    """The part of a layer that tells what its symbolic calls change and add.

    A compiled model needs none of this: its steps trace the layers anew. Programs that
    build a `K.function` of their own pass `updates=model.updates` to it.
    """

    @property
    def updates(self) -> list[Update]:
        """Pairs `(variable, new value)` of the symbolic calls, such as moving averages.

        There are none while the layer is not trainable, unless it is stateful. The
        states of random generators are not among them: a function advances them itself.
        """
        found = []
        for layer in self._flatten_layers():
            if layer.trainable or getattr(layer, "stateful", False):
                found += layer._own_updates()
        return found

    def _own_updates(self) -> list[Update]:
        if any(getattr(inner, "_inbound_nodes", None) for inner in self._layers):
            return []  # A model of recorded calls: they speak for themselves.
        layers = self._flatten_layers()
        seeds = {id(g.state) for layer in layers for g in layer._seed_generators}
        more = {}
        if call_signature(type(self).call).has_training:
            more["training"] = learning_phase()
        found = []
        for node in (node for node in self._inbound_nodes if not node.is_input):
            with Trace(building=True) as trace:
                self._run_call(node.args, {**more, **node.kwargs})
            found += [pair for pair in trace.updates if id(pair[0]) not in seeds]
        return found

    def get_updates_for(self, inputs: Any) -> list[Update]:
        """Return those of `updates` that depend on some tensors.

        Args:
            inputs: A tensor or a list of tensors; `None` for the updates that depend
                on no input at all.
        """
        return [pair for pair in self.updates if _depends(pair[1], inputs)]

    def get_losses_for(self, inputs: Any) -> list[Tensor]:
        """Return the losses of symbolic calls that depend on some tensors.

        Args:
            inputs: A tensor or a list of tensors; `None` for the losses that depend
                on no input at all, such as those of regularised weights.
        """
        added = [
            loss
            for layer in self._flatten_layers()
            for loss in layer._losses
            if loss.node is not None
        ]
        weights = [] if inputs is not None else self._weight_losses()
        return weights + [loss for loss in added if _depends(loss, inputs)]


def _depends(tensor: Tensor, inputs: Any) -> bool:
    nodes = topological([tensor])
    if inputs is None:
        phase = learning_phase().node
        return not any(n.op.name == "placeholder" and n is not phase for n in nodes)
    wanted = {id(t.node) for t in tree.flatten(inputs)}
    return any(id(node) in wanted for node in nodes)
