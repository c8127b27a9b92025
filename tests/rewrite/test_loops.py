"""What loops compute for nobody is dropped."""

from __future__ import annotations

import numpy as np

from kerasish.backend import ops
from kerasish.backend.autodiff import gradients
from kerasish.backend.graph import placeholder, symbolic_scope, topological
from kerasish.backend.plan import Function
from kerasish.backend.rewrite.loops import trim_loops

X = np.arange(6, dtype="float32").reshape(3, 2)


def loop():
    x = placeholder((3, 2))
    with symbolic_scope():
        last, (sums, products) = ops.scan(
            lambda c, v: (c + v, (c + v, c * v)), np.zeros(2, "float32"), x
        )
    return x, last, sums, products


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
