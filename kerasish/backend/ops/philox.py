"""Random words: Philox4x64-10 as a pure function of state, shape and position.

Every device yields the words that `numpy.random.Philox(key=state, counter=0)` yields:
NumPy by its own generator, other array modules by the arithmetic below.

Reference: Salmon et al., 2011, "Parallel Random Numbers: As Easy as 1, 2, 3".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from kerasish.backend.devices import device_kernel, threads
from kerasish.backend.devices.helpers import run_together
from kerasish.backend.graph import Node, Op, Spec, Tensor, as_tensor, register
from kerasish.backend.ops.shape_arguments import (
    DynamicShapeOp,
    Shape,
    apply_shaped,
    shape_argument,
)

_MULTIPLIERS = (0xD2E7470EE14C6C93, 0xCA5A826395121157)
_KEY_STEPS = (0x9E3779B97F4A7C15, 0xBB67AE8584CAA73B)
_ROUNDS = 10
_LOW = 0xFFFFFFFF
# So many words of 32 bits are drawn at a time: their memory is used again.
_PART = 1 << 14
# The words of 32 bits that a step of the counter gives.
_BLOCK = 8
# Fewer words than these are not worth waking a thread.
_WORTH_THREADS = 1 << 15


def _multiply(xp: Any, a: int, b: Any) -> tuple[Any, Any]:
    """Returns the high and the low half of the 128-bit products of `a` and `b`."""
    low_mask, half = xp.uint64(_LOW), xp.uint64(32)
    a_low, a_high = xp.uint64(a & _LOW), xp.uint64(a >> 32)
    b_low, b_high = b & low_mask, b >> half
    low = a_low * b_low
    cross = a_high * b_low + (low >> half)
    middle = a_low * b_high + (cross & low_mask)
    high = a_high * b_high + (cross >> half) + (middle >> half)
    return high, (middle << half) | (low & low_mask)


def philox(xp: Any, state: Any, count: int) -> Any:
    """Compute the first words of the stream of a state.

    Args:
        xp: The array module.
        state: An array of two 32-bit words, the key.
        count: How many words of 64 bits are wanted.

    Returns:
        A `uint64` array of that length.

    Example:

    >>> words = philox(np, np.array([1, 2], "uint32"), 2)
    >>> bool((words == np.random.Philox(key=[1, 2]).random_raw(2)).all())
    True
    """
    blocks = -(-count // 4)
    words = [xp.arange(1, blocks + 1, dtype="uint64")]
    words += [xp.zeros(blocks, "uint64")] * 3
    keys = [state[position : position + 1].astype("uint64") for position in (0, 1)]
    for _ in range(_ROUNDS):
        high0, low0 = _multiply(xp, _MULTIPLIERS[0], words[0])
        high1, low1 = _multiply(xp, _MULTIPLIERS[1], words[2])
        words = [
            high1 ^ words[1] ^ keys[0],
            low1,
            high0 ^ words[3] ^ keys[1],
            low0,
        ]
        keys = [key + xp.uint64(step) for key, step in zip(keys, _KEY_STEPS)]
    return xp.stack(words, axis=1).reshape(-1)[:count]


def _halves(words: Any, shape: tuple[int, ...], count: int) -> Any:
    return words.view("uint32")[:count].reshape(shape)


class _RandomBits(Op):
    """Independent words of 32 bits, uniform over all values."""

    name = "random_bits"
    impure = True
    differentiable = False

    def infer(self, state: Spec, *, shape: Shape) -> Spec:
        return Spec(shape, "uint32")

    def kernel(self, xp: Any, state: Any, *, out: Any = None, shape: Shape) -> Any:
        count = math.prod(shape)
        return _halves(philox(xp, state, -(-count // 2)), shape, count)

    def vjp(self, node: Node, g: Tensor | None) -> tuple[None]:
        return (None,)


class _RandomBitsDynamic(DynamicShapeOp):
    """`random_bits` of a shape that a run decides."""

    name = "random_bits_dynamic"
    impure = True
    differentiable = False


class _RandomBitsLike(Op):
    """`random_bits` of the shape of the second input, with size 1 on some axes."""

    name = "random_bits_like"
    impure = True
    differentiable = False
    shape_only = (1,)

    @staticmethod
    def _shape(shape: Shape, broadcast: tuple[int, ...], words: int) -> Shape:
        kept = (1 if axis in broadcast else n for axis, n in enumerate(shape))
        return (*kept, words) if words > 1 else tuple(kept)

    def infer(
        self, state: Spec, like: Spec, *, broadcast: tuple[int, ...], words: int
    ) -> Spec:
        return Spec(self._shape(like.shape, broadcast, words), "uint32")

    def kernel(
        self,
        xp: Any,
        state: Any,
        like: Any,
        *,
        out: Any = None,
        broadcast: tuple[int, ...],
        words: int,
    ) -> Any:
        shape = self._shape(like.shape, broadcast, words)
        return random_bits_op.kernel(xp, state, shape=shape)

    def vjp(self, node: Node, g: Tensor | None) -> tuple[None, None]:
        return None, None

    def specialise(self, node: Node, inputs: tuple[Tensor, ...]) -> Tensor | None:
        state, like = inputs
        if not like.spec.is_exact:
            return None
        return random_bits_op(state, shape=self._shape(like.shape, **node.attrs))


random_bits_op = register(_RandomBits())
_RandomBitsDynamic.static = random_bits_op
random_bits_dynamic_op = register(_RandomBitsDynamic())
random_bits_like_op = register(_RandomBitsLike())


@device_kernel("numpy", "random_bits")
def _numpy_random_bits(
    xp: Any, state: Any, *, out: Any = None, shape: tuple[int, ...]
) -> Any:
    count = math.prod(shape)
    generator = np.random.Philox(key=state.astype("uint64"))
    return _halves(generator.random_raw(-(-count // 2)), shape, count)


def _bind_random_bits(
    xp: Any, arrays: tuple, outs: tuple, attrs: dict
) -> Callable[[], Any]:
    """Have each thread draw its part of the words, which the counter tells."""
    state, out = arrays[0], outs[0].reshape(-1)
    team = threads.num_threads() if out.size >= _WORTH_THREADS else 1
    step = max(1, -(-out.size // (team * _PART))) * _PART
    starts = range(0, max(out.size, 1), step)
    calls = [_draw(state, out, start, step) for start in starts]
    return calls[0] if len(calls) == 1 else partial(run_together, calls)


def _draw(
    state: np.ndarray, out: np.ndarray, first: int, count: int
) -> Callable[[], None]:
    """Keep the generator: to make one takes as long as to draw a thousand words."""
    generator = np.random.Philox(key=0, counter=first // _BLOCK)
    start = generator.state
    key = start["state"]["key"]
    stop = min(first + count, out.size)
    parts = [out[i : min(i + _PART, stop)] for i in range(first, stop, _PART)]

    def draw() -> None:
        key[:] = state
        generator.state = start
        for part in parts:
            words = generator.random_raw(-(-len(part) // 2))
            part[:] = words.view("uint32")[: len(part)]

    return draw


_numpy_random_bits.bind = _bind_random_bits


@device_kernel("numpy", "random_bits_like")
def _numpy_random_bits_like(
    xp: Any, state: Any, like: Any, *, out: Any = None, **attrs: Any
) -> Any:
    return _numpy_random_bits(
        xp, state, shape=_RandomBitsLike._shape(like.shape, **attrs)
    )


@device_kernel("numpy", "random_bits_dynamic")
def _numpy_random_bits_dynamic(
    xp: Any, state: Any, vector: Any, *, out: Any = None, shape: Shape
) -> Any:
    return _numpy_random_bits(xp, state, shape=tuple(vector.tolist()))


def random_bits(state: Any, shape: Any, words: int = 1) -> Tensor:
    """Draw words of 32 bits.

    Args:
        state: A `uint32` vector of two elements: the words are a function of it.
        shape: The shape; it may hold symbolic scalars.
        words: How many words each element has; more than one make a last axis.

    Returns:
        A `uint32` tensor.

    Example:

    >>> random_bits(np.array([1, 2], "uint32"), (3,)).shape
    (3,)
    """
    state = as_tensor(state, "uint32")
    if words > 1:
        shape = _with_axis(shape, words)
    argument = shape_argument(shape, "random_bits")
    return apply_shaped(random_bits_op, random_bits_dynamic_op, (state,), argument)


def _with_axis(shape: Any, words: int) -> list:
    entries, vector = shape_argument(shape, "random_bits")
    if vector is None:
        return [*entries, words]
    return [
        vector[axis] if entry is None else entry for axis, entry in enumerate(entries)
    ] + [words]


def random_bits_like(
    state: Any, like: Any, broadcast: tuple[int, ...] = (), words: int = 1
) -> Tensor:
    """Draw words of 32 bits for each element of a tensor.

    Args:
        state: A `uint32` vector of two elements: the words are a function of it.
        like: The tensor; only its shape matters.
        broadcast: Axes along which one draw is shared: the result has size 1 there.
        words: How many words each element has; more than one make a last axis.

    Returns:
        A `uint32` tensor.

    Example:

    >>> state = np.array([1, 2], "uint32")
    >>> random_bits_like(state, [[1.0, 2.0], [3.0, 4.0]], broadcast=(0,)).shape
    (1, 2)
    """
    return random_bits_like_op(
        as_tensor(state, "uint32"),
        as_tensor(like),
        broadcast=tuple(broadcast),
        words=int(words),
    )
