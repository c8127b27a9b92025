"""Functions that are applied to one entry after another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kerasish import tree
from kerasish.backend import ops
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.keras_functions.scopes import follows_arguments


@follows_arguments
def map_fn(
    fn: Callable, elems: Any, name: str | None = None, dtype: str | None = None
) -> Any:
    """Apply a function to each entry along the first axis.

    Args:
        fn: A function of an entry; of a structure of them for a structure.
        elems: A tensor, or a structure of tensors with equally many entries.
        name: Kept for the signature.
        dtype: The data type of the results; the one they have for `None`.

    Returns:
        The results, joined along a new first axis.

    Example:

    >>> import numpy as np
    >>> map_fn(lambda row: row * 2.0, np.array([1.0, 2.0])).numpy()
    array([2., 4.])
    """
    results = ops.map(fn, tree.map_structure(as_tensor, elems))
    if not isinstance(dtype, str):
        return results
    return tree.map_structure(lambda x: ops.cast(x, dtype), results)


def _fold(fn: Callable, elems: Any, initializer: Any, reverse: bool) -> Any:
    xs = tree.map_structure(as_tensor, elems)
    if initializer is None:
        first, rest = (-1, slice(None, -1)) if reverse else (0, slice(1, None))
        initializer = tree.map_structure(lambda x: x[first], xs)
        xs = tree.map_structure(lambda x: x[rest], xs)
    start = tree.map_structure(as_tensor, initializer)
    total, _ = ops.scan(lambda acc, x: (fn(acc, x), None), start, xs, reverse=reverse)
    return total


@follows_arguments
def foldl(fn: Callable, elems: Any, initializer: Any = None, name: Any = None) -> Any:
    """Combine the entries along the first axis, from the first on.

    Args:
        fn: `fn(accumulated, entry)`, which returns the new accumulated value.
        elems: A tensor, or a structure of tensors with equally many entries.
        initializer: The value to begin with; the first entry for `None`.
        name: Kept for the signature.

    Returns:
        The last accumulated value.

    Example:

    >>> import numpy as np
    >>> float(foldl(lambda total, x: total * 10.0 + x, np.array([1.0, 2.0, 3.0])))
    123.0
    """
    return _fold(fn, elems, initializer, reverse=False)


@follows_arguments
def foldr(fn: Callable, elems: Any, initializer: Any = None, name: Any = None) -> Any:
    """Combine the entries along the first axis, from the last back.

    Args:
        fn: `fn(accumulated, entry)`, which returns the new accumulated value.
        elems: A tensor, or a structure of tensors with equally many entries.
        initializer: The value to begin with; the last entry for `None`.
        name: Kept for the signature.

    Returns:
        The last accumulated value.

    Example:

    >>> import numpy as np
    >>> float(foldr(lambda total, x: total * 10.0 + x, np.array([1.0, 2.0, 3.0])))
    321.0
    """
    return _fold(fn, elems, initializer, reverse=True)


@follows_arguments
def rnn(
    step_function: Callable,
    inputs: Any,
    initial_states: Any,
    go_backwards: bool = False,
    mask: Any = None,
    constants: Any = None,
    unroll: bool = False,
    input_length: Any = None,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
    return_all_outputs: bool = True,
) -> tuple[Any, Any, list]:
    """Run a step function over the time steps of sequences.

    Args:
        step_function: `step_function(inputs, states) -> (output, new_states)`; the
            constants come after the states.
        inputs: `(batch, time, ...)`, or a structure of such tensors.
        initial_states: A list of tensors, or of structures of them.
        go_backwards: Whether to begin at the end; outputs come in that order.
        mask: Bools of shape `(batch, time)` or `(batch, time, 1)`; where they are
            false, states stay, and the output is that of the step before (at first
            zeros).
        constants: A list of tensors that every step is given.
        unroll: Whether to write the steps out, for a known number of them.
        input_length: A vector with the length of each sequence, in place of a mask;
            an integer changes nothing.
        time_major: Whether `(time, batch, ...)` is the order of inputs, mask and
            outputs.
        zero_output_for_mask: Whether masked outputs are zeros instead.
        return_all_outputs: Whether to return the outputs of all steps, or only the
            last, with a time axis of size one.

    Returns:
        `(last output, outputs, states)`.

    Raises:
        ValueError: If the number of steps of an unrolled loop is unknown.

    Example:

    >>> import numpy as np
    >>> def step(x, states):
    ...     total = states[0] + x
    ...     return total, [total]
    >>> x = np.array([[[1.0], [2.0], [3.0]]])
    >>> rnn(step, x, [np.zeros((1, 1))])[1].numpy().ravel()
    array([1., 3., 6.])
    """
    xs = tree.map_structure(as_tensor, inputs)
    xs = xs if time_major else tree.map_structure(_swapped, xs)
    kept = _kept_steps(mask, input_length, tree.flatten(xs)[0], time_major)
    if go_backwards:
        xs = tree.map_structure(lambda x: ops.flip(x, 0), xs)
        kept = None if kept is None or mask is None else ops.flip(kept, 0)
        if mask is None and input_length is not None and _is_lengths(input_length):
            kept = _backward_lengths(as_tensor(input_length), tree.flatten(xs)[0])
    states = tree.map_structure(as_tensor, list(initial_states))
    extra = list(constants or ())

    def step(x: Any, state: list) -> tuple[Any, list]:
        output, new = step_function(x, [*state, *extra])
        return output, tree.pack_sequence_as(state, tree.flatten(list(new)))

    loop = _unrolled if unroll else ops.scan
    if kept is None:
        last, outputs = loop(lambda s, x: _swap_pair(step(x, s)), states, xs)
    else:
        zeros = _zero_outputs(step, xs, states)
        body = _masked_step(step, zero_output_for_mask)
        (last, _), outputs = loop(body, (states, zeros), (xs, kept))
    last_output = tree.map_structure(lambda y: y[-1], outputs)
    if not return_all_outputs:
        outputs = tree.map_structure(lambda y: ops.expand_dims(y, 0), last_output)
    if not time_major:
        outputs = tree.map_structure(_swapped, outputs)
    return last_output, outputs, last


def _swap_pair(pair: tuple[Any, Any]) -> tuple[Any, Any]:
    return pair[1], pair[0]


def _swapped(x: Tensor) -> Tensor:
    """Swaps the batch and the time axis."""
    return ops.swapaxes(x, 0, 1)


def _is_lengths(input_length: Any) -> bool:
    return not isinstance(input_length, int) and as_tensor(input_length).ndim > 0


def _kept_steps(mask: Any, input_length: Any, x: Tensor, time_major: bool) -> Any:
    """Bools with the time first: which steps of which example count."""
    if mask is not None:
        mask = ops.cast(as_tensor(mask), "bool")
        return mask if time_major else _swapped(mask)
    if input_length is None or not _is_lengths(input_length):
        return None
    return _times(x) < ops.cast(as_tensor(input_length), "int32")


def _times(x: Tensor) -> Tensor:
    """The numbers of the time steps, as a column."""
    steps = x.shape[0] if x.shape[0] is not None else ops.shape(x)[0]
    return ops.expand_dims(ops.arange(steps, dtype="int32"), 1)


def _backward_lengths(lengths: Tensor, x: Tensor) -> Tensor:
    lengths = ops.cast(lengths, "int32")
    return ops.max(lengths) - 1 - lengths < _times(x)


def _chosen(kept: Tensor, new: Any, old: Any) -> Any:
    missing = len(new.shape) - kept.ndim
    if missing > 0:
        kept = ops.expand_dims(kept, tuple(range(kept.ndim, kept.ndim + missing)))
    return ops.where(kept, new, old)


def _zero_outputs(step: Callable, xs: Any, states: list) -> Any:
    output, _ = step(tree.map_structure(lambda x: x[0], xs), states)
    return tree.map_structure(ops.zeros_like, output)


def _masked_step(step: Callable, zero_output_for_mask: bool) -> Callable:
    def body(carry: tuple, x: tuple) -> tuple:
        states, previous = carry
        entry, kept = x
        output, new = step(entry, states)
        new = tree.map_structure(lambda n, o: _chosen(kept, n, o), new, states)
        if zero_output_for_mask:
            previous = tree.map_structure(ops.zeros_like, output)
        output = tree.map_structure(lambda n, o: _chosen(kept, n, o), output, previous)
        return (new, output), output

    return body


def _unrolled(body: Callable, carry: Any, xs: Any) -> tuple[Any, Any]:
    steps = tree.flatten(xs)[0].shape[0]
    if steps is None:
        raise ValueError("rnn: unrolling needs a known number of time steps.")
    outputs = []
    for number in range(steps):
        entry = tree.map_structure(lambda x, place=number: x[place], xs)
        carry, output = body(carry, entry)
        outputs.append(output)
    return carry, tree.map_structure(lambda *ys: ops.stack(ys, axis=0), *outputs)
