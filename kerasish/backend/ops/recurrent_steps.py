"""The loops of recurrent layers over time, with their gradients.

The product of all inputs with the kernel is made outside. A loop stores what the
gradient needs, which is a loop in the other direction; the gradient of the recurrent
kernel is again one product of all steps.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

from kerasish.backend import ops
from kerasish.backend.graph import Node, Tensor, composite
from kerasish.backend.ops.neural import hard_sigmoid_op

Grad = Tensor | None


class Activation(NamedTuple):
    """A function whose derivative can be told from its result.

    Attributes:
        apply: The function.
        slope: Its derivative at the place where its result is `y`.
    """

    apply: Callable[[Tensor], Tensor]
    slope: Callable[[Tensor], Tensor]


def _where(condition: Tensor, y: Tensor, value: float) -> Tensor:
    return ops.where(condition, ops.full_like(y, value), ops.zeros_like(y))


def _hard_sigmoid(slope: float) -> Activation:
    """A line that is cut off below 0 and above 1."""
    return Activation(
        lambda x: hard_sigmoid_op(x, slope=slope, offset=0.5),
        lambda y: _where(ops.logical_and(y > 0.0, y < 1.0), y, slope),
    )


ACTIVATIONS = {
    "tanh": Activation(lambda x: ops.tanh(x), lambda y: 1.0 - y * y),
    "sigmoid": Activation(lambda x: ops.sigmoid(x), lambda y: y * (1.0 - y)),
    "hard_sigmoid": _hard_sigmoid(1.0 / 6.0),
    "hard_sigmoid_keras2": _hard_sigmoid(0.2),
    "relu": Activation(lambda x: ops.relu(x), lambda y: _where(y > 0.0, y, 1.0)),
    "linear": Activation(lambda x: x, lambda y: ops.ones_like(y)),
}


def _masked(mask: tuple[Tensor, ...], new: Tensor, old: Tensor) -> Tensor:
    return ops.where(mask[0], new, old) if mask else new


def _recurrent_gradient(before: Tensor, inner: Tensor) -> Tensor:
    return ops.einsum("tbh,tbk->hk", before, inner)


def _bias_gradient(inner: Tensor) -> Tensor:
    return ops.sum(inner, axis=(0, 1))


def _split_active(mask: tuple[Tensor, ...], g: Tensor) -> tuple[Tensor, Tensor | None]:
    """The part of a gradient that enters a step, and what a masked one hands on."""
    if not mask:
        return g, None
    zeros = ops.zeros_like(g)
    return ops.where(mask[0], g, zeros), ops.where(mask[0], zeros, g)


def _plus(x: Tensor, y: Tensor | None) -> Tensor:
    return x if y is None else x + y


def _or_zeros(g: Grad, like: Tensor) -> Tensor:
    return ops.zeros_like(like) if g is None else g


def _by_definition(op: Any, node: Node, grads: tuple[Grad, ...]) -> tuple[Grad, ...]:
    """The gradient of the definition: for results that only gradients use."""
    inputs = tuple(tensor.fresh() for tensor in node.inputs)
    return op._symbolic_vjp(inputs, node.attrs, grads)


def _joined(*parts: Tensor) -> Tensor:
    return ops.concatenate(parts, axis=-1)


def _others(
    others: tuple[Tensor, ...], masked: bool
) -> tuple[tuple[Tensor, ...], Grad]:
    """Take apart what a gradient's loop may have besides: a mask, and a gradient.

    The gradient is that of all states.
    """
    rest = others[masked:]
    return others[:masked], rest[0] if rest else None


def _besides(mask: list[Tensor], g: Grad) -> tuple[Tensor, ...]:
    return (*mask, *(() if g is None else (g,)))


def _functions(attrs: dict) -> tuple[Activation, Activation]:
    return ACTIVATIONS[attrs["activation"]], ACTIVATIONS[attrs["gate_activation"]]


def _lstm_gradient(node: Node, *grads: Grad) -> tuple[Grad, ...]:
    g_hs, g_h, g_c, *rest = grads
    if any(g is not None for g in rest):
        return _by_definition(lstm_steps_op, node, grads)
    _, h0, c0, kernel, _, *mask = node.inputs
    h_before, *found = node.outputs[3:]
    start = (_or_zeros(g_h, h0), _or_zeros(g_c, c0))
    inner, dh0, dc0 = lstm_steps_gradient_op(
        *start, kernel, *found, *_besides(mask, g_hs), masked=bool(mask), **node.attrs
    )
    dkernel, dbias = _recurrent_gradient(h_before, inner), _bias_gradient(inner)
    return (inner, dh0, dc0, dkernel, dbias, *(None for _ in mask))


@composite("lstm_steps_gradient")
def lstm_steps_gradient_op(
    dh: Tensor,
    dc: Tensor,
    kernel: Tensor,
    *arrays: Tensor,
    masked: bool,
    activation: str,
    gate_activation: str,
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of what goes into the gates, and of the first states.

    The arrays are the cell states that the steps found, and their gates; then perhaps
    the mask, and the gradient of all hidden states.
    """
    mask, g_hs = _others(arrays[5:], masked)
    transposed = ops.transpose(kernel)
    squash, gate = ACTIVATIONS[activation], ACTIVATIONS[gate_activation]

    def step(carry: tuple, x: tuple) -> tuple:
        dh, dc = carry
        g, c_old, i, f, candidate, o, m = x
        dh, dh_skipped = _split_active(m, _plus(dh, g))
        dc, dc_skipped = _split_active(m, dc)
        squashed = squash.apply(f * c_old + i * candidate)
        dc = dc + dh * o * squash.slope(squashed)
        inner = _joined(
            dc * candidate * gate.slope(i),
            dc * c_old * gate.slope(f),
            dc * i * squash.slope(candidate),
            dh * squashed * gate.slope(o),
        )
        dh = _plus(ops.matmul(inner, transposed), dh_skipped)
        return (dh, _plus(dc * f, dc_skipped)), inner

    xs = (g_hs, *arrays[:5], mask)
    (dh, dc), inner = ops.scan(step, (dh, dc), xs, reverse=True)
    return inner, dh, dc


@composite("lstm_steps", vjp=_lstm_gradient)
def lstm_steps_op(
    z: Tensor,
    h0: Tensor,
    c0: Tensor,
    kernel: Tensor,
    bias: Tensor,
    *mask: Tensor,
    activation: str,
    gate_activation: str,
) -> tuple[Tensor, ...]:
    """Hidden states of all steps, and the last states.

    Then for the gradient: the states that each step found, and its gates.
    """
    squash, gate = ACTIVATIONS[activation], ACTIVATIONS[gate_activation]
    units = kernel.shape[0]

    def step(carry: tuple, x: tuple) -> tuple:
        h, c = carry
        z = x[0] + ops.matmul(h, kernel) + bias
        # As few calls as possible: with few rows they cost more than the elements.
        i, f = ops.split(gate.apply(z[:, : 2 * units]), 2, axis=-1)
        candidate = squash.apply(z[:, 2 * units : 3 * units])
        o = gate.apply(z[:, 3 * units :])
        c_new = f * c + i * candidate
        h_new = _masked(x[1:], o * squash.apply(c_new), h)
        c_new = _masked(x[1:], c_new, c)
        return (h_new, c_new), (h_new, h, c, i, f, candidate, o)

    (h, c), (hs, *found) = ops.scan(step, (h0, c0), (z, *mask))
    return hs, h, c, *found


def _gates(gate: Activation, x: Tensor, product: Tensor, bias: Tensor) -> list[Tensor]:
    """The first two gates, in as few calls as possible."""
    both = slice(0, bias.shape[0])
    return ops.split(gate.apply(x[:, both] + product[:, both] + bias), 2, axis=-1)


def _gru_gradient(node: Node, *grads: Grad) -> tuple[Grad, ...]:
    g_hs, g_h, *rest = grads
    if any(g is not None for g in rest):
        return _by_definition(gru_steps_op, node, grads)
    _, h0, kernel, _, *mask = node.inputs
    found = node.outputs[2:]
    to_x, to_h, dh0 = gru_steps_gradient_op(
        _or_zeros(g_h, h0), kernel, *found, *_besides(mask, g_hs),
        masked=bool(mask), **node.attrs,
    )  # fmt: skip
    dkernel = _recurrent_gradient(found[0], to_h)
    dbias = ops.stack([_bias_gradient(to_x), _bias_gradient(to_h)])
    return (to_x, dh0, dkernel, dbias, *(None for _ in mask))


@composite("gru_steps_gradient")
def gru_steps_gradient_op(
    dh: Tensor,
    kernel: Tensor,
    *arrays: Tensor,
    masked: bool,
    activation: str,
    gate_activation: str,
) -> tuple[Tensor, Tensor, Tensor]:
    """Gradients of the products of inputs and of states, and of the first state.

    The arrays are what `gru_steps_op` has for the gradient; then perhaps the mask, and
    the gradient of all states.
    """
    mask, g_hs = _others(arrays[5:], masked)
    transposed = ops.transpose(kernel)
    squash, gate = ACTIVATIONS[activation], ACTIVATIONS[gate_activation]

    def step(dh: Tensor, x: tuple) -> tuple:
        g, h, update, reset, candidate, inner, m = x
        dh, skipped = _split_active(m, _plus(dh, g))
        d_candidate = dh * (1.0 - update) * squash.slope(candidate)
        d_update = dh * (h - candidate) * gate.slope(update)
        d_reset = d_candidate * inner * gate.slope(reset)
        to_h = _joined(d_update, d_reset, d_candidate * reset)
        to_x = _joined(d_update, d_reset, d_candidate)
        carried = dh * update + ops.matmul(to_h, transposed)
        return _plus(carried, skipped), (to_x, to_h)

    xs = (g_hs, *arrays[:5], mask)
    dh, (to_x, to_h) = ops.scan(step, dh, xs, reverse=True)
    return to_x, to_h, dh


@composite("gru_steps", vjp=_gru_gradient)
def gru_steps_op(
    z: Tensor,
    h0: Tensor,
    kernel: Tensor,
    bias: Tensor,
    *mask: Tensor,
    activation: str,
    gate_activation: str,
) -> tuple[Tensor, ...]:
    """States of all steps, and the last one.

    Then for the gradient: the state that each step found, its gates, and the inner
    product of its candidate.
    """
    squash, gate = ACTIVATIONS[activation], ACTIVATIONS[gate_activation]
    units = kernel.shape[0]
    b_gates = (bias[0] + bias[1])[: 2 * units]
    b_candidate, b_inner = (part[2 * units :] for part in bias)

    def step(h: Tensor, x: tuple) -> tuple:
        product = ops.matmul(h, kernel)
        update, reset = _gates(gate, x[0], product, b_gates)
        inner = product[:, 2 * units :] + b_inner
        candidate = squash.apply(x[0][:, 2 * units :] + reset * inner + b_candidate)
        new = _masked(x[1:], update * h + (1.0 - update) * candidate, h)
        return new, (new, h, update, reset, candidate, inner)

    h, (hs, *found) = ops.scan(step, h0, (z, *mask))
    return hs, h, *found


def _gru_before_gradient(node: Node, *grads: Grad) -> tuple[Grad, ...]:
    g_hs, g_h, *rest = grads
    if any(g is not None for g in rest):
        return _by_definition(gru_reset_before_steps_op, node, grads)
    _, h0, kernel, _, *mask = node.inputs
    found = node.outputs[2:]
    to_gates, to_candidate = _gru_kernels(kernel)
    to_gates, to_candidate = ops.transpose(to_gates), ops.transpose(to_candidate)
    squash, gate = _functions(node.attrs)

    def step(dh: Tensor, x: tuple) -> tuple:
        g, h, update, reset, candidate, m = x
        dh, skipped = _split_active(m, _plus(dh, g))
        d_candidate = dh * (1.0 - update) * squash.slope(candidate)
        d_inner = ops.matmul(d_candidate, to_candidate)
        gates = _joined(
            dh * (h - candidate) * gate.slope(update),
            d_inner * h * gate.slope(reset),
        )
        carried = dh * update + d_inner * reset + ops.matmul(gates, to_gates)
        return _plus(carried, skipped), (gates, d_candidate)

    xs = (g_hs, *found, tuple(mask))
    start = _or_zeros(g_h, h0)
    dh0, (gates, candidates) = ops.scan(step, start, xs, reverse=True)
    before, _, reset, _ = found
    dkernel = _joined(
        _recurrent_gradient(before, gates),
        _recurrent_gradient(before * reset, candidates),
    )
    to_x = _joined(gates, candidates)
    return (to_x, dh0, dkernel, _bias_gradient(to_x), *(None for _ in mask))


def _gru_kernels(kernel: Tensor) -> tuple[Tensor, Tensor]:
    """The kernels of the gates and of the candidate."""
    units = kernel.shape[0]
    return kernel[:, : 2 * units], kernel[:, 2 * units :]


@composite("gru_reset_before_steps", vjp=_gru_before_gradient)
def gru_reset_before_steps_op(
    z: Tensor,
    h0: Tensor,
    kernel: Tensor,
    bias: Tensor,
    *mask: Tensor,
    activation: str,
    gate_activation: str,
) -> tuple[Tensor, ...]:
    """States of all steps, and the last one.

    Then for the gradient: the state that each step found, and its gates.
    """
    squash, gate = ACTIVATIONS[activation], ACTIVATIONS[gate_activation]
    to_gates, to_candidate = _gru_kernels(kernel)
    units = kernel.shape[0]
    b_gates, b_candidate = bias[: 2 * units], bias[2 * units :]

    def step(h: Tensor, x: tuple) -> tuple:
        update, reset = _gates(gate, x[0], ops.matmul(h, to_gates), b_gates)
        inner = ops.matmul(reset * h, to_candidate)
        candidate = squash.apply(x[0][:, 2 * units :] + inner + b_candidate)
        new = _masked(x[1:], update * h + (1.0 - update) * candidate, h)
        return new, (new, h, update, reset, candidate)

    h, (hs, *found) = ops.scan(step, h0, (z, *mask))
    return hs, h, *found


def _simple_gradient(node: Node, *grads: Grad) -> tuple[Grad, ...]:
    g_hs, g_h, *rest = grads
    if any(g is not None for g in rest):
        return _by_definition(simple_rnn_steps_op, node, grads)
    _, h0, kernel, _, *mask = node.inputs
    hs, before = node.outputs[0], node.outputs[2]
    start, others = _or_zeros(g_h, h0), _besides(mask, g_hs)
    inner, dh0 = simple_rnn_steps_gradient_op(
        start, kernel, hs, *others, masked=bool(mask), **node.attrs
    )
    dkernel, dbias = _recurrent_gradient(before, inner), _bias_gradient(inner)
    return (inner, dh0, dkernel, dbias, *(None for _ in mask))


@composite("simple_rnn_steps_gradient")
def simple_rnn_steps_gradient_op(
    dh: Tensor,
    kernel: Tensor,
    hs: Tensor,
    *others: Tensor,
    masked: bool,
    activation: str,
) -> tuple[Tensor, Tensor]:
    """Gradients of what goes into the activation, and of the first state.

    Besides all states there may be the mask, and the gradient of all states.
    """
    mask, g_hs = _others(others, masked)
    transposed = ops.transpose(kernel)
    slope = ACTIVATIONS[activation].slope

    def step(dh: Tensor, x: tuple) -> tuple:
        g, y, m = x
        dh, skipped = _split_active(m, _plus(dh, g))
        inner = dh * slope(y)
        return _plus(ops.matmul(inner, transposed), skipped), inner

    dh, inner = ops.scan(step, dh, (g_hs, hs, mask), reverse=True)
    return inner, dh


@composite("simple_rnn_steps", vjp=_simple_gradient)
def simple_rnn_steps_op(
    z: Tensor,
    h0: Tensor,
    kernel: Tensor,
    bias: Tensor,
    *mask: Tensor,
    activation: str,
) -> tuple[Tensor, ...]:
    """States of all steps, the last one, and for the gradient those steps found."""
    squash = ACTIVATIONS[activation].apply

    def step(h: Tensor, x: tuple) -> tuple:
        new = _masked(x[1:], squash(x[0] + ops.matmul(h, kernel) + bias), h)
        return new, (new, h)

    h, (hs, before) = ops.scan(step, h0, (z, *mask))
    return hs, h, before
