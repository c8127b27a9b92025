"""Scaled dot-product attention."""

from __future__ import annotations

import math
from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Tensor, as_tensor
from kerasish.backend.ops.casting import limits
from kerasish.backend.ops.promotion import promote
from kerasish.backend.ops.softmaxes import positions, softmax
from kerasish.errors import ShapeError


def _check(query: Tensor, key: Tensor, value: Tensor) -> None:
    for name, tensor in (("query", query), ("key", key), ("value", value)):
        if tensor.ndim != 4:
            raise ShapeError(
                f"dot_product_attention: `{name}` must have the axes batch, length, "
                f"heads and features.\n  got: shape {tensor.shape}"
            )
    queries, groups = query.shape[2], key.shape[2]
    if value.shape[2] != groups or queries % groups:
        raise ShapeError(
            "dot_product_attention: `key` and `value` must have as many heads as each "
            "other, and those of `query` must be a multiple of them.\n"
            f"  got: query {query.shape}, key {key.shape}, value {value.shape}"
        )


def _allowed(logits: Tensor, mask: Any, is_causal: bool) -> Tensor | None:
    """Where attention may go: the given mask, and no future."""
    allowed = None if mask is None else as_tensor(mask)
    if allowed is not None and allowed.dtype != "bool":
        allowed = ops.cast(allowed, "bool")
    if is_causal:
        past = positions(logits, 2) >= positions(logits, 3)
        allowed = past if allowed is None else ops.logical_and(allowed, past)
    return allowed


def dot_product_attention(
    query: Any,
    key: Any,
    value: Any,
    bias: Any = None,
    mask: Any = None,
    scale: float | None = None,
    is_causal: bool = False,
    flash_attention: bool | None = None,
    attn_logits_soft_cap: float | None = None,
) -> Tensor:
    """Average values, weighted by the softmax of scaled products of query and key.

    Args:
        query: A tensor of shape `(batch, length, heads, features)`.
        key: A tensor of shape `(batch, key length, key heads, features)`; the number
            of heads is a multiple of that of the key heads.
        value: A tensor of the shape of `key`; its features may differ in number.
        bias: A tensor that is added to the products, broadcast to
            `(batch, heads, length, key length)`.
        mask: A bool tensor that broadcasts to the same shape; attention goes only
            where it is true.
        scale: The factor of the products; `1 / sqrt(features)` for `None`.
        is_causal: Whether attention may not go to later places.
        flash_attention: Kept for the signature; there is one implementation.
        attn_logits_soft_cap: A bound that the products approach through tanh.

    Returns:
        A tensor of shape `(batch, length, heads, value features)`.

    Raises:
        ShapeError: If the shapes do not fit.
        ValueError: If `flash_attention` is asked for.

    Reference:
        Vaswani et al., 2017, "Attention Is All You Need".

    Example:

    >>> import numpy as np
    >>> x = np.ones((1, 2, 1, 4), "float32")
    >>> dot_product_attention(x, x, x).shape
    (1, 2, 1, 4)
    """
    if flash_attention:
        raise ValueError(
            "dot_product_attention: flash attention is not available.\n"
            f"Received: flash_attention={flash_attention}"
        )
    query, key, value = promote(query, key, value, to_float=True)
    _check(query, key, value)
    dtype = query.dtype
    repeats = query.shape[2] // key.shape[2]
    if repeats > 1:
        key, value = ops.repeat(key, repeats, 2), ops.repeat(value, repeats, 2)
    scale = 1.0 / math.sqrt(query.shape[3]) if scale is None else scale
    # Scaling the query is cheaper than scaling all products.
    logits = ops.einsum("btnh,bsnh->bnts", query * scale, key)
    if dtype in ("float16", "bfloat16"):
        logits = ops.cast(logits, "float32")
    if attn_logits_soft_cap is not None:
        cap = float(attn_logits_soft_cap)
        logits = cap * ops.tanh(logits / cap)
    if bias is not None:
        logits = logits + ops.cast(as_tensor(bias), logits.dtype)
    allowed = _allowed(logits, mask, is_causal)
    if allowed is not None:
        # Finite, so that a row without any allowed place gives no NaN.
        lowest = 0.7 * limits(logits.dtype)[0]
        logits = ops.where(allowed, logits, as_tensor(lowest, logits.dtype))
    weights = ops.cast(softmax(logits, axis=-1), dtype)
    return ops.einsum("bnts,bsnh->btnh", weights, value)
