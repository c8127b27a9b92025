"""Results that come in pieces are put together, in the order that shapes decide."""

from __future__ import annotations

from typing import Any

from kerasish.backend.devices.cupy.calls import Call
from kerasish.backend.devices.cupy.cuda import FLOATS, THREADS, cuda_function, each
from kerasish.backend.devices.cupy.cuda_text import REDUCTIONS

_WARP = 32

_COMBINE = cuda_function(
    "combine",
    REDUCTIONS
    + r"""
typedef Compute<T>::type V;
typedef Reduction<LARGEST>::type How;

// The results of one piece lie together.
extern "C" __global__ void __launch_bounds__(THREADS) combine(
    const V* parts, T* results, int64 count, int64 pieces, int64 divisor
) {
    int64 k = thread_number() / TEAM;
    V value = How::start<V>();
    if (k < count)
        for (int64 piece = threadIdx.x % TEAM; piece < pieces; piece += TEAM)
            value = How::of(value, parts[piece * count + k]);
    if (TEAM > 1) value = warp_reduce<How>(value);
    if (k < count && threadIdx.x % TEAM == 0) results[k] = narrow<T>(value / divisor);
}
""",
    each(T=FLOATS, LARGEST=(0, 1), TEAM=(1, _WARP)),
)


def cut(count: int, most: int) -> tuple[int, int]:
    """Return the length and the number of pieces, as equal as may be.

    Args:
        count: What is cut, 1 at least.
        most: How many pieces there may be; less than 1 counts as that.

    Example:

    >>> cut(10, 4), cut(10, 0)
    ((3, 4), (10, 1))
    """
    piece = -(-count // max(most, 1))
    return piece, -(-count // piece)


def combined(
    xp: Any, parts: Any, out: Any, pieces: int, how: str = "sum", divisor: int = 1
) -> Call:
    """Return the call that puts the pieces of a result together.

    Args:
        xp: CuPy.
        parts: A result for each piece, one after the other, in the type in which is
            computed.
        out: The result.
        pieces: The number of pieces.
        how: `"sum"`, `"mean"` or `"max"`.
        divisor: By what a mean divides.
    """
    team = _WARP if pieces >= _WARP else 1
    variant = {"T": out.dtype.name, "LARGEST": int(how == "max"), "TEAM": team}
    arguments = [parts, out, out.size, pieces, divisor if how == "mean" else 1]
    return _COMBINE.bind(xp, variant, -(-out.size * team // THREADS), arguments)
