"""The loop of a cell over the time steps of a sequence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish import activations, tree
from kerasish.backend import ops
from kerasish.backend.ops.recurrent_steps import ACTIVATIONS

Step = Callable[[Any, Any], tuple[Any, Any]]


def run_steps(
    step: Step,
    sequences: Any,
    states: Any,
    mask: Any = None,
    first_output: Any = None,
    go_backwards: bool = False,
    unroll: bool = False,
    zero_output_for_mask: bool = False,
) -> tuple[Any, Any, Any]:
    """Run a step function over the time steps of a sequence.

    Args:
        step: `step(inputs, states) -> (output, states)`.
        sequences: Tensor of shape `(batch, time, ...)`.
        states: Structure of first states.
        mask: Boolean tensor of shape `(batch, time)`; where it is false, states are
            kept and the output is that of the step before.
        first_output: With a mask, the output before the first step.
        go_backwards: Whether to begin at the end; outputs come in that order.
        unroll: Whether to write the steps out, for a known number of them.
        zero_output_for_mask: Whether masked outputs are zeros instead.

    Returns:
        `(last output, outputs, states)`, with outputs of shape `(batch, time, ...)`.
    """
    xs = _time_first(sequences)
    masks = None if mask is None else _time_first(ops.cast(mask, "bool"))
    if go_backwards:
        xs = ops.flip(xs, axis=0)
        masks = None if masks is None else ops.flip(masks, axis=0)

    def body(carry: Any, x: Any) -> tuple[Any, Any]:
        state, previous = carry
        output, new_state = step(x[0], state)
        new_state = tree.pack_sequence_as(state, tree.flatten(new_state))
        if mask is None:
            return (new_state, []), output
        kept = x[1]
        new_state = tree.map_structure(
            lambda new, old: _choose(kept, new, old), new_state, state
        )
        output = _choose(kept, output, previous[0])
        shown = output
        if zero_output_for_mask:
            shown = _choose(kept, output, ops.zeros_like(output))
        return (new_state, [output]), shown

    start = (states, [] if mask is None else [first_output])
    steps = (xs,) if masks is None else (xs, masks)
    if unroll:
        (states, _), outputs = _written_out(body, start, steps)
    else:
        (states, _), outputs = ops.scan(body, start, steps)
    return outputs[-1], _time_first(outputs), states


def _time_first(x: Any) -> Any:
    """Swaps the batch and the time axis."""
    return ops.transpose(x, (1, 0, *range(2, len(x.shape))))


def _choose(kept: Any, new: Any, old: Any) -> Any:
    missing = tuple(range(1, len(new.shape)))
    return ops.where(ops.expand_dims(kept, missing) if missing else kept, new, old)


def _written_out(body: Callable, carry: Any, steps: tuple) -> tuple[Any, Any]:
    outputs = []
    for index in range(steps[0].shape[0]):
        carry, output = body(carry, tuple(x[index] for x in steps))
        outputs.append(output)
    return carry, ops.stack(outputs, axis=0)


def loop_name(activation: Any) -> str | None:
    """The name of an activation in loops over whole sequences, if they know it."""
    name = getattr(activation, "__name__", "")
    known = name in ACTIVATIONS and getattr(activations, name, None) is activation
    return name if known else None
