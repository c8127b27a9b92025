"""Samples of loops and branches, against the same in plain Python."""

from __future__ import annotations

import numpy as np

from kerasish.backend import ops
from kerasish.backend.graph import Body, placeholder, symbolic_scope
from kerasish.backend.ops.calls import call
from kerasish.backend.ops.differentiation import custom_gradient_op
from tests.backend.sample import Sample

RNG = np.random.default_rng(8)
START = RNG.normal(size=(2,)).astype("float32")
STEPS = RNG.normal(size=(4, 2)).astype("float32")
WEIGHT = RNG.normal(size=(2, 2)).astype("float32")


def recurrence(start, steps, weight, reverse=False):
    def step(carry, x):
        h, count = carry
        h = ops.tanh(ops.matmul(ops.expand_dims(h, 0), weight)[0] + x)
        return (h, count + 1), (h * x, count)

    carry, ys = ops.scan(step, (start, 0), steps, reverse=reverse)
    return (*carry, *ys)


def plain_recurrence(start, steps, weight, reverse=False):
    h, count = start.astype("float64"), 0
    order = range(len(steps))[::-1] if reverse else range(len(steps))
    ys, counts = [None] * len(steps), [None] * len(steps)
    for t in order:
        h = np.tanh(h @ weight + steps[t])
        ys[t], counts[t] = h * steps[t], count
        count += 1
    return h, count, np.stack(ys), np.array(counts)


def backwards(start, steps, weight):
    return recurrence(start, steps, weight, reverse=True)


def powers(start, weight):
    return ops.scan(lambda c, _: (ops.sin(c) * weight, c), start, length=3)


def plain_powers(start, weight):
    values = [start.astype("float64")]
    for _ in range(3):
        values.append(np.sin(values[-1]) * weight)
    return values[-1], np.stack(values[:3])


def branch(x, y):
    return ops.cond(ops.sum(x) > 0, lambda: (x * y, x), lambda: (ops.exp(y), x * x))


def plain_branch(x, y):
    return (x * y, x) if x.sum() > 0 else (np.exp(y), x * x)


def doubling(x, w):
    return ops.while_loop(
        lambda v: ops.sum(v * v) < 50.0,
        lambda v: v * 2.0 + w,
        x,
        maximum_iterations=6,
    )


def plain_doubling(x, w):
    x = x.astype("float64")
    for _ in range(6):
        if (x * x).sum() < 50:
            x = 2 * x + w
    return x


def doubled_gradient(y, x):
    return custom_gradient_op(
        y, x, results=1, rule=lambda node, grads: [grads[0] * node.inputs[1]]
    )


def called_twice(x, y):
    formals = [placeholder(t.shape, t.dtype) for t in (x, y)]
    with symbolic_scope():
        body = Body(formals, [ops.tanh(formals[0]) * formals[1], ops.exp(formals[0])])
    first, second = call(x, y, body=body)
    return call(first, second, body=body)


def plain_called_twice(x, y):
    first, second = np.tanh(x) * y, np.exp(x)
    return np.tanh(first) * second, np.exp(first)


SAMPLES = {
    "call": [
        Sample(START, STEPS[0], function=called_twice, reference=plain_called_twice)
    ],
    "scan": [
        Sample(
            START,
            STEPS,
            WEIGHT,
            function=recurrence,
            reference=plain_recurrence,
            unknown=False,
        ),
        Sample(
            START,
            STEPS,
            WEIGHT,
            function=backwards,
            reference=lambda *arrays: plain_recurrence(*arrays, reverse=True),
            unknown=False,
        ),
        Sample(START, START[::-1], function=powers, reference=plain_powers),
    ],
    "cond": [
        Sample(sign * np.abs(START), START, function=branch, reference=plain_branch)
        for sign in (1, -1)
    ],
    "while_loop": [
        Sample(START, START * START, function=doubling, reference=plain_doubling)
    ],
    "select_phase": [
        Sample(
            np.int32(phase),
            START,
            START * 2,
            reference=lambda phase, train, test: train if phase else test,
        )
        for phase in (0, 1)
    ],
    "stop_gradient": [Sample(STEPS, reference=lambda x: x, gradient=False)],
    "custom_gradient": [
        Sample(
            START,
            WEIGHT,
            function=doubled_gradient,
            reference=lambda y, x: y,
            gradient=False,
        )
    ],
}
