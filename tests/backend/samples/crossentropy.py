"""Samples of crossentropies of logits, against the sum over log-probabilities."""

from __future__ import annotations

import numpy as np
from scipy import special

from tests.backend.sample import Sample

RNG = np.random.default_rng(5)
LOGITS = RNG.normal(size=(3, 4)).astype("float32") * 3
BLOCK = RNG.normal(size=(2, 4, 3)).astype("float32")


def dense(target, logits, axis):
    logits = logits.astype("float64")
    normaliser = special.logsumexp(logits, axis=axis, keepdims=True)
    return -(target * (logits - normaliser)).sum(axis), normaliser


def dense_gradient(logits, target, normaliser, g, axis):
    share = np.exp(logits.astype("float64") - normaliser)
    total = target.sum(axis, keepdims=True)
    return np.expand_dims(g, axis) * (share * total - target)


def sparse(target, logits, axis):
    size = logits.shape[axis]
    chosen = np.moveaxis(np.eye(size)[np.clip(target, 0, size - 1)], -1, axis)
    loss, normaliser = dense(chosen, logits, axis)
    return np.where((target >= 0) & (target < size), loss, 0), normaliser


def sigmoid(target, logits):
    logits = logits.astype("float64")
    positive, negative = -np.logaddexp(0, -logits), -np.logaddexp(0, logits)
    return -(target * positive + (1 - target) * negative)


SAMPLES = {
    "sigmoid_crossentropy": [
        Sample(RNG.uniform(size=(3, 4)).astype("float32"), LOGITS, reference=sigmoid)
    ],
    "softmax_crossentropy": [
        Sample(
            special.softmax(RNG.normal(size=x.shape), axis=axis).astype("float32"),
            x,
            reference=dense,
            axis=axis,
        )
        for x, axis in ((LOGITS, 1), (BLOCK, 1))
    ],
    "softmax_crossentropy_gradient": [
        Sample(
            x,
            RNG.uniform(size=x.shape).astype("float32"),
            special.logsumexp(x, axis=axis, keepdims=True),
            RNG.normal(size=x.max(axis).shape).astype("float32"),
            reference=dense_gradient,
            axis=axis,
        )
        for x, axis in ((LOGITS, 1), (BLOCK, 1))
    ],
    "sparse_softmax_crossentropy": [
        Sample(np.int32([0, 3, 1]), LOGITS, reference=sparse, axis=1),
        Sample(np.int32([0, 4, -1]), LOGITS, reference=sparse, axis=1),
        Sample(np.int64([[0, 3, 2], [1, 1, 0]]), BLOCK, reference=sparse, axis=1),
    ],
}
