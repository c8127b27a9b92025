"""Whole recurrent layers: the loop holds only what truly depends on the last step."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.ops.promotion import promote
from kerasish.backend.ops.recurrent_steps import (
    ACTIVATIONS,
    gru_reset_before_steps_op,
    gru_steps_op,
    lstm_steps_op,
    simple_rnn_steps_op,
)
from kerasish.errors import ShapeError, did_you_mean


class _Sequence:
    """What the three layers share: order of axes, direction, masks, results."""

    def __init__(
        self, name: str, inputs: Tensor, mask: Any, go_backwards: bool, time_major: bool
    ) -> None:
        if inputs.ndim != 3:
            raise ShapeError(
                f"{name}: the inputs must have the axes batch, time and features.\n"
                f"  got: shape {inputs.shape}"
            )
        self.go_backwards, self.time_major = go_backwards, time_major
        self.inputs = self._by_time(inputs)
        self.mask: tuple[Tensor, ...] = ()
        if mask is not None:
            steps = ops.cast(as_tensor(mask), "bool")
            if steps.ndim == 2:
                steps = ops.expand_dims(steps, -1)
            self.mask = (self._by_time(steps),)

    def _by_time(self, x: Tensor) -> Tensor:
        if not self.time_major:
            x = ops.transpose(x, (1, 0, 2))
        return ops.flip(x, axis=0) if self.go_backwards else x

    def projected(self, kernel: Tensor) -> Tensor:
        """The part of all steps that does not depend on the state."""
        return ops.matmul(self.inputs, kernel)

    def results(
        self, hs: Tensor, states: list[Tensor], zero_output_for_mask: bool
    ) -> tuple[Tensor, Tensor, list[Tensor]]:
        """Last output, all outputs and states; before the first step output is 0."""
        last = states[0]
        if self.mask:
            mask = self.mask[0]
            seen = ops.cumsum(ops.cast(mask, "int32"), axis=0) > 0
            shown = mask if zero_output_for_mask else seen
            hs = ops.where(shown, hs, ops.zeros_like(hs))
            last = ops.where(ops.any(mask, axis=0), last, ops.zeros_like(last))
        outputs = hs if self.time_major else ops.transpose(hs, (1, 0, 2))
        return last, outputs, states


def _same_dtype(first: Any, *others: Any) -> list[Tensor | None]:
    """Tensors of one float type, that of the first where the types differ."""
    (first,) = promote(first, to_float=True)
    return [first] + [
        None if other is None else ops.cast(as_tensor(other), first.dtype)
        for other in others
    ]


Result = tuple[Tensor, Tensor, list[Tensor]]


def _known(function: str, **activations: str) -> dict[str, str]:
    """The names of activations as attributes of a loop.

    Raises:
        ValueError: If one is not among those whose loops there are.
    """
    for argument, name in activations.items():
        if name not in ACTIVATIONS:
            raise ValueError(
                f"{function}: {argument} must be one of {sorted(ACTIVATIONS)}."
                f"{did_you_mean(str(name), ACTIVATIONS)}\n"
                f"Received: {argument}={name!r}"
            )
    return activations


def lstm_sequence(
    inputs: Any,
    initial_h: Any,
    initial_c: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any = None,
    mask: Any = None,
    go_backwards: bool = False,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
    activation: str = "tanh",
    recurrent_activation: str = "sigmoid",
) -> Result:
    """Run an LSTM over a sequence.

    Gates are in the order input, forget, candidate, output.

    Args:
        inputs: A tensor of shape `(batch, time, features)`.
        initial_h: The first hidden state, `(batch, units)`.
        initial_c: The first cell state, `(batch, units)`.
        kernel: `(features, 4 * units)`.
        recurrent_kernel: `(units, 4 * units)`.
        bias: `(4 * units,)` or `None`.
        mask: A bool tensor `(batch, time)`: where it is false the state is kept and
            the last output repeated.
        go_backwards: Whether to begin at the end; outputs are in the order of steps.
        time_major: Whether time is the first axis of inputs, mask and outputs.
        zero_output_for_mask: Whether masked steps give zeros instead.
        activation: `"tanh"`, or the name of another function of `ACTIVATIONS`.
        recurrent_activation: The same for the gates.

    Returns:
        `(last_output, outputs, [h, c])`, with outputs of shape `(batch, time, units)`.

    Raises:
        ShapeError: If the inputs do not have three axes.
        ValueError: If an activation is not known.

    Reference:
        Hochreiter and Schmidhuber, 1997, "Long Short-Term Memory".

    Example:

    >>> import numpy as np
    >>> x, h = np.ones((2, 5, 3), "float32"), np.zeros((2, 4), "float32")
    >>> w, u = np.ones((3, 16), "float32"), np.ones((4, 16), "float32")
    >>> lstm_sequence(x, h, h, w, u)[1].shape
    (2, 5, 4)
    """
    x, h, c, kernel, recurrent, bias = _same_dtype(
        inputs, initial_h, initial_c, kernel, recurrent_kernel, bias
    )
    sequence = _Sequence("lstm_sequence", x, mask, go_backwards, time_major)
    functions = _known(
        "lstm_sequence", activation=activation, gate_activation=recurrent_activation
    )
    if bias is None:
        bias = ops.zeros((recurrent.shape[1],), x.dtype)
    hs, h, c, *_ = lstm_steps_op(
        sequence.projected(kernel), h, c, recurrent, bias, *sequence.mask, **functions
    )
    return sequence.results(hs, [h, c], zero_output_for_mask)


def gru_sequence(
    inputs: Any,
    initial_h: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any = None,
    mask: Any = None,
    go_backwards: bool = False,
    reset_after: bool = True,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
    activation: str = "tanh",
    recurrent_activation: str = "sigmoid",
) -> Result:
    """Run a GRU over a sequence.

    Gates are in the order update, reset, candidate.

    Args:
        inputs: A tensor of shape `(batch, time, features)`.
        initial_h: The first state, `(batch, units)`.
        kernel: `(features, 3 * units)`.
        recurrent_kernel: `(units, 3 * units)`.
        bias: `(2, 3 * units)`, for inputs and state, with `reset_after`; else
            `(3 * units,)`; or `None`.
        mask: A bool tensor `(batch, time)`: where it is false the state is kept and
            the last output repeated.
        go_backwards: Whether to begin at the end; outputs are in the order of steps.
        reset_after: Whether the reset gate acts after the product with the recurrent
            kernel, as cuDNN has it, or on the state before it.
        time_major: Whether time is the first axis of inputs, mask and outputs.
        zero_output_for_mask: Whether masked steps give zeros instead.
        activation: `"tanh"`, or the name of another function of `ACTIVATIONS`.
        recurrent_activation: The same for the gates.

    Returns:
        `(last_output, outputs, [h])`, with outputs of shape `(batch, time, units)`.

    Raises:
        ShapeError: If the inputs do not have three axes.
        ValueError: If an activation is not known.

    Reference:
        Cho et al., 2014, "Learning Phrase Representations using RNN Encoder-Decoder
        for Statistical Machine Translation".

    Example:

    >>> import numpy as np
    >>> x, h = np.ones((2, 5, 3), "float32"), np.zeros((2, 4), "float32")
    >>> w, u = np.ones((3, 12), "float32"), np.ones((4, 12), "float32")
    >>> gru_sequence(x, h, w, u)[1].shape
    (2, 5, 4)
    """
    x, h, kernel, recurrent, bias = _same_dtype(
        inputs, initial_h, kernel, recurrent_kernel, bias
    )
    sequence = _Sequence("gru_sequence", x, mask, go_backwards, time_major)
    functions = _known(
        "gru_sequence", activation=activation, gate_activation=recurrent_activation
    )
    steps = gru_steps_op if reset_after else gru_reset_before_steps_op
    if bias is None:
        shape = (recurrent.shape[1],)
        bias = ops.zeros((2, *shape) if reset_after else shape, x.dtype)
    hs, h, *_ = steps(
        sequence.projected(kernel), h, recurrent, bias, *sequence.mask, **functions
    )
    return sequence.results(hs, [h], zero_output_for_mask)


def simple_rnn_sequence(
    inputs: Any,
    initial_h: Any,
    kernel: Any,
    recurrent_kernel: Any,
    bias: Any = None,
    mask: Any = None,
    go_backwards: bool = False,
    time_major: bool = False,
    zero_output_for_mask: bool = False,
    activation: str = "tanh",
) -> Result:
    """Run the recurrence `h = activation(x @ kernel + h @ recurrent_kernel + bias)`.

    Args:
        inputs: A tensor of shape `(batch, time, features)`.
        initial_h: The first state, `(batch, units)`.
        kernel: `(features, units)`.
        recurrent_kernel: `(units, units)`.
        bias: `(units,)` or `None`.
        mask: A bool tensor `(batch, time)`: where it is false the state is kept and
            the last output repeated.
        go_backwards: Whether to begin at the end; outputs are in the order of steps.
        time_major: Whether time is the first axis of inputs, mask and outputs.
        zero_output_for_mask: Whether masked steps give zeros instead.
        activation: `"tanh"`, or the name of another function of `ACTIVATIONS`.

    Returns:
        `(last_output, outputs, [h])`, with outputs of shape `(batch, time, units)`.

    Raises:
        ShapeError: If the inputs do not have three axes.
        ValueError: If an activation is not known.

    Example:

    >>> import numpy as np
    >>> x, h = np.ones((2, 5, 3), "float32"), np.zeros((2, 4), "float32")
    >>> w, u = np.ones((3, 4), "float32"), np.ones((4, 4), "float32")
    >>> simple_rnn_sequence(x, h, w, u)[0].shape
    (2, 4)
    """
    x, h, kernel, recurrent, bias = _same_dtype(
        inputs, initial_h, kernel, recurrent_kernel, bias
    )
    sequence = _Sequence("simple_rnn_sequence", x, mask, go_backwards, time_major)
    functions = _known("simple_rnn_sequence", activation=activation)
    if bias is None:
        bias = ops.zeros((recurrent.shape[1],), x.dtype)
    hs, h, _ = simple_rnn_steps_op(
        sequence.projected(kernel), h, recurrent, bias, *sequence.mask, **functions
    )
    return sequence.results(hs, [h], zero_output_for_mask)
