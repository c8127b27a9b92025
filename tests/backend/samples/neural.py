"""Samples of activations, against formulas in double precision."""

from __future__ import annotations

import numpy as np
from scipy import special

from kerasish.backend.ops.neural_smooth import SELU_ALPHA, SELU_SCALE
from tests.backend.sample import Sample

# No point of these is a kink of any function here.
X = np.array([[-7.2, -3.4, -2.1, -1.3, -0.8], [-0.45, 0.35, 0.85, 2.2, 6.7]], "float32")


def on_double(formula):
    def reference(x, **attrs):
        return formula(x.astype("float64"), **attrs)

    return reference


def one(formula, x=X, **options):
    return Sample(x, reference=on_double(formula), **options)


def logistic(x):
    return 1 / (1 + np.exp(-x))


def ramp(x, low, high):
    return np.clip(x, low, high)


def softplus(x):
    return np.logaddexp(0, x)


def elu(x, alpha):
    return np.where(x > 0, x, alpha * (np.exp(x) - 1))


def gelu_tanh(x):
    return 0.5 * x * (1 + np.tanh(np.sqrt(2 / np.pi) * (x + 0.044715 * x**3)))


def softmax(x, axis):
    e = np.exp(x - x.max(axis=axis, keepdims=True))
    return e / e.sum(axis=axis, keepdims=True)


def softmax_gradient(g, y, axis):
    g, y = g.astype("float64"), y.astype("float64")
    return y * (g - (g * y).sum(axis, keepdims=True))


def log_softmax_gradient(g, y, axis):
    g, y = g.astype("float64"), y.astype("float64")
    return g - np.exp(y) * g.sum(axis, keepdims=True)


def sparsemax(x, axis):
    """The projection onto the simplex by bisection for the shift."""
    low = x.max(axis=axis, keepdims=True) - 1
    high = x.max(axis=axis, keepdims=True)
    for _ in range(100):
        middle = (low + high) / 2
        heavy = np.maximum(x - middle, 0).sum(axis=axis, keepdims=True) > 1
        low, high = np.where(heavy, middle, low), np.where(heavy, high, middle)
    return np.maximum(x - low, 0)


def positions(x, axis):
    shape = [1] * x.ndim
    shape[axis] = x.shape[axis]
    return np.arange(x.shape[axis], dtype="int32").reshape(shape)


BLOCK = np.random.default_rng(3).normal(size=(2, 3, 4)).astype("float32") * 2

SAMPLES = {
    "relu": [
        one(lambda x: ramp(x, 0, None)),
        Sample(np.array([-2, 3], "int32"), reference=lambda x: ramp(x, 0, None)),
    ],
    "relu6": [one(lambda x: ramp(x, 0, 6))],
    "leaky_relu": [
        one(
            lambda x, negative_slope: np.where(x > 0, x, negative_slope * x),
            negative_slope=0.3,
        )
    ],
    "hard_sigmoid": [
        one(
            lambda x, slope, offset: ramp(slope * x + offset, 0, 1),
            slope=slope,
            offset=0.5,
        )
        for slope in (1 / 6, 0.2)
    ],
    "hard_silu": [one(lambda x: x * ramp(x + 3, 0, 6) / 6)],
    "hard_tanh": [one(lambda x: ramp(x, -1, 1))],
    "hard_shrink": [
        one(lambda x, threshold: np.where(np.abs(x) > threshold, x, 0), threshold=0.5)
    ],
    "soft_shrink": [
        one(
            lambda x, threshold: np.sign(x) * np.maximum(np.abs(x) - threshold, 0),
            threshold=0.5,
        )
    ],
    "threshold": [
        one(
            lambda x, threshold, default_value: np.where(
                x > threshold, x, default_value
            ),
            threshold=0.5,
            default_value=-3.0,
        )
    ],
    "sparse_plus": [one(lambda x: np.where(x > 1, x, ramp(x + 1, 0, None) ** 2 / 4))],
    "sparse_sigmoid": [one(lambda x: ramp((x + 1) / 2, 0, 1))],
    "sigmoid": [one(logistic), one(logistic, np.float32([-90, 90]), gradient=False)],
    "log_sigmoid": [
        one(lambda x: -np.logaddexp(0, -x)),
        one(lambda x: -np.logaddexp(0, -x), np.float32([-90, 90]), gradient=False),
    ],
    "softplus": [
        one(softplus),
        one(softplus, np.float32([-90, 90]), gradient=False),
    ],
    "silu": [one(lambda x: x * logistic(x))],
    "mish": [one(lambda x: x * np.tanh(softplus(x)))],
    "softsign": [one(lambda x: x / (1 + np.abs(x)))],
    "elu": [one(elu, alpha=1.0), one(elu, alpha=0.4)],
    "selu": [one(lambda x: SELU_SCALE * elu(x, SELU_ALPHA))],
    "celu": [
        one(lambda x, alpha: np.where(x > 0, x, alpha * np.expm1(x / alpha)), alpha=1.7)
    ],
    "gelu": [one(lambda x: x * special.ndtr(x))],
    "gelu_tanh": [one(gelu_tanh)],
    "squareplus": [one(lambda x, b: (x + np.sqrt(x**2 + b)) / 2, b=4.0)],
    "tanh_shrink": [one(lambda x: x - np.tanh(x))],
    "softmax": [
        one(softmax, axis=(1,)),
        one(softmax, BLOCK, axis=(0, 2)),
        one(softmax, np.float32([[1000, 1001], [-1000, 0]]), axis=(1,), gradient=False),
    ],
    "log_softmax": [
        one(lambda x, axis: np.log(softmax(x, axis)), axis=(1,)),
        one(lambda x, axis: np.log(softmax(x, axis)), BLOCK, axis=(0, 2)),
    ],
    "softmax_gradient": [
        Sample(BLOCK[::-1].copy(), BLOCK, reference=softmax_gradient, axis=axis)
        for axis in ((1,), (0, 2))
    ],
    "log_softmax_gradient": [
        Sample(BLOCK[::-1].copy(), BLOCK, reference=log_softmax_gradient, axis=axis)
        for axis in ((1,), (0, 2))
    ],
    "sparsemax": [one(sparsemax, axis=1), one(sparsemax, BLOCK, axis=0)],
    "positions": [
        Sample(BLOCK, reference=positions, gradient=False, axis=axis) for axis in (0, 2)
    ],
}
