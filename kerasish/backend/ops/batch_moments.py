"""Batch normalisation in as few passes over memory as there can be.

Forwards there are two: one for both moments, one that scales and shifts, into which
what comes next is fused. Backwards there are two as well: one for the sums, one for the
gradient of the input.
"""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Node, Spec, Tensor, composite


def _infer_moments(x: Spec, *, axes: tuple[int, ...]) -> tuple[Spec, Spec]:
    kept = tuple(1 if i in axes else n for i, n in enumerate(x.shape))
    return Spec(kept, x.dtype), Spec(kept, x.dtype)


def _moments_gradient(
    node: Node, g_mean: Tensor | None, g_variance: Tensor | None
) -> tuple[Tensor | None]:
    """`d mean / dx = 1 / n`, and `d variance / dx = 2 (x - mean) / n`."""
    (x,), (mean, _), axes = node.inputs, node.outputs, node.attrs["axes"]
    sizes = [x.shape[i] for i in axes]
    count: Any = None if None in sizes else float(math.prod(sizes))
    if count is None:
        count = ops.sum(ops.ones_like(x), axis=axes, keepdims=True)
    total = None
    if g_variance is not None:
        total = (g_variance * 2.0 / count) * (x - mean)
    if g_mean is not None:
        share = g_mean / count
        total = share * ops.ones_like(x) if total is None else total + share
    return (total,)


@composite("batch_moments", vjp=_moments_gradient, infer=_infer_moments)
def batch_moments_op(x: Tensor, *, axes: tuple[int, ...]) -> tuple[Tensor, Tensor]:
    """The mean and the variance over some axes, which stay with size 1."""
    mean = ops.mean(x, axis=axes, keepdims=True)
    return mean, ops.mean(ops.square(x - mean), axis=axes, keepdims=True)


def _infer_sums(g: Spec, *others: Spec, axes: tuple[int, ...]) -> tuple[Spec, Spec]:
    return _infer_moments(g, axes=axes)


@composite("batch_sums", infer=_infer_sums)
def batch_sums_op(
    g: Tensor, x: Tensor, mean: Tensor, *, axes: tuple[int, ...]
) -> tuple[Tensor, Tensor]:
    """The sums of `g` and of `g * (x - mean)` over some axes."""
    total = ops.sum(g, axis=axes, keepdims=True)
    return total, ops.sum(g * (x - mean), axis=axes, keepdims=True)


def _infer_like_first(x: Spec, *others: Spec, **attrs: Any) -> Spec:
    return Spec(x.shape, x.dtype)


def _scale_gradient(node: Node, g: Tensor) -> tuple[Tensor, ...]:
    """Gradients of `(x - mean) * r * scale + offset` with `r = rsqrt(variance + e)`.

    They need no more of the large arrays than `sum(g)` and `sum(g * (x - mean))`.
    """
    x, mean, variance, scale, offset = node.inputs
    axes, epsilon = node.attrs["axes"], node.attrs["epsilon"]
    root = ops.rsqrt(variance + epsilon)
    factor = root * scale
    total, product = batch_sums_op(g, x, mean, axes=axes)
    return (
        g * factor,
        -total * factor,
        product * factor * root * root * -0.5,
        ops.unbroadcast(product * root, scale),
        ops.unbroadcast(total, offset),
    )


@composite("batch_scale", vjp=_scale_gradient, infer=_infer_like_first)
def batch_scale_op(
    x: Tensor,
    mean: Tensor,
    variance: Tensor,
    scale: Tensor,
    offset: Tensor,
    *,
    axes: tuple[int, ...],
    epsilon: float,
) -> Tensor:
    """`(x - mean) / sqrt(variance + epsilon) * scale + offset`.

    All but `x` have size 1 along `axes`. The factor and the sum are computed for them
    alone; in this form nothing of the size of `x` is kept for the gradient but `x`.
    """
    factor = ops.rsqrt(variance + epsilon) * scale
    return x * factor + (offset - mean * factor)
