"""The recurrent layer over any cell."""

from __future__ import annotations

from typing import Any

from kerasish import tree
from kerasish.backend import ops
from kerasish.backend.graph import Variable, current_phase, in_building_scope
from kerasish.errors import ShapeError
from kerasish.layers.layer import Layer
from kerasish.layers.recurrent.loop import run_steps
from kerasish.layers.recurrent.stacked_cells import (
    StackedRNNCells,
    cell_output_size,
    initial_state_of,
    step_arguments,
)
from kerasish.serialization import deserialize_keras_object


class RNN(Layer):
    """Runs a cell over the time steps of sequences.

    Args:
        cell: A cell, or a list of cells that are stacked. A cell is a layer with
            `call(inputs, states) -> (output, states)` and an attribute `state_size`;
            it may have `output_size` and `get_initial_state(batch_size)`.
        return_sequences: Whether the output has all time steps, or the last.
        return_state: Whether the last states are returned too.
        go_backwards: Whether time runs from the end; outputs come in that order.
        stateful: Whether the states of a batch go on in the next one.
        unroll: Whether the loop is written out, which fixes the number of steps.
        zero_output_for_mask: Whether the output of masked steps is 0, not the one
            before.
        **kwargs: See `Layer`; and `time_major` of tf.keras 2, whether the first axis of
            sequences, masks and returned sequences is time, the second the batch.

    Call arguments:
        sequences: Tensor of shape `(batch, time, ...)`.
        initial_state: List of first states, zeros by default.
        mask: Boolean tensor of shape `(batch, time)`: where it is false the states are
            kept and the last output is repeated.
        training: Handed on to the cell.
        constants: List of tensors handed on to each step, for cells whose `call` has
            an argument `constants`.

    Output shape: that of the cell's output, with `return_sequences`
    `(batch, time, ...)`; with `return_state` a tuple of it and the states.

    Raises:
        ValueError: If the cell lacks `call` or `state_size`.

    Example:

    >>> import kerasish as keras
    >>> layer = keras.layers.RNN(keras.layers.GRUCell(4), return_sequences=True)
    >>> layer(keras.ops.ones((2, 5, 3))).shape
    (2, 5, 4)
    """

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **kwargs: Any,
    ) -> None:
        time_major = bool(kwargs.pop("time_major", False))
        num_constants = kwargs.pop("num_constants", None)
        length = kwargs.pop("input_length", None)
        if "input_dim" in kwargs:
            kwargs["input_shape"] = (length, kwargs.pop("input_dim"))
        super().__init__(**kwargs)
        if isinstance(cell, (list, tuple)):
            cell = StackedRNNCells(cell)
        if not hasattr(cell, "call") or not hasattr(cell, "state_size"):
            raise ValueError(
                "A cell must have a method `call` and an attribute `state_size`.\n"
                f"Received: cell={cell!r}"
            )
        self.cell = cell
        self.return_sequences = return_sequences
        self.return_state = return_state
        self.go_backwards = go_backwards
        self.stateful = stateful
        self.unroll = unroll
        self.zero_output_for_mask = zero_output_for_mask
        self.time_major = time_major
        self.supports_masking = True
        object.__setattr__(self, "states", None)
        object.__setattr__(self, "_num_constants", num_constants)

    def build(
        self,
        sequences_shape: Any,
        initial_state_shape: Any = None,
        constants_shape: Any = None,
    ) -> None:
        """Build the cell, and the states of a stateful layer."""
        shape = sequences_shape
        if shape and isinstance(shape[0], (list, tuple)):
            shape, _, constants_shape = self.parted(shape, None, constants_shape)
        if len(shape) < 3:
            raise ShapeError(
                f'layer "{self.name}": it expects inputs of at least 3 axes: (batch, '
                f"time, features).\n  got: input {tuple(shape)}"
            )
        batch_size = shape[1] if self.time_major else shape[0]
        step_shape = (batch_size, *shape[2:])
        if not getattr(self.cell, "built", True):
            if constants_shape:
                constants_shape = _listed_shapes(constants_shape)
                self.cell.build([step_shape, *constants_shape])
            else:
                self.cell.build(step_shape)
        if self.stateful:
            self._make_states(batch_size)

    def _make_states(self, batch_size: int | None) -> None:
        if batch_size is None:
            raise ValueError(
                f'layer "{self.name}": a stateful layer needs a known batch size. Give '
                "the model `batch_shape=(...)` in its input."
            )
        states = tree.map_structure(
            lambda state: Variable(state, trainable=False, name="rnn_state"),
            self.get_initial_state(batch_size),
        )
        object.__setattr__(self, "states", states)

    def get_initial_state(self, batch_size: Any) -> Any:
        """Return the first states for a number of sequences, or for sequences."""
        if len(getattr(batch_size, "shape", ())) > 1:
            batch_size = _batch_size(batch_size, 1 if self.time_major else 0)
        return initial_state_of(self.cell, batch_size)

    def call(
        self,
        sequences: Any,
        initial_state: Any = None,
        mask: Any = None,
        training: bool | None = None,
        constants: Any = None,
    ) -> Any:
        """Return the output of the cell over the time steps."""
        sequences, initial_state, constants = self.parted(
            sequences, initial_state, constants
        )
        if isinstance(mask, (list, tuple)):
            mask = mask[0]
        if self.time_major:
            sequences, mask = _axes_swapped(sequences), _axes_swapped(mask)
        return self._run(sequences, initial_state, mask, training, constants)

    def _run(
        self,
        sequences: Any,
        initial_state: Any,
        mask: Any,
        training: bool | None,
        constants: Any,
    ) -> Any:
        if training is None and self._phase_is_open():
            both = (
                self._run(sequences, initial_state, mask, phase, constants)
                for phase in (True, False)
            )
            return tree.map_structure(ops.in_train_phase, *both)
        if self.unroll and sequences.shape[1] is None:
            raise ShapeError(
                f'layer "{self.name}": `unroll=True` needs a known number of time '
                f"steps.\n  got: input {tuple(sequences.shape)}"
            )
        states = self._first_states(sequences, initial_state)
        last, outputs, states = self.inner_loop(
            sequences, states, mask, training, constants
        )
        if self.stateful:
            for variable, state in zip(tree.flatten(self.states), tree.flatten(states)):
                variable.assign(state)
        output = last
        if self.return_sequences:
            output = _axes_swapped(outputs) if self.time_major else outputs
        return (output, *states) if self.return_state else output

    def _phase_is_open(self) -> bool:
        """Whether dropout depends on a learning phase that is fed later."""
        if self.stateful or not in_building_scope() or current_phase() is not None:
            return False
        cells = getattr(self.cell, "cells", [self.cell])
        rates = ("dropout", "recurrent_dropout")
        return any(getattr(cell, rate, 0) for cell in cells for rate in rates)

    def parted(self, sequences: Any, initial_state: Any, constants: Any) -> tuple:
        """Return the call's arguments where all came as one list, as in Keras 2.

        Args:
            sequences: The sequences, or a list of them, the first states and the
                constants, whose number is remembered from a call by name.
            initial_state: First states given by name.
            constants: Constants given by name.

        Returns:
            `(sequences, initial_state, constants)`.
        """
        if constants is not None:
            constants = _listed(constants)
            object.__setattr__(self, "_num_constants", len(constants))
        if not isinstance(sequences, (list, tuple)):
            return sequences, initial_state, constants
        sequences, *given = sequences
        if constants is None and self._num_constants:
            constants = given[-self._num_constants :]
            given = given[: -self._num_constants]
        return sequences, given or initial_state, constants

    def _first_states(self, sequences: Any, given: Any) -> Any:
        if given is not None:
            states = _listed(given)
        elif self.stateful:
            states = tree.map_structure(lambda state: state.value, self.states)
        else:
            states = self.get_initial_state(_batch_size(sequences))
        dtype = self._state_dtype()
        return tree.map_structure(lambda state: ops.cast(state, dtype), states)

    def _state_dtype(self) -> str:
        """The data type that the cell computes in, and so that of its states."""
        return getattr(self.cell, "compute_dtype", self.compute_dtype)

    def inner_loop(
        self,
        sequences: Any,
        initial_state: Any,
        mask: Any,
        training: bool | None = None,
        constants: Any = None,
    ) -> tuple:
        """Run over all steps; return the last output, all outputs and the states."""
        cell = self.cell
        batch = _batch_size(sequences)
        others = {} if constants is None else {"constants": constants}
        arguments = step_arguments(cell, training, others)
        step = cell if callable(cell) else cell.call
        drops = bool(training) and hasattr(cell, "draw_masks")
        first_output = None
        if mask is not None:
            size = cell_output_size(cell)
            sizes = tuple(size) if isinstance(size, (list, tuple)) else (size,)
            first_output = ops.zeros((batch, *sizes), dtype=self._state_dtype())
        if drops:
            cell.draw_masks(batch)
        try:
            return run_steps(
                lambda x, states: step(x, states, **arguments),
                sequences,
                initial_state,
                mask=mask,
                first_output=first_output,
                go_backwards=self.go_backwards,
                unroll=self.unroll,
                zero_output_for_mask=self.zero_output_for_mask,
            )
        finally:
            if drops:
                cell.forget_masks()

    def compute_mask(self, inputs: Any, mask: Any = None) -> Any:
        """Return the mask of the output, `None` for the states."""
        kept = tree.flatten(mask)[0] if self.return_sequences else None
        if not self.return_state:
            return kept
        count = len(tree.flatten(self.cell.state_size))
        return [kept, *(None for _ in range(count))]

    def reset_state(self) -> None:
        """Set the states of a stateful layer to those of a fresh sequence."""
        if self.states is None:
            return
        variables = tree.flatten(self.states)
        fresh = tree.flatten(self.get_initial_state(variables[0].shape[0]))
        for variable, state in zip(variables, fresh):
            variable.assign(state)

    def reset_states(self, states: Any = None) -> None:
        """Set the states of a stateful layer; see `reset_state`.

        Args:
            states: List of arrays; those of a fresh sequence by default.
        """
        if states is None:
            self.reset_state()
            return
        for variable, state in zip(tree.flatten(self.states), tree.flatten(states)):
            variable.assign(state)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments, and what the first call told."""
        config = super().get_config()
        if self._num_constants:
            config["num_constants"] = self._num_constants
        if self.time_major:
            config["time_major"] = True
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: Any = None) -> Any:
        """Make a layer from what `get_config` returned."""
        config = dict(config)
        if "cell" in config:
            config["cell"] = deserialize_keras_object(config["cell"], custom_objects)
        return super().from_config(config)


def _batch_size(sequences: Any, axis: int = 0) -> Any:
    size = sequences.shape[axis]
    return ops.shape(sequences)[axis] if size is None else size


def _axes_swapped(value: Any) -> Any:
    """Return a tensor with its first two axes, batch and time, swapped."""
    return None if value is None else ops.swapaxes(value, 0, 1)


def _listed(value: Any) -> list:
    return list(value) if isinstance(value, (list, tuple)) else [value]


def _listed_shapes(shapes: Any) -> list:
    return list(shapes) if isinstance(shapes[0], (list, tuple)) else [shapes]
