"""The record of a layer call on symbolic tensors, from which models are made."""

from __future__ import annotations

from typing import Any, NamedTuple

from kerasish import tree
from kerasish.backend.graph import Tensor
from kerasish.backend.ops.marking import MARKED, marked


class KerasHistory(NamedTuple):
    """Where a tensor comes from.

    Attributes:
        operation: The layer.
        node_index: Which of the layer's calls.
        tensor_index: Which of the call's outputs, flattened.
    """

    operation: Any
    node_index: int
    tensor_index: int


class Node:
    """One call of a layer on symbolic tensors.

    Attributes:
        operation: The layer.
        args: The positional arguments.
        kwargs: The keyword arguments.
        input_tensors: The symbolic tensors among them.
        output_tensors: The results, flattened.
        outputs: The results in their structure.
        index: The number of this call among the layer's.
    """

    def __init__(self, operation: Any, args: tuple, kwargs: dict, outputs: Any):
        self.operation = operation
        # Copied: the caller may go on to change a list that it has passed.
        self.args, self.kwargs = tree.map_structure(lambda leaf: leaf, (args, kwargs))
        self.index = len(operation._inbound_nodes)
        self.input_tensors = symbolic_tensors((args, kwargs))
        flat = [
            self._with_history(output, position)
            for position, output in enumerate(tree.flatten(outputs))
        ]
        self.outputs = tree.pack_sequence_as(outputs, flat)
        self.output_tensors = [out for out in flat if isinstance(out, Tensor)]
        operation._inbound_nodes.append(self)
        for parent in self.parent_nodes:
            parent.operation._outbound_nodes.append(self)

    def _with_history(self, output: Any, position: int) -> Any:
        if not isinstance(output, Tensor) or not output.is_symbolic:
            return output
        history = KerasHistory(self.operation, self.index, position)
        if self.is_input:
            handle = output.fresh()
        else:
            handle = marked(output.bare(), (self, history)).fresh()
        handle.name = output.name or f"{self.operation.name}_output"
        handle.mask = output.mask
        handle.history = history
        return handle

    @property
    def is_input(self) -> bool:
        """Whether this is the one node of an input layer."""
        return not self.input_tensors

    @property
    def parent_nodes(self) -> list[Node]:
        """The calls that made the input tensors."""
        found = (producer(tensor) for tensor in self.input_tensors)
        return list(dict.fromkeys(node for node in found if node is not None))

    @property
    def inbound_layers(self) -> list:
        """The layers that made the input tensors, in their order."""
        return [history_of(tensor).operation for tensor in self.input_tensors]

    @property
    def node_indices(self) -> list[int]:
        """Which of their calls made the input tensors."""
        return [history_of(tensor).node_index for tensor in self.input_tensors]

    @property
    def tensor_indices(self) -> list[int]:
        """Which of the outputs of those calls the input tensors are."""
        return [history_of(tensor).tensor_index for tensor in self.input_tensors]

    @property
    def outbound_layer(self) -> Any:
        """The layer; the name of Keras 2 for `operation`."""
        return self.operation

    @property
    def layer(self) -> Any:
        """The layer; the name of Keras 2 for `operation`."""
        return self.operation

    def __deepcopy__(self, memo: dict) -> Node:
        return self

    def __repr__(self) -> str:
        return f"<Node {self.index} of layer {self.operation.name!r}>"


def symbolic_tensors(structure: Any) -> list[Tensor]:
    """List the symbolic tensors in a structure.

    Example:

    >>> symbolic_tensors([1, {"a": None}])
    []
    """
    return [
        leaf
        for leaf in tree.flatten(structure)
        if isinstance(leaf, Tensor) and leaf.is_symbolic
    ]


def producer(tensor: Tensor) -> Node | None:
    """Return the layer call that made a symbolic tensor, `None` if it was an op.

    Example:

    >>> from kerasish.backend.graph import placeholder
    >>> producer(placeholder((2,))) is None
    True
    """
    if tensor.history is not None:
        operation, index, _ = tensor.history
        nodes = operation._inbound_nodes
        if index < len(nodes):
            return nodes[index]
    if tensor.node is not None and tensor.node.op is MARKED:
        owner = tensor.node.attrs["owner"]
        if isinstance(owner, tuple) and isinstance(owner[0], Node):
            return owner[0]
    return None


def history_of(tensor: Tensor) -> KerasHistory | None:
    """Return the history of a symbolic tensor, also of a bare handle inside a graph.

    Example:

    >>> from kerasish.backend.graph import placeholder
    >>> history_of(placeholder((2,))) is None
    True
    """
    if tensor.history is not None:
        return tensor.history
    node = producer(tensor)
    return None if node is None else tensor.node.attrs["owner"][1]


def tensor_key(tensor: Tensor) -> tuple[int, int]:
    """Return what tells tensors of a graph apart, equal for all handles of one.

    Example:

    >>> from kerasish.backend.graph import placeholder
    >>> x = placeholder((2,))
    >>> tensor_key(x) == tensor_key(x.fresh())
    True
    """
    return (tensor.node.uid, tensor.index)
