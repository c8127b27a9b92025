"""Samples of fused programs."""

from __future__ import annotations

import numpy as np

from kerasish.backend.graph.fused import Output, Program, Step, fused_op
from tests.backend.sample import Sample

_RNG = np.random.default_rng(0)


def _several(x, y):
    """A program with whole and reduced results."""
    dtype = x.dtype
    steps = (
        Step("multiply", (("input", 0), ("input", 1)), dtype),
        Step("exp", (("step", 0),), dtype),
        Step("greater", (("step", 1), ("literal", 1.0)), "bool"),
        Step("where", (("step", 2), ("step", 0), ("literal", 0.0)), dtype),
    )
    outputs = (
        Output(3),
        Output(2),
        Output(1, "sum", (0,), True),
        Output(3, "max", (0,)),
    )
    program = Program((dtype, dtype), steps, outputs)
    return fused_op(x, y, program=program, shape=(4, 3))


def _several_reference(x, y):
    product = np.broadcast_to(x * y, (4, 3))
    positive = np.where(product > 0, product, np.zeros_like(product))
    return (
        positive,
        product > 0,
        np.exp(product).sum(0, keepdims=True),
        positive.max(0),
    )


def _repeated(x):
    """A program whose result is larger than its input."""
    steps = (Step("add", (("input", 0), ("literal", 1)), x.dtype),)
    program = Program((x.dtype,), steps, (Output(0),))
    return fused_op(x, program=program, shape=(2, 1))


SAMPLES = {
    "fused": [
        Sample(
            _RNG.normal(size=(4, 3)).astype("float32"),
            _RNG.normal(size=(3,)).astype("float32"),
            reference=_several_reference,
            gradient=False,
            unknown=False,
            function=_several,
        ),
        Sample(
            np.array(4, "int32"),
            reference=lambda x: np.full((2, 1), x + 1),
            gradient=False,
            unknown=False,
            function=_repeated,
        ),
    ]
}
