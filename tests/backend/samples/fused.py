"""Samples of fused programs."""

from __future__ import annotations

import numpy as np

from kerasish.backend.graph.fused import Output, Program, Step
from tests.backend.sample import Sample

_RNG = np.random.default_rng(0)
_STEPS = (
    Step("multiply", (("input", 0), ("input", 1)), "float32"),
    Step("exp", (("step", 0),), "float32"),
    Step("greater", (("step", 1), ("literal", 1.0)), "bool"),
    Step("where", (("step", 2), ("step", 0), ("literal", 0.0)), "float32"),
)
_PROGRAM = Program(
    ("float32", "float32"),
    _STEPS,
    (Output(3), Output(2), Output(1, "sum", (0,), True), Output(3, "max", (0,))),
)
_SCALAR = Program(
    ("int32",), (Step("add", (("input", 0), ("literal", 1)), "int32"),), (Output(0),)
)


def _reference(x, y, program, shape):
    product = np.broadcast_to(x * y, shape)
    positive = np.where(product > 0, product, 0)
    return (
        positive.astype("float32"),
        product > 0,
        np.exp(product).sum(0, keepdims=True).astype("float32"),
        positive.max(0).astype("float32"),
    )


SAMPLES = {
    "fused": [
        Sample(
            _RNG.normal(size=(4, 3)).astype("float32"),
            _RNG.normal(size=(3,)).astype("float32"),
            reference=_reference,
            gradient=False,
            unknown=False,
            program=_PROGRAM,
            shape=(4, 3),
        ),
        Sample(
            np.array(4, "int32"),
            reference=lambda x, program, shape: np.full(shape, x + 1),
            gradient=False,
            unknown=False,
            program=_SCALAR,
            shape=(2, 1),
        ),
    ]
}
