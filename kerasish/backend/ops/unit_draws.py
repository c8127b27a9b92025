"""Random words turned into numbers of a distribution."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from kerasish.backend import ops
from kerasish.backend.devices.base import device_kernel
from kerasish.backend.graph import Spec, Tensor, as_tensor, composite

# The significant bits of each float type, and thereby of a draw in it.
_BITS = {"float16": 11, "bfloat16": 8, "float32": 24}
# P(-2 < x < 2) of a normal variable, which is also erf(sqrt(2)).
WITHIN_TWO = 0.9544997361036416
# Words that are worked on at a time: what is made of them stays in the cache.
_BLOCK = 1 << 15


def _shifted(bits: Tensor, count: int) -> Tensor:
    return ops.right_shift(bits, as_tensor(count, "uint32"))


def unit_numbers(bits: Tensor, dtype: str) -> Tensor:
    """Turn words into numbers in [0, 1); float64 takes two words for each.

    Args:
        bits: Words of 32 bits, for float64 with a last axis of two.
        dtype: A float type.

    Example:

    >>> unit_numbers(as_tensor([0, 2**31], "uint32"), "float32").numpy()
    array([0. , 0.5], dtype=float32)
    """
    if dtype == "float64":
        low = ops.cast(_shifted(bits[..., 0], 11), dtype)
        high = ops.cast(bits[..., 1], dtype)
        return (high * 2.0**21 + low) * 2.0**-53
    kept = _BITS[dtype]
    return ops.cast(_shifted(bits, 32 - kept), dtype) * 2.0**-kept


@composite("between")
def between(bits: Tensor, low: Tensor, high: Tensor) -> Tensor:
    """Turn words into float32 numbers between two bounds.

    Args:
        bits: Words of 32 bits.
        low: The lower bound, a float32 scalar.
        high: The upper bound, likewise.

    Example:

    >>> bounds = as_tensor(2.0), as_tensor(4.0)
    >>> between(as_tensor([0, 2**31], "uint32"), *bounds).numpy()
    array([2., 3.], dtype=float32)
    """
    return unit_numbers(bits, "float32") * (high - low) + low


def _accepts(specs: tuple, attrs: dict) -> bool:
    return all(bound.dtype == "float32" and not bound.rank for bound in specs[1:])


@device_kernel("numpy", "between", _accepts)
def _between_in_blocks(
    xp: Any, bits: np.ndarray, low: np.ndarray, high: np.ndarray, out: Any = None
) -> np.ndarray:
    """Compute what the definition does, to the bit, in one pass over memory."""
    result = np.empty(bits.shape, "float32")
    words, numbers, span = bits.reshape(-1), result.reshape(-1), high - low
    buffer = np.empty(min(_BLOCK, words.size), "uint32")
    for start in range(0, words.size, _BLOCK):
        part = numbers[start : start + _BLOCK]
        shifted = np.right_shift(words[start : start + _BLOCK], 8, buffer[: part.size])
        np.multiply(shifted, np.float32(2.0**-24), part, casting="unsafe", dtype="f4")
        part *= span
        part += low
    return result


@composite("within_two", infer=lambda bits: Spec(bits.shape, "float32"))
def within_two(bits: Tensor) -> Tensor:
    """Turn words into float32 numbers of the normal distribution, cut at 2 and -2.

    Args:
        bits: Words of 32 bits.

    Example:

    >>> within_two(as_tensor([0, 2**31], "uint32")).numpy()
    array([-2.,  0.], dtype=float32)
    """
    unit = unit_numbers(bits, "float32")
    draw = math.sqrt(2.0) * ops.erfinv((2.0 * unit - 1.0) * WITHIN_TWO)
    return ops.clip(draw, -2.0, 2.0)


@device_kernel("numpy", "within_two")
def _within_two_in_blocks(xp: Any, bits: np.ndarray, out: Any = None) -> np.ndarray:
    """Compute what the definition does, to the bit, in one pass over memory."""
    from kerasish.backend.ops.special import erfinv_op

    result = np.empty(bits.shape, "float32")
    words, numbers = bits.reshape(-1), result.reshape(-1)
    for start in range(0, words.size, _BLOCK):
        part = numbers[start : start + _BLOCK]
        shifted = np.right_shift(words[start : start + _BLOCK], 8)
        np.multiply(shifted, np.float32(2.0**-24), part, casting="unsafe", dtype="f4")
        part *= 2.0
        part -= 1.0
        part *= WITHIN_TWO
        np.multiply(erfinv_op.kernel(np, part), math.sqrt(2.0), part)
        np.clip(part, -2.0, 2.0, part)
    return result
