"""Several cells that act as one."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.layers.call_signature import call_signature
from kerasish.layers.layer import Layer
from kerasish.serialization import deserialize_keras_object


class StackedRNNCells(Layer):
    """Cells that act as one: the output of each is the input of the next.

    Args:
        cells: List of cells.

    Call arguments:
        inputs: Tensor of shape `(batch, features)`.
        states: List of the states of each cell.
        training: Handed on to the cells.

    Output shape: the output of the last cell, and the list of states.

    Example:

    >>> import kerasish as keras
    >>> cells = [keras.layers.LSTMCell(4), keras.layers.GRUCell(5)]
    >>> keras.layers.RNN(keras.layers.StackedRNNCells(cells))(
    ...     keras.ops.ones((2, 3, 6))).shape
    (2, 5)
    """

    def __init__(self, cells: list[Any], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        for cell in cells:
            if not hasattr(cell, "call") or not hasattr(cell, "state_size"):
                raise ValueError(
                    "Each cell must have a method `call` and an attribute "
                    f"`state_size`.\nReceived: {cell!r}"
                )
        self.cells = list(cells)

    @property
    def state_size(self) -> list[Any]:
        """The sizes of the states of each cell."""
        return [cell.state_size for cell in self.cells]

    @property
    def output_size(self) -> Any:
        """The size of the last cell's output."""
        return cell_output_size(self.cells[-1])

    def get_initial_state(self, batch_size: Any = None) -> list[Any]:
        """Return the first states of each cell."""
        states = []
        for cell in self.cells:
            several = isinstance(cell.state_size, (list, tuple))
            state = initial_state_of(cell, batch_size)
            one = not several and not hasattr(cell, "get_initial_state")
            states.append(state[0] if one else state)
        return states

    def build(self, input_shape: tuple) -> None:
        """Build the cells for time steps of this shape, or of a list with constants."""
        constants: list = []
        if isinstance(input_shape[0], (list, tuple)):
            input_shape, *constants = input_shape
        for cell in self.cells:
            if not getattr(cell, "built", True):
                takes = "constants" in step_arguments(cell, None, {"constants": ()})
                cell.build(
                    [input_shape, *constants] if takes and constants else input_shape
                )
            size = cell_output_size(cell)
            sizes = tuple(size) if isinstance(size, (list, tuple)) else (size,)
            input_shape = (input_shape[0], *sizes)

    def draw_masks(self, batch_size: Any) -> None:
        """Draw the dropout masks that the following steps share."""
        for cell in self.cells:
            if hasattr(cell, "draw_masks"):
                cell.draw_masks(batch_size)

    def forget_masks(self) -> None:
        """Let the next call draw its own dropout masks."""
        for cell in self.cells:
            if hasattr(cell, "forget_masks"):
                cell.forget_masks()

    def call(
        self, inputs: Any, states: Any, training: bool | None = None, **kwargs: Any
    ) -> Any:
        """Return the output of the last cell and the states of each."""
        new_states = []
        for cell, own in zip(self.cells, states):
            listed = isinstance(own, (list, tuple))
            arguments = step_arguments(cell, training, kwargs)
            step = cell if callable(cell) else cell.call
            inputs, new = step(inputs, own if listed else [own], **arguments)
            if not listed and isinstance(new, (list, tuple)):
                new = new[0]
            new_states.append(list(new) if isinstance(new, (list, tuple)) else [new])
        return inputs, new_states

    @classmethod
    def from_config(
        cls, config: dict[str, Any], custom_objects: Any = None
    ) -> StackedRNNCells:
        """Make the cells from what `get_config` returned."""
        config = dict(config)
        config["cells"] = [
            deserialize_keras_object(cell, custom_objects) for cell in config["cells"]
        ]
        return super().from_config(config)


def step_arguments(cell: Any, training: bool | None, others: dict) -> dict[str, Any]:
    """Return those of the keyword arguments that a cell's `call` takes."""
    function = getattr(type(cell), "call", None)
    if function is None:
        return {}
    signature = call_signature(function)
    arguments = {
        name: value
        for name, value in others.items()
        if signature.has_kwargs or name in signature.names
    }
    if signature.has_training:
        arguments["training"] = training
    return arguments


def cell_output_size(cell: Any) -> Any:
    """Return the size of a cell's output; by default that of its first state."""
    size = getattr(cell, "output_size", None)
    if size is not None:
        return size
    sizes = cell.state_size
    return sizes[0] if isinstance(sizes, (list, tuple)) else sizes


def initial_state_of(cell: Any, batch_size: Any) -> Any:
    """Return the first states of a cell, zeros where it does not make its own."""
    if hasattr(cell, "get_initial_state"):
        state = cell.get_initial_state(batch_size=batch_size)
        return list(state) if isinstance(state, (list, tuple)) else [state]
    sizes = cell.state_size
    sizes = sizes if isinstance(sizes, (list, tuple)) else [sizes]
    dtype = getattr(cell, "compute_dtype", None)
    return [
        ops.zeros(
            (batch_size, *(size if isinstance(size, (list, tuple)) else (size,))),
            dtype=dtype,
        )
        for size in sizes
    ]
