"""Running cells over sequences."""

from __future__ import annotations

import functools
from typing import Any

from kerasish import tree
from kerasish.backend import ops
from kerasish.graph.applying import apply
from kerasish.graph.arrays import concat, reverse
from kerasish.graph.cells import RNNCell, batch_of
from kerasish.graph.constants import convert_to_tensor
from kerasish.graph.control import engine_body
from kerasish.graph.creation import zeros_like
from kerasish.graph.documentation import example
from kerasish.graph.gathering import where
from kerasish.graph.mathematics import cast
from kerasish.graph.scopes import variable_scope
from kerasish.graph.tensors import Tensor

_STATE = "The first state; zeros for `None`."
_network = functools.partial(
    example, cell="The cell.", cell_fw="The cell that runs forwards.",
    cell_bw="The cell that runs backwards.",
    inputs="`(batch, time, size)`, or a list of `(batch, size)` for each time.",
    sequence_length="How many times of each row count; see `dynamic_rnn`.",
    initial_state=_STATE, initial_state_fw=_STATE, initial_state_bw=_STATE,
    dtype="The data type of the state, needed without one.",
    time_major="Whether the first axis is the time.", scope="The variable scope.",
)  # fmt: skip


def _chosen(kept: Any, new: Any, old: Any) -> Any:
    return ops.where(ops.reshape(kept, (-1,) + (1,) * (new.ndim - 1)), new, old)


def dynamic_rnn(
    cell: RNNCell,
    inputs: Any,
    sequence_length: Any = None,
    initial_state: Any = None,
    dtype: Any = None,
    parallel_iterations: Any = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[Tensor, Any]:
    """Run a cell over sequences.

    Args:
        cell: The cell.
        inputs: `(batch, time, size)`, or `(time, batch, size)`.
        sequence_length: How many times of each row count; beyond, outputs are zeros
            and the state stays.
        initial_state: The first state; zeros for `None`.
        dtype: The data type of the state, needed without one.
        parallel_iterations: Kept for the signature.
        swap_memory: Kept for the signature.
        time_major: Whether the first axis is the time.
        scope: The variable scope, `"rnn"` by default.

    Returns:
        `(outputs, state)`: the outputs of all times, and the last state.

    Raises:
        ValueError: If there is neither a state nor a data type.

    Example:

    >>> import kerasish.graph as tf
    >>> with tf.Graph().as_default():
    ...     cell = tf.nn.rnn_cell.BasicLSTMCell(4)
    ...     x = tf.zeros([2, 5, 3])
    ...     outputs, state = tf.nn.dynamic_rnn(cell, x, dtype=tf.float32)
    >>> outputs.shape.as_list(), state.h.shape.as_list()
    ([2, 5, 4], [2, 4])
    """
    x = convert_to_tensor(inputs)
    if initial_state is None and dtype is None:
        raise ValueError("If there is no initial_state, you must give a dtype.")
    lengths = None if sequence_length is None else cast(sequence_length, "int32")
    with variable_scope(scope or "rnn") as opened:
        if initial_state is None:
            initial_state = cell.zero_state(batch_of(x, int(time_major)), dtype)
        state = tree.map_structure(convert_to_tensor, initial_state)
        # One step outside of the loop makes the variables.
        cell(x[0] if time_major else x[:, 0], state)
        opened.reuse_variables()
        step = engine_body(lambda value, before: cell(value, before))

        def function(sequence: Any, counts: Any, first: Any) -> list:
            if not time_major:
                sequence = ops.swapaxes(sequence, 0, 1)
            last, outputs = _scanned(step, sequence, counts, first)
            return [outputs if time_major else ops.swapaxes(outputs, 0, 1), last]

        outputs, last = apply("while", function, x, lengths, state, is_control=True)
    return outputs, last


def _scanned(step: Any, sequence: Any, counts: Any, first: Any) -> tuple[Any, Any]:
    if counts is None:
        return ops.scan(lambda s, x: tuple(reversed(step(x, s))), first, sequence)
    times = ops.arange(ops.shape(sequence)[0], dtype="int32")

    def masked(state: Any, item: Any) -> tuple[Any, Any]:
        value, time = item
        output, after = step(value, state)
        kept = time < counts
        after = tree.map_structure(lambda n, o: _chosen(kept, n, o), after, state)
        return after, _chosen(kept, output, ops.zeros_like(output))

    return ops.scan(masked, first, (sequence, times))


@_network(
    "tf.shape(tf.concat(outputs, 2))", "[2 5 8]",
    "cells = tf.nn.rnn_cell.GRUCell(4), tf.nn.rnn_cell.GRUCell(4)",
    "run = tf.nn.bidirectional_dynamic_rnn",
    "outputs, states = run(*cells, tf.ones([2, 5, 3]), dtype=tf.float32)",
)  # fmt: skip
def bidirectional_dynamic_rnn(
    cell_fw: RNNCell,
    cell_bw: RNNCell,
    inputs: Any,
    sequence_length: Any = None,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    parallel_iterations: Any = None,
    swap_memory: bool = False,
    time_major: bool = False,
    scope: Any = None,
) -> tuple[tuple, tuple]:
    """Run one cell forwards and one backwards over sequences.

    Returns:
        `((outputs forwards, outputs backwards), (their states))`.
    """
    x = convert_to_tensor(inputs)
    time, batch = (0, 1) if time_major else (1, 0)

    def turned(value: Tensor) -> Tensor:
        if sequence_length is None:
            return reverse(value, [time])
        return reverse_sequence(value, sequence_length, time, batch)

    with variable_scope(scope or "bidirectional_rnn"):
        forwards, last_forwards = dynamic_rnn(
            cell_fw, x, sequence_length, initial_state_fw, dtype,
            time_major=time_major, scope="fw",
        )  # fmt: skip
        backwards, last_backwards = dynamic_rnn(
            cell_bw, turned(x), sequence_length, initial_state_bw, dtype,
            time_major=time_major, scope="bw",
        )  # fmt: skip
    return (forwards, turned(backwards)), (last_forwards, last_backwards)


@_network(
    "tf.shape(outputs[2])", "[2 4]",
    "x, cell = [tf.ones([2, 3])] * 5, tf.nn.rnn_cell.GRUCell(4)",
    "outputs, state = tf.nn.static_rnn(cell, x, dtype=tf.float32)",
)  # fmt: skip
def static_rnn(
    cell: RNNCell,
    inputs: Any,
    initial_state: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list, Any]:
    """Run a cell over a list of tensors, one for each time.

    Returns:
        `(outputs, state)`, a list of outputs.

    Raises:
        ValueError: If there are no inputs, or neither a state nor a data type.
    """
    steps = [convert_to_tensor(x) for x in inputs]
    if not steps or (initial_state is None and dtype is None):
        raise ValueError("inputs must not be empty, and a state or dtype be given.")
    state, outputs = initial_state, []
    with variable_scope(scope or "rnn") as opened:
        if state is None:
            state = cell.zero_state(batch_of(steps[0], 0), dtype)
        for time, value in enumerate(steps):
            if time:
                opened.reuse_variables()
            output, after = cell(value, state)
            if sequence_length is not None:
                kept = cast(sequence_length, "int32") > time
                output = where(kept, output, zeros_like(output))
                after = tree.map_structure(
                    lambda n, o, k=kept: where(k, n, o), after, state
                )
            outputs.append(output)
            state = after
    return outputs, state


@_network(
    "tf.shape(outputs[0])", "[2 8]",
    "cells = tf.nn.rnn_cell.GRUCell(4), tf.nn.rnn_cell.GRUCell(4)",
    "run = tf.nn.static_bidirectional_rnn",
    "outputs, *states = run(*cells, [tf.ones([2, 3])] * 5, dtype=tf.float32)",
)  # fmt: skip
def static_bidirectional_rnn(
    cell_fw: RNNCell,
    cell_bw: RNNCell,
    inputs: Any,
    initial_state_fw: Any = None,
    initial_state_bw: Any = None,
    dtype: Any = None,
    sequence_length: Any = None,
    scope: Any = None,
) -> tuple[list, Any, Any]:
    """Run one cell forwards and one backwards over a list of tensors.

    Returns:
        `(outputs side by side, state forwards, state backwards)`.

    Raises:
        ValueError: If there are lengths.
    """
    if sequence_length is not None:
        raise ValueError("Use bidirectional_dynamic_rnn for sequences of many lengths.")
    with variable_scope(scope or "bidirectional_rnn"):
        forwards, first = static_rnn(
            cell_fw, inputs, initial_state_fw, dtype, None, "fw"
        )
        backwards, second = static_rnn(
            cell_bw, list(inputs)[::-1], initial_state_bw, dtype, None, "bw"
        )
    joined = [concat([a, b], 1) for a, b in zip(forwards, backwards[::-1])]
    return joined, first, second


@example("tf.reverse_sequence([[1, 2, 3]], [2], 1)", "[[2 1 3]]")
def reverse_sequence(
    input: Any,
    seq_lengths: Any,
    seq_axis: int | None = None,
    batch_axis: int | None = None,
    name: str | None = None,
    seq_dim: int | None = None,
    batch_dim: int | None = None,
) -> Tensor:
    """Turn the beginnings of sequences around.

    Args:
        input: A tensor.
        seq_lengths: How many times of each row are turned.
        seq_axis: The axis of the times.
        batch_axis: The axis of the rows, 0 by default.
        name: A name.
        seq_dim: The older name of `seq_axis`.
        batch_dim: The older name of `batch_axis`.
    """
    time = seq_dim if seq_axis is None else seq_axis
    row = (batch_dim or 0) if batch_axis is None else batch_axis

    def function(x: Any, lengths: Any) -> Any:
        x = ops.moveaxis(x, (row, time), (0, 1))
        count = ops.expand_dims(ops.cast(lengths, "int32"), 1)
        times = ops.expand_dims(ops.arange(ops.shape(x)[1], dtype="int32"), 0)
        places = ops.where(times < count, count - 1 - times, times)
        places = ops.reshape(places, (*ops.shape(places), *(1,) * (x.ndim - 2)))
        x = ops.take_along_axis(x, ops.broadcast_to(places, ops.shape(x)), 1)
        return ops.moveaxis(x, (0, 1), (row, time))

    x = convert_to_tensor(input)
    return apply(
        "ReverseSequence", function, x, convert_to_tensor(seq_lengths), name=name,
        dtypes=[x.dtype],
    )  # fmt: skip
