"""Whole recurrent layers: the loop holds only what truly depends on the last step.

The product of all inputs with the kernel is one product outside the loop. The gradient
is a loop in the other direction over stored activations, and the gradient of the
recurrent kernel is again one product of all steps.
"""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Node, Tensor, as_tensor, composite
from kerasish.backend.ops.promotion import promote
from kerasish.errors import ShapeError

Grad = Tensor | None


def _masked(mask: tuple[Tensor, ...], new: Tensor, old: Tensor) -> Tensor:
    return ops.where(mask[0], new, old) if mask else new


def _previous(start: Tensor, sequence: Tensor) -> Tensor:
    """The values that each step found: the first ones, then all but the last."""
    return ops.concatenate([ops.expand_dims(start, 0), sequence[:-1]], axis=0)


def _recurrent_gradient(before: Tensor, inner: Tensor) -> Tensor:
    return ops.einsum("tbh,tbk->hk", before, inner)


def _split_active(
    mask: tuple[Tensor, ...], g: Tensor
) -> tuple[Tensor, Tensor | None]:
    """The part of a gradient that enters a step, and what a masked one hands on."""
    if not mask:
        return g, None
    zeros = ops.zeros_like(g)
    return ops.where(mask[0], g, zeros), ops.where(mask[0], zeros, g)


def _plus(x: Tensor, y: Tensor | None) -> Tensor:
    return x if y is None else x + y


def _or_zeros(g: Grad, like: Tensor) -> Tensor:
    return ops.zeros_like(like) if g is None else g


def _tanh_slope(y: Tensor) -> Tensor:
    return 1.0 - y * y


def _sigmoid_slope(y: Tensor) -> Tensor:
    return y * (1.0 - y)


def _by_definition(op: Any, node: Node, grads: tuple[Grad, ...]) -> tuple[Grad, ...]:
    """The gradient of the definition: for results that only gradients use."""
    inputs = tuple(tensor.fresh() for tensor in node.inputs)
    return op._symbolic_vjp(inputs, node.attrs, grads)


def _lstm_gradient(
    node: Node, g_hs: Grad, g_cs: Grad, g_gates: Grad, g_h: Grad, g_c: Grad
) -> tuple[Grad, ...]:
    if g_cs is not None or g_gates is not None:
        grads = (g_hs, g_cs, g_gates, g_h, g_c)
        return _by_definition(lstm_steps_op, node, grads)
    _, h0, c0, kernel, *mask = node.inputs
    hs, cs, gates, _, _ = node.outputs
    transposed = ops.transpose(kernel)
    i, f, candidate, o = ops.split(gates, 4, axis=-1)
    squashed = ops.tanh(cs)
    # What does not depend on gradients is computed for all steps at once.
    through = o * _tanh_slope(squashed)
    factors = ops.concatenate(
        [
            candidate * _sigmoid_slope(i),
            _previous(c0, cs) * _sigmoid_slope(f),
            i * _tanh_slope(candidate),
            squashed * _sigmoid_slope(o),
        ],
        axis=-1,
    )

    def step(carry: tuple, x: tuple) -> tuple:
        dh, dc = carry
        g, factor, to_cell, forget, m = x
        dh, dh_skipped = _split_active(m, _plus(dh, g))
        dc, dc_skipped = _split_active(m, dc)
        dc = dc + dh * to_cell
        inner = ops.concatenate([dc, dc, dc, dh], axis=-1) * factor
        dh = _plus(ops.matmul(inner, transposed), dh_skipped)
        return (dh, _plus(dc * forget, dc_skipped)), inner

    start = (_or_zeros(g_h, h0), _or_zeros(g_c, c0))
    xs = (g_hs, factors, through, f, tuple(mask))
    (dh0, dc0), inner = ops.scan(step, start, xs, reverse=True)
    dkernel = _recurrent_gradient(_previous(h0, hs), inner)
    return (inner, dh0, dc0, dkernel, *(None for _ in mask))


@composite("lstm_steps", vjp=_lstm_gradient)
def lstm_steps_op(
    z: Tensor, h0: Tensor, c0: Tensor, kernel: Tensor, *mask: Tensor
) -> tuple[Tensor, ...]:
    """Hidden and cell states and gates of all steps, then the last states."""
    def step(carry: tuple, x: tuple) -> tuple:
        h, c = carry
        i, f, candidate, o = ops.split(x[0] + ops.matmul(h, kernel), 4, axis=-1)
        i, f, o = ops.sigmoid(i), ops.sigmoid(f), ops.sigmoid(o)
        candidate = ops.tanh(candidate)
        c_new = f * c + i * candidate
        h_new = _masked(x[1:], o * ops.tanh(c_new), h)
        c_new = _masked(x[1:], c_new, c)
        gates = ops.concatenate([i, f, candidate, o], axis=-1)
        return (h_new, c_new), (h_new, c_new, gates)

    (h, c), (hs, cs, gates) = ops.scan(step, (h0, c0), (z, *mask))
    return hs, cs, gates, h, c


def _gru_gradient(
    node: Node, g_hs: Grad, g_gates: Grad, g_inner: Grad, g_h: Grad
) -> tuple[Grad, ...]:
    if g_gates is not None or g_inner is not None:
        grads = (g_hs, g_gates, g_inner, g_h)
        return _by_definition(gru_steps_op, node, grads)
    _, h0, kernel, _, *mask = node.inputs
    hs, gates, inner, _ = node.outputs
    before = _previous(h0, hs)
    transposed = ops.transpose(kernel)
    update, reset, candidate = ops.split(gates, 3, axis=-1)
    to_candidate = (1.0 - update) * _tanh_slope(candidate)
    factors = ops.concatenate(
        [
            (before - candidate) * _sigmoid_slope(update),
            to_candidate * inner * _sigmoid_slope(reset),
            to_candidate * reset,
        ],
        axis=-1,
    )

    def step(dh: Tensor, x: tuple) -> tuple:
        g, factor, gate, m = x
        dh, skipped = _split_active(m, _plus(dh, g))
        to_h = ops.concatenate([dh, dh, dh], axis=-1) * factor
        carried = dh * gate + ops.matmul(to_h, transposed)
        return _plus(carried, skipped), (dh, to_h)

    xs = (g_hs, factors, update, tuple(mask))
    dh0, (dhs, to_h) = ops.scan(step, _or_zeros(g_h, h0), xs, reverse=True)
    to_gates = to_h[..., : 2 * kernel.shape[0]]
    to_x = ops.concatenate([to_gates, dhs * to_candidate], axis=-1)
    dkernel = _recurrent_gradient(before, to_h)
    dbias = ops.sum(to_h, axis=(0, 1))
    return (to_x, dh0, dkernel, dbias, *(None for _ in mask))


@composite("gru_steps", vjp=_gru_gradient)
def gru_steps_op(
    z: Tensor, h0: Tensor, kernel: Tensor, bias: Tensor, *mask: Tensor
) -> tuple[Tensor, ...]:
    """States, gates and inner products of all steps, then the last state."""
    def step(h: Tensor, x: tuple) -> tuple:
        x_update, x_reset, x_candidate = ops.split(x[0], 3, axis=-1)
        inner = ops.matmul(h, kernel) + bias
        h_update, h_reset, h_candidate = ops.split(inner, 3, axis=-1)
        update = ops.sigmoid(x_update + h_update)
        reset = ops.sigmoid(x_reset + h_reset)
        candidate = ops.tanh(x_candidate + reset * h_candidate)
        new = _masked(x[1:], update * h + (1.0 - update) * candidate, h)
        gates = ops.concatenate([update, reset, candidate], axis=-1)
        return new, (new, gates, h_candidate)

    h, (hs, gates, inner) = ops.scan(step, h0, (z, *mask))
    return hs, gates, inner, h


@composite("gru_reset_before_steps")
def gru_reset_before_steps_op(
    z: Tensor, h0: Tensor, kernel: Tensor, *mask: Tensor
) -> tuple[Tensor, ...]:
    """States of all steps, then the last one."""
    units = kernel.shape[0]
    gate_kernel, candidate_kernel = kernel[:, : 2 * units], kernel[:, 2 * units :]

    def step(h: Tensor, x: tuple) -> tuple:
        x_update, x_reset, x_candidate = ops.split(x[0], 3, axis=-1)
        h_update, h_reset = ops.split(ops.matmul(h, gate_kernel), 2, axis=-1)
        update = ops.sigmoid(x_update + h_update)
        reset = ops.sigmoid(x_reset + h_reset)
        candidate = ops.tanh(x_candidate + ops.matmul(reset * h, candidate_kernel))
        new = _masked(x[1:], update * h + (1.0 - update) * candidate, h)
        return new, new

    h, hs = ops.scan(step, h0, (z, *mask))
    return hs, h


def _simple_gradient(node: Node, g_hs: Grad, g_h: Grad) -> tuple[Grad, ...]:
    _, h0, kernel, *mask = node.inputs
    hs = node.outputs[0]
    transposed = ops.transpose(kernel)

    def step(dh: Tensor, x: tuple) -> tuple:
        g, slope, m = x
        dh, skipped = _split_active(m, _plus(dh, g))
        inner = dh * slope
        return _plus(ops.matmul(inner, transposed), skipped), inner

    xs = (g_hs, _tanh_slope(hs), tuple(mask))
    dh0, inner = ops.scan(step, _or_zeros(g_h, h0), xs, reverse=True)
    dkernel = _recurrent_gradient(_previous(h0, hs), inner)
    return (inner, dh0, dkernel, *(None for _ in mask))


@composite("simple_rnn_steps", vjp=_simple_gradient)
def simple_rnn_steps_op(
    z: Tensor, h0: Tensor, kernel: Tensor, *mask: Tensor
) -> tuple[Tensor, Tensor]:
    """States of all steps, then the last one."""
    def step(h: Tensor, x: tuple) -> tuple:
        new = _masked(x[1:], ops.tanh(x[0] + ops.matmul(h, kernel)), h)
        return new, new

    h, hs = ops.scan(step, h0, (z, *mask))
    return hs, h


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

    def projected(self, kernel: Tensor, bias: Tensor | None) -> Tensor:
        """The part of all steps that does not depend on the state."""
        z = ops.matmul(self.inputs, kernel)
        return z if bias is None else z + bias

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
) -> Result:
    """Run an LSTM with tanh and sigmoid over a sequence.

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

    Returns:
        `(last_output, outputs, [h, c])`, with outputs of shape `(batch, time, units)`.

    Raises:
        ShapeError: If the inputs do not have three axes.

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
    z = sequence.projected(kernel, bias)
    hs, _, _, h, c = lstm_steps_op(z, h, c, recurrent, *sequence.mask)
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
) -> Result:
    """Run a GRU with tanh and sigmoid over a sequence.

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

    Returns:
        `(last_output, outputs, [h])`, with outputs of shape `(batch, time, units)`.

    Raises:
        ShapeError: If the inputs do not have three axes.

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
    if not reset_after:
        z = sequence.projected(kernel, bias)
        hs, h = gru_reset_before_steps_op(z, h, recurrent, *sequence.mask)
        return sequence.results(hs, [h], zero_output_for_mask)
    if bias is None:
        bias = ops.zeros((2, recurrent.shape[1]), x.dtype)
    z = sequence.projected(kernel, bias[0])
    hs, _, _, h = gru_steps_op(z, h, recurrent, bias[1], *sequence.mask)
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
) -> Result:
    """Run the recurrence `h = tanh(x @ kernel + h @ recurrent_kernel + bias)`.

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

    Returns:
        `(last_output, outputs, [h])`, with outputs of shape `(batch, time, units)`.

    Raises:
        ShapeError: If the inputs do not have three axes.

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
    z = sequence.projected(kernel, bias)
    hs, h = simple_rnn_steps_op(z, h, recurrent, *sequence.mask)
    return sequence.results(hs, [h], zero_output_for_mask)
