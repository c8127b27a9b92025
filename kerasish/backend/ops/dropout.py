"""Dropout, with one mask for the forward and the backward pass."""

from __future__ import annotations

from typing import Any

from kerasish.backend import ops
from kerasish.backend.graph import Node, Spec, Tensor, as_tensor, composite
from kerasish.backend.ops.philox import random_bits_like
from kerasish.backend.ops.promotion import as_float
from kerasish.backend.ops.shape_arguments import static_number
from kerasish.errors import ShapeError

_WORDS = 1 << 32


def _infer(
    state: Spec, x: Spec, *, threshold: int, scale: float, broadcast: tuple[int, ...]
) -> tuple[Spec, Spec]:
    kept = tuple(1 if axis in broadcast else n for axis, n in enumerate(x.shape))
    return Spec(x.shape, x.dtype), Spec(kept, "bool")


def _gradient(
    node: Node, g: Tensor | None, g_keep: Tensor | None
) -> tuple[None, Tensor | None]:
    if g is None:
        return None, None
    scaled = g * node.attrs["scale"]
    return None, ops.where(node.outputs[1], scaled, ops.zeros_like(scaled))


@composite("dropout", vjp=_gradient, infer=_infer)
def dropout_op(
    state: Tensor,
    x: Tensor,
    *,
    threshold: int,
    scale: float,
    broadcast: tuple[int, ...],
) -> tuple[Tensor, Tensor]:
    """The scaled tensor without what vanishes, and the mask of what is kept."""
    bits = random_bits_like(state, x, broadcast)
    keep = ops.greater_equal(bits, as_tensor(threshold, "uint32"))
    scaled = x * scale
    return ops.where(keep, scaled, ops.zeros_like(scaled)), keep


dropout_op.impure = True


def _shared_axes(noise_shape: Any, x: Tensor) -> tuple[int, ...]:
    """The axes along which all elements share their fate."""
    if noise_shape is None:
        return ()
    entries = tuple(static_number(entry) for entry in noise_shape)
    extra = x.ndim - len(entries)
    fits = extra >= 0 and all(
        not isinstance(entry, int) or entry == 1 or size in (None, entry)
        for entry, size in zip(entries, x.shape[extra:])
    )
    if not fits:
        raise ShapeError(
            "dropout: `noise_shape` must broadcast to the inputs.\n"
            f"  got: noise_shape={entries}, inputs {x.shape}"
        )
    ones = (extra + axis for axis, entry in enumerate(entries) if entry in (1,))
    return (*range(extra), *ones)


def stateless_dropout(
    x: Any, state: Any, rate: float, noise_shape: Any = None
) -> Tensor:
    """Set elements to zero at random and scale the others by `1 / (1 - rate)`.

    Args:
        x: A tensor; integers become floats.
        state: A `uint32` vector of two elements that decides which elements vanish.
        rate: The fraction that vanishes, in [0, 1].
        noise_shape: A shape that broadcasts to that of `x`: along its axes of size 1
            all elements share their fate. `None` entries, and those known only at run
            time, stand for the size of `x`.

    Returns:
        A tensor of the shape of `x`.

    Raises:
        ValueError: If `rate` is outside [0, 1].
        ShapeError: If `noise_shape` does not fit.

    Reference:
        Srivastava et al., 2014, "Dropout: A Simple Way to Prevent Neural Networks from
        Overfitting".

    Example:

    >>> y = stateless_dropout([1.0] * 8, [3, 0], rate=0.5).numpy()
    >>> sorted(set(y.tolist()))
    [0.0, 2.0]
    """
    if not 0 <= rate <= 1:
        raise ValueError(
            f"dropout: the rate must lie in [0, 1].\nReceived: rate={rate}"
        )
    x = as_float(x)
    if rate == 0:
        return x
    if rate == 1:
        return ops.zeros_like(x)
    return dropout_op(
        as_tensor(state, "uint32"),
        x,
        threshold=min(round(rate * _WORDS), _WORDS - 1),
        scale=1.0 / (1.0 - rate),
        broadcast=_shared_axes(noise_shape, x),
    )[0]
