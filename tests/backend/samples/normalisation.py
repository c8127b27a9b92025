"""Samples of normalisations."""

from __future__ import annotations

import numpy as np

from tests.backend.sample import Sample

BLOCK = np.random.default_rng(6).normal(size=(4, 3, 2)).astype("float32") + 0.5


def standardize(x, axes, epsilon):
    x = x.astype("float64")
    mean, variance = x.mean(axes, keepdims=True), x.var(axes, keepdims=True)
    return (x - mean) / np.sqrt(variance + epsilon), mean, variance


def standardize_gradient(g, y, variance, axes, epsilon):
    g, y = g.astype("float64"), y.astype("float64")
    inner = g - g.mean(axes, keepdims=True) - y * (g * y).mean(axes, keepdims=True)
    return inner / np.sqrt(variance + epsilon)


def batch_moments(x, axes):
    x = x.astype("float64")
    return x.mean(axes, keepdims=True), x.var(axes, keepdims=True)


def batch_sums(g, x, mean, axes):
    g, change = g.astype("float64"), x.astype("float64") - mean
    return g.sum(axes, keepdims=True), (g * change).sum(axes, keepdims=True)


def batch_scale(x, mean, variance, scale, offset, axes, epsilon):
    x, mean, variance = (a.astype("float64") for a in (x, mean, variance))
    return (x - mean) / np.sqrt(variance + epsilon) * scale + offset


def rms(x, axes, epsilon):
    x = x.astype("float64")
    return x / np.sqrt((x**2).mean(axes, keepdims=True) + epsilon)


SAMPLES = {
    "standardize": [
        Sample(BLOCK, reference=standardize, axes=axes, epsilon=1e-3)
        for axes in ((0,), (1, 2), (0, 1))
    ],
    "standardize_gradient": [
        Sample(
            BLOCK[::-1].copy(),
            BLOCK,
            BLOCK.var(axes, keepdims=True),
            reference=standardize_gradient,
            axes=axes,
            epsilon=1e-3,
        )
        for axes in ((0,), (1, 2), (0, 1))
    ],
    "batch_moments": [
        Sample(BLOCK, reference=batch_moments, axes=axes)
        for axes in ((0,), (1, 2), (0, 1))
    ],
    "batch_sums": [
        Sample(
            BLOCK[::-1].copy(),
            BLOCK,
            BLOCK.mean(axes, keepdims=True),
            reference=batch_sums,
            axes=axes,
        )
        for axes in ((0,), (1, 2), (0, 1))
    ],
    "batch_scale": [
        Sample(
            BLOCK,
            BLOCK.mean(axes, keepdims=True),
            BLOCK.var(axes, keepdims=True),
            *parameters,
            reference=batch_scale,
            axes=axes,
            epsilon=1e-3,
        )
        for axes, *parameters in (
            ((0, 1), BLOCK[:1, :1], BLOCK[1:2, :1]),
            ((0, 2), np.float32(1.5), BLOCK[1:2, :, :1]),
            ((0, 1), np.float32(1.5), np.float32(0.5)),
        )
    ],
    "rms_standardize": [
        Sample(BLOCK, reference=rms, axes=axes, epsilon=1e-3) for axes in ((2,), (0, 1))
    ],
}
