"""What kernels that work in cache-sized blocks share."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

# Bytes of the arrays that a sum over taps walks through again and again.
_WALK_BYTES = 1 << 20

Array = Any


def widened(xp: Any, *arrays: Array) -> tuple[Array, ...]:
    """Return half precision arrays as float32, others as they are."""
    return tuple(
        array.astype(xp.float32)
        if array.dtype.itemsize == 2 and array.dtype.kind in "fV"
        else array
        for array in arrays
    )


def destination(xp: Any, out: Array | None, shape: tuple, dtype: Any) -> Array:
    """Return `out` if a result can be put there, else a new array."""
    usable = (
        out is not None
        and out.shape == shape
        and out.dtype == dtype
        and out.flags.c_contiguous
    )
    return out if usable else xp.empty(shape, dtype)


def walk(batch: int, *arrays: Array) -> Iterator[slice]:
    """Cut the batch so that a block of all arrays stays in the cache."""
    if not batch:
        return
    image = sum(array.nbytes for array in arrays) // batch
    step = max(_WALK_BYTES // max(image, 1), 1)
    for start in range(0, batch, step):
        yield slice(start, min(start + step, batch))
