"""Loops do in each step what they must, and nothing for nobody."""

from __future__ import annotations

import numpy as np
import pytest

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.devices import get_device
from kerasish.backend.graph import (
    Body,
    place,
    placeholder,
    symbolic_scope,
    topological,
)
from kerasish.backend.ops.control_ops import scan_op
from kerasish.backend.ops.recurrent_steps import lstm_steps_op
from kerasish.backend.plan import Function
from kerasish.backend.rewrite.check import check_pass
from kerasish.backend.rewrite.loops import rewrite_loops, trim_loops
from kerasish.backend.rewrite.passes import optimise
from kerasish.backend.rewrite.rules import applying, fired
from kerasish.backend.rewrite.specialise import specialising
from kerasish.backend.rewrite.sweep import sweep

FUNCTIONS = {"activation": "relu", "gate_activation": "sigmoid"}
X = np.arange(6, dtype="float32").reshape(3, 2)


def loop():
    x = placeholder((3, 2))
    with symbolic_scope():
        last, (sums, products) = ops.scan(
            lambda c, v: (c + v, (c + v, c * v)), np.zeros(2, "float32"), x
        )
    return x, last, sums, products


def test_splits_in_definitions_are_views():
    x, bias = placeholder((3, 2, 8)), placeholder((8,))
    states, kernel = placeholder((2, 2)), placeholder((2, 8))
    with symbolic_scope():
        h = lstm_steps_op(x, states, states, kernel, bias, **FUNCTIONS)[1]
        inputs = [x, states, kernel, bias]
        formals = [placeholder(tensor.shape) for tensor in inputs]
        results = optimise(inputs, [h], formals, {}, get_device("numpy"))
    names = {node.op.name for node in topological(results)}
    assert "scan" in names and "split" not in names


def scan_node(outputs):
    (node,) = (n for n in topological(outputs) if n.op.name == "scan")
    return node


def trimmed(outputs):
    with symbolic_scope():
        return trim_loops(outputs)


def test_unused_results_and_carries_are_dropped():
    x, last, _, products = loop()
    assert len(scan_node([last]).specs) == 4
    assert len(scan_node(trimmed([last])).specs) == 1
    assert len(scan_node(trimmed([last, products])).specs) == 2
    values = Function([x], trimmed([last, products]))(X)
    for value, expected in zip(values, Function([x], [last, products])(X)):
        np.testing.assert_array_equal(value, expected)


def test_what_the_gradient_needs_is_kept():
    x, last, _, products = loop()
    with symbolic_scope():
        slope = gradients(ops.sum(products), [x])[0]
    after = trimmed([slope])
    scans = [n for n in topological(after) if n.op.name == "scan"]
    assert [n.attrs["history"] for n in scans] == [True, False]
    before, now = Function([x], [slope])(X)[0], Function([x], after)(X)[0]
    np.testing.assert_array_equal(before, now)


def test_a_graph_without_loops_stays():
    x = placeholder((2,))
    outputs = [x * 2.0]
    assert trim_loops(outputs) is outputs


def test_a_fully_used_loop_stays():
    _, last, sums, products = loop()
    node = scan_node([last])
    outputs = [*node.outputs]
    assert scan_node(trimmed(outputs)) is node


INPUT, RECURRENT = placeholder((2, 4)), placeholder((4, 4))
STEPS, START = placeholder((5, 3, 2)), placeholder((3, 4))
RNG = np.random.default_rng(0)
ARRAYS = [
    RNG.normal(size=t.shape).astype("float32") for t in (INPUT, RECURRENT, STEPS, START)
]


def recurrence(reverse=False):
    """A plain recurrent layer, and the gradients by its weights and inputs."""

    def step(h, x):
        h = ops.tanh(ops.matmul(x, INPUT) + ops.matmul(h, RECURRENT))
        return h, h

    with symbolic_scope():
        last, hs = ops.scan(step, START, STEPS, reverse=reverse)
        loss = ops.sum(last * 2.0) + ops.sum(hs * hs)
        return [loss, *gradients(loss, [INPUT, RECURRENT, STEPS, START])]


def clean(formals, results):
    stay = {place(formal): formal for formal in formals}
    return sweep(results, [specialising({}), applying("algebra")], stay)


def rewritten(outputs):
    with symbolic_scope():
        after = rewrite_loops(outputs, clean)
    check_pass("loops", outputs, after)
    return after


def inside(node, name):
    """The ops of one name in the body of a scan."""
    body = node.attrs["body"]
    return [n for n in topological(body.outputs) if n.op.name == name]


def scans(outputs):
    return [n for n in topological(outputs) if n.op.name == "scan"]


def compare(inputs, arrays, before, after):
    old = Function(inputs, before)(*arrays)
    new = Function(inputs, after)(*arrays)
    for one, other in zip(old, new, strict=True):
        np.testing.assert_allclose(one, other, rtol=2e-5, atol=2e-5)


@pytest.mark.parametrize("reverse", [False, True])
def test_products_and_sums_leave_a_recurrence_and_its_gradient(reverse):
    before = recurrence(reverse)
    assert [len(inside(n, "matmul")) for n in scans(before)] == [2, 6]
    after = rewritten(before)
    forwards, backwards = scans(after)
    # What stays is the product with the state, and that with its gradient.
    assert [len(inside(n, "matmul")) for n in (forwards, backwards)] == [1, 2]
    assert not inside(backwards, "transpose")
    assert backwards.attrs["carries"] == 1
    compare([INPUT, RECURRENT, STEPS, START], ARRAYS, before, after)


def test_what_stays_the_same_is_computed_once():
    count = fired["hoist_invariants"]
    w, x = placeholder((2,)), placeholder((3, 2))
    inner = [placeholder((2,)) for _ in range(3)]
    carry, piece, scale = inner
    with symbolic_scope():
        body = Body(inner, [carry * ops.exp(scale) + piece])
        outputs = scan_op(
            ops.zeros_like(w), x, w, body=body, carries=1, slices=1, length=3,
            reverse=False, results=(), history=False,
        )  # fmt: skip
    before = [outputs[0]]
    after = rewritten(before)
    assert not inside(scans(after)[0], "exp")
    assert [n.op.name for n in topological(after) if n.inputs] == ["exp", "scan"]
    assert fired["hoist_invariants"] == count + 1
    compare([w, x], [ARRAYS[0][:, 0], X], before, after)


def test_what_grows_is_computed_in_each_step():
    w, x = placeholder((2, 1)), placeholder((3, 2, 9))
    inner = [placeholder((2, 9)), placeholder((2, 9)), placeholder((2, 1))]
    carry, piece, scale = inner
    with symbolic_scope():
        wide = ops.broadcast_to(scale, (2, 9))
        body = Body(inner, [ops.matmul(carry, ops.transpose(wide)) @ wide + piece])
        outputs = scan_op(
            ops.zeros((2, 9)), x, w, body=body, carries=1, slices=1, length=3,
            reverse=False, results=(), history=False,
        )  # fmt: skip
    assert inside(scans(rewritten([outputs[0]]))[0], "broadcast_to")


def test_carries_that_nobody_asks_for_are_dropped():
    x = placeholder((3, 2))
    with symbolic_scope():
        (number, total), _ = ops.scan(
            lambda c, v: ((c[0] + 1.0, c[1] * v), None), (0.0, np.ones(2, "f")), x
        )
    count = fired["drop_carries"]
    after = rewritten([total])
    assert scans(after)[0].attrs["carries"] == 1
    assert fired["drop_carries"] == count + 1
    compare([x], [X], [total], after)
    both = [number, total]
    assert scans(rewritten(both))[0].attrs["carries"] == 2


def test_sums_that_a_step_reads_stay_in_the_loop():
    x = placeholder((3, 2))
    with symbolic_scope():
        last, seen = ops.scan(lambda c, v: (c + ops.sum(v), c), 0.0, x)
        alone, _ = ops.scan(lambda c, v: (c + ops.sum(v), None), 0.0, x)
    assert scans(rewritten([last, seen]))[0].attrs["carries"] == 1
    assert not scans(rewritten([alone]))
    compare([x], [X], [alone], rewritten([alone]))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_layer_of_cells_trains_the_same(dtype):
    x, h = placeholder((4, 3, 2), dtype), placeholder((3, 5), dtype)
    weights = [placeholder(s, dtype) for s in ((2, 10), (5, 10), (10,), (5, 5))]
    kernel, recurrent, bias, out = weights

    def step(h, x):
        gates = ops.sigmoid(x @ kernel + h @ recurrent + bias)
        z, r = ops.split(gates, 2, axis=-1)
        new = ops.tanh((r * h) @ out)
        return z * h + (1.0 - z) * new, new

    with symbolic_scope():
        last, ys = ops.scan(step, h, x)
        loss = ops.sum(last * last) + ops.mean(ops.exp(ys))
        before = [loss, *gradients(loss, [x, h, *weights])]
    inputs = [x, h, *weights]
    arrays = [RNG.normal(size=t.shape).astype(dtype) for t in inputs]
    after = rewritten(before)
    assert scans(after)[1].attrs["carries"] == 1
    compare(inputs, arrays, before, after)
